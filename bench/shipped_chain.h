// The chain that is shipped: the public PDQ reference as its own Makefile builds it. It holds no decoder; for each
// picture it starts ImageMagick's `convert FILE pnm:-` and hashes what comes out by plain loops.
#pragma once

#include <optional>
#include <string>

#include "examine/kernel/pdq.h"

namespace crossguard::bench {

// Whether `convert` is ImageMagick's.
bool HasImageMagick();

// nullopt where ImageMagick does not open the file: the reference then has no hash.
std::optional<examine::PdqHash> HashPictureAsShipped(const std::string& path);

}  // namespace crossguard::bench
