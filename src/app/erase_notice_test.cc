#include "app/erase_notice.h"

#include <gtest/gtest.h>

#include <functional>

namespace crossguard {
namespace {

using nlohmann::json;

ErasureNotice Example() {
  ErasureNotice notice{.erasure = "era-abcdefghijklmnop", .owner = "aa-lead", .why = "cleared"};
  notice.marks = {MarkFor(notice.salt, "email", "kea@mail.example")};
  notice.packages = {"pkg-abcdefghijklmnop"};
  notice.messages = {"msg-abcdefghijklmnop"};
  notice.due_at = ParseInstant("2022-03-16T00:00:00Z").value();
  return notice;
}
Code Refusal(const json& body) {
  const auto read = ReadNotice(body);
  return read ? Code{} : read.error().code;
}
json Changed(const std::function<void(json&)>& change) {
  json body = NoticeBody(Example());
  change(body);
  return body;
}

TEST(ErasureNotice, WhatIsWrittenIsReadAndNamesNothing) {
  const json body = NoticeBody(Example());
  EXPECT_EQ(NoticeBody(ReadNotice(body).value()), body);
  EXPECT_EQ(body.dump().find("kea"), std::string::npos);
  FixedBytes<32> other;
  other.bytes[0] = 1;
  EXPECT_NE(MarkFor(other, "email", "kea@mail.example"), *Example().marks.begin()) << "the salt counts";
  EXPECT_NE(MarkFor(Example().salt, "phone", "kea@mail.example"), *Example().marks.begin()) << "the type counts";
}

TEST(ErasureNotice, WhatIsNotKnownIsRefusedNeverPassedOver) {
  EXPECT_EQ(Refusal(Changed([](json& b) { b["more"] = 1; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& b) { b["version"] = 2; })), Code::kUnsupported);
  EXPECT_EQ(Refusal(Changed([](json& b) { b.erase("version"); })), Code::kInvalid);
  EXPECT_EQ(Refusal(json::array()), Code::kInvalid);
  const json example = NoticeBody(Example());
  for (const auto& item : example.items()) {
    EXPECT_EQ(Refusal(Changed([&](json& b) { b.erase(item.key()); })), Code::kInvalid) << item.key();
    EXPECT_NE(Refusal(Changed([&](json& b) { b[item.key()] = json::object(); })), Code{}) << item.key();
  }
  EXPECT_EQ(Refusal(Changed([](json& b) { b["why"] = "because"; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& b) { b["owner"] = ""; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& b) { b["salt"] = "00"; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& b) { b["marks"] = {"zz"}; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& b) { b["due_at"] = "tomorrow"; })), Code::kInvalid);
}

TEST(ErasureNotice, AnIdThatWouldLeaveItsFolderIsNone) {
  for (const char* id :
       {"msg-../../register.db", "msg-abcdefghijklmno", "pkg-abcdefghijklmnop", "", "msg-abcdefghijklmno/"})
    EXPECT_EQ(Refusal(Changed([&](json& b) { b["messages"] = {id}; })), Code::kInvalid) << id;
}

TEST(ErasureNotice, MoreThanTheLimitIsRefused) {
  json many = json::array();
  for (size_t i = 0; i <= kMarksMax; ++i) many.push_back(std::string(64, '0'));
  EXPECT_EQ(Refusal(Changed([&](json& b) { b["marks"] = many; })), Code::kExhausted);
  json ids = json::array();
  for (size_t i = 0; i <= kNoticeIdsMax; ++i) ids.push_back("pkg-abcdefghijklmnop");
  EXPECT_EQ(Refusal(Changed([&](json& b) { b["packages"] = ids; })), Code::kExhausted);
}

TEST(ErasureReceipt, DoneHasNoExcuseAndPartlyNeedsOne) {
  const ErasureReceipt done{.erasure = "era-abcdefghijklmnop", .state = "done", .erased_count = 3};
  EXPECT_EQ(ReceiptBody(ReadReceipt(ReceiptBody(done)).value()), ReceiptBody(done));
  ErasureReceipt odd = done;
  odd.reason = "but";
  EXPECT_FALSE(ReadReceipt(ReceiptBody(odd)));
  odd = done;
  odd.waiting_count = 1;
  EXPECT_FALSE(ReadReceipt(ReceiptBody(odd)));
  odd = done;
  odd.state = "partly";
  EXPECT_FALSE(ReadReceipt(ReceiptBody(odd)));
  odd.reason = "One has not answered.";
  odd.waiting_count = 1;
  EXPECT_TRUE(ReadReceipt(ReceiptBody(odd)));
  odd.state = "perhaps";
  EXPECT_FALSE(ReadReceipt(ReceiptBody(odd)));
}

}  // namespace
}  // namespace crossguard
