#include "triage/ip_country.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

namespace crossguard {
namespace {

constexpr size_t kFileBytesMax = 64ULL << 20U;
constexpr size_t kRangesMax = 2'000'000;
constexpr size_t kLineBytesMax = 200;

struct Network {
  std::string_view text;
  unsigned prefix_bits;
  std::string_view reason;
};
// IANA IPv4 and IPv6 special-purpose address registries (RFC 6890 and its updates).
constexpr auto kReserved = std::to_array<Network>({
    {"0.0.0.0", 8, "address of \"this network\" (RFC 791)"},
    {"10.0.0.0", 8, "private address (RFC 1918)"},
    {"100.64.0.0", 10, "carrier-grade NAT address (RFC 6598)"},
    {"127.0.0.0", 8, "loopback address (RFC 1122)"},
    {"169.254.0.0", 16, "link-local address (RFC 3927)"},
    {"172.16.0.0", 12, "private address (RFC 1918)"},
    {"192.0.0.0", 24, "protocol assignment (RFC 6890)"},
    {"192.0.2.0", 24, "documentation address (RFC 5737)"},
    {"192.88.99.0", 24, "6to4 relay address (RFC 7526)"},
    {"192.168.0.0", 16, "private address (RFC 1918)"},
    {"198.18.0.0", 15, "benchmarking address (RFC 2544)"},
    {"198.51.100.0", 24, "documentation address (RFC 5737)"},
    {"203.0.113.0", 24, "documentation address (RFC 5737)"},
    {"224.0.0.0", 4, "multicast address (RFC 5771)"},
    {"240.0.0.0", 4, "reserved address (RFC 1112)"},
    {"::", 128, "unspecified address (RFC 4291)"},
    {"::1", 128, "loopback address (RFC 4291)"},
    {"64:ff9b::", 96, "NAT64 address (RFC 6052)"},
    {"64:ff9b:1::", 48, "local NAT64 address (RFC 8215)"},
    {"100::", 64, "discard address (RFC 6666)"},
    {"2001::", 32, "Teredo address (RFC 4380)"},
    {"2001:2::", 48, "benchmarking address (RFC 5180)"},
    {"2001:10::", 28, "ORCHID address (RFC 4843)"},
    {"2001:20::", 28, "ORCHID address (RFC 7343)"},
    {"2001:db8::", 32, "documentation address (RFC 3849)"},
    {"3fff::", 20, "documentation address (RFC 9637)"},
    {"2002::", 16, "6to4 address (RFC 3056)"},
    {"fc00::", 7, "unique-local address (RFC 4193)"},
    {"fe80::", 10, "link-local address (RFC 4291)"},
    {"fec0::", 10, "site-local address (RFC 3879)"},
    {"ff00::", 8, "multicast address (RFC 4291)"},
});

struct ReservedNetwork {
  IpAddress first;
  unsigned prefix_bits;  // of the 128
  std::string_view reason;
};

const std::vector<ReservedNetwork>& ReservedNetworks() {
  static const std::vector<ReservedNetwork> networks = [] {
    std::vector<ReservedNetwork> out;
    for (const Network& network : kReserved) {
      const auto first = ParseIp(network.text);
      CHECK(first.has_value());
      out.push_back({*first, network.prefix_bits + (first->v4 ? 96U : 0U), network.reason});
    }
    return out;
  }();
  return networks;
}

bool SamePrefix(const IpAddress& a, const IpAddress& b, unsigned bits) {
  for (unsigned i = 0; i < bits / 8; ++i) {
    if (a.bytes[i] != b.bytes[i]) return false;
  }
  const unsigned rest = bits % 8;
  return rest == 0 || ((a.bytes[bits / 8] ^ b.bytes[bits / 8]) >> (8 - rest)) == 0;
}

// Two capital letters, without the pseudo-codes for regions and the unknown.
bool IsCountry(std::string_view code) {
  constexpr auto kNone = std::to_array<std::string_view>({"AP", "EU", "XD", "XX", "XY", "ZZ", "QQ"});
  return code.size() == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z' &&
         std::ranges::find(kNone, code) == kNone.end();
}

// "Generated: Thu, 25 Jun 2026 04:33:59 GMT" in a comment; the day is enough.
std::optional<Instant> GeneratedDate(std::string_view line) {
  constexpr std::string_view kMark = "Generated:";
  const size_t at = line.find(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(at + kMark.size());
  const size_t comma = rest.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(comma + 1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (rest.size() < 11) return std::nullopt;
  const size_t month = kMonths.find(rest.substr(3, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::string number = std::to_string(month / 3 + 1);
  const std::string iso = std::string(rest.substr(7, 4)) + "-" + (number.size() == 1 ? "0" : "") + number + "-" +
                          std::string(rest.substr(0, 2)) + "T00:00:00Z";
  const auto parsed = ParseInstant(iso);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

struct Range {
  IpAddress first;
  IpAddress last;
  std::array<char, 2> country{};  // zeros: the data says "unknown"
};

std::optional<IpAddress> ParseDecimalV4(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  IpAddress out;
  out.v4 = true;
  out.bytes[10] = out.bytes[11] = 0xFF;
  for (unsigned i = 0; i < 4; ++i) out.bytes[12 + i] = static_cast<uint8_t>(value >> (24 - 8 * i));
  return out;
}

class TorGeoip final : public IpCountrySource {
 public:
  Status Read(std::string_view text, bool v4, std::string_view name) {
    const auto bad = [&](size_t line, std::string_view what) {
      return Fail(Code::kInvalid, std::string(name) + " line " + std::to_string(line) + ": " + std::string(what) +
                                      "; install the tor-geoipdb package again.");
    };
    if (text.size() > kFileBytesMax)
      return Fail(Code::kExhausted,
                  std::string(name) + " is larger than 64 MiB; give the file of the tor-geoipdb package.");
    size_t number = 0;
    while (!text.empty()) {
      ++number;
      const size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.size() > kLineBytesMax) return bad(number, "longer than 200 bytes");
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.starts_with('#')) {
        if (!date_) date_ = GeneratedDate(line);
        continue;
      }
      if (line.empty()) continue;
      const size_t one = line.find(',');
      const size_t two = one == std::string_view::npos ? one : line.find(',', one + 1);
      if (two == std::string_view::npos) return bad(number, "not 'first,last,country'");
      const auto parse = [&](std::string_view part) { return v4 ? ParseDecimalV4(part) : ParseV6Text(part); };
      const auto first = parse(line.substr(0, one));
      const auto last = parse(line.substr(one + 1, two - one - 1));
      const std::string_view country = line.substr(two + 1);
      if (!first || !last) return bad(number, "not an address");
      if (country.size() != 2) return bad(number, "not a country code");
      if (*last < *first) return bad(number, "the range ends before it begins");
      std::vector<Range>& ranges = v4 ? v4_ : v6_;
      if (!ranges.empty() && !(ranges.back().last < *first))
        return bad(number, "the range overlaps the one before, or is out of order");
      if (ranges.size() == kRangesMax) return bad(number, "more than 2,000,000 ranges");
      Range range{*first, *last, {}};
      if (IsCountry(country)) range.country = {country[0], country[1]};
      ranges.push_back(range);
    }
    return {};
  }
  bool empty() const { return v4_.empty() && v6_.empty(); }

  std::optional<IpFact> Look(std::string_view ip_text) const override {
    const auto address = ParseIp(ip_text);
    if (!address) return std::nullopt;
    IpFact fact;
    fact.source = "tor-geoipdb";
    fact.data_date = date_;
    fact.reason = ReservedReason(*address);
    if (!fact.reason.empty()) return fact;
    const std::vector<Range>& ranges = address->v4 ? v4_ : v6_;
    const auto after = std::upper_bound(ranges.begin(), ranges.end(), *address,
                                        [](const IpAddress& a, const Range& range) { return a < range.first; });
    if (after != ranges.begin() && !(std::prev(after)->last < *address) && std::prev(after)->country[0] != '\0') {
      fact.country.assign(std::prev(after)->country.data(), 2);
    } else {
      fact.reason = "not in the data";
    }
    return fact;
  }
  std::string Describe() const override {
    return "tor-geoipdb of " + (date_ ? DateText(*date_) : std::string("unknown date"));
  }

 private:
  static std::optional<IpAddress> ParseV6Text(std::string_view text) {
    const auto address = ParseIp(text);
    return address && !address->v4 ? address : std::nullopt;
  }
  std::vector<Range> v4_, v6_;  // ascending, not overlapping
  std::optional<Instant> date_;
};

// Country from the first source that has one; network number and anonymiser flag from whichever knows them.
class Combined final : public IpCountrySource {
 public:
  explicit Combined(std::vector<std::unique_ptr<IpCountrySource>> sources) : sources_(std::move(sources)) {}

  std::optional<IpFact> Look(std::string_view ip_text) const override {
    std::optional<IpFact> out;
    for (const auto& source : sources_) {
      auto fact = source->Look(ip_text);
      if (!fact) return std::nullopt;
      if (!out) {
        out = std::move(fact);
        continue;
      }
      if (out->country.empty() && !fact->country.empty()) {
        out->country = fact->country;
        out->reason.clear();
        out->source = fact->source;
        out->data_date = fact->data_date;
      }
      if (out->asn == 0) out->asn = fact->asn;
      out->anonymous_proxy = out->anonymous_proxy || fact->anonymous_proxy;
    }
    return out;
  }
  std::string Describe() const override {
    std::string out;
    for (const auto& source : sources_) out += (out.empty() ? "" : ", ") + source->Describe();
    return out;
  }

 private:
  std::vector<std::unique_ptr<IpCountrySource>> sources_;
};

}  // namespace

std::optional<IpAddress> ParseIp(std::string_view text) {
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  char zero_terminated[INET6_ADDRSTRLEN] = {};
  std::memcpy(zero_terminated, text.data(), text.size());
  IpAddress out;
  if (inet_pton(AF_INET, zero_terminated, out.bytes.data() + 12) == 1) {
    out.bytes[10] = out.bytes[11] = 0xFF;
    out.v4 = true;
    return out;
  }
  if (inet_pton(AF_INET6, zero_terminated, out.bytes.data()) != 1) return std::nullopt;
  constexpr std::array<uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  out.v4 = std::equal(kMapped.begin(), kMapped.end(), out.bytes.begin());
  return out;
}

std::string_view ReservedReason(const IpAddress& address) {
  for (const ReservedNetwork& network : ReservedNetworks()) {
    if (network.first.v4 == address.v4 && SamePrefix(network.first, address, network.prefix_bits))
      return network.reason;
  }
  return {};
}

Result<std::unique_ptr<IpCountrySource>> ReadTorGeoip(std::string_view v4_text, std::string_view v6_text) {
  auto source = std::make_unique<TorGeoip>();
  TRY(source->Read(v4_text, true, "geoip"));
  TRY(source->Read(v6_text, false, "geoip6"));
  if (source->empty())
    return Fail(Code::kInvalid, "The IP data holds no ranges; install the tor-geoipdb package again.");
  return source;
}

Result<std::unique_ptr<IpCountrySource>> OpenIpCountry(Files& files, const IpCountryConfig& config) {
  std::vector<std::unique_ptr<IpCountrySource>> sources;
  if (!config.mmdb_path.empty()) sources.push_back(TRY(OpenMmdb(config.mmdb_path)));
  const bool tor = files.Exists(config.tor_v4_path) && files.Exists(config.tor_v6_path);
  if (tor) {
    const Bytes v4 = TRY(files.ReadWhole(config.tor_v4_path, kFileBytesMax));
    const Bytes v6 = TRY(files.ReadWhole(config.tor_v6_path, kFileBytesMax));
    sources.push_back(TRY(ReadTorGeoip(AsText(v4), AsText(v6))));
  } else if (sources.empty()) {
    return Fail(Code::kNotFound, "No IP data at '" + config.tor_v4_path + "' and '" + config.tor_v6_path +
                                     "'; install the package tor-geoipdb, or configure an MMDB file.");
  }
  if (files.Exists(config.libloc_path)) sources.push_back(TRY(OpenLibloc(config.libloc_path)));
  return std::make_unique<Combined>(std::move(sources));
}

}  // namespace crossguard
