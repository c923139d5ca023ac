// Tags are judged by the plain comparison: the same hits over random sets, and nothing of owners without one.
#include "crosscheck/blind_tags.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

namespace crossguard::crosscheck {
namespace {

struct Line {
  std::string type, value, owner, contact;
  auto operator<=>(const Line&) const = default;
};

// The plain one.
std::vector<HitNoHit> Compare(const std::vector<Line>& lines, const std::string& type, const std::string& value) {
  std::vector<HitNoHit> out;
  for (const Line& line : lines) {
    if (line.type == type && line.value == value && out.size() < kOwnersPerSelectorMax)
      out.push_back({.hit = true, .type = type, .owner = line.owner, .contact = line.contact});
  }
  if (out.empty()) out.emplace_back();
  return out;
}

std::string Text(const std::vector<HitNoHit>& hits) {
  std::string out;
  for (const HitNoHit& hit : hits)
    out += std::to_string(int{hit.hit}) + "|" + hit.type + "|" + hit.owner + "|" + hit.contact + "\n";
  return out;
}

std::vector<Line> RandomLines(SeededRandom& random, size_t count, uint64_t values) {
  std::vector<Line> out;
  const char* const types[] = {"email", "phone", "sha256"};
  for (size_t i = 0; i < count; ++i) {
    const std::string owner = "owner-" + std::to_string(random.Below(12));
    out.push_back({types[random.Below(3)], "v" + std::to_string(random.Below(values)), owner, "desk@" + owner});
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

TagSet SetOf(const VoprfKey& key, const std::vector<Line>& lines, Random& random) {
  TagSetMaker maker(key, random);
  for (const Line& line : lines)
    EXPECT_TRUE(maker.Add({.type = line.type, .value = line.value, .owner = line.owner, .contact = line.contact}));
  return maker.Finish().value();
}

TEST(BlindTags, TheHitsAreThoseOfThePlainComparisonOverRandomSets) {
  const char* const asked = std::getenv("CROSSGUARD_BLIND_ROUNDS");
  const int rounds = asked == nullptr ? 4 : std::atoi(asked);
  SeededRandom random(7);
  int64_t compared = 0, hits = 0;
  for (int round = 0; round < rounds; ++round) {
    const uint64_t values = 20 + random.Below(200);
    const std::vector<Line> lines = RandomLines(random, 10 + random.Below(600), values);
    const VoprfKey key = VoprfKey::Make(random);
    const TagSet set = SetOf(key, lines, random);
    ASSERT_TRUE(CheckEntries(set.entries));
    std::vector<GroupElement> elements;
    std::vector<SecretKey> blinds;
    std::vector<std::pair<std::string, std::string>> questions;
    for (int i = 0; i < 80; ++i) {
      questions.emplace_back(i % 3 == 0   ? "email"
                             : i % 3 == 1 ? "phone"
                                          : "sha256",
                             "v" + std::to_string(random.Below(values)));
      auto blinded = BlindInput(AsBytes(BlindInputOf(questions.back().first, questions.back().second)), random).value();
      elements.push_back(blinded.element);
      blinds.push_back(std::move(blinded.blind));
    }
    const Evaluation evaluation = key.Evaluate(elements, random).value();
    ASSERT_TRUE(VerifyEvaluation(key.public_key(), elements, evaluation));
    for (size_t i = 0; i < questions.size(); ++i) {
      const auto& [type, value] = questions[i];
      const VoprfOutput output =
          TakeBlindAway(AsBytes(BlindInputOf(type, value)), blinds[i], evaluation.elements[i]).value();
      const auto found =
          LookUp(output, type, [&](const HitTag&) -> Result<Bytes> { return set.entries; }, set.cards).value();
      EXPECT_EQ(Text(found), Text(Compare(lines, type, value))) << type << " " << value;
      ++compared;
      hits += found.front().hit ? 1 : 0;
    }
  }
  EXPECT_EQ(compared, 80 * rounds);
  EXPECT_GT(hits, compared / 8);
  EXPECT_LT(hits, compared);
}

TEST(BlindTags, ASetTellsNeitherHowMuchIsHeldNorByWhom) {
  SeededRandom random(8);
  const VoprfKey key = VoprfKey::Make(random);
  const TagSet none = SetOf(key, {}, random);
  const TagSet some = SetOf(key, RandomLines(random, 900, 5'000), random);
  EXPECT_EQ(none.entries.size(), some.entries.size());
  EXPECT_EQ(none.entries.size(), kTagsStep * kTagEntryBytes);
  EXPECT_EQ(none.cards.size(), kCardsStep);
  EXPECT_EQ(some.cards.size(), 2 * kCardsStep);  // twelve owners
  for (const Bytes& card : some.cards) EXPECT_EQ(card.size(), none.cards[0].size());
  const std::string all(AsText(some.entries));
  for (const Bytes& card : some.cards) EXPECT_EQ(AsText(card).find("owner"), std::string_view::npos);
  EXPECT_EQ(all.find("owner"), std::string::npos);
}

TEST(BlindTags, AnOutputOfAnotherEpochMeetsNothing) {
  SeededRandom random(9);
  const std::vector<Line> lines = {{"email", "a@b.example", "owner-1", "desk"}};
  const VoprfKey now = VoprfKey::Make(random), before = VoprfKey::Make(random);
  const TagSet set = SetOf(now, lines, random);
  const auto all = [&](const HitTag&) -> Result<Bytes> { return set.entries; };
  const std::string input = BlindInputOf("email", "a@b.example");
  EXPECT_TRUE(LookUp(now.Output(AsBytes(input)).value(), "email", all, set.cards)->front().hit);
  EXPECT_FALSE(LookUp(before.Output(AsBytes(input)).value(), "email", all, set.cards)->front().hit);
}

TEST(BlindTags, ASelectorOfAnotherTypeIsAnotherSelector) {
  SeededRandom random(10);
  const VoprfKey key = VoprfKey::Make(random);
  const TagSet set = SetOf(key, {{"email", "1", "owner-1", "desk"}}, random);
  const auto all = [&](const HitTag&) -> Result<Bytes> { return set.entries; };
  EXPECT_FALSE(LookUp(key.Output(AsBytes(BlindInputOf("phone", "1"))).value(), "phone", all, set.cards)->front().hit);
}

TEST(BlindTags, TagsThatAreDamagedOrOutOfOrderAreFoundOut) {
  SeededRandom random(11);
  const VoprfKey key = VoprfKey::Make(random);
  TagSet set = SetOf(key, {{"email", "1", "owner-1", "desk"}}, random);
  EXPECT_EQ(CheckEntries({}).error().code, Code::kInvalid);
  EXPECT_EQ(CheckEntries(ByteView(set.entries).first(kTagEntryBytes + 1)).error().code, Code::kInvalid);
  Bytes swapped = set.entries;
  std::swap_ranges(swapped.begin(), swapped.begin() + kTagEntryBytes, swapped.begin() + kTagEntryBytes);
  EXPECT_EQ(CheckEntries(swapped).error().code, Code::kInvalid);
  for (Bytes& card : set.cards) card.back() ^= 1U;
  const auto all = [&](const HitTag&) -> Result<Bytes> { return set.entries; };
  EXPECT_EQ(LookUp(key.Output(AsBytes(BlindInputOf("email", "1"))).value(), "email", all, set.cards).error().code,
            Code::kCorrupt);
}

}  // namespace
}  // namespace crossguard::crosscheck
