// Whose: every hint of a country that an account gives, with its weight and its reason, and what they say together. A
// result is a country with a confidence, or '' = unclear, which is a result too. Pure: rows in, claims out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "triage/ip_country.h"
#include "triage/rules.h"

namespace crossguard {

// The newest of `count` sightings of one address under equal circumstances.
struct IpHint {
  int64_t sighting_key = 0;
  std::string ip;  // normalised text
  std::optional<Instant> at;
  bool zone_known = false;
  bool has_port = false;
  bool possible_proxy = false;  // the provider says so
  bool mined = false;
  int64_t count = 1;
};
struct PhoneHint {
  int64_t sighting_key = 0;
  std::string country;  // of the number range; '' if none
  bool verified = false;
  bool mined = false;
  bool prefix_only = false;  // by the calling code; the number itself is in no known range
};
// A country that somebody wrote down as such.
struct PlaceHint {
  enum class Basis : uint8_t { kStatement, kEstimatedLocation, kBilling };
  Basis basis = Basis::kStatement;
  std::string country;
  std::string because;  // "declared country (value 12)"
  int percent = 100;    // of the basis' weight
};
struct WordsHint {
  std::string source;  // "bio (value 12)"
  std::string text;    // read for statements and language
};
struct JurisdictionInput {
  std::vector<IpHint> ips;
  std::vector<PhoneHint> phones;
  std::vector<PlaceHint> places;
  std::vector<WordsHint> words;
  std::vector<std::string> language_tags;
};

struct JurisdictionClaim {
  std::string country;  // ISO 3166-1 alpha-2
  std::string basis;    // ip | phone | language | statement | billing | estimated_location
  int weight = 0;       // points; 0 is shown too: a hint that was seen and found to say nothing more
  std::string because;  // names sightings and values by number, never a person's data
};
struct JurisdictionResult {
  std::string country;                              // '' = unclear
  int confidence = 0;                               // 0..100; of the leading country, also where the result is unclear
  std::vector<JurisdictionClaim> claims;            // by basis, then in order of weight
  std::vector<std::pair<std::string, int>> totals;  // points per country, most first
  std::string verdict;                              // one sentence: why this country, or why unclear
  std::vector<std::string> contradictions;          // hints that point to different countries
  std::vector<std::string> notes;                   // proxies, addresses that name no country
};

// confidence = share of the leading country's points in all points, times how near its points are to
// `full_confidence_points`. Unclear: no claim with weight, confidence below `confidence_min`, or the second country
// within `margin_min` percent points.
JurisdictionResult DecideJurisdiction(const JurisdictionInput& input, const JurisdictionRules& rules,
                                      const IpCountrySource& ip_source);

}  // namespace crossguard
