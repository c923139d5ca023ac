#include "examine/kernel/test_pictures.h"

#include <cstdio>
// jpeglib.h needs FILE.
#include <archive.h>
#include <archive_entry.h>
#include <gif_lib.h>
#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

namespace crossguard::examine::testing {

Drawing Draw(uint32_t width, uint32_t height, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  Drawing drawing{.width = width, .height = height, .rgb = Bytes(size_t{width} * height * 3)};
  const double fx = 1 + pick(9);
  const double fy = 1 + pick(9);
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      const double wave = std::sin(fx * x / width) + std::cos(fy * y / height);
      for (uint32_t c = 0; c < 3; ++c) {
        drawing.rgb[(size_t{y} * width + x) * 3 + c] = static_cast<uint8_t>(100 + 40 * wave + 15 * c + pick(12));
      }
    }
  }
  for (int shape = 0; shape < 6; ++shape) {
    const uint32_t x0 = pick(width), y0 = pick(height);
    const uint32_t x1 = std::min(width, x0 + 1 + pick(width / 2 + 1)),
                   y1 = std::min(height, y0 + 1 + pick(height / 2 + 1));
    const uint8_t colour[3] = {static_cast<uint8_t>(pick(256)), static_cast<uint8_t>(pick(256)),
                               static_cast<uint8_t>(pick(256))};
    for (uint32_t y = y0; y < y1; ++y) {
      for (uint32_t x = x0; x < x1; ++x) std::memcpy(&drawing.rgb[(size_t{y} * width + x) * 3], colour, 3);
    }
  }
  return drawing;
}

Bytes EncodeJpeg(const Drawing& drawing, const JpegForm& form) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &memory, &size);
  jpeg.image_width = drawing.width;
  jpeg.image_height = drawing.height;
  jpeg.input_components = form.components;
  jpeg.in_color_space = form.components == 1 ? JCS_GRAYSCALE : (form.components == 3 ? JCS_RGB : JCS_CMYK);
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, form.quality, TRUE);
  if (form.progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  if (!form.app1.empty())
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, form.app1.data(), static_cast<unsigned>(form.app1.size()));
  const size_t components = static_cast<size_t>(form.components);
  Bytes row(size_t{drawing.width} * components);
  for (uint32_t y = 0; y < drawing.height; ++y) {
    for (uint32_t x = 0; x < drawing.width; ++x) {
      const uint8_t* rgb = &drawing.rgb[(size_t{y} * drawing.width + x) * 3];
      uint8_t* out = &row[x * components];
      if (components == 1) out[0] = rgb[1];
      if (components >= 3) std::memcpy(out, rgb, 3);  // Adobe's CMYK is inverted: with no key it reads like RGB
      if (components == 4) out[3] = 255;
    }
    JSAMPROW line = row.data();
    jpeg_write_scanlines(&jpeg, &line, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes out(memory, memory + size);
  std::free(memory);
  return out;
}

Bytes EncodePng(const Drawing& drawing, const PngForm& form) {
  Bytes out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &out,
      [](png_structp p, png_bytep data, png_size_t count) {
        Bytes& to = *static_cast<Bytes*>(png_get_io_ptr(p));
        to.insert(to.end(), data, data + count);
      },
      nullptr);
  png_set_IHDR(png, info, drawing.width, drawing.height, form.bit_depth, form.colour_type,
               form.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, 3);
  if (form.colour_type == 3) {
    std::vector<png_color> palette(256);
    for (size_t i = 0; i < 256; ++i) {
      palette[i] = {static_cast<png_byte>(i), static_cast<png_byte>(255 - i), static_cast<png_byte>(i / 2)};
    }
    png_set_PLTE(png, info, palette.data(), 1 << form.bit_depth);
  }
  if (!form.exif.empty()) {
    Bytes copy = form.exif;
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(copy.size()), copy.data());
  }
  png_write_info(png, info);
  const size_t row_bytes = png_get_rowbytes(png, info);
  std::vector<Bytes> rows(drawing.height, Bytes(row_bytes));
  for (uint32_t y = 0; y < drawing.height; ++y) {
    for (uint32_t x = 0; x < drawing.width; ++x) {
      const uint8_t* rgb = &drawing.rgb[(size_t{y} * drawing.width + x) * 3];
      std::vector<uint8_t> samples;
      switch (form.colour_type) {
        case 0:
          samples = {rgb[1]};
          break;
        case 2:
          samples = {rgb[0], rgb[1], rgb[2]};
          break;
        case 3:
          samples = {rgb[0]};
          break;
        case 4:
          samples = {rgb[1], 128};
          break;
        default:
          samples = {rgb[0], rgb[1], rgb[2], 64};
          break;
      }
      for (size_t c = 0; c < samples.size(); ++c) {
        const size_t i = x * samples.size() + c;
        if (form.bit_depth == 16) {
          rows[y][2 * i] = samples[c];
          rows[y][2 * i + 1] = samples[c];
        } else if (form.bit_depth == 8) {
          rows[y][i] = samples[c];
        } else {
          const size_t bit = i * static_cast<size_t>(form.bit_depth);
          const uint32_t value = uint32_t{samples[c]} >> (8 - form.bit_depth);
          rows[y][bit / 8] =
              static_cast<uint8_t>(rows[y][bit / 8] | (value << (8 - static_cast<size_t>(form.bit_depth) - bit % 8)));
        }
      }
    }
  }
  std::vector<png_bytep> pointers;
  for (Bytes& row : rows) pointers.push_back(row.data());
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

Bytes EncodeWebp(const Drawing& drawing, bool lossless) {
  uint8_t* memory = nullptr;
  const int width = static_cast<int>(drawing.width), height = static_cast<int>(drawing.height);
  const size_t size = lossless ? WebPEncodeLosslessRGB(drawing.rgb.data(), width, height, width * 3, &memory)
                               : WebPEncodeRGB(drawing.rgb.data(), width, height, width * 3, 80, &memory);
  Bytes out(memory, memory + size);
  WebPFree(memory);
  return out;
}

Bytes EncodeAnimatedWebp(const std::vector<Drawing>& frames) {
  WebPAnimEncoder* encoder =
      WebPAnimEncoderNew(static_cast<int>(frames[0].width), static_cast<int>(frames[0].height), nullptr);
  WebPConfig config;
  WebPConfigInit(&config);
  config.lossless = 1;
  int time = 0;
  for (const Drawing& frame : frames) {
    WebPPicture picture;
    WebPPictureInit(&picture);
    picture.use_argb = 1;
    picture.width = static_cast<int>(frame.width);
    picture.height = static_cast<int>(frame.height);
    WebPPictureImportRGB(&picture, frame.rgb.data(), picture.width * 3);
    WebPAnimEncoderAdd(encoder, &picture, time += 100, &config);
    WebPPictureFree(&picture);
  }
  WebPAnimEncoderAdd(encoder, nullptr, time + 100, nullptr);
  WebPData data;
  WebPDataInit(&data);
  WebPAnimEncoderAssemble(encoder, &data);
  Bytes out(data.bytes, data.bytes + data.size);
  WebPDataClear(&data);
  WebPAnimEncoderDelete(encoder);
  return out;
}

Bytes EncodeGif(const std::vector<Drawing>& frames, bool interlaced) {
  Bytes out;
  GifFileType* gif = EGifOpen(
      &out,
      [](GifFileType* g, const GifByteType* data, int count) {
        Bytes& to = *static_cast<Bytes*>(g->UserData);
        to.insert(to.end(), data, data + count);
        return count;
      },
      nullptr);
  ColorMapObject* colours = GifMakeMapObject(256, nullptr);
  for (int i = 0; i < 216; ++i) {
    colours->Colors[i] = {static_cast<GifByteType>(i / 36 * 51), static_cast<GifByteType>(i / 6 % 6 * 51),
                          static_cast<GifByteType>(i % 6 * 51)};
  }
  const int width = static_cast<int>(frames[0].width), height = static_cast<int>(frames[0].height);
  EGifSetGifVersion(gif, true);
  EGifPutScreenDesc(gif, width, height, 8, 0, colours);
  for (const Drawing& frame : frames) {
    EGifPutImageDesc(gif, 0, 0, width, height, interlaced, nullptr);
    Bytes row(frame.width);
    const auto put = [&](uint32_t y) {
      for (uint32_t x = 0; x < frame.width; ++x) {
        const uint8_t* rgb = &frame.rgb[(size_t{y} * frame.width + x) * 3];
        row[x] = static_cast<uint8_t>(rgb[0] / 51 * 36 + rgb[1] / 51 * 6 + rgb[2] / 51);
      }
      EGifPutLine(gif, row.data(), width);
    };
    if (interlaced) {
      for (const auto& [first, step] : {std::pair{0U, 8U}, {4U, 8U}, {2U, 4U}, {1U, 2U}}) {
        for (uint32_t y = first; y < frame.height; y += step) put(y);
      }
    } else {
      for (uint32_t y = 0; y < frame.height; ++y) put(y);
    }
  }
  EGifCloseFile(gif, nullptr);
  GifFreeMapObject(colours);
  return out;
}

namespace {

struct ZipWriter {
  Bytes out;
  archive* zip = archive_write_new();
  explicit ZipWriter(bool store) {
    archive_write_set_format_zip(zip);
    if (store) archive_write_zip_set_compression_store(zip);
    archive_write_set_bytes_in_last_block(zip, 1);
    archive_write_open(
        zip, &out, nullptr,
        [](archive*, void* to, const void* data, size_t count) -> la_ssize_t {
          const auto* bytes = static_cast<const uint8_t*>(data);
          static_cast<Bytes*>(to)->insert(static_cast<Bytes*>(to)->end(), bytes, bytes + count);
          return static_cast<la_ssize_t>(count);
        },
        nullptr);
  }
  void Begin(const std::string& name, uint64_t size) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<int64_t>(size));
    archive_write_header(zip, entry);
    archive_entry_free(entry);
  }
  Bytes Finish() {
    archive_write_close(zip);
    archive_write_free(zip);
    return std::move(out);
  }
};

}  // namespace

Bytes MakeZip(const std::vector<std::pair<std::string, Bytes>>& members, bool store) {
  ZipWriter writer(store);
  for (const auto& [name, bytes] : members) {
    writer.Begin(name, bytes.size());
    archive_write_data(writer.zip, bytes.data(), bytes.size());
  }
  return writer.Finish();
}

Bytes MakeZipOfZeros(uint64_t size_bytes) {
  ZipWriter writer(false);
  writer.Begin("zeros.bin", size_bytes);
  const Bytes zeros(1 << 20);
  for (uint64_t done = 0; done < size_bytes; done += zeros.size()) {
    archive_write_data(writer.zip, zeros.data(), std::min<uint64_t>(zeros.size(), size_bytes - done));
  }
  return writer.Finish();
}

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
  void Directory(Bytes& to, const std::vector<Field>& fields) const {
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
    U32(to, 0);
    to.insert(to.end(), values.begin(), values.end());
  }

 private:
  bool big_;
};

}  // namespace

Bytes MakeTiff(const ExifForm& form) {
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
  tiff.Directory(out, root);
  tiff.Directory(out, exif);
  tiff.Directory(out, position);
  return out;
}

Bytes MakeApp1(const ExifForm& form) {
  Bytes out = ToBytes(std::string_view("Exif\0\0", 6));
  const Bytes tiff = MakeTiff(form);
  out.insert(out.end(), tiff.begin(), tiff.end());
  return out;
}

}  // namespace crossguard::examine::testing
