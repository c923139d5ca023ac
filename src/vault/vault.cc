#include "vault/vault.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "register/blob_rows.h"
#include "vault/record.h"

namespace crossguard {
namespace {

using vault::kPackHeaderBytes;
using vault::kRecordHeaderBytes;
using vault::kTrailerBytes;

constexpr size_t kPieceBytes = size_t{1} << 20U;  // read from a source, and from a pack, at once
constexpr size_t kFirstHoldBytes = size_t{256} << 10U;
constexpr size_t kOpenPacksMax = 16;  // descriptors kept for reading

uint64_t RecordBytes(uint64_t size_bytes) {
  return kRecordHeaderBytes + SealedBodyBytes(size_bytes) + kTrailerBytes;
}

std::unexpected<Error> BlobCorrupt(const BlobRow& row, std::string_view what) {
  return Fail(Code::kCorrupt, "Blob " + row.sha256.hex() + " in " + vault::PackName(row.pack) + ": " +
                                  std::string(what) + "; restore the pack from a backup.");
}

}  // namespace

struct Vault::State {
  State(Env& env_in, Database& database_in, std::string folder_in, const SecretKey& store_key, VaultLimits limits_in,
        bool writable_in)
      : env(env_in),
        database(database_in),
        folder(std::move(folder_in)),
        keys(vault::DeriveKeys(store_key)),
        limits(limits_in),
        writable(writable_in) {}

  Env& env;
  Database& database;
  std::string folder;
  vault::Keys keys;
  VaultLimits limits;
  bool writable;

  // The writing end. `end` is where the next record goes; the file may be longer only between a failure and the next
  // cut.
  std::unique_ptr<AppendFile> file;
  PackEnd end;              // pack 0: none yet
  PackEnd committed;        // the register's last extent that surely outlives a crash; may lag, never leads
  int64_t flushed_in = -1;  // number of the transaction that got the last rows, whose end is not known yet
  bool broken = false;      // a sync, a cut or an append failed: nothing is written before Recover succeeded
  Bytes held;               // reused from blob to blob
  bool pushing = false;     // between StageBegin and StageEnd
  Bytes pushed;             // of that blob, while it is small enough to be held
  std::vector<BlobRow> staged;
  std::map<Sha256, size_t> staged_at;
  uint64_t staged_bytes = 0;
  uint64_t recovered_bytes = 0;

  struct LargeRecord;
  std::unique_ptr<LargeRecord> large;  // the one that is being written

  std::map<int64_t, std::unique_ptr<ReadFile>> open_packs;

  std::string PathOf(int64_t pack) const { return folder + "/" + vault::PackName(pack); }

  void Forget() {
    staged.clear();
    staged_at.clear();
    staged_bytes = 0;
  }

  // --- Recovery -----------------------------------------------------------------------------------------------------

  // Brings the packs back to what the register says: bytes behind the last row belong to no acknowledged blob.
  Status Recover() {
    file.reset();
    broken = true;
    const PackEnd known = TRY(LastPackEnd(database));
    if (flushed_in != database.transaction_number()) committed = known;
    std::vector<int64_t> packs;
    for (const std::string& name : TRY(env.files.List(folder))) {
      if (const auto pack = vault::PackNumber(name)) packs.push_back(*pack);
    }
    std::sort(packs.begin(), packs.end());
    if (known.pack != 0 && !std::binary_search(packs.begin(), packs.end(), known.pack)) {
      return Fail(Code::kCorrupt,
                  vault::PackName(known.pack) + " is missing; restore the vault's folder from a backup.");
    }
    const auto orphan = std::upper_bound(packs.begin(), packs.end(), known.pack);
    TRY(RefuseAnOldRegister(known, orphan == packs.end() ? known.pack : packs.back(), packs.end() - orphan));
    for (auto it = orphan; it != packs.end(); ++it) {
      recovered_bytes += TRY(env.files.OpenRead(PathOf(*it)))->size();
      open_packs.erase(*it);
      TRY(env.files.Remove(PathOf(*it)));
    }
    if (orphan != packs.end()) TRY(env.files.SyncFolder(folder));
    end = known;
    if (known.pack != 0) recovered_bytes += TRY(CutBackTo(known.end_bytes));
    broken = false;
    return {};
  }

  // A crash leaves at most one batch behind the last row. More than that, or a record that knew a later row than the
  // register has, means that the register was put back to an earlier state: cutting would destroy evidence.
  Status RefuseAnOldRegister(const PackEnd& known, int64_t last_pack, ptrdiff_t orphan_pack_count) {
    const auto refuse = [&]() -> Status {
      return Fail(Code::kCorrupt,
                  "The register is older than the vault: " + vault::PackName(last_pack) +
                      " holds blobs that were acknowledged later than its last row. Restore the newer register.");
    };
    if (orphan_pack_count > 1) return refuse();
    if (last_pack == 0) return {};
    const auto pack = TRY(env.files.OpenRead(PathOf(last_pack)));
    if (pack->size() < kPackHeaderBytes + RecordBytes(0)) return {};
    Bytes tail(kTrailerBytes);
    const uint64_t at = pack->size() - kTrailerBytes;
    if (TRY(pack->ReadAt(at, tail)) != tail.size()) return {};
    const auto trailer = vault::ReadTrailer(keys, last_pack, at, tail);
    if (trailer && trailer->known > known) return refuse();
    return {};
  }

  // The current pack ends there, now and after a crash. Returns how many bytes went.
  Result<uint64_t> CutBackTo(uint64_t end_bytes) {
    file.reset();
    const std::string path = PathOf(end.pack);
    const uint64_t size_bytes = TRY(env.files.OpenRead(path))->size();
    if (size_bytes < end_bytes) {
      return Fail(Code::kCorrupt, vault::PackName(end.pack) +
                                      " is shorter than the register says; restore the vault's folder from a backup.");
    }
    if (size_bytes > end_bytes) TRY(env.files.Truncate(path, end_bytes));
    end.end_bytes = end_bytes;
    return size_bytes - end_bytes;
  }

  // --- Writing ------------------------------------------------------------------------------------------------------

  Status ReadyToWrite() {
    if (!writable)
      return Fail(Code::kDenied, "This vault was opened for reading; open it for writing to store evidence.");
    if (broken) {
      if (!staged.empty())
        return Fail(Code::kConflict,
                    "Writing to the vault failed before; roll back, abandon the batch, then send it again.");
      TRY(Recover());
    }
    if (staged.empty() && flushed_in != database.transaction_number()) committed = TRY(LastPackEnd(database));
    return {};
  }

  // What was appended to the current pack is durable. An error is final: the system may have dropped the bytes, and a
  // second sync would lie.
  Status SyncPack() {
    Status synced = [&]() -> Status {
      if (file == nullptr) file = TRY(env.files.OpenAppend(PathOf(end.pack)));
      return file->Sync();
    }();
    if (!synced) broken = true;
    return synced;
  }

  // A pack that has room, open for appending. `end` is at its true end.
  Status OpenPack() {
    if (end.pack != 0 && end.end_bytes < limits.pack_roll_bytes) {
      if (file == nullptr) {
        file = TRY(env.files.OpenAppend(PathOf(end.pack)));
        if (file->size() != end.end_bytes) {
          file.reset();
          broken = true;
          return Fail(Code::kConflict,
                      vault::PackName(end.pack) + " has another length than was written; is another writer at work?");
        }
      }
      return {};
    }
    // Recovery takes one unknown pack for a crash, and two for a register that is too old.
    if (end.pack > committed.pack)
      return Fail(Code::kExhausted, "The batch fills more than a whole pack; flush and commit before staging more.");
    if (end.pack != 0) TRY(SyncPack());
    file.reset();
    const PackEnd next{.pack = end.pack + 1, .end_bytes = kPackHeaderBytes};
    broken = true;  // until the new pack stands whole: a half-made one is removed by Recover
    file = TRY(env.files.OpenAppend(PathOf(next.pack)));
    if (file->size() != 0)
      return Fail(Code::kConflict, "'" + PathOf(next.pack) + "' should not exist yet; is another writer at work?");
    TRY(file->Append(AsBytes(vault::kPackMagic)));
    TRY(env.files.SyncFolder(folder));
    end = next;
    broken = false;
    return {};
  }

  // Is the content known, in the register or in this batch?
  Result<bool> Known(const Sha256& sha256) {
    if (staged_at.contains(sha256)) return true;
    return TRY(FindBlob(database, sha256)).has_value();
  }

  Result<Digests> Stage(const Source& source) {
    TRY(ReadyToWrite());
    // Small contents are hashed whole first, so that a duplicate, the common case, costs no write and no cut.
    if (held.empty()) held.resize(std::min(limits.hold_bytes, kFirstHoldBytes) + 1);
    size_t held_bytes = 0;
    for (;;) {
      const std::span<uint8_t> room =
          std::span(held).subspan(held_bytes).first(std::min(held.size() - held_bytes, kPieceBytes));
      const size_t got = TRY(source(room));
      if (got == 0) break;
      held_bytes += got;
      if (held_bytes > limits.hold_bytes) return StageLarge(std::span(held).first(held_bytes), source);
      if (held_bytes == held.size()) held.resize(std::min(limits.hold_bytes + 1, held.size() * 2));
    }
    return StageHeld(std::span(held).first(held_bytes));
  }

  Result<Digests> StageHeld(ByteView content) {
    const Digests digests = HashAll(content);
    if (TRY(Known(digests.sha256))) return digests;
    TRY(OpenPack());
    const uint64_t start_bytes = end.end_bytes;
    if (Status written = WriteRecord(digests, content); !written) return Undo(start_bytes, written.error());
    return digests;
  }

  Status WriteRecord(const Digests& digests, ByteView content) {
    Bytes record;
    record.reserve(RecordBytes(content.size()));
    record.insert(record.end(), vault::kRecordMagic.begin(), vault::kRecordMagic.end());
    BlobSealer sealer(env.random, SinkTo(record));
    TRY(sealer.Write(content));
    const WrappedKey wrapped = TRY(sealer.Finish(keys.kek, digests.sha256.view()));
    AppendTrailer(digests, record.size() - kRecordHeaderBytes, record);
    TRY(file->Append(record));
    Remember(digests, record.size(), wrapped);
    return {};
  }

  // A content that is too large to be held: its record, as far as it is written.
  struct LargeRecord {
    LargeRecord(Random& random, AppendFile& to, uint64_t start)
        : start_bytes(start), sealer(random, [this, &to](ByteView sealed) -> Status {
            body_bytes += sealed.size();
            return to.Append(sealed);
          }) {}
    LargeRecord(const LargeRecord&) = delete;  // the sealer's sink points here
    uint64_t start_bytes;
    uint64_t body_bytes = 0;
    uint64_t size_bytes = 0;
    BlobSealer sealer;
    DigestStream hash;
  };

  Status BeginLarge() {
    TRY(OpenPack());
    large = std::make_unique<LargeRecord>(env.random, *file, end.end_bytes);
    return file->Append(AsBytes(vault::kRecordMagic));
  }

  Status WriteLarge(ByteView content) {
    large->size_bytes += content.size();
    if (large->size_bytes > kBlobSizeMaxBytes)
      return Fail(Code::kExhausted, "The content is larger than one blob may be; split it.");
    large->hash.Update(content);
    return large->sealer.Write(content);
  }

  Result<Digests> EndLarge() {
    const Digests digests = large->hash.Finish();
    if (TRY(Known(digests.sha256))) {
      TRY(CutBackTo(end.end_bytes));
      return digests;
    }
    const WrappedKey wrapped = TRY(large->sealer.Finish(keys.kek, digests.sha256.view()));
    Bytes trailer;
    AppendTrailer(digests, large->body_bytes, trailer);
    TRY(file->Append(trailer));
    Remember(digests, kRecordHeaderBytes + large->body_bytes + trailer.size(), wrapped);
    return digests;
  }

  // Ends the writing of a large record, well or not.
  template <class T>
  Result<T> Settle(Result<T> result) {
    if (!result && large != nullptr) CancelLarge();
    large.reset();
    return result;
  }
  void CancelLarge() {
    const uint64_t start_bytes = large->start_bytes;
    large.reset();
    if (!CutBackTo(start_bytes)) broken = true;
  }

  Result<Digests> StageLarge(ByteView first, const Source& source) {
    return Settle([&]() -> Result<Digests> {
      TRY(BeginLarge());
      Bytes piece(kPieceBytes);
      for (ByteView content = first; !content.empty();) {
        TRY(WriteLarge(content));
        const size_t got = TRY(source(piece));
        content = std::span(piece).first(got);
      }
      return EndLarge();
    }());
  }

  // --- The same, pushed ---------------------------------------------------------------------------------------------

  Status StageBegin() {
    CHECK(!pushing);
    TRY(ReadyToWrite());
    pushing = true;
    pushed.clear();
    return {};
  }

  Status StagePart(ByteView content) {
    CHECK(pushing);
    Status taken = [&]() -> Status {
      if (large == nullptr && pushed.size() + content.size() <= limits.hold_bytes) {
        pushed.insert(pushed.end(), content.begin(), content.end());
        return {};
      }
      if (large == nullptr) {
        TRY(BeginLarge());
        TRY(WriteLarge(pushed));
        pushed.clear();
      }
      return WriteLarge(content);
    }();
    if (!taken) StageCancel();
    return taken;
  }

  Result<Digests> StageEnd() {
    CHECK(pushing);
    pushing = false;
    if (large != nullptr) return Settle(EndLarge());
    return StageHeld(pushed);
  }

  void StageCancel() {
    pushing = false;
    pushed.clear();
    if (large != nullptr) CancelLarge();
  }

  void AppendTrailer(const Digests& digests, uint64_t body_bytes, Bytes& out) const {
    const auto trailer = vault::WriteTrailer(keys, end,
                                             {.body_bytes = body_bytes,
                                              .size_bytes = digests.size_bytes,
                                              .known = committed,
                                              .name = vault::NameOf(keys, digests.sha256)});
    out.insert(out.end(), trailer.begin(), trailer.end());
  }

  void Remember(const Digests& digests, uint64_t record_bytes, const WrappedKey& wrapped) {
    CHECK(record_bytes == RecordBytes(digests.size_bytes));
    staged_at[digests.sha256] = staged.size();
    staged.push_back({.sha256 = digests.sha256,
                      .md5 = digests.md5,
                      .sha1 = digests.sha1,
                      .size_bytes = digests.size_bytes,
                      .pack = end.pack,
                      .offset_bytes = end.end_bytes,
                      .length_bytes = record_bytes,
                      .wrapped_key = wrapped});
    end.end_bytes += record_bytes;
    staged_bytes += record_bytes;
  }

  // One blob could not be staged: take its bytes away, keep those of the batch.
  std::unexpected<Error> Undo(uint64_t start_bytes, const Error& error) {
    if (!CutBackTo(start_bytes)) broken = true;
    return std::unexpected(error);
  }

  Status Flush(Transaction& transaction) {
    TRY(ReadyToWrite());
    if (staged.empty()) return {};
    TRY(SyncPack());
    flushed_in = database.transaction_number();
    for (const BlobRow& row : staged) {
      if (Status inserted = InsertBlob(transaction.db(), row); !inserted) {
        broken = true;
        return inserted;
      }
    }
    Forget();
    return {};
  }

  void Abandon() {
    if (!writable) return;
    Forget();
    pushing = false;
    pushed.clear();
    large.reset();
    const uint64_t before = recovered_bytes;
    if (!Recover()) broken = true;
    recovered_bytes = before;  // not what a crash left
  }

  // --- Destroying ---------------------------------------------------------------------------------------------------

  Result<int64_t> Destroy(Transaction& transaction, std::span<const Sha256> contents) {
    TRY(ReadyToWrite());
    if (!staged.empty())
      return Fail(Code::kConflict,
                  "The vault holds a batch that is not flushed; flush it before contents are destroyed.");
    int64_t count = 0;
    for (const Sha256& sha256 : contents) {
      const auto row = TRY(FindBlob(transaction.db(), sha256));
      if (!row) continue;
      TRY(DestroyBlob(transaction.db(), *row));
      ++count;
    }
    return count;
  }

  Result<int64_t> PunchDestroyed() {
    TRY(ReadyToWrite());
    int64_t count = 0;
    for (const Extent& extent : TRY(DestroyedExtents(database))) {
      // What a crash cut off with the last batch is gone already.
      const std::string path = PathOf(extent.pack);
      const uint64_t pack_bytes = env.files.Exists(path) ? TRY(env.files.OpenRead(path))->size() : 0;
      if (extent.offset_bytes < pack_bytes) {
        TRY(env.files.EraseRange(path, extent.offset_bytes,
                                 std::min(extent.length_bytes, pack_bytes - extent.offset_bytes)));
        ++count;
      }
      open_packs.erase(extent.pack);
      if (extent.pack == end.pack) file.reset();
      TRY(MarkOverwritten(database, extent));
    }
    return count;
  }

  // --- Reading ------------------------------------------------------------------------------------------------------

  Result<ReadFile*> OpenToReadPack(int64_t pack) {
    if (const auto found = open_packs.find(pack); found != open_packs.end()) return found->second.get();
    if (open_packs.size() >= kOpenPacksMax) open_packs.erase(open_packs.begin());
    auto opened = env.files.OpenRead(PathOf(pack));
    if (!opened && opened.error().code == Code::kNotFound) {
      return Fail(Code::kCorrupt, vault::PackName(pack) + " is missing; restore the vault's folder from a backup.");
    }
    if (!opened) return std::unexpected(opened.error());
    return open_packs.emplace(pack, std::move(*opened)).first->second.get();
  }

  Status ReadBody(const BlobRow& row, const Sink& sink) {
    if (row.length_bytes != RecordBytes(row.size_bytes))
      return BlobCorrupt(row, "its row has a length that does not fit its size");
    ReadFile* const pack = TRY(OpenToReadPack(row.pack));
    uint64_t at = row.offset_bytes + kRecordHeaderBytes;
    uint64_t left_bytes = SealedBodyBytes(row.size_bytes);
    const Source sealed = [&](std::span<uint8_t> out) -> Result<size_t> {
      const auto want = static_cast<size_t>(std::min<uint64_t>(out.size(), left_bytes));
      if (want == 0) return size_t{0};
      const size_t got = TRY(pack->ReadAt(at, out.first(want)));
      at += got;
      left_bytes -= got;
      return got;
    };
    return OpenBlob(row.wrapped_key, keys.kek, row.sha256.view(), sealed, sink);
  }

  Result<size_t> ReadAt(const BlobRow& row, uint64_t offset_bytes, std::span<uint8_t> out) {
    if (row.length_bytes != RecordBytes(row.size_bytes))
      return BlobCorrupt(row, "its row has a length that does not fit its size");
    if (offset_bytes >= row.size_bytes) return size_t{0};
    const auto count = static_cast<size_t>(std::min<uint64_t>(out.size(), row.size_bytes - offset_bytes));
    ReadFile* const pack = TRY(OpenToReadPack(row.pack));
    BlobChunks chunks = TRY(BlobChunks::Open(row.wrapped_key, keys.kek, row.sha256.view(), row.size_bytes));
    Bytes sealed(kBlobChunkBytes + kBlobTagBytes);
    Bytes plain(kBlobChunkBytes);
    const CleanseAtExit cleanse(plain);
    for (size_t done = 0; done < count;) {
      const uint64_t chunk = (offset_bytes + done) / kBlobChunkBytes;
      const auto within = static_cast<size_t>((offset_bytes + done) % kBlobChunkBytes);
      const size_t content_bytes = chunks.ContentBytes(chunk);
      const std::span<uint8_t> body = std::span(sealed).first(content_bytes + kBlobTagBytes);
      const uint64_t at = row.offset_bytes + kRecordHeaderBytes + chunk * sealed.size();
      if (TRY(pack->ReadAt(at, body)) != body.size()) return BlobCorrupt(row, "its record is cut short");
      const std::span<uint8_t> content = std::span(plain).first(content_bytes);
      if (Status read = chunks.Read(chunk, body, content); !read) {
        return Because("Reading blob " + row.sha256.hex() + " in " + vault::PackName(row.pack), read.error());
      }
      const size_t taken = std::min(content_bytes - within, count - done);
      std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(within), taken,
                  out.begin() + static_cast<std::ptrdiff_t>(done));
      done += taken;
    }
    return count;
  }

  Status ReadChecked(const BlobRow& row, const Sink& sink) {
    Sha256Stream hash;
    if (Status read = ReadBody(row,
                               [&](ByteView content) -> Status {
                                 hash.Update(content);
                                 return sink(content);
                               });
        !read) {
      return Because("Reading blob " + row.sha256.hex() + " in " + vault::PackName(row.pack), read.error());
    }
    if (hash.Finish() != row.sha256) return BlobCorrupt(row, "its SHA-256 is another one");
    return {};
  }

  Result<BlobRow> RowOf(const Sha256& sha256) {
    const auto row = TRY(FindBlob(database, sha256));
    if (!row) return Fail(Code::kNotFound, "The vault holds no blob " + sha256.hex() + "; name one that was taken in.");
    return *row;
  }

  Status CheckRecord(const BlobRow& row) {
    ReadFile* const pack = TRY(OpenToReadPack(row.pack));
    Bytes edge(kTrailerBytes);
    const size_t got = TRY(pack->ReadAt(row.offset_bytes, std::span(edge).first(kRecordHeaderBytes)));
    if (got != kRecordHeaderBytes || AsText(std::span(edge).first(kRecordHeaderBytes)) != vault::kRecordMagic) {
      return BlobCorrupt(row, "no record begins where its row says");
    }
    const uint64_t trailer_at = row.offset_bytes + row.length_bytes - kTrailerBytes;
    if (TRY(pack->ReadAt(trailer_at, edge)) != edge.size()) return BlobCorrupt(row, "its record is cut short");
    const auto trailer = vault::ReadTrailer(keys, row.pack, trailer_at, edge);
    if (!trailer || trailer->size_bytes != row.size_bytes || trailer->body_bytes != SealedBodyBytes(row.size_bytes) ||
        trailer->name != vault::NameOf(keys, row.sha256)) {
      return BlobCorrupt(row, "the end of its record is not what was written");
    }
    return {};
  }

  Status CheckPackHeader(int64_t pack) {
    ReadFile* const file_read = TRY(OpenToReadPack(pack));
    Bytes header(kPackHeaderBytes);
    if (TRY(file_read->ReadAt(0, header)) != header.size() || AsText(header) != vault::kPackMagic) {
      return Fail(Code::kCorrupt, vault::PackName(pack) + " does not begin as a pack; restore it from a backup.");
    }
    return {};
  }

  Result<ScrubReport> Scrub(const std::function<void(int64_t)>& on_blob) {
    ScrubReport report;
    PackEnd at;
    const auto check = [&](const BlobRow& row) -> Status {
      if (row.pack != at.pack) {
        TRY(CheckPackHeader(row.pack));
        at = {.pack = row.pack, .end_bytes = kPackHeaderBytes};
      }
      if (row.offset_bytes < at.end_bytes) return BlobCorrupt(row, "its record overlaps the one before");
      report.unused_byte_count += row.offset_bytes - at.end_bytes;
      at.end_bytes = row.offset_bytes + row.length_bytes;
      DigestStream hash;
      if (Status read = ReadBody(row,
                                 [&](ByteView content) -> Status {
                                   hash.Update(content);
                                   return {};
                                 });
          !read) {
        return Because("Reading blob " + row.sha256.hex() + " in " + vault::PackName(row.pack), read.error());
      }
      const Digests expected{.md5 = row.md5, .sha1 = row.sha1, .sha256 = row.sha256, .size_bytes = row.size_bytes};
      if (hash.Finish() != expected) return BlobCorrupt(row, "its digests are other ones");
      TRY(CheckRecord(row));
      ++report.blob_count;
      report.byte_count += row.size_bytes;
      if (on_blob) on_blob(report.blob_count);
      return {};
    };
    TRY(EachBlob(database, check));
    return report;
  }
};

Vault::Vault(std::unique_ptr<State> state) : state_(std::move(state)) {}
Vault::~Vault() = default;

Result<std::unique_ptr<Vault>> Vault::Open(Env& env, Database& database, std::string folder, const SecretKey& store_key,
                                           VaultLimits limits) {
  TRY(env.files.MakeFolders(folder));
  auto state = std::make_unique<State>(env, database, std::move(folder), store_key, limits, true);
  TRY(state->Recover());
  return std::unique_ptr<Vault>(new Vault(std::move(state)));
}

Result<std::unique_ptr<Vault>> Vault::OpenToRead(Env& env, Database& database, std::string folder,
                                                 const SecretKey& store_key) {
  auto state = std::make_unique<State>(env, database, std::move(folder), store_key, VaultLimits{}, false);
  return std::unique_ptr<Vault>(new Vault(std::move(state)));
}

Result<Digests> Vault::Stage(const Source& source) {
  return state_->Stage(source);
}
Status Vault::StageBegin() {
  return state_->StageBegin();
}
Status Vault::StagePart(ByteView content) {
  return state_->StagePart(content);
}
Result<Digests> Vault::StageEnd() {
  return state_->StageEnd();
}
void Vault::StageCancel() {
  state_->StageCancel();
}
uint64_t Vault::staged_bytes() const {
  return state_->staged_bytes;
}
Status Vault::Flush(Transaction& transaction) {
  return state_->Flush(transaction);
}
void Vault::Abandon() {
  state_->Abandon();
}
uint64_t Vault::recovered_bytes() const {
  return state_->recovered_bytes;
}

Result<int64_t> Vault::Destroy(Transaction& transaction, std::span<const Sha256> contents) {
  return state_->Destroy(transaction, contents);
}
Result<int64_t> Vault::PunchDestroyed() {
  return state_->PunchDestroyed();
}

Result<Bytes> Vault::Read(const Sha256& sha256, uint64_t size_max_bytes) {
  const BlobRow row = TRY(state_->RowOf(sha256));
  if (row.size_bytes > size_max_bytes) {
    return Fail(Code::kExhausted, "Blob " + sha256.hex() + " has " + std::to_string(row.size_bytes) +
                                      " bytes, the limit is " + std::to_string(size_max_bytes) +
                                      "; read it in pieces.");
  }
  Bytes out;
  out.reserve(static_cast<size_t>(row.size_bytes));
  TRY(state_->ReadChecked(row, SinkTo(out)));
  return out;
}

Status Vault::ReadStream(const Sha256& sha256, const std::function<Status(ByteView)>& sink) {
  return state_->ReadChecked(TRY(state_->RowOf(sha256)), sink);
}

Result<size_t> Vault::ReadAt(const Sha256& sha256, uint64_t offset_bytes, std::span<uint8_t> out) {
  const BlobRow row = TRY(state_->RowOf(sha256));
  return state_->ReadAt(row, offset_bytes, out);
}

Result<Vault::ScrubReport> Vault::Scrub(const std::function<void(int64_t)>& on_blob) {
  return state_->Scrub(on_blob);
}

}  // namespace crossguard
