#include "examine/kernel/testing_kinds.h"

#include <archive.h>
#include <archive_entry.h>
#include <jxl/encode.h>
#include <tiffio.h>
#include <zlib.h>

#include <cstring>
#include <memory>

#include "base/error.h"
#include "drawing/drawing.h"

namespace crossguard::examine::testing {
namespace {

void Put(Bytes& out, uint64_t value, size_t bytes) {  // little-endian
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
void Append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// A file that libtiff writes into memory.
struct Memory {
  Bytes bytes;
  uint64_t at = 0;
};
tmsize_t OnRead(thandle_t handle, void* to, tmsize_t wanted) {
  Memory& memory = *static_cast<Memory*>(handle);
  const uint64_t left = memory.at < memory.bytes.size() ? memory.bytes.size() - memory.at : 0;
  const uint64_t given = std::min<uint64_t>(left, static_cast<uint64_t>(wanted));
  if (given > 0) std::memcpy(to, memory.bytes.data() + memory.at, given);
  memory.at += given;
  return static_cast<tmsize_t>(given);
}
tmsize_t OnWrite(thandle_t handle, void* from, tmsize_t count) {
  Memory& memory = *static_cast<Memory*>(handle);
  const auto size = static_cast<uint64_t>(count);
  if (memory.bytes.size() < memory.at + size) memory.bytes.resize(memory.at + size);
  std::memcpy(memory.bytes.data() + memory.at, from, size);
  memory.at += size;
  return count;
}
toff_t OnSeek(thandle_t handle, toff_t offset, int whence) {
  Memory& memory = *static_cast<Memory*>(handle);
  memory.at = (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory.at : memory.bytes.size()) + offset;
  return memory.at;
}
int OnClose(thandle_t) {
  return 0;
}
toff_t OnSize(thandle_t handle) {
  return static_cast<Memory*>(handle)->bytes.size();
}

// One pixel as the form stores it.
void StorePixel(const uint8_t* rgb, const TiffForm& form, Bytes& row) {
  const auto store = [&](uint8_t value) {
    row.push_back(value);
    if (form.bits == 16) row.push_back(value);  // value * 257
  };
  if (form.palette) {
    row.push_back(static_cast<uint8_t>(rgb[0] / 43 * 36 + rgb[1] / 43 * 6 + rgb[2] / 43));
  } else if (form.components == 1) {
    store(rgb[1]);
  } else if (form.components == 3) {
    for (size_t c = 0; c < 3; ++c) store(rgb[c]);
  } else {
    for (size_t c = 0; c < 3; ++c) store(static_cast<uint8_t>(255 - rgb[c]));
    store(0);
  }
  if (form.alpha) store(77);
}

void WritePage(TIFF* tiff, const drawing::Picture& drawing, const TiffForm& form) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, drawing.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, drawing.height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, form.bits);
  const int samples = (form.palette ? 1 : form.components) + (form.alpha ? 1 : 0);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, form.compression);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, form.orientation);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
               form.palette           ? PHOTOMETRIC_PALETTE
               : form.components == 1 ? PHOTOMETRIC_MINISBLACK
               : form.components == 3 ? PHOTOMETRIC_RGB
                                      : PHOTOMETRIC_SEPARATED);
  if (form.alpha) {
    uint16_t kind = EXTRASAMPLE_UNASSALPHA;
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (form.palette) {
    std::vector<uint16_t> map(3 * 256, 0);
    for (size_t i = 0; i < 216; ++i) {
      map[i] = static_cast<uint16_t>(i / 36 * 51 * 257);
      map[256 + i] = static_cast<uint16_t>(i / 6 % 6 * 51 * 257);
      map[512 + i] = static_cast<uint16_t>(i % 6 * 51 * 257);
    }
    TIFFSetField(tiff, TIFFTAG_COLORMAP, map.data(), map.data() + 256, map.data() + 512);
  }
  const auto pixel = [&](uint32_t x, uint32_t y) { return &drawing.rgb[(size_t{y} * drawing.width + x) * 3]; };
  Bytes row;
  if (form.tiled) {
    constexpr uint32_t kTile = 64;
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, kTile);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, kTile);
    uint32_t index = 0;
    for (uint32_t y0 = 0; y0 < drawing.height; y0 += kTile) {
      for (uint32_t x0 = 0; x0 < drawing.width; x0 += kTile) {
        row.clear();
        for (uint32_t i = 0; i < kTile * kTile; ++i) {
          StorePixel(pixel(std::min(x0 + i % kTile, drawing.width - 1), std::min(y0 + i / kTile, drawing.height - 1)),
                     form, row);
        }
        CHECK(TIFFWriteEncodedTile(tiff, index++, row.data(), static_cast<tmsize_t>(row.size())) >= 0);
      }
    }
    return;
  }
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, form.compression == 7 ? 16 : 10);
  for (uint32_t y = 0; y < drawing.height; ++y) {
    row.clear();
    if (form.bits == 1) {
      row.assign((drawing.width + 7) / 8, 0);
      for (uint32_t x = 0; x < drawing.width; ++x) {
        if (pixel(x, y)[1] >= 128) row[x / 8] = static_cast<uint8_t>(row[x / 8] | (0x80U >> x % 8));
      }
    } else {
      for (uint32_t x = 0; x < drawing.width; ++x) StorePixel(pixel(x, y), form, row);
    }
    CHECK(TIFFWriteScanline(tiff, row.data(), y, 0) >= 0);
  }
}

void PutBigEndian(Bytes& out, uint64_t value, int bytes = 4) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
}
void PutChunk(Bytes& out, const std::string& type, const Bytes& data) {
  PutBigEndian(out, data.size());
  Bytes body = ToBytes(type);
  body.insert(body.end(), data.begin(), data.end());
  out.insert(out.end(), body.begin(), body.end());
  PutBigEndian(out, crc32(0, body.data(), static_cast<uInt>(body.size())));
}

}  // namespace

uint8_t AlphaAt(const Layer& layer, size_t pixel) {
  return layer.blend == 0 ? 255 : static_cast<uint8_t>(pixel * 37 % 256);
}

Bytes EncodeApng(const std::vector<Layer>& layers, uint32_t width, uint32_t height) {
  Bytes out = ToBytes("\x89PNG\r\n\x1A\n"), header, control;
  PutBigEndian(header, width);
  PutBigEndian(header, height);
  header.insert(header.end(), {8, 6, 0, 0, 0});
  PutChunk(out, "IHDR", header);
  PutBigEndian(control, layers.size());
  PutBigEndian(control, 0);
  PutChunk(out, "acTL", control);
  uint32_t number = 0;
  for (const Layer& layer : layers) {
    const drawing::Picture& picture = layer.picture;
    Bytes frame;
    PutBigEndian(frame, number);
    PutBigEndian(frame, picture.width);
    PutBigEndian(frame, picture.height);
    PutBigEndian(frame, layer.left);
    PutBigEndian(frame, layer.top);
    PutBigEndian(frame, 1, 2);
    PutBigEndian(frame, 10, 2);
    frame.insert(frame.end(), {layer.dispose, layer.blend});
    if (layer.controlled) {
      PutChunk(out, "fcTL", frame);
      ++number;
    }
    Bytes rows;
    for (size_t i = 0; i < size_t{picture.width} * picture.height; ++i) {
      if (i % picture.width == 0) rows.push_back(0);
      rows.insert(rows.end(), {picture.rgb[3 * i], picture.rgb[3 * i + 1], picture.rgb[3 * i + 2], AlphaAt(layer, i)});
    }
    Bytes packed(compressBound(rows.size()));
    uLongf bytes = packed.size();
    compress(packed.data(), &bytes, rows.data(), rows.size());
    packed.resize(bytes);
    Bytes numbered;
    PutBigEndian(numbered, number);
    numbered.insert(numbered.end(), packed.begin(), packed.end());
    if (&layer == layers.data()) {
      PutChunk(out, "IDAT", packed);
    } else {
      PutChunk(out, "fdAT", numbered);
      ++number;
    }
  }
  PutChunk(out, "IEND", {});
  return out;
}

Bytes EncodeTiff(const drawing::Picture& drawing, const TiffForm& form) {
  return EncodeTiffPages(std::vector<drawing::Picture>(static_cast<size_t>(form.pages), drawing), form);
}

Bytes EncodeTiffPages(const std::vector<drawing::Picture>& pages, const TiffForm& form) {
  Memory memory;
  TIFF* const tiff = TIFFClientOpen("memory", form.big ? "w8m" : "wm", &memory, OnRead, OnWrite, OnSeek, OnClose,
                                    OnSize, nullptr, nullptr);
  CHECK(tiff != nullptr);
  for (const drawing::Picture& page : pages) {
    WritePage(tiff, page, form);
    CHECK(TIFFWriteDirectory(tiff) == 1);
  }
  TIFFClose(tiff);
  return memory.bytes;
}

Bytes EncodeBmp(const drawing::Picture& drawing, const BmpForm& form) {
  const uint32_t header = form.old_header ? 12 : 40;
  const uint32_t colours = form.bits <= 8 ? 1U << form.bits : 0;
  const size_t pixels_at = 14 + header + colours * (form.old_header ? 3U : 4U);
  Bytes out = ToBytes("BM");
  Put(out, 0, 4);
  Put(out, 0, 4);
  Put(out, pixels_at, 4);
  Put(out, header, 4);
  const auto bits = static_cast<uint64_t>(form.bits);
  if (form.old_header) {
    Put(out, drawing.width, 2);
    Put(out, drawing.height, 2);
    Put(out, 1, 2);
    Put(out, bits, 2);
  } else {
    Put(out, drawing.width, 4);
    Put(out, form.top_down ? uint64_t{0} - drawing.height : drawing.height, 4);
    Put(out, 1, 2);
    Put(out, bits, 2);
    Put(out, !form.runs ? 0 : form.bits == 8 ? 1 : 2, 4);
    for (int i = 0; i < 5; ++i) Put(out, 0, 4);
  }
  for (uint32_t i = 0; i < colours; ++i) {
    const uint32_t grey = colours == 1 ? 0 : i * 255 / (colours - 1);
    Put(out, grey * 0x010101U, form.old_header ? 3 : 4);
  }
  for (uint32_t line = 0; line < drawing.height; ++line) {
    const uint32_t y = form.top_down ? line : drawing.height - 1 - line;
    Bytes row;
    std::vector<uint8_t> indices;
    for (uint32_t x = 0; x < drawing.width; ++x) {
      const uint8_t* rgb = &drawing.rgb[(size_t{y} * drawing.width + x) * 3];
      if (form.bits <= 8) indices.push_back(static_cast<uint8_t>(rgb[1] >> (8 - form.bits)));
      if (form.bits == 16) Put(row, (rgb[0] >> 3) << 10 | (rgb[1] >> 3) << 5 | rgb[2] >> 3, 2);
      if (form.bits >= 24) row.insert(row.end(), {rgb[2], rgb[1], rgb[0]});
      if (form.bits == 32) row.push_back(9);
    }
    if (form.runs) {
      for (size_t x = 0; x < indices.size();) {
        size_t count = 1;
        while (x + count < indices.size() && count < 255 && indices[x + count] == indices[x]) ++count;
        out.push_back(static_cast<uint8_t>(count));
        out.push_back(static_cast<uint8_t>(form.bits == 8 ? indices[x] : indices[x] * 17));
        x += count;
      }
      Put(out, 0, 2);
      continue;
    }
    if (form.bits <= 8) {
      row.assign((indices.size() * static_cast<size_t>(form.bits) + 7) / 8, 0);
      for (size_t x = 0; x < indices.size(); ++x) {
        const size_t bit = x * static_cast<size_t>(form.bits);
        row[bit / 8] =
            static_cast<uint8_t>(row[bit / 8] | indices[x] << (8 - static_cast<size_t>(form.bits) - bit % 8));
      }
    }
    while (row.size() % 4 != 0) row.push_back(0);
    Append(out, row);
  }
  if (form.runs) Put(out, 0x0100, 2);
  return out;
}

Bytes EncodeJxl(const std::vector<drawing::Picture>& frames, bool lossless, const Bytes& exif) {
  const drawing::Picture& first = frames.front();
  JxlEncoder* const encoder = JxlEncoderCreate(nullptr);
  if (!exif.empty()) {
    JxlEncoderUseBoxes(encoder);
    Bytes box(4, 0);
    Append(box, exif);
    CHECK(JxlEncoderAddBox(encoder, "Exif", box.data(), box.size(), JXL_FALSE) == JXL_ENC_SUCCESS);
    JxlEncoderCloseBoxes(encoder);
  }
  JxlBasicInfo info;
  JxlEncoderInitBasicInfo(&info);
  info.xsize = first.width;
  info.ysize = first.height;
  info.bits_per_sample = 8;
  info.uses_original_profile = lossless ? JXL_TRUE : JXL_FALSE;
  info.have_animation = frames.size() > 1 ? JXL_TRUE : JXL_FALSE;
  info.animation.tps_numerator = 10;
  info.animation.tps_denominator = 1;
  CHECK(JxlEncoderSetBasicInfo(encoder, &info) == JXL_ENC_SUCCESS);
  JxlColorEncoding colour;
  JxlColorEncodingSetToSRGB(&colour, JXL_FALSE);
  CHECK(JxlEncoderSetColorEncoding(encoder, &colour) == JXL_ENC_SUCCESS);
  JxlEncoderFrameSettings* const settings = JxlEncoderFrameSettingsCreate(encoder, nullptr);
  JxlEncoderSetFrameLossless(settings, lossless ? JXL_TRUE : JXL_FALSE);
  JxlEncoderFrameSettingsSetOption(settings, JXL_ENC_FRAME_SETTING_EFFORT, 3);
  const JxlPixelFormat format{
      .num_channels = 3, .data_type = JXL_TYPE_UINT8, .endianness = JXL_NATIVE_ENDIAN, .align = 0};
  JxlFrameHeader header;
  JxlEncoderInitFrameHeader(&header);
  header.duration = frames.size() > 1 ? 1 : 0;
  CHECK(JxlEncoderSetFrameHeader(settings, &header) == JXL_ENC_SUCCESS);
  for (const drawing::Picture& frame : frames) {
    CHECK(JxlEncoderAddImageFrame(settings, &format, frame.rgb.data(), frame.rgb.size()) == JXL_ENC_SUCCESS);
  }
  JxlEncoderCloseInput(encoder);
  Bytes out(1 << 16);
  uint8_t* next = out.data();
  size_t left = out.size();
  while (JxlEncoderProcessOutput(encoder, &next, &left) == JXL_ENC_NEED_MORE_OUTPUT) {
    const size_t at = static_cast<size_t>(next - out.data());
    out.resize(out.size() * 2);
    next = out.data() + at;
    left = out.size() - at;
  }
  out.resize(static_cast<size_t>(next - out.data()));
  JxlEncoderDestroy(encoder);
  return out;
}

Bytes MakeRaw(std::string_view make, bool dng, const Bytes& preview) {
  // Directory 0 (a thumbnail to look at would stand here), directory 1 with the sensor's values, then make and preview.
  const bool canon = make == "Canon";
  Bytes out = ToBytes("II*");
  out.push_back(0);
  const size_t first_at = canon ? 16 : 8;
  Put(out, first_at, 4);
  if (canon) {
    Append(out, AsBytes("CR\x02"));
    Put(out, 0, 5);
  }
  const size_t entries = dng ? 5 : 4;
  const size_t second_at = first_at + 2 + 12 * entries + 4;
  const size_t make_at = second_at + 2 + size_t{12} * 2 + 4;
  const size_t preview_at = make_at + make.size() + 1;
  const auto entry = [&](uint32_t tag, uint32_t type, uint32_t count, size_t value) {
    Put(out, tag, 2);
    Put(out, type, 2);
    Put(out, count, 4);
    Put(out, value, 4);
  };
  Put(out, entries, 2);
  entry(0x010F, 2, static_cast<uint32_t>(make.size() + 1), make_at);
  entry(0x014A, 4, 1, second_at);
  entry(0x0201, 4, 1, preview_at);
  entry(0x0202, 4, 1, preview.size());
  if (dng) entry(0xC612, 1, 4, 0x00000401);
  Put(out, 0, 4);
  Put(out, 2, 2);
  entry(0x0103, 3, 1, 1);
  entry(0x0106, 3, 1, 32'803);
  Put(out, 0, 4);
  Append(out, AsBytes(make));
  out.push_back(0);
  Append(out, preview);
  return out;
}

Bytes MakeExifWithThumbnail(const Bytes& thumbnail) {
  Bytes out = ToBytes("II*");
  out.push_back(0);
  Put(out, 8, 4);
  const size_t second_at = 8 + 2 + 12 + 4;
  const size_t thumbnail_at = second_at + 2 + size_t{12} * 2 + 4;
  const auto entry = [&](uint32_t tag, uint32_t type, size_t value) {
    Put(out, tag, 2);
    Put(out, type, 2);
    Put(out, 1, 4);
    Put(out, value, 4);
  };
  Put(out, 1, 2);
  entry(0x0112, 3, 1);
  Put(out, second_at, 4);
  Put(out, 2, 2);
  entry(0x0201, 4, thumbnail_at);
  entry(0x0202, 4, thumbnail.size());
  Put(out, 0, 4);
  Append(out, thumbnail);
  return out;
}

namespace {

la_ssize_t OnArchiveWrite(archive*, void* user, const void* data, size_t size) {
  Append(*static_cast<Bytes*>(user), {static_cast<const uint8_t*>(data), size});
  return static_cast<la_ssize_t>(size);
}

void WriteMembers(archive* writer, const std::vector<std::pair<std::string, Bytes>>& members, Bytes& out) {
  archive_write_set_bytes_per_block(writer, 512);
  archive_write_set_bytes_in_last_block(writer, 1);
  CHECK(archive_write_open(writer, &out, nullptr, OnArchiveWrite, nullptr) == ARCHIVE_OK);
  for (const auto& [name, bytes] : members) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname_utf8(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<int64_t>(bytes.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    CHECK(archive_write_header(writer, entry) >= ARCHIVE_WARN);
    if (!bytes.empty()) CHECK(archive_write_data(writer, bytes.data(), bytes.size()) >= 0);
    archive_entry_free(entry);
  }
  CHECK(archive_write_close(writer) == ARCHIVE_OK);
  archive_write_free(writer);
}

}  // namespace

Bytes MakeArchive(Packing packing, const std::vector<std::pair<std::string, Bytes>>& members) {
  archive* const writer = archive_write_new();
  switch (packing) {
    case Packing::kZip:
      archive_write_set_format_zip(writer);
      break;
    case Packing::kSevenZip:
      archive_write_set_format_7zip(writer);
      break;
    case Packing::kIso:
      archive_write_set_format_iso9660(writer);
      break;
    case Packing::kCpio:
      archive_write_set_format_cpio_newc(writer);
      break;
    case Packing::kCpioOld:
      archive_write_set_format_cpio_odc(writer);
      break;
    case Packing::kAr:
      archive_write_set_format_ar_svr4(writer);
      break;
    default:
      archive_write_set_format_ustar(writer);
      break;
  }
  if (packing == Packing::kTarGz) archive_write_add_filter_gzip(writer);
  if (packing == Packing::kTarXz) archive_write_add_filter_xz(writer);
  if (packing == Packing::kTarZst) archive_write_add_filter_zstd(writer);
  if (packing == Packing::kTarBz2) archive_write_add_filter_bzip2(writer);
  if (packing == Packing::kTarLz4) archive_write_add_filter_lz4(writer);
  Bytes out;
  WriteMembers(writer, members, out);
  return out;
}

Bytes Compress(const std::string& filter, ByteView bytes) {
  archive* const writer = archive_write_new();
  archive_write_set_format_raw(writer);
  CHECK(archive_write_add_filter_by_name(writer, filter.c_str()) == ARCHIVE_OK);
  Bytes out;
  WriteMembers(writer, {{"data", Bytes(bytes.begin(), bytes.end())}}, out);
  return out;
}

Bytes MakeRar(const std::vector<std::pair<std::string, Bytes>>& members, bool encrypted) {
  const auto crc32 = [](ByteView bytes) {
    uint32_t crc = 0xFFFFFFFFU;
    for (const uint8_t byte : bytes) {
      crc ^= byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
    }
    return ~crc;
  };
  Bytes out = ToBytes("Rar!\x1A\x07");
  out.push_back(0);
  // Every header is led by the low half of the CRC of the rest of it.
  const auto add = [&](const Bytes& header) {
    Put(out, crc32(header) & 0xFFFFU, 2);
    Append(out, header);
  };
  Bytes main{0x73};
  Put(main, 0, 2);
  Put(main, 13, 2);
  Put(main, 0, 6);
  add(main);
  for (const auto& [name, bytes] : members) {
    Bytes header{0x74};
    Put(header, 0x8000U | (encrypted ? 4U : 0U), 2);
    Put(header, 32 + name.size(), 2);
    Put(header, bytes.size(), 4);
    Put(header, bytes.size(), 4);
    header.push_back(3);  // Unix
    Put(header, crc32(bytes), 4);
    Put(header, 0x52E41234, 4);
    header.push_back(20);
    header.push_back(0x30);  // stored
    Put(header, name.size(), 2);
    Put(header, 0100644, 4);
    Append(header, AsBytes(name));
    add(header);
    Append(out, bytes);
  }
  Bytes end{0x7B};
  Put(end, 0x4000, 2);
  Put(end, 7, 2);
  add(end);
  return out;
}

}  // namespace crossguard::examine::testing
