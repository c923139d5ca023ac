// The one rule by which an identifier is written before it is compared: docs/formats/selectors.md, with the test
// vectors in tests/vectors/selectors.json. Two parties that both follow it find the same; a difference here is a silent
// false "no hit".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/words.h"

namespace crossguard {

// Rises when the same input may give another value. Kept with indexes and packages.
constexpr int kSelectorRuleVersion = 1;
constexpr size_t kSelectorRawMax = 4'096;  // bytes of raw text that are looked at; longer is kInvalid

struct SelectorHint {
  std::string_view service = {};          // screen_name: whose names these are
  std::string_view default_country = {};  // phone: ISO 3166-1 alpha-2 of a number written without its calling code
  std::string_view calling_code = {};  // phone: "+64" or "64", as declared beside the number; wins over default_country
  std::string_view id_type = {};       // device_id and payment: what kind of number it is ("IMEI", "MAC", "iban" ...)
};

// The canonical text, UTF-8. Pure. Normalise(t, Normalise(t, x, h), h) and Normalise(t, Normalise(t, x, h), {}) give
// the same again. kInvalid with a sentence that says what is wrong, never the value itself.
Result<std::string> Normalise(SelectorType type, std::string_view raw, const SelectorHint& hint = {});

// NFKC_Casefold (Unicode 15, UAX 31), then white space trimmed and each run of it one blank. Invalid UTF-8 is kInvalid.
Result<std::string> FoldText(std::string_view raw);

// True if the 15 digits end in their Luhn digit (3GPP TS 23.003 annex B). An IMEI that does not is kept all the same.
bool ImeiCheckDigitAgrees(std::string_view imei);
// ISO 13616: the country's length and MOD 97-10. `iban` in upper case without blanks.
bool IbanIsValid(std::string_view iban);
// The length of an IBAN of that country; 0 if the country has none.
size_t IbanLength(std::string_view country);

}  // namespace crossguard
