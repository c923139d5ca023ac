// A video as the public vPDQ reference hashes it: for the peers of the benches; it trusts its input, which is drawn.
#pragma once

#include <string>
#include <vector>

#include "examine/kernel/facts.h"

namespace crossguard::bench {

// At a frame a second, by the reference's way (ThreatExchange vpdq/cpp: hash at -r 1, one thread): every frame of the
// file is decoded by libavcodec, every floor(frame rate)-th one is brought to RGB by libswscale at its full size, and
// the plain loops hash all of its pixels.
std::vector<examine::VideoFrame> HashVideoAsReference(const std::string& path);

}  // namespace crossguard::bench
