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

void FrameIndex::Near(const Pdq& pdq, std::vector<Neighbour>& near) const {
  near.clear();
  const auto keep_nearest = [&] {
    std::ranges::sort(near);
    const auto rest = std::ranges::unique(near, {}, &Neighbour::media);
    near.erase(rest.begin(), rest.end());
  };
  index_.Search(pdq, [&](uint32_t number, int distance) {
    for (size_t i = places_[number].begin; i < places_[number].end; ++i)
      near.push_back({.media = frames_[i].media, .distance = distance});
    if (near.size() <= 4 * kCommonFrameMax) return true;
    keep_nearest();
    return near.size() <= kCommonFrameMax;
  });
  keep_nearest();
  if (near.size() > kCommonFrameMax) near.clear();
}

std::vector<SharedFrames> FrameIndex::VideoLinks() const {
  std::map<std::pair<uint32_t, uint32_t>, SharedFrames> counts;
  std::vector<Neighbour> near;
  for (size_t number = 0; number < hashes_.size(); ++number) {
    Near(hashes_[number], near);
    for (size_t i = places_[number].begin; i < places_[number].end; ++i) {
      for (const Neighbour& other : near) {
        if (other.media == frames_[i].media) continue;
        const auto [at, is_new] = counts.try_emplace(
            std::pair(frames_[i].media, other.media),
            SharedFrames{.media = frames_[i].media, .other = other.media, .distance = other.distance});
        ++at->second.frames_met;
        at->second.distance = std::min(at->second.distance, other.distance);
      }
    }
  }
  std::vector<SharedFrames> out;
  for (const auto& [pair, shared] : counts) {
    if (IsLink(shared.frames_met, compared_[pair.first])) out.push_back(shared);
  }
  return out;
}

std::vector<SharedFrames> FrameIndex::StillLinks(const Frame& still) const {
  std::vector<SharedFrames> out;
  std::vector<Neighbour> near;
  Near(still.pdq, near);
  for (const Neighbour& other : near) {
    if (other.media != still.media)
      out.push_back({.media = still.media, .other = other.media, .frames_met = 1, .distance = other.distance});
  }
  return out;
}

std::vector<SharedFrames> FrameIndex::Links(std::span<const Frame> stills) const {
  std::vector<SharedFrames> out = VideoLinks();
  for (const Frame& still : stills) {
    const std::vector<SharedFrames> one = StillLinks(still);
    out.insert(out.end(), one.begin(), one.end());
  }
  std::ranges::sort(out, [](const SharedFrames& a, const SharedFrames& b) {
    return std::tie(a.media, a.other) < std::tie(b.media, b.other);
  });
  return out;
}

}  // namespace crossguard::match
