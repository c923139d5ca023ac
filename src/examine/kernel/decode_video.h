// Videos: what the container says, and the fingerprint of every frame that vPDQ takes at one frame a second
// (ThreatExchange vpdq: every floor(frame rate)-th frame in the order of showing; PDQ of the whole frame). Runs in the
// jail; no file, no protocol, one container format each time, one thread.
//
// Two walks over the bytes: the first only unpacks the container and numbers the frames; the second decodes what the
// wanted frames need: from the last key frame before each, and of the frames between only those that others refer to.
// Damaged packets cost their own frames, not the rest.
#pragma once

#include "base/bytes.h"
#include "examine/kernel/facts.h"
#include "examine/kernel/file_bytes.h"

namespace crossguard::examine {

// facts.kind: a video's. Fills state, reason, size, frames, video, video_frames and what the container says of camera,
// time and place.
void DecodeVideo(FileBytes& file, const Limits& limits, FileFacts& facts);

}  // namespace crossguard::examine
