// Keys by which two reports of one child, person, case or place are seen to be one, without saying who it is.
//
// The rule, published so that any agency's own system can follow it:
//   key = "key-" base32(first 16 bytes of HMAC-SHA-256(K, "crossguard-outcome-key/1" 0x00 class 0x00
//   normal(reference))) class: case | person | place | child | account; base32: RFC 4648 alphabet in lower case,
//   without padding normal: ASCII letters in upper case, blanks (space, tab) dropped, everything else as it is
// K is 32 bytes that the participants of an operation share and nobody else has: references are short and could be
// guessed one by one without it. The reference is one that several agencies know for the same child or person: the
// number of a victim in the shared identification database, or "<service>/<esp identifier>" of an account.
#pragma once

#include <string>
#include <string_view>

#include "crypto/secret.h"
#include "model/outcome.h"

namespace crossguard::outcome {

constexpr std::string_view kTokenPrefix = "key-";
constexpr size_t kReferenceMaxBytes = 300;

// kInvalid: a reference that is empty, too long or has control characters.
Result<std::string> SubjectToken(const SecretKey& operation_key, UnitClass unit, std::string_view reference);
bool IsToken(std::string_view text);

}  // namespace crossguard::outcome
