// Who is told and who may look: claims and notices between nodes, cases that have members, outcomes by gateway.
#include "app/access_desk.h"
#include "app/coordination_desk.h"
#include "app/outcome_desk.h"
#include "app/post_desk.h"
#include "app/testing_nodes.h"
#include "register/label_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

class Members : public NodesTest {
 protected:
  static int64_t Number(TestNode& node, std::string_view sql) {
    return node.house->db().Number(sql).value().value_or(-1);
  }
  static std::string Text(TestNode& node, std::string_view sql) {
    return node.house->db().TextOf(sql).value().value_or("");
  }
  static Actor Supervisor() { return Second("officer-2"); }
  void AddOperation(TestNode& node, const std::string& id, const std::string& name, const std::string& owner) {
    Labels labels = OperationLabels(owner, id);
    if (owner != node.id) labels.release_to = {{node.id}};  // another's, released to this house
    auto transaction = Transaction::Begin(node.house->db());
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(transaction->db().Run("INSERT INTO operation (id,name,created_at) VALUES (?1,?2,0)", id, name));
    ASSERT_TRUE(SetOwnLabels(
        *transaction, {.noun = "operation", .id = id, .at = clock_.Now(), .officer = "officer-1", .leaf_index = 0},
        labels));
    ASSERT_TRUE(transaction->Commit());
  }
};

TEST_F(Members, ClaimsTravelByMessageAndMeetWhatTheOtherNodeHolds) {
  const auto made = KeepOperationSecret(*nz().house, Supervisor(), "kauri", "");
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(KeepOperationSecret(*europol().house, Supervisor(), "kauri", (*made)["file"]));
  const HoldFacts own{.source = "case-1", .service = "quokkachat", .account = "wombat-4711"};
  ASSERT_TRUE(Hold(*nz().house, Officer(), own));
  ASSERT_TRUE(Hold(*europol().house, Officer(), own));
  const auto sent = SendClaims(*europol().house, Officer(), "kauri", "nz-dia");
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ((*sent)["claims"], 1);
  EXPECT_EQ(Text(europol(), "SELECT group_concat(body) FROM outbox").find("wombat"), std::string::npos);
  Send(europol());
  EXPECT_EQ(Text(europol(), "SELECT state FROM outbox WHERE kind='contribution'"), "taken");
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM coordination_claim"), 1);
  EXPECT_EQ(Number(nz(), "SELECT party_count FROM deconfliction"), 2);
  // The contact hears of it with the next post; sent again, the claims are the same message.
  Send(nz());
  EXPECT_EQ(Text(europol(), "SELECT other FROM deconfliction_notice"), "nz-dia");
  ASSERT_TRUE(SendClaims(*europol().house, Officer(), "kauri", "nz-dia"));
  EXPECT_EQ(Number(europol(), "SELECT count(*) FROM outbox WHERE kind='contribution'"), 1);
  EXPECT_EQ(SendClaims(*europol().house, Officer(), "another", "nz-dia").error().code, Code::kNotFound);
  clock_.Advance(400 * kMicrosPerDay);  // the way from there to at-bk ends in 2026
  EXPECT_EQ(SendClaims(*europol().house, Officer(), "kauri", "at-bk").error().code, Code::kDenied);
}

TEST_F(Members, ClaimsThatSpeakForAnotherAreRefusedWhole) {
  const json claims = {{"format", "crossguard-deconfliction-claims/1"},
                       {"operation", "kauri"},
                       {"from", "at-bk"},
                       {"contact", "desk"},
                       {"claims", json::array()}};
  OutgoingMessage message{.to = "nz-dia", .kind = MessageKind::kContribution};
  message.body = claims;
  message.idempotency_key = "forged";
  message.labels = OwnLabelsTo(*europol().house, "nz-dia", "cross_check");
  ASSERT_TRUE(PostAs(*europol().house,
                     {.act = Act::kSendMessages, .officer = "officer-1", .object_id = "nz-dia", .reason = "test"},
                     message));
  Send(europol());
  EXPECT_EQ(Text(europol(), "SELECT state FROM outbox WHERE kind='contribution'"), "refused");
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM coordination_claim"), 0);
}

TEST_F(Members, TheOwnerHearsThatTheGlassWasBrokenAndItsReceiptIsSeen) {
  AddOperation(nz(), "op-theirs", "theirs", "eu-europol");
  AddOperation(nz(), "op-ours", "ours", "nz-dia");
  for (const char* id : {"op-theirs", "op-ours"}) {
    ASSERT_TRUE(GrantCaseAccess(*nz().house, Supervisor(), {.operation = id, .officer = "officer-1"}));
    EXPECT_EQ(BreakGlass(*nz().house, Supervisor(), id).value()["broken"], false);
    const auto broken = BreakGlass(*nz().house, Second("officer-3"), id);
    ASSERT_TRUE(broken) << broken.error().message;
    EXPECT_EQ(broken->contains("owner_told_by"), id == std::string("op-theirs"));
  }
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM break_glass WHERE owner_notified_at IS NOT NULL"), 2) << "two officers";
  Send(nz());
  EXPECT_EQ(Text(europol(), "SELECT sender || ' ' || compartment || ' ' || officer_count FROM access_notice"),
            "nz-dia op-theirs 2");
  EXPECT_EQ(Text(nz(), "SELECT body FROM outbox WHERE kind='access_notice'").find("officer-"), std::string::npos);
  const json notices = ShowAccessNotices(*nz().house, "officer-1").value();
  ASSERT_EQ(notices["told_owners"].size(), 1U);
  EXPECT_EQ(notices["told_owners"][0]["state"], "taken");
  EXPECT_EQ(ShowAccessNotices(*europol().house, "officer-1").value()["told_us"][0]["from"], "nz-dia");
}

TEST_F(Members, ACaseIsForAllWhoSeeItsOperationUntilItHasMembers) {
  House& house = *nz().house;
  const json opened = OpenCase(house, Officer(), {.operation = "kauri", .case_number = "NZ-1"}).value();
  const std::string id = opened["case"];
  const std::string outcome = opened["outcome"]["id"];
  const auto cases = [&](const char* officer) { return ListCases(house, officer, "").value().size(); };
  EXPECT_EQ(cases("officer-3"), 1U);
  EXPECT_EQ(GrantCaseAccess(house, Officer(), {.operation = id, .officer = "officer-1"}).error().code, Code::kDenied);
  const auto granted = GrantCaseAccess(house, Supervisor(), {.operation = id, .officer = "officer-2"});
  ASSERT_TRUE(granted) << granted.error().message;
  EXPECT_EQ((*granted)["case"], id);
  EXPECT_EQ((*granted)["closed_by_this"], true);
  EXPECT_EQ(cases("officer-2"), 1U);
  EXPECT_EQ(cases("officer-3"), 0U);
  // The same words as for what never was; and nothing of it stands in a list or a number.
  EXPECT_EQ(ShowCase(house, Second("officer-3"), "NZ-1").error().message,
            ShowCase(house, Second("officer-3"), "NZ-9").error().message);
  EXPECT_EQ(CloseCase(house, Second("officer-3"), id).error().code, Code::kNotFound);
  EXPECT_TRUE(ListOutcomes(house, "officer-3", {}).value().empty());
  EXPECT_EQ(ListOutcomes(house, "officer-2", {}).value().size(), 1U);
  EXPECT_EQ(DecideOutcome(house, Second("officer-3"), outcome, true).error().code, Code::kNotFound);
  EXPECT_EQ(ShowLabels(house, Second("officer-3"), id).error().code, Code::kNotFound);
  EXPECT_EQ(ShowCaseAccess(house, Second("officer-3"), id).error().code, Code::kNotFound);
  EXPECT_EQ(ShowCaseAccess(house, Supervisor(), id).value()["access"], "members");
  // The glass of a case breaks as that of an operation does.
  EXPECT_EQ(BreakGlass(house, Second("officer-3"), id).value()["broken"], false);
  ASSERT_EQ(BreakGlass(house, Supervisor(), id).value()["broken"], true);
  EXPECT_EQ(cases("officer-3"), 1U);
  clock_.Advance(25 * 3'600 * kMicrosPerSecond);
  EXPECT_EQ(cases("officer-3"), 0U);
  ASSERT_TRUE(RevokeCaseAccess(house, Supervisor(), {.operation = id, .officer = "officer-2"}));
  EXPECT_EQ(cases("officer-2"), 0U) << "it stays closed when the last membership ends";
}

TEST_F(Members, WhoDoesNotSeeAnOperationReportsNothingInIt) {
  AddOperation(nz(), "op-closed", "closed", "nz-dia");
  ASSERT_TRUE(GrantCaseAccess(*nz().house, Supervisor(), {.operation = "closed", .officer = "officer-2"}));
  EXPECT_EQ(OpenCase(*nz().house, Officer(), {.operation = "closed", .case_number = "1"}).error().code,
            Code::kNotFound);
  EXPECT_EQ(
      ReportOutcome(*nz().house, Officer(), {.operation = "closed", .kind = "arrest", .on = "2021-05-03"}).error().code,
      Code::kNotFound);
  EXPECT_TRUE(ReportOutcome(*nz().house, Supervisor(), {.operation = "closed", .kind = "arrest", .on = "2021-05-03"}));
  EXPECT_EQ(Picture(*nz().house, Officer(), "closed", "2022-03-02").error().code, Code::kNotFound);
}

TEST_F(Members, AnOutcomeLeavesByAGatewayForOutcomesAlone) {
  // The ways of these nodes are for selectors and referrals.
  const auto denied = ReportOutcome(*nz().house, Officer(),
                                    {.operation = "kauri", .kind = "arrest", .on = "2021-05-03", .to = {"eu-europol"}});
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Code::kDenied);
  EXPECT_NE(denied.error().message.find("does not cover data of kind outcomes"), std::string::npos)
      << denied.error().message;
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM outcome_report"), 0);
}

}  // namespace
}  // namespace crossguard
