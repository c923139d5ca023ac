#include "triage/ip_country.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "env/random.h"

namespace crossguard {
namespace {

std::string Country(const IpCountrySource& source, std::string_view ip) {
  const auto fact = source.Look(ip);
  return fact ? fact->country : "not an address";
}

TEST(IpAddressText, TakesOnlyStrictForms) {
  EXPECT_TRUE(ParseIp("192.0.2.1")->v4);
  EXPECT_FALSE(ParseIp("2001:db8::1")->v4);
  EXPECT_TRUE(ParseIp("::ffff:192.0.2.1")->v4);
  EXPECT_EQ(*ParseIp("::ffff:192.0.2.1"), *ParseIp("192.0.2.1"));
  for (const char* bad :
       {"", "192.0.2", "192.0.2.01", "192.0.2.1:80", "[2001:db8::1]", "fe80::1%eth0", "1.2.3.4 ", "x", "256.1.1.1"}) {
    EXPECT_FALSE(ParseIp(bad)) << bad;
  }
}

TEST(IpAddressText, ReservedAddressesSayWhyTheyHaveNoCountry) {
  const auto source = ReadTorGeoip("0,4294967295,NZ\n", "::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,NZ\n");
  ASSERT_TRUE(source);
  const std::pair<const char*, const char*> cases[] = {{"10.1.2.3", "RFC 1918"},
                                                       {"172.31.255.255", "RFC 1918"},
                                                       {"192.168.0.9", "RFC 1918"},
                                                       {"100.64.0.1", "carrier-grade NAT"},
                                                       {"100.127.255.255", "carrier-grade NAT"},
                                                       {"203.0.113.7", "documentation"},
                                                       {"127.0.0.1", "loopback"},
                                                       {"2001:db8::7", "documentation"},
                                                       {"fe80::1", "link-local"},
                                                       {"fd00::1", "unique-local"},
                                                       {"255.255.255.255", "reserved"}};
  for (const auto& [ip, reason] : cases) {
    const auto fact = (*source)->Look(ip);
    ASSERT_TRUE(fact) << ip;
    EXPECT_EQ(fact->country, "") << ip;
    EXPECT_NE(fact->reason.find(reason), std::string::npos) << ip << ": " << fact->reason;
  }
  for (const char* global : {"100.63.255.255", "100.128.0.0", "172.32.0.0", "11.0.0.0", "9.255.255.255", "2003::1"})
    EXPECT_EQ(Country(**source, global), "NZ") << global;
}

TEST(TorGeoip, ReadsItsOwnDateAndRanges) {
  const auto source = ReadTorGeoip(
      "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n16777216,16777471,AU\n16777472,16778239,CN\n16778240,16779263,??\n",
      "2a00::,2a00:ffff:ffff:ffff:ffff:ffff:ffff:ffff,DE\n");
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(Country(**source, "1.0.0.0"), "AU");
  EXPECT_EQ(Country(**source, "1.0.0.255"), "AU");
  EXPECT_EQ(Country(**source, "1.0.1.0"), "CN");
  EXPECT_EQ(Country(**source, "1.0.4.0"), "");
  EXPECT_EQ(Country(**source, "0.255.255.255"), "");
  EXPECT_EQ(Country(**source, "9.9.9.9"), "");
  EXPECT_EQ(Country(**source, "2a00:1::1"), "DE");
  EXPECT_EQ(Country(**source, "2a01::1"), "");
  EXPECT_EQ((*source)->Describe(), "tor-geoipdb of 2026-06-25");
}

TEST(TorGeoip, RefusesWhatIsNotItsFormat) {
  for (const char* bad : {"x\n", "1,2\n", "2,1,AU\n", "1,5,AU\n5,9,DE\n", "9,9,AU\n1,2,DE\n", "1,2,AUS\n",
                          "1,4294967296,AU\n", "-1,2,AU\n", " 1,2,AU\n", ""}) {
    const auto source = ReadTorGeoip(bad, "");
    ASSERT_FALSE(source) << bad;
    EXPECT_EQ(source.error().code, Code::kInvalid);
  }
  EXPECT_FALSE(ReadTorGeoip("1,2,AU\n", "1,2,AU\n"));
  EXPECT_FALSE(ReadTorGeoip(std::string(1000, '1'), ""));
}

// Judge: a walk over all ranges.
TEST(TorGeoip, BinarySearchAgreesWithAWalkOverAllRanges) {
  SeededRandom random(4);
  for (int round = 0; round < 40; ++round) {
    struct Plain {
      uint64_t first, last;
      std::string country;
    };
    std::vector<Plain> ranges;
    std::string text;
    uint64_t at = 0x0B000000;  // 11.0.0.0: global space
    const uint64_t count = 1 + random.Below(60);
    for (uint64_t i = 0; i < count; ++i) {
      at += random.Below(5);
      const uint64_t last = at + random.Below(9);
      const std::string country = {static_cast<char>('A' + random.Below(4)), static_cast<char>('Q' + random.Below(5))};
      ranges.push_back({at, last, country});
      text += std::to_string(at) + "," + std::to_string(last) + "," + country + "\n";
      at = last + 1;
    }
    const auto source = ReadTorGeoip(text, "");
    ASSERT_TRUE(source);
    for (uint64_t ip = 0x0B000000; ip < at + 10; ++ip) {
      std::string expected;
      for (const Plain& range : ranges) {
        if (range.first <= ip && ip <= range.last) expected = range.country;
      }
      const std::string dotted = std::to_string(ip >> 24) + "." + std::to_string((ip >> 16) & 255) + "." +
                                 std::to_string((ip >> 8) & 255) + "." + std::to_string(ip & 255);
      if (expected == "AP") expected.clear();
      ASSERT_EQ(Country(**source, dotted), expected) << dotted;
    }
  }
}

// The tiniest MaxMind DB (format 2.0): one node whose right half (128.0.0.0/1) holds one record.
std::string TinyMmdb() {
  const auto text = [](const std::string& s) { return std::string(1, static_cast<char>(0x40 | s.size())) + s; };
  const auto map = [](int n) { return std::string(1, static_cast<char>(0xE0 | n)); };
  const auto u16 = [](unsigned n) { return std::string("\xA1", 1) + static_cast<char>(n); };
  const auto u32 = [](unsigned n) { return std::string("\xC1", 1) + static_cast<char>(n); };
  std::string out;
  out += std::string("\x00\x00\x01", 3);  // left: node_count = nothing there
  out += std::string("\x00\x00\x11", 3);  // right: node_count + 16 + offset 0
  out += std::string(16, '\0');
  out += map(2) + text("country") + map(1) + text("iso_code") + text("NZ");
  out += text("asn") + u16(7);
  out += "\xAB\xCD\xEFMaxMind.com";
  out += map(9) + text("node_count") + u32(1) + text("record_size") + u16(24) + text("ip_version") + u16(4) +
         text("database_type") + text("Tiny") + text("languages") + std::string("\x00\x04", 2) +
         text("binary_format_major_version") + u16(2) + text("binary_format_minor_version") + std::string("\xA0", 1) +
         text("build_epoch") + std::string("\x04\x02\x62\x1E\xB1\x80", 6) + text("description") + map(0);
  return out;
}

class MmdbFile : public testing::Test {
 protected:
  ~MmdbFile() override { std::remove(path_.c_str()); }
  std::string Write(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return path_;
  }
  std::string path_ = testing::TempDir() + "/crossguard-tiny-" + std::to_string(getpid()) + ".mmdb";
};

TEST_F(MmdbFile, GivesTheCountryOfItsRecords) {
  std::string bytes = TinyMmdb();
  const auto source = OpenMmdb(Write(bytes));
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(Country(**source, "200.1.2.3"), "NZ");
  EXPECT_EQ(Country(**source, "9.1.2.3"), "");
  EXPECT_EQ((*source)->Look("9.1.2.3")->reason, "not in the data");
  EXPECT_EQ(Country(**source, "192.168.1.1"), "");
  EXPECT_EQ(Country(**source, "2003::1"), "");
  EXPECT_EQ((*source)->Describe(), "mmdb:Tiny of 2022-03-01");
}

TEST_F(MmdbFile, RefusesAFileOfAnotherKindOrNone) {
  EXPECT_EQ(OpenMmdb(Write("not a database")).error().code, Code::kCorrupt);
  EXPECT_EQ(OpenMmdb("/nonexistent/x.mmdb").error().code, Code::kNotFound);
  EXPECT_EQ(OpenLibloc(Write("not a database")).error().code, Code::kCorrupt);
  EXPECT_EQ(OpenLibloc("/nonexistent/x.db").error().code, Code::kNotFound);
}

TEST(InstalledIpData, NamesTheCountriesOfWellKnownResolvers) {
  SystemFiles files;
  const IpCountryConfig config;
  if (!files.Exists(config.tor_v4_path)) GTEST_SKIP() << "tor-geoipdb is not installed here";
  const auto source = OpenIpCountry(files, config);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(Country(**source, "8.8.8.8"), "US");
  EXPECT_EQ(Country(**source, "::ffff:8.8.8.8"), "US");
  EXPECT_EQ(Country(**source, "2001:4860:4860::8888"), "US");
  EXPECT_EQ((*source)->Look("8.8.8.8")->source, "tor-geoipdb");
  if (files.Exists(config.libloc_path)) {
    EXPECT_EQ((*source)->Look("8.8.8.8")->asn, 15169U);
  }
}

TEST(InstalledIpData, MissingDataIsAnErrorThatNamesThePackage) {
  SystemFiles files;
  const auto source = OpenIpCountry(
      files,
      {.tor_v4_path = "/nonexistent/geoip", .tor_v6_path = "/nonexistent/geoip6", .libloc_path = "", .mmdb_path = ""});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, Code::kNotFound);
  EXPECT_NE(source.error().message.find("tor-geoipdb"), std::string::npos);
}

}  // namespace
}  // namespace crossguard
