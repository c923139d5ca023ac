// Many texts sought in one pass: what was erased must stand nowhere, and what speaks of it is masked. ASCII letters are
// compared without case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace crossguard {

class Needles {
 public:
  // Shorter ones would be found in what is somebody else's.
  static constexpr size_t kBytesMin = 6;

  Needles();
  // False if it is too short or known already.
  bool Add(std::string_view needle);
  size_t size() const { return needles_.size(); }
  bool empty() const { return needles_.empty(); }

  enum class Where : uint8_t {
    kWords,    // not as part of a longer word, number or address, which is somebody else's
    kAnywhere  // in raw bytes, where nothing says where a value begins
  };
  struct Found {
    size_t at = 0;
    size_t size_bytes = 0;
  };
  // The first one at or behind `from`; of those that begin there the longest.
  std::optional<Found> Find(std::string_view text, Where where, size_t from = 0) const;
  // Overwrites each one that is found (kWords), length kept: 'x', or '1' where it is all digits, so that a number stays
  // a number. Returns how many.
  size_t Mask(std::string& text) const;
  size_t longest_bytes() const { return longest_bytes_; }

 private:
  std::vector<std::string> needles_;  // folded
  std::unordered_set<std::string> known_;
  std::vector<bool> may_begin_;                                    // by a hash of the first bytes
  std::unordered_map<uint64_t, std::vector<uint32_t>> by_prefix_;  // first kBytesMin bytes -> needles
  size_t longest_bytes_ = 0;
};

// The same length, of one character: 'x', or '1' for digits.
std::string MaskOf(std::string_view text);

}  // namespace crossguard
