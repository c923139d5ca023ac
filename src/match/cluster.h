// Near-duplicate clusters: stars, not chains. docs/decisions/near_duplicate_clusters.md tells why.
//
// Equal hashes are one point, weighed by its files. Points are taken by descending degree (files within distance 31,
// counted up to kDegreeMax), ties by the hash itself; a point not yet within 31 of a chosen centre becomes a centre; in
// the end every point belongs to its nearest centre (ties: the centre chosen first). So every member is within 31 of
// its representative, two members are within 62, and the result does not depend on the order of the input.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace crossguard::match {

constexpr int64_t kDegreeMax = 1'000;  // beyond it more neighbours say nothing new, and counting would be quadratic

struct ClusterInput {
  Sha256 sha256;  // identity, and the last tie-break
  uint64_t size_bytes = 0;
  Pdq pdq;                 // quality already judged good enough
  bool thumbnail = false;  // the stand-in inside that content, not the content: represents only where nothing else can
};

struct ClusterMember {
  size_t input = 0;  // position in the input
  int distance = 0;  // to the representative's hash
};

struct NearDuplicates {
  size_t representative =
      0;  // position in the input: of the files with the centre's hash the smallest, then by SHA-256
  std::vector<ClusterMember> members;  // two or more, the representative among them; by distance, then SHA-256
};

// Groups of two or more, by the representative's SHA-256. Time: two radius searches per distinct hash at most.
std::vector<NearDuplicates> FindClusters(std::span<const ClusterInput> files);

}  // namespace crossguard::match
