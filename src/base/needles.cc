#include "base/needles.h"

#include <algorithm>

namespace crossguard {
namespace {

constexpr unsigned kFilterBits = 20;

char Fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsWord(char c) {
  const char folded = Fold(c);
  return IsDigit(c) || (folded >= 'a' && folded <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

uint64_t Prefix(const char* at) {
  uint64_t out = 0;
  for (size_t i = 0; i < Needles::kBytesMin; ++i) out = (out << 8U) | static_cast<unsigned char>(Fold(at[i]));
  return out;
}
size_t Slot(uint64_t prefix) {
  return static_cast<size_t>((prefix * 0x9E37'79B9'7F4A'7C15ULL) >> (64U - kFilterBits));
}

// Is what stands there a value of its own, not the part of a longer one?
bool StandsAlone(std::string_view text, size_t at, size_t size_bytes) {
  const std::string_view found = text.substr(at, size_bytes);
  const bool address = found.find('@') != std::string_view::npos;
  const auto joins = [&](char c) { return IsWord(c) || (address && (c == '.' || c == '-' || c == '+')); };
  if (at > 0 && IsWord(found.front()) && joins(text[at - 1])) return false;
  const size_t end = at + size_bytes;
  if (end >= text.size() || !IsWord(found.back())) return true;
  if (IsWord(text[end])) return false;
  // "a@b.example" is not "a@b.example.org", but may end a sentence.
  return !(address && (text[end] == '.' || text[end] == '-') && end + 1 < text.size() && IsWord(text[end + 1]));
}

}  // namespace

Needles::Needles() : may_begin_(size_t{1} << kFilterBits) {}

bool Needles::Add(std::string_view needle) {
  if (needle.size() < kBytesMin) return false;
  std::string folded(needle);
  std::ranges::transform(folded, folded.begin(), Fold);
  if (!known_.insert(folded).second) return false;
  const uint64_t prefix = Prefix(folded.data());
  may_begin_[Slot(prefix)] = true;
  std::vector<uint32_t>& same = by_prefix_[prefix];
  same.push_back(static_cast<uint32_t>(needles_.size()));
  longest_bytes_ = std::max(longest_bytes_, folded.size());
  needles_.push_back(std::move(folded));
  std::ranges::sort(same, [&](uint32_t a, uint32_t b) { return needles_[a].size() > needles_[b].size(); });
  return true;
}

std::optional<Needles::Found> Needles::Find(std::string_view text, Where where, size_t from) const {
  if (needles_.empty()) return std::nullopt;
  for (size_t at = from; at + kBytesMin <= text.size(); ++at) {
    const uint64_t prefix = Prefix(text.data() + at);
    if (!may_begin_[Slot(prefix)]) continue;
    const auto same = by_prefix_.find(prefix);
    if (same == by_prefix_.end()) continue;
    for (const uint32_t i : same->second) {
      const std::string& needle = needles_[i];
      if (at + needle.size() > text.size()) continue;
      if (!std::ranges::equal(text.substr(at, needle.size()), needle, {}, Fold)) continue;
      if (where == Where::kWords && !StandsAlone(text, at, needle.size())) continue;
      return Found{.at = at, .size_bytes = needle.size()};
    }
  }
  return std::nullopt;
}

std::string MaskOf(std::string_view text) {
  return std::string(text.size(), std::ranges::all_of(text, IsDigit) ? '1' : 'x');
}

size_t Needles::Mask(std::string& text) const {
  size_t count = 0;
  size_t from = 0;
  while (const auto found = Find(text, Where::kWords, from)) {
    text.replace(found->at, found->size_bytes, MaskOf(std::string_view(text).substr(found->at, found->size_bytes)));
    from = found->at + found->size_bytes;
    ++count;
  }
  return count;
}

}  // namespace crossguard
