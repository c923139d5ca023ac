#include "examine/kernel/raw.h"

#include <algorithm>
#include <set>

#include "examine/kernel/tiff_reader.h"

namespace crossguard::examine {
namespace {

constexpr size_t kDirectoriesMax = 32;
constexpr uint32_t kPhotometricCfa = 32'803, kPhotometricLinearRaw = 34'892;  // TIFF/EP; DNG 1.4
constexpr uint32_t kCompressionOldJpeg = 6, kCompressionJpeg = 7;

// One directory, as far as it matters here.
struct Directory {
  uint32_t compression = 0, photometric = 0;
  size_t strip_at = 0, strip_bytes = 0;
  size_t jpeg_at = 0, jpeg_bytes = 0;
  bool is_dng = false;
  std::string_view make;
};

Directory ReadDirectory(const Tiff& tiff, size_t at, std::vector<size_t>& more) {
  Directory out;
  ForEachEntry(tiff, at, [&](const Entry& entry) {
    switch (entry.tag) {
      case 0x0103:
        out.compression = Number(tiff, entry);
        break;
      case 0x0106:
        out.photometric = Number(tiff, entry);
        break;
      case 0x010F:
        if (const size_t text = entry.count <= 4 ? entry.at : tiff.U32(entry.at); tiff.Fits(text, entry.count))
          out.make = AsText(tiff.bytes().subspan(text, entry.count));
        break;
      case 0x0111:
        if (entry.count == 1) out.strip_at = Number(tiff, entry);
        break;
      case 0x0117:
        if (entry.count == 1) out.strip_bytes = Number(tiff, entry);
        break;
      case 0x014A: {  // SubIFDs
        const size_t list = entry.count <= 1 ? entry.at : tiff.U32(entry.at);
        for (size_t i = 0; i < std::min<size_t>(entry.count, kDirectoriesMax); ++i) {
          if (tiff.Fits(list + 4 * i, 4)) more.push_back(tiff.U32(list + 4 * i));
        }
        break;
      }
      case 0x0201:
        out.jpeg_at = Number(tiff, entry);
        break;
      case 0x0202:
        out.jpeg_bytes = Number(tiff, entry);
        break;
      case 0xC612:
        out.is_dng = true;
        break;
      default:
        break;
    }
  });
  return out;
}

}  // namespace

RawFile ReadRaw(Kind kind, ByteView file) {
  RawFile out{.kind = kind, .has_sensor_data = kind == Kind::kCr2, .previews = {}};
  Tiff tiff(file);
  if (!tiff.Open()) return out;
  bool is_dng = false;
  std::string_view make;
  const auto add = [&](size_t at, size_t size) {
    if (size < 4 || !tiff.Fits(at, size)) return;
    const ByteView stream = file.subspan(at, size);
    if (AsText(stream).starts_with("\xFF\xD8\xFF")) out.previews.push_back(stream);
  };
  std::set<size_t> seen;
  std::vector<size_t> waiting{tiff.U32(4)};
  while (!waiting.empty() && seen.size() < kDirectoriesMax) {
    const size_t at = waiting.back();
    waiting.pop_back();
    if (at == 0 || !seen.insert(at).second) continue;
    const Directory directory = ReadDirectory(tiff, at, waiting);
    waiting.push_back(NextDirectory(tiff, at));
    is_dng = is_dng || directory.is_dng;
    if (make.empty()) make = directory.make;
    add(directory.jpeg_at, directory.jpeg_bytes);
    if (directory.photometric == kPhotometricCfa || directory.photometric == kPhotometricLinearRaw) {
      out.has_sensor_data = true;
    } else if (directory.compression == kCompressionOldJpeg || directory.compression == kCompressionJpeg) {
      add(directory.strip_at, directory.strip_bytes);
    }
  }
  if (is_dng) {
    out.kind = Kind::kDng;
  } else if (out.kind == Kind::kTiff && out.has_sensor_data && make.starts_with("NIKON")) {
    out.kind = Kind::kNef;
  } else if (out.kind == Kind::kTiff && out.has_sensor_data && make.starts_with("SONY")) {
    out.kind = Kind::kArw;
  }
  std::ranges::stable_sort(out.previews, [](ByteView a, ByteView b) { return a.size() > b.size(); });
  if (out.previews.size() > kRawPreviewsMax) out.previews.resize(kRawPreviewsMax);
  return out;
}

}  // namespace crossguard::examine
