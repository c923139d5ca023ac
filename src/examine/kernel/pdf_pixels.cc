#include "examine/kernel/pdf_pixels.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace crossguard::examine {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kBlanks = " \t\r\n\f\0"sv;
constexpr std::string_view kEndsName = " \t\r\n\f\0/<>[]()%"sv;

// What stands behind a key of the dictionary, from its first character on; empty if the key is not there.
std::string_view ValueOf(std::string_view dictionary, std::string_view key) {
  for (size_t at = 0; (at = dictionary.find(key, at)) != std::string_view::npos;) {
    at += key.size();
    if (at < dictionary.size() && kEndsName.find(dictionary[at]) == std::string_view::npos) continue;  // a longer name
    at = dictionary.find_first_not_of(kBlanks, at);
    return at == std::string_view::npos ? std::string_view() : dictionary.substr(at);
  }
  return {};
}

// A direct number; nothing where the value is kept in another object.
std::optional<uint32_t> NumberOf(std::string_view dictionary, std::string_view key) {
  const std::string_view value = ValueOf(dictionary, key);
  uint32_t number = 0;
  size_t digits = 0;
  for (; digits < value.size() && digits < 9 && value[digits] >= '0' && value[digits] <= '9'; ++digits)
    number = number * 10 + static_cast<uint32_t>(value[digits] - '0');
  if (digits == 0) return std::nullopt;
  const size_t next = value.find_first_not_of(kBlanks, digits);
  const bool reference = next != std::string_view::npos && value[next] >= '0' && value[next] <= '9';
  return reference ? std::nullopt : std::optional(number);
}

// The names of the filters, in the order in which they are undone.
enum class Packing : uint8_t { kOther, kDeflate, kDeflatedJpeg };
Packing PackingOf(std::string_view dictionary) {
  std::string_view value = ValueOf(dictionary, "/Filter");
  if (value.starts_with('[')) {
    const size_t end = value.find(']');
    if (end == std::string_view::npos) return Packing::kOther;
    value = value.substr(1, end - 1);
    value.remove_prefix(std::min(value.find_first_not_of(kBlanks), value.size()));
  } else {
    value = value.substr(0, value.find_first_of(kEndsName, 1));
  }
  constexpr std::string_view kFlate = "/FlateDecode";
  if (!value.starts_with(kFlate)) return Packing::kOther;
  value.remove_prefix(kFlate.size());
  value.remove_prefix(std::min(value.find_first_not_of(kBlanks), value.size()));
  if (value.empty()) return Packing::kDeflate;
  return value.starts_with("/DCTDecode") ? Packing::kDeflatedJpeg : Packing::kOther;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// [/Indexed /DeviceRGB 255 <0011..>]; false if the palette stands elsewhere or is of other colours.
bool TakePalette(std::string_view space, PdfPixels& form) {
  const size_t open = space.find('<');
  const size_t close = space.find('>');
  const size_t base = space.find("/DeviceRGB");
  if (open == std::string_view::npos || close == std::string_view::npos || base > open || close < open) return false;
  int held = -1;
  for (const char c : space.substr(open + 1, close - open - 1)) {
    if (kBlanks.find(c) != std::string_view::npos) continue;
    const int value = HexValue(c);
    if (value < 0 || form.palette.size() >= 768) return false;
    if (held >= 0) form.palette.push_back(static_cast<uint8_t>(held << 4 | value));
    held = held >= 0 ? -1 : value;
  }
  form.palette.resize(form.palette.size() / 3 * 3);
  return !form.palette.empty();
}

uint64_t RowBytes(const PdfPixels& form, uint32_t components) {
  return (uint64_t{form.width} * form.bits * components + 7) / 8;
}

}  // namespace

std::optional<Bytes> InflatePdfStream(ByteView stream, uint64_t max) {
  z_stream z{};
  if (inflateInit(&z) != Z_OK) return std::nullopt;
  Bytes out;
  z.next_in = const_cast<Bytef*>(stream.data());
  z.avail_in = static_cast<uInt>(std::min<size_t>(stream.size(), UINT32_MAX));
  int state = Z_OK;
  while (state == Z_OK && out.size() < max) {
    const size_t at = out.size();
    out.resize(std::min<uint64_t>(max, std::max<uint64_t>(at * 2, 64 << 10)));
    z.next_out = out.data() + at;
    z.avail_out = static_cast<uInt>(out.size() - at);
    state = inflate(&z, Z_NO_FLUSH);
    out.resize(out.size() - z.avail_out);
  }
  uint8_t more = 0;
  if (state == Z_OK) {  // full: only the end may come
    z.next_out = &more;
    z.avail_out = 1;
    state = inflate(&z, Z_FINISH);
    if (z.avail_out == 0) state = Z_BUF_ERROR;
  }
  inflateEnd(&z);
  return state == Z_STREAM_END ? std::optional(std::move(out)) : std::nullopt;
}

namespace {

void PutBig(Bytes& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
}
void PutChunk(Bytes& png, std::string_view type, ByteView data) {
  PutBig(png, static_cast<uint32_t>(data.size()));
  const size_t at = png.size();
  png.insert(png.end(), type.begin(), type.end());
  png.insert(png.end(), data.begin(), data.end());
  PutBig(png, static_cast<uint32_t>(crc32(0, png.data() + at, static_cast<uInt>(png.size() - at))));
}

// PNG's rows begin with the number of their filter: 0 none, 1 the difference to the pixel before, which is TIFF's.
Bytes DeflatedRows(const Bytes& samples, uint64_t row_bytes, uint8_t filter) {
  Bytes rows;
  rows.reserve(samples.size() + samples.size() / row_bytes);
  for (size_t at = 0; at < samples.size(); at += row_bytes) {
    rows.push_back(filter);
    rows.insert(rows.end(), samples.begin() + static_cast<ptrdiff_t>(at),
                samples.begin() + static_cast<ptrdiff_t>(at + row_bytes));
  }
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  Bytes out(size);
  // Not made smaller: the same bytes whichever version of the library made them.
  if (compress2(out.data(), &size, rows.data(), static_cast<uLong>(rows.size()), 0) != Z_OK) return {};
  out.resize(size);
  return out;
}

}  // namespace

std::optional<PdfPixels> ReadPdfPixels(std::string_view dictionary) {
  if (!ValueOf(dictionary, "/Subtype").starts_with("/Image")) return std::nullopt;
  const Packing packing = PackingOf(dictionary);
  if (packing == Packing::kOther) return std::nullopt;
  PdfPixels form;
  if (packing == Packing::kDeflatedJpeg) {
    form.is_jpeg = true;
    return form;
  }
  form.width = NumberOf(dictionary, "/Width").value_or(0);
  form.height = NumberOf(dictionary, "/Height").value_or(0);
  const bool mask = ValueOf(dictionary, "/ImageMask").starts_with("true");
  form.bits = mask ? 1 : NumberOf(dictionary, "/BitsPerComponent").value_or(8);
  form.predictor = NumberOf(dictionary, "/Predictor").value_or(1);
  if (form.width < kPdfSideMin || form.height < kPdfSideMin) return std::nullopt;
  if (form.bits != 1 && form.bits != 2 && form.bits != 4 && form.bits != 8) return std::nullopt;
  if (form.predictor != 1 && (form.predictor != 2 || form.bits != 8) && (form.predictor < 10 || form.predictor > 15))
    return std::nullopt;
  const std::string_view space = ValueOf(dictionary, "/ColorSpace");
  const std::string_view own = space.substr(0, space.find(']'));
  if (own.starts_with('[') && own.find("/Indexed") != std::string_view::npos && !TakePalette(own, form))
    return std::nullopt;
  return form;
}

uint64_t BytesOf(const PdfPixels& form) {
  if (form.is_jpeg) return kPdfPixelBytesMax;
  return uint64_t{form.height} * (RowBytes(form, 3) + 1);
}

std::optional<Bytes> UnpackPdfPixels(ByteView stream, const PdfPixels& form) {
  std::optional<Bytes> samples = InflatePdfStream(stream, std::min(BytesOf(form), kPdfPixelBytesMax));
  if (!samples || form.is_jpeg) return samples;
  const bool png_rows = form.predictor >= 10;
  uint32_t components = 0;
  for (const uint32_t count : {1U, 3U}) {
    if (samples->size() == form.height * (RowBytes(form, count) + (png_rows ? 1 : 0))) components = count;
  }
  if (components == 0 || (components == 3 && (form.bits != 8 || !form.palette.empty()))) return std::nullopt;
  Bytes png = ToBytes("\x89PNG\r\n\x1A\n");
  Bytes header;
  PutBig(header, form.width);
  PutBig(header, form.height);
  const uint8_t colour_type = components == 3 ? 2 : form.palette.empty() ? 0 : 3;
  for (const uint32_t byte : {form.bits, uint32_t{colour_type}, 0U, 0U, 0U})
    header.push_back(static_cast<uint8_t>(byte));
  PutChunk(png, "IHDR", header);
  if (colour_type == 3) PutChunk(png, "PLTE", form.palette);
  if (png_rows) {
    PutChunk(png, "IDAT", stream);
  } else {
    const Bytes rows = DeflatedRows(*samples, RowBytes(form, components), form.predictor == 2 ? 1 : 0);
    if (rows.empty()) return std::nullopt;
    PutChunk(png, "IDAT", rows);
  }
  PutChunk(png, "IEND", {});
  return png;
}

}  // namespace crossguard::examine
