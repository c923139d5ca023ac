// What a long command tells while it works. Called often; the receiver decides how often to print.
#pragma once

#include <cstdint>
#include <string_view>

namespace crossguard {

struct ProgressNews {
  std::string_view stage;   // "sealing", "reading", "examining", ...
  int64_t done = 0;         // of `noun`
  int64_t total = 0;        // 0: not known
  std::string_view noun;    // "files", "documents"
  uint64_t byte_count = 0;  // 0: bytes say nothing here
};

class Progress {
 public:
  virtual ~Progress() = default;
  virtual void Tell(const ProgressNews& news) = 0;
  virtual void Note(std::string_view sentence) = 0;  // a step ended, a file was skipped: one line for people
};

}  // namespace crossguard
