#include "outcome/tokens.h"

#include <algorithm>

#include "crypto/digest.h"

namespace crossguard::outcome {
namespace {

constexpr size_t kTokenBytes = 16;
constexpr size_t kTokenLetters = 26;  // 128 bits of base32

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string Normal(std::string_view reference) {
  std::string out;
  for (const char c : reference) {
    if (c == ' ' || c == '\t') continue;
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

}  // namespace

Result<std::string> SubjectToken(const SecretKey& operation_key, UnitClass unit, std::string_view reference) {
  const std::string normal = Normal(reference);
  if (normal.empty() || reference.size() > kReferenceMaxBytes || std::ranges::any_of(normal, IsControl))
    return Fail(Code::kInvalid, "A shared reference is one line of 1 to " + std::to_string(kReferenceMaxBytes) +
                                    " bytes that is not blank.");
  std::string message = "crossguard-outcome-key/1";
  message += '\0';
  message += Text(unit);
  message += '\0';
  message += normal;
  const Sha256 mac = HmacSha256(operation_key.reveal(), AsBytes(message));
  return std::string(kTokenPrefix) + ToBase32Lower(mac.view().first(kTokenBytes));
}

bool IsToken(std::string_view text) {
  if (!text.starts_with(kTokenPrefix) || text.size() != kTokenPrefix.size() + kTokenLetters) return false;
  return std::ranges::all_of(text.substr(kTokenPrefix.size()),
                             [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

}  // namespace crossguard::outcome
