#include "package/container.h"

#include <algorithm>

#include "base/json.h"
#include "base/time_text.h"
#include "model/canonical.h"
#include "model/words.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr size_t kNameMaxBytes = 100;

std::unexpected<Error> NotAPage(std::string_view what) {
  return Fail(Code::kInvalid,
              std::string(what) + " is not a page of a crossguard package; ask the sender for it again.");
}

// Reads one page; every field must be there and nothing else, and the text must be its canonical form.
class Page {
 public:
  static Result<Page> Parse(std::string_view text, std::string_view what, std::string_view format) {
    if (text.empty() || text.back() != '\n') return NotAPage(what);
    text.remove_suffix(1);
    json value = ParseJson(text);
    if (!value.is_object()) return NotAPage(what);
    const auto found = value.find("format");
    if (found == value.end() || !found->is_string()) return NotAPage(what);
    const auto& named = found->get_ref<const std::string&>();
    const std::string_view family = format.substr(0, format.find('/') + 1);
    if (named != format && named.starts_with(family))
      return Fail(Code::kUnsupported, std::string(what) + " has the format " + named + "; use a newer crossguard.");
    if (named != format || Canonical(value) != text) return NotAPage(what);
    return Page(std::move(value), what);
  }
  Result<std::string> Text(std::string_view pointer) const {
    const json* value = At(pointer);
    if (value == nullptr || !value->is_string()) return NotAPage(what_);
    return value->get<std::string>();
  }
  Result<int64_t> Number(std::string_view pointer) const {
    const json* value = At(pointer);
    if (value == nullptr || !value->is_number_unsigned()) return NotAPage(what_);
    const uint64_t number = value->get<uint64_t>();
    if (number > kPayloadMaxBytes) return NotAPage(what_);
    return static_cast<int64_t>(number);
  }
  // The name of an authority or a package: it becomes a part of file names and of sentences.
  Result<std::string> Name(std::string_view pointer) const {
    std::string name = TRY(Text(pointer));
    const bool plain = !name.empty() && name.size() <= kNameMaxBytes && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!plain) return NotAPage(what_);
    return name;
  }
  Result<std::string> Time(std::string_view pointer) const {
    std::string text = TRY(Text(pointer));
    const auto at = ParseInstant(text);
    if (!at || ToText(*at) != text) return NotAPage(what_);
    return text;
  }
  Result<Sha256> Digest(std::string_view pointer) const {
    const auto digest = Sha256::FromHexText(TRY(Text(pointer)));
    if (!digest) return NotAPage(what_);
    return *digest;
  }
  const json* At(std::string_view pointer) const {
    const json::json_pointer at{std::string(pointer)};
    return value_.contains(at) ? &value_.at(at) : nullptr;
  }

 private:
  Page(json value, std::string_view what) : value_(std::move(value)), what_(what) {}
  json value_;
  std::string what_;
};

}  // namespace

std::string OuterText(const OuterPage& page) {
  json parts = json::array();
  for (const Sha256& part : page.parts) parts.push_back(part.hex());
  return Canonical({{"format", kOuterFormat},
                    {"package", page.package},
                    {"created", page.created},
                    {"sender", {{"authority", page.sender}, {"certificate_sha256", page.sender_certificate.hex()}}},
                    {"recipient",
                     {{"authority", page.recipient},
                      {"certificate_sha256", page.recipient_certificate.hex()},
                      {"envelope", page.envelope},
                      {"envelope_sha256", page.envelope_sha256.hex()}}},
                    {"payload",
                     {{"file", kPayloadName},
                      {"size_bytes", page.payload_bytes},
                      {"part_bytes", kPartBytes},
                      {"parts_sha256", parts}}}}) +
         "\n";
}

Result<OuterPage> ParseOuter(std::string_view text) {
  const Page page = TRY(Page::Parse(text, kOuterName, kOuterFormat));
  OuterPage out;  // field by field: a TRY inside a list of fields would leak those before it (a defect of GCC 12)
  out.package = TRY(page.Name("/package"));
  out.created = TRY(page.Time("/created"));
  out.sender = TRY(page.Name("/sender/authority"));
  out.recipient = TRY(page.Name("/recipient/authority"));
  out.envelope = TRY(page.Text("/recipient/envelope"));
  out.sender_certificate = TRY(page.Digest("/sender/certificate_sha256"));
  out.recipient_certificate = TRY(page.Digest("/recipient/certificate_sha256"));
  out.envelope_sha256 = TRY(page.Digest("/recipient/envelope_sha256"));
  out.payload_bytes = static_cast<uint64_t>(TRY(page.Number("/payload/size_bytes")));
  const json* parts = page.At("/payload/parts_sha256");
  const uint64_t part_count = (out.payload_bytes + kPartBytes - 1) / kPartBytes;
  if (out.envelope != "key-" + out.recipient + ".cms" || parts == nullptr || !parts->is_array() ||
      parts->size() != part_count)
    return NotAPage(kOuterName);
  for (const json& part : *parts) {
    const auto digest = part.is_string() ? Sha256::FromHexText(part.get_ref<const std::string&>()) : Sha256::From({});
    if (!digest) return NotAPage(kOuterName);
    out.parts.push_back(*digest);
  }
  if (OuterText(out) != text) return NotAPage(kOuterName);  // a field more, or another spelling
  return out;
}

std::string InnerText(const InnerPage& page) {
  return Canonical({{"format", kManifestFormat},
                    {"package", page.package},
                    {"operation", page.operation},
                    {"kind", page.kind},
                    {"sender", page.sender},
                    {"recipient", page.recipient},
                    {"gateway", {{"id", page.gateway}, {"legal_reference", page.legal_reference}}},
                    {"created", page.created},
                    {"account_count", page.account_count},
                    {"file_count", page.file_count},
                    {"contents_sha256", page.contents_sha256.hex()}}) +
         "\n";
}

Result<InnerPage> ParseInner(std::string_view text) {
  const Page page = TRY(Page::Parse(text, kManifestName, kManifestFormat));
  InnerPage out;
  out.package = TRY(page.Name("/package"));
  out.operation = TRY(page.Name("/operation"));
  out.kind = TRY(page.Text("/kind"));
  out.sender = TRY(page.Name("/sender"));
  out.recipient = TRY(page.Name("/recipient"));
  out.gateway = TRY(page.Text("/gateway/id"));
  out.legal_reference = TRY(page.Text("/gateway/legal_reference"));
  out.created = TRY(page.Time("/created"));
  if (!FromText<PackageKind>(out.kind)) return NotAPage(kManifestName);
  out.account_count = TRY(page.Number("/account_count"));
  out.file_count = TRY(page.Number("/file_count"));
  out.contents_sha256 = TRY(page.Digest("/contents_sha256"));
  if (InnerText(out) != text) return NotAPage(kManifestName);
  return out;
}

}  // namespace crossguard
