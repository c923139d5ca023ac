#include "crypto/merkle.h"

#include <gtest/gtest.h>

#include <map>

#include "crypto/digest.h"
#include "env/random.h"

namespace crossguard {
namespace {

// The judge: RFC 6962 §2.1 as it is written, recursive and slow.
uint64_t SplitOf(uint64_t n) {
  uint64_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
Sha256 Mth(std::span<const Bytes> d) {
  if (d.empty()) return HashSha256({});
  if (d.size() == 1) {
    Bytes input = {0};
    input.insert(input.end(), d[0].begin(), d[0].end());
    return HashSha256(input);
  }
  const uint64_t k = SplitOf(d.size());
  Bytes input = {1};
  for (const Sha256& side : {Mth(d.first(k)), Mth(d.subspan(k))})
    input.insert(input.end(), side.bytes.begin(), side.bytes.end());
  return HashSha256(input);
}
std::vector<Sha256> Path(uint64_t m, std::span<const Bytes> d) {
  if (d.size() == 1) return {};
  const uint64_t k = SplitOf(d.size());
  auto path = m < k ? Path(m, d.first(k)) : Path(m - k, d.subspan(k));
  path.push_back(m < k ? Mth(d.subspan(k)) : Mth(d.first(k)));
  return path;
}
std::vector<Sha256> Subproof(uint64_t m, std::span<const Bytes> d, bool b) {
  if (m == d.size()) return b ? std::vector<Sha256>{} : std::vector<Sha256>{Mth(d)};
  const uint64_t k = SplitOf(d.size());
  auto proof = m <= k ? Subproof(m, d.first(k), b) : Subproof(m - k, d.subspan(k), false);
  proof.push_back(m <= k ? Mth(d.subspan(k)) : Mth(d.first(k)));
  return proof;
}

std::vector<Bytes> Entries(size_t count) {
  std::vector<Bytes> out;
  for (size_t i = 0; i < count; ++i) out.push_back(ToBytes("entry " + std::to_string(i)));
  return out;
}
std::vector<Sha256> LeafHashes(std::span<const Bytes> entries) {
  std::vector<Sha256> out;
  for (const Bytes& entry : entries) out.push_back(HashLeaf(entry));
  return out;
}

// Tiles as a disk would hold them: the newest width of each.
struct TileStore {
  std::map<std::pair<unsigned, uint64_t>, Bytes> tiles;
  void Write(const std::vector<TileTree::WrittenTile>& written) {
    for (const auto& tile : written) tiles[{tile.id.level, tile.id.index}] = tile.bytes;
  }
  TileReader Reader() const {
    return [this](const TileId& id) -> Result<Bytes> {
      const auto found = tiles.find({id.level, id.index});
      if (found == tiles.end()) return Fail(Code::kNotFound, "No such tile.");
      Bytes bytes = found->second;
      if (bytes.size() > id.width * 32) bytes.resize(id.width * 32);
      return bytes;
    };
  }
};

constexpr size_t kSizeMax = 300;  // beyond one tile, so that level 1 is in play

TEST(Merkle, KnownRootsOfTheCertificateTransparencyTestData) {
  // The reference inputs of the Certificate Transparency implementations.
  const std::vector<std::string> inputs = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  CompactRange range;
  EXPECT_EQ(range.Root().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (size_t i = 0; i < inputs.size(); ++i) {
    range.Append(HashLeaf(*FromHex(inputs[i])));
    EXPECT_EQ(range.Root().hex(), roots[i]);
  }
}

TEST(Merkle, EveryEngineAgreesWithTheNaiveTreeAtEverySize) {
  const auto entries = Entries(kSizeMax);
  const auto leaves = LeafHashes(entries);
  CompactRange range;
  TileTree tree;
  TileStore store;
  for (size_t size = 0; size <= kSizeMax; ++size) {
    const Sha256 root = Mth(std::span(entries).first(size));
    ASSERT_EQ(range.Root(), root) << size;
    ASSERT_EQ(tree.Root(), root) << size;
    ASSERT_EQ(TreeRoot(size, NodesOf(leaves)), root) << size;
    store.Write(tree.TakeChangedTiles());
    ASSERT_EQ(TreeRoot(size, NodesInTiles(size, store.Reader())), root) << size;
    const auto loaded = TileTree::Load(size, root, store.Reader());
    ASSERT_TRUE(loaded.has_value()) << size;
    ASSERT_EQ(loaded->Root(), root);
    if (size == kSizeMax) break;
    range.Append(leaves[size]);
    tree.Append(leaves[size]);
  }
}

TEST(Merkle, EveryInclusionProofIsTheNaiveOneAndVerifies) {
  const auto entries = Entries(kSizeMax);
  const auto leaves = LeafHashes(entries);
  for (size_t size = 1; size <= kSizeMax; size = size < 70 ? size + 1 : size + 23) {
    const Sha256 root = *TreeRoot(size, NodesOf(leaves));
    for (size_t index = 0; index < size; ++index) {
      const auto proof = *ProveInclusion(index, size, NodesOf(leaves));
      if (size < 70) {
        ASSERT_EQ(proof, Path(index, std::span(entries).first(size)));
      }
      ASSERT_TRUE(VerifyInclusion(leaves[index], index, size, root, proof));
    }
  }
}

TEST(Merkle, EveryConsistencyProofIsTheNaiveOneAndVerifies) {
  const auto entries = Entries(kSizeMax);
  const auto leaves = LeafHashes(entries);
  std::vector<Sha256> roots;
  for (size_t size = 0; size <= kSizeMax; ++size) roots.push_back(*TreeRoot(size, NodesOf(leaves)));
  for (size_t size = 0; size <= kSizeMax; size = size < 70 ? size + 1 : size + 23) {
    for (size_t old_size = 0; old_size <= size; ++old_size) {
      const auto proof = *ProveConsistency(old_size, size, NodesOf(leaves));
      if (size < 70 && old_size > 0) {
        ASSERT_EQ(proof, Subproof(old_size, std::span(entries).first(size), true));
      }
      ASSERT_TRUE(VerifyConsistency(
          {.old_size = old_size, .old_root = roots[old_size], .new_size = size, .new_root = roots[size]}, proof))
          << old_size << " -> " << size;
    }
  }
}

TEST(Merkle, ProofsFromTilesOfALargeTreeVerify) {
  constexpr size_t kSize = 70'000;  // three tile levels
  std::vector<Sha256> leaves;
  TileTree tree;
  CompactRange range;
  TileStore store;
  SeededRandom random(5);
  std::map<uint64_t, Sha256> checkpoints;
  for (size_t i = 0; i < kSize; ++i) {
    leaves.push_back(HashLeaf(random.Take<8>()));
    tree.Append(leaves.back());
    range.Append(leaves.back());
    if (random.Below(500) == 0 || i + 1 == kSize) {
      ASSERT_EQ(tree.Root(), range.Root());
      checkpoints[i + 1] = tree.Root();
      store.Write(tree.TakeChangedTiles());
      if (random.Below(4) == 0) tree = *TileTree::Load(i + 1, tree.Root(), store.Reader());
    }
  }
  EXPECT_EQ(store.tiles.rbegin()->first.first, 2U);
  const NodeReader nodes = NodesInTiles(kSize, store.Reader());
  for (const auto& [size, root] : checkpoints) {
    const auto proof = *ProveConsistency(size, kSize, nodes);
    EXPECT_TRUE(
        VerifyConsistency({.old_size = size, .old_root = root, .new_size = kSize, .new_root = tree.Root()}, proof));
    const uint64_t index = random.Below(size);
    EXPECT_TRUE(VerifyInclusion(leaves[index], index, size, root,
                                *ProveInclusion(index, size, NodesInTiles(size, store.Reader()))));
  }
}

Sha256 FlipOneBit(Sha256 hash, SeededRandom& random) {
  hash.bytes[random.Below(32)] ^= static_cast<uint8_t>(1U << random.Below(8));
  return hash;
}

// Changes one thing that the proof speaks of; false if the change happened to change nothing.
bool TamperProof(std::vector<Sha256>& proof, SeededRandom& random) {
  const auto before = proof;
  switch (random.Below(4)) {
    case 0:
      if (!proof.empty()) {
        auto& hash = proof[random.Below(proof.size())];
        hash = FlipOneBit(hash, random);
      }
      break;
    case 1:
      if (!proof.empty()) proof.erase(proof.begin() + static_cast<std::ptrdiff_t>(random.Below(proof.size())));
      break;
    case 2:
      proof.insert(proof.begin() + static_cast<std::ptrdiff_t>(random.Below(proof.size() + 1)),
                   proof.empty() ? Sha256{} : proof[random.Below(proof.size())]);
      break;
    default:
      if (proof.size() > 1) std::swap(proof[random.Below(proof.size())], proof[random.Below(proof.size())]);
      break;
  }
  return proof != before;
}

TEST(Merkle, NoTamperedProofIsAccepted) {
  SeededRandom random(6);
  const auto leaves = LeafHashes(Entries(kSizeMax));
  std::vector<Sha256> roots;
  for (size_t size = 0; size <= kSizeMax; ++size) roots.push_back(*TreeRoot(size, NodesOf(leaves)));
  size_t tried = 0;
  while (tried < 15'000) {
    const uint64_t size = 1 + random.Below(kSizeMax);
    uint64_t index = random.Below(size);
    uint64_t claimed_size = size;
    Sha256 leaf = leaves[index];
    Sha256 root = roots[size];
    auto proof = *ProveInclusion(index, size, NodesOf(leaves));
    switch (random.Below(5)) {
      case 0:
        leaf = FlipOneBit(leaf, random);
        break;
      case 1:
        root = FlipOneBit(root, random);
        break;
      case 2: {
        const uint64_t other = random.Below(size);
        if (other == index) continue;
        index = other;
        break;
      }
      default:
        if (!TamperProof(proof, random)) continue;
    }
    ++tried;
    ASSERT_FALSE(VerifyInclusion(leaf, index, claimed_size, root, proof).has_value()) << index << " of " << size;
  }
  tried = 0;
  while (tried < 15'000) {
    const uint64_t size = 2 + random.Below(kSizeMax - 1);
    const uint64_t old_size = 1 + random.Below(size - 1);
    ConsistencyClaim claim{
        .old_size = old_size, .old_root = roots[old_size], .new_size = size, .new_root = roots[size]};
    auto proof = *ProveConsistency(old_size, size, NodesOf(leaves));
    switch (random.Below(5)) {
      case 0:
        claim.old_root = FlipOneBit(claim.old_root, random);
        break;
      case 1:
        claim.new_root = FlipOneBit(claim.new_root, random);
        break;
      case 2: {  // a root of the same log, but of another size
        const uint64_t other = 1 + random.Below(kSizeMax);
        if (other == old_size) continue;
        claim.old_root = roots[other];
        break;
      }
      default:
        if (!TamperProof(proof, random)) continue;
    }
    ++tried;
    ASSERT_FALSE(VerifyConsistency(claim, proof).has_value()) << old_size << " -> " << size;
  }
}

TEST(Merkle, SizesAndIndicesOutOfRangeAreRefused) {
  const auto leaves = LeafHashes(Entries(10));
  EXPECT_FALSE(ProveInclusion(10, 10, NodesOf(leaves)));
  EXPECT_FALSE(ProveInclusion(0, 0, NodesOf(leaves)));
  EXPECT_FALSE(ProveConsistency(11, 10, NodesOf(leaves)));
  EXPECT_FALSE(TreeRoot(kTreeSizeMax + 1, NodesOf(leaves)));
  EXPECT_FALSE(VerifyInclusion({}, 0, 0, {}, {}));
  EXPECT_FALSE(VerifyInclusion({}, UINT64_MAX, UINT64_MAX, {}, {}));
  EXPECT_FALSE(VerifyConsistency({.old_size = 0, .old_root = {}, .new_size = 5, .new_root = {}}, {}));
}

TEST(Tiles, PathsFollowTheTlogTilesNaming) {
  EXPECT_EQ(TilePath({.level = 0, .index = 0}), "tile/0/000");
  EXPECT_EQ(TilePath({.level = 1, .index = 67, .width = 12}), "tile/1/067.p/12");
  EXPECT_EQ(TilePath({.level = 0, .index = 1234067}), "tile/0/x001/x234/067");
  EXPECT_EQ(TilePath({.level = 0, .index = 1000}), "tile/0/x001/000");
  EXPECT_EQ(BundlePath(1234067, 1), "tile/entries/x001/x234/067.p/1");
}

TEST(Tiles, ADamagedTileStopsTheLogFromResuming) {
  TileTree tree;
  TileStore store;
  for (const Sha256& leaf : LeafHashes(Entries(600))) tree.Append(leaf);
  store.Write(tree.TakeChangedTiles());
  EXPECT_TRUE(tree.TakeChangedTiles().empty());
  ASSERT_TRUE(TileTree::Load(600, tree.Root(), store.Reader()).has_value());
  auto& edge = store.tiles.at({0, 2});
  edge[5] ^= 1U;
  EXPECT_EQ(TileTree::Load(600, tree.Root(), store.Reader()).error().code, Code::kCorrupt);
  edge.resize(40);
  EXPECT_EQ(TileTree::Load(600, tree.Root(), store.Reader()).error().code, Code::kCorrupt);
}

TEST(Tiles, EntryBundlesComeBackExactlyOrNotAtAll) {
  const std::vector<Bytes> entries = {ToBytes("one"), {}, Bytes(65'535, 7), ToBytes("last")};
  const Bytes bundle = *WriteBundle(entries);
  EXPECT_EQ(ReadBundle(bundle, 4), entries);
  EXPECT_FALSE(ReadBundle(bundle, 3));
  EXPECT_FALSE(ReadBundle(bundle, 5));
  EXPECT_FALSE(ReadBundle(ByteView(bundle).first(bundle.size() - 1), 4));
  EXPECT_FALSE(WriteBundle(std::vector<Bytes>{Bytes(65'536)}));
}

}  // namespace
}  // namespace crossguard
