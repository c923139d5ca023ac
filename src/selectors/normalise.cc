#include "selectors/normalise.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <array>

#include "base/bytes.h"
#include "selectors/rules.h"

namespace crossguard {
namespace {

Result<std::string> ScreenName(std::string_view raw, std::string_view service_hint) {
  const std::string folded = TRY(FoldText(raw));
  std::string service = TRY(FoldText(service_hint));
  for (char& c : service) c = c == '/' ? '_' : c;
  std::string_view name = folded;
  if (service.empty()) {
    const size_t slash = name.find('/');
    if (slash == std::string_view::npos || slash == 0)
      return Fail(Code::kInvalid, "A screen name needs its service: write service/name.");
    service = name.substr(0, slash);
    name.remove_prefix(slash + 1);
  } else if (name.size() > service.size() && name.starts_with(service) && name[service.size()] == '/') {
    name.remove_prefix(service.size() + 1);
  }
  service = std::string(selector_rules::Trim(service));
  while (name.starts_with('@') || name.starts_with(' ')) name.remove_prefix(1);
  // "svc/svc/x" would lose one part at each pass: a name never begins with its own service.
  while (!service.empty() && name.size() > service.size() && name.starts_with(service) && name[service.size()] == '/') {
    name.remove_prefix(service.size() + 1);
    while (name.starts_with('@') || name.starts_with(' ')) name.remove_prefix(1);
  }
  if (service.empty() || service.size() > 100)
    return Fail(Code::kInvalid, "The service of a screen name has 1 to 100 bytes.");
  if (name.empty() || name.size() > 256) return Fail(Code::kInvalid, "A screen name has 1 to 256 bytes.");
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      return Fail(Code::kInvalid, "A screen name holds no control characters.");
  }
  return service + '/' + std::string(name);
}

}  // namespace

Result<std::string> FoldText(std::string_view raw) {
  if (raw.size() > kSelectorRawMax) return Fail(Code::kInvalid, "A selector has at most 4096 bytes.");
  if (!IsUtf8(raw)) return Fail(Code::kInvalid, "The value is not UTF-8.");
  bool plain = true;  // ASCII needs no tables
  for (const char c : raw) plain = plain && static_cast<unsigned char>(c) < 0x80;
  std::string folded;
  if (plain) {
    for (const char c : raw) folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  } else {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* rule = icu::Normalizer2::getNFKCCasefoldInstance(status);
    if (U_FAILURE(status))
      return Fail(Code::kUnavailable, "The Unicode tables could not be opened; install ICU's data.");
    const icu::UnicodeString out = rule->normalize(
        icu::UnicodeString::fromUTF8(icu::StringPiece(raw.data(), static_cast<int32_t>(raw.size()))), status);
    if (U_FAILURE(status)) return Fail(Code::kInvalid, "The value could not be case-folded.");
    out.toUTF8String(folded);
  }
  std::string out;
  for (const char c : folded) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

Result<std::string> Normalise(SelectorType type, std::string_view raw, const SelectorHint& hint) {
  using namespace selector_rules;
  raw = Trim(raw);
  if (raw.size() > kSelectorRawMax) return Fail(Code::kInvalid, "A selector has at most 4096 bytes.");
  if (!IsUtf8(raw)) return Fail(Code::kInvalid, "The value is not UTF-8.");
  if (raw.empty()) return Fail(Code::kInvalid, "The value is empty.");
  switch (type) {
    case SelectorType::kEmail:
      return Email(TRY(FoldText(raw)));
    case SelectorType::kPhone:
      return Phone(raw, hint.default_country, hint.calling_code);
    case SelectorType::kScreenName:
      return ScreenName(raw, hint.service);
    case SelectorType::kProfileUrl:
      return ProfileUrl(raw);
    case SelectorType::kDeviceId:
      return DeviceId(raw, hint.id_type);
    case SelectorType::kIp:
      return Ip(raw);
    case SelectorType::kPayment:
      return Payment(raw, hint.id_type);
  }
  return Fail(Code::kInvalid, "The selector's type is unknown.");
}

}  // namespace crossguard
