// Hit or no hit without telling the question: what a holder may tell one authority, as tags that mean nothing without
// an answer of the holder's key (crypto/voprf.h). Who asks looks its outputs up among the tags and learns type, owner
// and contact, exactly as an open question would have told it; the holder learns how much was asked.
// docs/decisions/blinded_hit_no_hit.md, docs/formats/messages/blinded_hits.md.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crosscheck/partner_match.h"
#include "crypto/voprf.h"

namespace crossguard::crosscheck {

constexpr size_t kTagBytes = 16;
constexpr size_t kTagEntryBytes = 32;              // tag | masked card key
constexpr size_t kTagsStep = 1'024;                // a set is filled up with random entries to a multiple of it
constexpr size_t kTagsMax = 16'777'216;            // entries of one set
constexpr size_t kCardsStep = 8, kCardsMax = 256;  // sealed cards, filled up likewise
constexpr size_t kCardBytesStep = 512, kCardBytesMax = 8'192;  // of one sealed card
constexpr int kOwnersPerSelectorMax = 8;                       // as an open answer

using HitTag = FixedBytes<kTagBytes>;

// One thing that may be told: this owner holds something on this selector. Type and value normalised.
struct Tellable {
  std::string_view type, value, owner, contact;
};

// The input of the keyed function.
std::string BlindInputOf(std::string_view type, std::string_view value);

struct TagSet {
  Bytes entries;             // kTagEntryBytes each, sorted
  std::vector<Bytes> cards;  // sealed {owner, contact}, sorted by their bytes
};

// Makes the set of one authority and epoch. O(n log n), 48 bytes an entry and about 50 microseconds each. The key and
// the randomness must outlive it.
class TagSetMaker {
 public:
  TagSetMaker(const VoprfKey& key, Random& random) : key_(key), random_(random) {}
  // Those of one selector one after the other; beyond kOwnersPerSelectorMax they are left out, as in an open answer.
  // kExhausted: more entries or owners than a set may hold. kInvalid: what has no element (crypto/voprf.h).
  Status Add(const Tellable& one);
  // Once. The set, filled up.
  Result<TagSet> Finish();

 private:
  Result<FixedBytes<kTagBytes>> CardKeyOf(const Tellable& one);
  const VoprfKey& key_;
  Random& random_;
  std::string last_input_;
  VoprfOutput last_output_;
  int owners_of_last_ = 0;
  std::vector<FixedBytes<kTagEntryBytes>> entries_;
  std::map<std::pair<std::string, std::string>, FixedBytes<kTagBytes>> card_keys_;
  std::vector<Bytes> cards_;
};

// The sorted entries among which a tag lies if it is in the set at all: the set, or the part of it that may hold it.
using EntriesAround = std::function<Result<Bytes>(const HitTag& tag)>;

// What an output meets, as CrossCheckPartners would say it: one {hit = false} if nothing. kCorrupt: a tag met, and none
// of the cards opens with it.
Result<std::vector<HitNoHit>> LookUp(const VoprfOutput& output, std::string_view type, const EntriesAround& entries,
                                     std::span<const Bytes> cards);

// kInvalid unless the entries are whole, sorted and each once.
Status CheckEntries(ByteView entries);

}  // namespace crossguard::crosscheck
