#include "custody/ledger.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "model/canonical.h"
#include "register/custody_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr int64_t kLeavesPerStep =
    int64_t{kTileWidth} * kTileWidth;  // published at once: bounds memory at 2 MiB of hashes

std::string Number(int64_t value) {
  return std::to_string(value);
}

Sha256 Commitment(ByteView salt, std::string_view value) {
  Sha256Stream hash;
  hash.Update(salt);
  hash.Update(AsBytes(value));
  return hash.Finish();
}

std::unexpected<Error> LeafCorrupt(int64_t index, std::string_view what) {
  return Fail(Code::kCorrupt,
              "Leaf " + Number(index) + " of the register " + std::string(what) +
                  "; stop, and compare the register with a backup and with what others have of the ledger.");
}

std::unexpected<Error> FileCorrupt(const std::string& path, std::string_view what) {
  return Fail(Code::kCorrupt,
              "'" + path + "' " + std::string(what) + "; stop, and compare the folder with another copy of it.");
}

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

size_t BundleMaxBytes(unsigned width) {
  return size_t{width} * (2 + kLedgerEntryMaxBytes);
}

unsigned WidthOf(int64_t size, int64_t tile) {
  return static_cast<unsigned>(std::min<int64_t>(kTileWidth, size - tile * kTileWidth));
}

// A tile at least as wide as asked for: after a growth that was interrupted the wider one may be there alone.
Result<Bytes> ReadTile(Files& files, const std::string& folder, const TileId& tile) {
  const std::string path = folder + "/" + TilePath(tile);
  auto bytes = files.ReadWhole(path, kTileWidth * Sha256::kSize);
  if (!bytes && bytes.error().code == Code::kNotFound) return FileCorrupt(path, "is missing");
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() != size_t{tile.width} * Sha256::kSize) return FileCorrupt(path, "has a wrong length");
  return std::move(*bytes);
}

Result<std::vector<Bytes>> ReadBundleFile(Files& files, const std::string& folder, int64_t bundle, unsigned width) {
  const std::string path = folder + "/" + BundlePath(static_cast<uint64_t>(bundle), width);
  const auto bytes = files.ReadWhole(path, BundleMaxBytes(width));
  if (!bytes && bytes.error().code == Code::kNotFound) return FileCorrupt(path, "is missing");
  if (!bytes) return std::unexpected(bytes.error());
  auto entries = ReadBundle(*bytes, width);
  if (!entries) return FileCorrupt(path, "is not a bundle of " + Number(width) + " entries");
  return std::move(*entries);
}

// Written only if it is not there with the same bytes: a repeat costs no sync.
Status PutFile(Files& files, const std::string& path, ByteView bytes) {
  if (files.Exists(path)) {
    const auto old = files.ReadWhole(path, bytes.size());
    if (old && std::ranges::equal(*old, bytes)) return files.SyncFolder(FolderOf(path));
  }
  TRY(files.MakeFolders(FolderOf(path)));
  return files.WriteWhole(path, bytes);
}

// The columns beside an entry are an index of it; they must say the same.
Status CheckColumns(const LeafRow& row) {
  const json entry = ParseJson(row.entry);
  const auto text = [&](const char* name) {
    return entry.contains(name) && entry[name].is_string() ? entry[name].get<std::string>() : std::string("?");
  };
  if (!entry.is_object() || Canonical(entry) != row.entry) return LeafCorrupt(row.index, "is not a canonical entry");
  if (!entry.contains("index") || entry["index"] != row.index)
    return LeafCorrupt(row.index, "says that it is another one");
  if (text("act") != row.act || text("object") != row.object_id || text("at") != ToText(row.at)) {
    return LeafCorrupt(row.index, "has columns that do not agree with its entry");
  }
  return {};
}

Status CheckPrivate(Database& database, const LeafRow& row) {
  const json entry = ParseJson(row.entry);
  std::set<std::string> expected;
  if (entry.contains("commitments") && entry["commitments"].is_object()) {
    for (const auto& item : entry["commitments"].items()) expected.insert(item.key());
  }
  const auto check = [&](const PrivateRow& kept) -> Status {
    if (expected.erase(kept.field) == 0)
      return LeafCorrupt(row.index, "has a private field '" + kept.field + "' that its entry does not know");
    if (kept.salt.has_value() != kept.value.has_value())
      return LeafCorrupt(row.index, "has a private field '" + kept.field + "' that is half erased");
    if (!kept.salt) return {};
    const json& commitment = entry["commitments"][kept.field];
    if (!commitment.is_string() || commitment.get<std::string>() != Commitment(*kept.salt, *kept.value).hex()) {
      return LeafCorrupt(row.index, "has a private field '" + kept.field + "' that is not what was committed to");
    }
    return {};
  };
  TRY(EachPrivate(database, row.index, check));
  if (!expected.empty()) return LeafCorrupt(row.index, "has lost its private field '" + *expected.begin() + "'");
  return {};
}

}  // namespace

Ledger::Ledger(Env& env, std::string folder, std::string origin, const SigningKey& key)
    : env_(env), folder_(std::move(folder)), origin_(std::move(origin)), key_(key) {}

Result<int64_t> Ledger::Append(Transaction& transaction, const LedgerEntry& entry) {
  const json details = ParseJson(entry.details_json);
  if (!details.is_object()) return Fail(Code::kInvalid, "Give the details of a ledger entry as one JSON object.");
  const int64_t index = TRY(LeafCount(transaction.db()));
  json body = {{"act", entry.act}, {"at", ToText(entry.at)},    {"details", details},
               {"index", index},   {"object", entry.object_id}, {"officer", entry.officer}};
  std::vector<PrivateRow> kept;
  for (const LedgerSecret& secret : entry.secrets) {
    const std::string& value = secret.value.reveal();
    if (value.size() > kLedgerPrivateMaxBytes)
      return Fail(Code::kExhausted, "The field '" + secret.field + "' of a ledger entry is too long; shorten it.");
    if (body["commitments"].contains(secret.field))
      return Fail(Code::kInvalid, "The field '" + secret.field + "' of a ledger entry is given twice.");
    const auto salt = env_.random.Take<32>();
    body["commitments"][secret.field] = Commitment(salt, value).hex();
    kept.push_back({.leaf_index = index, .field = secret.field, .salt = ToBytes(salt), .value = value});
  }
  const std::string text = Canonical(body);
  if (text.size() > kLedgerEntryMaxBytes) {
    return Fail(Code::kExhausted, "A ledger entry of " + std::to_string(text.size()) +
                                      " bytes is too long; give counts and digests instead of lists.");
  }
  const json read_back = ParseJson(text);  // bad UTF-8 was mended: the columns must say what the entry says
  TRY(InsertLeaf(transaction.db(), {.index = index,
                                    .entry = text,
                                    .leaf_hash = HashLeaf(AsBytes(text)),
                                    .at = entry.at,
                                    .act = read_back["act"].get<std::string>(),
                                    .object_id = read_back["object"].get<std::string>()}));
  for (const PrivateRow& row : kept) TRY(InsertPrivate(transaction.db(), row));
  return index;
}

Result<std::optional<Checkpoint>> Ledger::LastCheckpoint(std::string* note) {
  const std::string path = folder_ + "/checkpoint";
  const auto bytes = env_.files.ReadWhole(path, kNoteSizeMaxBytes);
  if (!bytes && bytes.error().code == Code::kNotFound) return std::optional<Checkpoint>();
  if (!bytes) return std::unexpected(bytes.error());
  const std::string_view text = AsText(*bytes);
  auto checkpoint = OpenCheckpoint(text, verifier());
  if (!checkpoint) return FileCorrupt(path, "is not a checkpoint signed by this ledger's key");
  if (note != nullptr) *note = std::string(text);
  return std::optional(std::move(*checkpoint));
}

Result<LedgerHead> Ledger::Publish(Database& database) {
  std::string old_note;
  const auto old = TRY(LastCheckpoint(&old_note));
  const int64_t old_size = old ? static_cast<int64_t>(old->size) : 0;
  const int64_t size = TRY(LeafCount(database));
  if (size < old_size) {
    return Fail(Code::kCorrupt,
                "The register has " + Number(size) + " leaves, the signed checkpoint " + Number(old_size) +
                    ": history was rewritten, or an old backup was put back. Restore the newer register.");
  }
  const TileReader tiles = [&](const TileId& tile) { return ReadTile(env_.files, folder_, tile); };
  TileTree tree = old_size == 0 ? TileTree() : TRY(TileTree::Load(static_cast<uint64_t>(old_size), old->root, tiles));
  const int64_t first = old_size / kTileWidth * kTileWidth;  // of the bundle at the old edge, which grows
  if (first < old_size) {
    // What was published at the edge must be what the register says; Verify compares all of it.
    const auto published =
        TRY(ReadBundleFile(env_.files, folder_, first / kTileWidth, WidthOf(old_size, first / kTileWidth)));
    const auto compare = [&](const LeafRow& row) -> Status {
      if (ToBytes(row.entry) != published[static_cast<size_t>(row.index - first)])
        return LeafCorrupt(row.index, "is not the one that was published: history was rewritten");
      return {};
    };
    TRY(EachLeaf(database, first, old_size, compare));
  }
  if (old && size == old_size) return LedgerHead{.size = size, .root = old->root, .checkpoint = old_note};

  for (int64_t step = first; step < size; step += kLeavesPerStep) {
    std::vector<Bytes> bundle;
    int64_t next = step;
    const int64_t until = std::min(size, step + kLeavesPerStep);
    const auto put_bundle = [&]() -> Status {
      const auto number = static_cast<uint64_t>((next - 1) / kTileWidth);
      const Bytes bytes = TRY(WriteBundle(bundle));
      const Status put =
          PutFile(env_.files, folder_ + "/" + BundlePath(number, static_cast<unsigned>(bundle.size())), bytes);
      bundle.clear();
      return put;
    };
    const auto take = [&](const LeafRow& row) -> Status {
      if (row.index != next) return LeafCorrupt(next, "is missing");
      const Sha256 hash = HashLeaf(AsBytes(row.entry));
      if (hash != row.leaf_hash) return LeafCorrupt(row.index, "does not have the hash that was recorded with it");
      if (row.index >= old_size) tree.Append(hash);
      bundle.push_back(ToBytes(row.entry));
      ++next;
      return bundle.size() == kTileWidth ? put_bundle() : Status();
    };
    TRY(EachLeaf(database, step, until, take));
    if (next != until) return LeafCorrupt(next, "is missing");
    if (!bundle.empty()) TRY(put_bundle());
    for (const TileTree::WrittenTile& tile : tree.TakeChangedTiles()) {
      TRY(PutFile(env_.files, folder_ + "/" + TilePath(tile.id), tile.bytes));
    }
  }

  LedgerHead head{.size = size, .root = tree.Root()};
  head.checkpoint =
      TRY(SignCheckpoint({.origin = origin_, .size = static_cast<uint64_t>(size), .root = head.root}, key_));
  TRY(env_.files.MakeFolders(folder_));
  TRY(env_.files.WriteWhole(folder_ + "/checkpoint", AsBytes(head.checkpoint)));

  // The narrower files of the old edge are no longer needed. A crash before this leaves them, and nothing reads them.
  std::set<std::string> folders;
  const auto remove = [&](const std::string& relative) -> Status {
    const std::string path = folder_ + "/" + relative;
    if (!env_.files.Exists(path)) return {};
    folders.insert(FolderOf(path));
    return env_.files.Remove(path);
  };
  for (unsigned level = 0; (old_size >> (kTileHeight * level)) != 0; ++level) {
    const int64_t old_nodes = old_size >> (kTileHeight * level);
    const int64_t nodes = size >> (kTileHeight * level);
    const auto width = static_cast<unsigned>(old_nodes % kTileWidth);
    if (width == 0 || nodes == old_nodes) continue;
    const auto index = static_cast<uint64_t>(old_nodes / kTileWidth);
    TRY(remove(TilePath({.level = level, .index = index, .width = width})));
    if (level == 0) TRY(remove(BundlePath(index, width)));
  }
  for (const std::string& folder : folders) TRY(env_.files.SyncFolder(folder));
  return head;
}

Result<LedgerReport> Ledger::Verify(Database& database) {
  const auto checkpoint = TRY(LastCheckpoint(nullptr));
  LedgerReport report{.leaf_count = TRY(LeafCount(database)), .root = EmptyTreeRoot(), .origin = origin_};
  int64_t next = 0;
  const auto check = [&](const LeafRow& row) -> Status {
    if (row.index != next) return LeafCorrupt(next, "is missing");
    ++next;
    if (HashLeaf(AsBytes(row.entry)) != row.leaf_hash)
      return LeafCorrupt(row.index, "does not have the hash that was recorded with it");
    TRY(CheckColumns(row));
    return CheckPrivate(database, row);
  };
  TRY(EachLeaf(database, 0, report.leaf_count, check));
  if (next != report.leaf_count) return LeafCorrupt(next, "is missing");
  if (!checkpoint) return report;
  if (report.leaf_count < static_cast<int64_t>(checkpoint->size)) {
    return Fail(Code::kCorrupt, "The register has " + Number(report.leaf_count) + " leaves, the signed checkpoint " +
                                    std::to_string(checkpoint->size) +
                                    ": history was rewritten, or an old backup was put back.");
  }
  const auto compare = [&](int64_t index, ByteView entry) -> Status {
    const auto row = TRY(FindLeaf(database, index));
    if (!row || !std::ranges::equal(AsBytes(row->entry), entry))
      return LeafCorrupt(index, "is not the one that was published: history was rewritten");
    return {};
  };
  const LedgerReport folder = TRY(VerifyLedgerFolder(env_.files, folder_, verifier(), compare));
  report.published_count = folder.published_count;
  report.root = folder.root;
  return report;
}

Result<std::string> Ledger::Proof(Database& database, int64_t leaf_index) {
  std::string note;
  const auto checkpoint = TRY(LastCheckpoint(&note));
  const auto row = TRY(FindLeaf(database, leaf_index));
  if (!row) return Fail(Code::kNotFound, "The ledger has no leaf " + Number(leaf_index) + "; name one that it has.");
  if (!checkpoint || static_cast<int64_t>(checkpoint->size) <= leaf_index) {
    return Fail(Code::kNotFound, "No checkpoint covers leaf " + Number(leaf_index) + " yet; publish the ledger first.");
  }
  const NodeReader nodes =
      NodesInTiles(checkpoint->size, [&](const TileId& tile) { return ReadTile(env_.files, folder_, tile); });
  const auto proof = TRY(ProveInclusion(static_cast<uint64_t>(leaf_index), checkpoint->size, nodes));
  if (!VerifyInclusion(row->leaf_hash, static_cast<uint64_t>(leaf_index), checkpoint->size, checkpoint->root, proof)) {
    return LeafCorrupt(leaf_index, "is not the one that was published: history was rewritten");
  }
  std::string text = "c2sp.org/tlog-proof@v1\nindex " + Number(leaf_index) + "\n";
  for (const Sha256& hash : proof) text += ToBase64(hash.view()) + "\n";
  return text + "\n" + note;
}

Result<LedgerExtension> Ledger::ProveSince(uint64_t old_size) {
  LedgerExtension out;
  const auto checkpoint = TRY(LastCheckpoint(&out.checkpoint));
  if (!checkpoint) return Fail(Code::kNotFound, "Nothing of the ledger is published yet; publish it first.");
  if (checkpoint->size < old_size) {
    return Fail(Code::kConflict, "The ledger has " + std::to_string(checkpoint->size) + " leaves, a witness has seen " +
                                     std::to_string(old_size) +
                                     ": history was rewritten, or an old backup was put back. Stop, and compare.");
  }
  out.size = checkpoint->size;
  out.root = checkpoint->root;
  const NodeReader nodes =
      NodesInTiles(out.size, [&](const TileId& tile) { return ReadTile(env_.files, folder_, tile); });
  out.proof = TRY(ProveConsistency(old_size, out.size, nodes));
  return out;
}

Result<std::string> Ledger::Entry(Database& database, int64_t leaf_index) {
  auto row = TRY(FindLeaf(database, leaf_index));
  if (!row) return Fail(Code::kNotFound, "The ledger has no leaf " + Number(leaf_index) + "; name one that it has.");
  return std::move(row->entry);
}

Result<std::optional<Private<std::string>>> Ledger::Reveal(Database& database, int64_t leaf_index,
                                                           std::string_view field) {
  bool found = false;
  std::optional<Private<std::string>> value;
  TRY(EachPrivate(database, leaf_index, [&](const PrivateRow& row) -> Status {
    if (row.field != field) return {};
    found = true;
    if (row.value) value = Private<std::string>(*row.value);
    return {};
  }));
  if (!found)
    return Fail(Code::kNotFound, "Leaf " + Number(leaf_index) + " has no private field '" + std::string(field) + "'.");
  return value;
}

Status Ledger::Erase(Transaction& transaction, int64_t leaf_index, std::string_view field) {
  if (TRY(ErasePrivate(transaction.db(), leaf_index, field)) == 0) {
    return Fail(Code::kNotFound, "Leaf " + Number(leaf_index) + " has no private field '" + std::string(field) +
                                     "' that could be erased.");
  }
  return {};
}

Result<LedgerReport> VerifyLedgerFolder(Files& files, const std::string& folder, const NoteVerifier& log,
                                        const std::function<Status(int64_t index, ByteView entry)>& on_entry) {
  const std::string checkpoint_path = folder + "/checkpoint";
  const Bytes note = TRY(files.ReadWhole(checkpoint_path, kNoteSizeMaxBytes));
  const auto checkpoint = OpenCheckpoint(AsText(note), log);
  if (!checkpoint) return FileCorrupt(checkpoint_path, "is not a checkpoint signed by the given key");
  if (checkpoint->size > kTreeSizeMax) return FileCorrupt(checkpoint_path, "names an impossible size");
  const auto size = static_cast<int64_t>(checkpoint->size);

  // The entries are hashed anew, and every tile that follows from them must lie there, byte for byte.
  TileTree tree;
  const auto compare_tiles = [&]() -> Status {
    for (const TileTree::WrittenTile& tile : tree.TakeChangedTiles()) {
      if (TRY(ReadTile(files, folder, tile.id)) != tile.bytes) {
        return FileCorrupt(folder + "/" + TilePath(tile.id), "does not follow from the entries");
      }
    }
    return {};
  };
  for (int64_t bundle = 0; bundle * kTileWidth < size; ++bundle) {
    const auto entries = TRY(ReadBundleFile(files, folder, bundle, WidthOf(size, bundle)));
    const bool whole = entries.size() == kTileWidth;
    const TileId tile{
        .level = 0, .index = static_cast<uint64_t>(bundle), .width = static_cast<unsigned>(entries.size())};
    const Bytes hashes = TRY(ReadTile(files, folder, tile));
    for (size_t i = 0; i < entries.size(); ++i) {
      const Sha256 hash = HashLeaf(entries[i]);
      const int64_t index = bundle * kTileWidth + static_cast<int64_t>(i);
      if (!std::ranges::equal(hash.view(), ByteView(hashes).subspan(i * Sha256::kSize, Sha256::kSize))) {
        return FileCorrupt(folder + "/" + BundlePath(tile.index, tile.width),
                           "and '" + TilePath(tile) + "' disagree on leaf " + Number(index));
      }
      tree.Append(hash);
      if (on_entry) TRY(on_entry(index, entries[i]));
    }
    if (whole && (bundle + 1) % kTileWidth == 0) TRY(compare_tiles());
  }
  TRY(compare_tiles());
  if (tree.Root() != checkpoint->root)
    return FileCorrupt(checkpoint_path, "has a root that does not follow from the entries");
  return LedgerReport{
      .leaf_count = size, .published_count = size, .root = checkpoint->root, .origin = checkpoint->origin};
}

Result<ProvenLeaf> VerifyLedgerProof(std::string_view proof, std::string_view entry, const NoteVerifier& log) {
  const auto bad = [] {
    return Fail(Code::kCorrupt, "The text is not a ledger proof for this entry; ask the sender for it again.");
  };
  const auto line = [&]() -> std::optional<std::string_view> {
    const size_t end = proof.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view out = proof.substr(0, end);
    proof.remove_prefix(end + 1);
    return out;
  };
  if (proof.size() > kNoteSizeMaxBytes * 2) return bad();
  if (line() != "c2sp.org/tlog-proof@v1") return bad();
  const auto index_line = line();
  if (!index_line || !index_line->starts_with("index ")) return bad();
  const std::string digits(index_line->substr(6));
  if (digits.empty() || digits.size() > 15 || digits.find_first_not_of("0123456789") != std::string::npos) return bad();
  const int64_t index = std::stoll(digits);
  if (Number(index) != digits) return bad();
  std::vector<Sha256> hashes;
  for (;;) {
    const auto text = line();
    if (!text || hashes.size() > kProofHashesMax) return bad();
    if (text->empty()) break;
    const auto raw = FromBase64(*text);
    const auto hash = raw ? Sha256::From(*raw) : Result<Sha256>(Fail(Code::kCorrupt, ""));
    if (!hash || ToBase64(hash->view()) != *text) return bad();
    hashes.push_back(*hash);
  }
  const Checkpoint checkpoint = TRY(OpenCheckpoint(proof, log));
  TRY(VerifyInclusion(HashLeaf(AsBytes(entry)), static_cast<uint64_t>(index), checkpoint.size, checkpoint.root,
                      hashes));
  return ProvenLeaf{.index = index, .checkpoint = checkpoint};
}

}  // namespace crossguard
