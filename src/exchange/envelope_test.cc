// The readers of what other nodes write: one spelling, bounded, and a sentence for everything else.
#include "exchange/envelope.h"

#include <gtest/gtest.h>

#include "env/memory_files.h"
#include "exchange/identity.h"
#include "exchange/receipt.h"
#include "exchange/testing_node.h"
#include "model/canonical.h"

namespace crossguard::exchange {
namespace {

using nlohmann::json;

SignedMessage Example() {
  SignedMessage message;
  message.id = "msg-aaaabbbbccccdddd";
  message.from = "nz-dia";
  message.to = "at-bk";
  message.kind = MessageKind::kInformationRequest;
  message.created = {1'772'000'000'000'000};
  message.labels.owner = "nz-dia";
  message.labels.originators = {"nz-dia"};
  message.urgency = Urgency::kUrgent;
  message.due_at = Instant{1'772'000'100'000'000};
  message.body = {{"question", "who?"}};
  message.attachment = {{.name = "OUTER.json", .size_bytes = 3, .sha256 = {}}};
  return message;
}

json Changed(const std::function<void(json&)>& change) {
  json object = json::parse(MessageText(Example()));
  change(object);
  return object;
}
Code Refusal(const json& object) {
  const auto parsed = ParseMessage(Canonical(object));
  EXPECT_FALSE(parsed) << object.dump();
  return parsed ? Code::kInvalid : parsed.error().code;
}

TEST(Messages, OneTextForOneMessage) {
  const std::string text = MessageText(Example());
  const auto parsed = ParseMessage(text);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(MessageText(*parsed), text);
  EXPECT_EQ(parsed->due_at, Example().due_at);
  EXPECT_FALSE(ParseMessage(" " + text));
  EXPECT_FALSE(ParseMessage(text + "\n"));
  EXPECT_FALSE(ParseMessage(text.substr(0, text.size() - 1)));
}

TEST(Messages, WhatIsNotKnownIsRefusedAndNeverPassedOver) {
  EXPECT_EQ(Refusal(Changed([](json& o) { o["extra"] = 1; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& o) { o.erase("labels"); })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& o) { o["labels"]["colour"] = "red"; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& o) { o["labels"]["handling"] = {"H7"}; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& o) { o["kind"] = "love_letter"; })), Code::kUnsupported);
  EXPECT_EQ(Refusal(Changed([](json& o) { o["id"] = "msg-../../etc/passwd"; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& o) { o["from"] = "nz/dia"; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& o) { o["created"] = "yesterday"; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& o) { o["body"] = json::array(); })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& o) { o["attachment"][0]["name"] = "../x"; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& o) { o["attachment"][0]["size_bytes"] = -1; })), Code::kInvalid);
  EXPECT_EQ(Refusal(Changed([](json& o) { o["attachment"].push_back(o["attachment"][0]); })), Code::kInvalid);
}

TEST(Messages, AProtocolOfTomorrowOrYesterdaySaysWhichSideMustBeBroughtUp) {
  const auto tomorrow = ParseMessage(Canonical(Changed([](json& o) { o["protocol"] = 2; })));
  ASSERT_FALSE(tomorrow);
  EXPECT_EQ(tomorrow.error().code, Code::kUnsupported);
  EXPECT_NE(tomorrow.error().message.find("receiving node is older"), std::string::npos) << tomorrow.error().message;
  const auto yesterday = ParseMessage(Canonical(Changed([](json& o) { o["protocol"] = 0; })));
  ASSERT_FALSE(yesterday);
  EXPECT_EQ(yesterday.error().code, Code::kUnsupported);
  EXPECT_NE(yesterday.error().message.find("sending node is older"), std::string::npos) << yesterday.error().message;
  EXPECT_EQ(Refusal(Changed([](json& o) { o["protocol"] = "one"; })), Code::kInvalid);
}

TEST(Messages, ASignatureIsOverOneTextByOneKey) {
  SeededRandom random(1);
  const SigningKey key = SigningKey::Make(random), other = SigningKey::Make(random);
  const NoteVerifier signer{SignerName("nz-dia"), key.public_key()};
  const Bytes content = SignMessage(MessageText(Example()), signer, key).value();
  const auto opened = OpenSigned(content, signer);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->text, MessageText(Example()));
  EXPECT_EQ(OpenSigned(content, {signer.name, other.public_key()}).error().code, Code::kDenied);
  for (size_t i = 0; i < content.size(); ++i) {
    Bytes changed = content;
    changed[i] ^= 1;
    const auto again = OpenSigned(changed, signer);
    EXPECT_FALSE(again) << "byte " << i;
  }
}

TEST(Outer, NamesStayBelowTheParcel) {
  for (const char* good : {"envelope.age", "attachment/OUTER.json.p7s", "a/b/c/d"})
    EXPECT_TRUE(IsSafeName(good)) << good;
  for (const char* bad : {"", "/", "a/", "/a", "..", "a/../b", ".hidden", "a//b", "a\\b", "a b", "a/b/c/d/e", "a\nb"})
    EXPECT_FALSE(IsSafeName(bad)) << bad;
  EXPECT_FALSE(IsSafeName(std::string(129, 'a')));
}

TEST(Outer, HoldsTheEnvelopeAndOnlyAttachmentsBesides) {
  ParcelOuter outer{.id = "msg-aaaabbbbccccdddd", .from = "nz-dia", .to = "at-bk"};
  outer.files = {{.name = "attachment/a"}, {.name = "envelope.age", .size_bytes = 7}};
  const std::string text = OuterText(outer);
  ASSERT_TRUE(ParseOuter(AsBytes(text)));
  EXPECT_EQ(OuterText(*ParseOuter(AsBytes(text))), text);
  outer.files = {{.name = "attachment/a"}};
  EXPECT_FALSE(ParseOuter(AsBytes(OuterText(outer)))) << "no envelope";
  outer.files = {{.name = "elsewhere"}, {.name = "envelope.age"}};
  EXPECT_FALSE(ParseOuter(AsBytes(OuterText(outer))));
  outer.files = {{.name = "attachment/A"}, {.name = "attachment/a"}, {.name = "envelope.age"}};
  EXPECT_FALSE(ParseOuter(AsBytes(OuterText(outer)))) << "two names that are one on some systems";
  outer.files = {{.name = "envelope.age"}};
  outer.protocol = 2;
  EXPECT_EQ(ParseOuter(AsBytes(OuterText(outer))).error().code, Code::kUnsupported);
  EXPECT_EQ(PeekOuter(AsBytes(OuterText(outer)))->from, "nz-dia") << "so that the answer finds its way";
}

TEST(Receipts, AreSignedStrictAndBounded) {
  SeededRandom random(2);
  const SigningKey key = SigningKey::Make(random);
  const NoteVerifier signer{SignerName("at-bk"), key.public_key()};
  Receipt receipt{.id = "msg-aaaabbbbccccdddd", .from = "at-bk", .to = "nz-dia", .state = "taken"};
  receipt.facts = {{"items", 3}};
  const std::string note = SignReceipt(receipt, signer, key).value();
  EXPECT_EQ(OpenReceipt(note, signer)->facts, receipt.facts);
  EXPECT_EQ(SignReceipt(receipt, signer, key).value(), note) << "the same word, the same bytes";
  receipt.facts = {{"text", std::string(kFactsMaxBytes, 'a')}};
  EXPECT_EQ(SignReceipt(receipt, signer, key).error().code, Code::kExhausted);
  receipt.facts = json::object();
  receipt.code = Code::kDenied;
  EXPECT_FALSE(SignReceipt(receipt, signer, key)) << "taken, and yet a code";
  receipt.state = "refused";
  receipt.sentence = "No gateway allows this.";
  const std::string refused = SignReceipt(receipt, signer, key).value();
  EXPECT_EQ(OpenReceipt(refused, signer)->code, Code::kDenied);
  const SigningKey other = SigningKey::Make(random);
  EXPECT_EQ(OpenReceipt(refused, {signer.name, other.public_key()}).error().code, Code::kDenied);
}

TEST(Identities, AreSignedByTheKeyThatTheyName) {
  MemoryFiles files(1);
  Node node("at-bk", files, 7), other("nz-dia", files, 8);
  const NodeIdentity identity = node.IdentityDocument();
  const std::string note = SignIdentity(identity, node.message_key()).value();
  const auto opened = OpenIdentity(note);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->authority, "at-bk");
  EXPECT_EQ(opened->seal_to, identity.seal_to);
  EXPECT_EQ(opened->tls_key_sha256, identity.tls_key_sha256);
  EXPECT_EQ(IdentityFingerprint(note).size(), 71U);
  EXPECT_FALSE(OpenIdentity(SignIdentity(identity, other.message_key()).value())) << "signed by another key";
  std::string changed = note;
  changed.replace(changed.find("age1"), 5, "age1x");
  EXPECT_FALSE(OpenIdentity(changed));
  NodeIdentity borrowed = identity;
  borrowed.authority = "nz-dia";
  EXPECT_FALSE(SignIdentity(borrowed, node.message_key())) << "a key in another authority's name";
}

}  // namespace
}  // namespace crossguard::exchange
