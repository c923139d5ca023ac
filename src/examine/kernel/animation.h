// What a picture file holds behind its first picture: the others of an animated GIF, WebP or PNG, each as it is shown,
// put together on the canvas, and the pages of a TIFF; fingerprinted whole like a video's frames. Internal to the
// kernel.
//
// Of an animation are kept the first, one a second, and every one that shows something else than the last kept (a
// distance above 31, so that each picture is near a kept one): what stands in an animation for a tenth of a second is
// not missed. What was laid down as see-through is drawn in its own colour in the first picture and leaves what is
// below it in the others; a canvas begins black. Delays below 0.02 s count as 0.1 s, as browsers show them. Of a TIFF
// all pages are kept.
#pragma once

#include <functional>

#include "base/bytes.h"
#include "examine/kernel/decode.h"

namespace crossguard::examine {

// facts: of a picture of more than one frame that has its fingerprint. Fills video_frames. What is damaged or ends
// early behind the first picture makes kExamined kTruncated; so does (kFrameLimit) a canvas above 16 megapixels, and
// more to put together or decode than 256 megapixels and 32 for each MiB of the file: the rest is not looked at then.
// Memory: at most 20 bytes a pixel of the canvas (WebP: two canvases of its own, and the frame); of a TIFF as
// DecodeTiff.
void TakeOthers(ByteView bytes, const Limits& limits, FileFacts& facts);

// rgb: the canvas; at_millis: since the first picture. Returns false when it has had enough.
using OnShown = std::function<bool(ByteView rgb, uint64_t at_millis)>;

// Each gives all pictures in their order, and false if one of them could not be had. width, height: the canvas, as
// DecodeGif and DecodeWebp give it.
bool EachGifPicture(ByteView bytes, uint32_t width, uint32_t height, const OnShown& on_shown);
bool EachWebpPicture(ByteView bytes, uint32_t width, uint32_t height, const OnShown& on_shown);
bool EachPngPicture(ByteView bytes, uint32_t width, uint32_t height, const OnShown& on_shown);  // animation_png.cc
using OnPage = std::function<bool(const Decoded& page)>;
// The same for the pages, each decoded or with the reason why not; false if there are fewer than the file says.
bool EachTiffPage(ByteView bytes, const Limits& limits, const OnPage& on_page);

constexpr uint64_t kBriefestMillis = 20;  // shown for less: as if for
constexpr uint64_t kAssumedMillis = 100;

}  // namespace crossguard::examine
