// For tests of the dialects: a sink that keeps everything, and a record written out as lines "where = value".
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "intake/dialect.h"

namespace crossguard::intake {

// Keeps everything that a dialect hands on.
class Kept final : public RecordSink {
 public:
  Status OnReport(ReportRecord&& report) override {
    reports.push_back(std::move(report));
    return {};
  }
  Status OnFile(FileRecord&& file) override {
    files.push_back(std::move(file));
    return {};
  }
  Status OnAccountRow(ReportRecord&& report) override {
    rows.push_back(std::move(report));
    return {};
  }
  Status OnIpRow(IpRow&& row) override {
    ips.push_back(std::move(row));
    return {};
  }
  Status OnDamage(Damage&& one) override {
    damage.push_back(std::move(one));
    return {};
  }
  std::vector<ReportRecord> reports;
  std::vector<FileRecord> files;
  std::vector<ReportRecord> rows;
  std::vector<IpRow> ips;
  std::vector<Damage> damage;
};

inline Kept ReadText(std::string_view text, size_t piece = 1'000'000) {
  Kept kept;
  const Shape shape = Sniff(AsBytes(text));
  EXPECT_NE(shape, Shape::kMedia);
  if (shape == Shape::kMedia) return kept;
  const auto dialect = MakeDialect(shape, kept);
  for (size_t i = 0; i < text.size(); i += piece) EXPECT_TRUE(dialect->Feed(AsBytes(text.substr(i, piece))));
  EXPECT_TRUE(dialect->Finish());
  return kept;
}

inline std::string FlagWord(const std::optional<bool>& flag) {
  return *flag ? "true" : "false";
}

class WrittenOut {
 public:
  explicit WrittenOut(const Kept& kept) {
    for (const ReportRecord& report : kept.reports) Report(report);
    for (const ReportRecord& row : kept.rows) Report(row);
    for (const FileRecord& file : kept.files) File(file);
    for (const IpRow& row : kept.ips) {
      Put("ip_row.report_id", row.provider_report_id);
      Put("ip_row.user_id", row.user_id);
      Selector("ip_row", row.selector);
      Unknown("ip_row", row.unknown);
    }
    for (const Damage& damage : kept.damage) Put("damage " + damage.kind, damage.reason);
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void Put(const std::string& where, const std::string& value) {
    if (!value.empty()) lines_.push_back(where + " = " + value);
  }
  void Flag(const std::string& where, const std::optional<bool>& flag) {
    if (flag) Put(where, FlagWord(flag));
  }
  void Unknown(const std::string& where, const std::vector<UnknownField>& unknown) {
    for (const UnknownField& field : unknown) lines_.push_back(where + '?' + field.path + " = " + field.value);
  }
  void Selector(const std::string& whose, const SelectorRecord& s) {
    const std::string where = whose + '.' + std::string(Text(s.type));
    Put(where, s.raw);
    Put(where + ".id_type", s.id_type);
    Put(where + ".calling_code", s.calling_code);
    Put(where + ".event", s.event_name);
    Put(where + ".at", s.at_text);
    if (s.port) Put(where + ".port", std::to_string(*s.port));
    Flag(where + ".proxy", s.possible_proxy);
    Flag(where + ".verified", s.verified);
  }
  void Report(const ReportRecord& report) {
    Put("report.id", report.provider_report_id);
    Put("report.provider", report.provider);
    Put("report.incident_type", report.incident_type);
    Put("report.incident_at", report.incident_at_text);
    Put("report.received", report.received_text);
    if (report.escalate_reason) lines_.push_back("report.urgent = " + *report.escalate_reason);
    if (report.batched_reason) lines_.push_back("report.batched = " + *report.batched_reason);
    for (const std::string& flag : report.annotations) Put("report.flag", flag);
    Put("report.text", report.additional_info);
    for (const SelectorRecord& s : report.selectors) Selector("report", s);
    Unknown("report", report.unknown);
    for (const AccountRecord& account : report.accounts) {
      const std::string role(Text(account.role));
      Put(role + ".service", account.service);
      Put(role + ".identifier", account.esp_identifier);
      for (const SelectorRecord& s : account.selectors) Selector(role, s);
      for (const ValueRecord& value : account.values) Put(role + '.' + value.field, value.value);
      Unknown(role, account.unknown);
    }
    for (const FileRecord& file : report.files) File(file);
  }
  void File(const FileRecord& file) {
    Put("file.report_id", file.provider_report_id);
    Put("file.id", file.file_id);
    Put("file.user_id", file.user_id);
    Put("file.name", file.file_name);
    Put("file.original_name", file.original_file_name);
    Flag("file.viewed", file.viewed_by_esp);
    Flag("file.exif_viewed", file.exif_viewed_by_esp);
    Flag("file.public", file.publicly_available);
    Put("file.relevance", file.relevance);
    Put("file.class", file.industry_classification);
    for (const std::string& flag : file.annotations) Put("file.flag", flag);
    for (const ClaimedHash& hash : file.claimed_hashes) Put("file.hash " + hash.type, hash.value);
    Put("file.uploaded", file.uploaded_text);
    Put("file.text", file.additional_info);
    for (const SelectorRecord& s : file.selectors) Selector("file", s);
    Unknown("file", file.unknown);
  }

  std::vector<std::string> lines_;
};

}  // namespace crossguard::intake
