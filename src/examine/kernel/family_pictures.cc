// The common pictures. Warm-up: the smallest honest file of each kind, drawn and encoded by code (16x8 pixels).
#include <algorithm>
#include <array>

#include "examine/kernel/animation.h"
#include "examine/kernel/behind.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/exif.h"
#include "examine/kernel/family.h"
#include "examine/kernel/jpeg_signs.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/picture_end.h"
#include "examine/kernel/raw.h"

namespace crossguard::examine {
namespace {

constexpr std::string_view kJpeg =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCN"
    "l4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAAR"
    "CAAIABADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEG"
    "E1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWG"
    "h4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEB"
    "AQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYk"
    "NOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0"
    "tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwBjzXUKBn4GcVdmN1F9w7x7LRRWsNZM3hTh"
    "yxk1vfv5H//Z";

constexpr std::string_view kProgressiveJpeg =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCN"
    "l4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wgAR"
    "CAAIABADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAID/8QAFAEBAAAAAAAAAAAAAAAAAAAAAv/aAAwDAQACEAMQAAABncT/AP/E"
    "ABgQAAIDAAAAAAAAAAAAAAAAAAABAhES/9oACAEBAAEFArkh6R//xAAXEQEAAwAAAAAAAAAAAAAAAAABAAIR/9oACAEDAQE/ASpgz//EABYR"
    "AAMAAAAAAAAAAAAAAAAAAAABMf/aAAgBAgEBPwFU/8QAFBABAAAAAAAAAAAAAAAAAAAAEP/aAAgBAQAGPwI//8QAGRAAAgMBAAAAAAAAAAAA"
    "AAAAAAERIUGB/9oACAEBAAE/IWvLM18P/9oADAMBAAIAAwAAABCP/8QAGREAAQUAAAAAAAAAAAAAAAAAEQABMVFh/9oACAEDAQE/EDQ0m8X/"
    "xAAWEQADAAAAAAAAAAAAAAAAAAAAASH/2gAIAQIBAT8Qtj//xAAZEAADAAMAAAAAAAAAAAAAAAAAAREhMWH/2gAIAQEAAT8QUcKsG254P//Z";

constexpr std::string_view kPng =
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAICAIAAAB/FOjAAAABGklEQVQYV3VQMUuDMRC9XC655kt1EQuKoIi7jgpKf4KLzo6O/hMHnXRzEltw"
    "cnO0g6M6WnCpLoIi1JYm+ZL4wScu0hvuHvfu3j1OnFx0S2WtQJmyI9EU4JkaUmdMKnIkL7UxUgeZOKcYJA2/xpjcGEsuVMyUQZeIQY9IqW/0"
    "SmH0zjvhdRbK8GRC/f4zm0bSSGU62xwdPs6rQFqKzs4aQAl1FHUZggYavH8Qh6JyIBmg+Tl4qe7yrNm6fi0qUzICmePL3d9NANHeO7AgHDIB"
    "Fiaf39zX3NPpbQ02uts1yL2rKtPi0gJPTLB+Jkin/4SmAlpZXjWZg0qYWNr8f/Bhv1c114/eaopacy2hqsegcZiNnaZ813EghMz8A1/aZ/Po"
    "EJuIAAAAAElFTkSuQmCC";

constexpr std::string_view kWebp =
    "UklGRogAAABXRUJQVlA4IHwAAABwAgCdASoQAAgAAUAmJbACdDBIPKABrs6OFh0AAPZHxX6AJZylDfDR1D/cehiGbTFIJfx1R4+OL7uWiKEo"
    "AP8F2uAGs2Zyb+1KBLtT+tBSG/HPr+Y/nDVHqaK/4nY9rH9M4w427f23rsc4W+YAH/pj/4R1fHw/VqUdAAAA";

constexpr std::string_view kGif =
    "R0lGODlhEAAIAPcAAAAAAAAAMwAAZgAAmQAAzAAA/wAzAAAzMwAzZgAzmQAzzAAz/wBmAABmMwBmZgBmmQBmzABm/wCZAACZMwCZZgCZmQCZ"
    "zACZ/wDMAADMMwDMZgDMmQDMzADM/wD/AAD/MwD/ZgD/mQD/zAD//zMAADMAMzMAZjMAmTMAzDMA/zMzADMzMzMzZjMzmTMzzDMz/zNmADNm"
    "MzNmZjNmmTNmzDNm/zOZADOZMzOZZjOZmTOZzDOZ/zPMADPMMzPMZjPMmTPMzDPM/zP/ADP/MzP/ZjP/mTP/zDP//2YAAGYAM2YAZmYAmWYA"
    "zGYA/2YzAGYzM2YzZmYzmWYzzGYz/2ZmAGZmM2ZmZmZmmWZmzGZm/2aZAGaZM2aZZmaZmWaZzGaZ/2bMAGbMM2bMZmbMmWbMzGbM/2b/AGb/"
    "M2b/Zmb/mWb/zGb//5kAAJkAM5kAZpkAmZkAzJkA/5kzAJkzM5kzZpkzmZkzzJkz/5lmAJlmM5lmZplmmZlmzJlm/5mZAJmZM5mZZpmZmZmZ"
    "zJmZ/5nMAJnMM5nMZpnMmZnMzJnM/5n/AJn/M5n/Zpn/mZn/zJn//8wAAMwAM8wAZswAmcwAzMwA/8wzAMwzM8wzZswzmcwzzMwz/8xmAMxm"
    "M8xmZsxmmcxmzMxm/8yZAMyZM8yZZsyZmcyZzMyZ/8zMAMzMM8zMZszMmczMzMzM/8z/AMz/M8z/Zsz/mcz/zMz///8AAP8AM/8AZv8Amf8A"
    "zP8A//8zAP8zM/8zZv8zmf8zzP8z//9mAP9mM/9mZv9mmf9mzP9m//+ZAP+ZM/+ZZv+Zmf+ZzP+Z///MAP/MM//MZv/Mmf/MzP/M////AP//"
    "M///Zv//mf//zP///wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACwAAAAAEAAIAAAIUAC7dAkUaCDBg4EEKRR0paHA"
    "hwUjHpRhhSIFKxgraNyokcWKFSwosGAho2RJSigpfRzJApLLhZZiojRZ0SUkmDIpNXRoc6HClBAD9fRJUFBAADs=";

struct Sample {
  std::string_view base64;
  Kind kind;
};
constexpr std::array kSamples{Sample{kJpeg, Kind::kJpeg}, Sample{kProgressiveJpeg, Kind::kJpeg},
                              Sample{kPng, Kind::kPng}, Sample{kWebp, Kind::kWebp}, Sample{kGif, Kind::kGif}};

// Cameras give their stand-ins one shape and draw bars where the picture has another: the middle part of the picture's
// own shape.
SampledPicture WithoutBars(const SampledPicture& stand_in, uint32_t width, uint32_t height) {
  const uint64_t tall = std::clamp<uint64_t>(uint64_t{stand_in.width} * height / width, 1, stand_in.height);
  const uint64_t wide = std::clamp<uint64_t>(uint64_t{stand_in.height} * width / height, 1, stand_in.width);
  SampledPicture out{.width = static_cast<uint32_t>(wide),
                     .height = static_cast<uint32_t>(tall),
                     .channels = stand_in.channels,
                     .pixels = {}};
  const size_t left = (stand_in.width - out.width) / 2;
  const size_t top = (stand_in.height - out.height) / 2;
  for (size_t y = 0; y < out.height; ++y) {
    const auto row =
        stand_in.pixels.begin() + static_cast<std::ptrdiff_t>(((top + y) * stand_in.width + left) * stand_in.channels);
    out.pixels.insert(out.pixels.end(), row, row + static_cast<std::ptrdiff_t>(size_t{out.width} * out.channels));
  }
  return out;
}

// The camera's own small version beside the picture as it is now. The smaller of the two distances, with bars and
// without, is told: bars are no difference.
void TakeThumbnail(ByteView exif, const Limits& limits, FileFacts& facts) {
  if (!facts.pdq) return;
  const ByteView stream = FindThumbnail(exif);
  if (stream.empty()) return;
  const Decoded small = DecodeJpeg(stream, limits);
  if (!small.picture) return;
  PdqHash hash = HashPdq(*small.picture);
  int distance = Distance(hash.hash, *facts.pdq);
  // Only where no side was brought to 512 is the shape still that of the stand-in.
  if (small.picture->width == small.width && small.picture->height == small.height) {
    const SampledPicture middle = WithoutBars(*small.picture, facts.width, facts.height);
    if (middle.width + 2 < small.width || middle.height + 2 < small.height) {
      const PdqHash inner = HashPdq(middle);
      if (const int other = Distance(inner.hash, *facts.pdq); other < distance) {
        distance = other;
        hash = inner;
      }
    }
  }
  facts.thumbnail = ThumbnailFacts{.width = small.width,
                                   .height = small.height,
                                   .pdq = hash.hash,
                                   .pdq_quality = hash.quality,
                                   .distance = distance};
}

// True if the file was one with sensor data; then its facts are those of its preview.
bool TakeRaw(ByteView bytes, const Limits& limits, FileFacts& facts) {
  const RawFile raw = ReadRaw(facts.kind, bytes);
  facts.kind = raw.kind;
  if (!raw.has_sensor_data && raw.kind == Kind::kTiff) return false;
  facts.state = State::kUndecodable;
  facts.reason = Reason::kUnsupportedVariant;
  for (const ByteView preview : raw.previews) {
    const Decoded decoded = DecodeJpeg(preview, limits);
    if (!decoded.picture) continue;
    TakePicture(decoded, limits, facts);
    facts.of_preview = true;
    return true;
  }
  return true;
}

void Examine(ByteView bytes, const Limits& limits, FileFacts& facts) {
  const ByteView exif = FindExif(facts.kind, bytes);
  facts.exif = ReadTiff(exif);
  const bool tiff = facts.kind == Kind::kTiff || facts.kind == Kind::kCr2;
  if (tiff && TakeRaw(bytes, limits, facts)) return;
  TakePicture(DecodePicture(facts.kind, bytes, limits), limits, facts);
  if (!tiff) TakeThumbnail(exif, limits, facts);
  if (facts.pdq && facts.frames > 1) TakeOthers(bytes, limits, facts);
  if (facts.kind == Kind::kJpeg) facts.jpeg = ReadJpegSigns(bytes);
  if (facts.pdq) facts.behind_at = FindBehindPicture(facts.kind, bytes).value_or(0);
}

bool WarmUp() {
  for (const Sample& sample : kSamples) {
    const Result<Bytes> bytes = FromBase64(sample.base64);
    if (!bytes) return false;
    const FileFacts facts = ExamineAs(kPictureFamily, *bytes, bytes->size(), 0, Limits{});
    if (facts.state != State::kExamined || facts.kind != sample.kind) return false;
    if (facts.width != 16 || facts.height != 8 || !facts.pdq) return false;
  }
  return true;
}

}  // namespace

const FamilyWork kPictureFamily{.family = Family::kPictures,
                                .examine = Examine,
                                .unpack = nullptr,
                                .warm_up = WarmUp,
                                .find_behind = FindBehindProgram};

}  // namespace crossguard::examine
