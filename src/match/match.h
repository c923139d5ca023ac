// Files meet the lists in force and each other. Remade as a whole: hash_hit, media_verdict, cluster, cluster_member,
// video_link.
//
// Rules
// - Exact digests (SHA-256, SHA-1, MD5) and PDQ within distance 31 where our own quality is >= 50; the strongest method
// per
//   (file, entry). No hit is missed: the index is exact. Empty files meet nothing.
// - A video meets an entry by PDQ if one of its frames does (vpdq): same distance, same quality; how many frames met,
// of
//   how many compared, is stated. Two contents are linked if at least 80 per cent of the frames of one are near frames
//   of the other; a picture is one frame. A frame near more than 1,000 contents links none of them.
// - Known-benign lists first, by exact digest only (a picture near a harmless one is not harmless): hits of other lists
// on
//   such a file are `benign_first`, shown and not counted, and the verdict is `conflict`.
// - A withdrawn entry gives a hit in state `withdrawn`: shown, never counted. Superseded lists give none.
// - Codes are compared by meaning within their own scheme (schemes.h), never as bare numbers. Live entries of different
//   meaning make the verdict `conflict`; each stays shown.
#pragma once

#include <cstdint>

#include "custody/gate.h"

namespace crossguard {

class IdMaker;

namespace match {

constexpr int kPdqDistanceMax = 31;  // ThreatExchange pdq/README.md: confident match
constexpr int kPdqQualityMin = 50;   // below it the picture is too flat to be told by its hash

struct MatchSummary {
  int64_t media_count = 0;     // distinct contents that are not empty
  int64_t media_with_pdq = 0;  // of quality >= 50
  int64_t entry_count = 0;     // of lists in force
  int64_t hits_live = 0;
  int64_t hits_withdrawn = 0;
  int64_t hits_benign_first = 0;
  int64_t hits_by_sha256 = 0;  // of all hits, by strongest method
  int64_t hits_by_sha1 = 0;
  int64_t hits_by_md5 = 0;
  int64_t hits_by_pdq = 0;
  int64_t hits_by_vpdq = 0;
  int64_t media_known = 0;  // verdicts
  int64_t media_benign = 0;
  int64_t media_conflict = 0;
  int64_t cluster_count = 0;
  int64_t clustered_media = 0;  // pictures, videos, and stand-ins that differ from their picture
  int64_t look_count = 0;       // of these, whether in a cluster or not, of quality enough to be compared
  int64_t looks_saved = 0;      // that nobody has to look at after looking at the representatives
  int64_t frame_count = 0;      // of videos, of quality >= 50
  int64_t video_links = 0;
};

// permit: Act::kMatchFiles. Same rows in, same rows out, whatever their order. Memory (counted from the structures):
// about 500 bytes per media, 150 per hit and per frame of a video; lists are streamed. The ids of hits and clusters are
// stable from run to run.
Result<MatchSummary> MatchFiles(Transaction& transaction, const Permit& permit, const IdMaker& ids);

}  // namespace match
}  // namespace crossguard
