// For tests: books from a seed, each of them one that the reader of files accepts, and small changes to them.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "model/authority.h"

namespace crossguard {

class BookMaker {
 public:
  explicit BookMaker(uint64_t seed) : random_(seed) {}

  AuthorityBook Make() {
    AuthorityBook book;
    book.self = "aa-1";
    book.example = Chance(2);
    for (const char* country : {"AA", "BB", "CC"}) {
      const size_t count = 1 + Below(3);
      const size_t point = Below(count);
      for (size_t i = 0; i < count; ++i) {
        Authority one = MakeAuthority(std::string(1, static_cast<char>(country[0] + 32)) +
                                      std::string(1, static_cast<char>(country[1] + 32)) + "-" + std::to_string(i + 1));
        one.kind = Chance(2) ? "eu_member_state" : "third_country";
        one.country = country;
        one.single_point_of_contact = i == point;
        book.authorities.push_back(one);
      }
    }
    for (size_t i = 0; i < 2; ++i) {
      Authority one = MakeAuthority("org-" + std::to_string(i + 1));
      one.kind = i == 0 ? "international_organisation" : "eu_body";
      if (i == 0 && Chance(2)) one.receives_for = Some({"*", "DD", "EE"});
      book.authorities.push_back(one);
    }
    Authority provider = MakeAuthority("pp-1");
    provider.kind = "private_party";
    provider.country = Chance(2) ? "AA" : "";
    book.authorities.push_back(provider);
    std::shuffle(book.authorities.begin(), book.authorities.end(), random_);
    const size_t gateway_count = 1 + Below(12);
    for (size_t i = 0; i < gateway_count; ++i)
      book.gateways.push_back(MakeGateway(book, "gw-" + std::to_string(i + 1)));
    const size_t officer_count = 1 + Below(4);
    for (size_t i = 0; i < officer_count; ++i) book.officers.push_back(MakeOfficer("officer-" + std::to_string(i + 1)));
    return book;
  }

  // As a person edits the file: leaves things out, adds, changes, moves.
  void Edit(AuthorityBook& book) {
    if (book.gateways.size() > 1 && Chance(2))
      book.gateways.erase(book.gateways.begin() + static_cast<long>(Below(book.gateways.size())));
    if (Chance(2)) book.gateways[Below(book.gateways.size())].conditions = Word();
    if (Chance(3)) book.gateways.push_back(MakeGateway(book, "gx-" + std::to_string(Below(4)) + Word()));
    if (Chance(3)) book.gateways.back().valid_until = Instant{book.gateways.back().valid_from.micros + kMicrosPerDay};
    if (book.officers.size() > 1 && Chance(3)) book.officers.pop_back();
    if (Chance(3)) book.officers.front().roles = Some({"intake", "analyst", "supervisor"});
    if (Chance(2)) book.authorities[Below(book.authorities.size())].name = Word();
    if (Chance(3)) std::shuffle(book.gateways.begin(), book.gateways.end(), random_);
    if (Chance(3)) std::shuffle(book.authorities.begin(), book.authorities.end(), random_);
  }

  bool Chance(uint64_t one_in) { return Below(one_in) == 0; }

 private:
  size_t Below(uint64_t bound) { return static_cast<size_t>(random_() % bound); }
  // Texts that a careless writer of JSON, TOML or SQL would break on.
  std::string Word() {
    constexpr const char* kWords[] = {"Office",      "Büro",  "a \"quoted\" one", "O'Neill; DROP TABLE gateway",
                                      "back\\slash", "Ωμέγα", "{\"json\": [1]}",  "#not a comment"};
    return std::string(kWords[Below(std::size(kWords))]) + " " + std::to_string(Below(1000));
  }
  std::vector<std::string> Some(std::vector<std::string> all) {
    std::shuffle(all.begin(), all.end(), random_);
    all.resize(1 + Below(all.size()));
    return all;
  }
  Instant Day() { return {static_cast<int64_t>(Below(20'000)) * kMicrosPerDay}; }

  Authority MakeAuthority(const std::string& id) {
    Authority one;
    one.id = id;
    one.name = Word();
    one.units = Some({"one", "zwei \"2\"", "trois"});
    one.contact = "csa-desk@" + id + ".example";
    one.languages = Some({"en", "de", "mi"});
    if (Chance(2)) one.channels = Some({"https", "folder", "siena", "i24_7", "liaison"});
    if (Chance(2)) one.certificate_path = Chance(2) ? "certificates/" + id + ".crt" : "/etc/pki/" + id + ".crt";
    return one;
  }
  Gateway MakeGateway(const AuthorityBook& book, const std::string& id) {
    Gateway one;
    one.id = id.substr(0, id.find(' '));
    std::erase_if(one.id, [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'); });
    const size_t from = Below(book.authorities.size());
    const size_t to = (from + 1 + Below(book.authorities.size() - 1)) % book.authorities.size();
    one.from = book.authorities[from].id;
    one.to = book.authorities[to].id;
    one.purposes = Some({"cross_check", "strategic_analysis", "operational_analysis", "facilitate_exchange"});
    one.data_kinds = Some({"selectors", "referral", "evidence", "files", "feedback"});
    if (book.authorities[to].is_private_party()) one.data_kinds = {"feedback"};
    one.valid_from = Day();
    if (Chance(2))
      one.valid_until = Instant{one.valid_from.micros + static_cast<int64_t>(1 + Below(900)) * kMicrosPerDay};
    one.legal_reference = Word();
    one.conditions = Chance(2) ? "" : Word();
    if (Chance(4) && one.from != "org-1" && one.to != "org-1") one.via = "org-1";
    while (book.FindGateway(one.id) != nullptr) one.id += "-x";
    return one;
  }
  Officer MakeOfficer(const std::string& id) {
    Officer one;
    one.id = id;
    one.roles = Some({"intake", "analyst", "triage", "dissemination", "supervisor", "data_protection"});
    if (Chance(3)) one.valid_from = Day();
    if (Chance(3))
      one.valid_until =
          Instant{one.valid_from.value_or(Instant{}).micros + static_cast<int64_t>(1 + Below(900)) * kMicrosPerDay};
    return one;
  }

  std::mt19937_64 random_;
};

}  // namespace crossguard
