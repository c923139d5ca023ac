// PNG, HEIC and WebP to their fingerprints, against what a user would write with the library of each format and the
// plain loops of the fingerprint; and once more with the same fingerprint, so that decoding is seen alone.
#include "benches.h"
#include "drawn_files.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/judge_pdq.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/testing_heif.h"
#include "examine/kernel/testing_kinds.h"
#include "plain_decoders.h"
#include "vips_peer.h"

namespace crossguard::bench {
namespace {

using namespace examine;

constexpr const char* kNoContent = "A drawn picture has no content.";
constexpr size_t kVipsRepeats = 3;  // the start of a program then weighs little

struct Format {
  const char* name;
  const char* library;
  std::vector<Bytes> files;
  size_t repeats;
  Decoded (*ours)(ByteView bytes);
  drawing::Picture (*plain)(ByteView bytes);
  std::optional<Target> whole, decoding;  // with the plain fingerprint, with the same
};

Decoded OursOfPng(ByteView bytes) {
  return DecodePng(bytes, Limits{});
}
Decoded OursOfWebp(ByteView bytes) {
  return DecodeWebp(bytes, Limits{});
}
Decoded OursOfHeic(ByteView bytes) {
  ExifFacts exif;
  return DecodeHeif(bytes, Limits{}, exif);
}

template <class Work>
Contender Each(const std::string& name, const Format& format, Work work) {
  return ByCpu(name, [&format, work] {
    int quality = 0;
    for (size_t repeat = 0; repeat < format.repeats; ++repeat) {
      for (const Bytes& file : format.files) quality += work(file).quality;
    }
    StopUnless(quality > 0, kNoContent);
  });
}

void BenchFormat(SideBySide& table, const Format& format) {
  for (const Bytes& file : format.files) {
    const Decoded decoded = format.ours(file);
    StopUnless(decoded.picture.has_value(), std::string("A drawn ") + format.name + " was not decoded.");
    StopUnless(HashPdq(*decoded.picture) == JudgePdq(SamplePlainly(format.plain(file))),
               std::string("A fingerprint of a ") + format.name + " differs from the judge's.");
  }
  const auto compare = [&](const std::string& peer, const std::optional<Target>& target, auto work) {
    table.Compare({.what = std::string(format.name) + " to its PDQ",
                   .amount = static_cast<double>(format.files.size() * format.repeats),
                   .unit = "files",
                   .ours = Each("ours", format, [&](const Bytes& file) { return HashPdq(*format.ours(file).picture); }),
                   .peer = Each(std::string(format.library) + ", " + peer, format, work),
                   .target = target});
  };
  compare("plain PDQ", format.whole, [&](const Bytes& file) { return JudgePdq(SamplePlainly(format.plain(file))); });
  std::vector<std::string> paths;
  for (const Bytes& file : format.files) {
    paths.push_back(table.Path(std::string(format.library) + "_" + std::to_string(format.files.front().size()) + "_" +
                               std::to_string(paths.size())));
    WriteFile(paths.back(), file);
  }
  CompareWithVips(table, std::string(format.name) + " to its PDQ", paths, format.repeats * kVipsRepeats,
                  [&](const Bytes& file) { StopUnless(HashPdq(*format.ours(file).picture).quality > 0, kNoContent); });
  compare("same PDQ", format.decoding, [&](const Bytes& file) { return HashPdq(SamplePlainly(format.plain(file))); });
}

}  // namespace

void BenchFormats(SideBySide& table) {
  Format png{.name = "PNG 1170x1170",
             .library = "libpng",
             .files = {},
             .repeats = 2,
             .ours = OursOfPng,
             .plain = DecodeByLibpng,
             .whole = Target{"E6", 2},
             .decoding = {}};
  for (uint64_t seed = 0; seed < 4; ++seed) {
    png.files.push_back(drawing::EncodePng(drawing::DrawScene(seed, 1170, 1170), {.colour_type = seed == 3 ? 6 : 2}));
  }
  BenchFormat(table, png);
  Format webp{.name = "WebP 1280x800",
              .library = "libwebp",
              .files = {},
              .repeats = 2,
              .ours = OursOfWebp,
              .plain = DecodeByLibwebp,
              .whole = {},
              .decoding = Target{"E6", 0.95}};
  for (uint64_t seed = 0; seed < 3; ++seed) webp.files.push_back(drawing::EncodeWebp(DrawPhoto(seed, 1280, 800)));
  BenchFormat(table, webp);
  BenchFormat(table, {.name = "HEIC 12 megapixels",
                      .library = "libheif",
                      .files = {testing::EncodeHeif(DrawPhoto(3, 4000, 3000), {.quality = 60})},
                      .repeats = 1,
                      .ours = OursOfHeic,
                      .plain = DecodeByLibheif,
                      .whole = Target{"E6", 1.5},
                      .decoding = {}});
  // As telephones write it: a grid of tiles, on its side.
  const Bytes tiles = testing::ComposeHeic(DrawPhoto(3, 4032, 3024),
                                           {.tile_width = 512, .tile_height = 512, .turns = {{"irot", Bytes{3}}}});
  BenchFormat(table, {.name = "HEIC 12 megapixels, in tiles, turned",
                      .library = "libheif",
                      .files = {tiles},
                      .repeats = 1,
                      .ours = OursOfHeic,
                      .plain = DecodeByLibheif,
                      .whole = Target{"E6", 1.5},
                      .decoding = {}});
}

}  // namespace crossguard::bench
