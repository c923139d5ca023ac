// One decoded frame of libavcodec to the grey picture that its fingerprint is made of. Internal to the kernel.
#pragma once

#include <optional>

#include "examine/kernel/picture.h"

struct AVFrame;

namespace crossguard::examine {

// The luma as stored, stretched to 0..255 where the video uses the narrow range; of an RGB frame its three channels.
// nullopt: a pixel format that no plain reading opens.
std::optional<SampledPicture> PictureOf(const AVFrame& frame);

}  // namespace crossguard::examine
