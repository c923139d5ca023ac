// For tests: several real houses in scratch folders, each an authority with its own keys, pinned to one another.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/exchange_desk.h"
#include "app/house.h"
#include "app/node.h"
#include "app/parcel_desk.h"
#include "env/files.h"
#include "env/random.h"

namespace crossguard {

// The system's files, without waiting for the disk, that die at a chosen call: whatever comes later fails, as for a
// process that was killed, until they are revived for the next one. Or the disk is full from a chosen call on: what
// needs room fails, until some is made.
class DyingFiles final : public Files {
 public:
  void DieAfter(uint64_t calls) { left_ = calls + 1; }
  bool dead() const { return dead_; }
  void FullAfter(uint64_t writes) { room_ = writes; }
  bool full() const { return room_ == uint64_t{0}; }
  void MakeRoom() { room_.reset(); }
  void Revive() {
    dead_ = false;
    left_ = 0;
  }
  Result<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    TRY(Live());
    if (!files_.Exists(path)) TRY(Room(path));
    return std::make_unique<Appender>(*this, path, TRY(files_.OpenAppend(path)));
  }
  Result<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override {
    TRY(Live());
    return files_.OpenRead(path);
  }
  Status Truncate(const std::string& path, uint64_t size_bytes) override {
    TRY(Live());
    return files_.Truncate(path, size_bytes);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    TRY(Live());
    return files_.Rename(from, to);
  }
  Status Remove(const std::string& path) override {
    TRY(Live());
    return files_.Remove(path);
  }
  Status SyncFolder(const std::string&) override { return Live(); }
  Status MakeFolders(const std::string& folder) override {
    TRY(Live());
    if (!files_.Exists(folder)) TRY(Room(folder));
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    return error ? Status(SystemError("Cannot make folder", folder, error.value())) : Status();
  }
  bool Exists(const std::string& path) override { return files_.Exists(path); }
  Result<std::vector<std::string>> List(const std::string& folder) override {
    TRY(Live());
    return files_.List(folder);
  }
  Status LinkOrCopy(const std::string& from, const std::string& to) override {
    TRY(Live());
    TRY(Room(to));
    return files_.LinkOrCopy(from, to);
  }
  Status RemoveTree(const std::string& folder) override {
    TRY(Live());
    return files_.RemoveTree(folder);
  }

 private:
  class Appender final : public AppendFile {
   public:
    Appender(DyingFiles& owner, std::string path, std::unique_ptr<AppendFile> file)
        : owner_(owner), path_(std::move(path)), file_(std::move(file)) {}
    Status Append(ByteView bytes) override {
      TRY(owner_.Live());
      if (const Status room = owner_.Room(path_); !room) {
        TRY(file_->Append(bytes.first(bytes.size() / 2)));  // as much as there was room for
        return room;
      }
      return file_->Append(bytes);
    }
    Status Sync() override { return owner_.Live(); }
    uint64_t size() const override { return file_->size(); }

   private:
    DyingFiles& owner_;
    std::string path_;
    std::unique_ptr<AppendFile> file_;
  };
  Status Live() {
    if (left_ > 0 && --left_ == 0) dead_ = true;
    if (dead_) return Fail(Code::kUnavailable, "The process was killed; start it again.");
    return {};
  }
  Status Room(const std::string& path) {
    if (!room_) return {};
    if (*room_ > 0) return --*room_, Status();
    return std::unexpected(SystemError("Cannot write", path, ENOSPC));
  }
  SystemFiles files_;
  uint64_t left_ = 0;
  bool dead_ = false;
  std::optional<uint64_t> room_;
};

// One authority: its house, opened and re-opened.
struct TestNode {
  std::string id;
  HouseOptions options;
  std::unique_ptr<DyingFiles> files;
  std::unique_ptr<SeededRandom> random;
  std::unique_ptr<Env> env;
  std::unique_ptr<House> house;
  std::unique_ptr<NodeKeys> keys;

  void Open() {
    files->Revive();
    auto opened = House::Open(*env, options);
    ASSERT_TRUE(opened) << opened.error().message;
    house = std::move(*opened);
    auto loaded = KeysOf(*house);
    ASSERT_TRUE(loaded) << loaded.error().message;
    keys = std::make_unique<NodeKeys>(std::move(*loaded));
  }
  void Close() {
    keys.reset();
    house.reset();
  }
};

class NodesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    // In memory where there is such a place: no plug is pulled here, and thousands of commits need not wait for a disk.
    const std::string base = std::filesystem::exists("/dev/shm") ? "/dev/shm/" : testing::TempDir();
    root_ = base + "crossguard_nodes_" + test->name() + "_" + std::to_string(getpid());
    std::filesystem::remove_all(root_);
    const std::vector<std::string> ids = Ids();
    nodes_.reserve(ids.size());
    for (const std::string& id : ids) {
      TestNode& node = nodes_.emplace_back();
      node.id = id;
      node.options = {.data_folder = root_ + "/" + id,
                      .shipped_config_folder = std::string(CROSSGUARD_SOURCE_DIR) + "/config"};
      node.files = std::make_unique<DyingFiles>();
      node.random = std::make_unique<SeededRandom>(nodes_.size());
      node.env = std::make_unique<Env>(Env{clock_, *node.random, *node.files, Log(nullptr)});
      std::filesystem::create_directories(node.options.data_folder + "/config");
      std::ofstream(node.options.data_folder + "/config/authorities.toml") << BookText(ids, id);
      node.Open();
    }
    for (TestNode& node : nodes_) {
      for (TestNode& other : nodes_) {
        if (node.id != other.id) Pin(node, other);
      }
    }
  }
  void TearDown() override {
    for (TestNode& node : nodes_) node.Close();
    std::filesystem::remove_all(root_);
  }
  TestNode& nz() { return nodes_[0]; }
  TestNode& europol() { return nodes_[1]; }
  TestNode& at() { return nodes_[2]; }
  TestNode& Named(const std::string& id) {
    for (TestNode& node : nodes_) {
      if (node.id == id) return node;
    }
    ADD_FAILURE() << "no node " << id;
    return nodes_[0];
  }
  void Pin(TestNode& node, TestNode& other) {
    const std::string path = root_ + "/" + other.id + ".identity";
    const std::string note = IdentityOf(*other.house).value();
    ASSERT_TRUE(node.files->WriteWhole(path, AsBytes(note)));
    for (const char* officer : {"officer-2", "officer-3"}) {
      const auto trusted = TrustPeer(*node.house, {.officer = officer, .reason = "met"},
                                     {.identity_path = path, .channel = "https", .address = "https://" + other.id});
      ASSERT_TRUE(trusted) << trusted.error().message;
    }
  }
  // Carries at once to whom it is for.
  class Line final : public exchange::Transport {
   public:
    explicit Line(NodesTest& test) : test_(test) {}
    Result<std::optional<Bytes>> Carry(const exchange::Peer& peer, const std::string& parcel,
                                       const exchange::ParcelOuter& outer) override {
      TestNode& to = test_.Named(peer.authority);
      return std::optional(TRY(TakeParcel(*to.house, *to.keys, outer.from, parcel)));
    }

   private:
    NodesTest& test_;
  };
  nlohmann::json Send(TestNode& node) {
    Line line(*this);
    clock_.Advance(kMicrosPerSecond);
    auto sent = SendMessages(*node.house, Officer(), &line);
    EXPECT_TRUE(sent) << sent.error().message;
    return sent.value_or(nlohmann::json());
  }
  static Actor Officer() { return {.officer = "officer-1", .reason = "test"}; }
  static Actor Second(const std::string& id) { return {.officer = id, .reason = "test"}; }

  // The body of an open question, as one of 32 officers asks it.
  static nlohmann::json Query(const std::string& value, int officer = 0) {
    std::string name = "ofc-aaaaaaaaaaaaaaaa";
    name.back() = "abcdefghijklmnopqrstuvwxyz234567"[officer % 32];
    return {{"type", "email"}, {"value", value}, {"officer", name}};
  }
  // The first three are nz-dia, eu-europol and at-bk.
  virtual std::vector<std::string> Ids() const { return {"nz-dia", "eu-europol", "at-bk"}; }
  // The organisations that carry what flows from one to another, a gateway each; "": it goes straight, as for the most
  // part.
  virtual std::vector<std::string> ViasOf(const std::string&, const std::string&) const { return {""}; }
  virtual std::string CountryOf(const std::string&) const { return ""; }  // an organisation unless it has one
  // Of every gateway, as the book writes it.
  virtual std::string DataKinds() const { return R"("selectors", "referral")"; }

  std::string root_;
  ManualClock clock_{Instant{1'772'000'000'000'000}};
  std::vector<TestNode> nodes_;

 private:
  // Everybody may ask everybody for hits.
  std::string BookText(const std::vector<std::string>& ids, const std::string& self) const {
    std::string out = "format = \"crossguard-authorities/1\"\nself = \"" + self + "\"\nexample = true\n";
    out += "[[officer]]\nid = \"officer-1\"\nroles = [\"intake\", \"analyst\", \"triage\", \"dissemination\"]\n";
    out += "[[officer]]\nid = \"officer-2\"\nroles = [\"dissemination\", \"supervisor\"]\n";
    out += "[[officer]]\nid = \"officer-3\"\nroles = [\"supervisor\", \"data_protection\"]\n";
    for (const std::string& id : ids) {
      const std::string country = CountryOf(id);
      out += "[[authority]]\nid = \"" + id + "\"\nname = \"" + id + "\"\nkind = \"" +
             (country.empty() ? "international_organisation" : "third_country") + "\"\ncountry = \"" + country +
             "\"\nunits = [\"desk\"]\ncontact = \"desk@" + id + ".example\"\nlanguages = [\"en\"]\n" +
             "certificate = \"\"\nsingle_point_of_contact = " + (country.empty() ? "false" : "true") + "\n";
    }
    for (const std::string& from : ids) {
      for (const std::string& to : ids) {
        if (from == to) continue;
        for (const std::string& via : ViasOf(from, to)) out += GatewayText(from, to, via);
      }
    }
    return out;
  }
  std::string GatewayText(const std::string& from, const std::string& to, const std::string& via) const {
    std::string out = "[[gateway]]\nid = \"" + from + "-to-" + to + (via.empty() ? "" : "-via-" + via) +
                      "\"\nfrom = \"" + from + "\"\nto = \"" + to +
                      "\"\npurposes = [\"cross_check\", \"facilitate_exchange\"]\ndata_kinds = [" + DataKinds() +
                      "]\nvalid_from = \"2020-01-01\"\n" +
                      (to == "at-bk" && from == "eu-europol" ? "valid_until = \"2026-06-01\"\n" : "") +
                      "legal_reference = \"Example\"\nconditions = \"\"\n";
    if (!via.empty()) out += "via = \"" + via + "\"\n";
    return out;
  }
};

}  // namespace crossguard
