// Pictures drawn by code and encoded: what a synthetic operation and the tests of the examination are made of.
//
// Scenes are gradients, soft blobs, smooth noise, hard shapes, stripes and sensor-like noise, and nothing else: never
// people. All functions are pure. The same arguments give the same pixels on every machine (integers, and IEEE numbers
// without functions whose last bit is a library's); encoded bytes are those of the installed library. What breaks a
// stated limit is a bug of the caller and is CHECKed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace crossguard::drawing {

constexpr uint32_t kSideMax = 65'500;  // pixels; what libjpeg takes. WebP takes 16,383.

struct Picture {
  uint32_t width = 0;   // 1..kSideMax
  uint32_t height = 0;  // 1..kSideMax
  Bytes rgb;            // height rows of width pixels of 3 bytes, no padding
  bool operator==(const Picture&) const = default;
};

// A scene laid out in unit coordinates: one seed at two sizes is one scene, but for noise of the size of a pixel.
// Scenes of different seeds have nothing to do with each other.
Picture DrawScene(uint64_t seed, uint32_t width, uint32_t height);

// Edits. Each returns a new picture.
Picture Resize(const Picture& picture, uint32_t width, uint32_t height);  // along each axis: area average or bilinear
Picture Crop(const Picture& picture, uint32_t x, uint32_t y, uint32_t width, uint32_t height);  // lies in the picture
struct Recolouring {
  double brightness = 0;  // -1..1, added: 1 makes black white
  double contrast = 1;    // 0..8, around mid-grey
  double saturation = 1;  // 0..8; 0 is grey
};
Picture Recolour(const Picture& picture, const Recolouring& recolouring);
Picture Mirror(const Picture& picture);  // left to right
// An opaque bar over about a third of the picture (the seed says where, and its colours) with the text in capitals of
// 5x7 dots, repeated over as many lines as fit; characters that the font lacks are drawn as boxes.
Picture Caption(const Picture& picture, std::string_view text, uint64_t seed);
Picture AddNoise(const Picture& picture, uint64_t seed, int amplitude);  // 0..255, even within +-amplitude, per sample

// Encoders.
struct JpegForm {
  int quality = 85;           // 1..100
  bool progressive = false;   // takes several times as long
  int components = 3;         // 1 grey (of green), 3 colour, 4 Adobe CMYK
  int subsampling = 420;      // 420, 422, 440 or 444; of 3 components
  uint16_t restart_mcus = 0;  // a restart marker after this many MCUs; 0: none
  bool optimised = false;     // Huffman codes of the picture's own; always with progressive
  Bytes exif = {};            // a bare TIFF block of at most 65,000 bytes
};
Bytes EncodeJpeg(const Picture& picture, const JpegForm& form = {});

struct PngForm {
  int bit_depth = 8;    // as the colour type allows
  int colour_type = 2;  // 0 grey (of green), 2 RGB, 3 palette (of red), 4 grey + alpha, 6 RGBA
  bool interlaced = false;
  Bytes exif = {};  // a bare TIFF block
};
Bytes EncodePng(const Picture& picture, const PngForm& form = {});
Bytes EncodeWebp(const Picture& picture, bool lossless = false);
Bytes EncodeAnimatedWebp(const std::vector<Picture>& frames);  // lossless; one frame or more, of one size
Bytes EncodeGif(const std::vector<Picture>& frames, bool interlaced = false);  // 216 colours; one frame or more

struct HeifForm {
  bool avif = false;  // else HEIC
  int quality = 95;   // 0..100
  Bytes exif = {};    // a bare TIFF block
};
Bytes EncodeHeif(const Picture& picture, const HeifForm& form = {});
Bytes EncodeLossyJxl(const Picture& picture);   // lossy
Bytes EncodePlainTiff(const Picture& picture);  // not compressed
Bytes EncodePlainBmp(const Picture& picture);
// Camera RAW: the sensor's values of the one picture, and a preview (a JPEG), which is all that viewers show.
Bytes MakeDng(const Picture& sensor, const Bytes& preview, const std::string& make, const std::string& model);
// A sequence of HEIC or AVIF that has no cover picture; one frame or more, of one size, with even sides.
Bytes EncodePictureSequence(const std::vector<Picture>& frames, bool avif);

// Videos, sequences, HEIC, AVIF and JPEG XL are encoded by libraries that are opened when they are needed. kUnavailable
// if one is not there, with what to install: ask before drawing any of these.
Status EncodersAreThere();

struct ExifForm {
  bool big_endian = false;
  std::string make, model, serial, software;
  std::string taken_at;    // "2021:07:04 18:22:31"
  std::string utc_offset;  // "+02:00"
  uint16_t orientation = 0;
  double latitude = 0, longitude = 0;  // degrees; written if either is not zero
  Bytes thumbnail;                     // a JPEG, the stand-in for the picture
};
Bytes MakeExif(const ExifForm& form);  // a bare TIFF block; an empty text or a zero orientation is left out

// Archives.
Bytes MakeZip(const std::vector<std::pair<std::string, Bytes>>& members, bool store = false);  // store: uncompressed
Bytes MakeSevenZip(const std::vector<std::pair<std::string, Bytes>>& members);
Bytes MakeIso(const std::vector<std::pair<std::string, Bytes>>& members);  // some forty, of short names
Bytes MakeTarGz(const std::vector<std::pair<std::string, Bytes>>& members);
Bytes MakeMail(const std::vector<std::pair<std::string, Bytes>>& attachments);  // plain names
Bytes MakePdf(const std::vector<Bytes>& jpegs);  // colour; no pages, the pictures lie there as objects
// The members of office documents that show the pictures, which come last: a text of ECMA-376, and one of OpenDocument
// 1.2. MakeOffice makes the document of them, a ZIP of stored members.
std::vector<std::pair<std::string, Bytes>> DocxMembers(std::vector<std::pair<std::string, Bytes>> pictures);
std::vector<std::pair<std::string, Bytes>> OdtMembers(std::vector<std::pair<std::string, Bytes>> pictures);
Bytes MakeOffice(const std::vector<std::pair<std::string, Bytes>>& members);
Bytes MakeZipOfZeros(uint64_t size_bytes);  // one member that unpacks to this many zeros

}  // namespace crossguard::drawing
