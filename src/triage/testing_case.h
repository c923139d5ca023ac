// For tests of this room: builds reports, accounts, files and hits row by row, as the earlier stages would leave them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "crypto/digest.h"
#include "custody/test_house.h"
#include "triage/triage.h"

namespace crossguard {

constexpr const char* kMaterialIncident = "Child Pornography (possession, manufacture, and distribution)";

class CaseBuilder : public testing::Test {
 protected:
  CaseBuilder() {
    Must(db().Run("INSERT INTO operation (id, name, created_at) VALUES ('op-1', 'Test', 0)"));
    Must(
        db().Run("INSERT INTO submission (id, operation_key, state, source_path, begun_at) VALUES ('sub-1', 1, 'read', "
                 "'in', 0)"));
    item_ = Item();
    rules_ = LoadTriageRules(house_.files, std::string(CROSSGUARD_SOURCE_DIR) + "/config/triage.toml").value();
    ip_source_ = ReadTorGeoip(
                     "# Generated: Thu, 03 Mar 2022 04:33:59 "
                     "GMT\n184549376,201326591,NZ\n201326592,218103807,AU\n218103808,234881023,AT\n",
                     "")
                     .value();
  }
  Database& db() { return *house_.db; }
  static void Must(const Status& status) { ASSERT_TRUE(status) << status.error().message; }
  int64_t Key(const Status& status) {
    EXPECT_TRUE(status) << (status ? "" : status.error().message);
    return db().last_insert_key();
  }
  static std::string Json(const std::vector<std::string>& words) { return nlohmann::json(words).dump(); }
  static Instant Now() { return {1'650'000'000 * kMicrosPerSecond}; }  // 2022-04-15, as the house's clock
  static Instant DaysAgo(int64_t days) { return {Now().micros - days * kMicrosPerDay}; }

  int64_t Item() {
    return Key(
        db().Run("INSERT INTO exhibit_item (submission_key, path, size_bytes, state) VALUES (1, ?1, 1, 'sealed')",
                 "item" + std::to_string(++serial_)));
  }

  struct ReportFacts {
    std::string incident_type = "Misleading Domain Name";  // a kind that no rule speaks of
    std::optional<std::string> escalate = std::nullopt;
    std::optional<std::string> batched = std::nullopt;
    std::vector<std::string> annotations = {};
    std::string additional_info = "";
    std::optional<Instant> received_at = DaysAgo(100);
    std::optional<Instant> incident_at = std::nullopt;
  };
  int64_t Report() { return Report(ReportFacts()); }
  int64_t Report(const ReportFacts& facts) {
    const std::string n = std::to_string(++serial_);
    return Key(
        db().Run("INSERT INTO report (id, operation_key, submission_key, item_key, place, dialect, provider, "
                 "provider_report_id, state, incident_type, incident_at, received_at, "
                 "escalate_reason, batched_reason, annotations, additional_info) VALUES "
                 "(?1,1,1,?2,'','xml','provider',?3,'taken',?4,?5,?6,?7,?8,?9,?10)",
                 "rep-" + n, item_, n, facts.incident_type, facts.incident_at, facts.received_at, facts.escalate,
                 facts.batched, Json(facts.annotations), facts.additional_info));
  }
  int64_t Account(const std::string& minor = "adult", bool derived = false, bool victim = false) {
    const std::string n = std::to_string(++serial_);
    return Key(
        db().Run("INSERT INTO account (id, service, esp_identifier, identifier_derived, minor, ever_victim) VALUES "
                 "(?1,'s',?2,?3,?4,?5)",
                 "acc-" + n, n, derived, minor, victim));
  }
  int64_t Mention(int64_t account, int64_t report, const std::string& role = "reported") {
    return Key(
        db().Run("INSERT INTO account_mention (account_key, report_key, role, item_key, place) VALUES (?1,?2,?3,?4,'')",
                 account, report, role, item_));
  }
  // A reported adult in one report.
  int64_t Suspect(const ReportFacts& facts) {
    const int64_t account = Account();
    last_report_ = Report(facts);
    last_mention_ = Mention(account, last_report_);
    return account;
  }
  int64_t Suspect() { return Suspect(ReportFacts()); }
  void Value(int64_t mention, const std::string& field, const std::string& value) {
    Must(db().Run("INSERT INTO account_value (mention_key, field, value, item_key, place) VALUES (?1,?2,?3,?4,'')",
                  mention, field, value, item_));
  }
  struct SightingFacts {
    std::optional<Instant> at = std::nullopt;
    bool zone = true;
    std::optional<int64_t> port = std::nullopt;
    std::optional<bool> proxy = std::nullopt;
    std::optional<bool> verified = std::nullopt;
  };
  void Sighting(int64_t mention, int64_t report, const std::string& type, const std::string& value) {
    Sighting(mention, report, type, value, SightingFacts());
  }
  void Sighting(int64_t mention, int64_t report, const std::string& type, const std::string& value,
                const SightingFacts& facts) {
    Must(db().Run("INSERT OR IGNORE INTO selector (type, value) VALUES (?1,?2)", type, value));
    const int64_t selector =
        db().Number("SELECT selector_key FROM selector WHERE type=?1 AND value=?2", type, value).value().value();
    Must(
        db().Run("INSERT INTO sighting (selector_key, mention_key, report_key, origin, raw, at, zone_known, port, "
                 "possible_proxy, verified, item_key, place) "
                 "VALUES (?1,?2,?3,'declared','',?4,?5,?6,?7,?8,?9,'')",
                 selector, mention, report, facts.at, facts.zone, facts.port, facts.proxy, facts.verified, item_));
  }

  struct MediaFacts {
    std::string verdict = "";
    std::string state = "examined";
    std::string kind = "image/jpeg";
    std::string exif = "{}";
    std::string facts = "{}";
  };
  int64_t Media() { return Media(MediaFacts()); }
  int64_t Media(const MediaFacts& facts) {
    const std::string n = std::to_string(++serial_);
    const Sha256 digest = HashOf(n);
    const int64_t media =
        Key(db().Run("INSERT INTO media (id, sha256, md5, sha1, size_bytes, state, kind, exif, facts) VALUES "
                     "(?1,?2,x'00',x'00',9,?3,?4,?5,?6)",
                     "med-" + n, digest, facts.state, facts.kind, facts.exif, facts.facts));
    if (!facts.verdict.empty())
      Must(db().Run("INSERT INTO media_verdict (media_key, verdict, explanation) VALUES (?1,?2,'[]')", media,
                    facts.verdict));
    return media;
  }
  struct FileFacts {
    std::vector<std::string> annotations = {};
    std::string classification = "";
    std::optional<bool> viewed = std::nullopt;
    std::optional<Instant> uploaded_at = std::nullopt;
  };
  int64_t File(int64_t report, std::optional<int64_t> account, int64_t media) {
    return File(report, account, media, FileFacts());
  }
  int64_t File(int64_t report, std::optional<int64_t> account, int64_t media, const FileFacts& facts) {
    const int64_t item = Item();
    const std::string n = std::to_string(++serial_);
    Must(db().Run("INSERT INTO media_copy (media_key, item_key) VALUES (?1,?2)", media, item));
    return Key(
        db().Run("INSERT INTO file_details (id, report_key, provider_report_id, account_key, provider_file_id, "
                 "viewed_by_esp, industry_classification, annotations, uploaded_at, "
                 "item_key, place, state, media_item_key) VALUES (?1,?2,'r',?3,?4,?5,?6,?7,?8,?9,'','matched',?10)",
                 "fil-" + n, report, account, n, facts.viewed, facts.classification, Json(facts.annotations),
                 facts.uploaded_at, item_, item));
  }
  void Cluster(const std::vector<int64_t>& members) {
    const std::string n = std::to_string(++serial_);
    const int64_t key = Key(db().Run("INSERT INTO cluster (id, representative_key, member_count) VALUES (?1,?2,?3)",
                                     "clu-" + n, members.front(), static_cast<int64_t>(members.size())));
    for (const int64_t one : members)
      Must(db().Run("INSERT INTO cluster_member (media_key, cluster_key, distance) VALUES (?1,?2,0)", one, key));
  }
  void PartnerHit(int64_t account, const std::string& owner) {
    const std::string n = std::to_string(++serial_);
    const int64_t contribution =
        Key(db().Run("INSERT INTO contribution (id, owner, purpose, handling, grade, contact, source_sha256, "
                     "imported_at, item_count, taken_count, refused_count) "
                     "VALUES (?1,?2,'cross_check','[]','B2','c',?3,0,1,1,0)",
                     "con-" + n, owner, HashOf(n)));
    const int64_t holding =
        Key(db().Run("INSERT INTO holding (contribution_key, type, value, category) VALUES (?1,'email','x','suspect')",
                     contribution));
    Must(
        db().Run("INSERT INTO partner_hit (id, account_key, holding_key, selector_type, owner, contact) VALUES "
                 "(?1,?2,?3,'email',?4,'c')",
                 "hit-" + n, account, holding, owner));
  }

  TriageSummary Run() {
    const auto result = house_.Do(Act::kTriage, [&](Transaction& transaction, const Permit& permit) {
      return Triage(transaction, permit, house_.ids, rules_, *ip_source_);
    });
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result.value_or(TriageSummary());
  }

  nlohmann::json Contributions(int64_t account, const std::string& axis = "rescue_priority") {
    return nlohmann::json::parse(
        db().TextOf("SELECT contributions FROM score WHERE account_key=?1 AND axis=?2", account, axis)
            .value()
            .value_or("[]"));
  }
  int64_t Points(int64_t account, const std::string& axis = "rescue_priority") {
    return db().Number("SELECT points FROM score WHERE account_key=?1 AND axis=?2", account, axis).value().value_or(-1);
  }
  // Points that a rule gave, nullopt if it did not speak.
  std::optional<int> PointsBy(int64_t account, const std::string& rule, const std::string& axis = "rescue_priority") {
    for (const auto& one : Contributions(account, axis)) {
      if (one["rule"] == rule) return one["points"].get<int>();
    }
    return std::nullopt;
  }
  std::string Field(const std::string& sql, int64_t key) { return db().TextOf(sql, key).value().value_or(""); }
  int64_t Position(const std::string& queue, int64_t key) {
    return db()
        .Number("SELECT position FROM queue_item WHERE queue=?1 AND noun_key=?2", queue, key)
        .value()
        .value_or(0);
  }

  static Sha256 HashOf(const std::string& text) { return HashSha256(AsBytes(text)); }

  TestHouse house_;
  TriageRules rules_;
  std::unique_ptr<IpCountrySource> ip_source_;
  int64_t item_ = 0;
  int64_t serial_ = 0;
  int64_t last_report_ = 0;
  int64_t last_mention_ = 0;
};

}  // namespace crossguard
