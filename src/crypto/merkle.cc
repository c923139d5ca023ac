#include "crypto/merkle.h"

#include <algorithm>
#include <array>
#include <bit>

#include "crypto/digest.h"

namespace crossguard {
namespace {

unsigned Log2(uint64_t power) {
  return static_cast<unsigned>(std::countr_zero(power));
}

// The hash of leaves [begin, end), where begin is a multiple of the smallest power of two >= end - begin: so every
// complete subtree below is a node of the whole tree.
Result<Sha256> RangeHash(uint64_t begin, uint64_t end, const NodeReader& nodes) {
  const uint64_t count = end - begin;
  if (std::has_single_bit(count)) return nodes(Log2(count), begin >> Log2(count));
  const uint64_t split = begin + std::bit_floor(count - 1);
  const Sha256 left = TRY(RangeHash(begin, split, nodes));
  const Sha256 right = TRY(RangeHash(split, end, nodes));
  return HashNode(left, right);
}

Status CheckSize(uint64_t size) {
  if (size > kTreeSizeMax)
    return Fail(Code::kInvalid, "A tree of this size is beyond what a log can be: check the size.");
  return {};
}

std::unexpected<Error> BadProof(std::string_view what) {
  return Fail(Code::kCorrupt,
              "The " + std::string(what) + " proof does not lead to the root: do not rely on this log.");
}

std::string IndexPath(uint64_t index, unsigned width) {
  CHECK(width >= 1 && width <= kTileWidth);
  const auto group = [](uint64_t n) {
    std::string digits = std::to_string(n);
    return std::string(3 - digits.size(), '0') + digits;
  };
  std::string path = group(index % 1000);
  for (index /= 1000; index > 0; index /= 1000) path = "x" + group(index % 1000) + "/" + path;
  if (width < kTileWidth) path += ".p/" + std::to_string(width);
  return path;
}

// Width of tile (level, index) in a tree of that size; 0 if it does not exist.
unsigned WidthIn(uint64_t size, unsigned level, uint64_t index) {
  const uint64_t hashes = level * kTileHeight < 64 ? size >> (level * kTileHeight) : 0;
  const uint64_t begin = index * kTileWidth;
  return hashes <= begin ? 0 : static_cast<unsigned>(std::min<uint64_t>(kTileWidth, hashes - begin));
}

Result<std::vector<Sha256>> ReadTile(const TileReader& tiles, const TileId& id) {
  const Bytes bytes = TRY(tiles(id));
  if (bytes.size() != size_t{id.width} * Sha256::kSize) {
    return Fail(Code::kCorrupt,
                "The tile '" + TilePath(id) + "' has the wrong size: restore it from a copy of the log.");
  }
  std::vector<Sha256> hashes(id.width);
  for (size_t i = 0; i < hashes.size(); ++i) {
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * Sha256::kSize), Sha256::kSize, hashes[i].bytes.begin());
  }
  return hashes;
}

// The root of 2^k hashes.
Sha256 FoldComplete(std::span<const Sha256> hashes) {
  CHECK(std::has_single_bit(hashes.size()));
  if (hashes.size() == 1) return hashes.front();
  std::vector<Sha256> level(hashes.begin(), hashes.end());
  for (size_t count = level.size() / 2; count > 0; count /= 2) {
    for (size_t i = 0; i < count; ++i) level[i] = HashNode(level[2 * i], level[2 * i + 1]);
  }
  return level.front();
}

}  // namespace

Sha256 HashLeaf(ByteView entry) {
  Bytes input;
  input.reserve(entry.size() + 1);
  input.push_back(0x00);
  input.insert(input.end(), entry.begin(), entry.end());
  return HashSha256(input);
}

Sha256 HashNode(const Sha256& left, const Sha256& right) {
  std::array<uint8_t, 65> input;
  input[0] = 0x01;
  std::copy(left.bytes.begin(), left.bytes.end(), input.begin() + 1);
  std::copy(right.bytes.begin(), right.bytes.end(), input.begin() + 33);
  return HashSha256(input);
}

Sha256 EmptyTreeRoot() {
  return HashSha256({});
}

void CompactRange::Append(const Sha256& leaf_hash) {
  peaks_.push_back(leaf_hash);
  // As in a binary counter: each trailing one bit of the old size is a pair of equal peaks to be joined.
  for (uint64_t carry = size_; (carry & 1U) != 0; carry >>= 1U) {
    const Sha256 right = peaks_.back();
    peaks_.pop_back();
    peaks_.back() = HashNode(peaks_.back(), right);
  }
  ++size_;
}

Sha256 CompactRange::Root() const {
  if (peaks_.empty()) return EmptyTreeRoot();
  Sha256 root = peaks_.back();
  for (size_t i = peaks_.size() - 1; i-- > 0;) root = HashNode(peaks_[i], root);
  return root;
}

NodeReader NodesOf(std::span<const Sha256> leaf_hashes) {
  return [leaf_hashes](unsigned level, uint64_t index) -> Result<Sha256> {
    const uint64_t count = uint64_t{1} << level;
    CHECK((index + 1) * count <= leaf_hashes.size());
    return FoldComplete(leaf_hashes.subspan(index * count, count));
  };
}

Result<Sha256> TreeRoot(uint64_t size, const NodeReader& nodes) {
  TRY(CheckSize(size));
  if (size == 0) return EmptyTreeRoot();
  return RangeHash(0, size, nodes);
}

Result<std::vector<Sha256>> ProveInclusion(uint64_t index, uint64_t size, const NodeReader& nodes) {
  TRY(CheckSize(size));
  if (index >= size) return Fail(Code::kInvalid, "The entry's index is beyond the tree: give an index below its size.");
  std::vector<Sha256> proof;
  for (uint64_t begin = 0, end = size; end - begin > 1;) {
    const uint64_t split = begin + std::bit_floor(end - begin - 1);
    if (index < split) {
      proof.push_back(TRY(RangeHash(split, end, nodes)));
      end = split;
    } else {
      proof.push_back(TRY(RangeHash(begin, split, nodes)));
      begin = split;
    }
  }
  std::reverse(proof.begin(), proof.end());  // the RFC lists them from the leaf up
  return proof;
}

Result<std::vector<Sha256>> ProveConsistency(uint64_t old_size, uint64_t size, const NodeReader& nodes) {
  TRY(CheckSize(size));
  if (old_size > size) return Fail(Code::kInvalid, "The older tree is larger than the newer: give the sizes in order.");
  std::vector<Sha256> proof;
  if (old_size == 0 || old_size == size) return proof;
  // SUBPROOF of RFC 6962 §2.1.2, downwards from the root; `whole` is its flag b.
  uint64_t begin = 0;
  uint64_t end = size;
  bool whole = true;
  while (old_size != end) {
    const uint64_t split = begin + std::bit_floor(end - begin - 1);
    if (old_size <= split) {
      proof.push_back(TRY(RangeHash(split, end, nodes)));
      end = split;
    } else {
      proof.push_back(TRY(RangeHash(begin, split, nodes)));
      begin = split;
      whole = false;
    }
  }
  if (!whole) proof.push_back(TRY(RangeHash(begin, end, nodes)));
  std::reverse(proof.begin(), proof.end());
  return proof;
}

// RFC 9162 §2.1.3.2.
Status VerifyInclusion(const Sha256& leaf_hash, uint64_t index, uint64_t size, const Sha256& root,
                       std::span<const Sha256> proof) {
  if (size > kTreeSizeMax || index >= size) return BadProof("inclusion");
  uint64_t node = index;
  uint64_t last = size - 1;
  Sha256 hash = leaf_hash;
  for (const Sha256& sibling : proof) {
    if (last == 0) return BadProof("inclusion");
    if ((node & 1U) != 0 || node == last) {
      hash = HashNode(sibling, hash);
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = HashNode(hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  if (last != 0 || hash != root) return BadProof("inclusion");
  return {};
}

// RFC 9162 §2.1.4.2.
Status VerifyConsistency(const ConsistencyClaim& claim, std::span<const Sha256> proof) {
  if (claim.new_size > kTreeSizeMax || claim.old_size > claim.new_size) return BadProof("consistency");
  if (claim.old_size == 0) {
    if (!proof.empty() || claim.old_root != EmptyTreeRoot()) return BadProof("consistency");
    if (claim.new_size == 0 && claim.new_root != EmptyTreeRoot()) return BadProof("consistency");
    return {};
  }
  if (claim.old_size == claim.new_size) {
    if (!proof.empty() || claim.old_root != claim.new_root) return BadProof("consistency");
    return {};
  }
  if (proof.empty()) return BadProof("consistency");
  uint64_t node = claim.old_size - 1;
  uint64_t last = claim.new_size - 1;
  while ((node & 1U) != 0) {
    node >>= 1U;
    last >>= 1U;
  }
  // If the old tree is one complete subtree, its root is not sent: the verifier has it.
  const bool complete = std::has_single_bit(claim.old_size);
  Sha256 old_hash = complete ? claim.old_root : proof.front();
  Sha256 new_hash = old_hash;
  for (const Sha256& sibling : proof.subspan(complete ? 0 : 1)) {
    if (last == 0) return BadProof("consistency");
    if ((node & 1U) != 0 || node == last) {
      old_hash = HashNode(sibling, old_hash);
      new_hash = HashNode(sibling, new_hash);
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      new_hash = HashNode(new_hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  if (last != 0 || old_hash != claim.old_root || new_hash != claim.new_root) return BadProof("consistency");
  return {};
}

std::string TilePath(const TileId& tile) {
  return "tile/" + std::to_string(tile.level) + "/" + IndexPath(tile.index, tile.width);
}

std::string BundlePath(uint64_t index, unsigned width) {
  return "tile/entries/" + IndexPath(index, width);
}

NodeReader NodesInTiles(uint64_t size, TileReader tiles) {
  struct Kept {
    TileId id;
    std::vector<Sha256> hashes;
  };
  constexpr size_t kKeptMax = 16;  // the tiles of one path from a leaf to the root, twice
  return [size, tiles = std::move(tiles), kept = std::vector<Kept>()](unsigned level,
                                                                      uint64_t index) mutable -> Result<Sha256> {
    const unsigned within = level % kTileHeight;  // below the tile's level there are 2^within hashes to fold
    TileId id{.level = level / kTileHeight, .index = (index << within) / kTileWidth, .width = 0};
    id.width = WidthIn(size, id.level, id.index);
    const size_t first = (index << within) % kTileWidth;
    const size_t count = size_t{1} << within;
    if (first + count > id.width) {
      return Fail(Code::kInvalid, "A node outside the tree was asked for: give indices below the tree's size.");
    }
    auto found = std::find_if(kept.begin(), kept.end(), [&](const Kept& k) { return k.id == id; });
    if (found == kept.end()) {
      std::vector<Sha256> hashes = TRY(ReadTile(tiles, id));
      if (kept.size() == kKeptMax) kept.erase(kept.begin());
      kept.push_back({.id = id, .hashes = std::move(hashes)});
      found = kept.end() - 1;
    }
    return FoldComplete(std::span(found->hashes).subspan(first, count));
  };
}

Result<TileTree> TileTree::Load(uint64_t size, const Sha256& root, const TileReader& tiles) {
  TRY(CheckSize(size));
  TileTree tree;
  tree.size_ = size;
  for (unsigned level = 0; (size >> (level * kTileHeight)) > 0; ++level) {
    const uint64_t hashes = size >> (level * kTileHeight);
    Edge edge{.hashes = {}, .index = hashes / kTileWidth, .changed = false};
    const unsigned width = static_cast<unsigned>(hashes % kTileWidth);
    if (width > 0) edge.hashes = TRY(ReadTile(tiles, {.level = level, .index = edge.index, .width = width}));
    tree.edges_.push_back(std::move(edge));
  }
  if (tree.Root() != root) {
    return Fail(Code::kCorrupt, "The log's tiles do not give the root of its checkpoint: restore the log from a copy.");
  }
  return tree;
}

void TileTree::Push(size_t level, const Sha256& hash) {
  if (level == edges_.size()) edges_.emplace_back();
  edges_[level].hashes.push_back(hash);
  edges_[level].changed = true;
  if (edges_[level].hashes.size() < kTileWidth) return;
  WrittenTile tile{.id = {.level = static_cast<unsigned>(level), .index = edges_[level].index}, .bytes = {}};
  tile.bytes.reserve(kTileWidth * Sha256::kSize);
  for (const Sha256& h : edges_[level].hashes) tile.bytes.insert(tile.bytes.end(), h.bytes.begin(), h.bytes.end());
  full_.push_back(std::move(tile));
  const Sha256 root = FoldComplete(edges_[level].hashes);
  edges_[level].hashes.clear();
  edges_[level].changed = false;
  ++edges_[level].index;
  Push(level + 1, root);
}

void TileTree::Append(const Sha256& leaf_hash) {
  CHECK(size_ < kTreeSizeMax);
  Push(0, leaf_hash);
  ++size_;
}

Sha256 TileTree::Root() const {
  if (size_ == 0) return EmptyTreeRoot();
  // The peaks from right to left are the power-of-two groups at the end of each level's open tile.
  Sha256 root;
  bool any = false;
  for (const Edge& edge : edges_) {
    std::span<const Sha256> rest = edge.hashes;
    while (!rest.empty()) {
      const size_t group = rest.size() & (~rest.size() + 1);  // its lowest set bit
      const Sha256 peak = FoldComplete(rest.last(group));
      root = any ? HashNode(peak, root) : peak;
      any = true;
      rest = rest.first(rest.size() - group);
    }
  }
  return root;
}

std::vector<TileTree::WrittenTile> TileTree::TakeChangedTiles() {
  std::vector<WrittenTile> out = std::move(full_);
  full_.clear();
  for (size_t level = 0; level < edges_.size(); ++level) {
    Edge& edge = edges_[level];
    if (!edge.changed || edge.hashes.empty()) continue;
    edge.changed = false;
    WrittenTile tile{.id = {.level = static_cast<unsigned>(level),
                            .index = edge.index,
                            .width = static_cast<unsigned>(edge.hashes.size())},
                     .bytes = {}};
    for (const Sha256& h : edge.hashes) tile.bytes.insert(tile.bytes.end(), h.bytes.begin(), h.bytes.end());
    out.push_back(std::move(tile));
  }
  std::sort(out.begin(), out.end(), [](const WrittenTile& a, const WrittenTile& b) { return a.id < b.id; });
  return out;
}

Result<Bytes> WriteBundle(std::span<const Bytes> entries) {
  CHECK(entries.size() <= kTileWidth);
  Bytes out;
  for (const Bytes& entry : entries) {
    if (entry.size() > UINT16_MAX) {
      return Fail(Code::kInvalid, "A log entry may have 65,535 bytes at most: put a digest of the rest into it.");
    }
    out.push_back(static_cast<uint8_t>(entry.size() >> 8U));
    out.push_back(static_cast<uint8_t>(entry.size()));
    out.insert(out.end(), entry.begin(), entry.end());
  }
  return out;
}

Result<std::vector<Bytes>> ReadBundle(ByteView bundle, unsigned width) {
  const auto corrupt = [] {
    return Fail(Code::kCorrupt, "The entry bundle does not hold its entries: restore it from a copy of the log.");
  };
  std::vector<Bytes> out;
  while (out.size() < width) {
    if (bundle.size() < 2) return corrupt();
    const size_t size = (size_t{bundle[0]} << 8U) | bundle[1];
    if (bundle.size() - 2 < size) return corrupt();
    out.push_back(ToBytes(bundle.subspan(2, size)));
    bundle = bundle.subspan(2 + size);
  }
  if (!bundle.empty()) return corrupt();
  return out;
}

}  // namespace crossguard
