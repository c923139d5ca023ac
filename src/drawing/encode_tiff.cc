// TIFF, camera RAW that is TIFF inside (DNG), and BMP, by hand: none of them is more than a header before the samples.
#include "drawing/drawing.h"

namespace crossguard::drawing {
namespace {

void Put(Bytes& out, uint64_t value, size_t bytes) {  // little-endian
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void Add(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// A directory (TIFF 6.0, section 2) whose longer values are appended to a pool behind it.
class Directory {
 public:
  void Number(uint32_t tag, uint32_t value) { entries_.push_back({tag, 4, 1, value, {}}); }  // LONG
  void Shorts(uint32_t tag, const std::vector<uint16_t>& values) {
    Entry entry{tag, 3, static_cast<uint32_t>(values.size()), 0, {}};
    Bytes bytes;
    for (const uint16_t value : values) Put(bytes, value, 2);
    Place(std::move(entry), std::move(bytes));
  }
  void Text(uint32_t tag, const std::string& text) {
    Bytes bytes = ToBytes(text);
    bytes.push_back(0);
    Place({tag, 2, static_cast<uint32_t>(bytes.size()), 0, {}}, std::move(bytes));
  }
  void Version(uint32_t tag) { entries_.push_back({tag, 1, 4, 0x00000401, {}}); }
  size_t size() const {
    size_t size = 2 + entries_.size() * 12 + 4;
    for (const Entry& entry : entries_) size += entry.pool.size();
    return size;
  }
  // In the order of the tags, which is the caller's. at: where it will lie.
  void Write(Bytes& out) const {
    size_t pool = out.size() + 2 + entries_.size() * 12 + 4;
    Put(out, entries_.size(), 2);
    for (const Entry& entry : entries_) {
      Put(out, entry.tag, 2);
      Put(out, entry.type, 2);
      Put(out, entry.count, 4);
      Put(out, entry.pool.empty() ? entry.value : pool, 4);
      pool += entry.pool.size();
    }
    Put(out, 0, 4);
    for (const Entry& entry : entries_) Add(out, entry.pool);
  }

 private:
  struct Entry {
    uint32_t tag, type, count, value;
    Bytes pool;
  };
  void Place(Entry entry, Bytes bytes) {
    if (bytes.size() <= 4) {
      for (size_t i = 0; i < bytes.size(); ++i) entry.value |= static_cast<uint32_t>(bytes[i]) << (8 * i);
    } else {
      if (bytes.size() % 2 != 0) bytes.push_back(0);
      entry.pool = std::move(bytes);
    }
    entries_.push_back(std::move(entry));
  }
  std::vector<Entry> entries_;
};

constexpr uint32_t kHeaderBytes = 8;

Bytes Header() {
  Bytes out = ToBytes(std::string_view("II*\0", 4));
  Put(out, kHeaderBytes, 4);
  return out;
}

}  // namespace

Bytes EncodePlainTiff(const Picture& picture) {
  const auto directory = [&](uint32_t strip_at) {
    Directory out;
    out.Number(0x0100, picture.width);
    out.Number(0x0101, picture.height);
    out.Shorts(0x0102, {8, 8, 8});
    out.Shorts(0x0103, {1});  // not compressed
    out.Shorts(0x0106, {2});  // RGB
    out.Number(0x0111, strip_at);
    out.Shorts(0x0115, {3});
    out.Number(0x0116, picture.height);
    out.Number(0x0117, static_cast<uint32_t>(picture.rgb.size()));
    return out;
  };
  Bytes out = Header();
  directory(static_cast<uint32_t>(kHeaderBytes + directory(0).size())).Write(out);
  Add(out, picture.rgb);
  return out;
}

Bytes MakeDng(const Picture& sensor, const Bytes& preview, const std::string& make, const std::string& model) {
  const auto root = [&](uint32_t sensor_at, uint32_t preview_at) {
    Directory out;
    out.Text(0x010F, make);
    out.Text(0x0110, model);
    out.Number(0x014A, sensor_at);
    out.Number(0x0201, preview_at);
    out.Number(0x0202, static_cast<uint32_t>(preview.size()));
    out.Version(0xC612);
    return out;
  };
  const uint32_t samples = sensor.width * sensor.height;
  const auto raw = [&](uint32_t strip_at) {
    Directory out;
    out.Number(0x0100, sensor.width);
    out.Number(0x0101, sensor.height);
    out.Shorts(0x0102, {16});
    out.Shorts(0x0103, {1});
    out.Shorts(0x0106, {32'803});  // a filter of colours before the sensor
    out.Number(0x0111, strip_at);
    out.Shorts(0x0115, {1});
    out.Number(0x0116, sensor.height);
    out.Number(0x0117, samples * 2);
    return out;
  };
  const auto sensor_at = static_cast<uint32_t>(kHeaderBytes + root(0, 0).size());
  const auto preview_at = static_cast<uint32_t>(sensor_at + raw(0).size());
  const auto strip_at = static_cast<uint32_t>(preview_at + preview.size() + preview.size() % 2);
  Bytes out = Header();
  root(sensor_at, preview_at).Write(out);
  raw(strip_at).Write(out);
  Add(out, preview);
  out.resize(strip_at);
  // Red and green in the even rows, green and blue in the odd ones.
  for (uint32_t y = 0; y < sensor.height; ++y) {
    for (uint32_t x = 0; x < sensor.width; ++x)
      Put(out, sensor.rgb[(size_t{y} * sensor.width + x) * 3 + x % 2 + y % 2] * 64U, 2);
  }
  return out;
}

Bytes EncodePlainBmp(const Picture& picture) {
  constexpr uint32_t kHead = 14 + 40;
  const size_t row_bytes = (size_t{picture.width} * 3 + 3) / 4 * 4;
  Bytes out = ToBytes("BM");
  out.reserve(kHead + row_bytes * picture.height);
  Put(out, kHead + row_bytes * picture.height, 4);
  Put(out, 0, 4);
  Put(out, kHead, 4);
  Put(out, 40, 4);
  Put(out, picture.width, 4);
  Put(out, picture.height, 4);
  Put(out, 1, 2);
  Put(out, 24, 2);
  for (int i = 0; i < 6; ++i) Put(out, 0, 4);
  for (uint32_t y = picture.height; y-- > 0;) {
    const uint8_t* rgb = &picture.rgb[size_t{y} * picture.width * 3];
    const size_t end = out.size() + row_bytes;
    for (uint32_t x = 0; x < picture.width; ++x, rgb += 3) {
      out.push_back(rgb[2]);
      out.push_back(rgb[1]);
      out.push_back(rgb[0]);
    }
    out.resize(end);
  }
  return out;
}

}  // namespace crossguard::drawing
