#include "custody/policy.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "custody/testing_policy.h"
#include "register/label_rows.h"
#include "register/visibility.h"

namespace crossguard {
namespace {

using testing_policy::AnyQuestion;
using testing_policy::Question;
using testing_policy::Reference;
using testing_policy::Ruling;
using testing_policy::Universe;

// --- the rules, one by one ---

constexpr Instant kNow{1'700'000'000'000'000};

Labels Own() {
  return OperationLabels("nz-dia", "op-a");
}
PolicySubject Member(uint32_t roles = RoleBit(Role::kAnalyst)) {
  return {.authority = "nz-dia",
          .officer = "officer-1",
          .roles = roles,
          .memberships = {{.compartment = "op-a", .from = Instant{0}}}};
}
PolicyContext Analysis() {
  return {.now = kNow, .purpose = "operational_analysis"};
}
Labels OfPartner() {
  Labels out;
  out.owner = "eu-europol";
  out.originators = {"eu-europol"};
  out.purposes = {"cross_check", "operational_analysis"};
  out.handling = {HandlingCode::kH1};
  return out;
}

TEST(Policy, AMemberOfTheOwningHouseReadsAndIsToldOfH2) {
  const Decision decision = Decide(Member(), DataAct::kRead, Own(), Analysis());
  EXPECT_TRUE(decision.permit);
  EXPECT_EQ(decision.rule, "owner");
  EXPECT_TRUE(decision.Has(Obligation::kNotDisseminated));
  EXPECT_FALSE(decision.Has(Obligation::kNotInProceedings));
}

TEST(Policy, AMembershipEndsOnItsDate) {
  PolicySubject subject = Member();
  subject.memberships[0].until = kNow;
  EXPECT_EQ(Decide(subject, DataAct::kRead, Own(), Analysis()).rule, "need-to-know");
  subject.memberships[0].until = Instant{kNow.micros + 1};
  EXPECT_TRUE(Decide(subject, DataAct::kRead, Own(), Analysis()).permit);
  subject.memberships[0].from = Instant{kNow.micros + 1};
  EXPECT_FALSE(Decide(subject, DataAct::kRead, Own(), Analysis()).permit);
}

TEST(Policy, OneMustBeAMemberOfEveryCompartment) {
  Labels both = Own();
  both.compartment = "op-a+op-b";
  EXPECT_EQ(Decide(Member(), DataAct::kRead, both, Analysis()).rule, "need-to-know");
}

TEST(Policy, APurposeThatTheOwnerDidNotGiveIsDenied) {
  Labels labels = Own();
  labels.purposes = {"cross_check"};
  EXPECT_EQ(Decide(Member(), DataAct::kRead, labels, Analysis()).rule, "purpose");
  PolicyContext unheard = Analysis();
  unheard.purpose = "curiosity";
  EXPECT_EQ(Decide(Member(), DataAct::kRead, Own(), unheard).rule, "purpose");
}

TEST(Policy, AVictimAndAnUnresolvedMinorAreReadButNeverSearchedFor) {
  Labels victim = Own();
  victim.category = DataSubjectCategory::kVictim;
  EXPECT_TRUE(Decide(Member(), DataAct::kRead, victim, Analysis()).permit);
  EXPECT_EQ(Decide(Member(), DataAct::kSearch, victim, Analysis()).rule, "protected-person");
  PolicyContext minor = Analysis();
  minor.may_be_minor = true;
  EXPECT_EQ(Decide(Member(), DataAct::kSearch, Own(), minor).rule, "unresolved-minor");
}

TEST(Policy, APartnersDataAnswersHitOrNoHitUntilItIsReleased) {
  const PolicySubject subject = Member();
  const Decision exists = Decide(subject, DataAct::kSeeExistence, OfPartner(), Analysis());
  EXPECT_TRUE(exists.permit);
  EXPECT_TRUE(exists.Has(Obligation::kHitOnly));
  EXPECT_EQ(Decide(subject, DataAct::kRead, OfPartner(), Analysis()).rule, "hit-or-no-hit");
  PolicyContext checking = Analysis();
  checking.purpose = "cross_check";
  EXPECT_EQ(Decide(subject, DataAct::kRead, OfPartner(), checking).rule, kDefaultDeny);
  Labels released = OfPartner();
  released.release_to = {"nz-dia"};
  const Decision read = Decide(subject, DataAct::kRead, released, Analysis());
  EXPECT_EQ(read.rule, "released-to");
  EXPECT_TRUE(read.Has(Obligation::kNotInProceedings));
}

TEST(Policy, ReleaseNeedsAGatewayAReleaseToSetAndUnderH2TheOwner) {
  const PolicySubject subject = Member(RoleBit(Role::kDissemination));
  PolicyContext context = Analysis();
  context.recipient = "at-bk";
  EXPECT_EQ(Decide(subject, DataAct::kRelease, Own(), context).rule, "no-gateway");
  context.gateway.allowed = true;
  EXPECT_EQ(Decide(subject, DataAct::kRelease, Own(), context).rule, "owner");
  Labels listed = Own();
  listed.release_to = {"gb-nca"};
  EXPECT_EQ(Decide(subject, DataAct::kRelease, listed, context).rule, "release-to");
  Labels named = OfPartner();
  named.handling = {HandlingCode::kH2};
  named.release_to = {"at-bk", "nz-dia"};
  EXPECT_EQ(Decide(subject, DataAct::kRelease, named, context).rule, "h2-permission");
  context.permissions = {"eu-europol"};
  EXPECT_TRUE(Decide(subject, DataAct::kRelease, named, context).permit);
}

TEST(Policy, OnlyTheOriginatorsWidenAndWhoIsAuthorisedNarrows) {
  const PolicySubject subject = Member(RoleBit(Role::kSupervisor));
  Labels labels = OfPartner();
  EXPECT_EQ(Decide(subject, DataAct::kWiden, labels, Analysis()).rule, "orcon");
  EXPECT_EQ(Decide(subject, DataAct::kRelabel, labels, Analysis()).rule, "narrowing");
  labels.originators = {"eu-europol", "nz-dia"};
  EXPECT_EQ(Decide(subject, DataAct::kWiden, labels, Analysis()).rule, "orcon");
  PolicyContext agreed = Analysis();
  agreed.permissions = {"eu-europol"};
  EXPECT_EQ(Decide(subject, DataAct::kWiden, labels, agreed).rule, "originator");
  labels = {};
  EXPECT_EQ(Decide(subject, DataAct::kWiden, labels, agreed).rule, "orcon") << "of nobody, nobody consents";
}

TEST(Policy, TheGlassIsBrokenByTwoOfficersAndTheOwnerIsTold) {
  PolicySubject subject = Member(RoleBit(Role::kSupervisor));
  subject.memberships.clear();
  PolicyContext context = Analysis();
  context.officers = {"officer-1", "officer-1"};
  EXPECT_EQ(Decide(subject, DataAct::kBreakGlass, Own(), context).rule, "two-people");
  context.officers = {"officer-1", "officer-2"};
  EXPECT_TRUE(Decide(subject, DataAct::kBreakGlass, Own(), context).Has(Obligation::kNotifyOwner));
  subject.memberships = {{.compartment = "op-a", .kind = MembershipKind::kGlass, .until = Instant{kNow.micros + 1}}};
  const Decision read = Decide(subject, DataAct::kRead, Own(), context);
  EXPECT_TRUE(read.permit);
  EXPECT_TRUE(read.Has(Obligation::kNotifyOwner));
}

TEST(Policy, TheTextOfH3GoesWithEveryPermit) {
  Labels labels = Own();
  labels.handling = {HandlingCode::kH3};
  labels.handling_text = "Ask before use.";
  for (const DataAct act : {DataAct::kRead, DataAct::kSearch, DataAct::kCount, DataAct::kSeeExistence})
    EXPECT_TRUE(Decide(Member(), act, labels, Analysis()).Has(Obligation::kShowText)) << Text(act);
}

TEST(Policy, WhoHoldsNoRoleMayNothing) {
  for (size_t i = 0; i < Words<DataAct>::kTexts.size(); ++i)
    EXPECT_EQ(Decide(Member(0), static_cast<DataAct>(i), Own(), Analysis()).rule, "no-role");
}

// --- kernel, SQL and reference ---

// How many decisions: small here, and ten million with CROSSGUARD_POLICY_DECISIONS=10000000.
int64_t DecisionsWanted() {
  const char* const wanted = std::getenv("CROSSGUARD_POLICY_DECISIONS");
  return wanted == nullptr ? 200'000 : std::atoll(wanted);
}

class Agreement : public testing::Test {
 protected:
  // The universe in a register.
  void Fill(const Universe& universe) {
    db_ = OpenSqlite(":memory:", OpenMode::kReadWrite).value();
    ASSERT_TRUE(db_->Script(
        "INSERT INTO ledger_leaf (leaf_index,entry,leaf_hash,at,act,object_id) VALUES (0,x'',x'',0,'open','')"));
    Transaction transaction = Transaction::Begin(*db_).value();
    for (const std::string& id : universe.operations)
      ASSERT_TRUE(db_->Run("INSERT INTO operation (id,name,created_at) VALUES (?1,?1,0)", id));
    for (const auto& grant : universe.grants) {
      ASSERT_TRUE(InsertMembership(
          transaction,
          {.compartment = grant.compartment, .officer = grant.officer, .from = grant.from, .until = grant.until}, 0));
    }
    for (const auto& glass : universe.glass) {
      ASSERT_TRUE(InsertBreakGlass(
          transaction,
          {.compartment = glass.compartment, .officer = glass.officer, .from = glass.from, .until = glass.until}, 0));
    }
    for (const Labels& labels : universe.labels) keys_.insert_or_assign(LabelKey(transaction, labels).value(), labels);
    ASSERT_TRUE(transaction.Commit());
  }

  PolicySubject SubjectOf(const Question& question) {
    PolicySubject out{.authority = question.authority, .officer = question.officer, .roles = question.roles};
    const AccessRows access = AccessOf(*db_, question.officer).value();
    for (const auto& row : access.granted) {
      out.memberships.push_back({row.compartment, MembershipKind::kGranted, row.from, row.until});
    }
    for (const auto& row : access.glass) {
      out.memberships.push_back({row.compartment, MembershipKind::kGlass, row.from, row.until});
    }
    for (const std::string& id : access.open) {
      out.memberships.push_back({.compartment = id, .kind = MembershipKind::kOpen, .from = Instant{INT64_MIN}});
    }
    return out;
  }

  std::unique_ptr<Database> db_;
  std::map<int64_t, Labels> keys_;
};

uint32_t ActsWithRole(uint32_t roles) {
  uint32_t out = 0;
  for (size_t i = 0; i < Words<DataAct>::kTexts.size(); ++i) {
    if (HoldsRoleFor(roles, static_cast<DataAct>(i))) out |= ActBit(static_cast<DataAct>(i));
  }
  return out;
}

TEST_F(Agreement, KernelPredicateAndReferenceDecideAlike) {
  std::mt19937_64 random(20'250'101);
  const int64_t wanted = DecisionsWanted();
  int64_t decided = 0;
  int64_t permitted = 0;
  std::map<std::string, int64_t, std::less<>> by_rule;
  std::vector<std::string> disagreements;
  while (decided < wanted && disagreements.empty()) {
    const Universe universe = testing_policy::AnyUniverse(random);
    keys_.clear();
    Fill(universe);
    for (int i = 0; i < 100 && decided < wanted; ++i) {
      const Question question = AnyQuestion(random);
      const PolicySubject subject = SubjectOf(question);
      const PolicyContext context{.now = question.now,
                                  .purpose = question.purpose,
                                  .recipient = question.recipient,
                                  .gateway = {.allowed = question.gateway_allows},
                                  .permissions = question.permissions,
                                  .officers = question.officers,
                                  .may_be_minor = question.may_be_minor};
      const ViewerFacts facts{
          .house = "nz-dia",
          .authority = question.authority,
          .officer = question.officer,
          .acts_with_role = ActsWithRole(question.roles),
          .now = question.now,
          .purpose = question.purpose,
          .recipient = question.recipient,
          .gateway_allows = question.gateway_allows,
          .permissions = question.permissions,
          .two_officers_agreed = std::set(question.officers.begin(), question.officers.end()).size() > 1,
          .may_be_minor = question.may_be_minor};
      const auto compare = [&](int64_t key, bool permit, std::string_view rule) -> Status {
        const Labels& labels = keys_.at(key);
        const Decision kernel = Decide(subject, question.act, labels, context);
        const Ruling reference = Reference(universe, question, labels);
        uint32_t bits = 0;
        for (const Obligation one : kernel.obligations) bits |= ObligationBit(one);
        if (kernel.permit != permit || kernel.rule != rule || kernel.permit != reference.permit ||
            bits != reference.obligations) {
          disagreements.push_back(std::string(Text(question.act)) + ": kernel " + std::string(kernel.rule) + ", SQL " +
                                  std::string(rule) + ", reference " + (reference.permit ? "yes" : "no"));
        }
        ++decided;
        permitted += permit ? 1 : 0;
        ++by_rule[std::string(rule)];
        return {};
      };
      ASSERT_TRUE(EachLabelDecision(*db_, facts, question.act, compare));
    }
  }
  EXPECT_TRUE(disagreements.empty()) << disagreements.size() << " disagree, the first: " << disagreements.front();
  RecordProperty("decisions", std::to_string(decided));
  std::printf("%lld decisions, %lld permitted, %zu disagreements\n", static_cast<long long>(decided),
              static_cast<long long>(permitted), disagreements.size());
  // The world is rich enough that every rule that decides did decide.
  for (const PolicyRule& rule : PolicyRules()) {
    if (rule.effect == Effect::kOblige) continue;
    EXPECT_GT(by_rule[std::string(rule.id)], 0) << rule.id << " was never met";
  }
  EXPECT_GT(by_rule[std::string(kDefaultDeny)], 0);
}

// What bears no labels of its own: an operation's default and a contribution's columns are read twice, by SQL for the
// predicate and by C++ for the kernel.
TEST_F(Agreement, WhatBearsNoLabelsOfItsOwnIsJudgedAlikeToo) {
  std::mt19937_64 random(7);
  int64_t compared = 0;
  int64_t seen = 0;
  for (int round = 0; round < 10; ++round) {
    const Universe universe = testing_policy::AnyUniverse(random);
    keys_.clear();
    Fill(universe);
    testing_policy::Dice dice(random);
    Transaction transaction = Transaction::Begin(*db_).value();
    const auto bear = [&](std::string_view noun, const std::string& id) {
      if (!dice.OneIn(2)) return;
      ASSERT_TRUE(
          SetOwnLabels(transaction, {.noun = noun, .id = id, .officer = "officer-1"}, dice.Of(universe.labels)));
    };
    for (const std::string& id : universe.operations) bear("operation", id);
    std::vector<std::string> contributions;
    for (int i = 0; i < 8; ++i) {
      const std::string id = "con-" + std::to_string(i);
      ASSERT_TRUE(db_->Run(
          "INSERT INTO contribution (id,owner,purpose,handling,grade,contact,source_sha256,imported_at,item_count,"
          "taken_count,refused_count) VALUES (?1,?2,?3,?4,'X4','desk',?5,0,0,0,0)",
          id, dice.Of(testing_policy::Authorities()),
          dice.Of(std::vector<std::string>{"cross_check", "strategic_analysis", "operational_analysis", "hearsay"}),
          dice.Of(std::vector<std::string>{"[]", R"(["H0"])", R"(["H1","H3"])"}), AsBytes(id)));
      bear("contribution", id);
      contributions.push_back(id);
    }
    ASSERT_TRUE(transaction.Commit());
    for (int i = 0; i < 30; ++i) {
      const Question question = AnyQuestion(random);
      const PolicySubject subject = SubjectOf(question);
      const Viewer viewer = Viewer::Load(*db_, {.house = "nz-dia",
                                                .authority = question.authority,
                                                .officer = question.officer,
                                                .acts_with_role = ActsWithRole(question.roles),
                                                .now = question.now,
                                                .purpose = question.purpose})
                                .value();
      for (const DataAct act :
           {DataAct::kSeeExistence, DataAct::kRead, DataAct::kSearch, DataAct::kCount, DataAct::kReadLedger}) {
        const auto compare = [&](const std::string& sql, const std::string& id, const Labels& labels,
                                 const std::string& purpose) {
          const bool by_sql = db_->Number(sql, id).value().has_value();
          const Decision kernel = Decide(subject, act, labels, {.now = question.now, .purpose = purpose});
          EXPECT_EQ(by_sql, kernel.permit) << id << " " << Text(act) << " " << kernel.rule;
          ++compared;
          seen += by_sql ? 1 : 0;
        };
        const Sight& sight = viewer.To(act);
        for (const std::string& id : universe.operations) {
          compare("SELECT 1 FROM operation o WHERE o.id=?1 AND " + sight.Operation("o.operation_key"), id,
                  LabelsOfOperation(*db_, "nz-dia", id).value(), question.purpose);
        }
        for (const std::string& id : contributions) {  // for the purpose for which they are laid down
          compare("SELECT 1 FROM contribution c WHERE c.id=?1 AND " + sight.Contribution("c.contribution_key"), id,
                  LabelsOfContribution(*db_, id).value(), "cross_check");
        }
      }
    }
  }
  EXPECT_EQ(compared, 10 * 30 * 5 * 11);
  EXPECT_GT(seen, 1'000);
}

// Who may be the subject of a search is told from the account's own columns.
TEST_F(Agreement, WhoMayBeSearchedForIsJudgedAlike) {
  Fill({.operations = {"op-a"}});
  ASSERT_TRUE(db_->Script(
      "INSERT INTO submission (submission_key,id,operation_key,state,source_path,begun_at) VALUES "
      "(1,'sub-1',1,'read','/',0);"
      "INSERT INTO exhibit_item (item_key,submission_key,path,size_bytes,state) VALUES (1,1,'r',1,'sealed');"
      "INSERT INTO report (report_key,id,operation_key,submission_key,item_key,place,dialect,provider,"
      "provider_report_id,state,incident_type) VALUES (1,'rep-1',1,1,1,'x','xml','p','1','taken','t')"));
  const Question question{.authority = "nz-dia",
                          .officer = "officer-1",
                          .roles = RoleBit(Role::kAnalyst),
                          .purpose = "operational_analysis"};
  const PolicySubject subject = SubjectOf(question);
  const Viewer viewer = Viewer::Load(*db_, {.house = "nz-dia",
                                            .authority = "nz-dia",
                                            .officer = "officer-1",
                                            .acts_with_role = ActsWithRole(question.roles),
                                            .purpose = "operational_analysis"})
                            .value();
  int found = 0;
  for (const std::string_view category : Words<DataSubjectCategory>::kTexts) {
    for (const bool victim : {false, true}) {
      for (const char* minor : {"unknown", "may_be_minor", "adult"}) {
        const std::string id = std::string(category) + (victim ? "v" : "") + minor;
        ASSERT_TRUE(db_->Run(
            "INSERT INTO account (id,service,esp_identifier,ever_victim,minor,category) VALUES (?1,'s',?1,?2,?3,?4)",
            id, victim, minor, category));
        const int64_t key = db_->last_insert_key();
        ASSERT_TRUE(db_->Run(
            "INSERT INTO account_mention (account_key,report_key,role,item_key,place) VALUES (?1,1,'reported',1,'x')",
            key));
        Labels labels = OperationLabels("nz-dia", "op-a");
        labels.category = victim ? DataSubjectCategory::kVictim : *FromText<DataSubjectCategory>(category);
        const PolicyContext context{.purpose = "operational_analysis",
                                    .may_be_minor = std::string_view(minor) == "may_be_minor"};
        const bool by_sql =
            db_->Number("SELECT 1 WHERE " + viewer.To(DataAct::kSearch).SearchSubject("?1"), key).value().has_value();
        EXPECT_EQ(by_sql, Decide(subject, DataAct::kSearch, labels, context).permit) << id;
        found += by_sql ? 1 : 0;
      }
    }
  }
  // Suspect, convicted, potential_future, contact_associate whatever their age; unresolved unless a minor.
  EXPECT_EQ(found, 4 * 3 + 2);
}

}  // namespace
}  // namespace crossguard
