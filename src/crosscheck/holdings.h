// A partner lays down holdings to be compared (docs/formats/operation.md, "Holdings"), with their labels. The owner
// stays the owner: purpose, handling codes, grade and contact are kept as given and bind every use.
//
// Only suspects, convicted and potential future criminals may stand in a cross-check index (Regulation (EU) 2016/794,
// Annex II.A); every other item is refused and counted by reason.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "custody/gate.h"
#include "model/ids.h"

namespace crossguard {

class IdMaker;

namespace crosscheck {

constexpr uint64_t kHoldingsMaxBytes = 1ULL << 30;
constexpr uint64_t kHoldingItemsMax = 10'000'000;
constexpr size_t kHoldingTextMaxBytes = 4'096;

struct ImportedContribution {
  Key<Contribution> key;
  Id<Contribution> id;
  std::string owner;
  std::string grade;              // 4x4; "X4" if not given or not of the scheme
  bool already_imported = false;  // the same bytes were taken before: nothing changed
  int64_t item_count = 0;         // = taken + refused, always
  int64_t taken_count = 0;
  int64_t refused_count = 0;
  std::map<std::string, int64_t>
      refusals;  // reason -> count: category_victim, category_witness, ..., unknown_type, bad_value, duplicate
};

// permit: Act::kImportContribution. kInvalid: not holdings, no owner, no purpose, no contact, an unknown handling code
// or H3 without its text: a label that cannot be read cannot be obeyed. kExhausted: over a limit above.
Result<ImportedContribution> ImportContribution(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                                                ByteView bytes);

}  // namespace crosscheck
}  // namespace crossguard
