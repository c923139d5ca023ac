#include "base/needles.h"

#include <gtest/gtest.h>

namespace crossguard {
namespace {

std::string Masked(const Needles& needles, std::string text) {
  needles.Mask(text);
  return text;
}

TEST(Needles, EachOneIsFoundWhateverItsCaseAndTheLongestWins) {
  Needles needles;
  EXPECT_TRUE(needles.Add("Harakeke"));
  EXPECT_TRUE(needles.Add("harakeke-77"));
  EXPECT_FALSE(needles.Add("HARAKEKE")) << "it is known";
  EXPECT_FALSE(needles.Add("short"));
  const auto found = needles.Find("of HARAKEKE-77.", Needles::Where::kWords);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at, 3U);
  EXPECT_EQ(found->size_bytes, 11U);
  EXPECT_FALSE(needles.Find("of HARAKEKE-77.", Needles::Where::kWords, 4));
  EXPECT_FALSE(Needles().Find("anything", Needles::Where::kAnywhere));
}

TEST(Needles, PartOfALongerValueIsSomebodyElses) {
  Needles needles;
  needles.Add("u100012");
  needles.Add("kea@mail.example");
  for (const char* other :
       {"u1000123", "bu100012", "big.kea@mail.example", "kea@mail.example.org", "kea@mail.examples"}) {
    EXPECT_EQ(Masked(needles, other), other);
    EXPECT_TRUE(needles.Find(other, Needles::Where::kAnywhere)) << other;
  }
  EXPECT_EQ(Masked(needles, "\"u100012\",<kea@mail.example>."), "\"xxxxxxx\",<xxxxxxxxxxxxxxxx>.");
}

TEST(Needles, AMaskedNumberStaysANumberOfItsLength) {
  Needles needles;
  needles.Add("64211234567");
  EXPECT_EQ(Masked(needles, "{\"phone\":64211234567}"), "{\"phone\":11111111111}");
}

}  // namespace
}  // namespace crossguard
