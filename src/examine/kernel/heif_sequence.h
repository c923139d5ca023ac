// How many pictures an animated HEIC or AVIF holds: its track of pictures (ISO/IEC 23008-12, 7; ISO/IEC 14496-12) says
// so in the sample table. libheif opens the cover picture only, so the count is read here. Bounded: every box is within
// the one around it, and no list is walked.
#pragma once

#include "base/bytes.h"

namespace crossguard::examine {

// Samples of the longest track of pictures; 0 if the file has none.
uint32_t CountSequenceFrames(ByteView file);

}  // namespace crossguard::examine
