#include "package/open.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "crypto/age.h"
#include "crypto/cms.h"
#include "package/container.h"
#include "package/safe_names.h"
#include "package/seals.h"
#include "package/stage.h"

namespace crossguard {
namespace {

constexpr size_t kPieceBytes = 256 * 1024;

std::unexpected<Error> Changed(std::string_view what) {
  return Fail(Code::kCorrupt,
              std::string(what) + " is not what the sender sealed; do not use this package and ask for it again.");
}

// A file that is missing is a package that was changed, not a wrong path: the folder itself is checked before.
Result<Bytes> ReadPart(Files& files, const std::string& folder, std::string_view name, uint64_t size_max_bytes) {
  auto bytes = files.ReadWhole(folder + "/" + std::string(name), size_max_bytes);
  if (!bytes && (bytes.error().code == Code::kNotFound || bytes.error().code == Code::kExhausted ||
                 bytes.error().code == Code::kInvalid))
    return Changed(name);
  return bytes;
}

// By certificates and keys, at one time. keys: of the recipient; null where nothing is to be opened.
class CertifiedSeals final : public Seals {
 public:
  CertifiedSeals(ByteView sender_ca_pem, Instant at, const OpenKeys* keys = nullptr)
      : sender_ca_pem_(sender_ca_pem), at_(at), keys_(keys) {}

  Result<Certificate> SignerOf(ByteView signature, ByteView content) const override {
    const std::vector<Certificate> authorities = TRY(Certificate::LoadPemFile(AsText(sender_ca_pem_)));
    return TRY(VerifyDetached(signature, content, authorities, at_)).signer;
  }
  Result<Bytes> Open(ByteView envelope) const override {
    CHECK(keys_ != nullptr);
    const Certificate certificate = TRY(Certificate::LoadPem(AsText(keys_->certificate_pem)));
    const PrivateKey key = TRY(PrivateKey::LoadPem(AsText(keys_->key_pem)));
    return OpenEnvelope(envelope, certificate, key);
  }

 private:
  ByteView sender_ca_pem_;
  Instant at_;
  const OpenKeys* keys_;
};

struct CheckedOuter {
  OuterPage page;
  Certificate sender;
};

Status CheckPayload(Files& files, const std::string& path, const OuterPage& page) {
  const auto file = TRY(files.OpenRead(path));
  if (file->size() != page.payload_bytes) return Changed(kPayloadName);
  Bytes piece(kPieceBytes);
  Sha256Stream digest;
  uint64_t offset = 0;
  for (const Sha256& part : page.parts) {
    for (uint64_t left = std::min(kPartBytes, page.payload_bytes - offset); left > 0;) {
      const size_t got = TRY(
          file->ReadAt(offset, std::span(piece).first(static_cast<size_t>(std::min<uint64_t>(piece.size(), left)))));
      if (got == 0) return Changed(kPayloadName);
      digest.Update(ByteView(piece).first(got));
      offset += got;
      left -= got;
    }
    if (digest.Finish() != part) return Changed(kPayloadName);
  }
  return {};
}

// Signature first, then everything that the signed page names; nothing else may lie in the folder.
Result<CheckedOuter> CheckOuter(Env& env, const std::string& folder, const Seals& seals) {
  Files& files = env.files;
  const std::vector<std::string> names = TRY(files.List(folder));
  if (std::find(names.begin(), names.end(), kOuterName) == names.end()) {
    return Fail(Code::kInvalid, "'" + folder + "' is not a package: it has no OUTER.json.");
  }
  const Bytes text = TRY(ReadPart(files, folder, kOuterName, kOuterMaxBytes));
  const Bytes signature = TRY(ReadPart(files, folder, kOuterSignatureName, kSealMaxBytes));
  Certificate signer = TRY(seals.SignerOf(signature, text));
  OuterPage page = TRY(ParseOuter(AsText(text)));
  CheckedOuter out{.page = std::move(page), .sender = std::move(signer)};
  if (out.sender.Fingerprint() != out.page.sender_certificate)
    return Fail(Code::kDenied, "OUTER.json names another sender's certificate than the one that signed it.");
  std::vector<std::string> expected = {std::string(kOuterName), std::string(kOuterSignatureName),
                                       std::string(kPayloadName), out.page.envelope};
  std::sort(expected.begin(), expected.end());
  if (names != expected) return Changed("The list of files in the folder");
  if (HashSha256(TRY(ReadPart(files, folder, out.page.envelope, kSealMaxBytes))) != out.page.envelope_sha256)
    return Changed(out.page.envelope);
  TRY(CheckPayload(files, folder + "/" + std::string(kPayloadName), out.page));
  return out;
}

// A name beside a folder: "x/" and "x" are the same folder, and what lies beside it does not lie in it.
Result<std::string> Beside(const std::string& folder, std::string_view ending) {
  std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const std::string name = path.filename().string();
  if (name.empty() || name == "." || name == "..")
    return Fail(Code::kInvalid, "'" + folder + "' does not name a folder; give its name.");
  return path.string() + std::string(ending);
}

OuterFacts FactsOf(const OuterPage& page) {
  return {.package_id = page.package,
          .sender = page.sender,
          .recipient = page.recipient,
          .created = page.created,
          .payload_bytes = page.payload_bytes};
}

// Takes the files of the payload as they come, into a folder that nobody knows of yet.
class Unpacker {
 public:
  // durable: each file is on disk when it ends, so that what is released survives a power cut.
  Unpacker(Files& files, std::string folder, bool durable)
      : files_(files), folder_(std::move(folder)), durable_(durable) {}

  TarReader::Events Events() {
    return {.on_file = [this](const std::string& path, uint64_t) { return Begin(path); },
            .on_bytes = [this](ByteView bytes) { return Take(bytes); },
            .on_file_end = [this] { return End(); }};
  }
  const DigestList& sums() const { return sums_; }
  // The names too.
  Status Finish() {
    if (!durable_) return {};
    TRY(files_.SyncFolder(folder_));
    for (const std::string& folder : made_) TRY(files_.SyncFolder(folder));
    return {};
  }

 private:
  // On some systems two spellings of a folder are one folder, and a file and a folder of one name cannot both be.
  Status CheckNew(const std::string& path) {
    const auto twice = [] { return Fail(Code::kInvalid, "The package holds a name twice; do not use this package."); };
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const auto [found, added] = folders_.try_emplace(FoldCase(path.substr(0, slash)), path.substr(0, slash));
      if (found->second != path.substr(0, slash) || folded_.contains(found->first)) return twice();
    }
    std::string folded = FoldCase(path);
    return folders_.contains(folded) || !folded_.insert(std::move(folded)).second ? twice() : Status{};
  }
  Status Begin(const std::string& path) {
    if (sums_.size() >= kPackageFilesMax)
      return Fail(Code::kExhausted, "The package holds more than 2,000,000 files; ask the sender to split it.");
    TRY(CheckNew(path));
    const std::string target = folder_ + "/" + path;
    const std::string parent = std::filesystem::path(target).parent_path().string();
    if (made_.insert(parent).second) TRY(files_.MakeFolders(parent));
    path_ = path;
    file_ = TRY(files_.OpenAppend(target));
    return {};
  }
  Status Take(ByteView bytes) {
    digest_.Update(bytes);
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    return buffer_.size() < kPieceBytes ? Status{} : Drain();
  }
  Status Drain() {
    if (!buffer_.empty()) TRY(file_->Append(buffer_));
    buffer_.clear();
    return {};
  }
  Status End() {
    TRY(Drain());
    if (durable_) TRY(file_->Sync());
    sums_[path_] = digest_.Finish();
    file_.reset();
    return {};
  }

  Files& files_;
  std::string folder_, path_;
  bool durable_;
  std::set<std::string> folded_, made_;
  std::map<std::string, std::string> folders_;  // folded -> as first spelled
  std::unique_ptr<AppendFile> file_;
  Bytes buffer_;
  Sha256Stream digest_;
  DigestList sums_;
};

// Both ways: every file that is there is listed with its digest, and every file listed is there.
bool Complete(const DigestList& listed, const DigestList& found) {
  return listed == found;
}

DigestList Below(const DigestList& sums, std::string_view prefix) {
  DigestList out;
  for (const auto& [path, digest] : sums) {
    if (path.starts_with(prefix)) out.emplace(path.substr(prefix.size()), digest);
  }
  return out;
}

// "Payload-Oxum: bytes.files" must be there once and be right.
Status CheckOxum(std::string_view info, uint64_t payload_bytes, size_t payload_files) {
  const std::string wanted = "Payload-Oxum: " + std::to_string(payload_bytes) + "." + std::to_string(payload_files);
  size_t found = 0;
  for (size_t at = 0; at < info.size();) {
    const size_t end = std::min(info.find('\n', at), info.size());
    const std::string_view line = info.substr(at, end - at);
    if (line.starts_with("Payload-Oxum")) found += line == wanted ? size_t{1} : size_t{2};
    at = end + 1;
  }
  return found == 1 ? Status{} : Changed("The bag's Payload-Oxum");
}

// BagIt 1.0: complete (everything listed is there and the other way round) and valid (every digest is right).
Status CheckBag(Files& files, const std::string& folder, const DigestList& bag) {
  const auto read = [&](std::string_view name, uint64_t size_max_bytes) {
    return ReadPart(files, folder, name, size_max_bytes);
  };
  if (AsText(TRY(read("bagit.txt", kPageMaxBytes))) != kBagItText) return Changed("bagit.txt");
  const DigestList payload = Below(bag, "data/");
  DigestList listed;
  for (const auto& [path, digest] :
       TRY(ParseDigestLines(AsText(TRY(read("manifest-sha256.txt", kListMaxBytes))), "manifest-sha256.txt"))) {
    if (!path.starts_with("data/")) return Changed("manifest-sha256.txt");
    listed.emplace(path.substr(5), digest);
  }
  if (!Complete(listed, payload)) return Changed("The bag's payload");
  DigestList tags;
  for (const auto& [path, digest] : bag) {
    if (!path.starts_with("data/") && path != "tagmanifest-sha256.txt") tags.emplace(path, digest);
  }
  const DigestList listed_tags =
      TRY(ParseDigestLines(AsText(TRY(read("tagmanifest-sha256.txt", kPageMaxBytes))), "tagmanifest-sha256.txt"));
  if (!Complete(listed_tags, tags) || tags.size() != 3 || !tags.contains("bag-info.txt"))
    return Changed("The bag's tag files");
  uint64_t payload_bytes = 0;
  for (const auto& [path, digest] : payload) payload_bytes += TRY(files.OpenRead(folder + "/data/" + path))->size();
  return CheckOxum(AsText(TRY(read("bag-info.txt", kPageMaxBytes))), payload_bytes, payload.size());
}

}  // namespace

class PackageOpener {
 public:
  PackageOpener(Env& env, const std::string& authority, const Seals& seals)
      : env_(env), authority_(authority), seals_(seals) {}

  // All of it, into `temporary`. What is there after an error is worth nothing.
  Result<VerifiedPackage> Check(const std::string& package_folder, const std::string& temporary, bool durable) {
    const CheckedOuter outer = TRY(CheckOuter(env_, package_folder, seals_));
    if (outer.page.recipient != authority_) {
      return Fail(Code::kDenied, "The package is for " + outer.page.recipient + ", not for " + authority_ +
                                     "; hand it to its recipient.");
    }
    const AgeIdentity identity = TRY(OpenKey(package_folder, outer.page));
    TRY(env_.files.MakeFolders(temporary));
    Unpacker unpacker(env_.files, temporary, durable);
    TRY(Unpack(package_folder + "/" + std::string(kPayloadName), identity, unpacker));
    TRY(unpacker.Finish());
    return CheckInside(outer, temporary, unpacker.sums());
  }

 private:
  Result<AgeIdentity> OpenKey(const std::string& folder, const OuterPage& page) {
    const Bytes envelope = TRY(ReadPart(env_.files, folder, page.envelope, kSealMaxBytes));
    Bytes secret = TRY(seals_.Open(envelope));
    const CleanseAtExit cleanse(secret);
    return AgeIdentity::ParseFile(AsText(secret));
  }

  Status Unpack(const std::string& payload, const AgeIdentity& identity, Unpacker& unpacker) {
    const auto file = TRY(env_.files.OpenRead(payload));
    uint64_t offset = 0;
    const Source sealed = [&](std::span<uint8_t> out) -> Result<size_t> {
      const size_t got = TRY(file->ReadAt(offset, out));
      offset += got;
      return got;
    };
    TarReader reader(unpacker.Events());
    const Status opened = OpenAge({&identity, 1}, sealed, [&](ByteView bytes) { return reader.Feed(bytes); });
    if (!opened && opened.error().code == Code::kDenied) {
      return Fail(Code::kDenied,
                  "The key in the envelope does not open this payload: the two do not belong together. Do not use this "
                  "package.");
    }
    TRY(opened);
    return reader.Finish();
  }

  Result<VerifiedPackage> CheckInside(const CheckedOuter& outer, const std::string& folder, const DigestList& found) {
    const Bytes sums_text = TRY(ReadPart(env_.files, folder, kSumsName, kListMaxBytes));
    const Bytes signature = TRY(ReadPart(env_.files, folder, kSumsSignatureName, kSealMaxBytes));
    const Certificate signer = TRY(seals_.SignerOf(signature, sums_text));
    if (!(signer == outer.sender))
      return Fail(Code::kDenied,
                  "The contents were signed by another certificate than the outside; do not use this package.");
    DigestList signed_files = found;
    signed_files.erase(std::string(kSumsName));
    signed_files.erase(std::string(kSumsSignatureName));
    if (!Complete(TRY(ParseDigestLines(AsText(sums_text), kSumsName)), signed_files))
      return Changed("The list of files inside");
    const InnerPage inner = TRY(ParseInner(AsText(TRY(ReadPart(env_.files, folder, kManifestName, kPageMaxBytes)))));
    if (inner.recipient != authority_) {
      return Fail(Code::kDenied, "The sender made these contents for " + inner.recipient + ", not for " + authority_ +
                                     ": somebody sealed them anew. Tell the sender.");
    }
    if (inner.package != outer.page.package || inner.sender != outer.page.sender) return Changed("MANIFEST.json");
    for (const auto& [path, digest] : signed_files) {
      if (path != kManifestName && !path.starts_with(kBagPrefix) && !path.starts_with(kCustodyPrefix))
        return Changed("The list of files inside");
    }
    const DigestList bag = Below(found, kBagPrefix);
    const auto tag_manifest = bag.find("tagmanifest-sha256.txt");
    if (tag_manifest == bag.end() || tag_manifest->second != inner.contents_sha256) return Changed("The bag");
    TRY(CheckBag(env_.files, folder + "/bag", bag));
    VerifiedPackage out;
    out.outer_ = FactsOf(outer.page);
    out.kind_ = inner.kind;
    out.gateway_ = inner.gateway;
    out.operation_ = inner.operation;
    out.account_count_ = inner.account_count;
    out.file_count_ = inner.file_count;
    out.contents_sha256_ = inner.contents_sha256;
    return out;
  }

 public:
  static void Release(VerifiedPackage& package, std::string folder) { package.folder_ = std::move(folder); }

 private:
  Env& env_;
  const std::string& authority_;
  const Seals& seals_;
};

namespace {
Result<VerifiedPackage> CheckBeside(Env& env, const std::string& package_folder, const std::string& authority,
                                    const Seals& seals, const std::string& scratch_folder) {
  const std::string temporary = TRY(Beside(scratch_folder, ".verifying"));
  TRY(env.files.RemoveTree(temporary));
  auto checked = PackageOpener(env, authority, seals).Check(package_folder, temporary, false);
  TRY(env.files.RemoveTree(temporary));
  return checked;
}
}  // namespace

Status CheckPackage(Env& env, const std::string& package_folder, const std::string& authority, const Seals& seals,
                    const std::string& scratch_folder) {
  const auto checked = CheckBeside(env, package_folder, authority, seals, scratch_folder);
  return checked ? Status() : std::unexpected(checked.error());
}

Result<OuterFacts> VerifyOuter(Env& env, const std::string& package_folder, ByteView sender_ca_pem, Instant at) {
  return FactsOf(TRY(CheckOuter(env, package_folder, CertifiedSeals(sender_ca_pem, at))).page);
}

Result<VerifiedPackage> VerifyPackage(Env& env, const std::string& package_folder, const OpenKeys& keys, Instant at,
                                      const std::string& scratch_folder) {
  return CheckBeside(env, package_folder, keys.authority, CertifiedSeals(keys.sender_ca_pem, at, &keys),
                     scratch_folder);
}

Result<VerifiedPackage> OpenPackage(Env& env, const std::string& package_folder, const OpenKeys& keys, Instant at,
                                    const std::string& output_folder) {
  if (env.files.Exists(output_folder))
    return Fail(Code::kConflict, "'" + output_folder + "' exists; name a folder that does not.");
  const std::string temporary = TRY(Beside(output_folder, ".opening"));
  const std::string target = TRY(Beside(output_folder, ""));
  TRY(env.files.RemoveTree(temporary));
  const CertifiedSeals seals(keys.sender_ca_pem, at, &keys);
  auto checked = PackageOpener(env, keys.authority, seals).Check(package_folder, temporary, true);
  if (!checked) {
    TRY(env.files.RemoveTree(temporary));
    return checked;
  }
  TRY(env.files.Rename(temporary, target));
  const std::string parent = std::filesystem::path(target).parent_path().string();
  TRY(env.files.SyncFolder(parent.empty() ? "." : parent));
  PackageOpener::Release(*checked, output_folder);
  return checked;
}

}  // namespace crossguard
