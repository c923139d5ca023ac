// Bech32 (BIP 173, without its 90-character limit, as the age format uses it): letters that survive being read aloud.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace crossguard {

struct Bech32 {
  std::string prefix;  // lower case
  Bytes data;
};

constexpr size_t kBech32LengthMax = 1024;

// prefix: 1..83 characters '!'..'~', lower case. The result is lower case.
std::string EncodeBech32(std::string_view prefix, ByteView data);
// All lower or all upper case. kInvalid on a wrong character, mixed case, wrong checksum or stray bits at the end.
Result<Bech32> DecodeBech32(std::string_view text);

}  // namespace crossguard
