// Tables (model/csv_table.h): columns are found by name.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "intake/csv_columns.h"
#include "intake/dialect.h"
#include "intake/node.h"
#include "model/csv_table.h"

namespace crossguard::intake {
namespace {

std::string Trimmed(std::string_view text) {
  Node node;
  node.text = text;
  return node.Trimmed();
}

// Calls with each part of "a|b|c" and its number from 1.
template <class F>
void EachPart(std::string_view text, const F& f, std::string_view separators = "|") {
  size_t number = 0;
  while (!text.empty()) {
    const size_t bar = std::min(text.find_first_of(separators), text.size());
    if (const std::string part = Trimmed(text.substr(0, bar)); !part.empty()) f(part, ++number);
    text.remove_prefix(std::min(bar + 1, text.size()));
  }
}

// No name of a flag holds a separator, so others than '|' mean what they seem to.
void TakeAnnotations(std::string_view text, std::vector<std::string>& out) {
  EachPart(text, [&](const std::string& part, size_t) { out.push_back(AnnotationName(part)); }, "|,;");
}

std::optional<AccountRole> RoleOf(std::string_view text) {
  struct Word {
    std::string_view text;
    AccountRole role;
  };
  static constexpr Word kWords[] = {{"", AccountRole::kReported},
                                    {"reported", AccountRole::kReported},
                                    {"reporteduser", AccountRole::kReported},
                                    {"reportedperson", AccountRole::kReported},
                                    {"suspect", AccountRole::kReported},
                                    {"recipient", AccountRole::kRecipient},
                                    {"intendedrecipient", AccountRole::kRecipient},
                                    {"victim", AccountRole::kVictim},
                                    {"associated", AccountRole::kAssociated},
                                    {"associatedaccount", AccountRole::kAssociated}};
  for (const Word& word : kWords) {
    if (SameWord(word.text, text)) return word.role;
  }
  return std::nullopt;
}

class CsvDialect final : public Dialect {
 public:
  CsvDialect(Shape shape, RecordSink& sink)
      : shape_(shape),
        sink_(sink),
        table_([this](const CsvTable::Row& row) { return Header(row); },
               [this](const CsvTable::Row& row) { return Row(row); }) {}

  Status Feed(ByteView bytes) override { return table_.Feed(bytes); }
  Status Finish() override {
    TRY(table_.Finish());
    if (!table_.header_seen())
      return sink_.OnDamage({.place = "", .kind = "document", .reason = "The table has no header row."});
    return {};
  }

 private:
  std::string_view kind() const {
    return shape_ == Shape::kCsvAccounts ? "account_row" : shape_ == Shape::kCsvFiles ? "file_row" : "ip_row";
  }
  std::string Place() const { return "line " + std::to_string(row_line_); }

  Status Row(const CsvTable::Row& row) {
    row_line_ = row.line;
    if (!row.flaw.empty())
      return sink_.OnDamage({.place = Place(),
                             .kind = std::string(kind()),
                             .reason = "This row is not read: " + std::string(row.flaw) + "."});
    fields_.swap(row.fields);
    taken_.assign(fields_.size(), false);
    switch (shape_) {
      case Shape::kCsvAccounts:
        return AccountRow();
      case Shape::kCsvFiles:
        return FileRow();
      default:
        return IpEventRow();
    }
  }

  Status Header(const CsvTable::Row& row) {
    row_line_ = row.line;
    if (!row.flaw.empty())
      return sink_.OnDamage(
          {.place = Place(),
           .kind = "document",
           .reason = "The header is not read, and so no row of the table: " + std::string(row.flaw) + "."});
    for (const std::string& name : row.fields) header_.push_back(ToValidUtf8(name));
    for (size_t i = 0; i < header_.size(); ++i)
      column_.emplace(ColumnKey(header_[i]), i);  // of two columns of a name, the first counts
    return {};
  }

  // The trimmed field of a column; "" if there is none.
  std::string Get(std::string_view key) {
    const auto found = column_.find(std::string(key));
    if (found == column_.end()) return "";
    taken_[found->second] = true;
    return Trimmed(fields_[found->second]);
  }
  std::string PlaceOf(std::string_view column, size_t part = 0) const {
    return Place() + ' ' + std::string(column) + (part > 0 ? '[' + std::to_string(part) + ']' : "");
  }
  std::optional<bool> Flag(std::string_view key) {
    const std::string text = Get(key);
    const auto flag = ReadFlag(text);
    if (!flag && !text.empty()) Untake(key);
    return flag;
  }
  // A reason whose presence is the statement; nothing, or a plain no (kept as unknown), is none.
  std::optional<std::string> Statement(std::string_view key) {
    std::string text = Get(key);
    if (text.empty()) return std::nullopt;
    if (ReadFlag(text) != std::optional(false)) return text;
    Untake(key);
    return std::nullopt;
  }
  void Untake(std::string_view key) { taken_[column_.find(std::string(key))->second] = false; }
  std::vector<UnknownField> Unknown() const {
    std::vector<UnknownField> out;
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (!taken_[i] && !fields_[i].empty()) out.push_back({header_[i], fields_[i]});
    }
    return out;
  }

  Status AccountRow() {
    ReportRecord report;
    report.place = Place();
    report.provider_report_id = Get("reportid");
    report.provider = Get("provider");
    report.received_text = Get("received");
    report.incident_type = Get("incidenttype");
    report.incident_at_text = Get("incidenttime");
    report.escalate_reason = Statement("urgent");
    report.batched_reason = Statement("batchedreason");
    TakeAnnotations(Get("annotations"), report.annotations);

    AccountRecord account;
    account.place = Place();
    const std::string role = Get("role");
    const auto known = RoleOf(role);
    if (!known)
      return sink_.OnDamage(
          {.place = Place(),
           .kind = "account_row",
           .reason = "This row is not read: its role is none of reported, recipient, victim, associated."});
    account.role = *known;
    account.service = Get("service");
    account.esp_identifier = Get("userid");
    if (std::string name = Get("screenname"); !name.empty())
      account.selectors.push_back(MakeSelector(SelectorType::kScreenName, std::move(name), PlaceOf("screen_name")));
    const auto list = [&](std::string_view key, std::string_view column, SelectorType type) {
      EachPart(Get(key), [&](const std::string& part, size_t number) {
        account.selectors.push_back(MakeSelector(type, part, PlaceOf(column, number)));
      });
    };
    list("emails", "emails", SelectorType::kEmail);
    list("phones", "phones", SelectorType::kPhone);
    list("profileurls", "profile_urls", SelectorType::kProfileUrl);
    EachPart(Get("deviceids"), [&](const std::string& part, size_t number) {
      const size_t colon = part.find(':');
      SelectorRecord selector =
          MakeSelector(SelectorType::kDeviceId, colon == std::string::npos ? part : Trimmed(part.substr(colon + 1)),
                       PlaceOf("device_ids", number));
      if (colon != std::string::npos) selector.id_type = part.substr(0, colon);
      account.selectors.push_back(std::move(selector));
    });
    EachPart(Get("displaynames"), [&](const std::string& part, size_t number) {
      AddValue(account, "display_name", part, PlaceOf("display_names", number));
    });
    EachPart(Get("priorreports"), [&](const std::string& part, size_t number) {
      AddValue(account, "prior_report", part, PlaceOf("prior_reports", number));
    });
    static constexpr std::pair<std::string_view, std::string_view> kValues[] = {
        {"firstname", "first_name"}, {"middlename", "middle_name"},
        {"lastname", "last_name"},   {"gender", "gender"},
        {"birthdate", "birth_date"}, {"age", "age"},
        {"country", "country"},      {"city", "city"},
        {"school", "school"},        {"group", "group"},
        {"language", "language"},    {"bio", "bio"},
        {"notes", "notes"}};
    for (const auto& [key, field] : kValues) AddValue(account, std::string(field), Get(key), PlaceOf(field));
    account.unknown = Unknown();
    report.accounts.push_back(std::move(account));
    return sink_.OnAccountRow(std::move(report));
  }

  Status FileRow() {
    FileRecord file;
    file.place = Place();
    file.provider_report_id = Get("reportid");
    file.user_id = Get("userid");
    file.file_id = Get("fileid");
    file.file_name = Get("filename");
    file.original_file_name = Get("originalname");
    file.uploaded_text = Get("uploaded");
    for (const auto& [key, type] : {std::pair{"md5", "MD5"}, {"sha1", "SHA1"}, {"sha256", "SHA256"}}) {
      if (std::string hash = Get(key); !hash.empty()) file.claimed_hashes.push_back({type, std::move(hash)});
    }
    file.viewed_by_esp = Flag("viewedbyprovider");
    file.exif_viewed_by_esp = Flag("exifviewed");
    file.publicly_available = Flag("publiclyavailable");
    file.relevance = Get("relevance");
    file.industry_classification = Get("classification");
    TakeAnnotations(Get("annotations"), file.annotations);
    file.additional_info = Get("notes");
    file.unknown = Unknown();
    return sink_.OnFile(std::move(file));
  }

  Status IpEventRow() {
    IpRow row;
    row.provider_report_id = Get("reportid");
    row.user_id = Get("userid");
    row.selector = MakeSelector(SelectorType::kIp, Get("ip"), Place());
    const std::string port = Get("port");
    row.selector.port = ReadPort(port);
    if (!row.selector.port && !port.empty()) Untake("port");
    row.selector.at_text = Get("time");
    row.selector.event_name = Get("event");
    row.selector.possible_proxy = Flag("proxy");
    row.unknown = Unknown();
    return sink_.OnIpRow(std::move(row));
  }

  Shape shape_;
  RecordSink& sink_;
  CsvTable table_;
  std::vector<std::string> header_;
  std::map<std::string, size_t> column_;
  std::vector<std::string> fields_;
  std::vector<bool> taken_;
  uint64_t row_line_ = 1;
};

}  // namespace

std::unique_ptr<Dialect> MakeCsvDialect(Shape shape, RecordSink& sink) {
  return std::make_unique<CsvDialect>(shape, sink);
}

}  // namespace crossguard::intake
