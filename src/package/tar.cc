#include "package/tar.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "package/safe_names.h"

namespace crossguard {
namespace {

// Offsets and lengths of the ustar header (POSIX.1, pax interchange format).
struct Field {
  size_t offset, length;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kOwner{108, 8}, kGroup{116, 8}, kSize{124, 12}, kTime{136, 12},
    kSum{148, 8}, kPrefix{345, 155};
constexpr size_t kTypeOffset = 156;
constexpr size_t kMagicOffset = 257;
constexpr std::string_view kMagic(
    "ustar\0"
    "00",
    8);
constexpr uint64_t kOctalSizeMax = (uint64_t{1} << 33U) - 1;  // 11 octal digits
constexpr size_t kPaxMaxBytes = 4096;

using Block = std::array<uint8_t, kTarBlockBytes>;

void PutText(Block& block, Field field, std::string_view text) {
  std::memcpy(block.data() + field.offset, text.data(), std::min(text.size(), field.length));
}
void PutOctal(Block& block, Field field, uint64_t value) {
  for (size_t i = field.length - 1; i-- > 0; value >>= 3U)
    block[field.offset + i] = static_cast<uint8_t>('0' + (value & 7U));
}
std::string_view TextAt(const Block& block, Field field) {
  const auto* begin = reinterpret_cast<const char*>(block.data() + field.offset);
  return {begin, strnlen(begin, field.length)};
}
// Octal digits, then NUL or space to the end of the field.
Result<uint64_t> OctalAt(const Block& block, Field field) {
  uint64_t value = 0;
  size_t i = 0;
  for (; i < field.length && block[field.offset + i] >= '0' && block[field.offset + i] <= '7'; ++i)
    value = value * 8 + (block[field.offset + i] & 7U);
  const bool ended = i > 0 && std::all_of(block.begin() + static_cast<ptrdiff_t>(field.offset + i),
                                          block.begin() + static_cast<ptrdiff_t>(field.offset + field.length),
                                          [](uint8_t b) { return b == 0 || b == ' '; });
  if (!ended || i == field.length)
    return Fail(Code::kCorrupt, "The payload is not a whole tar file: a number in a header is broken.");
  return value;
}
uint64_t SumOf(const Block& block) {
  uint64_t sum = 0;
  for (size_t i = 0; i < block.size(); ++i)
    sum += i >= kSum.offset && i < kSum.offset + kSum.length ? uint64_t{0x20} : uint64_t{block[i]};
  return sum;
}
uint64_t PaddingOf(uint64_t size_bytes) {
  return (kTarBlockBytes - size_bytes % kTarBlockBytes) % kTarBlockBytes;
}

Block HeaderOf(std::string_view name, std::string_view prefix, uint64_t size_bytes, char type) {
  Block block{};
  PutText(block, kName, name);
  PutText(block, kPrefix, prefix);
  PutOctal(block, kMode, 0600);
  PutOctal(block, kOwner, 0);
  PutOctal(block, kGroup, 0);
  PutOctal(block, kSize, size_bytes);
  PutOctal(block, kTime, 0);
  block[kTypeOffset] = static_cast<uint8_t>(type);
  std::memcpy(block.data() + kMagicOffset, kMagic.data(), kMagic.size());
  char sum[8];
  std::snprintf(sum, sizeof sum, "%06lo", static_cast<unsigned long>(SumOf(block)));
  std::memcpy(block.data() + kSum.offset, sum, 7);
  block[kSum.offset + 7] = ' ';
  return block;
}

// "<length> <key>=<value>\n", where the length counts itself.
std::string PaxRecord(std::string_view key, std::string_view value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return std::to_string(length) + " " + std::string(key) + "=" + std::string(value) + "\n";
}

}  // namespace

Status TarWriter::Begin(const std::string& path, uint64_t size_bytes) {
  CHECK(left_bytes_ == 0);
  TRY(Pad());
  TRY(CheckSafePath(path));
  if (size_bytes > kTarFileMaxBytes)
    return Fail(Code::kExhausted, "A file is larger than 8 TiB; it cannot travel in a package.");
  std::string name = path;
  std::string prefix;
  std::string pax;
  if (path.size() > kName.length) {
    const size_t slash = path.find('/', path.size() - kName.length - 1);
    if (slash != std::string::npos && slash <= kPrefix.length) {
      prefix = path.substr(0, slash);
      name = path.substr(slash + 1);
    } else {
      pax += PaxRecord("path", path);
      name = path.substr(path.size() - kName.length);
    }
  }
  if (size_bytes > kOctalSizeMax) pax += PaxRecord("size", std::to_string(size_bytes));
  if (!pax.empty()) {
    TRY(out_(HeaderOf("pax", "", pax.size(), 'x')));
    TRY(out_(AsBytes(pax)));
    const Block zeros{};
    TRY(out_(ByteView(zeros).first(PaddingOf(pax.size()))));
  }
  TRY(out_(HeaderOf(name, prefix, size_bytes > kOctalSizeMax ? 0 : size_bytes, '0')));
  left_bytes_ = size_bytes;
  pad_bytes_ = PaddingOf(size_bytes);
  return {};
}

Status TarWriter::Write(ByteView bytes) {
  CHECK(bytes.size() <= left_bytes_);
  left_bytes_ -= bytes.size();
  return bytes.empty() ? Status{} : out_(bytes);
}

Status TarWriter::Pad() {
  const Block zeros{};
  const uint64_t pad = std::exchange(pad_bytes_, 0);
  return pad == 0 ? Status{} : out_(ByteView(zeros).first(pad));
}

Status TarWriter::End() {
  CHECK(left_bytes_ == 0);
  TRY(Pad());
  const std::array<uint8_t, 2 * kTarBlockBytes> zeros{};
  return out_(zeros);
}

Status TarWriter::Add(const std::string& path, ByteView bytes) {
  TRY(Begin(path, bytes.size()));
  return Write(bytes);
}

Status TarReader::Feed(ByteView bytes) {
  while (!bytes.empty()) {
    if (left_bytes_ > 0) {
      const ByteView piece = bytes.first(static_cast<size_t>(std::min<uint64_t>(left_bytes_, bytes.size())));
      if (in_pax_) {
        pax_.insert(pax_.end(), piece.begin(), piece.end());
      } else {
        TRY(events_.on_bytes(piece));
      }
      left_bytes_ -= piece.size();
      bytes = bytes.subspan(piece.size());
      if (left_bytes_ == 0) TRY(in_pax_ ? PaxRecords() : FileEnd());
    } else if (padding_bytes_ > 0) {
      const size_t skip = static_cast<size_t>(std::min<uint64_t>(padding_bytes_, bytes.size()));
      if (std::any_of(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(skip), [](uint8_t b) { return b != 0; })) {
        return Fail(Code::kCorrupt, "The payload is not a whole tar file: its padding is not empty.");
      }
      padding_bytes_ -= skip;
      bytes = bytes.subspan(skip);
    } else {
      const size_t take = std::min(kTarBlockBytes - block_fill_, bytes.size());
      std::memcpy(block_.data() + block_fill_, bytes.data(), take);
      block_fill_ += take;
      bytes = bytes.subspan(take);
      if (block_fill_ == kTarBlockBytes) {
        block_fill_ = 0;
        TRY(Header());
      }
    }
  }
  return {};
}

Status TarReader::FileEnd() {
  return events_.on_file_end();
}

Status TarReader::Header() {
  const auto corrupt = [](std::string_view why) {
    return Fail(Code::kCorrupt, "The payload is not a whole tar file: " + std::string(why) + ".");
  };
  if (std::all_of(block_.begin(), block_.end(), [](uint8_t b) { return b == 0; })) {
    if (!pax_path_.empty() || pax_size_ >= 0) return corrupt("an extended header stands before nothing");
    if (++end_blocks_ > 2) return corrupt("something follows its end");
    return {};
  }
  if (end_blocks_ > 0) return corrupt("something follows its end");
  if (std::memcmp(block_.data() + kMagicOffset, kMagic.data(), kMagic.size()) != 0)
    return corrupt("a header is not ustar");
  if (TRY(OctalAt(block_, kSum)) != SumOf(block_)) return corrupt("a header's sum is wrong");
  uint64_t size_bytes = TRY(OctalAt(block_, kSize));
  const char type = static_cast<char>(block_[kTypeOffset]);
  if (type == 'x') {
    if (in_pax_ || !pax_path_.empty() || pax_size_ >= 0) return corrupt("two extended headers follow each other");
    if (size_bytes == 0 || size_bytes > kPaxMaxBytes) return corrupt("an extended header is too long");
    in_pax_ = true;
    pax_.clear();
  } else if (type == '0') {
    std::string path = std::string(TextAt(block_, kPrefix));
    if (!path.empty()) path += '/';
    path += TextAt(block_, kName);
    if (!pax_path_.empty()) path = std::exchange(pax_path_, {});
    if (pax_size_ >= 0) size_bytes = static_cast<uint64_t>(std::exchange(pax_size_, -1));
    if (size_bytes > kTarFileMaxBytes) return Fail(Code::kExhausted, "A file in the payload is larger than 8 TiB.");
    TRY(CheckSafePath(path));
    TRY(events_.on_file(path, size_bytes));
    if (size_bytes == 0) TRY(FileEnd());
  } else {
    return Fail(
        Code::kInvalid,
        "The payload holds a link, a folder or a device; only regular files are taken. Do not use this package.");
  }
  left_bytes_ = size_bytes;
  padding_bytes_ = PaddingOf(size_bytes);
  return {};
}

Status TarReader::PaxRecords() {
  const auto corrupt = [] {
    return Fail(Code::kCorrupt, "The payload is not a whole tar file: an extended header is broken.");
  };
  in_pax_ = false;
  std::string_view text = AsText(pax_);
  while (!text.empty()) {
    size_t length = 0;
    size_t digits = 0;
    for (; digits < text.size() && digits < 5 && text[digits] >= '0' && text[digits] <= '9'; ++digits)
      length = length * 10 + static_cast<size_t>(text[digits] - '0');
    if (digits == 0 || length <= digits + 1 || length > text.size() || text[digits] != ' ' || text[length - 1] != '\n')
      return corrupt();
    const std::string_view record = text.substr(digits + 1, length - digits - 2);
    const size_t equals = record.find('=');
    if (equals == std::string_view::npos) return corrupt();
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key == "path" && pax_path_.empty() && !value.empty()) {
      pax_path_ = value;
    } else if (key == "size" && pax_size_ < 0 && !value.empty() && value.size() <= 14 &&
               std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      pax_size_ = 0;
      for (const char c : value) pax_size_ = pax_size_ * 10 + (c - '0');
    } else {
      return corrupt();  // an extension that this format does not use
    }
    text.remove_prefix(length);
  }
  return {};
}

Status TarReader::Finish() {
  if (end_blocks_ != 2 || block_fill_ != 0)
    return Fail(Code::kCorrupt, "The payload is not a whole tar file: it ends too early.");
  return {};
}

}  // namespace crossguard
