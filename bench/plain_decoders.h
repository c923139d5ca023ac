// What a user would write with the library of each format: all pixels as RGB, then the nearest ones for the
// fingerprint. For the peers of the benches; they trust their input, which is drawn.
#pragma once

#include "base/bytes.h"
#include "drawing/drawing.h"
#include "examine/kernel/picture.h"

namespace crossguard::bench {

drawing::Picture DecodeByLibpng(ByteView png);
drawing::Picture DecodeByLibwebp(ByteView webp);
drawing::Picture DecodeByLibheif(ByteView heic);

// Nearest neighbour, pixel by pixel, as the fingerprint's definition says it.
examine::SampledPicture SamplePlainly(const drawing::Picture& picture);

}  // namespace crossguard::bench
