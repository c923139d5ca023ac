#include "outcome/batch.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/json.h"
#include "outcome/tokens.h"

namespace crossguard::outcome {
namespace {

using nlohmann::json;

constexpr std::string_view kFields[] = {"ref",     "kind",        "count",    "on",      "reported_on",
                                        "country", "case_number", "subjects", "package", "accounts",
                                        "files",   "channel",     "corrects", "reason"};

bool IsCleanText(std::string_view text) {
  return IsUtf8(text) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// One report of a batch; errors name its place.
class ReportReader {
 public:
  ReportReader(const json& object, size_t number) : object_(object), place_("Report " + std::to_string(number)) {}

  Result<OutcomeReport> Read() {
    if (!object_.is_object()) return Bad("is not an object");
    for (const auto& [name, value] : object_.items()) {
      if (std::ranges::find(kFields, name) == std::end(kFields))
        return Bad("has a field that this version does not know; it must not be passed over");
    }
    OutcomeReport out;
    out.ref = TRY(Word("ref", true));
    const auto kind = FromText<OutcomeKind>(TRY(Word("kind", true)));
    if (!kind) return Bad("has a kind that is not known");
    out.kind = *kind;
    out.on = TRY(Day("on"));
    out.reported_on = TRY(Day("reported_on"));
    if (out.on > out.reported_on) return Bad("was reported on a day before it happened");
    out.country = TRY(Word("country", false));
    if (!out.country.empty() &&
        (out.country.size() != 2 || !std::ranges::all_of(out.country, [](char c) { return c >= 'A' && c <= 'Z'; })))
      return Bad("needs a country of two capital letters (ISO 3166-1), or none");
    out.case_number = TRY(Word("case_number", false));
    out.package = TRY(Word("package", false));
    out.channel = TRY(Word("channel", false));
    out.corrects = TRY(Word("corrects", false));
    out.reason = TRY(TextField("reason", kReasonMaxBytes));
    if (!out.corrects.empty() && out.reason.empty()) return Bad("corrects another and gives no 'reason'");
    if (out.corrects == out.ref) return Bad("corrects itself; a correction has a reference of its own");
    TRY(Count(out));
    TRY(Subjects(out));
    out.accounts = TRY(Set("accounts", [](std::string_view one) { return one.size() <= kWordMaxBytes * 2; }));
    out.files = TRY(Set("files", [](std::string_view one) {
      return one.size() == 64 && one.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    }));
    return out;
  }

 private:
  std::unexpected<Error> Bad(const std::string& what) const { return Fail(Code::kInvalid, place_ + " " + what + "."); }

  Result<std::string> TextField(const char* name, size_t max_bytes) const {
    const auto at = object_.find(name);
    if (at == object_.end()) return std::string();
    if (!at->is_string()) return Bad("needs a text in '" + std::string(name) + "'");
    const std::string& text = at->get_ref<const std::string&>();
    if (text.size() > max_bytes || !IsCleanText(text))
      return Bad("has a '" + std::string(name) + "' that is too long or not one line of text");
    return text;
  }
  Result<std::string> Word(const char* name, bool needed) const {
    std::string text = TRY(TextField(name, kWordMaxBytes));
    if (text.empty() && needed) return Bad("needs '" + std::string(name) + "'");
    return text;
  }
  Result<Instant> Day(const char* name) const {
    const auto day = ReadDay(TRY(Word(name, true)));
    if (!day) return Bad("needs a day (2021-05-03) in '" + std::string(name) + "'");
    return *day;
  }
  Status Count(OutcomeReport& out) const {
    const auto at = object_.find("count");
    if (at == object_.end() || !at->is_number_integer() || at->is_number_float())
      return Bad("needs a whole number in 'count'");
    const bool big = at->is_number_unsigned() && at->get<uint64_t>() > static_cast<uint64_t>(kCountMax);
    out.count = big ? kCountMax + 1 : at->get<int64_t>();
    if (out.count < (out.corrects.empty() ? 1 : 0) || out.count > kCountMax)
      return Bad("needs a count from 1 to " + std::to_string(kCountMax) + " (0 only in a correction: withdrawn)");
    return {};
  }
  Status Subjects(OutcomeReport& out) const {
    const auto at = object_.find("subjects");
    if (at == object_.end()) return {};
    if (!at->is_array() || at->size() > kSubjectsMax) return Bad("needs a list of at most 1000 in 'subjects'");
    if (static_cast<int64_t>(at->size()) > out.count) return Bad("names more subjects than it counts");
    std::set<std::string> seen;
    for (const json& one : *at) {
      if (!one.is_array() || one.empty() || one.size() > kTokensMax)
        return Bad("needs 1 to 8 keys for each of its subjects");
      std::vector<std::string> tokens;
      for (const json& token : one) {
        if (!token.is_string() || !IsToken(token.get_ref<const std::string&>()))
          return Bad("has a key that is not of the form 'key-' and 26 letters");
        if (!seen.insert(token.get<std::string>()).second) return Bad("has the same key twice");
        tokens.push_back(token.get<std::string>());
      }
      std::ranges::sort(tokens);
      out.subjects.push_back(std::move(tokens));
    }
    return {};
  }
  template <class Fits>
  Result<std::vector<std::string>> Set(const char* name, const Fits& fits) const {
    std::vector<std::string> out;
    const auto at = object_.find(name);
    if (at == object_.end()) return out;
    if (!at->is_array() || at->size() > kAccountsMax)
      return Bad("needs a list of at most 200 in '" + std::string(name) + "'");
    for (const json& one : *at) {
      if (!one.is_string() || one.get_ref<const std::string&>().empty() ||
          !IsCleanText(one.get_ref<const std::string&>()) || !fits(one.get_ref<const std::string&>()))
        return Bad("has an entry in '" + std::string(name) + "' that is not of its form");
      out.push_back(one.get<std::string>());
    }
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
    return out;
  }

  const json& object_;
  std::string place_;
};

json ReportJson(const OutcomeReport& report) {
  json out = {{"ref", report.ref},
              {"kind", Text(report.kind)},
              {"count", report.count},
              {"on", DateText(report.on)},
              {"reported_on", DateText(report.reported_on)}};
  const auto put = [&](const char* name, const auto& value) {
    if (!value.empty()) out[name] = value;
  };
  put("country", report.country);
  put("case_number", report.case_number);
  put("subjects", report.subjects);
  put("package", report.package);
  put("accounts", report.accounts);
  put("files", report.files);
  put("channel", report.channel);
  put("corrects", report.corrects);
  put("reason", report.reason);
  return out;
}

Result<std::string> HeadWord(const json& body, const char* name) {
  const auto at = body.find(name);
  if (at == body.end() || !at->is_string() || at->get_ref<const std::string&>().empty() ||
      at->get_ref<const std::string&>().size() > kWordMaxBytes || !IsCleanText(at->get_ref<const std::string&>()))
    return Fail(Code::kInvalid, std::string("A batch of outcomes needs a text in '") + name + "'.");
  return at->get<std::string>();
}

}  // namespace

Result<Instant> ReadDay(std::string_view text) {
  if (text.size() != 10 || !text.starts_with("20") || text[4] != '-' || text[7] != '-')
    return Fail(Code::kInvalid, "A day is written as 2021-05-03.");
  const auto instant = ParseInstant(std::string(text) + "T00:00:00Z");
  if (!instant || DateText(*instant) != text) return Fail(Code::kInvalid, "A day is written as 2021-05-03.");
  return *instant;
}

Result<OutcomeBatch> ReadBatch(const json& body) {
  if (!body.is_object() || !body.contains("format") || !body["format"].is_string())
    return Fail(Code::kInvalid, "A batch of outcomes is an object with a 'format'.");
  if (body["format"] != kBatchFormat)
    return Fail(Code::kUnsupported, "This crossguard reads outcomes of format crossguard-outcomes/1 only.");
  for (const auto& [name, value] : body.items()) {
    if (name != "format" && name != "operation" && name != "authority" && name != "reports")
      return Fail(Code::kInvalid, "A batch of outcomes has a field that this version does not know.");
  }
  OutcomeBatch out;
  out.operation = TRY(HeadWord(body, "operation"));
  out.authority = TRY(HeadWord(body, "authority"));
  if (!body.contains("reports") || !body["reports"].is_array() || body["reports"].empty())
    return Fail(Code::kInvalid, "A batch of outcomes needs a list of 'reports' that is not empty.");
  if (body["reports"].size() > kReportsMax)
    return Fail(Code::kExhausted,
                "A batch holds at most " + std::to_string(kReportsMax) + " outcomes; send it in parts.");
  for (size_t i = 0; i < body["reports"].size(); ++i)
    out.reports.push_back(TRY(ReportReader(body["reports"][i], i + 1).Read()));
  return out;
}

json BatchJson(const OutcomeBatch& batch) {
  json reports = json::array();
  for (const OutcomeReport& report : batch.reports) reports.push_back(ReportJson(report));
  return {
      {"format", kBatchFormat}, {"operation", batch.operation}, {"authority", batch.authority}, {"reports", reports}};
}

}  // namespace crossguard::outcome
