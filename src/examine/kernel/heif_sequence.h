// How many pictures an animated HEIC or AVIF holds: its track of pictures (ISO/IEC 23008-12, 7; ISO/IEC 14496-12) says
// so in the sample table. libheif opens the cover picture only, so the count is read here, and where there is no cover
// the first picture of the track is made one. Bounded: every box is within the one around it, and no list is walked.
#pragma once

#include "base/bytes.h"

namespace crossguard::examine {

// Samples of the longest track of pictures; 0 if the file has none.
uint32_t CountSequenceFrames(ByteView file);

// The first picture of that track as a file of its own, which holds nothing else; empty if the file has none. Nothing
// of the picture is looked at: whether it can be decoded is for the decoder to say. Memory: that picture.
Bytes FirstOfSequence(ByteView file);

}  // namespace crossguard::examine
