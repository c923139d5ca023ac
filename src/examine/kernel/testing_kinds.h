// For tests and benches only: encoders of the heavier and rarer kinds, beside those of src/drawing.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "drawing/drawing.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine::testing {

struct TiffForm {
  int bits = 8;          // 1, 8, 16
  int components = 3;    // 1 grey, 3 RGB, 4 CMYK
  bool palette = false;  // 216 colours
  bool alpha = false;    // one sample more
  bool tiled = false;
  bool big = false;     // BigTIFF
  int compression = 1;  // as in the file: 1 none, 5 LZW, 7 JPEG, 8 deflate, 32773 PackBits
  int orientation = 1;
  int pages = 1;
};
Bytes EncodeTiff(const drawing::Picture& drawing, const TiffForm& form = {});
// A part of an animated PNG, RGBA: where it is laid, and what the control chunk says besides (kLeave, kBackground,
// kPrevious; source, over). Laid over, its pixels are seen through more or less.
struct Layer {
  uint32_t left = 0, top = 0;
  drawing::Picture picture;
  uint8_t dispose = 0, blend = 0;
  bool controlled = true;  // else the one before the animation
};
uint8_t AlphaAt(const Layer& layer, size_t pixel);
Bytes EncodeApng(const std::vector<Layer>& layers, uint32_t width, uint32_t height);      // a tenth of a second each
Bytes EncodeTiffPages(const std::vector<drawing::Picture>& pages, const TiffForm& form);  // form.pages plays no part

struct BmpForm {
  int bits = 24;  // 1 (dark and light), 4 (16 greys), 8 (256 greys), 16, 24, 32
  bool runs = false;
  bool top_down = false;
  bool old_header = false;  // OS/2, 12 bytes
};
Bytes EncodeBmp(const drawing::Picture& drawing, const BmpForm& form = {});

using drawing::EncodeHeif;
using drawing::HeifForm;
Bytes EncodeJxl(const std::vector<drawing::Picture>& frames, bool lossless = true, const Bytes& exif = {});

// A file with sensor data that nobody can show, and a preview. make: "NIKON", "SONY", "Canon"; dng: with its version
// tag.
Bytes MakeRaw(std::string_view make, bool dng, const Bytes& preview);
// A bare TIFF block whose second directory holds the stand-in.
Bytes MakeExifWithThumbnail(const Bytes& thumbnail);

struct VideoForm {
  std::string container = "mp4";  // libavformat's name
  std::string codec = "libx264";  // libavcodec's encoder
  int frames_per_second = 10;
  int keyframe_every = 10;
  int b_frames = 0;
  std::string created_at = {};  // "2021-07-04T16:22:31Z"
  std::string x264 = {};        // its own parameters, "ref=1:bframes=2"
  std::string muxer = {};       // options of the container, "a=b:c=d"
};
Bytes EncodeVideo(const std::vector<drawing::Picture>& frames, const VideoForm& form = {});

// The plain path: everything decoded in order, every floor(frames_per_second)-th frame that comes out is fingerprinted.
std::vector<VideoFrame> JudgeVideo(const Bytes& bytes, double frames_per_second);

// What libavformat says of the video when it has looked into its streams as long as it likes.
struct StreamFacts {
  double frame_rate = 0;
  uint64_t duration_millis = 0;
  uint32_t width = 0, height = 0;
  std::string codec;
};
StreamFacts JudgeStream(const Bytes& bytes);

// The codec's parameters and the packets of the video, in the order of decoding.
struct Stream {
  Bytes parameters;
  std::vector<Bytes> packets;
};
Stream StreamOf(const Bytes& video);

// The rarer containers, each with the frames that it is given, at 25 a second.
struct RareVideo {
  Kind kind;
  std::string demuxer;  // libavformat's name
  Bytes bytes;
};
std::vector<RareVideo> RareVideos(const std::vector<drawing::Picture>& frames);  // sides: multiples of 16
// A second of a tone in an M4A, with a cover.
Bytes MakeSoundWithCover(const Bytes& jpeg, uint32_t width, uint32_t height);

enum class Packing { kZip, kSevenZip, kTar, kTarGz, kTarXz, kTarZst, kTarBz2, kTarLz4, kIso, kCpio, kCpioOld, kAr };
Bytes MakeArchive(Packing packing, const std::vector<std::pair<std::string, Bytes>>& members);
// One file compressed by itself. filter: "gzip", "xz", "zstd", "bzip2", "compress", "lz4", "lzma", "lzip".
Bytes Compress(const std::string& filter, ByteView bytes);
Bytes MakeRar(const std::vector<std::pair<std::string, Bytes>>& members, bool encrypted = false);  // stored, version 4
Bytes MakeCab(const std::vector<std::pair<std::string, Bytes>>& members);                          // stored
Bytes MakeLha(const std::vector<std::pair<std::string, Bytes>>& members);                          // stored
struct RareArchive {
  Kind kind;
  Bytes bytes;
};
std::vector<RareArchive> RareArchives(const std::vector<std::pair<std::string, Bytes>>& members);

}  // namespace crossguard::examine::testing
