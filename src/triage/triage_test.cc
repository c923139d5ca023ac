#include "triage/triage.h"

#include <algorithm>

#include "triage/testing_case.h"

namespace crossguard {
namespace {

using TriageStage = CaseBuilder;

// Each signal: one account that has it and one that has not; the rule speaks for the first alone, with its points.
TEST_F(TriageStage, EachRuleSpeaksExactlyWhereItsSignalIs) {
  struct Case {
    std::string rule, axis;
    std::function<int64_t()> make;
  };
  const auto with_report = [&](auto change) {
    return [this, change] {
      ReportFacts facts;
      change(facts);
      return Suspect(facts);
    };
  };
  const auto with_file = [&](const MediaFacts& media, const FileFacts& file, const char* incident) {
    return [this, media, file, incident] {
      const int64_t account = Suspect({.incident_type = incident});
      File(last_report_, account, Media(media), file);
      return account;
    };
  };
  const char* kOther = "Misleading Domain Name";
  const auto with_value = [&](const std::string& field, const std::string& value) {
    return [this, field, value] {
      const int64_t account = Suspect();
      Value(last_mention_, field, value);
      return account;
    };
  };
  const auto with_sighting = [&](const std::string& type, const std::string& value, const SightingFacts& facts) {
    return [this, type, value, facts] {
      const int64_t account = Suspect();
      Sighting(last_mention_, last_report_, type, value, facts);
      return account;
    };
  };
  const std::vector<Case> cases{
      {"escalated", "rescue_priority", with_report([](ReportFacts& f) { f.escalate = ""; })},
      {"sadistic", "rescue_priority",
       with_report([](ReportFacts& f) { f.annotations = {"sadisticOnlineExploitation"}; })},
      {"sextortion", "rescue_priority", with_report([](ReportFacts& f) { f.annotations = {"spam", "sextortion"}; })},
      {"spam", "rescue_priority", with_report([](ReportFacts& f) { f.annotations = {"spam"}; })},
      {"minor_to_minor", "rescue_priority",
       with_report([](ReportFacts& f) { f.annotations = {"minorToMinorInteraction"}; })},
      {"batched", "rescue_priority", with_report([](ReportFacts& f) { f.batched = "VIRAL_POTENTIAL_MEME"; })},
      {"hands_on_incident", "rescue_priority",
       with_report([](ReportFacts& f) { f.incident_type = "Child Sexual Molestation"; })},
      {"recent", "rescue_priority", with_report([](ReportFacts& f) { f.incident_at = DaysAgo(10); })},
      {"retention_ends", "actionability", with_report([](ReportFacts& f) { f.received_at = DaysAgo(330); })},
      {"live_streaming", "rescue_priority",
       with_file({.verdict = "known"}, {.annotations = {"liveStreaming"}}, kOther)},
      {"physical_harm", "rescue_priority", with_file({.verdict = "known"}, {.annotations = {"physicalHarm"}}, kOther)},
      {"infant", "rescue_priority", with_file({.verdict = "known"}, {.annotations = {"infant"}}, kOther)},
      {"self_produced", "rescue_priority",
       with_file({.verdict = "known"}, {.annotations = {"possibleSelfProduction"}}, kOther)},
      {"meme_or_viral", "rescue_priority", with_file({.verdict = "known"}, {.annotations = {"potentialMeme"}}, kOther)},
      {"prepubescent", "rescue_priority", with_file({.verdict = "known"}, {.classification = "A2"}, kOther)},
      {"unknown_material", "rescue_priority", with_file({}, {}, kMaterialIncident)},
      {"first_generation", "rescue_priority",
       with_file({.exif = R"({"make":"Acme","model":"C1"})"}, {.classification = "B1"}, kOther)},
      {"file_viewed", "actionability", with_file({.verdict = "known"}, {.viewed = true}, kOther)},
      {"access_to_children", "rescue_priority", with_value("access_to_children", "true")},
      {"access_words", "rescue_priority", with_value("bio", "Swimming COACH since 2001")},
      {"prior_reports", "rescue_priority", with_value("prior_report", "4711")},
      {"group", "rescue_priority", with_value("group", "the-group")},
      {"ip_zone_port", "actionability", with_sighting("ip", "10.0.0.1", {.at = DaysAgo(50), .port = 4431})},
      {"ip_zone", "actionability", with_sighting("ip", "10.0.0.1", {.at = DaysAgo(50)})},
      {"contact", "actionability", with_sighting("email", "a@example.org", {})},
      {"verified_contact", "actionability", with_sighting("email", "b@example.org", {.verified = true})},
      {"country_known", "actionability", with_sighting("ip", "11.0.0.1", {.at = DaysAgo(50), .port = 1})},
      {"several_agencies", "rescue_priority",
       [this] {
         const int64_t account = Suspect();
         PartnerHit(account, "at-bk");
         return account;
       }},
      {"stable_identifier", "actionability", [this] { return Suspect(); }},
      {"victim_named", "rescue_priority",
       [this] {
         const int64_t account = Suspect();
         Mention(Account("may_be_minor", false, true), last_report_, "victim");
         return account;
       }},
      {"volume", "rescue_priority",
       [this] {
         const int64_t account = Suspect();
         for (int i = 0; i < 20; ++i) File(last_report_, account, Media({.verdict = "benign"}));
         return account;
       }},
      {"unknown_series", "rescue_priority",
       [this] {
         const int64_t account = Suspect({.incident_type = kMaterialIncident});
         for (int i = 0; i < 3; ++i) File(last_report_, account, Media({.exif = R"({"make":"Acme","model":"C1"})"}));
         return account;
       }},
  };
  const int64_t plain = Account("adult", true);
  Mention(plain, Report());
  std::vector<int64_t> accounts;
  for (const Case& one : cases) accounts.push_back(one.make());
  Run();
  std::map<std::pair<std::string, std::string>, int> points;
  for (const Rule& rule : rules_.rules) points[{rule.id, std::string(Text(rule.axis))}] = rule.points;
  for (size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(PointsBy(accounts[i], cases[i].rule, cases[i].axis), points.at({cases[i].rule, cases[i].axis}))
        << cases[i].rule;
    EXPECT_EQ(PointsBy(plain, cases[i].rule, cases[i].axis), std::nullopt) << cases[i].rule;
    points.erase({cases[i].rule, cases[i].axis});
  }
  for (const auto& [key, value] : points) {
    EXPECT_TRUE(key.first == "only_known" || key.first == "duplicate" || key.first == "country_sure")
        << key.first << " has no case here";
  }
  EXPECT_EQ(Points(plain), 0);
  EXPECT_EQ(Points(plain, "actionability"), 0);
}

TEST_F(TriageStage, ASignalThatIsDeniedOrBelongsToNoAbuseDoesNotSpeak) {
  const int64_t denied = Suspect();
  Value(last_mention_, "access_to_children", "false");
  Sighting(last_mention_, last_report_, "ip", "11.0.0.1", {.at = DaysAgo(3), .zone = false, .port = 7});
  File(last_report_, denied, Media({.state = "crashed"}));
  File(last_report_, denied, Media());
  const int64_t old = Suspect({.received_at = DaysAgo(500), .incident_at = DaysAgo(31)});
  const int64_t sent_on = Suspect();
  File(last_report_, sent_on,
       Media({.exif = R"({"make":"Acme"})", .facts = R"({"jpeg":{"tables":"standard","codes":"own"}})"}),
       {.classification = "B1"});
  const int64_t as_taken = Suspect();
  File(last_report_, as_taken,
       Media({.exif = R"({"make":"Acme"})", .facts = R"({"jpeg":{"tables":"own","codes":"standard"}})"}),
       {.classification = "B1"});
  Run();
  EXPECT_FALSE(PointsBy(sent_on, "first_generation").has_value()) << "software wrote it after the camera";
  EXPECT_TRUE(PointsBy(as_taken, "first_generation").has_value());
  EXPECT_EQ(PointsBy(denied, "access_to_children"), std::nullopt);
  EXPECT_EQ(PointsBy(denied, "ip_zone", "actionability"), std::nullopt);
  EXPECT_EQ(PointsBy(denied, "unknown_material"), std::nullopt)
      << "nothing labels the file, and the incident is of another kind";
  EXPECT_EQ(PointsBy(old, "recent"), std::nullopt);
  EXPECT_EQ(PointsBy(old, "retention_ends", "actionability"), std::nullopt);
}

TEST_F(TriageStage, ContributionsAlwaysSumToTheScoreAndTheLimitIsShown) {
  const int64_t high = Suspect({.incident_type = "Child Sexual Molestation",
                                .escalate = "now",
                                .annotations = {"sextortion", "sadisticOnlineExploitation"}});
  File(last_report_, high, Media(), {.annotations = {"liveStreaming", "infant", "physicalHarm"}});
  const int64_t low = Suspect({.batched = "VIRAL_POTENTIAL_MEME", .annotations = {"spam"}});
  File(last_report_, low, Media({.verdict = "known"}), {.annotations = {"viral"}});
  const int64_t middle = Suspect({.annotations = {"sextortion"}});
  Run();
  EXPECT_EQ(Points(high), 100);
  EXPECT_LT(PointsBy(high, "limit").value_or(0), 0);
  EXPECT_EQ(Points(low), 0);
  EXPECT_GT(PointsBy(low, "limit").value_or(0), 0);
  EXPECT_EQ(PointsBy(middle, "limit"), std::nullopt);
  for (const int64_t account : {high, low, middle}) {
    for (const char* axis : {"rescue_priority", "actionability"}) {
      int sum = 0;
      for (const auto& one : Contributions(account, axis)) {
        sum += one["points"].get<int>();
        EXPECT_FALSE(one["because"].get<std::string>().empty());
        EXPECT_EQ(one["because"].get<std::string>().find("{n}"), std::string::npos);
      }
      EXPECT_EQ(sum, Points(account, axis));
    }
  }
}

TEST_F(TriageStage, TheGenerativeAiLabelNeverLowersAScore) {
  for (const char* incident : {kMaterialIncident, "Misleading Domain Name"}) {
    for (const char* verdict : {"", "known"}) {
      const int64_t plain = Suspect({.incident_type = incident});
      File(last_report_, plain, Media({.verdict = verdict}));
      const int64_t made = Suspect({.incident_type = incident});
      File(last_report_, made, Media({.verdict = verdict}), {.annotations = {"generativeAi"}});
      Run();
      EXPECT_GE(Points(made), Points(plain));
      EXPECT_GE(Points(made, "actionability"), Points(plain, "actionability"));
    }
  }
}

TEST_F(TriageStage, TheUrgentLaneStandsAboveEveryScore) {
  const int64_t empty_flag = Suspect({.escalate = "", .batched = "VIRAL_POTENTIAL_MEME", .annotations = {"spam"}});
  const int64_t high = Suspect(
      {.incident_type = "Child Sexual Molestation", .annotations = {"sextortion", "sadisticOnlineExploitation"}});
  const int64_t live = Suspect();
  File(last_report_, live, Media({.verdict = "known"}), {.annotations = {"liveStreaming"}});
  const int64_t words = Suspect({.additional_info = "The child speaks of SUICIDE."});
  const auto summary = Run();
  EXPECT_EQ(summary.urgent_count, 3);
  for (const int64_t account : {empty_flag, live, words}) {
    EXPECT_EQ(Field("SELECT lane FROM triage WHERE account_key=?1", account), "urgent");
    EXPECT_NE(Field("SELECT lane_reason FROM triage WHERE account_key=?1", account), "");
    EXPECT_GT(Position("urgent", account), 0);
    EXPECT_EQ(db().Number("SELECT due_at FROM triage WHERE account_key=?1", account).value(), DaysAgo(99).micros);
  }
  EXPECT_EQ(Field("SELECT lane FROM triage WHERE account_key=?1", high), "normal");
  EXPECT_EQ(Position("urgent", high), 0);
  EXPECT_LT(Position("unclear_jurisdiction", empty_flag), Position("unclear_jurisdiction", high))
      << "also in the other queues the lane comes first";
  EXPECT_GT(Points(high), Points(empty_flag));
}

TEST_F(TriageStage, BandsFollowTheScoreAndDueDatesTheOldestArrival) {
  const int64_t low = Suspect({.received_at = DaysAgo(40)});
  Mention(low, Report({.received_at = DaysAgo(60)}));
  const int64_t very_high = Suspect({.incident_type = "Child Sexual Molestation",
                                     .annotations = {"sextortion", "sadisticOnlineExploitation"},
                                     .received_at = std::nullopt});
  const auto summary = Run();
  EXPECT_EQ(Field("SELECT band FROM triage WHERE account_key=?1", low), "low");
  EXPECT_EQ(db().Number("SELECT due_at FROM triage WHERE account_key=?1", low).value(), DaysAgo(60 - 30).micros);
  EXPECT_EQ(Field("SELECT band FROM triage WHERE account_key=?1", very_high), "very_high");
  EXPECT_EQ(db().Number("SELECT due_at FROM triage WHERE account_key=?1", very_high).value(), DaysAgo(-1).micros)
      << "without an arrival: from the triage on";
  EXPECT_EQ(summary.band_count, (std::array<int64_t, 4>{1, 0, 0, 1}));
}

TEST_F(TriageStage, ViralReportsAreOneBundleAndSayWhoBringsSomethingNew) {
  const int64_t one = Media({.verdict = "known"});
  const int64_t near = Media({.verdict = "known"});
  Cluster({one, near});
  std::vector<int64_t> accounts;
  std::vector<int64_t> reports;
  for (int i = 0; i < 6; ++i) {
    accounts.push_back(Suspect());
    reports.push_back(last_report_);
    File(last_report_, accounts.back(), i % 2 == 0 ? one : near);
    Sighting(last_mention_, last_report_, "screen_name", "s/" + std::to_string(i));
    Sighting(last_mention_, last_report_, "email", "shared@example.org");
    if (i == 1) Sighting(last_mention_, last_report_, "email", "own@example.org");
    if (i == 2) File(last_report_, accounts.back(), Media());
  }
  const int64_t other = Suspect();  // another known file, in too few reports
  File(last_report_, other, Media({.verdict = "known"}));
  const auto summary = Run();
  EXPECT_EQ(summary.bundle_count, 1);
  EXPECT_EQ(summary.bundled_report_count, 6);
  EXPECT_EQ(summary.new_information_count, 2);
  EXPECT_EQ(Field("SELECT kind FROM bundle WHERE report_count=?1", 6), "viral");
  EXPECT_EQ(db().Number("SELECT new_information_count FROM bundle").value(), 2);
  EXPECT_EQ(Field("SELECT new_information FROM bundle_report WHERE report_key=?1", reports[1]),
            "1 selector that no other report of the bundle has.");
  EXPECT_EQ(Field("SELECT new_information FROM bundle_report WHERE report_key=?1", reports[2]),
            "1 unknown file that no other report of the bundle has.");
  EXPECT_EQ(Field("SELECT new_information FROM bundle_report WHERE report_key=?1", reports[0]), "");
  EXPECT_TRUE(PointsBy(accounts[0], "duplicate").has_value());
  EXPECT_FALSE(PointsBy(accounts[1], "duplicate").has_value());
  EXPECT_TRUE(PointsBy(accounts[0], "only_known").has_value());
  EXPECT_FALSE(PointsBy(accounts[2], "only_known").has_value()) << "it has an unknown file";
  EXPECT_FALSE(PointsBy(other, "only_known").has_value()) << "known, but in one report";
  EXPECT_EQ(db().Number("SELECT count(*) FROM triage").value(), 7) << "a bundle drops nobody";
}

TEST_F(TriageStage, BatchedReportsBundleByProviderAndReasonBeforeViralOnes) {
  const int64_t media = Media({.verdict = "known"});
  for (int i = 0; i < 3; ++i) {
    const int64_t account = Suspect({.batched = "VIRAL_POTENTIAL_MEME"});
    File(last_report_, account, media);
  }
  for (int i = 0; i < 5; ++i) {
    const int64_t account = Suspect();
    File(last_report_, account, media);
  }
  Run();
  EXPECT_EQ(db().Number("SELECT report_count FROM bundle WHERE kind='batched'").value(), 3);
  EXPECT_EQ(db().Number("SELECT report_count FROM bundle WHERE kind='viral'").value(), 5);
  EXPECT_EQ(db().Number("SELECT count(*) FROM bundle_report").value(), 8);
}

TEST_F(TriageStage, UnknownMaterialStandsInOneOrderOnePerCluster) {
  const int64_t low = Suspect({.incident_type = kMaterialIncident});
  const int64_t low_report = last_report_;
  const int64_t high = Suspect({.incident_type = kMaterialIncident, .escalate = "x"});
  const int64_t high_report = last_report_;
  const int64_t harmless = Suspect();
  const int64_t harmless_report = last_report_;

  const int64_t infant = Media(), of_high = Media(), of_low = Media(), near = Media(), unflagged = Media(),
                undeclared = Media();
  const int64_t crashed = Media({.state = "crashed"});
  const int64_t listed = Media({.verdict = "known"}), benign = Media({.verdict = "benign"}),
                empty = Media({.state = "empty"}), zip = Media({.kind = "application/zip"});
  Cluster({of_low, near});
  File(low_report, low, infant, {.annotations = {"infant"}});
  File(high_report, high, of_high);
  for (const int64_t one : {near, of_low, crashed, listed, benign, empty, zip}) File(low_report, low, one);
  File(harmless_report, harmless, unflagged);
  const auto summary = Run();
  EXPECT_EQ(summary.unknown_material_count, 6);
  const std::vector<int64_t> order{infant, of_high, of_low, unflagged, undeclared, crashed};
  for (size_t i = 0; i < order.size(); ++i)
    EXPECT_EQ(Position("unknown_material", order[i]), static_cast<int64_t>(i) + 1) << i;
  for (const int64_t one : {near, listed, benign, empty, zip}) EXPECT_EQ(Position("unknown_material", one), 0);
  EXPECT_NE(Field("SELECT reason FROM queue_item WHERE queue='unknown_material' AND noun_key=?1", of_low)
                .find("2 near-duplicates"),
            std::string::npos);
}

TEST_F(TriageStage, AMinorNeedsASecondOfficerAndAVictimGoesToSafeguarding) {
  const int64_t minor = Account("may_be_minor");
  Mention(minor, Report());
  const int64_t adult = Suspect({.annotations = {"minorToMinorInteraction"}});
  const int64_t peer = Account("unknown");
  const int64_t peer_report = Report({.annotations = {"minorToMinorInteraction"}});
  Mention(peer, peer_report);
  const int64_t both = Account("adult", false, true);
  Mention(both, Report());
  const int64_t victim_report = Report({.escalate = ""});
  Mention(Account(), victim_report);
  Mention(both, victim_report, "victim");
  const int64_t victim = Account("may_be_minor", false, true);
  Mention(victim, victim_report, "victim");
  const auto summary = Run();
  EXPECT_EQ(summary.second_officer_count, 3);
  EXPECT_GT(Position("second_officer", minor), 0);
  EXPECT_GT(Position("second_officer", peer), 0);
  EXPECT_GT(Position("second_officer", both), 0);
  EXPECT_EQ(Position("second_officer", adult), 0);
  EXPECT_EQ(summary.safeguarding_count, 4);
  EXPECT_GT(Position("safeguarding", peer), 0);
  EXPECT_GT(Position("safeguarding", adult), 0);
  EXPECT_LE(Position("safeguarding", victim), 2) << "the victims of the urgent report come first";
  EXPECT_LE(Position("safeguarding", both), 2);
  EXPECT_EQ(Points(peer), rules_.safeguarding_floor) << "between minors: down, but never to nothing";
  EXPECT_EQ(db().Number("SELECT count(*) FROM score WHERE account_key=?1", victim).value(), 0)
      << "a victim is never scored";
}

TEST_F(TriageStage, TheCountryComesFromTheRowsAndUnclearHasItsQueue) {
  const int64_t clear = Suspect();
  Sighting(last_mention_, last_report_, "ip", "11.0.0.1", {.at = DaysAgo(50), .port = 5});
  Sighting(last_mention_, last_report_, "phone", "+6421123456", {.verified = true});
  Value(last_mention_, "country", "New Zealand");
  const int64_t torn = Suspect();
  Sighting(last_mention_, last_report_, "ip", "12.0.0.1", {.at = DaysAgo(50), .port = 5});
  Sighting(last_mention_, last_report_, "phone", "+436601234567", {.verified = true});
  const int64_t billed = Suspect();
  const int64_t payer = Mention(Account(), last_report_, "associated");
  Value(payer, "association", "Billing");
  Value(payer, "country", "AT");
  const int64_t linked = Suspect();
  const int64_t other = Mention(Account(), last_report_, "associated");
  Value(other, "association", "Linked");
  Value(other, "country", "AT");
  const auto summary = Run();
  EXPECT_EQ(Field("SELECT country FROM jurisdiction WHERE account_key=?1", clear), "NZ");
  EXPECT_EQ(Field("SELECT contradictions FROM jurisdiction WHERE account_key=?1", clear), "[]");
  EXPECT_EQ(Field("SELECT country FROM jurisdiction WHERE account_key=?1", torn), "");
  EXPECT_NE(Field("SELECT contradictions FROM jurisdiction WHERE account_key=?1", torn), "[]");
  EXPECT_GT(Position("unclear_jurisdiction", torn), 0);
  EXPECT_EQ(Position("unclear_jurisdiction", clear), 0);
  EXPECT_EQ(Field("SELECT basis FROM jurisdiction_claim WHERE account_key=?1", billed), "billing");
  EXPECT_EQ(Field("SELECT country FROM jurisdiction WHERE account_key=?1", billed), "AT");
  EXPECT_EQ(Field("SELECT basis FROM jurisdiction_claim WHERE account_key=?1", linked), "statement");
  EXPECT_EQ(Field("SELECT country FROM jurisdiction WHERE account_key=?1", linked), "")
      << "a linked account alone does not say where";
  EXPECT_EQ(summary.unclear_count, 2);
  EXPECT_EQ(summary.country_count, 2);
  EXPECT_EQ(summary.contradiction_count, 1);
}

TEST_F(TriageStage, FilesThatNameNoAccountCountForEachReportedOne) {
  const int64_t first = Suspect({.incident_type = kMaterialIncident});
  const int64_t second = Account();
  Mention(second, last_report_);
  File(last_report_, std::nullopt, Media());
  const int64_t third = Suspect({.incident_type = kMaterialIncident});
  Run();
  EXPECT_TRUE(PointsBy(first, "unknown_material").has_value());
  EXPECT_TRUE(PointsBy(second, "unknown_material").has_value());
  EXPECT_FALSE(PointsBy(third, "unknown_material").has_value());
}

TEST_F(TriageStage, RepeatingChangesNothing) {
  const int64_t media = Media({.verdict = "known"});
  for (int i = 0; i < 8; ++i) {
    const int64_t account = Suspect(
        {.incident_type = kMaterialIncident, .escalate = i == 3 ? std::optional<std::string>("") : std::nullopt});
    File(last_report_, account, media);
    File(last_report_, account, Media());
    Sighting(last_mention_, last_report_, "ip", "11.0.0." + std::to_string(i), {.at = DaysAgo(i), .port = i});
  }
  const auto all = [&] {
    return house_.Rows("SELECT bundle_key, id, kind, label, report_count, new_information_count FROM bundle ORDER BY 1",
                       6) +
           house_.Rows("SELECT report_key, bundle_key, new_information FROM bundle_report ORDER BY 1", 3) +
           house_.Rows("SELECT account_key, axis, points, contributions FROM score ORDER BY 1, 2", 4) +
           house_.Rows("SELECT account_key, lane, lane_reason, band, due_at, second_officer FROM triage ORDER BY 1",
                       6) +
           house_.Rows(
               "SELECT claim_key, account_key, country, basis, weight, because FROM jurisdiction_claim ORDER BY 1", 6) +
           house_.Rows(
               "SELECT account_key, country, confidence, explanation, contradictions FROM jurisdiction ORDER BY 1", 5) +
           house_.Rows("SELECT queue, position, noun_key, reason, due_at FROM queue_item ORDER BY 1, 2", 5);
  };
  Must(
      db().Run("INSERT INTO queue_item (queue, position, noun, noun_key, noun_id, reason) VALUES ('no_gateway', 1, "
               "'account', 1, 'acc-x', 'kept')"));
  Run();
  const std::string first = all();
  EXPECT_NE(first.find("no_gateway"), std::string::npos) << "another stage's queue is left alone";
  Run();
  EXPECT_EQ(all(), first);
}

TEST_F(TriageStage, AnEmptyRegisterGivesEmptyTables) {
  const auto summary = Run();
  EXPECT_EQ(summary.account_count, 0);
  EXPECT_EQ(summary.unknown_material_count, 0);
}

}  // namespace
}  // namespace crossguard
