// For the tests of this module: the two examiner programs of the build, and a run over files in memory.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "examine/examiner_client.h"

namespace crossguard::examine::testing {

inline std::string ShippedProgram() {
  return CROSSGUARD_BINARY_DIR "/bin/crossguard-examiner";
}
inline std::string SabotageProgram() {
  return CROSSGUARD_BINARY_DIR "/src/examiner/crossguard-examiner-for-tests";
}

inline std::unique_ptr<Examiner> StartExaminer(ExaminerOptions options) {
  auto examiner = Examiner::Start(options);
  if (!examiner) {
    ADD_FAILURE() << examiner.error().message;
    return nullptr;
  }
  return *std::move(examiner);
}

// Facts of all files, checked to have come once each and in order. on_each: called before each input is given.
inline Result<std::vector<FileFacts>> ExamineAll(Examiner& examiner, const std::vector<Bytes>& files,
                                                 const std::function<void(size_t)>& on_each = {}) {
  std::vector<FileFacts> all;
  size_t next = 0;
  const Status status = examiner.Examine(
      [&](ExamineInput& input) -> Result<bool> {
        if (next == files.size()) return false;
        if (on_each) on_each(next);
        input = {.tag = next * 10, .bytes = files[next]};
        ++next;
        return true;
      },
      [&](uint64_t tag, const FileFacts& facts) -> Status {
        EXPECT_EQ(tag, all.size() * 10);
        all.push_back(facts);
        return {};
      });
  if (!status) return std::unexpected(status.error());
  EXPECT_EQ(all.size(), files.size());
  return all;
}

}  // namespace crossguard::examine::testing
