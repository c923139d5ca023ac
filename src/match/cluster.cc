#include "match/cluster.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

#include "match/hamming_index.h"

namespace crossguard::match {
namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

// One distinct hash and the files that have it: inputs order[begin, end).
struct Point {
  size_t begin = 0;
  size_t end = 0;
  int64_t degree = 0;       // files within the radius, itself included, up to kDegreeMax
  uint32_t centre = kNone;  // position in the list of centres
  int centre_distance = std::numeric_limits<int>::max();
};

}  // namespace

std::vector<NearDuplicates> FindClusters(std::span<const ClusterInput> files) {
  std::vector<size_t> order(files.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // By hash, so that equal ones stand together; then smallest first, so that a point's first file is its
  // representative.
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tie(files[a].pdq, files[a].thumbnail, files[a].size_bytes, files[a].sha256) <
           std::tie(files[b].pdq, files[b].thumbnail, files[b].size_bytes, files[b].sha256);
  });
  std::vector<Point> points;
  std::vector<Pdq> hashes;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || files[order[i]].pdq != hashes.back()) {
      points.push_back({.begin = i});
      hashes.push_back(files[order[i]].pdq);
    }
    points.back().end = i + 1;
  }

  const HammingIndex index(hashes);
  for (uint32_t p = 0; p < points.size(); ++p) {
    index.Search(hashes[p], [&](uint32_t other, int) {
      points[p].degree += static_cast<int64_t>(points[other].end - points[other].begin);
      return points[p].degree < kDegreeMax;
    });
    points[p].degree = std::min(points[p].degree, kDegreeMax);
  }

  // Points are already in order of their hashes: a stable sort leaves that as the tie-break.
  std::vector<uint32_t> by_degree(points.size());
  std::iota(by_degree.begin(), by_degree.end(), 0U);
  std::stable_sort(by_degree.begin(), by_degree.end(),
                   [&](uint32_t a, uint32_t b) { return points[a].degree > points[b].degree; });
  std::vector<uint32_t> centres;
  for (const uint32_t p : by_degree) {
    if (points[p].centre != kNone || points[p].degree < 2) continue;
    const auto centre = static_cast<uint32_t>(centres.size());
    centres.push_back(p);
    index.Search(hashes[p], [&](uint32_t other, int distance) {
      if (distance < points[other].centre_distance) {
        points[other].centre = centre;
        points[other].centre_distance = distance;
      }
      return true;
    });
  }

  std::vector<NearDuplicates> groups(centres.size());
  for (size_t c = 0; c < centres.size(); ++c) groups[c].representative = order[points[centres[c]].begin];
  for (const Point& point : points) {
    if (point.centre == kNone) continue;
    for (size_t i = point.begin; i < point.end; ++i)
      groups[point.centre].members.push_back({order[i], point.centre_distance});
  }
  std::erase_if(groups, [](const NearDuplicates& group) { return group.members.size() < 2; });
  for (NearDuplicates& group : groups) {
    std::sort(group.members.begin(), group.members.end(), [&](const ClusterMember& a, const ClusterMember& b) {
      return std::tie(a.distance, files[a.input].sha256, files[a.input].thumbnail) <
             std::tie(b.distance, files[b.input].sha256, files[b.input].thumbnail);
    });
  }
  std::sort(groups.begin(), groups.end(), [&](const NearDuplicates& a, const NearDuplicates& b) {
    return std::tie(files[a.representative].sha256, files[a.representative].thumbnail) <
           std::tie(files[b.representative].sha256, files[b.representative].thumbnail);
  });
  return groups;
}

}  // namespace crossguard::match
