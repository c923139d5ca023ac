#include "crypto/age.h"

#include <gtest/gtest.h>

#include "crypto/bech32.h"
#include "crypto/command_for_test.h"
#include "env/random.h"

namespace crossguard {
namespace {

TEST(Bech32, TheVectorsOfBip173) {
  for (const std::string_view text :
       {"A12UEL5L", "a12uel5l",
        "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
        "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
        "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"}) {
    const auto decoded = DecodeBech32(text);
    ASSERT_TRUE(decoded.has_value()) << text;
    std::string folded(text);
    for (char& c : folded) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(EncodeBech32(decoded->prefix, decoded->data), folded);
  }
  for (const std::string_view text : {"", "1", "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8",
                                      "10a06t8", "1qzzfhee", "a12UEL5L", "a12uel5m"}) {
    EXPECT_FALSE(DecodeBech32(text).has_value()) << text;
  }
}

class Age : public testing::Test {
 protected:
  Bytes Content(size_t size_bytes) {
    Bytes bytes(size_bytes);
    random.Fill(bytes);
    return bytes;
  }
  Bytes Seal(ByteView content) { return *SealAgeSmall(content, std::span(&recipient, 1), random); }
  Result<Bytes> Open(ByteView sealed) { return OpenAgeSmall(sealed, std::span(&identity, 1)); }

  SeededRandom random{8};
  AgeIdentity identity = AgeIdentity::Make(random);
  AgeRecipient recipient = identity.recipient();
  TestFolder folder;
};

const std::vector<size_t> kSizes = {0, 1, 1000, 65'535, 65'536, 65'537, 131'072, 131'073, 500'000};

TEST_F(Age, KeysHaveTheSameTextsAsInTheStockProgram) {
  ASSERT_TRUE(folder.Run("age-keygen -o id.txt 2>/dev/null && age-keygen -y id.txt")) << folder.Output();
  const auto theirs = AgeIdentity::ParseFile(AsText(folder.Read("id.txt")));
  ASSERT_TRUE(theirs.has_value());
  EXPECT_EQ(theirs->recipient().text() + "\n", folder.Output());
  folder.Write("ours.txt", identity.RevealText() + "\n");
  ASSERT_TRUE(folder.Run("age-keygen -y ours.txt"));
  EXPECT_EQ(recipient.text() + "\n", folder.Output());
  EXPECT_EQ(AgeRecipient::Parse(recipient.text()), recipient);
}

TEST_F(Age, KeysOfTheWrongSpellingAreRefused) {
  std::string lower = identity.RevealText();
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  EXPECT_FALSE(AgeIdentity::Parse(lower));
  EXPECT_FALSE(AgeIdentity::Parse(identity.RevealText() + "\n"));
  EXPECT_FALSE(AgeIdentity::Parse(recipient.text()));
  EXPECT_FALSE(AgeRecipient::Parse(identity.RevealText()));
  std::string upper = recipient.text();
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_FALSE(AgeRecipient::Parse(upper));
  EXPECT_FALSE(AgeRecipient::Parse(EncodeBech32("age", Bytes(31))));
  EXPECT_FALSE(AgeRecipient::Parse(EncodeBech32("agf", Bytes(32))));
  const std::string two = identity.RevealText() + "\n" + identity.RevealText() + "\n";
  EXPECT_FALSE(AgeIdentity::ParseFile(two));
  EXPECT_FALSE(AgeIdentity::ParseFile("# nothing\n"));
}

TEST_F(Age, WhatWeSealTheStockProgramOpens) {
  folder.Write("id.txt", identity.RevealText() + "\n");
  for (const size_t size : kSizes) {
    const Bytes content = Content(size);
    folder.Write("sealed.age", Seal(content));
    ASSERT_TRUE(folder.Run("age -d -i id.txt -o plain sealed.age")) << size << folder.Output();
    EXPECT_EQ(folder.Read("plain"), content) << size;
  }
}

TEST_F(Age, WhatTheStockProgramSealsWeOpen) {
  SeededRandom other_random(9);
  const std::string other = AgeIdentity::Make(other_random).recipient().text();
  for (const size_t size : kSizes) {
    const Bytes content = Content(size);
    folder.Write("plain", content);
    ASSERT_TRUE(folder.Run("age -r " + other + " -r " + recipient.text() + " -o sealed.age plain")) << folder.Output();
    EXPECT_EQ(Open(folder.Read("sealed.age")), content) << size;
  }
}

TEST_F(Age, EachOfManyRecipientsOpensItAndNobodyElse) {
  std::vector<AgeIdentity> identities;
  std::vector<AgeRecipient> recipients;
  for (int i = 0; i < 5; ++i) {
    identities.push_back(AgeIdentity::Make(random));
    recipients.push_back(identities.back().recipient());
  }
  const Bytes content = Content(300);
  const Bytes sealed = *SealAgeSmall(content, recipients, random);
  for (const AgeIdentity& one : identities) EXPECT_EQ(OpenAgeSmall(sealed, std::span(&one, 1)), content);
  EXPECT_EQ(OpenAgeSmall(sealed, identities), content);
  EXPECT_EQ(Open(sealed).error().code, Code::kDenied);
  EXPECT_EQ(OpenAgeSmall(sealed, {}).error().code, Code::kDenied);
  EXPECT_EQ(SealAgeSmall(content, {}, random).error().code, Code::kInvalid);
}

TEST_F(Age, TheSameSeedGivesTheSameFileHoweverTheContentIsCut) {
  const Bytes content = Content(200'000);
  SeededRandom one(11);
  SeededRandom two(11);
  Bytes pieces;
  AgeSealer sealer = *AgeSealer::Start(std::span(&recipient, 1), two, SinkTo(pieces));
  for (ByteView rest = content; !rest.empty();) {
    const size_t count = std::min<size_t>(rest.size(), random.Below(70'000));
    ASSERT_TRUE(sealer.Write(rest.first(count)).has_value());
    rest = rest.subspan(count);
  }
  ASSERT_TRUE(sealer.Finish().has_value());
  EXPECT_EQ(*SealAgeSmall(content, std::span(&recipient, 1), one), pieces);
}

TEST_F(Age, EveryFlippedBitEveryTruncationAndEveryTrailingByteIsFound) {
  const Bytes sealed = Seal(Content(50));
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes bad = sealed;
    bad[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    ASSERT_FALSE(Open(bad).has_value()) << bit;
  }
  for (size_t size = 0; size < sealed.size(); ++size)
    ASSERT_FALSE(Open(ByteView(sealed).first(size)).has_value()) << size;
  for (unsigned byte = 0; byte < 256; ++byte) {
    Bytes bad = sealed;
    bad.push_back(static_cast<uint8_t>(byte));
    ASSERT_EQ(Open(bad).error().code, Code::kCorrupt);
  }
}

TEST_F(Age, AFileCutAtAChunkBorderIsFound) {
  const Bytes sealed = Seal(Content(3 * 65'536));
  const size_t payload = sealed.size() - 3 * (65'536 + 16);
  for (const size_t chunks : {0U, 1U, 2U}) {
    EXPECT_EQ(Open(ByteView(sealed).first(payload + chunks * (65'536 + 16))).error().code, Code::kCorrupt);
  }
}

TEST_F(Age, WhatIsNotForUsIsRefusedWithTheRightCode) {
  EXPECT_EQ(Open(AsBytes("hello")).error().code, Code::kInvalid);
  EXPECT_EQ(Open({}).error().code, Code::kInvalid);
  EXPECT_EQ(Open(AsBytes("age-encryption.org/v2\n-> X\n")).error().code, Code::kUnsupported);
  EXPECT_EQ(Open(AsBytes("age-encryption.org/v1\n-> scrypt AAAA 18\nAAAA\n--- "
                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"))
                .error()
                .code,
            Code::kUnsupported);
  EXPECT_EQ(Open(AsBytes("age-encryption.org/v1\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")).error().code,
            Code::kCorrupt);
  std::string endless = "age-encryption.org/v1\n-> grease\n";
  while (endless.size() < 2 * kAgeHeaderMaxBytes) endless += std::string(64, 'A') + "\n";
  EXPECT_EQ(Open(AsBytes(endless)).error().code, Code::kExhausted);
  std::string crowded = "age-encryption.org/v1\n";
  for (size_t i = 0; i <= kAgeRecipientsMax; ++i) crowded += "-> a\n\n";
  EXPECT_EQ(Open(AsBytes(crowded)).error().code, Code::kExhausted);
}

TEST_F(Age, AStanzaOfAnotherTypeIsSkipped) {
  // Put in by hand, so the MAC is wrong: but that is found only after our own stanza was found and opened.
  const std::string sealed(AsText(Seal(Content(10))));
  const size_t first = sealed.find("-> X25519");
  const std::string with_foreign = sealed.substr(0, first) + "-> ssh-ed25519 abc def\nAAAA\n" + sealed.substr(first);
  const auto opened = Open(AsBytes(with_foreign));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kCorrupt);  // not kDenied
}

TEST_F(Age, OpeningDeliversInPiecesOfOneChunkAtMost) {
  const Bytes content = Content(1'000'000);
  const Bytes sealed = Seal(content);
  size_t largest = 0;
  size_t total = 0;
  ASSERT_TRUE(OpenAge(std::span(&identity, 1), SourceOf(sealed), [&](ByteView piece) -> Status {
                largest = std::max(largest, piece.size());
                total += piece.size();
                return {};
              }).has_value());
  EXPECT_EQ(largest, 65'536U);
  EXPECT_EQ(total, content.size());
}

}  // namespace
}  // namespace crossguard
