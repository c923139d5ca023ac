// The hash lists that know some of the pictures, and what each of their entries can reach.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/content.h"

namespace crossguard::simulate {

enum class ListNo : uint8_t { kOwn, kVics, kIcse, kBenign };
constexpr size_t kListCount = 4;

struct ListForm {
  std::string_view file;  // below lists/
  std::string_view name;  // as `crossguard list show` has it
  std::string_view head, foot;
};
const ListForm& FormOf(ListNo list);

struct ListedEntry {
  ListNo list{};
  std::string id;
  bool variant = false;  // its digests are those of another encoding of the same picture
  bool has_pdq = false;
  bool live = true;  // neither withdrawn nor on the benign list
};
std::vector<ListedEntry> EntriesOf(uint64_t base);

// How an entry meets a content: "sha256", "sha1", "md5", "pdq", of a video "vpdq", or "" if by no hash.
std::string_view HowMet(const ListedEntry& entry, const PlannedContent& content);
// Beyond what the hash of the entry is made to reach; a person would still want the hit.
bool IsHardHit(const ListedEntry& entry, const PlannedContent& content);
// What would explain a miss: "exact", "no common hash", or what was done to the picture.
std::string_view HitCause(const ListedEntry& entry, const PlannedContent& content);

using ListRows = std::array<std::string, kListCount>;
void AppendEntries(const OperationPlan& plan, uint64_t base, ContentMaker& maker, ListRows& out);
// Entries that meet nothing here, as most of a list does.
void AppendStrangers(uint64_t seed, int64_t count, ListRows& out);

}  // namespace crossguard::simulate
