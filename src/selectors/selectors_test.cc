#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fstream>
#include <map>

#include "base/json.h"
#include "selectors/normalise.h"

namespace crossguard {
namespace {

TEST(Selectors, EveryPublishedVectorHolds) {
  std::ifstream in(CROSSGUARD_SOURCE_DIR "/tests/vectors/selectors.json");
  const nlohmann::json file = nlohmann::json::parse(in);
  EXPECT_EQ(file.at("version"), kSelectorRuleVersion);
  int count = 0;
  int refused = 0;
  std::map<std::string, int> by_type;
  for (const auto& vector : file.at("vectors")) {
    const std::string raw = vector.at("raw");
    const auto type = FromText<SelectorType>(vector.at("type").get<std::string>());
    ASSERT_TRUE(type) << vector;
    const std::string service = vector.value("service", "");
    const std::string country = vector.value("country", "");
    const std::string id_type = vector.value("id_type", "");
    const std::string calling_code = vector.value("calling_code", "");
    const SelectorHint hint{
        .service = service, .default_country = country, .calling_code = calling_code, .id_type = id_type};
    const auto value = Normalise(*type, raw, hint);
    if (vector.at("value").is_null()) {
      EXPECT_FALSE(value) << vector << " gave " << *value;
      ++refused;
    } else {
      ASSERT_TRUE(value) << vector << " " << value.error().message;
      EXPECT_EQ(*value, vector.at("value").get<std::string>()) << vector;
      EXPECT_EQ(Normalise(*type, *value, hint).value_or(""), *value) << vector;
      EXPECT_EQ(Normalise(*type, *value).value_or(""), *value) << vector;
    }
    ++by_type[vector.at("type")];
    ++count;
  }
  EXPECT_GE(count, 60);
  EXPECT_GE(refused, 20);
  EXPECT_EQ(by_type.size(), Words<SelectorType>::kTexts.size());
}

// Strings near to real ones: pieces of identifiers, put together at random.
rc::Gen<std::string> Pieces() {
  static const std::vector<std::string> kPieces = {"a",
                                                   "B",
                                                   "ä",
                                                   "ß",
                                                   "İ",
                                                   "ﬁ",
                                                   "@",
                                                   ".",
                                                   "..",
                                                   "/",
                                                   "//",
                                                   ":",
                                                   "::",
                                                   "?",
                                                   "&",
                                                   "=",
                                                   "#",
                                                   "%",
                                                   "%2e",
                                                   "%2F",
                                                   "%C3%A4",
                                                   "www.",
                                                   "http://",
                                                   "https://",
                                                   "example",
                                                   "gmail.com",
                                                   "mail.example",
                                                   "xn--",
                                                   "+",
                                                   "-",
                                                   "_",
                                                   " ",
                                                   "\t",
                                                   "0",
                                                   "00",
                                                   "1",
                                                   "43",
                                                   "660",
                                                   "1234567",
                                                   "192.0.2.",
                                                   "ffff",
                                                   "2001:db8",
                                                   "imei",
                                                   "mac",
                                                   "uuid",
                                                   "chat",
                                                   "iban",
                                                   "card",
                                                   "crypto",
                                                   "AT61",
                                                   "1904300234573201",
                                                   "4111111111111111",
                                                   "0x",
                                                   "bc1q",
                                                   "\xE2\x80\x8B",
                                                   "\xEF\xBC\x91",
                                                   "utm_x",
                                                   "tel:",
                                                   "mailto:",
                                                   "<",
                                                   ">",
                                                   "[",
                                                   "]"};
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kPieces)),
                      [](const std::vector<std::string>& parts) {
                        std::string out;
                        for (const std::string& part : parts) out += part;
                        return out;
                      });
}

TEST(Selectors, NormalisingTwiceIsNormalisingOnce) {
  const auto holds = [](const std::string& raw, size_t type_index, bool hinted) {
    const auto type = static_cast<SelectorType>(type_index % Words<SelectorType>::kTexts.size());
    const SelectorHint hint =
        hinted
            ? SelectorHint{.service = "Chat", .default_country = "AT", .id_type = raw.size() % 2 == 0 ? "mac" : "imei"}
            : SelectorHint{};
    const auto once = Normalise(type, raw, hint);
    if (!once) return;
    RC_ASSERT(Normalise(type, *once, hint).value_or("") == *once);
    RC_ASSERT(Normalise(type, *once).value_or("") == *once);
  };
  for (int round = 0; round < 100; ++round)
    ASSERT_TRUE(rc::check([&] { holds(*Pieces(), *rc::gen::arbitrary<size_t>(), *rc::gen::arbitrary<bool>()); }));
  EXPECT_TRUE(rc::check(
      [&] { holds(*rc::gen::string<std::string>(), *rc::gen::arbitrary<size_t>(), *rc::gen::arbitrary<bool>()); }));
}

// The plain judge of the address text: every 128-bit address written out in full comes back by inet_pton's own reading.
TEST(Selectors, EverySpellingOfAnAddressIsOneAddress) {
  EXPECT_TRUE(rc::check([](const std::array<uint16_t, 8>& seed) {
    std::array<uint16_t, 8> groups = seed;
    for (size_t i = 0; i < 8; ++i) {
      if (seed[i] % 3 == 0) groups[i] = 0;
    }
    char full[64];
    std::snprintf(full, sizeof full, "%04X:%04x:%04x:%04X:%04x:%04x:%04x:%04x", groups[0], groups[1], groups[2],
                  groups[3], groups[4], groups[5], groups[6], groups[7]);
    const auto canonical = Normalise(SelectorType::kIp, full);
    RC_ASSERT(canonical.has_value());
    RC_ASSERT(Normalise(SelectorType::kIp, *canonical).value_or("") == *canonical);
    RC_ASSERT(canonical->find(":::") == std::string::npos);
    RC_ASSERT(canonical->size() <= 39U);
  }));
}

TEST(Selectors, TheCheckDigitOfAnImeiIsNotedNotDemanded) {
  EXPECT_TRUE(ImeiCheckDigitAgrees("490154203237518"));
  EXPECT_FALSE(ImeiCheckDigitAgrees("490154203237510"));
  EXPECT_TRUE(Normalise(SelectorType::kDeviceId, "490154203237510", {.id_type = "IMEI"}));
}

TEST(Selectors, AnErrorNeverHoldsTheValue) {
  const auto refused = Normalise(SelectorType::kEmail, "secret-person at nowhere");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
  EXPECT_FALSE(Normalise(SelectorType::kEmail, std::string(5'000, 'a') + "@mail.example"));
  EXPECT_FALSE(Normalise(SelectorType::kEmail, "a\xff@mail.example"));
}

}  // namespace
}  // namespace crossguard
