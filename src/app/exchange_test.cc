// Real houses talk to each other: over a line at its worst with nodes killed, and each kind of message by its rule.
#include <cstdlib>
#include <functional>
#include <map>
#include <utility>

#include "app/mail_package.h"
#include "app/mail_request.h"
#include "app/post_desk.h"
#include "app/request_desk.h"
#include "app/testing_nodes.h"
#include "exchange/post.h"
#include "exchange/receipt.h"
#include "exchange/testing_faulty.h"
#include "model/canonical.h"
#include "register/exchange_rows.h"
#include "register/request_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace post_rows = exchange_rows;

constexpr int64_t kHour = 3'600 * kMicrosPerSecond;

class Nodes : public NodesTest {
 protected:
  // Holdings that the node owns, imported at home so that it can answer for them.
  json Holdings(const TestNode& node, const std::string& value, const std::string& code = "H1") {
    return {{"format", "crossguard-holdings/1"},
            {"owner", node.id},
            {"purpose", "cross_check"},
            {"handling", {code}},
            {"handling_text", ""},
            {"grade", "B2"},
            {"contact", "desk@" + node.id + ".example"},
            {"items", {{{"type", "email"}, {"value", value}, {"category", "suspect"}, {"ref", "file 7"}}}}};
  }
  std::string WriteHoldings(TestNode& node, const json& holdings) {
    const std::string path = root_ + "/" + node.id + ".holdings.json";
    EXPECT_TRUE(node.files->WriteWhole(path, AsBytes(holdings.dump())));
    return path;
  }
  void Hold(TestNode& node, const std::string& value) {
    const auto imported = ImportHoldingsFile(*node.house, Officer(), WriteHoldings(node, Holdings(node, value)));
    ASSERT_TRUE(imported) << imported.error().message;
    ASSERT_EQ((*imported)["taken"], 1);
  }
  post_rows::OutgoingRow Out(TestNode& node, const std::string& id) {
    return post_rows::FindOutgoing(node.house->db(), id).value().value();
  }
  // Posts any body at all, as a node that means no good would.
  std::string PostRaw(TestNode& node, const OutgoingMessage& message) {
    Transaction transaction = Transaction::Begin(node.house->db()).value();
    const Permit permit =
        node.house->gate()
            .Pass(transaction, {.act = Act::kSendMessages, .officer = "officer-1", .object_id = "", .reason = "test"})
            .value();
    const std::string id = exchange::Post(transaction, permit, node.house->ids(), message).value();
    EXPECT_TRUE(transaction.Commit());
    return id;
  }
  OutgoingMessage Raw(TestNode& from, const std::string& to, MessageKind kind, const json& body) {
    OutgoingMessage message{.to = to, .kind = kind};
    message.body = body;
    message.idempotency_key = Canonical(body);
    message.labels = OwnLabelsTo(*from.house, to, "cross_check");
    return message;
  }
  // What the receiver said to it.
  std::string Answer(TestNode& node, const OutgoingMessage& message) {
    const std::string id = PostRaw(node, message);
    Send(node);
    const auto row = Out(node, id);
    return row.state + " " + row.problem_code;
  }
  json Hits(TestNode& node, const std::string& id) {
    const json all = ListHits(*node.house).value();
    for (const json& one : all) {
      if (one["query"] == id) return one["hits"];
    }
    return {};
  }
};

TEST_F(Nodes, OverABadLineAndWithNodesKilledEveryEnvelopeHasEffectOnce) {
  const char* const asked = std::getenv("CROSSGUARD_EXCHANGE_ENVELOPES");
  const int queries = (asked == nullptr ? 2'000 : std::atoi(asked)) / 2;  // each brings its answer
  SeededRandom random(2026);
  SystemFiles plain;
  exchange::FaultyCarrier faulty(plain, root_ + "/line", 13, 0.4,
                                 [&](const std::string& from, const std::string& to, const std::string& folder) {
                                   TestNode& node = Named(to);
                                   return TakeParcel(*node.house, *node.keys, from, folder);
                                 });
  std::map<std::pair<std::string, std::string>, int> planted;  // asker, asked
  for (int i = 0; i < queries; ++i) {
    TestNode& asker = nodes_[random.Below(3)];
    TestNode& other = nodes_[(random.Below(2) + 1 + static_cast<uint64_t>(&asker - nodes_.data())) % 3];
    OutgoingMessage query =
        Raw(asker, other.id, MessageKind::kHitQuery, Query("u" + std::to_string(i) + "@x.example", i));
    Transaction transaction = Transaction::Begin(asker.house->db()).value();
    const Permit permit =
        asker.house->gate()
            .Pass(transaction,
                  {.act = Act::kAskInformation, .officer = "officer-1", .object_id = other.id, .reason = "test"})
            .value();
    const std::string id = exchange::Post(transaction, permit, asker.house->ids(), query).value();
    ASSERT_TRUE(request_rows::InsertHitQuery(transaction, {.authority = other.id,
                                                           .message_id = id,
                                                           .type = "email",
                                                           .value = query.body["value"],
                                                           .asked_at = permit.at()}));
    ASSERT_TRUE(transaction.Commit());
    ++planted[{asker.id, other.id}];
  }
  int kills = 0;
  for (int round = 0; round < 80; ++round) {
    int64_t tried = 0;
    for (TestNode& node : nodes_) {
      clock_.Advance(3 * kHour);
      if (round < 20) {
        for (TestNode& victim : nodes_) {
          if (random.Chance(0.7)) victim.files->DieAfter(random.Below(2'000));
        }
      }
      const auto sent = SendMessages(*node.house, Officer(), &faulty);
      if (sent) tried += (*sent)["tried"].get<int64_t>();
      if (!sent) ++tried;
      for (TestNode& victim : nodes_) {
        kills += victim.files->dead() ? 1 : 0;
        victim.files->Revive();
        if (victim.house == nullptr || random.Chance(0.3) || !sent) {
          victim.Close();
          victim.Open();
        }
      }
    }
    faulty.Release();
    if (round == 30) faulty.Heal();
    if (tried == 0 && round > 3) break;
  }
  EXPECT_GT(kills, 5);
  int64_t lost = 0, widened = 0, envelopes = 0;
  for (TestNode& node : nodes_) {
    EXPECT_TRUE(post_rows::EachOutgoing(node.house->db(), INT64_MAX, [&](const post_rows::OutgoingRow& row) -> Status {
      ++envelopes;
      const auto in = post_rows::FindIncoming(Named(row.message.to).house->db(), node.id, row.id).value();
      if (row.state != "taken" || !in) {
        ++lost;
        return {};
      }
      EXPECT_EQ(in->receipt, row.receipt);
      const Labels arrived = ParseLabels(json::parse(in->labels)).value();
      if (Widens(row.message.labels, arrived) || arrived != row.message.labels) ++widened;
      return {};
    }));
    const json hits = ListHits(*node.house).value();
    for (const json& one : hits) EXPECT_FALSE(one["answered"].is_null());
    const auto ledger = node.house->ledger().Verify(node.house->db());
    EXPECT_TRUE(ledger) << ledger.error().message;
  }
  EXPECT_EQ(envelopes, 2 * queries);
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(widened, 0);
  // Each query was counted once where it arrived, however often it came.
  for (const auto& [pair, count] : planted) {
    const auto counted =
        Named(pair.second).house->db().Number("SELECT sum(asked_count) FROM hit_quota WHERE authority=?1", pair.first);
    EXPECT_EQ(counted.value().value_or(0), count) << pair.first << " asked " << pair.second;
  }
}

TEST_F(Nodes, AHitSaysTypeOwnerAndContactAndHasTheSizeOfNoHit) {
  Hold(nz(), "met@x.example");
  const std::string met =
      AskHit(*at().house, Officer(), {.to = "nz-dia", .selector = "email:Met@x.example"}).value()["query"];
  const std::string not_met =
      AskHit(*at().house, Officer(), {.to = "nz-dia", .selector = "email:no@x.example"}).value()["query"];
  Send(at());
  Send(nz());
  EXPECT_EQ(Hits(at(), met),
            json::parse(R"([{"hit":true,"type":"email","owner":"nz-dia","contact":"desk@nz-dia.example"}])"));
  EXPECT_EQ(Hits(at(), not_met), json::parse(R"([{"hit":false,"type":"","owner":"","contact":""}])"));
  std::vector<size_t> sizes;
  EXPECT_TRUE(post_rows::EachOutgoing(nz().house->db(), 100, [&](const post_rows::OutgoingRow& row) -> Status {
    if (row.message.kind == MessageKind::kHitAnswer) sizes.push_back(Canonical(row.message.body).size());
    return {};
  }));
  EXPECT_EQ(sizes, (std::vector<size_t>{kHitAnswerBytes, kHitAnswerBytes}));
  EXPECT_EQ(exchange::OpenReceipt(Out(at(), met).receipt,
                                  {.name = exchange::SignerName("nz-dia"), .key = nz().keys->message_key.public_key()})
                ->facts,
            json::object())
      << "the receipt tells nothing";
}

TEST_F(Nodes, AHitWithWhatAnotherOwnerRestrictedIsNotTold) {
  const auto import = [&](const std::string& value, const std::string& code) {
    const std::string path = WriteHoldings(nz(), Holdings(europol(), value, code));
    ASSERT_TRUE(ImportHoldingsFile(*nz().house, Officer(), path));
  };
  import("open@x.example", "H1");
  import("closed@x.example", "H2");
  const std::string open =
      AskHit(*at().house, Officer(), {.to = "nz-dia", .selector = "email:open@x.example"}).value()["query"];
  const std::string closed =
      AskHit(*at().house, Officer(), {.to = "nz-dia", .selector = "email:closed@x.example"}).value()["query"];
  Send(at());
  Send(nz());
  EXPECT_EQ(Hits(at(), open)[0]["owner"], "eu-europol");
  EXPECT_EQ(Hits(at(), closed)[0]["hit"], false);
}

TEST_F(Nodes, WithoutAGatewayThereIsNoAnswerAndBeyondTheQuotaItWaits) {
  const auto query = [&](int i) {
    return Raw(at(), "eu-europol", MessageKind::kHitQuery, Query("q" + std::to_string(i) + "@x.example"));
  };
  Transaction transaction = Transaction::Begin(europol().house->db()).value();
  for (int64_t i = 0; i < kHitQueriesPerDayMax; ++i)
    ASSERT_TRUE(request_rows::CountAsked(transaction, "at-bk", DateText(clock_.Now()), false));
  ASSERT_TRUE(transaction.Commit());
  EXPECT_EQ(Answer(at(), query(1)), "held exhausted");
  clock_.Advance(kMicrosPerDay);
  Send(at());
  EXPECT_EQ(Out(at(), PostRaw(at(), query(1))).state, "taken") << "the next day it is answered";
  clock_.Advance(200 * kMicrosPerDay);  // the gateway has ended
  EXPECT_EQ(Answer(at(), query(2)), "refused denied");
}

TEST_F(Nodes, EachOfficerHasAQuotaOfItsOwnAndTheOtherSideLearnsNoName) {
  const auto ask = [&](const std::string& officer, int i) {
    return AskHit(*at().house, Second(officer),
                  {.to = "eu-europol", .selector = "email:o" + std::to_string(i) + "@x.example"})
        .value()["query"]
        .get<std::string>();
  };
  for (int i = 0; i < kHitQueriesPerOfficerMax; ++i) ask("officer-1", i);
  Send(at());
  EXPECT_EQ(europol().house->db().Number("SELECT sum(asked_count) FROM hit_quota").value(), kHitQueriesPerOfficerMax);
  const std::string beyond = ask("officer-1", 1'000), other = ask("officer-2", 1'000);
  Send(at());
  EXPECT_EQ(Out(at(), beyond).state, "held");
  EXPECT_EQ(Out(at(), beyond).problem,
            "This officer's quota of 100 hit queries a day is used up; it will be answered tomorrow.");
  EXPECT_EQ(Out(at(), other).state, "taken") << "another officer still may";
  const json quota = ListHitQuota(*europol().house).value();
  ASSERT_EQ(quota.size(), 3U);
  EXPECT_EQ(quota[0]["officer"], "");
  EXPECT_EQ(quota[0]["asked"], kHitQueriesPerOfficerMax + 1);
  EXPECT_NE(quota[1]["officer"], quota[2]["officer"]);
  EXPECT_EQ(quota.dump().find("officer-"), std::string::npos);
  EXPECT_NE(OfficerTo(*at().house, "officer-1", "eu-europol", clock_.Now()),
            OfficerTo(*at().house, "officer-1", "nz-dia", clock_.Now()))
      << "two who compare notes do not find one officer";
  clock_.Advance(kMicrosPerDay);
  Send(at());
  EXPECT_EQ(Out(at(), beyond).state, "taken") << "the next day it is answered";
  OutgoingMessage nameless =
      Raw(at(), "eu-europol", MessageKind::kHitQuery, {{"type", "email"}, {"value", "n@x.example"}});
  EXPECT_EQ(Answer(at(), nameless), "refused invalid");
  nameless.body["officer"] = "officer-1";
  nameless.idempotency_key = "named";
  EXPECT_EQ(Answer(at(), nameless), "refused invalid") << "a name instead of an id";
}

TEST_F(Nodes, AReleaseNeedsTwoOfTheOwnerAndBringsOnlyWhatTheHitNamed) {
  Hold(nz(), "met@x.example");
  const std::string id =
      AskRelease(*at().house, Officer(), {.to = "nz-dia", .selector = "email:met@x.example", .why = "Case 12/26"})
          .value()["request"];
  Send(at());
  const ReleaseToDecide yes{.id = id, .granted = true, .reason = "for that case"};
  const auto once = DecideRelease(*nz().house, Second("officer-1"), yes);
  ASSERT_TRUE(once) << once.error().message;
  EXPECT_FALSE(once->contains("message"));
  EXPECT_EQ(DecideRelease(*nz().house, Second("officer-1"), yes).error().code, Code::kConflict);
  EXPECT_EQ(DecideRelease(*nz().house, Second("officer-3"), {.id = id, .granted = false, .reason = "no"})
                .value()["approvals"],
            1)
      << "agreeing to another decision is not agreeing to this one";
  EXPECT_TRUE(DecideRelease(*nz().house, Second("officer-2"), yes)->contains("message"));
  Send(nz());
  const json release = ListReleases(*at().house).value().at(0);
  EXPECT_EQ(release["state"], "granted");
  EXPECT_EQ(release["fields"],
            json::parse(R"([{"type":"email","value":"met@x.example","category":"suspect","ref":"file 7"}])"));
  EXPECT_EQ(Answer(at(), Raw(at(), "nz-dia", MessageKind::kReleaseRequest,
                             {{"type", "email"}, {"value", "no@x.example"}, {"reason", "curious"}})),
            "refused not_found");
  // A decision that nobody asked for, and one that tells of another selector.
  EXPECT_EQ(Answer(nz(), Raw(nz(), "at-bk", MessageKind::kReleaseDecision,
                             {{"decision", "refused"}, {"fields", json::array()}, {"reason", ""}})),
            "refused not_found");
}

TEST_F(Nodes, ARequestHasItsDueTimeIsComparedWithHeldDataAndIsAnswered) {
  Hold(at(), "held@x.example");
  const std::string id = AskInformation(*nz().house, Officer(),
                                        {.to = "at-bk",
                                         .question = "Known?",
                                         .legal_basis = "Treaty",
                                         .selectors = {"email:held@x.example", "email:other@x.example"},
                                         .urgency = "urgent_direct"})
                             .value()["request"];
  Send(nz());
  json row = ListInformation(*at().house).value().at(0);
  EXPECT_EQ(row["selectors_held"], 1);
  EXPECT_EQ(row["state"], "open");
  EXPECT_FALSE(ListInformation(*nz().house).value().at(0).contains("selectors_held"));
  clock_.Advance(9 * kHour);
  EXPECT_EQ(ListInformation(*at().house).value().at(0)["state"], "overdue");
  EXPECT_EQ(SendMessages(*nz().house, Officer(), nullptr).value()["overdue_answers"], 1);
  ASSERT_TRUE(
      AnswerInformation(*at().house, Officer(), {.id = id, .decision = "clarification", .text = "Which year?"}));
  Send(at());
  EXPECT_EQ(SendMessages(*nz().house, Officer(), nullptr).value()["overdue_answers"], 1) << "a question is no answer";
  ASSERT_TRUE(AnswerInformation(*at().house, Officer(), {.id = id, .decision = "answered", .text = "Since 2021."}));
  Send(at());
  row = ListInformation(*nz().house).value().at(0);
  EXPECT_EQ(row["state"], "answered");
  EXPECT_EQ(row["answer"], "Since 2021.");
  EXPECT_EQ(SendMessages(*nz().house, Officer(), nullptr).value()["overdue_answers"], 0);
  // Two answers that contradict each other: refused where they arrive, and what stood stands.
  OutgoingMessage second =
      Raw(at(), "nz-dia", MessageKind::kInformationAnswer, {{"decision", "refused"}, {"text", "No."}});
  second.in_reply_to = id;
  EXPECT_EQ(Answer(at(), second), "refused conflict");
  EXPECT_EQ(ListInformation(*nz().house).value().at(0)["state"], "answered");
}

TEST_F(Nodes, AContributionIsTakenWithItsLabelsAndNeverWider) {
  const json holdings = Holdings(at(), "given@x.example", "H2");
  ASSERT_TRUE(SendHoldings(*at().house, Officer(), WriteHoldings(at(), holdings), "nz-dia"));
  Send(at());
  EXPECT_EQ(nz().house->db().TextOf("SELECT handling FROM contribution WHERE owner='at-bk'").value(), "[\"H2\"]");
  EXPECT_EQ(
      SendHoldings(*at().house, Officer(), WriteHoldings(at(), Holdings(nz(), "x@x.example")), "nz-dia").error().code,
      Code::kDenied)
      << "only the owner sends";
  OutgoingMessage wider = Raw(at(), "nz-dia", MessageKind::kContribution, Holdings(at(), "wider@x.example", "H1"));
  wider.labels.handling = {HandlingCode::kH2};
  EXPECT_EQ(Answer(at(), wider), "refused denied");
  OutgoingMessage other = Raw(at(), "nz-dia", MessageKind::kContribution, Holdings(europol(), "o@x.example", "H2"));
  EXPECT_EQ(Answer(at(), other), "refused denied");
  EXPECT_EQ(nz().house->db().Number("SELECT count(*) FROM contribution").value(), 1) << "nothing half applied";
  EXPECT_EQ(nz().house->db().Number("SELECT count(*) FROM holding").value(), 1);
}

TEST_F(Nodes, BodiesThatAreNotUnderstoodAreRefusedWithASentence) {
  const auto refused = [&](MessageKind kind, const json& body) {
    return Answer(at(), Raw(at(), "nz-dia", kind, body));
  };
  EXPECT_EQ(refused(MessageKind::kInformationRequest, {{"question", "q"}}), "refused invalid");
  EXPECT_EQ(
      refused(MessageKind::kInformationRequest,
              {{"question", "q"}, {"legal_basis", "l"}, {"selectors", {{{"type", "email"}, {"value", "NOT@Normal"}}}}}),
      "refused invalid");
  EXPECT_EQ(refused(MessageKind::kHitQuery, {{"type", "dream"}, {"value", "x"}, {"officer", "ofc-aaaaaaaaaaaaaaaa"}}),
            "refused invalid");
  EXPECT_EQ(refused(MessageKind::kHitAnswer, {{"hits", json::array()}, {"padding", ""}}), "refused not_found");
  EXPECT_EQ(refused(MessageKind::kReferralPackage, {{"package", "pkg-aaaaaaaaaaaaaaaa"},
                                                    {"operation", "op"},
                                                    {"gateway", "g"},
                                                    {"gateway_reason", ""},
                                                    {"accounts", 1},
                                                    {"files", 0}}),
            "refused invalid")
      << "no package is attached";
  EXPECT_EQ(refused(MessageKind::kPackageAnswer,
                    {{"package", "pkg-aaaaaaaaaaaaaaaa"}, {"decision", "accept"}, {"case_number", "1"}, {"text", ""}}),
            "refused not_found");
  EXPECT_EQ(refused(MessageKind::kRecall, {{"package", "pkg-aaaaaaaaaaaaaaaa"}, {"reason", ""}}), "held unavailable");
  EXPECT_EQ(refused(MessageKind::kCorrection, {{"about", "msg-aaaaaaaaaaaaaaaa"}, {"correction", "c"}}),
            "held unavailable");
  EXPECT_EQ(refused(MessageKind::kCorrection, {{"about", "../../etc"}, {"correction", "c"}}), "refused invalid");
}

TEST_F(Nodes, PinningReplacesTheExampleCertificateAndRevokingShutsTheDoor) {
  nz().Close();
  nz().Open();
  const Authority* const authority = nz().house->book().Find("at-bk");
  ASSERT_NE(authority, nullptr);
  EXPECT_TRUE(authority->certificate_path.ends_with("exchange/peers/at-bk.crt")) << authority->certificate_path;
  EXPECT_EQ(AsText(nz().files->ReadWhole(authority->certificate_path, kPemMaxBytes).value()), at().keys->sealing.Pem());
  HouseParcelDesk desk(*nz().env, nz().options);
  EXPECT_EQ(desk.PeerOf(at().keys->tls.KeyFingerprint()).value(), "at-bk");
  ASSERT_TRUE(RevokePeer(*nz().house, Second("officer-3"), "at-bk"));
  EXPECT_EQ(desk.PeerOf(at().keys->tls.KeyFingerprint()).value(), std::nullopt);
  EXPECT_EQ(Answer(at(), Raw(at(), "nz-dia", MessageKind::kHitQuery, Query("a@x.example"))), "refused denied");
  EXPECT_EQ(RevokePeer(*nz().house, Second("officer-3"), "us-fbi").error().code, Code::kNotFound);
  EXPECT_EQ(RevokePeer(*nz().house, Second("officer-1"), "at-bk").error().code, Code::kDenied);
}

// A line that first does something else, as another command would meanwhile.
class Meanwhile final : public exchange::Transport {
 public:
  Meanwhile(exchange::Transport& line, std::function<void()> first) : line_(line), first_(std::move(first)) {}
  Result<std::optional<Bytes>> Carry(const exchange::Peer& peer, const std::string& parcel,
                                     const exchange::ParcelOuter& outer) override {
    if (first_) std::exchange(first_, nullptr)();
    return line_.Carry(peer, parcel, outer);
  }

 private:
  exchange::Transport& line_;
  std::function<void()> first_;
};

TEST_F(Nodes, WhileParcelsAreOnTheirWayOtherCommandsWrite) {
  const auto query = [&](const std::string& value) { return Raw(nz(), "at-bk", MessageKind::kHitQuery, Query(value)); };
  const std::string first = PostRaw(nz(), query("a@x.example"));
  nz().Close();
  std::string second;
  Line line(*this);
  Meanwhile carrier(line, [&] {
    nz().Open();  // fails if the house is held
    second = PostRaw(nz(), query("b@x.example"));
    nz().Close();
  });
  const auto sent = SendMessagesApart(*nz().env, nz().options, Officer(), &carrier);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ((*sent)["taken"], 1);
  nz().Open();
  EXPECT_EQ(Out(nz(), first).state, "taken");
  EXPECT_EQ(Out(nz(), second).state, "waiting") << "it came after this round had begun";
}

TEST_F(Nodes, TwoWhoSendAtOnceSettleAMessageOnce) {
  const std::string id = PostRaw(nz(), Raw(nz(), "at-bk", MessageKind::kHitQuery, Query("a@x.example")));
  nz().Close();
  Line line(*this);
  Meanwhile carrier(line, [&] {
    const auto other = SendMessagesApart(*nz().env, nz().options, Officer(), &line);
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_EQ((*other)["taken"], 1);
  });
  const auto sent = SendMessagesApart(*nz().env, nz().options, Officer(), &carrier);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ((*sent)["taken"].get<int>() + (*sent)["kept"].get<int>(), 0) << "the other one has written it down";
  nz().Open();
  EXPECT_EQ(Out(nz(), id).state, "taken");
  EXPECT_EQ(nz().house->db()
                .Number("SELECT count(*) FROM ledger_leaf WHERE act='send_messages' AND object_id=?1", id)
                .value(),
            1);
  EXPECT_EQ(at().house->db().Number("SELECT sum(asked_count) FROM hit_quota").value(), 1);
}

TEST_F(Nodes, KilledAnywhereWhileItSendsApartEachMessageHasEffectOnce) {
  constexpr int kMessages = 60;
  Line line(*this);
  int died = 0;
  for (int i = 0; i < kMessages; ++i) {
    PostRaw(nz(), Raw(nz(), "at-bk", MessageKind::kHitQuery, Query("k" + std::to_string(i) + "@x.example")));
    nz().Close();
    nz().files->DieAfter(static_cast<uint64_t>(i));
    const auto cut = SendMessagesApart(*nz().env, nz().options, Officer(), &line);
    died += nz().files->dead() ? 1 : 0;
    nz().files->Revive();
    clock_.Advance(7 * kHour);
    const auto sent = SendMessagesApart(*nz().env, nz().options, Officer(), &line);
    ASSERT_TRUE(sent) << sent.error().message;
    nz().Open();
  }
  EXPECT_GT(died, kMessages / 4);
  EXPECT_TRUE(post_rows::EachOutgoing(nz().house->db(), INT64_MAX, [&](const post_rows::OutgoingRow& row) -> Status {
    EXPECT_EQ(row.state, "taken");
    return {};
  }));
  EXPECT_EQ(at().house->db().Number("SELECT sum(asked_count) FROM hit_quota").value(), kMessages);
  EXPECT_TRUE(nz().house->ledger().Verify(nz().house->db()));
}

TEST_F(Nodes, TheParcelDeskOfAServerTakesOnceAndRemembers) {
  const std::string id = PostRaw(at(), Raw(at(), "nz-dia", MessageKind::kHitQuery, Query("a@x.example")));
  nz().Close();  // the desk opens the house for itself
  HouseParcelDesk desk(*nz().env, nz().options);
  std::string folder;
  Bytes first, second;
  class Kept final : public exchange::Transport {
   public:
    explicit Kept(std::function<Bytes(const std::string&)> take) : take_(std::move(take)) {}
    Result<std::optional<Bytes>> Carry(const exchange::Peer&, const std::string& parcel,
                                       const exchange::ParcelOuter&) override {
      return std::optional(take_(parcel));
    }

   private:
    std::function<Bytes(const std::string&)> take_;
  };
  EXPECT_EQ(desk.ReceiptOf("at-bk", id).value(), std::nullopt);
  Kept line([&](const std::string& parcel) {
    first = desk.Take("at-bk", parcel).value();
    second = desk.Take("at-bk", parcel).value();
    return first;
  });
  const auto sent = SendMessages(*at().house, Officer(), &line);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ((*sent)["taken"], 1);
  EXPECT_EQ(first, second);
  EXPECT_EQ(desk.ReceiptOf("at-bk", id).value(), first);
  nz().Open();
  EXPECT_EQ(nz().house->db().Number("SELECT sum(asked_count) FROM hit_quota").value(), 1);
}

}  // namespace
}  // namespace crossguard
