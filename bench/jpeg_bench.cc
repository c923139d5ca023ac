// A JPEG from the disk to its digests and fingerprint, ours against the plain parts put together: libjpeg-turbo for
// every pixel, OpenSSL three times, and against hashdeep with libjpeg-turbo and the plain loops of the fingerprint,
// which is what the public reference built with libjpeg does. Drawn pictures, a little noise as of a sensor.
#include "benches.h"
#include "crypto/digest.h"
#include "drawn_files.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/judge_pdq.h"
#include "examine/kernel/pdq.h"
#include "vips_peer.h"

namespace crossguard::bench {
namespace {

using namespace examine;

struct Class {
  const char* name;
  uint32_t width, height;
  int quality;
  bool progressive;
  size_t pictures;  // each drawn once, read twice in a call
};
constexpr size_t kRepeats = 2;

struct Files {
  std::vector<std::string> paths;
  std::vector<Bytes> contents;
};

Files DrawFiles(const SideBySide& table, const Class& c) {
  Files files;
  for (uint64_t seed = 0; seed < c.pictures; ++seed) {
    const drawing::Picture picture = DrawPhoto(seed, c.width, c.height);
    files.contents.push_back(drawing::EncodeJpeg(picture, {.quality = c.quality, .progressive = c.progressive}));
    files.paths.push_back(table.Path(std::string(c.progressive ? "p" : "b") + std::to_string(c.width) + "_" +
                                     std::to_string(seed) + ".jpg"));
    WriteFile(files.paths.back(), files.contents.back());
    const Decoded fast = DecodeJpeg(files.contents.back(), Limits{});
    const Decoded plain = DecodeJpegPlainly(files.contents.back(), Limits{});
    StopUnless(fast.picture && plain.picture && fast.picture->pixels == plain.picture->pixels,
               "A drawn JPEG has other pixels than libjpeg-turbo's.");
    StopUnless(HashPdq(*fast.picture) == JudgePdq(*plain.picture), "A fingerprint differs from the judge's.");
  }
  return files;
}

Bytes ReadWhole(const std::string& path) {
  Bytes bytes;
  ReadInPieces(path, [&](ByteView piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  return bytes;
}

void TakeDigests(ByteView bytes, DigestWay way) {
  DigestStream stream(way);
  stream.Update(bytes);
  StopUnless(stream.Finish().size_bytes == bytes.size(), "A digest lost bytes.");
}

// `work` for each file, twice.
template <class Work>
Contender Each(std::string name, const Files& files, Work work) {
  return ByCpu(std::move(name), [&files, work] {
    for (size_t repeat = 0; repeat < kRepeats; ++repeat) {
      for (size_t i = 0; i < files.paths.size(); ++i) work(i);
    }
  });
}

// Decoding only, then all of it.
void BenchClass(SideBySide& table, const Class& c) {
  const Files files = DrawFiles(table, c);
  const double count = static_cast<double>(c.pictures * kRepeats);
  const auto has_quality = [](const PdqHash& hash) { StopUnless(hash.quality > 0, "A drawn picture has no content."); };
  table.Compare({.what = std::string("JPEG ") + c.name + ", to sampled pixels",
                 .amount = count,
                 .unit = "files",
                 .ours = Each("ours", files,
                              [&](size_t i) {
                                StopUnless(DecodeJpeg(files.contents[i], Limits{}).picture.has_value(), "Not decoded.");
                              }),
                 .peer = Each("libjpeg-turbo", files, [&](size_t i) {
                   StopUnless(DecodeJpegPlainly(files.contents[i], Limits{}).picture.has_value(), "Not decoded.");
                 })});
  const Contender ours = Each("ours", files, [&](size_t i) {
    const Bytes bytes = ReadWhole(files.paths[i]);
    TakeDigests(bytes, DigestWay::kFastest);
    has_quality(HashPdq(*DecodeJpeg(bytes, Limits{}).picture));
  });
  table.Compare({.what = std::string("JPEG ") + c.name + ": read, three digests, PDQ",
                 .amount = count,
                 .unit = "files",
                 .ours = ours,
                 .peer = Each("libjpeg-turbo, OpenSSL in turn, same PDQ", files, [&](size_t i) {
                   const Bytes bytes = ReadWhole(files.paths[i]);
                   TakeDigests(bytes, DigestWay::kOpenSsl);
                   has_quality(HashPdq(*DecodeJpegPlainly(bytes, Limits{}).picture));
                 })});
  CompareWithVips(table, std::string("JPEG ") + c.name + ": read, three digests, PDQ", files.paths, kRepeats,
                  [&](const Bytes& file) {
                    TakeDigests(file, DigestWay::kFastest);
                    has_quality(HashPdq(*DecodeJpeg(file, Limits{}).picture));
                  });
  if (!HasProgram("hashdeep")) return table.Skip("JPEG beside hashdeep", "hashdeep is not installed");
  std::vector<std::string> hashdeep{"hashdeep", "-c", "md5,sha1,sha256", "-j0"};
  for (size_t repeat = 0; repeat < kRepeats; ++repeat)
    hashdeep.insert(hashdeep.end(), files.paths.begin(), files.paths.end());
  table.Compare({.what = std::string("JPEG ") + c.name + ": read, three digests, PDQ",
                 .amount = count,
                 .unit = "files",
                 .ours = ours,
                 .peer = ByCpu("libjpeg-turbo, hashdeep, plain PDQ",
                               [&] {
                                 StopUnless(RunProgram(hashdeep).exit_code == 0, "hashdeep failed.");
                                 for (size_t repeat = 0; repeat < kRepeats; ++repeat) {
                                   for (const std::string& path : files.paths)
                                     has_quality(JudgePdq(*DecodeJpegPlainly(ReadWhole(path), Limits{}).picture));
                                 }
                               }),
                 .target = Target{"E3", c.progressive ? 1.5 : 2}});
}

}  // namespace

void BenchJpeg(SideBySide& table) {
  for (const Class& c : {Class{"640x480", 640, 480, 85, false, 24}, Class{"1280x960", 1280, 960, 85, false, 8},
                         Class{"1600x1200", 1600, 1200, 88, false, 6}, Class{"4000x3000", 4000, 3000, 88, false, 2},
                         Class{"1280x960 progressive", 1280, 960, 85, true, 4}}) {
    BenchClass(table, c);
  }
}

}  // namespace crossguard::bench
