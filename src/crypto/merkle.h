// The Merkle tree of RFC 6962 §2.1 (unchanged in RFC 9162 §2.1) and its static files, C2SP tlog-tiles.md: an
// append-only log whose every state is one 32-byte root, with short proofs that an entry is in it and that a later
// state extends an earlier one. Hash of a leaf: SHA-256(0x00 | entry); of a node: SHA-256(0x01 | left | right); of
// nothing: SHA-256("").
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace crossguard {

Sha256 HashLeaf(ByteView entry);
Sha256 HashNode(const Sha256& left, const Sha256& right);
Sha256 EmptyTreeRoot();

constexpr uint64_t kTreeSizeMax = uint64_t{1} << 48U;  // a log of that size would hold 9 PB of leaf hashes
constexpr size_t kProofHashesMax = 2 * 48 + 1;

// The root of a growing tree in O(log n) memory: only the peaks of the complete subtrees are kept.
class CompactRange {
 public:
  void Append(const Sha256& leaf_hash);
  uint64_t size() const { return size_; }
  Sha256 Root() const;

 private:
  uint64_t size_ = 0;
  std::vector<Sha256> peaks_;  // left to right, one per set bit of size_
};

// --- Proofs ---------------------------------------------------------------------------------------------------------

// The hash of the complete subtree of 2^level leaves that starts at leaf index * 2^level. Asked only for subtrees that
// are complete in the tree at hand. Errors are passed on by everything below.
using NodeReader = std::function<Result<Sha256>(unsigned level, uint64_t index)>;

// Nodes of a tree whose leaf hashes are all in memory; they must outlive the reader. Plain, for small trees and tests.
NodeReader NodesOf(std::span<const Sha256> leaf_hashes);

// All: kInvalid if the index or size is out of range (index < size; 0 <= old_size <= size <= kTreeSizeMax).
Result<Sha256> TreeRoot(uint64_t size, const NodeReader& nodes);
Result<std::vector<Sha256>> ProveInclusion(uint64_t index, uint64_t size, const NodeReader& nodes);
// Empty if old_size is 0 or equals size: nothing needs to be shown.
Result<std::vector<Sha256>> ProveConsistency(uint64_t old_size, uint64_t size, const NodeReader& nodes);

// Success only if the proof has exactly the right length and leads to the root. kCorrupt otherwise.
Status VerifyInclusion(const Sha256& leaf_hash, uint64_t index, uint64_t size, const Sha256& root,
                       std::span<const Sha256> proof);

// Two states of one log, which are easily swapped.
struct ConsistencyClaim {
  uint64_t old_size = 0;
  Sha256 old_root;
  uint64_t new_size = 0;
  Sha256 new_root;
};
// Success only if the new state extends the old one. kCorrupt otherwise. From size 0 everything extends the empty tree,
// whose root must be EmptyTreeRoot().
Status VerifyConsistency(const ConsistencyClaim& claim, std::span<const Sha256> proof);

// --- Tiles ----------------------------------------------------------------------------------------------------------

constexpr unsigned kTileHeight = 8;
constexpr unsigned kTileWidth = 256;

// Hashes index * 256 .. index * 256 + width - 1 of level 8 * level: width * 32 bytes, without a header. A tile with
// width 256 never changes; a narrower one is the right edge of a tree and is replaced as the tree grows.
struct TileId {
  unsigned level = 0;
  uint64_t index = 0;
  unsigned width = kTileWidth;
  auto operator<=>(const TileId&) const = default;
};

std::string TilePath(const TileId& tile);                             // "tile/0/x001/067", "tile/1/000.p/12"
std::string BundlePath(uint64_t index, unsigned width = kTileWidth);  // "tile/entries/x001/067.p/12"

// The bytes of a tile. Any other length than width * 32 is reported as kCorrupt by whoever reads through it.
using TileReader = std::function<Result<Bytes>(const TileId&)>;

// Nodes of the tree of that size, read from its tiles, with the last few tiles kept in memory. Asks for a tile by the
// width it had in the tree of that size, so a reader over a grown log may answer with the first width * 32 bytes of a
// wider one. For one thread at a time. A lying reader makes wrong nodes: check what follows against a signed root.
NodeReader NodesInTiles(uint64_t size, TileReader tiles);

// The writing side: appends leaf hashes and says which tiles to write. Memory: one tile per level, and what was not
// flushed.
class TileTree {
 public:
  struct WrittenTile {
    TileId id;
    Bytes bytes;
  };

  TileTree() = default;
  // Resumes at a signed state. kCorrupt if the tiles at its right edge do not give that root.
  static Result<TileTree> Load(uint64_t size, const Sha256& root, const TileReader& tiles);

  void Append(const Sha256& leaf_hash);
  uint64_t size() const { return size_; }
  Sha256 Root() const;
  // The tiles that are new or wider since the last call, lowest level first. Write and sync them before the checkpoint.
  std::vector<WrittenTile> TakeChangedTiles();

 private:
  struct Edge {
    std::vector<Sha256> hashes;  // < 256
    uint64_t index = 0;          // of the tile they are in
    bool changed = false;
  };
  void Push(size_t level, const Sha256& hash);

  uint64_t size_ = 0;
  std::vector<Edge> edges_;
  std::vector<WrittenTile> full_;
};

// An entry bundle: up to 256 entries, each as 2 bytes big-endian length and its bytes. kInvalid if an entry is longer
// than 65,535 bytes, kCorrupt (when read) if anything is left over or missing; `width` entries are expected.
Result<Bytes> WriteBundle(std::span<const Bytes> entries);
Result<std::vector<Bytes>> ReadBundle(ByteView bundle, unsigned width);

}  // namespace crossguard
