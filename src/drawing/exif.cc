#include <cmath>

#include "drawing/drawing.h"

namespace crossguard::drawing {
namespace {

// A TIFF block under construction: directories of 12-byte entries, values that do not fit go to a pool at the end.
class TiffWriter {
 public:
  explicit TiffWriter(bool big) : big_(big) {}
  void U16(Bytes& to, uint32_t value) const {
    const uint8_t high = static_cast<uint8_t>(value >> 8), low = static_cast<uint8_t>(value);
    to.push_back(big_ ? high : low);
    to.push_back(big_ ? low : high);
  }
  void U32(Bytes& to, uint32_t value) const {
    if (big_) {
      U16(to, value >> 16);
      U16(to, value & 0xFFFF);
    } else {
      U16(to, value & 0xFFFF);
      U16(to, value >> 16);
    }
  }
  struct Field {
    uint32_t tag, type, count;
    Bytes value;
  };
  Field Ascii(uint32_t tag, const std::string& text) const {
    Bytes value = ToBytes(text);
    value.push_back(0);
    return {tag, 2, static_cast<uint32_t>(value.size()), value};
  }
  Field Short(uint32_t tag, uint32_t number) const {
    Bytes value;
    U16(value, number);
    return {tag, 3, 1, value};
  }
  Field Long(uint32_t tag, uint32_t number) const {
    Bytes value;
    U32(value, number);
    return {tag, 4, 1, value};
  }
  Field Degrees(uint32_t tag, double degrees) const {
    const double whole = std::floor(degrees);
    const double minutes = std::floor((degrees - whole) * 60);
    const double seconds = ((degrees - whole) * 60 - minutes) * 60;
    Bytes value;
    U32(value, static_cast<uint32_t>(whole));
    U32(value, 1);
    U32(value, static_cast<uint32_t>(minutes));
    U32(value, 1);
    U32(value, static_cast<uint32_t>(std::lround(seconds * 10000)));
    U32(value, 10000);
    return {tag, 5, 3, value};
  }
  static size_t Size(const std::vector<Field>& fields) {
    size_t size = 2 + 12 * fields.size() + 4;
    for (const Field& field : fields) size += field.value.size() > 4 ? field.value.size() + field.value.size() % 2 : 0;
    return size;
  }
  // next: where the directory behind it lies; 0: there is none.
  void Directory(Bytes& to, const std::vector<Field>& fields, uint32_t next = 0) const {
    size_t pool = to.size() + 2 + 12 * fields.size() + 4;
    Bytes values;
    U16(to, static_cast<uint32_t>(fields.size()));
    for (const Field& field : fields) {
      U16(to, field.tag);
      U16(to, field.type);
      U32(to, field.count);
      if (field.value.size() <= 4) {
        Bytes value = field.value;
        value.resize(4);
        to.insert(to.end(), value.begin(), value.end());
      } else {
        U32(to, static_cast<uint32_t>(pool + values.size()));
        values.insert(values.end(), field.value.begin(), field.value.end());
        if (values.size() % 2 != 0) values.push_back(0);
      }
    }
    U32(to, next);
    to.insert(to.end(), values.begin(), values.end());
  }

 private:
  bool big_;
};

}  // namespace

Bytes MakeExif(const ExifForm& form) {
  const TiffWriter tiff(form.big_endian);
  std::vector<TiffWriter::Field> root, exif, position;
  if (!form.make.empty()) root.push_back(tiff.Ascii(0x010F, form.make));
  if (!form.model.empty()) root.push_back(tiff.Ascii(0x0110, form.model));
  if (form.orientation != 0) root.push_back(tiff.Short(0x0112, form.orientation));
  if (!form.software.empty()) root.push_back(tiff.Ascii(0x0131, form.software));
  if (!form.taken_at.empty()) exif.push_back(tiff.Ascii(0x9003, form.taken_at));
  if (!form.utc_offset.empty()) exif.push_back(tiff.Ascii(0x9011, form.utc_offset));
  if (!form.serial.empty()) exif.push_back(tiff.Ascii(0xA431, form.serial));
  if (form.latitude != 0 || form.longitude != 0) {
    position.push_back(tiff.Ascii(1, form.latitude < 0 ? "S" : "N"));
    position.push_back(tiff.Degrees(2, std::abs(form.latitude)));
    position.push_back(tiff.Ascii(3, form.longitude < 0 ? "W" : "E"));
    position.push_back(tiff.Degrees(4, std::abs(form.longitude)));
  }
  const size_t root_size = TiffWriter::Size(root) + 24;
  const size_t exif_at = 8 + root_size;
  root.push_back(tiff.Long(0x8769, static_cast<uint32_t>(exif_at)));
  root.push_back(tiff.Long(0x8825, static_cast<uint32_t>(exif_at + TiffWriter::Size(exif))));
  Bytes out = ToBytes(form.big_endian ? "MM" : "II");
  tiff.U16(out, 42);
  tiff.U32(out, 8);
  const size_t thumbnail_at = exif_at + TiffWriter::Size(exif) + TiffWriter::Size(position);
  tiff.Directory(out, root, form.thumbnail.empty() ? 0 : static_cast<uint32_t>(thumbnail_at));
  tiff.Directory(out, exif);
  tiff.Directory(out, position);
  if (form.thumbnail.empty()) return out;
  CHECK(out.size() == thumbnail_at);
  std::vector<TiffWriter::Field> stand_in{tiff.Short(0x0103, 6), tiff.Long(0x0201, 0),
                                          tiff.Long(0x0202, static_cast<uint32_t>(form.thumbnail.size()))};
  stand_in[1] = tiff.Long(0x0201, static_cast<uint32_t>(thumbnail_at + TiffWriter::Size(stand_in)));
  tiff.Directory(out, stand_in);
  out.insert(out.end(), form.thumbnail.begin(), form.thumbnail.end());
  return out;
}

}  // namespace crossguard::drawing
