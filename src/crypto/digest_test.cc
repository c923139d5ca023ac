#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "crypto/digest_three.h"
#include "crypto/stream.h"
#include "env/random.h"

namespace crossguard {
namespace {

Bytes Hex(std::string_view hex) {
  return *FromHex(hex);
}

TEST(Digest, KnownAnswersOfTheStandards) {
  struct Vector {
    std::string text, md5, sha1, sha256;
  };
  const std::vector<Vector> vectors = {
      {"", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "8215ef0796a20bcaaae116d3876c664a",
       "84983e441c3bd26ebaae4aa1f95129e5e54670f1", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'), "7707d6ae4e027c70eea2a935c2296f21", "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const Vector& vector : vectors) {
    const Digests digests = HashAll(AsBytes(vector.text));
    EXPECT_EQ(digests.md5.hex(), vector.md5);
    EXPECT_EQ(digests.sha1.hex(), vector.sha1);
    EXPECT_EQ(digests.sha256.hex(), vector.sha256);
    EXPECT_EQ(digests.size_bytes, vector.text.size());
    EXPECT_EQ(HashSha256(AsBytes(vector.text)).hex(), vector.sha256);
  }
}

TEST(Digest, HowAStreamIsCutDoesNotChangeItsDigests) {
  SeededRandom random(1);
  DigestStream stream;
  Sha256Stream sha256_stream;
  for (int round = 0; round < 60; ++round) {
    Bytes bytes(random.Below(100'000));
    random.Fill(bytes);
    for (ByteView rest = bytes; !rest.empty();) {
      const size_t count = std::min<size_t>(rest.size(), random.Below(40'000));
      stream.Update(rest.first(count));
      sha256_stream.Update(rest.first(count));
      rest = rest.subspan(count);
    }
    EXPECT_EQ(stream.Finish(), HashAll(bytes));
    EXPECT_EQ(sha256_stream.Finish(), HashSha256(bytes));
  }
}

// OpenSSL is the judge of the interleaved digests. Where the processor lacks the instructions both are OpenSSL.
Digests ByOpenSsl(ByteView bytes) {
  DigestStream stream(DigestWay::kOpenSsl);
  stream.Update(bytes);
  return stream.Finish();
}

TEST(Digest, EveryLengthAroundABlockAgreesWithOpenSslWhereverItIsCut) {
  SeededRandom random(3);
  Bytes bytes(64 * 5);
  random.Fill(bytes);
  DigestStream stream;
  for (size_t size = 0; size <= bytes.size(); ++size) {
    const ByteView whole = ByteView(bytes).first(size);
    const Digests expected = ByOpenSsl(whole);
    ASSERT_EQ(HashAll(whole), expected) << size << " bytes";
    for (size_t cut = 0; cut <= size; ++cut) {
      stream.Update(whole.first(cut));
      stream.Update(whole.subspan(cut));
      ASSERT_EQ(stream.Finish(), expected) << size << " bytes cut at " << cut;
    }
  }
}

TEST(Digest, AnyLengthAtAnyAddressInAnyPiecesAgreesWithOpenSsl) {
  SeededRandom random(4);
  Bytes bytes(200'000 + 64);
  random.Fill(bytes);
  DigestStream stream;
  for (int round = 0; round < 400; ++round) {
    const uint64_t size_max = round % 4 == 0 ? 200'000 : 2'000;
    const ByteView whole = ByteView(bytes).subspan(random.Below(64), random.Below(size_max + 1));
    const uint64_t piece_max = 1 + random.Below(round % 2 == 0 ? 200 : 50'000);
    for (ByteView rest = whole; !rest.empty();) {
      const size_t count = std::min<size_t>(rest.size(), random.Below(piece_max + 1));
      stream.Update(rest.first(count));
      rest = rest.subspan(count);
    }
    ASSERT_EQ(stream.Finish(), ByOpenSsl(whole)) << "round " << round << ", " << whole.size() << " bytes";
  }
}

TEST(Digest, BothWaysToSpreadTheWordsOfSha1AgreeWithOpenSslAndLeaveTheOthersAlone) {
  if (!crypto::HasInterleavedDigests()) GTEST_SKIP() << "no SHA instructions here";
  SeededRandom random(5);
  Bytes bytes(64 * 40);
  for (int round = 0; round < 200; ++round) {
    random.Fill(bytes);
    const ByteView whole = ByteView(bytes).first(random.Below(bytes.size() + 1));
    const size_t blocks = whole.size() / crypto::kDigestBlockBytes;
    const Digests expected = ByOpenSsl(whole);
    std::array<crypto::ThreeStates, 2> states;
    for (const auto words : {crypto::Sha1Words::kInstructions, crypto::Sha1Words::kArithmetic}) {
      crypto::ThreeStates& state = states[static_cast<size_t>(words)];
      crypto::DigestBlocks(state, whole.data(), whole.data(), blocks, words);
      crypto::DigestEnd(state, whole.subspan(blocks * crypto::kDigestBlockBytes), whole.size());
      for (size_t i = 0; i < expected.sha1.bytes.size(); ++i)
        ASSERT_EQ(state.sha1[i / 4] >> (24 - 8 * (i % 4)) & 0xFFU, expected.sha1.bytes[i]) << whole.size() << " bytes";
    }
    ASSERT_EQ(states[0].md5, states[1].md5);
    ASSERT_EQ(states[0].sha256, states[1].sha256);
  }
}

TEST(Hmac, KnownAnswersOfRfc4231) {
  EXPECT_EQ(HmacSha256(Bytes(20, 0x0b), AsBytes("Hi There")).hex(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HmacSha256(AsBytes("Jefe"), AsBytes("what do ya want for nothing?")).hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HmacSha256(Bytes(20, 0xaa), Bytes(50, 0xdd)).hex(),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(HmacSha256(Bytes(131, 0xaa), AsBytes("Test Using Larger Than Block-Size Key - Hash Key First")).hex(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hkdf, KnownAnswersOfRfc5869) {
  std::array<uint8_t, 42> out{};
  HkdfSha256(Bytes(22, 0x0b), Hex("000102030405060708090a0b0c"), Hex("f0f1f2f3f4f5f6f7f8f9"), out);
  EXPECT_EQ(ToHex(out), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

  HkdfSha256(Bytes(22, 0x0b), {}, {}, out);
  EXPECT_EQ(ToHex(out), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");

  Bytes input(80), salt(80), info(80);
  for (size_t i = 0; i < 80; ++i) {
    input[i] = static_cast<uint8_t>(i);
    salt[i] = static_cast<uint8_t>(0x60 + i);
    info[i] = static_cast<uint8_t>(0xb0 + i);
  }
  std::array<uint8_t, 82> longer{};
  HkdfSha256(input, salt, info, longer);
  EXPECT_EQ(
      ToHex(longer),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8"
      "367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

TEST(Secret, AMovedSecretLeavesNothingBehind) {
  SeededRandom random(2);
  SecretKey key = SecretKey::Make(random);
  const SecretKey copy = key.Clone();
  const SecretKey moved = std::move(key);
  EXPECT_TRUE(EqualConstantTime(moved.reveal(), copy.reveal()));
  EXPECT_TRUE(EqualConstantTime(key.reveal(), Bytes(32, 0)));  // NOLINT(bugprone-use-after-move): the point
  EXPECT_FALSE(std::is_copy_constructible_v<SecretKey>);
  EXPECT_FALSE(SecretKey::From(Bytes(31)).has_value());
}

TEST(Stream, ReadFullGathersShortReads) {
  const Bytes bytes = ToBytes("one two three four");
  const Source whole = SourceOf(bytes);
  const Source short_reads = [&](std::span<uint8_t> out) { return whole(out.first(std::min<size_t>(out.size(), 3))); };
  Bytes out(30);
  EXPECT_EQ(ReadFull(short_reads, std::span(out).first(10)), 10U);
  EXPECT_EQ(AsText(ByteView(out).first(10)), "one two th");
  EXPECT_EQ(ReadFull(short_reads, out), bytes.size() - 10);
  EXPECT_EQ(ReadFull(short_reads, out), 0U);
}

}  // namespace
}  // namespace crossguard
