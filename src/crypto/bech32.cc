#include "crypto/bech32.h"

#include <array>

namespace crossguard {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr size_t kChecksumLength = 6;

// The BCH code's remainder, over 5-bit values.
class Checksum {
 public:
  void Feed(uint8_t value) {
    static constexpr std::array<uint32_t, 5> kGenerator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    const uint32_t top = state_ >> 25U;
    state_ = ((state_ & 0x1ffffffU) << 5U) ^ value;
    for (unsigned i = 0; i < kGenerator.size(); ++i) {
      if (((top >> i) & 1U) != 0) state_ ^= kGenerator[i];
    }
  }
  void FeedPrefix(std::string_view prefix) {
    for (const char c : prefix) Feed(static_cast<uint8_t>(static_cast<uint8_t>(c) >> 5U));
    Feed(0);
    for (const char c : prefix) Feed(static_cast<uint8_t>(static_cast<uint8_t>(c) & 31U));
  }
  uint32_t state() const { return state_; }

 private:
  uint32_t state_ = 1;
};

}  // namespace

std::string EncodeBech32(std::string_view prefix, ByteView data) {
  std::string out(prefix);
  out += '1';
  Checksum checksum;
  checksum.FeedPrefix(prefix);
  const auto put = [&](uint32_t value) {
    checksum.Feed(static_cast<uint8_t>(value));
    out += kAlphabet[value];
  };
  uint32_t buffer = 0;
  unsigned bits = 0;
  for (const uint8_t byte : data) {
    buffer = (buffer << 8U) | byte;
    for (bits += 8; bits >= 5;) {
      bits -= 5;
      put((buffer >> bits) & 31U);
    }
  }
  if (bits > 0) put((buffer << (5 - bits)) & 31U);
  for (size_t i = 0; i < kChecksumLength; ++i) checksum.Feed(0);
  const uint32_t sum = checksum.state() ^ 1U;
  for (unsigned i = 0; i < kChecksumLength; ++i) out += kAlphabet[(sum >> (5 * (5 - i))) & 31U];
  return out;
}

Result<Bech32> DecodeBech32(std::string_view text) {
  const auto fail = [] {
    return Fail(Code::kInvalid, "The key is not spelled right: copy it again, whole, in one case.");
  };
  if (text.size() > kBech32LengthMax) return fail();
  std::string folded;
  bool lower = false;
  bool upper = false;
  for (const char c : text) {
    if (c < 0x21 || c > 0x7e) return fail();
    lower = lower || (c >= 'a' && c <= 'z');
    upper = upper || (c >= 'A' && c <= 'Z');
    folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const size_t split = folded.rfind('1');
  if ((lower && upper) || split == std::string::npos || split == 0 || folded.size() - split - 1 < kChecksumLength) {
    return fail();
  }
  Bech32 out{.prefix = folded.substr(0, split), .data = {}};
  Checksum checksum;
  checksum.FeedPrefix(out.prefix);
  const std::string_view rest = std::string_view(folded).substr(split + 1);
  uint32_t buffer = 0;
  unsigned bits = 0;
  for (size_t i = 0; i < rest.size(); ++i) {
    const size_t value = kAlphabet.find(rest[i]);
    if (value == std::string_view::npos) return fail();
    checksum.Feed(static_cast<uint8_t>(value));
    if (i >= rest.size() - kChecksumLength) continue;
    buffer = (buffer << 5U) | static_cast<uint32_t>(value);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.data.push_back(static_cast<uint8_t>(buffer >> bits));
    }
  }
  if (checksum.state() != 1 || bits >= 5 || (buffer & ((1U << bits) - 1U)) != 0) return fail();
  return out;
}

}  // namespace crossguard
