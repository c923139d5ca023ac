#include "match/video_match.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace crossguard::match {
namespace {

std::vector<Frame> Sorted(std::vector<Frame> frames) {
  std::ranges::sort(frames,
                    [](const Frame& a, const Frame& b) { return std::tie(a.pdq, a.media) < std::tie(b.pdq, b.media); });
  return frames;
}

std::vector<Pdq> Distinct(const std::vector<Frame>& frames) {
  std::vector<Pdq> hashes;
  for (const Frame& frame : frames) {
    if (hashes.empty() || hashes.back() != frame.pdq) hashes.push_back(frame.pdq);
  }
  return hashes;
}

bool IsLink(uint32_t met, uint32_t compared) {
  return uint64_t{met} * 100 >= uint64_t{compared} * kLinkPercentMin;
}

}  // namespace

FrameIndex::FrameIndex(std::vector<Frame> frames, size_t media_count)
    : frames_(Sorted(std::move(frames))), hashes_(Distinct(frames_)), compared_(media_count, 0), index_(hashes_) {
  for (size_t i = 0; i < frames_.size(); ++i) {
    ++compared_[frames_[i].media];
    if (i == 0 || frames_[i].pdq != frames_[i - 1].pdq) places_.push_back({.begin = i, .end = i});
    places_.back().end = i + 1;
  }
}

std::vector<FrameMeeting> FrameIndex::Meet(const Pdq& pdq) const {
  std::map<uint32_t, FrameMeeting> met;
  index_.Search(pdq, [&](uint32_t number, int distance) {
    for (size_t i = places_[number].begin; i < places_[number].end; ++i) {
      const auto [at, is_new] =
          met.try_emplace(frames_[i].media, FrameMeeting{.media = frames_[i].media, .distance = distance});
      at->second.distance = std::min(at->second.distance, distance);
      ++at->second.frames_met;
    }
    return true;
  });
  std::vector<FrameMeeting> out;
  out.reserve(met.size());
  for (const auto& [media, meeting] : met) out.push_back(meeting);
  return out;
}

void FrameIndex::Near(const Pdq& pdq, std::vector<uint32_t>& media) const {
  media.clear();
  index_.Search(pdq, [&](uint32_t number, int) {
    for (size_t i = places_[number].begin; i < places_[number].end; ++i) media.push_back(frames_[i].media);
    if (media.size() <= 4 * kCommonFrameMax) return true;
    std::ranges::sort(media);
    media.erase(std::unique(media.begin(), media.end()), media.end());
    return media.size() <= kCommonFrameMax;
  });
  std::ranges::sort(media);
  media.erase(std::unique(media.begin(), media.end()), media.end());
  if (media.size() > kCommonFrameMax) media.clear();
}

std::vector<SharedFrames> FrameIndex::Links(std::span<const Frame> stills) const {
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> counts;
  std::vector<uint32_t> near;
  for (size_t number = 0; number < hashes_.size(); ++number) {
    Near(hashes_[number], near);
    for (size_t i = places_[number].begin; i < places_[number].end; ++i) {
      for (const uint32_t other : near) {
        if (other != frames_[i].media) ++counts[{frames_[i].media, other}];
      }
    }
  }
  std::vector<SharedFrames> out;
  for (const auto& [pair, met] : counts) {
    if (IsLink(met, compared_[pair.first]))
      out.push_back({.media = pair.first, .other = pair.second, .frames_met = met});
  }
  for (const Frame& still : stills) {
    Near(still.pdq, near);
    for (const uint32_t other : near) {
      if (other != still.media) out.push_back({.media = still.media, .other = other, .frames_met = 1});
    }
  }
  std::ranges::sort(out, [](const SharedFrames& a, const SharedFrames& b) {
    return std::tie(a.media, a.other) < std::tie(b.media, b.other);
  });
  return out;
}

}  // namespace crossguard::match
