#include "match/looks.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "match/cluster.h"

namespace crossguard::match {
namespace {

constexpr size_t kNowhere = std::numeric_limits<size_t>::max();

// One content linked to one video, both as positions in the items.
struct Link {
  size_t item = 0;
  size_t video = 0;
  uint32_t frames_met = 0;
  int distance = 0;
};

class Looks {
 public:
  Looks(std::span<const LookItem> items, const FrameIndex& frames) : items_(items) { FindLinks(frames); }

  std::vector<LookGroup> Find() {
    std::vector<LookGroup> groups = AroundVideos();
    AddStars(groups);
    std::ranges::sort(groups, [&](const LookGroup& a, const LookGroup& b) {
      const LookItem& x = items_[a.representative];
      const LookItem& y = items_[b.representative];
      return std::tie(x.sha256, x.shown) < std::tie(y.sha256, y.shown);
    });
    return groups;
  }

 private:
  void FindLinks(const FrameIndex& frames) {
    std::map<uint32_t, size_t> video_at;
    std::vector<Frame> stills;
    std::vector<size_t> still_at;
    // A still goes by a number that no content has: a picture may itself be a video's frame, and hold a stand-in too.
    const auto beyond = std::numeric_limits<uint32_t>::max();
    for (size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].shown == Shown::kVideo) {
        video_at.emplace(items_[i].media, i);
      } else {
        still_at.push_back(i);
        stills.push_back({.media = beyond, .pdq = items_[i].pdq});
      }
    }
    if (video_at.empty()) return;
    for (const SharedFrames& shared : frames.VideoLinks()) {
      const auto item = video_at.find(shared.media);
      const auto video = video_at.find(shared.other);
      if (item != video_at.end() && video != video_at.end())
        links_.push_back({.item = item->second,
                          .video = video->second,
                          .frames_met = shared.frames_met,
                          .distance = shared.distance});
    }
    for (size_t k = 0; k < stills.size(); ++k) {
      for (const SharedFrames& shared : frames.StillLinks(stills[k])) {
        if (const auto video = video_at.find(shared.other); video != video_at.end())
          links_.push_back({.item = still_at[k], .video = video->second, .frames_met = 1, .distance = shared.distance});
      }
    }
  }

  std::vector<size_t> ChooseCentres() const {
    std::map<size_t, int64_t> degree;
    std::multimap<size_t, size_t> linked_to;  // item -> video
    for (const Link& link : links_) {
      ++degree[link.video];
      if (items_[link.item].shown == Shown::kVideo) linked_to.emplace(link.item, link.video);
    }
    std::vector<std::pair<int64_t, size_t>> order;
    for (const auto& [video, count] : degree) order.emplace_back(-count, video);
    std::ranges::sort(order, [&](const auto& a, const auto& b) {
      const LookItem& x = items_[a.second];
      const LookItem& y = items_[b.second];
      return std::tie(a.first, x.size_bytes, x.sha256) < std::tie(b.first, y.size_bytes, y.sha256);
    });
    std::vector<size_t> centres;
    std::vector<bool> chosen(items_.size(), false);
    for (const auto& [count, video] : order) {
      const auto [first, end] = linked_to.equal_range(video);
      if (std::any_of(first, end, [&](const auto& link) { return chosen[link.second]; })) continue;
      chosen[video] = true;
      centres.push_back(video);
    }
    return centres;
  }

  std::vector<LookGroup> AroundVideos() {
    const std::vector<size_t> centres = ChooseCentres();
    std::map<size_t, size_t> number_of;  // of a centre, in the order of choosing
    for (size_t c = 0; c < centres.size(); ++c) number_of[centres[c]] = c;
    taken_.assign(items_.size(), false);
    std::map<size_t, const Link*> best;
    for (const Link& link : links_) {
      if (!number_of.contains(link.video) || number_of.contains(link.item)) continue;
      const Link*& known = best[link.item];
      const auto rank = [&](const Link& one) {
        return std::tuple(-static_cast<int64_t>(one.frames_met), one.distance, number_of.at(one.video));
      };
      if (known == nullptr || rank(link) < rank(*known)) known = &link;
    }
    std::vector<LookGroup> groups(centres.size());
    for (size_t c = 0; c < centres.size(); ++c) {
      groups[c].representative = centres[c];
      groups[c].members.push_back({.item = centres[c], .distance = 0});
    }
    for (const auto& [item, link] : best)
      groups[number_of.at(link->video)].members.push_back({.item = item, .distance = link->distance});
    std::erase_if(groups, [](const LookGroup& group) { return group.members.size() < 2; });
    for (LookGroup& group : groups) {
      for (const LookMember& member : group.members) taken_[member.item] = true;
      std::ranges::sort(group.members, [&](const LookMember& a, const LookMember& b) {
        if ((a.item == group.representative) != (b.item == group.representative)) return a.item == group.representative;
        const LookItem& x = items_[a.item];
        const LookItem& y = items_[b.item];
        return std::tie(a.distance, x.sha256, x.shown) < std::tie(b.distance, y.sha256, y.shown);
      });
    }
    return groups;
  }

  void AddStars(std::vector<LookGroup>& groups) const {
    std::vector<ClusterInput> inputs;
    std::vector<size_t> item_at;
    for (size_t i = 0; i < items_.size(); ++i) {
      const LookItem& item = items_[i];
      if (item.shown == Shown::kVideo || taken_[i]) continue;
      inputs.push_back({.sha256 = item.sha256,
                        .size_bytes = item.size_bytes,
                        .pdq = item.pdq,
                        .thumbnail = item.shown == Shown::kThumbnail});
      item_at.push_back(i);
    }
    for (const NearDuplicates& star : FindClusters(inputs)) {
      LookGroup group{.representative = item_at[star.representative], .members = {}};
      for (const ClusterMember& member : star.members)
        group.members.push_back({.item = item_at[member.input], .distance = member.distance});
      groups.push_back(std::move(group));
    }
  }

  std::span<const LookItem> items_;
  std::vector<Link> links_;
  std::vector<bool> taken_;
};

}  // namespace

std::string_view Text(Shown shown) {
  switch (shown) {
    case Shown::kPicture:
      return "picture";
    case Shown::kThumbnail:
      return "thumbnail";
    case Shown::kVideo:
      return "video";
  }
  return "";
}

std::vector<LookGroup> FindLooks(std::span<const LookItem> items, const FrameIndex& frames) {
  return Looks(items, frames).Find();
}

}  // namespace crossguard::match
