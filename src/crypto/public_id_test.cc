#include "crypto/public_id.h"

#include <gtest/gtest.h>

#include "model/ids.h"

namespace crossguard {
namespace {

TEST(PublicId, DependsOnTheKeyTheNounAndTheNaturalKey) {
  const auto maker = [](uint8_t fill) { return IdMaker(SecretKey::From(Bytes(32, fill)).value()); };
  const IdMaker a = maker(1);
  const IdMaker b = maker(2);
  EXPECT_EQ(a.Make<Account>("x").text(), a.Make<Account>("x").text());
  EXPECT_NE(a.Make<Account>("x").text(), b.Make<Account>("x").text());
  EXPECT_NE(a.Make<Account>("x").text(), a.Make<Account>("y").text());
  EXPECT_NE(a.Make<Account>("x").text().substr(4), a.Make<Report>("x").text().substr(4));
  EXPECT_EQ(a.Make<Account>("x").text().size(), 4 + 16U);
  EXPECT_TRUE(a.Make<Account>("x").text().starts_with("acc-"));
}

TEST(PublicId, AUuidHasTheVersionAndVariantOfANameBasedOne) {
  const std::string uuid = UuidOf("acc-abc");
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '5');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  EXPECT_EQ(uuid, UuidOf("acc-abc"));
}

}  // namespace
}  // namespace crossguard
