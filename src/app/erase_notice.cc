#include "app/erase_notice.h"

#include <algorithm>

#include "crypto/digest.h"
#include "model/fields.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr size_t kReasonMaxBytes = 300;
constexpr std::string_view kWhys[] = {"cleared", "mistake", "order", "review_date", "owner_erased"};

}  // namespace

bool IsWhy(std::string_view word) {
  return std::ranges::find(kWhys, word) != std::end(kWhys);
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
  const Fields fields = TRY(Fields::OfVersion(
      body, "The notice of erasure", {"erasure", "owner", "why", "salt", "marks", "packages", "messages", "due_at"}));
  ErasureNotice out;
  out.erasure = TRY(fields.Id("erasure", {"era"}));
  out.owner = TRY(fields.Line("owner", 64));
  out.why = TRY(fields.Line("why", 32));
  if (!IsWhy(out.why)) return fields.Wrong("why", "a reason of its list");
  const auto salt = FixedBytes<32>::FromHexText(TRY(fields.Line("salt", 64)));
  if (!salt) return fields.Wrong("salt", "32 bytes in hex");
  out.salt = *salt;
  for (const json& one : *TRY(fields.List("marks", kMarksMax))) {
    const auto mark =
        one.is_string() ? Sha256::FromHexText(one.get<std::string>()) : Result<Sha256>(Fail(Code::kInvalid, ""));
    if (!mark || mark->hex() != one.get<std::string>()) return fields.Wrong("marks", "marks in lower-case hex");
    out.marks.insert(*mark);
  }
  out.packages = TRY(fields.Ids("packages", "pkg", kNoticeIdsMax));
  out.messages = TRY(fields.Ids("messages", "msg", kNoticeIdsMax));
  out.due_at = TRY(fields.Time("due_at"));
  return out;
}

json ReceiptBody(const ErasureReceipt& receipt) {
  return {{"version", kBodyVersion},  {"erasure", receipt.erasure},     {"state", receipt.state},
          {"reason", receipt.reason}, {"erased", receipt.erased_count}, {"waiting", receipt.waiting_count}};
}

Result<ErasureReceipt> ReadReceipt(const json& body) {
  const Fields fields =
      TRY(Fields::OfVersion(body, "The receipt of an erasure", {"erasure", "state", "reason", "erased", "waiting"}));
  ErasureReceipt out;
  out.erasure = TRY(fields.Id("erasure", {"era"}));
  out.state = TRY(fields.OneOf("state", {"done", "partly", "refused"}));
  out.reason = TRY(fields.LineOrEmpty("reason", kReasonMaxBytes));
  if (out.reason.empty() != (out.state == "done"))
    return fields.Wrong("reason", "a reason exactly where it is not done");
  out.erased_count = TRY(fields.Count("erased"));
  out.waiting_count = TRY(fields.Count("waiting"));
  if (out.state == "done" && out.waiting_count != 0) return fields.Wrong("waiting", "0 where it is done");
  return out;
}

}  // namespace crossguard
