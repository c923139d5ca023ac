#include "package/seal.h"

#include <algorithm>
#include <filesystem>

#include "base/json.h"
#include "crypto/age.h"
#include "crypto/cms.h"
#include "model/canonical.h"
#include "package/bag_builder.h"
#include "package/container.h"
#include "register/coordination_rows.h"
#include "register/package_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = package_rows;

constexpr size_t kPieceBytes = 256 * 1024;
constexpr std::string_view kFilesPrefix = "data/files/";

// A file written once, with the digest of each part of it.
class PartedFile {
 public:
  static Result<PartedFile> Begin(Env& env, const std::string& path) {
    return PartedFile(TRY(env.files.OpenAppend(path)));
  }
  Status Put(ByteView bytes) {
    while (!bytes.empty()) {
      const ByteView piece =
          bytes.first(static_cast<size_t>(std::min<uint64_t>(bytes.size(), kPartBytes - part_bytes_)));
      digest_.Update(piece);
      buffer_.insert(buffer_.end(), piece.begin(), piece.end());
      if (buffer_.size() >= kPieceBytes) TRY(Drain());
      part_bytes_ += piece.size();
      size_bytes_ += piece.size();
      if (part_bytes_ == kPartBytes) EndPart();
      bytes = bytes.subspan(piece.size());
    }
    return {};
  }
  Status Finish() {
    if (part_bytes_ > 0) EndPart();
    TRY(Drain());
    return file_->Sync();
  }
  uint64_t size_bytes() const { return size_bytes_; }
  const std::vector<Sha256>& parts() const { return parts_; }

 private:
  explicit PartedFile(std::unique_ptr<AppendFile> file) : file_(std::move(file)) {}
  void EndPart() {
    parts_.push_back(digest_.Finish());
    part_bytes_ = 0;
  }
  Status Drain() {
    if (!buffer_.empty()) TRY(file_->Append(buffer_));
    buffer_.clear();
    return {};
  }
  std::unique_ptr<AppendFile> file_;
  Bytes buffer_;
  Sha256Stream digest_;
  uint64_t part_bytes_ = 0, size_bytes_ = 0;
  std::vector<Sha256> parts_;
};

// Writes one tar and keeps the digest of each file in it.
class SummedTar {
 public:
  explicit SummedTar(Sink out) : tar_(std::move(out)) {}
  Status Add(const std::string& path, ByteView bytes) {
    TRY(Room());
    sums_[path] = HashSha256(bytes);
    return tar_.Add(path, bytes);
  }
  Status Begin(const std::string& path, uint64_t size_bytes) {
    TRY(Room());
    path_ = path;
    return tar_.Begin(path, size_bytes);
  }
  Status Write(ByteView bytes) {
    digest_.Update(bytes);
    return tar_.Write(bytes);
  }
  Sha256 EndFile() { return sums_[path_] = digest_.Finish(); }
  Status End() { return tar_.End(); }
  const DigestList& sums() const { return sums_; }

 private:
  // What nobody could open is not sealed.
  Status Room() const {
    if (sums_.size() < kPackageFilesMax) return {};
    return Fail(Code::kExhausted, "A package holds at most 2,000,000 files; hand the submission in in parts.");
  }
  TarWriter tar_;
  DigestList sums_;
  std::string path_;
  Sha256Stream digest_;
};

std::unexpected<Error> NotAsComposed(const std::string& id) {
  return Fail(Code::kCorrupt,
              "The staged contents of package " + id +
                  " are not what was composed; check the disk, remove the staged file and compose again.");
}

// The staged bag, entry by entry, under bag/. Held against its own manifest and what the register remembers.
Status CopyBag(const PackageRoom& room, const rows::PackageRow& package, SummedTar& tar, DigestList& promised) {
  Bytes manifest;
  std::string current;
  TarReader reader({.on_file = [&](const std::string& path, uint64_t size_bytes) -> Status {
                      current = path;
                      return tar.Begin(std::string(kBagPrefix) + path, size_bytes);
                    },
                    .on_bytes = [&](ByteView bytes) -> Status {
                      if (current == "manifest-sha256.txt") manifest.insert(manifest.end(), bytes.begin(), bytes.end());
                      return tar.Write(bytes);
                    },
                    .on_file_end = [&]() -> Status {
                      tar.EndFile();
                      return {};
                    }});
  const auto file = TRY(room.env.files.OpenRead(StagedTar(room, package.id)));
  Bytes piece(kPieceBytes);
  for (uint64_t offset = 0; offset < file->size();) {
    const size_t got = TRY(file->ReadAt(offset, piece));
    if (got == 0) return NotAsComposed(package.id);
    TRY(reader.Feed(ByteView(piece).first(got)));
    offset += got;
  }
  TRY(reader.Finish());
  const auto tag_manifest = tar.sums().find(std::string(kBagPrefix) + "tagmanifest-sha256.txt");
  const auto manifest_sum = tar.sums().find(std::string(kBagPrefix) + "manifest-sha256.txt");
  if (tag_manifest == tar.sums().end() || manifest_sum == tar.sums().end() ||
      tag_manifest->second != package.contents_sha256)
    return NotAsComposed(package.id);
  promised = TRY(ParseDigestLines(AsText(manifest), "manifest-sha256.txt"));
  for (const auto& [path, digest] : tar.sums()) {
    const std::string inside = path.starts_with(kBagPrefix) ? path.substr(kBagPrefix.size()) : "";
    if (!inside.starts_with("data/")) continue;
    const auto listed = promised.find(inside);
    if (listed == promised.end() || listed->second != digest) return NotAsComposed(package.id);
    promised.erase(listed);
  }
  return {};
}

// What the bag names and does not hold yet: the evidence files, from the vault.
Status AddFiles(Database& db, const PackageRoom& room, const rows::PackageRow& package, const DigestList& promised,
                SummedTar& tar) {
  for (const auto& [path, digest] : promised) {
    const auto media =
        path.starts_with(kFilesPrefix)
            ? TRY(rows::FindMedia(db, path.substr(kFilesPrefix.size(), path.rfind('.') - kFilesPrefix.size())))
            : std::nullopt;
    if (!media || media->sha256 != digest) return NotAsComposed(package.id);
    TRY(tar.Begin(std::string(kBagPrefix) + path, static_cast<uint64_t>(media->size_bytes)));
    auto left_bytes = static_cast<uint64_t>(media->size_bytes);
    TRY(room.vault.ReadStream(digest, [&](ByteView bytes) -> Status {
      if (bytes.size() > left_bytes) return NotAsComposed(package.id);
      left_bytes -= bytes.size();
      return tar.Write(bytes);
    }));
    if (left_bytes != 0 || tar.EndFile() != digest)
      return Fail(Code::kCorrupt,
                  "Media " + media->id + " in the vault is not what was sealed; run crossguard vault check.");
  }
  return {};
}

Status AddCustody(Database& db, const PackageRoom& room, const rows::PackageRow& package, SummedTar& tar) {
  std::string lines;
  std::vector<int64_t> leaves;
  TRY(rows::EachCustodyLeaf(db, package.operation_key, package.id, [&](const rows::LeafRow& leaf) -> Status {
    lines += Canonical({{"index", leaf.index},
                        {"at", ToText(leaf.at)},
                        {"act", leaf.act},
                        {"object", leaf.object_id},
                        {"entry", leaf.entry}}) +
             "\n";
    leaves.push_back(leaf.index);
    return {};
  }));
  TRY(tar.Add(std::string(kCustodyPrefix) + "leaves.jsonl", AsBytes(lines)));
  if (!room.proof) return {};
  for (const int64_t leaf : leaves) {
    const auto proof = room.proof(leaf);
    if (proof) {
      TRY(tar.Add(std::string(kCustodyPrefix) + std::to_string(leaf) + ".tlog-proof", AsBytes(*proof)));
    } else if (proof.error().code == Code::kCorrupt) {
      return std::unexpected(proof.error());
    }  // else: not published yet; the entry stands without a proof
  }
  return {};
}

std::string FinalFolder(const PackageRoom& room, const std::string& id) {
  return room.folder + "/sealed/" + id;
}
// As the register keeps it: below the data directory, so that the whole may move.
std::string KeptFolder(const PackageRoom& room, const std::string& id) {
  return std::filesystem::path(room.folder).filename().string() + "/sealed/" + id;
}

// What leaves goes by a gateway that stands on that day, and by the version of it that the package names: its own pages
// say which, and they cannot be changed any more.
Status CheckGateway(const PackageRoom& room, const rows::PackageRow& package, Instant at) {
  const GatewayDecision decision = Decide(
      room.book,
      {.from = room.book.self, .to = package.authority, .purpose = "facilitate_exchange", .data_kind = package.kind},
      at);
  if (!decision.allowed) return Fail(Code::kDenied, decision.reason);
  if (decision.reason == package.gateway_reason) return {};
  return Fail(Code::kConflict, "Package " + package.id +
                                   " was composed by another version of its gateway; compose it again, or hand in the "
                                   "authority's answer again if it is evidence.");
}

struct Sealer {
  Transaction& transaction;
  const Permit& permit;
  const PackageRoom& room;
  const rows::PackageRow& package;
  Certificate sender;
  PrivateKey sender_key;
  Certificate recipient;

  Status WritePayload(const AgeIdentity& identity, PartedFile& payload) {
    const AgeRecipient recipients[] = {identity.recipient()};
    AgeSealer age =
        TRY(AgeSealer::Start(recipients, room.env.random, [&](ByteView bytes) { return payload.Put(bytes); }));
    SummedTar tar([&](ByteView bytes) { return age.Write(bytes); });
    const Gateway* const gateway = room.book.FindGateway(package.gateway);
    CHECK(gateway != nullptr);  // CheckGateway saw it
    const InnerPage inner{.package = package.id,
                          .operation = package.operation_id,
                          .kind = package.kind,
                          .sender = room.book.self,
                          .recipient = package.authority,
                          .gateway = package.gateway,
                          .legal_reference = gateway->legal_reference,
                          .created = ToText(permit.at()),
                          .account_count = package.account_count,
                          .file_count = package.file_count,
                          .contents_sha256 = package.contents_sha256};
    const std::string page = InnerText(inner);
    TRY(ParseInner(page));  // what nobody could open is not sealed
    TRY(tar.Add(std::string(kManifestName), AsBytes(page)));
    DigestList promised;
    TRY(CopyBag(room, package, tar, promised));
    TRY(AddFiles(transaction.db(), room, package, promised, tar));
    TRY(AddCustody(transaction.db(), room, package, tar));
    const std::string sums = DigestLines(tar.sums());
    if (sums.size() > kListMaxBytes)
      return Fail(Code::kExhausted, "The package has too many files for one; hand the submission in in parts.");
    const Bytes signature = TRY(SignDetached(AsBytes(sums), sender, sender_key, {}, permit.at()));
    TRY(tar.Add(std::string(kSumsName), AsBytes(sums)));
    TRY(tar.Add(std::string(kSumsSignatureName), signature));
    TRY(tar.End());
    TRY(age.Finish());
    return payload.Finish();
  }

  // Into a folder of a temporary name; the rename makes it the package.
  Result<uint64_t> Write(const std::string& temporary, const std::string& final_folder) {
    Files& files = room.env.files;
    TRY(files.RemoveTree(temporary));
    TRY(files.MakeFolders(temporary));
    const AgeIdentity identity = AgeIdentity::Make(room.env.random);
    PartedFile payload = TRY(PartedFile::Begin(room.env, temporary + "/" + std::string(kPayloadName)));
    TRY(WritePayload(identity, payload));
    std::string secret = identity.RevealText() + "\n";
    const CleanseAtExit cleanse({reinterpret_cast<uint8_t*>(secret.data()), secret.size()});
    const Certificate recipients[] = {recipient};
    const Bytes envelope = TRY(SealEnvelope(AsBytes(secret), recipients, permit.at()));
    const OuterPage outer{.package = package.id,
                          .created = ToText(permit.at()),
                          .sender = room.book.self,
                          .recipient = package.authority,
                          .envelope = "key-" + package.authority + ".cms",
                          .sender_certificate = sender.Fingerprint(),
                          .recipient_certificate = recipient.Fingerprint(),
                          .envelope_sha256 = HashSha256(envelope),
                          .payload_bytes = payload.size_bytes(),
                          .parts = payload.parts()};
    const std::string page = OuterText(outer);
    TRY(ParseOuter(page));
    TRY(files.WriteWhole(temporary + "/" + outer.envelope, envelope));
    TRY(files.WriteWhole(temporary + "/" + std::string(kOuterName), AsBytes(page)));
    TRY(files.WriteWhole(temporary + "/" + std::string(kOuterSignatureName),
                         TRY(SignDetached(AsBytes(page), sender, sender_key, {}, permit.at()))));
    TRY(files.SyncFolder(temporary));
    // A folder of the final name without a row that says so is from a run that was killed between the two.
    TRY(files.RemoveTree(final_folder));
    TRY(files.Rename(temporary, final_folder));
    TRY(files.SyncFolder(room.folder + "/sealed"));
    return payload.size_bytes();
  }
};

Result<rows::PackageRow> Find(Database& db, const Id<Package>& id) {
  auto row = TRY(rows::FindPackage(db, id.text()));
  if (!row) return Fail(Code::kNotFound, "There is no package " + id.text() + "; see crossguard package list.");
  return std::move(*row);
}

std::unexpected<Error> WrongPermit(Act needed) {
  return Fail(Code::kDenied,
              "This permit is for another act; ask the gate for '" + std::string(RuleOf(needed).name) + "'.");
}

}  // namespace

Result<SealedPackage> SealPackage(Transaction& transaction, const Permit& permit, const PackageRoom& room,
                                  const SenderKeys& keys, const Id<Package>& id) {
  if (permit.act() != Act::kSealPackage) return WrongPermit(Act::kSealPackage);
  const rows::PackageRow package = TRY(Find(transaction.db(), id));
  const std::string final_folder = FinalFolder(room, package.id);
  SealedPackage out{.id = id,
                    .authority = package.authority,
                    .folder = final_folder,
                    .payload_bytes = static_cast<uint64_t>(package.payload_bytes)};
  if (package.sealed_at && room.env.files.Exists(final_folder) && package.state != Text(PackageState::kSuperseded))
    return out;
  if (package.state != Text(PackageState::kComposed)) {
    return Fail(Code::kConflict, "Package " + package.id + " is " + package.state +
                                     " and its folder is not there to be sealed again; look at the register.");
  }
  TRY(CheckGateway(room, package, permit.at()));
  const Authority* const authority = room.book.Find(package.authority);
  if (authority == nullptr || authority->certificate_path.empty())
    return Fail(Code::kDenied,
                "Authority " + package.authority + " has no certificate in the authorities file; add it, then seal.");
  const Bytes certificate = TRY(room.env.files.ReadWhole(authority->certificate_path, kPemMaxBytes));
  Certificate sender = TRY(Certificate::LoadPem(AsText(keys.certificate_pem)));
  PrivateKey sender_key = TRY(PrivateKey::LoadPem(AsText(keys.key_pem)));
  Certificate recipient = TRY(Certificate::LoadPem(AsText(certificate)));
  if (!authority->certificate_sha256.empty() && recipient.Fingerprint().hex() != authority->certificate_sha256)
    return Fail(Code::kDenied, "The certificate of " + authority->id +
                                   " is not the one that was loaded with the authorities; load them again, then seal.");
  Sealer sealer{.transaction = transaction,
                .permit = permit,
                .room = room,
                .package = package,
                .sender = std::move(sender),
                .sender_key = std::move(sender_key),
                .recipient = std::move(recipient)};
  TRY(sealer.recipient.CheckValidAt(permit.at()));
  TRY(room.env.files.MakeFolders(room.folder + "/sealed"));
  const std::string temporary = room.folder + "/sealed/.new-" + package.id;
  const auto written = sealer.Write(temporary, final_folder);
  if (!written) {
    (void)room.env.files.RemoveTree(temporary);  // the error that made it useless is the one to tell
    return std::unexpected(written.error());
  }
  out.payload_bytes = *written;
  out.is_new = true;
  TRY(rows::MarkSealed(transaction, package.key, KeptFolder(room, package.id), static_cast<int64_t>(out.payload_bytes),
                       permit.at()));
  return out;
}

Result<std::string> ReleasePackage(Transaction& transaction, const Permit& permit, const PackageRoom& room,
                                   const Id<Package>& id) {
  if (permit.act() != Act::kReleasePackage) return WrongPermit(Act::kReleasePackage);
  const rows::PackageRow package = TRY(Find(transaction.db(), id));
  const std::string folder = FinalFolder(room, package.id);
  if (package.released_at) return folder;
  if (package.state != Text(PackageState::kSealed))
    return Fail(Code::kConflict, "Package " + package.id + " is " + package.state + "; seal it first.");
  TRY(CheckGateway(room, package, permit.at()));
  const int64_t held = TRY(rows::HeldAccountsIn(transaction.db(), package.key, RuleOf(Act::kComposePackage).name));
  if (held > 0) {
    return Fail(Code::kConflict, "Package " + package.id + " holds " + std::to_string(held) +
                                     " accounts that were since named as a victim's or a possible minor's; compose it "
                                     "again, or hand in the authority's answer again if it is evidence.");
  }
  // The one place where a package becomes one that may leave, so that no way leads around it.
  if (const auto waits_for = TRY(coordination_rows::DeconflictionThatPauses(transaction.db(), package.key))) {
    return Fail(Code::kConflict, "Package " + package.id + " waits for deconfliction " + *waits_for +
                                     "; `crossguard package compose` makes it anew without what waits, or settle it.");
  }
  if (!room.env.files.Exists(folder + "/" + std::string(kOuterSignatureName)))
    return Fail(Code::kNotFound, "The folder of package " + package.id + " is not there; restore it from the backup.");
  TRY(rows::MarkReleased(transaction, package.key, permit.at()));
  return folder;
}

}  // namespace crossguard
