// What several tests of this room need: archives unpacked to memory, films of drawn scenes, frames compared.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "drawing/drawing.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine::testing {

inline Bytes Noise(size_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes out(size);
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(random());
  return out;
}

struct Unpacked {
  std::vector<std::pair<std::string, Bytes>> members;
  std::vector<Verdict> verdicts;  // of each
  Verdict verdict;
};
inline Unpacked Unpack(const Bytes& archive, const Limits& limits = {}) {
  Unpacked out;
  std::vector<ArchiveMember> listed;
  ListArchive(archive, limits, listed);
  Bytes current;
  out.verdict = UnpackArchive(archive, limits, 0, limits.entries_max,
                              {.data =
                                   [&](uint32_t, ByteView chunk) {
                                     current.insert(current.end(), chunk.begin(), chunk.end());
                                     return true;
                                   },
                               .end =
                                   [&](uint32_t index, Verdict verdict) {
                                     out.members.emplace_back(listed.at(index).name, std::move(current));
                                     current.clear();
                                     out.verdicts.push_back(verdict);
                                     return true;
                                   }});
  return out;
}

// A scene changes every `scene` frames.
inline std::vector<drawing::Picture> Film(size_t frames, size_t scene, uint32_t width = 128, uint32_t height = 96) {
  std::vector<drawing::Picture> out;
  for (size_t i = 0; i < frames; ++i) out.push_back(drawing::DrawScene(7 + i / scene, width, height));
  return out;
}

inline void ExpectSameFrames(const FileFacts& facts, const std::vector<VideoFrame>& judge, const std::string& name) {
  ASSERT_EQ(facts.video_frames.size(), judge.size()) << name;
  for (size_t i = 0; i < judge.size(); ++i) {
    EXPECT_EQ(facts.video_frames[i].number, judge[i].number) << name;
    EXPECT_EQ(facts.video_frames[i].pdq, judge[i].pdq) << name << " frame " << judge[i].number;
    EXPECT_EQ(facts.video_frames[i].quality, judge[i].quality) << name;
  }
}

}  // namespace crossguard::examine::testing
