// Private to the vault: the record around a sealed body, byte for byte as docs/formats/pack.md has it. Writer and
// reader share this one file.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "register/blob_rows.h"

namespace crossguard::vault {

constexpr std::string_view kPackMagic = "crossguard pack1";
constexpr std::string_view kRecordMagic = "cgblob1\n";
constexpr std::string_view kTrailerMagic = "cgtail1\n";
constexpr uint64_t kPackHeaderBytes = 16;
constexpr uint64_t kRecordHeaderBytes = 8;
constexpr uint64_t kTrailerBytes = 8 + 8 + 8 + 4 + 8 + 32 + 32;

// Said at the end of a record, because digests and lengths of a stream are known only there.
struct Trailer {
  uint64_t body_bytes = 0;  // of the sealed body
  uint64_t size_bytes = 0;  // of the content
  PackEnd known;            // the register's last extent when this record was written
  Sha256 name;              // HMAC of the content's SHA-256: says nothing to who has no key
};

// Two keys from the store's one, so that no key has two uses.
struct Keys {
  SecretKey kek;
  SecretKey mac;
};
Keys DeriveKeys(const SecretKey& store_key);

Sha256 NameOf(const Keys& keys, const Sha256& sha256);
// `place`: the pack and the record's start in it; bound in, so that a record copied elsewhere is not one.
std::array<uint8_t, kTrailerBytes> WriteTrailer(const Keys& keys, const PackEnd& place, const Trailer& trailer);
// nullopt: not a trailer of this store at this place.
std::optional<Trailer> ReadTrailer(const Keys& keys, int64_t pack, uint64_t trailer_offset_bytes, ByteView bytes);

std::string PackName(int64_t pack);                        // "pack-000001"
std::optional<int64_t> PackNumber(std::string_view name);  // nullopt: not a pack

}  // namespace crossguard::vault
