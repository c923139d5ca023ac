#include "coordination/work.h"

#include <gtest/gtest.h>

#include "coordination/testing_parties.h"

namespace crossguard::coordination {
namespace {

constexpr int64_t kHour = 3'600 * kMicrosPerSecond;

class WorkTest : public testing::Test {
 protected:
  LeadChange Lead(const std::string& about, const std::string& authority, const std::string& origin = "xx-house") {
    const auto change = world_.house.Do(Act::kAssignLead, [&](Transaction& transaction, const Permit& permit) {
      return PutLead(transaction, permit, {.origin = origin, .about = about, .authority = authority});
    });
    EXPECT_TRUE(change) << change.error().message;
    return change.value_or(LeadChange{});
  }
  Result<std::string> Task(const std::string& about, const std::string& authority, int64_t hours,
                           const std::string& what = "Search the house") {
    return world_.house.Do(Act::kSetTask, [&](Transaction& transaction, const Permit& permit) {
      return PutTask(transaction, permit, world_.house.ids,
                     {.origin = "xx-house",
                      .id = "",
                      .about = about,
                      .what = what,
                      .authority = authority,
                      .due = {permit.at().micros + hours * kHour}});
    });
  }
  Status Report(const std::string& id, const std::string& state, const std::string& by, const std::string& note = "") {
    return world_.house.Do(Act::kSetTask, [&](Transaction& transaction, const Permit& permit) {
      return ReportTask(transaction, permit,
                        {.origin = "xx-house", .id = id, .state = state, .note = note, .said_by = by});
    });
  }
  std::vector<std::string> BoardOrder() {
    std::vector<std::string> out;
    const auto board = Board(*world_.house.db, world_.house.See(), "xx-house", world_.house.clock.Now()).value();
    for (const auto& line : board)
      out.push_back(line["about"].get<std::string>() + (line["overdue"].get<bool>() ? "!" : ""));
    return out;
  }

  // Subjects of one account each, and a deconfliction: what a viewer may be told of.
  void Known() {
    for (const std::string& id : {a_, b_, std::string("sbj-dddddddddddddddd")}) {
      world_.Account(id.substr(4));
      ASSERT_EQ(world_.house.Number("SELECT count(*) FROM subject WHERE id='" + id + "'"), 1);
    }
    world_.Row(
        "INSERT INTO deconfliction (id,unit,kind,state,party_count,first_seen_at) VALUES (?1,x'01','account','settled',"
        "2,0)",
        c_);
  }

  Parties world_;
  const std::string a_ = "sbj-aaaaaaaaaaaaaaaa", b_ = "sbj-bbbbbbbbbbbbbbbb", c_ = "dec-cccccccccccccccc";
};

TEST_F(WorkTest, ExactlyOneLeadsAndTheOthersStayInTheHistory) {
  Known();
  EXPECT_EQ(Lead(a_, "at-bk").former, "");
  world_.house.clock.Advance(kHour);
  EXPECT_FALSE(Lead(a_, "at-bk").changed) << "the same again";
  EXPECT_EQ(Lead(a_, "gb-nca").former, "at-bk");
  EXPECT_EQ(Lead(a_, "at-bk").former, "gb-nca") << "back at the same instant";
  Lead(a_, "fr-ofmin", "eu-europol");  // another house's subject of the same id
  const auto leads = ListLeads(*world_.house.db, world_.house.See(), a_).value();
  ASSERT_EQ(leads.size(), 4U);
  EXPECT_EQ(
      world_.house.Number("SELECT max(n) FROM (SELECT count(*) AS n FROM lead_assignment WHERE until IS NULL GROUP "
                          "BY origin,about)"),
      1);
  EXPECT_FALSE(
      world_.house.db->Run("INSERT INTO lead_assignment (origin,about,authority,since,assigned_by) VALUES "
                           "('xx-house',?1,'gb-nca',1,'x')",
                           a_))
      << "the register itself refuses a second";
}

TEST_F(WorkTest, ATaskGoesFromOpenToItsEndAndOnlyByWhoDoesIt) {
  Known();
  const std::string id = Task(a_, "at-bk", 24).value();
  EXPECT_EQ(Report(id, "done", "gb-nca").error().code, Code::kNotFound) << "not its task: it learns nothing of it";
  EXPECT_EQ(Report(id, "begun", "at-bk").error().code, Code::kInvalid);
  EXPECT_TRUE(Report(id, "accepted", "at-bk"));
  EXPECT_EQ(Report(id, "accepted", "at-bk").error().code, Code::kConflict);
  EXPECT_EQ(Report(id, "done", "at-bk", "two\nlines").error().code, Code::kInvalid);
  EXPECT_TRUE(Report(id, "done", "at-bk", "Two devices seized"));
  EXPECT_EQ(Report(id, "refused", "at-bk").error().code, Code::kConflict);
  const auto task = ListTasks(*world_.house.db, world_.house.See(), world_.house.clock.Now()).value()[0];
  EXPECT_EQ(task["state"], "done");
  EXPECT_EQ(task["reports"].size(), 2U);
  EXPECT_EQ(task["reports"][1]["note"], "Two devices seized");
}

TEST_F(WorkTest, ATaskSaysWhoWhatAboutWhatAndWhen) {
  EXPECT_EQ(Task("acc-aaaaaaaaaaaaaaaa", "at-bk", 1).error().code, Code::kInvalid);
  EXPECT_EQ(Task(a_, "Not An Id", 1).error().code, Code::kInvalid);
  EXPECT_EQ(Task(a_, "at-bk", 0).error().code, Code::kInvalid) << "due when it is set";
  EXPECT_EQ(Task(a_, "at-bk", 1, "").error().code, Code::kInvalid);
  EXPECT_EQ(Task(a_, "at-bk", 1, std::string(kTaskTextMaxBytes + 1, 'x')).error().code, Code::kInvalid);
  EXPECT_EQ(world_.house.Number("SELECT count(*) FROM task"), 0);
}

TEST_F(WorkTest, OverdueComesFirstThenTheNextDueThenTheRest) {
  Known();
  Lead("sbj-dddddddddddddddd", "gb-nca");  // led, nothing due
  const std::string late = Task(b_, "at-bk", 1).value();
  Task(a_, "gb-nca", 48);
  Task(c_, "fr-ofmin", 24);
  Task(c_, "fr-ofmin", 72);
  EXPECT_EQ(BoardOrder(), (std::vector<std::string>{b_, c_, a_, "sbj-dddddddddddddddd"}));
  world_.house.clock.Advance(kHour);
  EXPECT_EQ(BoardOrder()[0], b_) << "due now is not overdue yet";
  world_.house.clock.Advance(1);
  EXPECT_EQ(BoardOrder()[0], b_ + "!");
  EXPECT_EQ(ListTasks(*world_.house.db, world_.house.See(), world_.house.clock.Now()).value()[0]["state"], "overdue");
  world_.house.clock.Advance(30 * kHour);
  EXPECT_EQ(BoardOrder(), (std::vector<std::string>{b_ + "!", c_ + "!", a_, "sbj-dddddddddddddddd"}));
  ASSERT_TRUE(Report(late, "done", "at-bk"));
  EXPECT_EQ(BoardOrder(), (std::vector<std::string>{c_ + "!", a_, "sbj-dddddddddddddddd"})) << "done is off the board";
  EXPECT_EQ(ListTasks(*world_.house.db, world_.house.See(), world_.house.clock.Now()).value().back()["id"], late);
}

TEST_F(WorkTest, TheBoardPutsADeconflictionInTheLineOfItsSubject) {
  world_.Account("one");
  world_.Row("UPDATE subject SET id=?1", a_);
  world_.Selector("one", "email", "one@mail.example");
  world_.Package("pkg-at", "at-bk", {"one"});
  world_.Holding("gb-nca", "email", "one@mail.example");
  world_.Scan();
  const std::string id = world_.OnlyId();
  Lead(id, "gb-nca");
  ASSERT_TRUE(Task(id, "at-bk", 5));
  const auto board = Board(*world_.house.db, world_.house.See(), "xx-house", world_.house.clock.Now()).value();
  ASSERT_EQ(board.size(), 1U);
  EXPECT_EQ(board[0]["about"], a_);
  EXPECT_EQ(board[0]["lead"], "gb-nca");
  EXPECT_EQ(board[0]["parties"].dump(), R"(["at-bk","gb-nca"])");
  EXPECT_EQ(board[0]["open_tasks"], 1);
  EXPECT_EQ(board[0]["deconflictions"][0], id + ": account, open");
  Lead(a_, "at-bk");
  EXPECT_EQ(Board(*world_.house.db, world_.house.See(), "xx-house", world_.house.clock.Now()).value()[0]["lead"],
            "at-bk")
      << "the subject's own lead wins";
}

}  // namespace
}  // namespace crossguard::coordination
