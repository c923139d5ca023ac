// What the dialects have in common: neutral records with the place where each value stood. A dialect reads, it does not
// judge: texts are as written (trimmed), times and selectors are read later, by the one rule.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "model/words.h"

namespace crossguard::intake {

// Limits on every report document, whatever its shape.
constexpr int kDepthMax = 64;
constexpr size_t kTextMax = 1U << 20U;          // one element text, JSON string or CSV field
constexpr size_t kRecordBytesMax = 16U << 20U;  // one report in XML or JSON
constexpr size_t kRecordNodesMax = 200'000;
constexpr size_t kAttributesMax = 64;  // of one element
constexpr uint64_t kXmlDocumentMax = 256ULL << 20U;

struct UnknownField {
  std::string path;
  std::string value;
};

struct ValueRecord {  // a declared value that is no selector
  std::string field;  // account_value.field
  std::string value;
  std::string place;
};

struct SelectorRecord {
  SelectorType type{};
  std::string raw;
  std::string place;
  std::string id_type;       // device_id, payment
  std::string calling_code;  // phone: as declared beside the number
  std::string event_name;
  std::string at_text;
  std::optional<int64_t> port;
  std::optional<bool> possible_proxy;  // absent, false and true are three things
  std::optional<bool> verified;
};

struct AccountRecord {
  AccountRole role = AccountRole::kReported;
  std::string service;         // "" = the provider's
  std::string esp_identifier;  // "" = not given
  std::string place;
  std::vector<SelectorRecord> selectors;
  std::vector<ValueRecord> values;  // "bio" and "notes" among them are mined
  std::vector<UnknownField> unknown;
};

struct ClaimedHash {
  std::string type;
  std::string value;
};

struct FileRecord {
  std::string provider_report_id;
  std::string file_id;
  std::string user_id;  // whose, where the shape says it
  std::string file_name;
  std::string original_file_name;
  std::optional<bool> viewed_by_esp;
  std::optional<bool> exif_viewed_by_esp;
  std::optional<bool> publicly_available;
  std::string relevance;
  std::string industry_classification;
  std::vector<std::string> annotations;
  std::vector<ClaimedHash> claimed_hashes;
  std::string uploaded_text;
  std::string additional_info;
  std::vector<SelectorRecord> selectors;  // IP events, devices
  std::vector<UnknownField> unknown;
  std::string place;
};

struct ReportRecord {
  std::string provider;            // "" = the shape does not say
  std::string provider_report_id;  // "" = not given
  std::string place;
  std::string incident_type;
  std::string incident_at_text;
  std::string received_text;
  std::optional<std::string> escalate_reason;
  std::optional<std::string> batched_reason;
  std::vector<std::string> annotations;
  std::string additional_info;
  std::vector<SelectorRecord> selectors;  // of the incident, tied to no account
  std::vector<AccountRecord> accounts;
  std::vector<FileRecord> files;  // declared inside of the report
  std::vector<UnknownField> unknown;
};

struct IpRow {  // CSV: joined to its account by (report, user)
  std::string provider_report_id;
  std::string user_id;
  SelectorRecord selector;
  std::vector<UnknownField> unknown;
};

struct Damage {
  std::string place;   // "" for the whole document
  std::string kind;    // report | file_details | account_row | file_row | ip_row | document
  std::string reason;  // one sentence, never the content
};

// Receives records in the order of the document. An error stops the reading and is returned by it.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual Status OnReport(ReportRecord&& report) = 0;
  virtual Status OnFile(FileRecord&& file) = 0;            // outside of any report
  virtual Status OnAccountRow(ReportRecord&& report) = 0;  // CSV: one account of a report that may have several rows
  virtual Status OnIpRow(IpRow&& row) = 0;
  virtual Status OnDamage(Damage&& damage) = 0;
};

// A dialect: fed with pieces of any size, it hands each record on as soon as it is whole. Memory is bounded by one
// record.
class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual Status Feed(ByteView bytes) = 0;  // errors of the sink only
  virtual Status Finish() = 0;              // the document ends here
};

}  // namespace crossguard::intake
