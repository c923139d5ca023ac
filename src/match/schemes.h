// Classification schemes and what their codes mean. The same number means opposite things in two generations of one
// scheme (0 and 5 are swapped between them), so a code is never compared without its scheme, and an unknown scheme or
// code is `unclassified`, never benign.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace crossguard::match {

// Coarse on purpose: just enough to see that two lists disagree about one file.
enum class Meaning : uint8_t {
  kUnclassified,
  kAbuseMaterial,
  kExploitive,
  kDrawnOrGenerated,
  kComparison,
  kNonPertinent
};
std::string_view Text(Meaning meaning);

struct SchemeName {
  std::string id = "unclassified";
  std::string country;  // upper case, "" if none
  std::string version;
};

// From the address in `@odata.context` (2.0) or `odata.metadata` (1.x). A country whose scheme is not known here keeps
// country and version, with the id "unclassified".
SchemeName SchemeOfContext(std::string_view context);

// kUnclassified for what is not in the table.
Meaning MeaningOf(std::string_view scheme, std::string_view code);

}  // namespace crossguard::match
