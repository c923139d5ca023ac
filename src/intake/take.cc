#include "intake/take.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "intake/node.h"
#include "intake/written.h"
#include "model/canonical.h"

namespace crossguard::intake {
namespace {

// The provider of a report whose shape does not name one (a table). The report's number then decides alone.
constexpr std::string_view kNotSaid = "(not said)";

std::string UnknownJson(const std::vector<UnknownField>& unknown) {
  nlohmann::json out = nlohmann::json::array();
  for (const UnknownField& field : unknown) out.push_back({{"path", field.path}, {"value", field.value}});
  return Canonical(out);
}

std::vector<UnknownField> UnknownFromJson(const std::string& text) {
  std::vector<UnknownField> out;
  const auto json = ParseJson(text);
  if (!json.is_array()) return out;
  for (const auto& field : json) out.push_back({field.value("path", ""), field.value("value", "")});
  return out;
}

// An IP event or device in one line.
std::string SpelledOut(const SelectorRecord& selector) {
  std::string out = selector.raw;
  const auto put = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out.append(", ").append(name).append(" ").append(value);
  };
  put("kind", selector.id_type);
  put("port", selector.port ? std::to_string(*selector.port) : "");
  put("time", selector.at_text);
  put("event", selector.event_name);
  if (selector.possible_proxy) put("proxy", *selector.possible_proxy ? "yes" : "no");
  return out;
}

std::string ListJson(const std::vector<std::string>& list) {
  return Canonical(nlohmann::json(list));
}

std::string_view DialectName(Shape shape) {
  switch (shape) {
    case Shape::kJson:
      return "json";
    case Shape::kCsvAccounts:
    case Shape::kCsvFiles:
    case Shape::kCsvIps:
      return "csv";
    default:
      return "xml";
  }
}
bool IsTable(Shape shape) {
  return DialectName(shape) == "csv";
}

// The last run of digits of three or more in a file name: "1234567-part.xml" -> "1234567".
std::string NumberInName(std::string_view path) {
  const size_t slash = path.rfind('/');
  std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  size_t begin = 0;
  while (begin < name.size() && !(name[begin] >= '0' && name[begin] <= '9')) ++begin;
  size_t end = begin;
  while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
  return std::string(name.substr(begin, end - begin));
}

std::string_view MinorOf(const AccountRecord& account, std::optional<Instant> at, bool minors_said) {
  bool adult = false;
  for (const ValueRecord& value : account.values) {
    std::optional<int> age;
    if (value.field == "age") age = ReadAge(value.value);
    if (value.field == "birth_date" && at) {
      if (const auto birth = ReadBirthDate(value.value)) age = AgeAt(*birth, *at);
    }
    if (!age) continue;
    if (*age < 18) return "may_be_minor";
    adult = true;
  }
  if (minors_said && account.role == AccountRole::kReported) return "may_be_minor";
  return adult ? "adult" : "unknown";
}

// "Anonymous proxy", "satellite", "other", "Europe", "Asia/Pacific" in the list of countries that providers use.
bool IsPseudoCountry(std::string_view code) {
  static constexpr std::array<std::string_view, 5> kPseudo = {"A1", "A2", "O1", "EU", "AP"};
  return std::ranges::find(kPseudo, code) != kPseudo.end();
}

// A country that the account itself declares: how its national phone numbers are meant.
std::string CountryOf(const AccountRecord& account) {
  for (const std::string_view field : {"country", "billing_country", "estimated_country"}) {
    for (const ValueRecord& value : account.values) {
      if (value.field == field && value.value.size() == 2 && !IsPseudoCountry(value.value)) return value.value;
    }
  }
  return "";
}

}  // namespace

void Taker::Begin(const rows::ItemRow& item, Shape shape, Part part) {
  item_ = item;
  shape_ = shape;
  part_ = part;
  damage_count_ = 0;
  report_count_ = 0;
  table_reports_.clear();
  files_wait_ = false;
}

// What the record brought is added in the transaction of its rows, so a reading that is broken off counts right.
Status Taker::EndRecord() {
  if (identifier_count_ > 0) {
    TRY(rows::CountIdentifiers(db_, item_.key, identifier_count_, refused_count_));
    identifier_count_ = refused_count_ = 0;
  }
  return after_record_();
}

Status Taker::OnDamage(Damage&& damage) {
  ++damage_count_;
  if (damage.kind == "report") ++report_count_;
  TRY(rows::AddQuarantine(db_, item_.key, damage.place, damage.kind, damage.reason));
  return EndRecord();
}

std::string Taker::ReportIdOf(const ReportRecord& record) const {
  if (!record.provider_report_id.empty()) return record.provider_report_id;
  const std::string number = NumberInName(item_.path);
  // Of several reports without a number in one file, only the first can have that of the file.
  if (!number.empty() && record.place == "record 1") return number;
  return "item:" + item_.path + '#' + record.place;
}

Result<Taker::Resolved> Taker::FindReport(std::string_view provider, std::string_view provider_report_id) {
  Resolved out;
  const auto rank = [&](const rows::ReportFound& found) {
    if (found.item == item_.key) return -1;  // this very document brought it
    return (found.submission == where_.submission ? 0
            : found.operation == where_.operation ? 2
                                                  : 4) +
           (found.state == "taken" ? 0 : 1);
  };
  auto candidates = TRY(rows::ReportsOf(db_, provider, provider_report_id));
  if (!provider.empty()) {
    for (rows::ReportFound& found : TRY(rows::ReportsOf(db_, kNotSaid, provider_report_id)))
      candidates.push_back(std::move(found));
  }
  for (rows::ReportFound& found : candidates) {
    if (!out.found || rank(found) < rank(out.report)) out.report = std::move(found);
    out.found = true;
  }
  return out;
}

Result<Key<Report>> Taker::InsertReport(const ReportRecord& record, const std::string& provider,
                                        const std::string& report_id, const rows::ReportFound* duplicate_of,
                                        Context& context) {
  rows::ReportRow row;
  row.id = duplicate_of == nullptr
               ? ids_.Make<Report>(provider + '|' + report_id)
               : ids_.Make<Report>("again|" + where_.submission_id + '|' + item_.path + '|' + record.place);
  row.operation = where_.operation;
  row.submission = where_.submission;
  row.item = item_.key;
  row.place = record.place;
  row.dialect = DialectName(shape_);
  row.provider = provider;
  row.provider_report_id = report_id;
  row.state = duplicate_of == nullptr ? "taken" : "duplicate";
  if (duplicate_of != nullptr) row.duplicate_of = duplicate_of->key;
  row.incident_type = record.incident_type;
  row.incident_at_text = record.incident_at_text;
  if (const auto time = ReadTimeOfOneReading(record.incident_at_text)) {
    row.incident_at = time->instant;
    row.incident_zone_known = time->zone_known;
  }
  std::vector<UnknownField> unknown = record.unknown;
  const auto received = ReadTimeOfOneReading(record.received_text);
  if (received) row.received_at = received->instant;
  // A day is enough for the clocks that run from it; the text says what was really written.
  if (!record.received_text.empty() && !(received && received->zone_known))
    unknown.push_back({"dateReceived", record.received_text});
  row.escalate_reason = record.escalate_reason;
  row.batched_reason = record.batched_reason;
  row.annotations = ListJson(record.annotations);
  row.additional_info = record.additional_info;
  row.unknown_fields = UnknownJson(unknown);
  context.report = TRY(rows::InsertReport(db_, row));
  context.provider = provider;
  context.provider_report_id = report_id;
  context.at = row.incident_at ? row.incident_at : row.received_at;
  context.minors_said = std::ranges::find(record.annotations, "minorToMinorInteraction") != record.annotations.end();
  context.desk = DeskValues(record.unknown);
  return context.report;
}

Status Taker::OnReport(ReportRecord&& record) {
  if (part_ == Part::kFiles) return {};  // taken by the reading before
  ++report_count_;
  const std::string report_id = ReportIdOf(record);
  std::string provider = record.provider;
  for (const AccountRecord& account : record.accounts) {
    if (provider.empty() && account.role == AccountRole::kReported) provider = account.service;
  }
  if (provider.empty()) provider = kNotSaid;
  auto before = TRY(rows::ReportsOf(db_, provider, report_id));
  if (provider != kNotSaid) {
    for (rows::ReportFound& found : TRY(rows::ReportsOf(db_, kNotSaid, report_id))) before.push_back(std::move(found));
  }
  for (const rows::ReportFound& found : before) {
    if (found.item == item_.key && found.place == record.place) return {};  // by a reading that was broken off
  }
  const auto first = std::ranges::find(before, "taken", &rows::ReportFound::state);
  Context context;
  TRY(InsertReport(record, provider, report_id, first == before.end() ? nullptr : &*first, context));
  if (first != before.end()) {
    TRY(CompareRepeated(context, record, first->key));
  } else {
    size_t number = 0;
    for (AccountRecord& account : record.accounts) TRY(TakeAccount(context, account, ++number));
    for (const SelectorRecord& selector : record.selectors) TRY(TakeSelector(context, selector, {}, {}, {}));
    TRY(MineText(context, record.additional_info, record.place + "/additionalInfo", {}, {}, {}));
    rows::ReportFound self;
    self.key = context.report;
    self.id = ids_.Make<Report>(provider + '|' + report_id);
    self.state = "taken";
    self.submission = where_.submission;
    for (FileRecord& file : record.files) {
      file.provider_report_id = report_id;
      TRY(TakeFile(file, &self));
    }
  }
  return EndRecord();
}

Status Taker::OnAccountRow(ReportRecord&& record) {
  AccountRecord& account = record.accounts.front();
  if (record.provider_report_id.empty()) {
    return OnDamage(
        {.place = record.place, .kind = "account_row", .reason = "This row is not read: it names no report."});
  }
  if (table_reports_.insert(record.provider_report_id).second) ++report_count_;
  const Resolved before = TRY(FindReport(record.provider, record.provider_report_id));
  const std::string provider = record.provider.empty() ? std::string(kNotSaid) : record.provider;
  Context context;
  if (before.found && before.report.item == item_.key) {
    // A further row of a report that this table brought, or the same row again.
    if (before.report.state != "taken" && before.report.place == record.place)
      return {};  // counted already, as the report's row
    if (before.report.state != "taken")
      return OnDamage({.place = record.place, .kind = "account_row", .reason = std::string(rows::kDuplicateReason)});
    context.report = before.report.key;
    context.provider = provider;
    context.provider_report_id = record.provider_report_id;
    if (const auto time = ReadTimeOfOneReading(record.incident_at_text))
      context.at = time->instant;
    else if (const auto received = ReadTimeOfOneReading(record.received_text))
      context.at = received->instant;
    context.minors_said = std::ranges::find(record.annotations, "minorToMinorInteraction") != record.annotations.end();
    TRY(AddToReport(record, context.report));
  } else {
    TRY(InsertReport(record, provider, record.provider_report_id, before.found ? &before.report : nullptr, context));
    if (before.found) return EndRecord();
  }
  TRY(TakeAccount(context, account, 0));
  return EndRecord();
}

Status Taker::AddToReport(const ReportRecord& record, Key<Report> report) {
  if (record.escalate_reason || record.batched_reason)
    TRY(rows::AddToReport(db_, report, record.escalate_reason, record.batched_reason));
  if (record.annotations.empty()) return {};
  const std::string before = TRY(rows::ReportAnnotations(db_, report));
  auto all = ParseJson(before);
  CHECK(all.is_array());
  for (const std::string& flag : record.annotations) {
    if (std::ranges::find(all, nlohmann::json(flag)) == all.end()) all.push_back(flag);
  }
  const std::string now = Canonical(all);
  return now == before ? Status{} : rows::SetReportAnnotations(db_, report, now);
}

Status Taker::TakeAccount(const Context& context, AccountRecord& account, size_t number) {
  const std::string service = account.service.empty() ? context.provider : account.service;
  std::string identifier = account.esp_identifier;
  const bool derived = identifier.empty();
  if (derived) {
    for (const SelectorRecord& selector : account.selectors) {
      if (!identifier.empty() || selector.type != SelectorType::kScreenName) continue;
      const auto name = Normalise(SelectorType::kScreenName, selector.raw, {.service = service});
      if (name) identifier = "screen:" + name->substr(name->find('/') + 1);
    }
    // A table's row is its own number; elsewhere the account's place in the report is.
    if (identifier.empty())
      identifier = "row:" + context.provider_report_id + '/' + (number > 0 ? std::to_string(number) : account.place);
  }
  const std::string_view role = Text(account.role);
  const Key<Account> key =
      TRY(rows::PutAccount(db_, ids_.Make<Account>(service + '|' + identifier), service, identifier, derived));
  const auto mention =
      TRY(rows::PutMention(db_, key, context.report, role, item_.key, account.place, UnknownJson(account.unknown)));
  if (!mention.made && IsTable(shape_)) {  // this very row, or one more row about the same account
    if (mention.item == item_.key && mention.place == account.place) return {};
    if (TRY(rows::MentionHasPlace(db_, mention.key, item_.key, account.place))) return {};
  }
  if (!mention.made) {
    // The mention holds what the first one did not know; a further one's is kept beside it.
    for (const UnknownField& field : account.unknown)
      TRY(rows::InsertValue(db_, mention.key, "unknown:" + field.path, field.value, item_.key, account.place));
  }
  TRY(rows::MarkAccount(db_, key, role, MinorOf(account, context.at, context.minors_said)));
  const std::string country = CountryOf(account);
  const SelectorHint hint{.service = service, .default_country = country};
  for (const SelectorRecord& selector : account.selectors) TRY(TakeSelector(context, selector, mention.key, {}, hint));
  for (const ValueRecord& value : account.values) {
    TRY(rows::InsertValue(db_, mention.key, value.field, value.value, item_.key, value.place));
    if (value.field == "bio" || value.field == "notes")
      TRY(MineText(context, value.value, value.place, mention.key, {}, hint));
  }
  return {};
}

Status Taker::OnIpRow(IpRow&& row) {
  const Resolved report = row.provider_report_id.empty() ? Resolved{} : TRY(FindReport("", row.provider_report_id));
  const auto refuse = [&](std::string_view reason) {
    return OnDamage({.place = row.selector.place, .kind = "ip_row", .reason = std::string(reason)});
  };
  if (!report.found) return refuse("A row of an unknown report.");
  if (report.report.state != "taken" || report.report.submission != where_.submission)
    return refuse(rows::kDuplicateReason);
  auto [mention, account] = TRY(rows::MentionOfUser(db_, report.report.key, row.user_id));
  if (!mention &&
      row.user_id.empty()) {  // it says nothing of whose it is: the only reported account's, if there is one
    const auto reported = TRY(rows::MentionsOf(db_, report.report.key, "reported"));
    if (reported.size() == 1) mention = reported[0].first;
  }
  if (!mention) return refuse("A row of an account that the report does not name.");
  if (TRY(rows::MentionHasPlace(db_, mention, item_.key, row.selector.place))) return {};
  Context context;
  context.report = report.report.key;
  TRY(TakeSelector(context, row.selector, mention, {}, {}));
  for (const UnknownField& field : row.unknown)
    TRY(rows::InsertValue(db_, mention, "unknown:" + field.path, field.value, item_.key,
                          row.selector.place + ' ' + field.path));
  return EndRecord();
}

Status Taker::OnFile(FileRecord&& file) {
  if (part_ == Part::kReports) {
    files_wait_ = true;
    return {};
  }
  const std::string kind = IsTable(shape_) ? "file_row" : "file_details";
  Resolved report;
  if (!file.provider_report_id.empty()) report = TRY(FindReport("", file.provider_report_id));
  if (!report.found && IsTable(shape_))
    return OnDamage({.place = file.place, .kind = kind, .reason = "A row of an unknown report."});
  if (report.found && report.report.state != "taken") {
    return OnDamage({.place = file.place, .kind = kind, .reason = std::string(rows::kDuplicateReason)});
  }
  TRY(TakeFile(file, report.found ? &report.report : nullptr));
  return EndRecord();
}

Status Taker::TakeFile(FileRecord& file, const rows::ReportFound* report) {
  // Without a report, the submission stands for the provider; without a file id, the place does.
  const std::string whose =
      report != nullptr ? report->id.text() : where_.submission_id + '|' + file.provider_report_id;
  const std::string which = file.file_id.empty() ? item_.path + '#' + file.place : file.file_id;
  rows::DetailsRow row;
  row.id = ids_.Make<FileDetails>(whose + '|' + which);
  if (const auto before = TRY(rows::DetailsById(db_, row.id))) {
    if (before->item == item_.key && before->place == file.place) return {};
    ++damage_count_;
    return rows::AddQuarantine(db_, item_.key, file.place, IsTable(shape_) ? "file_row" : "file_details",
                               rows::kDuplicateReason);
  }
  if (report != nullptr) row.report = report->key;
  row.provider_report_id = file.provider_report_id;
  row.provider_file_id = file.file_id;
  row.file_name = file.file_name;
  row.original_file_name = file.original_file_name;
  row.viewed_by_esp = file.viewed_by_esp;
  row.exif_viewed_by_esp = file.exif_viewed_by_esp;
  row.publicly_available = file.publicly_available;
  row.relevance = file.relevance.empty() ? "Reported" : file.relevance;  // the vocabulary's own default
  row.industry_classification = file.industry_classification;
  row.annotations = ListJson(file.annotations);
  nlohmann::json hashes = nlohmann::json::array();
  for (const ClaimedHash& hash : file.claimed_hashes) hashes.push_back({{"type", hash.type}, {"value", hash.value}});
  row.claimed_hashes = Canonical(hashes);
  row.uploaded_at_text = file.uploaded_text;
  // An hour that is only assumed would be read as known, since nothing beside it says so: the text stays.
  if (const auto time = ReadTimeOfOneReading(file.uploaded_text); time && time->zone_known)
    row.uploaded_at = time->instant;
  row.additional_info = file.additional_info;
  if (report == nullptr) {
    // A sighting hangs on a report, and there is none: what the file saw is kept as it was written.
    for (const SelectorRecord& selector : file.selectors)
      file.unknown.push_back({std::string(Text(selector.type)) + ' ' + selector.place, SpelledOut(selector)});
  }
  row.unknown_fields = UnknownJson(file.unknown);
  row.item = item_.key;
  row.place = file.place;
  if (report != nullptr && !file.user_id.empty())
    row.account = TRY(rows::MentionOfUser(db_, report->key, file.user_id)).second;
  const Key<FileDetails> key = TRY(rows::InsertDetails(db_, row));
  if (report == nullptr) return {};
  Context context;
  context.report = report->key;
  if (!file.additional_info.empty())
    context.desk = DeskValues(UnknownFromJson(TRY(rows::ReportUnknown(db_, report->key))));
  for (const SelectorRecord& selector : file.selectors) TRY(TakeSelector(context, selector, {}, key, {}));
  return MineText(context, file.additional_info, file.place + " additionalInfo", {}, key, {});
}

}  // namespace crossguard::intake
