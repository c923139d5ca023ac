#include "coordination/key.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/json.h"

namespace crossguard::coordination {
namespace {

using nlohmann::json;

json Vectors() {
  std::ifstream in(std::string(CROSSGUARD_SOURCE_DIR) + "/tests/vectors/deconfliction.json");
  return json::parse(in);
}

Result<KeyMaterial> MaterialOf(const json& vector) {
  if (vector["kind"] == "account")
    return KeyMaterial::OfAccount(vector["service"].get<std::string>(), vector["identifier"].get<std::string>());
  if (vector["kind"] == "file")
    return KeyMaterial::OfFile(Sha256::FromHexText(vector["sha256"].get<std::string>()).value());
  return KeyMaterial::OfSelector(FromText<SelectorType>(vector["type"].get<std::string>()).value(),
                                 vector["value"].get<std::string>());
}

TEST(DeconflictionKey, IsWhatThePublishedVectorsSay) {
  const json root = Vectors();
  ASSERT_EQ(root["version"], kKeyRuleVersion);
  const SecretKey secret = SecretKey::From(FromHex(root["secret"].get<std::string>()).value()).value();
  ASSERT_GE(root["vectors"].size(), 19U);
  for (const json& vector : root["vectors"]) {
    const auto material = MaterialOf(vector);
    if (vector["open"].is_null()) {
      ASSERT_FALSE(material) << vector;
      EXPECT_EQ(material.error().code, Code::kInvalid);
      continue;
    }
    ASSERT_TRUE(material) << vector << material.error().message;
    EXPECT_EQ(material->OpenKey().hex(), vector["open"]) << vector;
    EXPECT_EQ(KeyedKey(secret, material->OpenKey()).hex(), vector["keyed"]) << vector;
  }
}

TEST(DeconflictionKey, TellsApartWhatIsNotTheSame) {
  const auto account = [](std::string_view service, std::string_view id) {
    return KeyMaterial::OfAccount(service, id)->OpenKey();
  };
  EXPECT_NE(account("chat", "1"), account("chat", "2"));
  EXPECT_NE(account("chat", "1"), account("mail", "1"));
  EXPECT_NE(account("ab", "c"), account("a", "bc")) << "parts may not run together";
  EXPECT_NE(account("email", "a@b.example"), KeyMaterial::OfSelector(SelectorType::kEmail, "a@b.example")->OpenKey());
  EXPECT_NE(KeyMaterial::OfSelector(SelectorType::kPhone, "+43660")->OpenKey(),
            KeyMaterial::OfSelector(SelectorType::kEmail, "+43660")->OpenKey());
}

TEST(DeconflictionKey, AnotherSecretGivesAnotherKeyAndTheOpenKeyNeverShows) {
  SeededRandom random(3);
  const SecretKey one = SecretKey::Make(random), other = SecretKey::Make(random);
  const Sha256 key = KeyMaterial::OfAccount("chat", "u-1")->OpenKey();
  EXPECT_NE(KeyedKey(one, key), KeyedKey(other, key));
  EXPECT_NE(KeyedKey(one, key), key);
}

TEST(DeconflictionKey, RefusesWhatIsNoText) {
  const std::string zero("a\0b", 3);
  EXPECT_EQ(KeyMaterial::OfAccount("chat", zero).error().code, Code::kInvalid);
  EXPECT_EQ(KeyMaterial::OfAccount("chat", "\xFF").error().code, Code::kInvalid);
  EXPECT_EQ(KeyMaterial::OfAccount("\xFF", "u").error().code, Code::kInvalid);
  EXPECT_EQ(KeyMaterial::OfAccount("chat", std::string(kKeyPartMaxBytes + 1, 'u')).error().code, Code::kInvalid);
  EXPECT_TRUE(KeyMaterial::OfAccount("chat", std::string(kKeyPartMaxBytes, 'u')));
}

}  // namespace
}  // namespace crossguard::coordination
