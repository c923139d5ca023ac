#include "custody/gate.h"

#include <type_traits>

#include "custody/testing_house.h"
#include "register/custody_rows.h"

namespace crossguard {
namespace {

static_assert(!std::is_default_constructible_v<Permit> && !std::is_copy_constructible_v<Permit>);
static_assert(!std::is_constructible_v<Permit, Act, std::string, Instant, int64_t>);

class GateTest : public LedgerHouse {
 protected:
  GateTest() {
    book_.officers = {{.id = "officer-1", .roles = {"intake", "analyst"}},
                      {.id = "officer-2", .roles = {"dissemination"}},
                      {.id = "officer-3", .roles = {"supervisor"}},
                      {.id = "officer-4", .roles = {"king", "Supervisor", ""}}};
  }
  static Ask AskFor(Act act, std::string officer) {
    return {.act = act, .officer = std::move(officer), .object_id = "pkg-7", .reason = "Operation H, first wave"};
  }
  Result<Permit> PassAndCommit(const Ask& ask) {
    Transaction transaction = Transaction::Begin(*database_).value();
    auto permit = gate_.Pass(transaction, ask);
    if (permit) {
      EXPECT_TRUE(transaction.Commit());
    }
    return permit;
  }
  Result<ApprovalState> ApproveAndCommit(const Ask& ask) {
    Transaction transaction = Transaction::Begin(*database_).value();
    auto state = gate_.Approve(transaction, ask);
    if (state) {
      EXPECT_TRUE(transaction.Commit());
    }
    return state;
  }
  std::vector<std::string> ActsInLedger() {
    std::vector<std::string> acts;
    EXPECT_TRUE(EachLeaf(*database_, 0, 1'000, [&](const LeafRow& row) -> Status {
      acts.push_back(row.act);
      return {};
    }));
    return acts;
  }
  AuthorityBook book_;
  Gate gate_{env_, book_, ledger_};
};

TEST(Acts, TheTableIsWholeAndItsNamesAreDistinct) {
  EXPECT_EQ(Acts().size(), static_cast<size_t>(Act::kOverrideDeconfliction) + 1);
  for (size_t i = 0; i < Acts().size(); ++i) {
    const ActRule& rule = Acts()[i];
    EXPECT_EQ(static_cast<size_t>(rule.act), i);
    EXPECT_EQ(ActFromText(rule.name), rule.act);
    EXPECT_NE(rule.roles, 0U) << rule.name;
    EXPECT_GE(rule.officers_needed, 1) << rule.name;
  }
  EXPECT_EQ(ActFromText("denied"), std::nullopt);  // what the gate itself writes is not an act that one can ask for
}

TEST(Acts, ReleaseNeedsTwoOfDisseminationOrSupervisor) {
  EXPECT_EQ(RuleOf(Act::kReleasePackage).officers_needed, 2);
  EXPECT_EQ(RuleOf(Act::kReleasePackage).roles, RoleBit(Role::kDissemination) | RoleBit(Role::kSupervisor));
}

TEST(Roles, TextsRoundTripAndOthersAreNoRoles) {
  for (const Role role :
       {Role::kIntake, Role::kAnalyst, Role::kTriage, Role::kDissemination, Role::kSupervisor, Role::kDataProtection}) {
    EXPECT_EQ(RoleFromText(Text(role)), role);
  }
  EXPECT_EQ(RoleFromText("Supervisor"), std::nullopt);
  EXPECT_EQ(RoleFromText(""), std::nullopt);
}

TEST_F(GateTest, AnOfficerOutsideOfTheirDatesMayDoNothingAndAgreesToNothing) {
  book_.officers = {{.id = "officer-1", .roles = {"dissemination", "supervisor"}, .valid_until = clock_.Now()},
                    {.id = "officer-2", .roles = {"dissemination"}, .valid_from = Instant{clock_.Now().micros + 1}},
                    {.id = "officer-3", .roles = {"supervisor"}, .valid_until = Instant{clock_.Now().micros + 1}},
                    {.id = "officer-4", .roles = {"supervisor"}}};
  for (const char* officer : {"officer-1", "officer-2"}) {
    for (const ActRule& rule : Acts()) {
      EXPECT_EQ(PassAndCommit(AskFor(rule.act, officer)).error().code, Code::kDenied) << rule.name;
    }
    EXPECT_EQ(ApproveAndCommit(AskFor(Act::kReleasePackage, officer)).error().code, Code::kDenied);
  }
  EXPECT_EQ(ActsInLedger().size(), 2 * (Acts().size() + 1));
  // Who agreed in time and is out since then does not count.
  EXPECT_EQ(ApproveAndCommit(AskFor(Act::kReleasePackage, "officer-3"))->given, 1);
  EXPECT_EQ(ApproveAndCommit(AskFor(Act::kReleasePackage, "officer-4"))->given, 2);
  clock_.Advance(1);
  EXPECT_EQ(PassAndCommit(AskFor(Act::kReleasePackage, "officer-4")).error().code, Code::kDenied);
}

TEST_F(GateTest, APermitLeavesALeafInTheSameTransaction) {
  {
    Transaction transaction = Transaction::Begin(*database_).value();
    ASSERT_TRUE(gate_.Pass(transaction, AskFor(Act::kMatchFiles, "officer-1")));
  }  // rolled back: no work, no leaf
  EXPECT_TRUE(ActsInLedger().empty());
  const auto permit = PassAndCommit(AskFor(Act::kMatchFiles, "officer-1"));
  ASSERT_TRUE(permit) << permit.error().message;
  EXPECT_EQ(permit->act(), Act::kMatchFiles);
  EXPECT_EQ(permit->officer(), "officer-1");
  EXPECT_EQ(permit->at(), clock_.Now());
  EXPECT_EQ(permit->leaf_index(), 0);
  EXPECT_EQ(ActsInLedger(), std::vector<std::string>{"match_files"});
  const std::string entry = Ledger::Entry(*database_, 0).value();
  EXPECT_EQ(entry.find("Operation H"), std::string::npos);  // the reason is committed to, not told
  EXPECT_EQ(Ledger::Reveal(*database_, 0, "reason").value()->reveal(), "Operation H, first wave");
}

TEST_F(GateTest, WithoutABookEverythingIsDenied) {
  const AuthorityBook empty;
  Gate gate(env_, empty, ledger_);
  for (const ActRule& rule : Acts()) {
    Transaction transaction = Transaction::Begin(*database_).value();
    EXPECT_EQ(gate.Pass(transaction, AskFor(rule.act, "officer-1")).error().code, Code::kDenied) << rule.name;
    EXPECT_EQ(gate.Pass(transaction, AskFor(rule.act, "")).error().code, Code::kDenied) << rule.name;
  }
}

TEST_F(GateTest, EachOfficerMayExactlyWhatTheTableGivesToARole) {
  for (const ActRule& rule : Acts()) {
    if (rule.officers_needed > 1) continue;
    for (const Role role : {Role::kIntake, Role::kAnalyst, Role::kTriage, Role::kDissemination, Role::kSupervisor,
                            Role::kDataProtection}) {
      AuthorityBook book;
      book.officers = {{.id = "officer-9", .roles = {std::string(Text(role))}}};
      Gate gate(env_, book, ledger_);
      Transaction transaction = Transaction::Begin(*database_).value();
      EXPECT_EQ(gate.Pass(transaction, AskFor(rule.act, "officer-9")).has_value(), (rule.roles & RoleBit(role)) != 0)
          << rule.name << ' ' << Text(role);
    }
  }
}

TEST_F(GateTest, AnUnknownOfficerIsDeniedAndWhatTheyTypedIsNotInTheLog) {
  const auto denied = PassAndCommit(AskFor(Act::kMatchFiles, "jane.roe@mail.example"));
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Code::kDenied);
  EXPECT_EQ(denied.error().message.find("jane"), std::string::npos);
  ASSERT_EQ(ActsInLedger(), std::vector<std::string>{"denied"});
  const std::string entry = Ledger::Entry(*database_, 0).value();
  EXPECT_EQ(entry.find("jane"), std::string::npos);
  EXPECT_NE(entry.find("unknown_officer"), std::string::npos);
  EXPECT_EQ(Ledger::Reveal(*database_, 0, "claimed_officer").value()->reveal(), "jane.roe@mail.example");
}

TEST_F(GateTest, ARoleThatIsMissingOrMisspeltIsDenied) {
  EXPECT_EQ(PassAndCommit(AskFor(Act::kMatchFiles, "officer-2")).error().code, Code::kDenied);
  EXPECT_EQ(PassAndCommit(AskFor(Act::kShowRecord, "officer-4")).error().code, Code::kDenied);
  EXPECT_EQ(ActsInLedger(), (std::vector<std::string>{"denied", "denied"}));
}

TEST_F(GateTest, ADenialOutlivesTheRollbackAndTakesTheWorkWithIt) {
  {
    Transaction transaction = Transaction::Begin(*database_).value();
    ASSERT_TRUE(gate_.Pass(transaction, AskFor(Act::kOpenOperation, "officer-1")));
    EXPECT_EQ(gate_.Pass(transaction, AskFor(Act::kTriage, "officer-1")).error().code, Code::kDenied);
  }
  EXPECT_EQ(ActsInLedger(), std::vector<std::string>{"denied"});
  EXPECT_TRUE(ledger_.Verify(*database_));
}

TEST_F(GateTest, AReasonIsRequired) {
  for (const std::string reason : {"", "   ", "two\nlines", "bad \xFF text"}) {
    Ask ask = AskFor(Act::kMatchFiles, "officer-1");
    ask.reason = reason;
    EXPECT_EQ(PassAndCommit(ask).error().code, Code::kInvalid) << reason;
  }
  Ask ask = AskFor(Act::kMatchFiles, "officer-1");
  ask.reason = std::string(kReasonMaxBytes + 1, 'r');
  EXPECT_EQ(PassAndCommit(ask).error().code, Code::kInvalid);
  ask = AskFor(Act::kMatchFiles, "officer-1");
  ask.object_id = "a person's name";
  EXPECT_EQ(PassAndCommit(ask).error().code, Code::kInvalid);
  ask = AskFor(Act::kMatchFiles, "officer-1");
  for (const std::string details : {"[]", "{", "{\"approved_by\":[\"officer-3\"]}"}) {
    ask.details_json = details;
    EXPECT_EQ(PassAndCommit(ask).error().code, Code::kInvalid) << details;
  }
  EXPECT_TRUE(ActsInLedger().empty());
}

TEST_F(GateTest, ReleaseWithOneOfficerIsDenied) {
  EXPECT_EQ(PassAndCommit(AskFor(Act::kReleasePackage, "officer-2")).error().code, Code::kDenied);
  const auto state = ApproveAndCommit(AskFor(Act::kReleasePackage, "officer-2"));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->given, 1);
  EXPECT_EQ(state->needed, 2);
  EXPECT_FALSE(state->complete());
  EXPECT_EQ(PassAndCommit(AskFor(Act::kReleasePackage, "officer-2")).error().code, Code::kDenied);
  EXPECT_EQ(PassAndCommit(AskFor(Act::kReleasePackage, "officer-3")).error().code, Code::kDenied);
}

TEST_F(GateTest, TheSameOfficerTwiceIsOneOfficer) {
  ASSERT_TRUE(ApproveAndCommit(AskFor(Act::kReleasePackage, "officer-2")));
  EXPECT_EQ(ApproveAndCommit(AskFor(Act::kReleasePackage, "officer-2")).error().code, Code::kConflict);
  EXPECT_EQ(PassAndCommit(AskFor(Act::kReleasePackage, "officer-2")).error().code, Code::kDenied);
}

TEST_F(GateTest, TwoDistinctOfficersReleaseOnce) {
  ASSERT_TRUE(ApproveAndCommit(AskFor(Act::kReleasePackage, "officer-2")));
  EXPECT_TRUE(ApproveAndCommit(AskFor(Act::kReleasePackage, "officer-3"))->complete());
  EXPECT_EQ(gate_.Approvals(*database_, Act::kReleasePackage, "pkg-7")->size(), 2U);
  const auto permit = PassAndCommit(AskFor(Act::kReleasePackage, "officer-3"));
  ASSERT_TRUE(permit) << permit.error().message;
  EXPECT_NE(Ledger::Entry(*database_, permit->leaf_index())->find(R"("approved_by":["officer-2","officer-3"])"),
            std::string::npos);
  EXPECT_EQ(PassAndCommit(AskFor(Act::kReleasePackage, "officer-3")).error().code, Code::kDenied);  // used up
}

TEST_F(GateTest, ApprovalsCountForTheSameObjectAndDetailsOnly) {
  Ask first = AskFor(Act::kReleasePackage, "officer-2");
  first.details_json = R"({"sha256":"aa"})";
  ASSERT_TRUE(ApproveAndCommit(first));
  Ask second = AskFor(Act::kReleasePackage, "officer-3");
  second.details_json = R"({"sha256":"bb"})";
  EXPECT_EQ(ApproveAndCommit(second)->given, 1);
  EXPECT_EQ(PassAndCommit(second).error().code, Code::kDenied);
  second.details_json = R"({ "sha256" : "aa" })";
  EXPECT_TRUE(ApproveAndCommit(second)->complete());
  second.object_id = "pkg-8";
  EXPECT_EQ(PassAndCommit(second).error().code, Code::kDenied);
}

TEST_F(GateTest, AnApproverWhoLostTheRoleNoLongerCounts) {
  ASSERT_TRUE(ApproveAndCommit(AskFor(Act::kReleasePackage, "officer-2")));
  ASSERT_TRUE(ApproveAndCommit(AskFor(Act::kReleasePackage, "officer-3")));
  book_.officers[1].roles = {"intake"};
  EXPECT_EQ(PassAndCommit(AskFor(Act::kReleasePackage, "officer-3")).error().code, Code::kDenied);
}

TEST_F(GateTest, ApprovingNeedsTheRoleAndAnActThatNeedsIt) {
  EXPECT_EQ(ApproveAndCommit(AskFor(Act::kReleasePackage, "officer-1")).error().code, Code::kDenied);
  EXPECT_EQ(ApproveAndCommit(AskFor(Act::kReleasePackage, "nobody")).error().code, Code::kDenied);
  EXPECT_EQ(ApproveAndCommit(AskFor(Act::kMatchFiles, "officer-1")).error().code, Code::kInvalid);
  EXPECT_EQ(ActsInLedger(), (std::vector<std::string>{"denied", "denied"}));
  EXPECT_TRUE(ApproveAndCommit(AskFor(Act::kComposePackage, "officer-2"))) << "to a possible minor's account";
}

}  // namespace
}  // namespace crossguard
