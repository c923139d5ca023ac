// In which country an IP address was registered, by data on this machine only: case addresses never go to a look-up
// service. Three sources: Debian's tor-geoipdb text files (default), libloc's database (adds the network's number and
// an anonymiser flag), and any MMDB file that the operator owns (libmaxminddb).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time_text.h"
#include "env/files.h"

namespace crossguard {

struct IpFact {
  std::string country;               // ISO 3166-1 alpha-2; '' = none, and `reason` says why
  std::string reason;                // "private address (RFC 1918)", "not in the data"; '' when there is a country
  std::string source;                // "tor-geoipdb", "libloc", "mmdb:<database type>"
  std::optional<Instant> data_date;  // when the data was made, by its own header
  uint32_t asn = 0;                  // number of the announcing network; 0 = not known
  bool anonymous_proxy = false;      // the data marks the network as an anonymiser
};

// 128 bits, IPv4 as ::ffff:a.b.c.d so that one order holds for both. IPv6 forms that carry an IPv4 address (mapped) are
// IPv4.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};
  bool v4 = false;
  auto operator<=>(const IpAddress&) const = default;
};
// Strict: dotted quad without leading zeros, or RFC 4291 text; no zone, no port, no brackets. nullopt otherwise.
std::optional<IpAddress> ParseIp(std::string_view text);
// Why an address says nothing about a country ("carrier-grade NAT address (RFC 6598)"); '' for a global address.
// After the IANA special-purpose registries (RFC 6890): private, loopback, link-local, CGNAT, documentation,
// benchmarking, multicast, reserved, unique-local, discard, 6to4 and Teredo relays.
std::string_view ReservedReason(const IpAddress& address);

class IpCountrySource {
 public:
  virtual ~IpCountrySource() = default;
  // nullopt: the text is not an IP address. Otherwise always a fact, maybe without a country. Safe from several
  // threads.
  virtual std::optional<IpFact> Look(std::string_view ip_text) const = 0;
  // "tor-geoipdb of 2026-06-25, libloc of 2022-10-29": for reports, claims and the step's input digest.
  virtual std::string Describe() const = 0;
};

struct IpCountryConfig {
  std::string tor_v4_path = "/usr/share/tor/geoip";
  std::string tor_v6_path = "/usr/share/tor/geoip6";
  std::string libloc_path = "/var/lib/location/database.db";  // left out without a word if absent
  std::string mmdb_path;                                      // if given it must open; then it names the country
};
// The configured sources as one: country from the MMDB if there is one, else tor-geoipdb; network and anonymiser flag
// from libloc. kNotFound when tor-geoipdb is missing and no MMDB is configured; the message says what to install.
Result<std::unique_ptr<IpCountrySource>> OpenIpCountry(Files& files, const IpCountryConfig& config);

// Single sources. Text limits: 64 MiB a file, 2,000,000 ranges, 200 bytes a line; ranges must ascend and not overlap.
Result<std::unique_ptr<IpCountrySource>> ReadTorGeoip(std::string_view v4_text, std::string_view v6_text);
Result<std::unique_ptr<IpCountrySource>> OpenLibloc(const std::string& path);
Result<std::unique_ptr<IpCountrySource>> OpenMmdb(const std::string& path);

}  // namespace crossguard
