// A message leaves, arrives, and has effect once: over a bad line, over a folder, and with a crash at every step.
#include <gtest/gtest.h>

#include <cstdlib>

#include "crypto/digest.h"
#include "exchange/envelope.h"
#include "exchange/folder_transport.h"
#include "exchange/receipt.h"
#include "exchange/testing_faulty.h"
#include "exchange/testing_node.h"
#include "model/canonical.h"

namespace crossguard::exchange {
namespace {

constexpr int64_t kHour = 3'600 * kMicrosPerSecond;

// Delivers at once, to one node; keeps the last parcel's files.
class Direct final : public Transport {
 public:
  explicit Direct(Node& to) : to_(to) {}
  Result<std::optional<Bytes>> Carry(const Peer&, const std::string& parcel, const ParcelOuter& outer) override {
    ++carried;
    if (before) TRY(before(parcel));
    return std::optional(TRY(TakeParcel(to_.room(), outer.from, parcel, to_.apply())));
  }
  std::function<Status(const std::string& parcel)> before;
  int carried = 0;

 private:
  Node& to_;
};

class Parcels : public testing::Test {
 protected:
  Parcels() {
    a.Pin(b);
    b.Pin(a);
  }
  SendSummary Send(Transport& carrier) {
    a.clock.Advance(7 * kHour);  // whatever waits is due
    b.clock.Advance(7 * kHour);
    const auto sent =
        SendDue(a.room(), [&](const Peer&, const exchange_rows::OutgoingRow&) { return &carrier; }, 100'000);
    EXPECT_TRUE(sent) << sent.error().message;
    return sent.value_or(SendSummary());
  }
  // Writes over a file of the parcel that lies in A's outbox.
  void Put(const std::string& path, std::string_view text) { ASSERT_TRUE(files.WriteWhole(path, AsBytes(text))); }
  std::string Problem(const std::string& id) { return a.Out(id).problem_code + ": " + a.Out(id).problem; }

  // A parcel by hand: this message text, signed and sealed by whom and to whom one likes.
  std::string Forge(const std::string& id, const std::string& text, const Node& signer, const Node& reader,
                    const std::string& from = "nz-dia", const std::string& to = "at-bk") {
    const std::string folder = "forged/" + id;
    const Bytes content =
        SignMessage(text, {.name = SignerName(from), .key = signer.message_key().public_key()}, signer.message_key())
            .value();
    const AgeRecipient recipients[] = {reader.identity().recipient()};
    const Bytes envelope = SealAgeSmall(content, recipients, a.random()).value();
    ParcelOuter outer{.id = id, .from = from, .to = to};
    outer.files = {{.name = "envelope.age", .size_bytes = envelope.size(), .sha256 = HashSha256(envelope)}};
    EXPECT_TRUE(files.MakeFolders(folder));
    EXPECT_TRUE(files.WriteWhole(folder + "/envelope.age", envelope));
    EXPECT_TRUE(files.WriteWhole(folder + "/outer.json", AsBytes(OuterText(outer))));
    return folder;
  }
  SignedMessage Plain(const std::string& id) {
    SignedMessage message;
    message.id = id;
    message.from = "nz-dia";
    message.to = "at-bk";
    message.kind = MessageKind::kFeedback;
    message.created = a.clock.Now();
    message.labels = a.OwnLabels();
    message.body = {{"say", "plain"}};
    return message;
  }
  Receipt Answer(const std::string& folder, const std::string& peer = "nz-dia") {
    const auto bytes = TakeParcel(b.room(), peer, folder, b.apply());
    EXPECT_TRUE(bytes) << bytes.error().message;
    if (!bytes) return {};
    return OpenReceipt(AsText(*bytes), b.room().signer()).value();
  }
  void ExpectAnswer(const std::string& folder, std::string_view state, Code code) {
    const Receipt receipt = Answer(folder);
    EXPECT_EQ(receipt.state, state) << receipt.sentence;
    EXPECT_EQ(receipt.code, code) << receipt.sentence;
    EXPECT_TRUE(receipt.sentence.ends_with('.')) << receipt.sentence;
    EXPECT_TRUE(b.effects().empty());
  }

  MemoryFiles files{5};
  Node a{"nz-dia", files, 1}, b{"at-bk", files, 2};
};

constexpr const char* kId = "msg-aaaabbbbccccdddd";

TEST_F(Parcels, AMessageIsTakenOnceAndItsReceiptIsKeptByBoth) {
  Direct direct(b);
  const std::string id = a.Say("at-bk", "hello", a.OwnLabels());
  EXPECT_EQ(Send(direct).taken, 1);
  EXPECT_EQ(a.Out(id).state, "taken");
  EXPECT_EQ(b.effects()["hello"], 1);
  const auto in = b.In("nz-dia", id);
  ASSERT_TRUE(in);
  EXPECT_EQ(in->receipt, a.Out(id).receipt);
  EXPECT_EQ(in->labels, Canonical(LabelsJson(a.OwnLabels()))) << "not wider, not narrower";
  EXPECT_EQ(Send(direct).tried, 0) << "what is taken is not sent again";
  EXPECT_FALSE(files.Exists("nz-dia/exchange/out/" + id + "/outer.json"));
  EXPECT_EQ(OpenReceipt(in->receipt, b.room().signer())->facts["heard"], "hello");
}

TEST_F(Parcels, AReplayBringsTheSameReceiptAndNoSecondEffect) {
  const SignedMessage message = Plain(kId);
  const std::string folder = Forge(kId, MessageText(message), a, b);
  const Receipt first = Answer(folder);
  EXPECT_EQ(first.state, "taken");
  b.clock.Advance(kHour);
  const int64_t leaves = b.Leaves();
  EXPECT_EQ(Answer(folder).at, first.at);
  EXPECT_EQ(Answer(Forge(kId, MessageText(message), a, b)).at, first.at) << "sealed anew, the same message";
  EXPECT_EQ(b.effects()["plain"], 1);
  EXPECT_EQ(b.Leaves(), leaves);
  SignedMessage other = message;
  other.body = {{"say", "else"}};
  const Receipt contradiction = Answer(Forge(kId, MessageText(other), a, b));
  EXPECT_EQ(contradiction.state, "refused");
  EXPECT_EQ(contradiction.code, Code::kConflict);
  EXPECT_NE(contradiction.sentence.find("contradicts"), std::string::npos);
  EXPECT_EQ(b.In("nz-dia", kId)->state, "taken") << "what was taken stands";
  EXPECT_EQ(b.effects().size(), 1U);
}

TEST_F(Parcels, BadInputIsRefusedOrHeldWithItsCodeAndNothingIsApplied) {
  const auto with = [&](const std::function<void(SignedMessage&)>& change) {
    SignedMessage message = Plain(kId);
    change(message);
    return MessageText(message);
  };
  // Somebody else's.
  ExpectAnswer(Forge(kId, with([](SignedMessage& m) { m.to = "eu-europol"; }), a, b), "refused", Code::kDenied);
  // Nobody speaks in another's name.
  Parcels::b.Revoke("nobody");
  ExpectAnswer(Forge("msg-aaaabbbbccccddd2", with([](SignedMessage& m) {
                       m.from = "eu-europol";
                       m.id = "msg-aaaabbbbccccddd2";
                     }),
                     a, b),
               "refused", Code::kDenied);
  const auto fresh = [n = 0](SignedMessage& m) mutable {
    m.id = "msg-aaaabbbbcccceee" + std::string(1, static_cast<char>('a' + n++));
    return m.id;
  };
  auto next = fresh;
  const auto expect = [&](const std::function<void(SignedMessage&)>& change, std::string_view state, Code code) {
    SignedMessage message = Plain(kId);
    const std::string id = next(message);
    change(message);
    ExpectAnswer(Forge(id, MessageText(message), a, b), state, code);
    const auto row = b.In("nz-dia", id);
    ASSERT_TRUE(row) << "recorded";
    EXPECT_EQ(row->state, state);
  };
  expect([&](SignedMessage& m) { m.created.micros = b.clock.Now().micros + 25 * kHour; }, "held", Code::kUnavailable);
  expect([](SignedMessage& m) { m.labels.owner = "xx-nobody"; }, "refused", Code::kInvalid);
  expect([](SignedMessage& m) { m.labels.originators = {}; }, "refused", Code::kInvalid);
  expect([](SignedMessage& m) { m.labels.release_to = {{"at-bk", "xx-nobody"}}; }, "refused", Code::kInvalid);
  expect([](SignedMessage& m) { m.labels.release_to = {{"eu-europol"}}; }, "refused", Code::kDenied);
  expect([](SignedMessage& m) { m.labels.owner = "eu-europol"; }, "refused", Code::kDenied);
  // An unknown label, a kind and a protocol of tomorrow: signed, and not understood.
  std::string text = MessageText(Plain(kId));
  const auto replaced = [&](const std::string& what, const std::string& by) {
    std::string out = text;
    return out.replace(out.find(what), what.size(), by);
  };
  ExpectAnswer(Forge(kId, replaced("\"grade\":\"X4\"", "\"grade\":\"X4\",\"halo\":1"), a, b), "refused",
               Code::kInvalid);
  ExpectAnswer(Forge(kId, replaced("\"feedback\"", "\"telepathy\""), a, b), "refused", Code::kUnsupported);
  ExpectAnswer(Forge(kId, replaced("\"protocol\":1", "\"protocol\":2"), a, b), "refused", Code::kUnsupported);
  // Another key signed it; it is sealed to another reader.
  ExpectAnswer(Forge(kId, text, b, b), "held", Code::kDenied);
  ExpectAnswer(Forge(kId, text, a, a), "held", Code::kDenied);
  // Too large: said from the outside alone.
  const std::string folder = Forge(kId, text, a, b);
  ParcelOuter outer = ParseOuter(files.ReadWhole(folder + "/outer.json", kOuterMaxBytes).value()).value();
  outer.files[0].size_bytes = kEnvelopeMaxBytes + 1;
  Put(folder + "/outer.json", OuterText(outer));
  ExpectAnswer(folder, "held", Code::kExhausted);
  outer.protocol = 2;
  Put(folder + "/outer.json", OuterText(outer));
  ExpectAnswer(folder, "held", Code::kUnsupported);
  EXPECT_EQ(SignMessage(std::string(kMessageMaxBytes + 1, 'x'), b.room().signer(), b.message_key()).error().code,
            Code::kExhausted);
  // The message itself is none the worse for all that.
  EXPECT_EQ(
      Answer(Forge("msg-zzzzzzzzzzzzzzzz", with([](SignedMessage& m) { m.id = "msg-zzzzzzzzzzzzzzzz"; }), a, b)).state,
      "taken");
}

TEST_F(Parcels, AStrangerGetsNoReceiptAndARevokedPeerIsRefused) {
  const std::string folder = Forge(kId, MessageText(Plain(kId)), a, b, "eu-europol");
  EXPECT_EQ(TakeParcel(b.room(), "eu-europol", folder, b.apply()).error().code, Code::kDenied);
  EXPECT_EQ(TakeParcel(b.room(), "nz-dia", folder, b.apply()).error().code, Code::kDenied) << "another's parcel";
  const std::string good = Forge(kId, MessageText(Plain(kId)), a, b);
  b.Revoke("nz-dia");
  ExpectAnswer(good, "refused", Code::kDenied);
  EXPECT_FALSE(b.In("nz-dia", kId));
  b.Pin(a);  // its new identity was pinned: what it sends again is new
  EXPECT_FALSE(b.In("nz-dia", kId));
  a.Revoke("at-bk");
  const std::string id = a.Say("at-bk", "x", a.OwnLabels());
  Direct direct(b);
  EXPECT_EQ(Send(direct).kept, 1) << "nothing goes to a revoked peer";
  EXPECT_EQ(direct.carried, 0);
  EXPECT_EQ(a.Out(id).problem_code, "denied");
}

TEST_F(Parcels, WhatIsHeldIsTriedAgainAndThenTaken) {
  Direct direct(b);
  const std::string id = a.Say("at-bk", "later", a.OwnLabels());
  b.refuse = Error{Code::kExhausted, "The disk is full; make room."};
  EXPECT_EQ(Send(direct).held, 1);
  EXPECT_EQ(Problem(id), "exhausted: The disk is full; make room.");
  EXPECT_EQ(b.In("nz-dia", id)->state, "held");
  b.refuse.reset();
  EXPECT_EQ(Send(direct).taken, 1);
  EXPECT_EQ(b.effects()["later"], 1);
  EXPECT_EQ(b.In("nz-dia", id)->state, "taken");
}

TEST_F(Parcels, WhatApplyRefusesLeavesNothingButTheRefusal) {
  Direct direct(b);
  const std::string id = a.Say("at-bk", "no", a.OwnLabels());
  b.refuse = Error{Code::kConflict, "It contradicts what was said before; look again."};
  EXPECT_EQ(Send(direct).refused, 1);
  b.refuse.reset();
  EXPECT_EQ(Send(direct).tried, 0) << "a refusal is final";
  EXPECT_EQ(Problem(id), "conflict: It contradicts what was said before; look again.");
  EXPECT_TRUE(b.effects().empty());
  EXPECT_EQ(b.db().Number("SELECT count(*) FROM hit_quota").value(), 0);
}

TEST_F(Parcels, OneMessageThatCannotGoStopsNoOther) {
  Direct direct(b);
  const std::string gone = a.Say("at-bk", "gone", a.OwnLabels(), "packages/sealed/pkg-none");
  const std::string nobody = a.Say("eu-europol", "nobody", a.OwnLabels());
  direct.before = [&](const std::string&) -> Status {
    return direct.carried == 1 ? Status(Fail(Code::kExhausted, "The other side has no room.")) : Status();
  };
  const std::string full = a.Say("at-bk", "full", a.OwnLabels());
  const std::string good = a.Say("at-bk", "good", a.OwnLabels());
  const SendSummary sent = Send(direct);
  EXPECT_EQ(sent.tried, 4);
  EXPECT_EQ(sent.taken, 1);
  EXPECT_EQ(sent.kept, 3);
  EXPECT_EQ(a.Out(gone).problem_code, "not_found");
  EXPECT_EQ(a.Out(nobody).problem_code, "not_found");
  EXPECT_EQ(a.Out(full).problem_code, "exhausted");
  EXPECT_EQ(a.Out(good).state, "taken");
  OutgoingMessage huge{.to = "at-bk", .kind = MessageKind::kFeedback};
  huge.body = {{"say", std::string(kBodyMaxBytes, 'x')}};
  huge.idempotency_key = "huge";
  EXPECT_EQ(a.TryPost(huge).error().code, Code::kExhausted) << "said when it is posted";
}

TEST_F(Parcels, RetriesWaitLongerEachTime) {
  Direct direct(b);
  direct.before = [](const std::string&) -> Status { return Fail(Code::kUnavailable, "No line."); };
  const std::string id = a.Say("at-bk", "x", a.OwnLabels());
  int64_t last = 0;
  for (int i = 0; i < 12; ++i) {
    Send(direct);
    const int64_t wait = a.Out(id).next_attempt_at.value().micros - a.clock.Now().micros;
    EXPECT_GE(wait, last);
    EXPECT_LE(wait, kLongestWaitMicros);
    last = wait;
  }
  EXPECT_EQ(last, kLongestWaitMicros);
  EXPECT_EQ(a.Out(id).attempt_count, 12);
}

TEST_F(Parcels, AnAnswerEndsTheWaitAndAMissingOneIsOverdue) {
  Direct direct(b);
  const std::string asked = a.Say("at-bk", "who?", a.OwnLabels(), "", Instant{a.clock.Now().micros + kHour});
  Send(direct);
  const auto overdue = [&] {
    int count = 0;
    EXPECT_TRUE(exchange_rows::EachOverdue(a.db(), a.clock.Now(), [&](const exchange_rows::OutgoingRow&) -> Status {
      ++count;
      return {};
    }));
    return count;
  };
  EXPECT_EQ(overdue(), 1);
  SignedMessage reply = Plain("msg-rrrrrrrrrrrrrrrr");
  reply.from = "at-bk";
  reply.to = "nz-dia";
  reply.in_reply_to = asked;
  reply.labels = b.OwnLabels();
  const std::string folder = Forge(reply.id, MessageText(reply), b, a, "at-bk", "nz-dia");
  ASSERT_TRUE(TakeParcel(a.room(), "at-bk", folder, a.apply()));
  EXPECT_EQ(overdue(), 0);
}

TEST_F(Parcels, AnAttachmentTravelsAndADamagedOneIsHeld) {
  ASSERT_TRUE(files.MakeFolders("nz-dia/packages/sealed/pkg-1"));
  Put("nz-dia/packages/sealed/pkg-1/OUTER.json", "{}");
  Put("nz-dia/packages/sealed/pkg-1/payload.age", std::string(600'000, 'p'));
  Direct direct(b);
  const std::string id = a.Say("at-bk", "bag", a.OwnLabels(), "packages/sealed/pkg-1");
  const std::string parcel = "nz-dia/exchange/out/" + id;
  direct.before = [&](const std::string& folder) -> Status {
    return files.WriteWhole(folder + "/attachment/payload.age", AsBytes(std::string(600'000, 'q')));
  };
  EXPECT_EQ(Send(direct).held, 1);
  EXPECT_EQ(a.Out(id).problem_code, "corrupt");
  EXPECT_TRUE(b.effects().empty());
  direct.before = [&](const std::string& folder) -> Status {
    return files.WriteWhole(folder + "/attachment/payload.age", AsBytes(std::string(600'000, 'p')));
  };
  EXPECT_EQ(Send(direct).taken, 1);
  EXPECT_EQ(b.effects()["bag"], 1);
}

TEST_F(Parcels, OverABadLineEveryMessageHasEffectOnce) {
  const char* const asked = std::getenv("CROSSGUARD_EXCHANGE_MESSAGES");
  const int total = asked == nullptr ? 1'000 : std::atoi(asked);
  FaultyCarrier faulty(files, "spool", 77, 0.5,
                       [&](const std::string& from, const std::string&, const std::string& folder) {
                         return TakeParcel(b.room(), from, folder, b.apply());
                       });
  std::vector<std::string> ids;
  SeededRandom random(9);
  for (int i = 0; i < total; ++i) {
    Labels labels = a.OwnLabels();
    if (random.Chance(0.3)) labels.handling = {HandlingCode::kH1};
    if (random.Chance(0.3)) labels.release_to = {{"at-bk"}};
    ids.push_back(a.Say("at-bk", "m" + std::to_string(i), labels));
  }
  for (int round = 0; round < 60; ++round) {
    if (Send(faulty).tried == 0) break;
    faulty.Release();
    if (round == 40) faulty.Heal();
  }
  int64_t widened = 0;
  for (const std::string& id : ids) {
    const auto out = a.Out(id);
    ASSERT_EQ(out.state, "taken") << out.problem;
    const auto in = b.In("nz-dia", id);
    ASSERT_TRUE(in);
    if (in->labels != Canonical(LabelsJson(out.message.labels))) ++widened;
    EXPECT_EQ(in->receipt, out.receipt);
  }
  EXPECT_EQ(widened, 0);
  ASSERT_EQ(b.effects().size(), ids.size());
  const std::map<std::string, int> effects = b.effects();
  for (const auto& [what, times] : effects) EXPECT_EQ(times, 1) << what;
  EXPECT_EQ(b.db().Number("SELECT count(*) FROM hit_quota").value(), total);
}

// All three on one disk that crashes: the sender's outbox, the share, the receiver's inbox.
class FolderWorld {
 public:
  explicit FolderWorld(uint64_t seed) : files(seed), a("nz-dia", files, 1), b("at-bk", files, 2) {
    a.Pin(b);
    b.Pin(a);
    EXPECT_TRUE(files.MakeFolders("share"));
    EXPECT_TRUE(files.MakeFolders("nz-dia/packages/sealed/pkg-1"));
    EXPECT_TRUE(files.WriteWhole("nz-dia/packages/sealed/pkg-1/payload.age", AsBytes(std::string(2'000, 'p'))));
    id = a.Say("at-bk", "carried", a.OwnLabels(), "packages/sealed/pkg-1");
  }
  // One round of everything; what fails, fails.
  void Round() {
    for (Node* node : {&a, &b}) {
      node->clock.Advance(25 * kHour);
      FolderTransport carrier(files);
      (void)SendDue(node->room(), [&](const Peer&, const exchange_rows::OutgoingRow&) { return &carrier; }, 100);
      (void)Collect(
          files, "share", node->room().book.self,
          {.take = [&](const std::string& from,
                       const std::string& folder) { return TakeParcel(node->room(), from, folder, node->apply()); },
           .receipt = [&](const std::string& of, ByteView bytes) -> Status {
             const auto taken = TakeReceipt(node->room(), of, bytes);
             return taken ? Status() : std::unexpected(taken.error());
           }});
    }
  }
  MemoryFiles files;
  Node a, b;
  std::string id;
};

TEST(Folder, AMessageGoesAndItsReceiptComesBack) {
  FolderWorld world(3);
  world.Round();
  EXPECT_EQ(world.b.effects()["carried"], 1);
  world.Round();
  EXPECT_EQ(world.a.Out(world.id).state, "taken");
  world.Round();  // it had been handed over a second time before the receipt came: it is answered again, the same
  EXPECT_EQ(world.b.effects()["carried"], 1);
  EXPECT_TRUE(world.files.List("share/to-at-bk").value().empty());
  EXPECT_TRUE(world.files.List("share/to-nz-dia").value().empty());
}

TEST(Folder, ACrashAtEveryFileOperationLosesNothingAndDoublesNothing) {
  FolderWorld plain(3);
  const uint64_t before = plain.files.operations();
  plain.Round();
  plain.Round();
  const uint64_t all = plain.files.operations() - before;
  ASSERT_GT(all, 40U);
  for (uint64_t at = 1; at <= all; ++at) {
    for (uint64_t seed = 0; seed < 2; ++seed) {
      FolderWorld world(3 + seed);
      world.files.CrashAt(world.files.operations() + at);
      world.Round();
      world.Round();
      if (world.files.crashed()) world.files.Restart();
      world.files.CrashAt(0);
      for (int i = 0; i < 6; ++i) world.Round();
      ASSERT_EQ(world.a.Out(world.id).state, "taken")
          << "crash at " << at << ", seed " << seed << ": " << world.a.Out(world.id).problem;
      ASSERT_EQ(world.b.effects()["carried"], 1) << "crash at " << at << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace crossguard::exchange
