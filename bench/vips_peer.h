// libvips beside the rows of JPEG, PNG, WebP and HEIC: the program that makes small pictures, over a list of files.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "side_by_side.h"

namespace crossguard::bench {

// A row without a target: what a file's bytes cost ours, read from the disk, against vipsthumbnail to 512x512 pixels
// without keeping the aspect, one thread, which fingerprints nothing; each file `repeats` times. Skipped with a
// sentence if it is not installed.
void CompareWithVips(SideBySide& table, const std::string& what, const std::vector<std::string>& paths, size_t repeats,
                     const std::function<void(const Bytes& file)>& ours);

}  // namespace crossguard::bench
