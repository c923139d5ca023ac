// What a person looks at once: near-duplicates across pictures, videos, and the small stand-ins inside pictures that
// show something else than their picture. docs/decisions/near_duplicate_clusters.md tells why it is done so.
//
// 1. A still (a picture, a stand-in) is linked to a video of which it is a frame, a video to one that holds 80 per cent
//    of its frames (video_match.h). Videos are taken by the number of contents linked to them, descending (ties: the
//    smaller, then by SHA-256); one that is not linked to a chosen video becomes a centre. Every other content joins,
//    of the centres that it is linked to, the one that holds most of its frames (ties: the nearest, then the first
//    chosen). Who has looked at the centre has seen its members.
// 2. The stills that no video took form stars among themselves (cluster.h).
//
// So every content is in one group at most, each member is within 31 of what the representative shows, and the result
// does not depend on the order of the input.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "match/video_match.h"

namespace crossguard::match {

enum class Shown : uint8_t { kPicture, kThumbnail, kVideo };
std::string_view Text(Shown shown);  // "picture", "thumbnail", "video"

struct LookItem {
  uint32_t media = 0;  // position in the caller's contents
  Shown shown = Shown::kPicture;
  Sha256 sha256;            // of the content
  uint64_t size_bytes = 0;  // of the content
  Pdq pdq;                  // of a still
};

struct LookMember {
  size_t item = 0;   // position in the input
  int distance = 0;  // the least, to what the representative shows; 0 of itself
};

struct LookGroup {
  size_t representative = 0;
  std::vector<LookMember> members;  // two or more, the representative among them; by distance, then SHA-256
};

// items: stills of quality enough, and videos; their frames are those of `frames` under the same media. Groups by the
// representative's SHA-256.
std::vector<LookGroup> FindLooks(std::span<const LookItem> items, const FrameIndex& frames);

}  // namespace crossguard::match
