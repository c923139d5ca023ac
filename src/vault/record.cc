#include "vault/record.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace crossguard::vault {
namespace {

void PutBigEndian(uint64_t value, std::span<uint8_t> out) {
  for (size_t i = out.size(); i > 0; --i) {
    out[i - 1] = static_cast<uint8_t>(value & 0xFFU);
    value >>= 8U;
  }
}

uint64_t GetBigEndian(ByteView bytes) {
  uint64_t value = 0;
  for (const uint8_t byte : bytes) value = (value << 8U) | byte;
  return value;
}

// The place is part of what is authenticated, though it is not written: the reader knows it.
Sha256 Tag(const Keys& keys, const PackEnd& place, ByteView unsigned_part) {
  Bytes message(12);
  PutBigEndian(static_cast<uint64_t>(place.pack), std::span(message).subspan(0, 4));
  PutBigEndian(place.end_bytes, std::span(message).subspan(4, 8));
  message.insert(message.end(), unsigned_part.begin(), unsigned_part.end());
  return HmacSha256(keys.mac.reveal(), message);
}

}  // namespace

Keys DeriveKeys(const SecretKey& store_key) {
  return {.kek = HkdfSha256Key(store_key.reveal(), {}, AsBytes("crossguard vault 1 key encryption")),
          .mac = HkdfSha256Key(store_key.reveal(), {}, AsBytes("crossguard vault 1 records"))};
}

Sha256 NameOf(const Keys& keys, const Sha256& sha256) {
  return HmacSha256(keys.mac.reveal(), sha256.view());
}

std::array<uint8_t, kTrailerBytes> WriteTrailer(const Keys& keys, const PackEnd& place, const Trailer& trailer) {
  std::array<uint8_t, kTrailerBytes> out{};
  const std::span<uint8_t> span(out);
  std::copy(kTrailerMagic.begin(), kTrailerMagic.end(), out.begin());
  PutBigEndian(trailer.body_bytes, span.subspan(8, 8));
  PutBigEndian(trailer.size_bytes, span.subspan(16, 8));
  PutBigEndian(static_cast<uint64_t>(trailer.known.pack), span.subspan(24, 4));
  PutBigEndian(trailer.known.end_bytes, span.subspan(28, 8));
  std::copy(trailer.name.bytes.begin(), trailer.name.bytes.end(), out.begin() + 36);
  const Sha256 tag = Tag(keys, place, span.first(68));
  std::copy(tag.bytes.begin(), tag.bytes.end(), out.begin() + 68);
  return out;
}

std::optional<Trailer> ReadTrailer(const Keys& keys, int64_t pack, uint64_t trailer_offset_bytes, ByteView bytes) {
  if (bytes.size() != kTrailerBytes || AsText(bytes.first(8)) != kTrailerMagic) return std::nullopt;
  Trailer out{.body_bytes = GetBigEndian(bytes.subspan(8, 8)),
              .size_bytes = GetBigEndian(bytes.subspan(16, 8)),
              .known = {.pack = static_cast<int64_t>(GetBigEndian(bytes.subspan(24, 4))),
                        .end_bytes = GetBigEndian(bytes.subspan(28, 8))}};
  std::copy(bytes.begin() + 36, bytes.begin() + 68, out.name.bytes.begin());
  if (out.body_bytes > trailer_offset_bytes || trailer_offset_bytes - out.body_bytes < kRecordHeaderBytes)
    return std::nullopt;
  const PackEnd place{.pack = pack, .end_bytes = trailer_offset_bytes - out.body_bytes - kRecordHeaderBytes};
  if (!EqualConstantTime(Tag(keys, place, bytes.first(68)).view(), bytes.subspan(68, 32))) return std::nullopt;
  return out;
}

std::string PackName(int64_t pack) {
  std::string digits = std::to_string(pack);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return "pack-" + digits;
}

std::optional<int64_t> PackNumber(std::string_view name) {
  if (!name.starts_with("pack-")) return std::nullopt;
  int64_t pack = 0;
  const std::string_view digits = name.substr(5);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pack);
  if (error != std::errc() || pack < 1 || PackName(pack) != name) return std::nullopt;
  return pack;
}

}  // namespace crossguard::vault
