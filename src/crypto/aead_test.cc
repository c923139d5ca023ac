#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "crypto/chunked_cipher.h"
#include "env/random.h"

namespace crossguard {
namespace {

struct Sealed {
  WrappedKey wrapped;
  Bytes body;
};

class AtRest : public testing::Test {
 protected:
  Bytes Content(size_t size_bytes) {
    Bytes bytes(size_bytes);
    random.Fill(bytes);
    return bytes;
  }
  Sealed Seal(ByteView content, size_t piece_bytes = SIZE_MAX) {
    Sealed out;
    BlobSealer sealer(random, SinkTo(out.body));
    for (ByteView rest = content; !rest.empty();) {
      const size_t count = std::min(rest.size(), piece_bytes);
      EXPECT_TRUE(sealer.Write(rest.first(count)).has_value());
      rest = rest.subspan(count);
    }
    out.wrapped = *sealer.Finish(kek, context);
    return out;
  }
  Result<Bytes> Open(const Sealed& sealed) {
    Bytes content;
    TRY(OpenBlob(sealed.wrapped, kek, context, SourceOf(sealed.body), SinkTo(content)));
    return content;
  }

  SeededRandom random{7};
  SecretKey kek = SecretKey::Make(random);
  Bytes context = ToBytes("sha-256 of the content");
};

// NIST GCM test case 14 (the AES-256, all-zero one) and RFC 8439 §2.8.2.
TEST(Aead, KnownAnswers) {
  const SecretKey zero;
  Bytes out(32);
  crypto::Aead(crypto::Cipher::kAes256Gcm, zero, crypto::Aead::Way::kSeal).Seal({}, {}, Bytes(16), out);
  EXPECT_EQ(ToHex(out), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");

  const SecretKey key = *SecretKey::From(*FromHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"));
  const Bytes aad = *FromHex("50515253c0c1c2c3c4c5c6c7");
  const std::string text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be "
      "it.";
  const crypto::Nonce nonce{7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
  Bytes sealed(text.size() + 16);
  crypto::Aead(crypto::Cipher::kChaCha20Poly1305, key, crypto::Aead::Way::kSeal)
      .Seal(nonce, aad, AsBytes(text), sealed);
  EXPECT_EQ(ToHex(sealed).substr(0, 32), "d31a8d34648e60db7b86afbc53ef7ec2");
  EXPECT_EQ(ToHex(sealed).substr(text.size() * 2), "1ae10b594f09e26a7e902ecbd0600691");
}

TEST_F(AtRest, WhatWasSealedOpensAgainAtEverySizeAroundTheChunkAndHoweverItWasCut) {
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{100}, kBlobChunkBytes - 1, kBlobChunkBytes, kBlobChunkBytes + 1,
        2 * kBlobChunkBytes - 1, 2 * kBlobChunkBytes, 2 * kBlobChunkBytes + 1, size_t{1'000'000}}) {
    const Bytes content = Content(size);
    for (const size_t piece : {size_t{1000}, kBlobChunkBytes, kBlobChunkBytes + 7, size_t{SIZE_MAX}}) {
      const Sealed sealed = Seal(content, piece);
      EXPECT_EQ(sealed.body.size(), SealedBodyBytes(size));
      EXPECT_EQ(Open(sealed), content) << size << " by " << piece;
    }
  }
}

TEST_F(AtRest, NoChunkMayBeLeftOutMovedRepeatedOrAdded) {
  constexpr size_t kChunk = kBlobChunkBytes + kBlobTagBytes;
  const Sealed good = Seal(Content(3 * kBlobChunkBytes));
  const auto chunk = [&](size_t i) { return ByteView(good.body).subspan(i * kChunk, kChunk); };
  const std::vector<std::vector<size_t>> wrong = {
      {}, {0}, {0, 1}, {1, 2}, {0, 2}, {1, 0, 2}, {0, 2, 1}, {0, 1, 1, 2}, {0, 1, 2, 2}, {0, 1, 2, 0}, {2}};
  for (const auto& order : wrong) {
    Sealed bad{.wrapped = good.wrapped, .body = {}};
    for (const size_t i : order) bad.body.insert(bad.body.end(), chunk(i).begin(), chunk(i).end());
    const auto opened = Open(bad);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, Code::kCorrupt);
  }
  EXPECT_TRUE(Open(good).has_value());
}

TEST_F(AtRest, EveryFlippedBitAndEveryTruncationIsFound) {
  const Sealed good = Seal(Content(80));
  for (size_t bit = 0; bit < good.body.size() * 8; ++bit) {
    Sealed bad = good;
    bad.body[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    ASSERT_EQ(Open(bad).error().code, Code::kCorrupt) << bit;
  }
  for (size_t size = 0; size < good.body.size(); ++size) {
    Sealed bad = good;
    bad.body.resize(size);
    ASSERT_EQ(Open(bad).error().code, Code::kCorrupt) << size;
  }
  for (size_t bit = 0; bit < WrappedKey::kSize * 8; ++bit) {
    Sealed bad = good;
    bad.wrapped.bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    ASSERT_EQ(Open(bad).error().code, Code::kDenied) << bit;
  }
}

TEST_F(AtRest, AnotherKekOrAnotherContextIsDenied) {
  const Sealed sealed = Seal(Content(10));
  const SecretKey other = SecretKey::Make(random);
  Bytes content;
  EXPECT_EQ(OpenBlob(sealed.wrapped, other, context, SourceOf(sealed.body), SinkTo(content)).error().code,
            Code::kDenied);
  EXPECT_EQ(OpenBlob(sealed.wrapped, kek, AsBytes("other"), SourceOf(sealed.body), SinkTo(content)).error().code,
            Code::kDenied);
  EXPECT_TRUE(content.empty());
  // and the body of another blob does not open with this one's key
  const Sealed second = Seal(Content(10));
  EXPECT_EQ(Open({.wrapped = sealed.wrapped, .body = second.body}).error().code, Code::kCorrupt);
}

TEST_F(AtRest, SmallValuesAreOnePieceAndShortOnesAreRefused) {
  const Bytes content = Content(1000);
  const Bytes sealed = *SealSmall(content, kek, context, random);
  EXPECT_EQ(OpenSmall(sealed, kek, context), content);
  for (size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(OpenSmall(ByteView(sealed).first(size), kek, context));
  EXPECT_NE(*SealSmall(content, kek, context, random), sealed);  // fresh keys each time
}

TEST_F(AtRest, AFailingSinkStopsTheSealing) {
  BlobSealer sealer(random, [](ByteView) -> Status { return Fail(Code::kExhausted, "The disk is full: make room."); });
  EXPECT_EQ(sealer.Write(Content(200'000)).error().code, Code::kExhausted);
}

}  // namespace
}  // namespace crossguard
