// Bytes and their text forms.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace crossguard {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes ToBytes(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}
inline Bytes ToBytes(std::string_view text) {
  return ToBytes(AsBytes(text));
}

std::string ToHex(ByteView bytes);                // lower case
Result<Bytes> FromHex(std::string_view hex);      // either case; kInvalid on odd length or other characters
std::string ToBase64(ByteView bytes);             // RFC 4648 with padding
std::string ToBase64Unpadded(ByteView bytes);     // as age and tlog notes write it
Result<Bytes> FromBase64(std::string_view text);  // strict RFC 4648; padding may be absent
std::string ToBase32Lower(ByteView bytes);        // RFC 4648 alphabet a-z2-7, no padding

// A digest or fingerprint of fixed length. Compares, orders and hashes as bytes.
template <size_t N>
struct FixedBytes {
  std::array<uint8_t, N> bytes{};
  static constexpr size_t kSize = N;
  auto operator<=>(const FixedBytes&) const = default;
  ByteView view() const { return {bytes.data(), N}; }
  std::string hex() const { return ToHex(view()); }
  static Result<FixedBytes> From(ByteView view) {
    if (view.size() != N)
      return Fail(Code::kInvalid, "Expected " + std::to_string(N) + " bytes, got " + std::to_string(view.size()) + ".");
    FixedBytes out;
    std::copy(view.begin(), view.end(), out.bytes.begin());
    return out;
  }
  static Result<FixedBytes> FromHexText(std::string_view hex) {
    const Bytes raw = TRY(FromHex(hex));
    return From(raw);
  }
};
using Md5 = FixedBytes<16>;
using Sha1 = FixedBytes<20>;
using Sha256 = FixedBytes<32>;
using Pdq = FixedBytes<32>;  // bit 0 is the last bit of the last byte: hex prints as the public reference does

// True if the text is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);
// Well-formed UTF-8 with every bad byte replaced by U+FFFD.
std::string ToValidUtf8(std::string_view text);

}  // namespace crossguard
