#include "coordination/key.h"

#include <algorithm>

#include "crypto/digest.h"
#include "selectors/normalise.h"

namespace crossguard::coordination {
namespace {

constexpr std::string_view kRule = "crossguard-deconfliction/1";
// A value that another selector rule writes differently has another key: then this rule must get another number too.
static_assert(kKeyRuleVersion == 1 && kSelectorRuleVersion == 1);

Result<std::string> Material(std::string_view kind, std::string_view first, std::string_view second) {
  std::string out(kRule);
  for (const std::string_view part : {kind, first, second}) {
    if (part.empty() || part.size() > kKeyPartMaxBytes || !IsUtf8(part) || part.find('\0') != std::string_view::npos)
      return Fail(Code::kInvalid, "A deconfliction key needs parts of UTF-8 text, none empty or over 4096 bytes.");
    out += '\0';
    out += part;
  }
  return out;
}

// As providers write identifiers: case and inner blanks may tell two accounts apart, blanks around never do.
std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

Result<KeyMaterial> KeyMaterial::OfAccount(std::string_view service, std::string_view esp_identifier) {
  const std::string_view identifier = Trimmed(esp_identifier);
  if (identifier.starts_with("row:"))
    return Fail(Code::kInvalid, "An account without an identifier of its provider has no deconfliction key.");
  std::string folded = TRY(FoldText(service));
  std::ranges::replace(folded, '/', '_');
  return KeyMaterial(TRY(Material("account", folded, identifier)));
}

Result<KeyMaterial> KeyMaterial::OfSelector(SelectorType type, std::string_view value) {
  if (!Identifies(type, value))
    return Fail(Code::kInvalid,
                "Network addresses and cards have no deconfliction key: many share one; give another selector.");
  return KeyMaterial(TRY(Material("selector", Text(type), value)));
}

KeyMaterial KeyMaterial::OfFile(const Sha256& sha256) {
  auto material = Material("file", "sha256", sha256.hex());
  CHECK(material.has_value());
  return KeyMaterial(std::move(*material));
}

Sha256 KeyMaterial::OpenKey() const {
  return HashSha256(AsBytes(bytes_));
}

Sha256 KeyedKey(const SecretKey& operation_secret, const Sha256& open_key) {
  return HmacSha256(operation_secret.reveal(), open_key.view());
}

bool Identifies(SelectorType type, std::string_view value) {
  return type != SelectorType::kIp && !(type == SelectorType::kPayment && value.starts_with("card:"));
}

}  // namespace crossguard::coordination
