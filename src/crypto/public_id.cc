#include "crypto/public_id.h"

#include "base/bytes.h"
#include "crypto/digest.h"

namespace crossguard {

std::string IdMaker::MakeText(std::string_view prefix, std::string_view natural_key) const {
  constexpr size_t kIdBytes = 10;
  std::string message(prefix);
  message += '\0';
  message += natural_key;
  const Sha256 mac = HmacSha256(key_.reveal(), AsBytes(message));
  return std::string(prefix) + "-" + ToBase32Lower(mac.view().first(kIdBytes));
}

std::string UuidOf(std::string_view id_text) {
  Sha256 digest = HashSha256(AsBytes(id_text));
  digest.bytes[6] = static_cast<uint8_t>((digest.bytes[6] & 0x0FU) | 0x50U);
  digest.bytes[8] = static_cast<uint8_t>((digest.bytes[8] & 0x3FU) | 0x80U);
  const std::string hex = ToHex(digest.view().first(16));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

}  // namespace crossguard
