// Blanking a person's records in a provider's document that speaks of others too: the document keeps its length, its
// lines and its shape, so that every place that was noted for the others still holds. Records are found as excerpts
// find them (package/excerpt.h): what is not understood is not blanked, and the caller learns how many were.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/needles.h"

namespace crossguard {

struct Masking {
  int64_t record_count = 0;  // whole records of the wanted accounts
  int64_t value_count = 0;   // values outside of them
};

// identifiers: provider's account ids whose records go. values: what goes wherever it stands. XML records become a
// comment, JSON objects {"erased":true}, table rows fields of 'x'. Nothing is done to a document that is not UTF-8.
Masking MaskDocument(std::string& document, const std::set<std::string>& identifiers, const Needles& values);

}  // namespace crossguard
