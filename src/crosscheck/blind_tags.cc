#include "crosscheck/blind_tags.h"

#include <algorithm>
#include <cstring>

#include "base/json.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "model/canonical.h"

namespace crossguard::crosscheck {
namespace {

using nlohmann::json;
using CardKey = FixedBytes<kTagBytes>;
using Entry = FixedBytes<kTagEntryBytes>;

constexpr std::string_view kInputPrefix = "crossguard-selector/1\n";
constexpr std::string_view kTagLabel = "crossguard hit tag ";
constexpr std::string_view kCardLabel = "crossguard hit card";

// Of one output, one mask a possible owner: the tag, and what hides the key of the owner's card.
struct Mask {
  HitTag tag;
  CardKey hides;
};
Mask MaskOf(const VoprfOutput& output, int place) {
  const Sha256 both = HmacSha256(output.view(), AsBytes(std::string(kTagLabel) + static_cast<char>('0' + place)));
  Mask out;
  std::copy_n(both.bytes.begin(), kTagBytes, out.tag.bytes.begin());
  std::copy_n(both.bytes.begin() + kTagBytes, kTagBytes, out.hides.bytes.begin());
  return out;
}
static_assert(kOwnersPerSelectorMax < 10, "the place is one digit");

CardKey Xor(const CardKey& a, const CardKey& b) {
  CardKey out;
  for (size_t i = 0; i < kTagBytes; ++i) out.bytes[i] = a.bytes[i] ^ b.bytes[i];
  return out;
}

SecretKey SealingKey(const CardKey& key) {
  return HkdfSha256Key(key.view(), {}, AsBytes(kCardLabel));
}

// Cards of one length step look alike.
Result<Bytes> SealCard(const json& card, const CardKey& key, Random& random) {
  std::string text = Canonical(card);
  text.resize((text.size() + kCardBytesStep - 1) / kCardBytesStep * kCardBytesStep, ' ');
  if (text.size() + 2 * kTagEntryBytes + kCardBytesStep > kCardBytesMax)
    return Fail(Code::kInvalid, "The contact of an owner is too long for a card; shorten it in its holdings.");
  return SealSmall(AsBytes(text), SealingKey(key), AsBytes(kCardLabel), random);
}

std::optional<Entry> Find(ByteView entries, const HitTag& tag) {
  size_t low = 0, high = entries.size() / kTagEntryBytes;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const int order = std::memcmp(entries.data() + middle * kTagEntryBytes, tag.bytes.data(), kTagBytes);
    if (order == 0) return Entry::From(entries.subspan(middle * kTagEntryBytes, kTagEntryBytes)).value();
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return std::nullopt;
}

Result<HitNoHit> OpenCard(const CardKey& key, std::string_view type, std::span<const Bytes> cards) {
  const SecretKey sealing = SealingKey(key);
  for (const Bytes& sealed : cards) {
    const auto opened = OpenSmall(sealed, sealing, AsBytes(kCardLabel));
    if (!opened) continue;
    const json card = ParseJson(*opened);
    if (!card.is_object() || card.size() != 2 || !card.value("owner", json()).is_string() ||
        !card.value("contact", json()).is_string())
      break;
    return HitNoHit{.hit = true, .type = std::string(type), .owner = card["owner"], .contact = card["contact"]};
  }
  return Fail(Code::kCorrupt, "A tag was met and no card belongs to it; ask the holder to publish its tags anew.");
}

}  // namespace

std::string BlindInputOf(std::string_view type, std::string_view value) {
  return std::string(kInputPrefix) + std::string(type) + "\n" + std::string(value);
}

Result<CardKey> TagSetMaker::CardKeyOf(const Tellable& one) {
  const std::pair<std::string, std::string> who{one.owner, one.contact};
  if (const auto known = card_keys_.find(who); known != card_keys_.end()) return known->second;
  if (card_keys_.size() >= kCardsMax)
    return Fail(Code::kExhausted, "The tags would name more than 256 owners and contacts; merge their holdings.");
  const CardKey key{random_.Take<kTagBytes>()};
  cards_.push_back(TRY(SealCard({{"owner", one.owner}, {"contact", one.contact}}, key, random_)));
  card_keys_.emplace(who, key);
  return key;
}

Status TagSetMaker::Add(const Tellable& one) {
  std::string input = BlindInputOf(one.type, one.value);
  if (input != last_input_) {
    last_output_ = TRY(key_.Output(AsBytes(input)));
    last_input_ = std::move(input);
    owners_of_last_ = 0;
  }
  if (owners_of_last_ >= kOwnersPerSelectorMax) return {};
  if (entries_.size() >= kTagsMax)
    return Fail(Code::kExhausted, "One set of tags holds 16,777,216 entries; ask for less to be told.");
  const Mask mask = MaskOf(last_output_, owners_of_last_++);
  const CardKey masked = Xor(TRY(CardKeyOf(one)), mask.hides);
  Entry entry;
  std::ranges::copy(mask.tag.bytes, entry.bytes.begin());
  std::ranges::copy(masked.bytes, entry.bytes.begin() + kTagBytes);
  entries_.push_back(entry);
  return {};
}

Result<TagSet> TagSetMaker::Finish() {
  const size_t entry_count = std::max(kTagsStep, (entries_.size() + kTagsStep - 1) / kTagsStep * kTagsStep);
  entries_.reserve(entry_count);
  while (entries_.size() < entry_count) entries_.push_back({random_.Take<kTagEntryBytes>()});
  const size_t card_count = std::max(kCardsStep, (cards_.size() + kCardsStep - 1) / kCardsStep * kCardsStep);
  while (cards_.size() < card_count) {
    const CardKey nobody{random_.Take<kTagBytes>()};
    cards_.push_back(TRY(SealCard({{"owner", ""}, {"contact", ""}}, nobody, random_)));
  }
  std::ranges::sort(entries_);
  std::ranges::sort(cards_);
  TagSet out;
  out.entries.reserve(entries_.size() * kTagEntryBytes);
  for (const Entry& entry : entries_) out.entries.insert(out.entries.end(), entry.bytes.begin(), entry.bytes.end());
  out.cards = std::move(cards_);
  return out;
}

Result<std::vector<HitNoHit>> LookUp(const VoprfOutput& output, std::string_view type, const EntriesAround& entries,
                                     std::span<const Bytes> cards) {
  std::vector<HitNoHit> out;
  for (int place = 0; place < kOwnersPerSelectorMax; ++place) {
    const Mask mask = MaskOf(output, place);
    const Bytes around = TRY(entries(mask.tag));
    const auto entry = Find(around, mask.tag);
    if (!entry) break;
    const CardKey masked = CardKey::From(entry->view().subspan(kTagBytes)).value();
    out.push_back(TRY(OpenCard(Xor(masked, mask.hides), type, cards)));
  }
  if (out.empty()) out.emplace_back();
  return out;
}

Status CheckEntries(ByteView entries) {
  if (entries.empty() || entries.size() % kTagEntryBytes != 0)
    return Fail(Code::kInvalid, "The tags are cut short; they must be sent anew.");
  for (size_t at = kTagEntryBytes; at < entries.size(); at += kTagEntryBytes) {
    if (std::memcmp(entries.data() + at - kTagEntryBytes, entries.data() + at, kTagBytes) >= 0)
      return Fail(Code::kInvalid, "The tags are not in their order, each once; they must be sent anew.");
  }
  return {};
}

}  // namespace crossguard::crosscheck
