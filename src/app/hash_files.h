// `crossguard hash`: digests on the trusted side, type and PDQ through the jail, nothing stored.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "env/env.h"

namespace crossguard {

struct HashSummary {
  int64_t file_count = 0;
  int64_t unreadable_count = 0;  // paths that could not be read: each was told as an object with state "unreadable"
};

struct HashWishes {
  int workers = 0;        // 0: one per processor
  bool full_pdq = false;  // of large pictures too: the PDQ of the full picture beside that of at most 512x512 pixels
  bool dihedral = false;  // the hashes of the seven ways in which the picture can be turned and mirrored
};

// Each path is a file or a folder (walked in order, links not followed). on_fact gets, in order, objects {path, state,
// type, size_bytes, md5, sha1, sha256, pdq, pdq_quality, pdq_full, pdq_full_quality, reason, width, height}; pdq is
// null where there is none, pdq_full where it was not asked for and is another one. behind_at, only where it is so:
// where another file begins behind the picture's end. name_fits_kind, but of unreadable ones: false if the path's
// ending says another kind than the content. Of a video also container, codec, duration_millis, frame_rate and vpdq, an
// array of {number, at_millis, quality, pdq}: the frames of its fingerprint. With `dihedral` also pdq_dihedral
// {rotate90, rotate180, rotate270, flip_x, flip_y, flip_plus1, flip_minus1}.
Result<HashSummary> HashFiles(Env& env, const std::vector<std::string>& paths, const HashWishes& wishes,
                              const std::function<void(const nlohmann::json&)>& on_fact);

std::string HashLine(const nlohmann::json& fact);  // one line for people

}  // namespace crossguard
