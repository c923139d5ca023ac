#include "app/erase_notice.h"

#include <algorithm>

#include "app/versioned_body.h"
#include "crypto/digest.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr size_t kReasonMaxBytes = 300;
constexpr std::string_view kWhys[] = {"cleared", "mistake", "order", "review_date", "owner_erased"};

Result<std::string> TextOf(const json& body, const char* name, size_t bytes_max) {
  if (!body[name].is_string()) return WrongField(name);
  std::string text = body[name].get<std::string>();
  const bool one_line = std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (text.size() > bytes_max || !one_line || !IsUtf8(text)) return WrongField(name);
  return text;
}

Result<std::vector<std::string>> IdsOf(const json& body, const char* name, std::string_view prefix) {
  if (!body[name].is_array()) return WrongField(name);
  if (body[name].size() > kNoticeIdsMax)
    return Fail(Code::kExhausted, "A notice names at most 1,000 packages and 1,000 messages; send several.");
  std::vector<std::string> out;
  for (const json& one : body[name]) {
    if (!one.is_string() || !IsPublicId(one.get<std::string>(), prefix)) return WrongField(name);
    out.push_back(one.get<std::string>());
  }
  return out;
}

Result<int64_t> CountOf(const json& body, const char* name) {
  if (!body[name].is_number_integer() || body[name] < 0 || body[name] > int64_t{1} << 40U) return WrongField(name);
  return body[name].get<int64_t>();
}

}  // namespace

bool IsWhy(std::string_view word) {
  return std::ranges::find(kWhys, word) != std::end(kWhys);
}

bool IsPublicId(std::string_view text, std::string_view prefix) {
  if (text.size() != prefix.size() + 17 || !text.starts_with(prefix) || text[prefix.size()] != '-') return false;
  return std::ranges::all_of(text.substr(prefix.size() + 1),
                             [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

Sha256 MarkFor(const FixedBytes<32>& salt, std::string_view type, std::string_view value) {
  return HmacSha256(salt.view(), AsBytes(std::string(type) + "\n" + std::string(value)));
}

json NoticeBody(const ErasureNotice& notice) {
  json marks = json::array();
  for (const Sha256& mark : notice.marks) marks.push_back(mark.hex());
  return {{"version", kBodyVersion},     {"erasure", notice.erasure},   {"owner", notice.owner},
          {"why", notice.why},           {"salt", notice.salt.hex()},   {"marks", std::move(marks)},
          {"packages", notice.packages}, {"messages", notice.messages}, {"due_at", ToText(notice.due_at)}};
}

Result<ErasureNotice> ReadNotice(const json& body) {
  TRY(CheckVersionedFields(body, {"erasure", "owner", "why", "salt", "marks", "packages", "messages", "due_at"}));
  ErasureNotice out;
  out.erasure = TRY(TextOf(body, "erasure", 64));
  if (!IsPublicId(out.erasure, "era")) return WrongField("erasure");
  out.owner = TRY(TextOf(body, "owner", 64));
  if (out.owner.empty()) return WrongField("owner");
  out.why = TRY(TextOf(body, "why", 32));
  if (!IsWhy(out.why)) return WrongField("why");
  const auto salt = FixedBytes<32>::FromHexText(TRY(TextOf(body, "salt", 64)));
  if (!salt) return WrongField("salt");
  out.salt = *salt;
  if (!body["marks"].is_array()) return WrongField("marks");
  if (body["marks"].size() > kMarksMax)
    return Fail(Code::kExhausted, "A notice holds at most 10,000 marks; send several.");
  for (const json& one : body["marks"]) {
    const auto mark =
        one.is_string() ? Sha256::FromHexText(one.get<std::string>()) : Result<Sha256>(WrongField("marks"));
    if (!mark || mark->hex() != one.get<std::string>()) return WrongField("marks");
    out.marks.insert(*mark);
  }
  out.packages = TRY(IdsOf(body, "packages", "pkg"));
  out.messages = TRY(IdsOf(body, "messages", "msg"));
  const auto due_at = ParseInstant(TRY(TextOf(body, "due_at", 40)));
  if (!due_at) return WrongField("due_at");
  out.due_at = *due_at;
  return out;
}

json ReceiptBody(const ErasureReceipt& receipt) {
  return {{"version", kBodyVersion},  {"erasure", receipt.erasure},     {"state", receipt.state},
          {"reason", receipt.reason}, {"erased", receipt.erased_count}, {"waiting", receipt.waiting_count}};
}

Result<ErasureReceipt> ReadReceipt(const json& body) {
  TRY(CheckVersionedFields(body, {"erasure", "state", "reason", "erased", "waiting"}));
  ErasureReceipt out;
  out.erasure = TRY(TextOf(body, "erasure", 64));
  if (!IsPublicId(out.erasure, "era")) return WrongField("erasure");
  out.state = TRY(TextOf(body, "state", 16));
  if (out.state != "done" && out.state != "partly" && out.state != "refused") return WrongField("state");
  out.reason = TRY(TextOf(body, "reason", kReasonMaxBytes));
  if (out.reason.empty() != (out.state == "done")) return WrongField("reason");
  out.erased_count = TRY(CountOf(body, "erased"));
  out.waiting_count = TRY(CountOf(body, "waiting"));
  if (out.state == "done" && out.waiting_count != 0) return WrongField("waiting");
  return out;
}

}  // namespace crossguard
