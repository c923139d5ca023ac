#include "crypto/signing.h"

#include <gtest/gtest.h>

#include "env/random.h"

namespace crossguard {
namespace {

TEST(Ed25519, KnownAnswersOfRfc8032) {
  const SigningKey first(
      *SecretKey::From(*FromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")));
  EXPECT_EQ(first.public_key().raw.hex(), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(first.Sign({}).hex(),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f059"
            "5bbe2465"
            "5141438e7a100b");
  const SigningKey second(
      *SecretKey::From(*FromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")));
  EXPECT_EQ(second.Sign(*FromHex("72")).hex(),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4"
            "302aeeb0"
            "0d291612bb0c00");
}

TEST(Ed25519, OnlyTheExactMessageKeyAndSignatureVerify) {
  SeededRandom random(3);
  const SigningKey key = SigningKey::Make(random);
  const SigningKey other = SigningKey::Make(random);
  Bytes message = ToBytes("what was said");
  Signature signature = key.Sign(message);
  EXPECT_TRUE(Verify(key.public_key(), message, signature));
  EXPECT_FALSE(Verify(other.public_key(), message, signature));
  for (size_t bit = 0; bit < 512; ++bit) {
    Signature bad = signature;
    bad.bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(Verify(key.public_key(), message, bad));
  }
  for (size_t bit = 0; bit < message.size() * 8; ++bit) {
    Bytes bad = message;
    bad[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(Verify(key.public_key(), bad, signature));
  }
  const SigningKey again(key.RevealSeed().Clone());
  EXPECT_EQ(again.public_key(), key.public_key());
}

TEST(Note, TheVerifierKeyPublishedByTheGoChecksumDatabaseParses) {
  const auto verifier = ParseVerifier("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8");
  ASSERT_TRUE(verifier.has_value());
  EXPECT_EQ(verifier->name, "sum.golang.org");
  EXPECT_EQ(NoteKeyId(verifier->name, verifier->key), 0x033de0aeU);
  EXPECT_FALSE(ParseVerifier("sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"));
  EXPECT_FALSE(ParseVerifier("sum.example+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"));
}

class SignedNote : public testing::Test {
 protected:
  SeededRandom random{4};
  SigningKey key = SigningKey::Make(random);
  SigningKey witness = SigningKey::Make(random);
  NoteVerifier log{"log.example/ledger", key.public_key()};
  Checkpoint head{
      .origin = "log.example/ledger", .size = 1234, .root = Sha256::From(Bytes(32, 9)).value(), .extensions = {}};
};

TEST_F(SignedNote, ACheckpointComesBackAsItWasSigned) {
  const std::string note = *SignCheckpoint(head, key);
  EXPECT_TRUE(note.starts_with(
      "log.example/ledger\n1234\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n\n\xE2\x80\x94 log.example/ledger "))
      << note;
  EXPECT_EQ(OpenCheckpoint(note, log), head);
  head.extensions = {"made by a test"};
  EXPECT_EQ(OpenCheckpoint(*SignCheckpoint(head, key), log), head);
}

TEST_F(SignedNote, AnyChangedByteIsFound) {
  const std::string note = *SignCheckpoint(head, key);
  for (size_t bit = 0; bit < note.size() * 8; ++bit) {
    std::string bad = note;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(OpenCheckpoint(bad, log).has_value()) << bit;
  }
  for (size_t size = 0; size < note.size(); ++size) EXPECT_FALSE(OpenCheckpoint(note.substr(0, size), log)) << size;
}

TEST_F(SignedNote, WitnessesAddTheirLinesAndUnknownSignersAreIgnored) {
  std::string note = *AddNoteSignature(*SignCheckpoint(head, key), "witness.example", witness);
  const NoteVerifier known_witness{"witness.example", witness.public_key()};
  EXPECT_EQ(OpenCheckpoint(note, log), head);
  const std::vector<NoteVerifier> both = {log, known_witness};
  EXPECT_EQ(OpenNote(note, both)->signers, (std::vector<std::string>{"log.example/ledger", "witness.example"}));
  const NoteVerifier stranger{"log.example/ledger", witness.public_key()};
  EXPECT_EQ(OpenCheckpoint(note, stranger).error().code, Code::kDenied);
}

TEST_F(SignedNote, OnlyOneSpellingOfACheckpointIsTaken) {
  const std::string root = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n";
  EXPECT_TRUE(ParseCheckpoint("o\n0\n" + root));
  for (const std::string& bad : std::vector<std::string>{
           "o\n01\n" + root, "o\n-1\n" + root, "o\n+1\n" + root, "o\n 1\n" + root, "\n1\n" + root, "o\n1\n",
           "o\n1\n" + root + "\n", "o\n18446744073709551616\n" + root, "o\n1\nCQkJ\n", "o\r\n1\n" + root}) {
    EXPECT_FALSE(ParseCheckpoint(bad).has_value()) << bad;
  }
  EXPECT_FALSE(CheckpointText({.origin = "two\nlines", .size = 1, .root = {}, .extensions = {}}));
  EXPECT_FALSE(SignNote("no newline", "a", key));
  EXPECT_FALSE(SignNote("text\n", "a b", key));
}

}  // namespace
}  // namespace crossguard
