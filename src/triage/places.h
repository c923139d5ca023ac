// What a person's own words say about a country: names and codes, "I live in ...", and the language itself. Small on
// purpose: fixed tables (places.cc), whole words only, and nothing is guessed from a name that several countries share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crossguard {

// "NZ", "nzl", "New Zealand", "Neuseeland" -> "NZ"; "" when the text is not exactly one country's code or name.
std::string CountryFromText(std::string_view text);
// A city that only one country is known for -> its country; "" otherwise.
std::string CountryOfCity(std::string_view city);

struct PlaceStatement {
  std::string country;
  std::string pattern;  // the words that make it a statement: "i live in"
};
// "I live in X", "ich wohne in X", ... with X a country or a city of the tables. Wishes, the past and denials do not
// count. At most 8 statements; each country once.
std::vector<PlaceStatement> FindPlaceStatements(std::string_view text);

struct LanguageHint {
  std::string language;  // ISO 639-1; "script:cyrl" where only the script is told
  std::vector<std::string>
      countries;  // where it is the main language; one = telling, several = only a support for other hints
};
// From the script and from stop words (three hits of two different ones at least). Empty language when it cannot be
// told; English is never a hint.
LanguageHint DetectLanguage(std::string_view text);
// A declared tag: "hu", "de-AT" (the region counts alone).
LanguageHint LanguageFromTag(std::string_view tag);

// Lower case for Latin, Greek and Cyrillic letters; everything else, bad UTF-8 too, as it is. The length does not
// change.
std::string Lower(std::string_view text);
// `word` in `lower_text` with no letter or digit directly before or after it. Both lower case.
bool HasWord(std::string_view lower_text, std::string_view word);

}  // namespace crossguard
