// For the tests of the vocabularies: one value at one place of a document, and where it must be found afterwards.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>

#include "intake/testing_kept.h"

namespace crossguard::intake {

constexpr std::string_view kValue = "needle-7";

struct Row {
  std::string path;   // "a/b/c", "a/b@attribute"
  std::string where;  // "reported.identifier"; "reported?path"
  std::string value = std::string(kValue);
};

inline std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    const size_t end = std::min(text.find(separator), text.size());
    out.emplace_back(text.substr(0, end));
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

inline void Expect(const Row& row, const Kept& kept, const std::string& text) {
  const std::vector<std::string> lines = WrittenOut(kept).lines();
  EXPECT_THAT(lines, testing::Contains(row.where + " = " + row.value)) << row.path << "\n" << text;
  EXPECT_THAT(kept.damage, testing::IsEmpty()) << row.path;
  if (row.value == kValue) {
    const auto times =
        std::ranges::count_if(lines, [](const std::string& line) { return line.find(kValue) != std::string::npos; });
    EXPECT_EQ(times, 1) << "kept once, not lost and not twice: " << row.path << "\n" << text;
  }
}

inline std::string InUtf16(std::string_view ascii, bool little, bool mark) {
  std::string out;
  const auto put = [&](char high, char low) { out += little ? std::string{low, high} : std::string{high, low}; };
  if (mark) put('\xFE', '\xFF');
  for (const char c : ascii) put('\0', c);
  return out;
}

inline size_t CountOf(std::string_view text, std::string_view what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

}  // namespace crossguard::intake
