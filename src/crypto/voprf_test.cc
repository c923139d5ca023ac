// The published vectors of RFC 9497, and what must not pass.
#include "crypto/voprf.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>

#include "base/json.h"

namespace crossguard {
namespace {

using nlohmann::json;

json Vectors() {
  std::ifstream file(CROSSGUARD_SOURCE_DIR "/tests/vectors/voprf.json");
  return json::parse(file);
}
Bytes Hex(const json& text) {
  return FromHex(text.get<std::string>()).value();
}

// Gives one scalar: 64 bytes of which the upper half is zero are their own residue.
class OneScalar final : public Random {
 public:
  explicit OneScalar(Bytes scalar) : scalar_(std::move(scalar)) {}
  void Fill(std::span<uint8_t> out) override {
    std::ranges::fill(out, uint8_t{0});
    std::ranges::copy(scalar_, out.begin());
  }

 private:
  Bytes scalar_;
};

struct Question {
  std::vector<Bytes> inputs;
  std::vector<SecretKey> blinds;
  std::vector<GroupElement> elements;
};
Question Ask(SeededRandom& random, size_t count) {
  Question out;
  for (size_t i = 0; i < count; ++i) {
    out.inputs.push_back(ToBytes("input " + std::to_string(random.Next())));
    BlindedInput blinded = BlindInput(out.inputs.back(), random).value();
    out.blinds.push_back(std::move(blinded.blind));
    out.elements.push_back(blinded.element);
  }
  return out;
}

TEST(Voprf, TheVectorsOfRfc9497HoldByteForByte) {
  const json all = Vectors();
  const VoprfKey key = VoprfKey::From(Hex(all["secret_key"])).value();
  EXPECT_EQ(key.public_key().hex(), all["public_key"]);
  ASSERT_EQ(all["vectors"].size(), 3U);
  for (const json& vector : all["vectors"]) {
    std::vector<GroupElement> blinded;
    std::vector<SecretKey> blinds;
    for (size_t i = 0; i < vector["inputs"].size(); ++i) {
      OneScalar blind(Hex(vector["blinds"][i]));
      BlindedInput made = BlindInput(Hex(vector["inputs"][i]), blind).value();
      EXPECT_EQ(made.element.hex(), vector["blinded"][i]);
      EXPECT_TRUE(IsBlindOf(made.element, Hex(vector["inputs"][i]), made.blind));
      blinded.push_back(made.element);
      blinds.push_back(std::move(made.blind));
    }
    OneScalar nonce(Hex(vector["nonce"]));
    const Evaluation evaluation = key.Evaluate(blinded, nonce).value();
    EXPECT_EQ(evaluation.proof.hex(), vector["proof"]);
    EXPECT_TRUE(VerifyEvaluation(key.public_key(), blinded, evaluation));
    for (size_t i = 0; i < blinded.size(); ++i) {
      const Bytes input = Hex(vector["inputs"][i]);
      EXPECT_EQ(evaluation.elements[i].hex(), vector["evaluated"][i]);
      EXPECT_EQ(TakeBlindAway(input, blinds[i], evaluation.elements[i]).value().hex(), vector["outputs"][i]);
      EXPECT_EQ(key.Output(input).value().hex(), vector["outputs"][i]);
    }
  }
}

TEST(Voprf, WhoAsksEndsWithWhatTheHolderComputesAlone) {
  SeededRandom random(1);
  for (size_t count : {size_t{1}, size_t{2}, size_t{17}, size_t{60}}) {
    const VoprfKey key = VoprfKey::Make(random);
    const Question question = Ask(random, count);
    const Evaluation evaluation = key.Evaluate(question.elements, random).value();
    ASSERT_TRUE(VerifyEvaluation(key.public_key(), question.elements, evaluation));
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(TakeBlindAway(question.inputs[i], question.blinds[i], evaluation.elements[i]).value(),
                key.Output(question.inputs[i]).value());
    }
  }
}

TEST(Voprf, TwoQuestionsAboutOneInputHaveNothingInCommonAndEachOpensToItsInputAlone) {
  SeededRandom random(2);
  const Bytes input = ToBytes("email:a@b.example"), other = ToBytes("email:c@d.example");
  const BlindedInput one = BlindInput(input, random).value(), two = BlindInput(input, random).value();
  EXPECT_NE(one.element, two.element);
  EXPECT_TRUE(IsBlindOf(one.element, input, one.blind));
  EXPECT_FALSE(IsBlindOf(one.element, other, one.blind));
  EXPECT_FALSE(IsBlindOf(one.element, input, two.blind));
}

// Whoever holds a key and answers with another one, even for one element of many, is found out.
TEST(Voprf, AnAnswerByAnotherKeyIsAlwaysCaught) {
  SeededRandom random(3);
  for (int trial = 0; trial < 30; ++trial) {
    const VoprfKey published = VoprfKey::Make(random), other = VoprfKey::Make(random);
    const Question question = Ask(random, 1 + random.Below(8));
    const Evaluation honest = published.Evaluate(question.elements, random).value();
    const Evaluation wholly = other.Evaluate(question.elements, random).value();
    EXPECT_EQ(VerifyEvaluation(published.public_key(), question.elements, wholly).error().code, Code::kDenied);
    Evaluation one = honest;
    const size_t place = random.Below(one.elements.size());
    one.elements[place] = wholly.elements[place];
    EXPECT_EQ(VerifyEvaluation(published.public_key(), question.elements, one).error().code, Code::kDenied);
    Evaluation theirs = wholly;  // their elements under an honest proof
    theirs.proof = honest.proof;
    EXPECT_EQ(VerifyEvaluation(published.public_key(), question.elements, theirs).error().code, Code::kDenied);
  }
}

TEST(Voprf, NoBitOfAProofNorTheOrderOfElementsMayChange) {
  SeededRandom random(4);
  const VoprfKey key = VoprfKey::Make(random);
  const Question small = Ask(random, 1);
  const Evaluation of_small = key.Evaluate(small.elements, random).value();
  for (size_t bit = 0; bit < 8 * VoprfProof::kSize; ++bit) {
    Evaluation changed = of_small;
    changed.proof.bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(VerifyEvaluation(key.public_key(), small.elements, changed)) << bit;
  }
  const Question question = Ask(random, 3);
  const Evaluation honest = key.Evaluate(question.elements, random).value();
  Evaluation swapped = honest;
  std::swap(swapped.elements[0], swapped.elements[2]);
  EXPECT_EQ(VerifyEvaluation(key.public_key(), question.elements, swapped).error().code, Code::kDenied);
  std::vector<GroupElement> other_question = question.elements;
  std::swap(other_question[0], other_question[1]);
  EXPECT_EQ(VerifyEvaluation(key.public_key(), other_question, honest).error().code, Code::kDenied);
}

TEST(Voprf, WhatIsNoneOfTheGroupIsRefusedByBothSides) {
  SeededRandom random(5);
  const VoprfKey key = VoprfKey::Make(random);
  const Question question = Ask(random, 2);
  const Evaluation honest = key.Evaluate(question.elements, random).value();
  GroupElement identity, not_canonical;
  not_canonical.bytes.fill(0xFF);
  for (const GroupElement& bad : {identity, not_canonical}) {
    EXPECT_FALSE(IsElement(bad));
    EXPECT_EQ(key.Evaluate(std::vector{question.elements[0], bad}, random).error().code, Code::kInvalid);
    Evaluation changed = honest;
    changed.elements[1] = bad;
    EXPECT_EQ(VerifyEvaluation(key.public_key(), question.elements, changed).error().code, Code::kInvalid);
    EXPECT_EQ(VerifyEvaluation(bad, question.elements, honest).error().code, Code::kInvalid);
    EXPECT_EQ(TakeBlindAway(question.inputs[0], question.blinds[0], bad).error().code, Code::kInvalid);
  }
  EXPECT_EQ(key.Evaluate({}, random).error().code, Code::kInvalid);
  EXPECT_EQ(VerifyEvaluation(key.public_key(), std::span(question.elements).first(1), honest).error().code,
            Code::kInvalid);
  EXPECT_EQ(BlindInput(Bytes(kVoprfInputMaxBytes + 1), random).error().code, Code::kInvalid);
}

// CROSSGUARD_VOPRF_ELEMENTS=20000 for the figures of docs/performance.md.
TEST(Voprf, ALargeBatchHasOneProofAndEachStepItsRate) {
  const char* const asked = std::getenv("CROSSGUARD_VOPRF_ELEMENTS");
  const size_t count = asked == nullptr ? 300 : std::strtoul(asked, nullptr, 10);
  SeededRandom random(12);
  const VoprfKey key = VoprfKey::Make(random);
  const auto rate = [&](const char* what, const std::function<void()>& work) {
    const std::clock_t begun = std::clock();  // processor time
    work();
    const double seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
    std::printf("%-32s %8.0f elements/s\n", what, static_cast<double>(count) / seconds);
  };
  Question question;
  Evaluation evaluation;
  std::vector<VoprfOutput> outputs;
  size_t equal = 0;
  rate("blind", [&] { question = Ask(random, count); });
  rate("evaluate and prove", [&] { evaluation = key.Evaluate(question.elements, random).value(); });
  rate("verify", [&] { EXPECT_TRUE(VerifyEvaluation(key.public_key(), question.elements, evaluation)); });
  rate("take the blind away", [&] {
    for (size_t i = 0; i < count; ++i)
      outputs.push_back(TakeBlindAway(question.inputs[i], question.blinds[i], evaluation.elements[i]).value());
  });
  rate("output alone (the holder's tags)", [&] {
    for (size_t i = 0; i < count; ++i) equal += key.Output(question.inputs[i]).value() == outputs[i] ? 1U : 0U;
  });
  EXPECT_EQ(equal, count);
}

TEST(Voprf, AKeyIsReadBackAsItWasAndNothingElseIsAKey) {
  SeededRandom random(6);
  const VoprfKey key = VoprfKey::Make(random);
  EXPECT_EQ(VoprfKey::From(key.reveal()).value().public_key(), key.public_key());
  EXPECT_EQ(VoprfKey::From(Bytes(32, 0)).error().code, Code::kInvalid);
  EXPECT_EQ(VoprfKey::From(Bytes(32, 0xFF)).error().code, Code::kInvalid) << "not below the order of the group";
  EXPECT_EQ(VoprfKey::From(Bytes(31, 1)).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace crossguard
