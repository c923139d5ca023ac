#include "triage/jurisdiction.h"

#include <algorithm>
#include <map>
#include <set>

#include "triage/places.h"

namespace crossguard {
namespace {

constexpr size_t kIpClaimsPerCountryMax = 5;  // shown one by one; the rest in one line
constexpr int64_t kMille = 1000;

// Halves with each half-life, straight between: whole numbers, so the same everywhere.
int64_t RecencyMille(std::optional<Instant> at, std::optional<Instant> newest, int half_life_days) {
  if (!at || !newest || *at >= *newest) return kMille;
  const int64_t life = half_life_days * kMicrosPerDay;
  const int64_t age = newest->micros - at->micros;
  const int64_t lives = age / life;
  if (lives >= 10) return 1;
  const int64_t base = kMille >> lives;
  return std::max<int64_t>(1,
                           base - base * ((age % life) / kMicrosPerDay) / (2 * static_cast<int64_t>(half_life_days)));
}

struct Weighted {
  int64_t mille = 0;  // points * 1000
  JurisdictionClaim claim;
  std::string tie;  // orders equals by something that is no row order
};

std::string Times(int64_t count) {
  return count == 1 ? "" : " (" + std::to_string(count) + " sightings alike)";
}

class Decision {
 public:
  Decision(const JurisdictionRules& rules, const IpCountrySource& ip_source) : rules_(rules), ip_source_(ip_source) {}

  void AddIps(const std::vector<IpHint>& hints) {
    std::optional<Instant> newest;
    for (const IpHint& hint : hints) {
      if (hint.at && (!newest || *hint.at > *newest)) newest = hint.at;
    }
    // One address counts once, at its best.
    std::map<std::string, Weighted> by_ip;
    for (const IpHint& hint : hints) {
      std::optional<Weighted> one = WeighIp(hint, newest);
      if (!one) continue;
      one->tie = hint.ip;
      Weighted& best = by_ip[hint.ip];
      if (best.claim.country.empty() || one->mille > best.mille) best = std::move(*one);
    }
    std::map<std::string, std::vector<Weighted>> by_country;
    for (auto& [ip, one] : by_ip) by_country[one.claim.country].push_back(std::move(one));
    for (auto& [country, all] : by_country) Diminish("ip", all, rules_.ip_total_max * kMille, kIpClaimsPerCountryMax);
  }

  void AddPhones(const std::vector<PhoneHint>& hints) {
    std::map<std::string, std::vector<Weighted>> by_country;
    for (const PhoneHint& hint : hints) {
      if (hint.country.empty()) continue;
      int64_t mille = rules_.phone * kMille;
      std::string because = "phone sighting " + std::to_string(hint.sighting_key) + ", country of the number range";
      if (hint.prefix_only) {
        mille = mille * rules_.percent_prefix_only / 100;
        because = "phone sighting " + std::to_string(hint.sighting_key) +
                  ", calling code alone (the number is in no known range)";
      }
      if (!hint.verified) {
        mille = mille * rules_.percent_unverified / 100;
        because += ", not verified";
      }
      if (hint.mined) {
        mille = mille * rules_.percent_mined / 100;
        because += ", found in free text";
      }
      by_country[hint.country].push_back({mille, {hint.country, "phone", 0, because}, because});
    }
    for (auto& [country, all] : by_country) Diminish("phone", all, rules_.phone * 2 * kMille, kIpClaimsPerCountryMax);
  }

  void AddPlaces(const std::vector<PlaceHint>& hints, const std::vector<WordsHint>& words) {
    std::map<std::pair<std::string, std::string>, std::vector<Weighted>> by_basis;
    const auto add = [&](const std::string& basis, const std::string& country, int64_t mille,
                         const std::string& because) {
      by_basis[{basis, country}].push_back({mille, {country, basis, 0, because}, because});
    };
    for (const PlaceHint& hint : hints) {
      if (hint.country.empty()) continue;
      switch (hint.basis) {
        case PlaceHint::Basis::kStatement:
          add("statement", hint.country, rules_.statement * kMille * hint.percent / 100, hint.because);
          break;
        case PlaceHint::Basis::kEstimatedLocation:
          add("estimated_location", hint.country, rules_.estimated_location * kMille * hint.percent / 100,
              hint.because);
          break;
        case PlaceHint::Basis::kBilling:
          add("billing", hint.country, rules_.billing * kMille * hint.percent / 100, hint.because);
          break;
      }
    }
    for (const WordsHint& one : words) {
      for (const PlaceStatement& said : FindPlaceStatements(one.text)) {
        add("statement", said.country, rules_.statement * kMille,
            one.source + ": says \"" + said.pattern + "\" and a place of this country");
      }
    }
    for (auto& [key, all] : by_basis) {
      const int64_t most = std::ranges::max_element(all, {}, &Weighted::mille)->mille;
      Diminish(key.first, all, most * 2, kIpClaimsPerCountryMax);
    }
  }

  // Last: a language of several countries only supports what other hints name.
  void AddLanguages(const std::vector<WordsHint>& words, const std::vector<std::string>& tags) {
    std::vector<std::pair<LanguageHint, std::string>> hints;
    for (const std::string& tag : tags) hints.emplace_back(LanguageFromTag(tag), "declared language");
    for (const WordsHint& one : words) hints.emplace_back(DetectLanguage(one.text), one.source);
    std::set<std::string> named;
    for (const auto& [country, points] : points_) named.insert(country);
    std::set<std::string> seen;
    for (const auto& [hint, source] : hints) {
      if (hint.language.empty() || hint.countries.empty() || !seen.insert(hint.language).second) continue;
      if (hint.countries.size() == 1) {
        Put({rules_.language * kMille,
             {hint.countries.front(), "language", 0, source + ": language " + hint.language},
             {}});
        continue;
      }
      for (const std::string& country : hint.countries) {
        if (named.contains(country)) {
          Put({rules_.language * kMille / 2,
               {country, "language", 0,
                source + ": language " + hint.language + ", spoken in several countries, supports this one"},
               {}});
        }
      }
    }
  }

  JurisdictionResult Finish() {
    JurisdictionResult out;
    out.claims = std::move(claims_);
    int64_t sum = 0;
    for (const auto& [country, points] : points_) {
      out.totals.emplace_back(country, points);
      sum += points;
    }
    std::ranges::stable_sort(out.totals, [](const auto& a, const auto& b) { return a.second > b.second; });
    AddContradictions(out);
    if (sum == 0) {
      out.verdict = out.claims.empty() ? "Unclear: nothing points to a country." : "Unclear: no hint has any weight.";
      return out;
    }
    const auto& [first, first_points] = out.totals.front();
    const int64_t second_points = out.totals.size() > 1 ? out.totals[1].second : 0;
    const int64_t strength = std::min<int64_t>(100, int64_t{first_points} * 100 / rules_.full_confidence_points);
    const int64_t share = int64_t{first_points} * 100 / sum;
    const int64_t margin = (first_points - second_points) * 100 / sum;
    out.confidence = static_cast<int>(share * strength / 100);
    if (out.confidence < rules_.confidence_min) {
      out.verdict = "Unclear: the best hint, " + first + " with " + std::to_string(first_points) +
                    " points, reaches confidence " + std::to_string(out.confidence) + " of the " +
                    std::to_string(rules_.confidence_min) + " needed.";
    } else if (out.totals.size() > 1 && margin < rules_.margin_min) {
      out.verdict = "Unclear: " + first + " and " + out.totals[1].first + " are only " + std::to_string(margin) +
                    " percent points apart; " + std::to_string(rules_.margin_min) + " are needed.";
    } else {
      out.country = first;
      out.verdict = first + " with " + std::to_string(first_points) + " of " + std::to_string(sum) +
                    " points, confidence " + std::to_string(out.confidence) + ".";
    }
    return out;
  }

 private:
  // nullopt: no country. The reasons that lower the weight stand in the claim.
  std::optional<Weighted> WeighIp(const IpHint& hint, std::optional<Instant> newest) {
    const auto fact = ip_source_.Look(hint.ip);
    if (!fact) return std::nullopt;
    const std::string name = "ip sighting " + std::to_string(hint.sighting_key);
    if (fact->country.empty()) {
      ++without_country_[fact->reason];
      return std::nullopt;
    }
    int64_t mille = rules_.ip * RecencyMille(hint.at, newest, rules_.half_life_days);
    std::string because = name + Times(hint.count);
    const auto lower = [&](int percent, const std::string& why) {
      mille = mille * percent / 100;
      because += ", " + why;
    };
    because += hint.at ? " at " + ToText(*hint.at) : "";
    if (!hint.at)
      lower(rules_.percent_no_time, "no time");
    else if (!hint.zone_known)
      lower(rules_.percent_no_zone, "time without zone");
    if (!hint.has_port) lower(rules_.percent_no_port, "no port");
    if (hint.possible_proxy || fact->anonymous_proxy) {
      lower(rules_.percent_proxy, hint.possible_proxy ? "possible proxy by the provider" : "anonymiser by the IP data");
      ++proxy_count_;
    }
    if (hint.mined) lower(rules_.percent_mined, "found in free text");
    ++ip_count_;
    because += ", " + fact->source + (fact->data_date ? " of " + DateText(*fact->data_date) : " of unknown date");
    if (hint.at && fact->data_date) {
      const int64_t days = (fact->data_date->micros - hint.at->micros) / kMicrosPerDay;
      if (days > rules_.data_age_days_max) because += " (data " + std::to_string(days) + " days newer than the event)";
      if (-days > rules_.data_age_days_max)
        because += " (data " + std::to_string(-days) + " days older than the event)";
    }
    if (fact->asn != 0) because += ", AS" + std::to_string(fact->asn);
    return Weighted{mille, {fact->country, "ip", 0, because}, {}};
  }

  // The first counts in full, each further one `percent_repeat` of the one before; together at most `total_max`.
  void Diminish(const std::string& basis, std::vector<Weighted>& all, int64_t total_max, size_t shown_max) {
    std::ranges::sort(all, [](const Weighted& a, const Weighted& b) {
      return a.mille != b.mille ? a.mille > b.mille : a.tie < b.tie;
    });
    int64_t factor = 1'000'000;
    int64_t left = total_max;
    int64_t rest = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      const int64_t mille = std::min(left, all[i].mille * factor / 1'000'000);
      left -= mille;
      factor = factor * rules_.percent_repeat / 100;
      all[i].mille = mille;
      if (i >= shown_max) {
        rest += mille;
        continue;
      }
      if (i > 0)
        all[i].claim.because += "; no. " + std::to_string(i + 1) + " of this kind for this country, so it counts less";
      Put(all[i]);
    }
    if (all.size() > shown_max) {
      Put({rest,
           {all.front().claim.country, basis, 0,
            "and " + std::to_string(all.size() - shown_max) + " more of this kind for this country"},
           {}});
    }
  }

  void Put(Weighted one) {
    one.claim.weight = static_cast<int>((one.mille + kMille / 2) / kMille);
    points_[one.claim.country] += one.claim.weight;
    by_basis_[one.claim.basis][one.claim.country] += one.claim.weight;
    claims_.push_back(std::move(one.claim));
  }

  void AddContradictions(JurisdictionResult& out) const {
    struct Leader {
      std::string basis;
      std::string country;
      int points;
    };
    std::vector<Leader> leaders;
    for (const auto& [basis, countries] : by_basis_) {
      const auto top =
          std::ranges::max_element(countries, [](const auto& a, const auto& b) { return a.second < b.second; });
      if (top->second > 0) leaders.push_back({basis, top->first, top->second});
    }
    for (size_t i = 0; i < leaders.size(); ++i) {
      for (size_t k = i + 1; k < leaders.size(); ++k) {
        if (leaders[i].country == leaders[k].country) continue;
        out.contradictions.push_back("By " + Plain(leaders[i].basis) + " " + leaders[i].country + " (" +
                                     std::to_string(leaders[i].points) + " points), by " + Plain(leaders[k].basis) +
                                     " " + leaders[k].country + " (" + std::to_string(leaders[k].points) + " points).");
      }
    }
    for (const auto& [basis, countries] : by_basis_) {
      if (countries.size() < 2 || basis == "language") continue;
      std::string list;
      for (const auto& [country, points] : countries)
        list += (list.empty() ? "" : ", ") + country + " (" + std::to_string(points) + ")";
      out.contradictions.push_back("By " + Plain(basis) + " alone several countries: " + list + ".");
    }
    if (proxy_count_ > 0) {
      out.notes.push_back(std::to_string(proxy_count_) + " of " + std::to_string(ip_count_) +
                          " IP hints are possible proxies: their country may be the proxy's and counts " +
                          std::to_string(rules_.percent_proxy) + " percent.");
    }
    for (const auto& [reason, count] : without_country_)
      out.notes.push_back(std::to_string(count) + " IP hint(s) name no country: " + reason + ".");
  }
  static std::string Plain(std::string basis) {
    std::ranges::replace(basis, '_', ' ');
    return basis == "ip" ? "IP address" : basis;
  }

  const JurisdictionRules& rules_;
  const IpCountrySource& ip_source_;
  std::vector<JurisdictionClaim> claims_;
  std::map<std::string, int> points_;  // by country
  std::map<std::string, std::map<std::string, int>> by_basis_;
  std::map<std::string, int64_t> without_country_;  // by reason
  int64_t ip_count_ = 0;
  int64_t proxy_count_ = 0;
};

}  // namespace

JurisdictionResult DecideJurisdiction(const JurisdictionInput& input, const JurisdictionRules& rules,
                                      const IpCountrySource& ip_source) {
  Decision decision(rules, ip_source);
  decision.AddIps(input.ips);
  decision.AddPhones(input.phones);
  decision.AddPlaces(input.places, input.words);
  decision.AddLanguages(input.words, input.language_tags);
  return decision.Finish();
}

}  // namespace crossguard
