// Whether decoding H.264 (ISO/IEC 14496-10) may begin at a packet. Internal to the kernel.
#pragma once

#include "base/bytes.h"

namespace crossguard::examine {

// True of an instantaneous refresh, and of a picture whose recovery point (D.1.8) promises that itself and all that
// follow come out exactly. Containers also mark pictures from which one recovers only later, as where a picture is
// refreshed part by part; a decoder that begins there holds the frames back until then.
// length_bytes: of the length before each unit (ISO/IEC 14496-15); 0: units behind start codes (annex B).
bool H264BeginsAfresh(ByteView packet, size_t length_bytes);

}  // namespace crossguard::examine
