// What writer and reader of the sealed folder share: names, limits, and the outer page. docs/formats/package.md.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace crossguard {

constexpr std::string_view kOuterName = "OUTER.json";
constexpr std::string_view kOuterSignatureName = "OUTER.json.p7s";
constexpr std::string_view kPayloadName = "payload.age";
constexpr std::string_view kManifestName = "MANIFEST.json";
constexpr std::string_view kSumsName = "SHA256SUMS";
constexpr std::string_view kSumsSignatureName = "SHA256SUMS.p7s";
constexpr std::string_view kBagPrefix = "bag/";
constexpr std::string_view kCustodyPrefix = "custody/";
constexpr std::string_view kOuterFormat = "crossguard-outer/1";
constexpr std::string_view kManifestFormat = "crossguard-manifest/1";

constexpr uint64_t kPartBytes = 64 * 1024 * 1024;
constexpr uint64_t kOuterMaxBytes = 16 * 1024 * 1024;  // OUTER.json: a digest for each 64 MiB of payload
constexpr uint64_t kPageMaxBytes = 1024 * 1024;        // MANIFEST.json, bag-info.txt
constexpr uint64_t kSealMaxBytes = 64 * 1024;          // a signature, the key envelope
constexpr uint64_t kListMaxBytes = 240 * 1024 * 1024;  // SHA256SUMS, manifest-sha256.txt
constexpr size_t kPackageFilesMax = 2'000'000;
constexpr uint64_t kPayloadMaxBytes = uint64_t{1} << 43U;  // 8 TiB

struct OuterPage {
  std::string package, created, sender, recipient, envelope;
  Sha256 sender_certificate, recipient_certificate, envelope_sha256;
  uint64_t payload_bytes = 0;
  std::vector<Sha256> parts;  // of kPartBytes each, the last one the rest
};
std::string OuterText(const OuterPage& page);
// kInvalid: not such a page. kUnsupported: of another version.
Result<OuterPage> ParseOuter(std::string_view text);

struct InnerPage {
  std::string package, operation, kind, sender, recipient, gateway, legal_reference, created;
  int64_t account_count = 0, file_count = 0;
  Sha256 contents_sha256;
};
std::string InnerText(const InnerPage& page);
Result<InnerPage> ParseInner(std::string_view text);

}  // namespace crossguard
