// For tests of messages by way of others: real houses of which some carry, and an account that travels in a package.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "app/desk.h"
#include "app/pipeline.h"
#include "app/post_desk.h"
#include "app/request_desk.h"
#include "app/testing_nodes.h"
#include "app/testing_retention.h"

namespace crossguard {

constexpr int64_t kHours = 3'600 * kMicrosPerSecond;

class CarriedNodes : public NodesTest {
 protected:
  std::string CountryOf(const std::string& id) const override {
    return id == "nz-dia" ? "NZ" : id == "at-bk" ? "AT" : "";
  }
  virtual std::vector<TestNode*> Carriers() = 0;

  // node knows other's keys, and that `carrier` carries to it.
  void PinByWay(TestNode& node, TestNode& other, const std::string& carrier) { PinAs(node, other, "carrier", carrier); }
  void PinFolder(TestNode& node, TestNode& other, const std::string& folder) { PinAs(node, other, "folder", folder); }
  // Each node sends, and the carriers once more.
  void Rounds(int count = 3) {
    for (int i = 0; i < count; ++i) {
      for (TestNode& node : nodes_) Send(node);
      for (TestNode* const carrier : Carriers()) Send(*carrier);
    }
  }
  void Hold(TestNode& node, const std::string& value) {
    const nlohmann::json item = {{"type", "email"}, {"value", value}, {"category", "suspect"}, {"ref", "7"}};
    const nlohmann::json holdings = {{"format", "crossguard-holdings/1"},
                                     {"owner", node.id},
                                     {"purpose", "cross_check"},
                                     {"handling", {"H1"}},
                                     {"handling_text", ""},
                                     {"grade", "B2"},
                                     {"contact", "desk@" + node.id + ".example"},
                                     {"items", {item}}};
    const std::string path = root_ + "/" + node.id + ".holdings.json";
    ASSERT_TRUE(node.files->WriteWhole(path, AsBytes(holdings.dump())));
    ASSERT_TRUE(ImportHoldingsFile(*node.house, Officer(), path));
  }
  std::string AskFor(const std::string& value) {
    const auto asked = AskHit(*nz().house, Officer(), {.to = "at-bk", .selector = "email:" + value});
    EXPECT_TRUE(asked) << asked.error().message;
    return asked ? (*asked)["query"].get<std::string>() : "";
  }
  int64_t Number(TestNode& node, std::string_view sql) { return node.house->db().Number(sql).value().value_or(-1); }
  std::string Text(TestNode& node, std::string_view sql) {
    return node.house->db().TextOf(sql).value().value_or("(null)");
  }
  std::string StateOf(TestNode& node, const std::string& id) {
    return node.house->db().TextOf("SELECT state FROM outbox WHERE id=?1", id).value().value_or("");
  }
  // Parcels that lie with the carrier.
  std::vector<std::string> LyingWith(TestNode& node) {
    std::vector<std::string> out;
    const std::string folder = node.house->Path("exchange/carried");
    if (!std::filesystem::exists(folder)) return out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) out.push_back(entry.path().string());
    }
    return out;
  }
  // The book of a node, changed as its officers would edit the file.
  template <class Edit>
  void EditBook(TestNode& node, const Edit& edit) {
    const std::string path = node.options.data_folder + "/config/authorities.toml";
    std::string book = std::string(AsText(node.files->ReadWhole(path, 1U << 20U).value()));
    edit(book);
    node.Close();
    std::ofstream(path) << book;
    node.Open();
  }
  // One account of Austria, ready to be packed, as the stages would leave it.
  void PutAccount(TestNode& node, const std::string& id, const std::string& mail) {
    const std::string folder = root_ + "/in-" + node.id;
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/accounts.csv", std::ios::binary)
        << "report_id,provider,user_id,service,role,email,phone,country\r\n1,Kauri," << id << ",Kauri,reported," << mail
        << ",+436601234567,AT\r\n";
    SilentProgress progress;
    const auto taken =
        Intake(*node.house, {.submission_path = folder, .operation = "kauri", .officer = "officer-1"}, progress);
    ASSERT_TRUE(taken) << taken.error().message;
    const Status put = node.house->db().Script(
        "INSERT INTO triage SELECT account_key,'normal','','low',0,0,'' FROM account;"
        "INSERT INTO jurisdiction (account_key,country,confidence,explanation) SELECT account_key,'AT',90,'{}' FROM "
        "account;"
        "INSERT INTO score SELECT account_key,'rescue_priority',10,'[]' FROM account;"
        "INSERT INTO score SELECT account_key,'actionability',10,'[]' FROM account;"
        "INSERT INTO subject (subject_key,id,account_count) VALUES (1,'sbj-aaaaaaaaaaaaaaaa',1);"
        "INSERT INTO subject_account SELECT account_key,1 FROM account");
    ASSERT_TRUE(put) << put.error().message;
    node.Close();
    node.Open();  // seals to the pinned certificate
  }
  // Its package, sealed; the id.
  std::string SealedPackage(TestNode& node) {
    SilentProgress progress;
    const Status made = MakePackages(*node.house, "kauri", "officer-1", progress);
    EXPECT_TRUE(made) << made.error().message;
    return Text(node, "SELECT coalesce((SELECT id FROM package WHERE state='sealed'),'')");
  }
  Status Approve(TestNode& node, const std::string& package) {
    for (const char* officer : {"officer-1", "officer-2"}) {
      const auto approved = ApproveRelease(*node.house, Second(officer), {package}, "");
      if (!approved) return std::unexpected(approved.error());
    }
    return {};
  }
  // Sealed, released by two, and posted; the package's id.
  std::string ReleaseAndSend(TestNode& node) {
    const std::string id = SealedPackage(node);
    EXPECT_EQ(Text(node, "SELECT reason_code||reason FROM withheld"), "(null)");
    const Status approved = Approve(node, id);
    EXPECT_TRUE(approved) << approved.error().message;
    SilentProgress progress;
    const auto sent = SendPackages(*node.house, Officer(), "kauri", progress);
    EXPECT_TRUE(sent) << sent.error().message;
    EXPECT_EQ(sent.value_or(nlohmann::json::array()).size(), 1U);
    return id;
  }

 private:
  void PinAs(TestNode& node, TestNode& other, const std::string& channel, const std::string& address) {
    for (const char* officer : {"officer-2", "officer-3"}) {
      const auto trusted =
          TrustPeer(*node.house, Second(officer),
                    {.identity_path = root_ + "/" + other.id + ".identity", .channel = channel, .address = address});
      ASSERT_TRUE(trusted) << trusted.error().message;
    }
  }
};

}  // namespace crossguard
