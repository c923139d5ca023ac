#include "outcome/feedback.h"

#include "base/json.h"
#include "outcome/testing_outcomes.h"

namespace crossguard::outcome {
namespace {

using nlohmann::json;
using enum OutcomeKind;

// Accounts 0..n-1 of one provider, triaged by a run; even ones under the rule "victim_named", each with one file whose
// content is on a list of known material.
class FeedbackOf : public OutcomeHouse {
 protected:
  void Fill(int accounts) {
    TestHouse& h = house_;
    Run("INSERT INTO operation (operation_key,id,name,created_at) VALUES (1,'op-test','kauri',0)");
    Run("INSERT INTO submission (submission_key,id,operation_key,state,source_path,begun_at) VALUES "
        "(1,'sub-1',1,'read','p',0)");
    Run("INSERT INTO hash_list (list_key,id,name,version,owner,kind,scheme,source_sha256,source_name,imported_at,state,"
        "row_count,taken_count,ignored_count,quarantined_count) VALUES "
        "(1,'lst-1','list','1','at-bk','known','s',x'01','f',0,"
        "'current',1,1,0,0)");
    for (int i = 0; i < accounts; ++i) {
      const std::string n = std::to_string(i + 1);
      const std::string sha = "CAST(printf('%032d'," + n + ") AS BLOB)";
      Run("INSERT INTO exhibit_item (item_key,submission_key,path,size_bytes,sha256,state) VALUES (" + n + ",1,'f" + n +
          "',1," + sha + ",'sealed')");
      Run("INSERT INTO report "
          "(report_key,id,operation_key,submission_key,item_key,place,dialect,provider,provider_report_id,"
          "state,incident_type,incident_at,incident_zone_known) VALUES (" +
          n + ",'rep-" + n + "',1,1," + n + ",'','xml','Kauri Social (synthetic)','" + n + "','taken','t',1," +
          std::to_string(i % 2) + ")");
      Run("INSERT INTO account (account_key,id,service,esp_identifier) VALUES (" + n + ",'acc-" + Padded(i) +
          "','s','u" + n + "')");
      Run("INSERT INTO account_mention (account_key,report_key,role,item_key,place) VALUES (" + n + "," + n +
          ",'reported'," + n + ",'')");
      Run("INSERT INTO file_details "
          "(id,report_key,provider_report_id,account_key,provider_file_id,viewed_by_esp,item_key,place,"
          "state,media_item_key) VALUES ('fil-" +
          n + "'," + n + ",'" + n + "'," + n + ",'" + n + "'," + (i % 4 == 0 ? "NULL" : "0") + "," + n +
          ",'','matched'," + n + ")");
      Run("INSERT INTO media (media_key,id,sha256,md5,sha1,size_bytes) VALUES (" + n + ",'med-" + n + "'," + sha +
          ",x'00',x'00',1)");
      Run("INSERT INTO media_copy (media_key,item_key) VALUES (" + n + "," + n + ")");
      Run("INSERT INTO hash_entry (entry_key,list_key,entry_id,place) VALUES (" + n + ",1,'e" + Padded(i) + "','')");
      Run("INSERT INTO hash_hit (id,media_key,entry_key,method,state) VALUES ('hit-" + n + "'," + n + "," + n +
          ",'sha256','live')");
      Run("INSERT INTO triage VALUES (" + n + ",'normal','','" + (i % 2 == 0 ? "high" : "low") + "',0,0,'')");
      Run("INSERT INTO score VALUES (" + n + ",'rescue_priority',5,'[{\"rule\":\"" +
          std::string(i % 2 == 0 ? "victim_named" : "file_count") + "\",\"points\":5,\"because\":\"\"}]')");
    }
    Transaction transaction = Transaction::Begin(*h.db).value();
    h.Pass(transaction, Act::kTriage);  // of op-test, by officer-1
    ASSERT_TRUE(transaction.Commit());
  }
  void Run(const std::string& sql) {
    const Status done = house_.db->Script(sql);
    ASSERT_TRUE(done) << done.error().message << "\n" << sql;
  }
  static std::string Padded(int i) { return (i < 10 ? "0" : "") + std::to_string(i); }

  void Tell(int account, OutcomeKind kind, std::vector<std::string> files = {}) {
    OutcomeReport report = Report({.ref = std::string(Text(kind)) + Padded(account), .kind = kind});
    report.accounts = {"acc-" + Padded(account)};
    report.files = std::move(files);
    const OutcomeBatch batch{.operation = "kauri", .authority = "nz-dia", .reports = {report}};
    ASSERT_TRUE(house_.Do(Act::kReportOutcome, [&](Transaction& transaction, const Permit& permit) {
      return TakeReports(transaction, permit, house_.ids, house_.book, batch, {.message = "", .labels = {}});
    }));
  }
  std::string FileOf(int account) {
    std::string hex =
        house_.Rows("SELECT lower(hex(sha256)) FROM media WHERE media_key=" + std::to_string(account + 1), 1);
    hex.pop_back();
    return hex;
  }
};

TEST_F(FeedbackOf, TheProvidersCardTellsHowCompleteItsReportsAreAndWhatCameOfThem) {
  Fill(20);
  for (int i = 0; i < 18; ++i) Tell(i, i < 2 ? kNotCsam : i < 9 ? kArrest : kNotFound);
  Tell(8, kChildSafeguarded);
  const json cards = ProviderCards(*house_.db, house_.See(), rules_).value();
  ASSERT_EQ(cards.size(), 1U);
  EXPECT_EQ(cards[0]["accounts_answered"], 18);
  EXPECT_EQ(cards[0]["accounts_with_yield"], 7);
  EXPECT_EQ(cards[0]["accounts_child_safeguarded"], 1);
  EXPECT_EQ(cards[0]["not_csam_percent"], 11.1);
  std::map<std::string, json> fields;
  for (const json& field : cards[0]["fields"]) fields[field["field"]] = field["percent"];
  EXPECT_EQ(fields["files with the viewed flag"], 75.0);  // false is present, absent is not
  EXPECT_EQ(fields["incident times with a known zone"], 50.0);
  EXPECT_EQ(fields["accounts with an e-mail address"], 0.0);
}

TEST_F(FeedbackOf, OfTooFewAnswersNoPercentageIsSaid) {
  Fill(4);
  Tell(0, kArrest);
  EXPECT_TRUE(ProviderCards(*house_.db, house_.See(), rules_).value()[0]["yield_percent"].is_null());
}

TEST_F(FeedbackOf, ListsHearOfConfirmedFilesAndOfThoseThatAreNotAbuseMaterialOncePerAuthority) {
  Fill(6);
  Tell(0, kNotCsam);  // no file named: all of the account's
  Tell(1, kConviction, {FileOf(1)});
  Tell(1, kChildSafeguarded, {FileOf(1)});  // the same authority: one vote
  Tell(2, kArrest);                         // names no file: says nothing of one
  Tell(3, kNotCsam, {FileOf(4)});           // the named file, not the account's own
  const json lists = ListVotes(*house_.db, house_.See()).value();
  ASSERT_EQ(lists.size(), 1U);
  EXPECT_EQ(lists[0]["owner"], "at-bk");
  EXPECT_EQ(lists[0]["votes"], json::parse(R"([{"entry_id":"e00","up":0,"down":1},{"entry_id":"e01","up":1,"down":0},
                                               {"entry_id":"e04","up":0,"down":1}])"));
}

TEST_F(FeedbackOf, ACorrectedOutcomeTakesItsVoteBack) {
  Fill(2);
  Tell(0, kNotCsam);
  ASSERT_EQ(ListVotes(*house_.db, house_.See()).value().size(), 1U);
  TakeOne("nz-dia",
          {.ref = "back", .kind = kNotCsam, .reported_on = "2021-06-01", .count = 0, .corrects = "not_csam00"});
  EXPECT_TRUE(ListVotes(*house_.db, house_.See()).value().empty());
}

TEST_F(FeedbackOf, ARuleWhoseAccountsLedSomewhereIsSuggestedToRaiseAndOnlyWithAnswersEnough) {
  Fill(40);
  rules_.calibration_accounts_min = 15;
  for (int i = 0; i < 40; ++i) Tell(i, i % 2 == 0 && i < 32 ? kChildSafeguarded : kNotFound);
  const json report = Calibration(*house_.db, house_.See(), rules_, "kauri").value();
  EXPECT_EQ(report["answered"], 40);
  EXPECT_EQ(report["yield_percent"], 40.0);
  std::map<std::string, json> by_rule;
  for (const json& rule : report["rules"]) by_rule[rule["rule"]] = rule;
  EXPECT_EQ(by_rule["victim_named"]["children_safeguarded"], 16);
  EXPECT_EQ(by_rule["victim_named"]["lift"], 2.0);
  EXPECT_EQ(by_rule["victim_named"]["suggestion"], "raise");
  EXPECT_EQ(by_rule["file_count"]["suggestion"], "lower");
  EXPECT_EQ(report["bands"][1]["band"], "high");
  EXPECT_EQ(report["bands"][1]["yield_percent"], 80.0);
  EXPECT_TRUE(report["bands"][0]["yield_percent"].is_null());
  rules_.calibration_accounts_min = 21;
  EXPECT_EQ(Calibration(*house_.db, house_.See(), rules_, "kauri").value()["rules"][0]["suggestion"],
            "too few answers");
  EXPECT_EQ(Calibration(*house_.db, house_.See(), rules_, "nothing").error().code, Code::kNotFound);
}

TEST_F(FeedbackOf, ThoseWhoTriagedHearWhatCameOfIt) {
  Fill(4);
  json officers = ForOfficers(*house_.db, house_.See(), "kauri").value();
  ASSERT_EQ(officers.size(), 1U);
  EXPECT_EQ(officers[0]["officer"], "officer-1");
  EXPECT_EQ(officers[0]["accounts"], 4);
  EXPECT_EQ(officers[0]["answered"], 0);
  Tell(1, kChildSafeguarded);
  officers = ForOfficers(*house_.db, house_.See(), "kauri").value();
  EXPECT_EQ(officers[0]["children_safeguarded"], 1);
  EXPECT_NE(officers[0]["words"].get<std::string>().find("children are safe"), std::string::npos);
}

}  // namespace
}  // namespace crossguard::outcome
