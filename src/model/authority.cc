#include "model/authority.h"

#include <algorithm>

namespace crossguard {
namespace {

template <class T>
const T* FindById(const std::vector<T>& all, std::string_view id) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

bool Holds(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

const Authority* AuthorityBook::Find(std::string_view id) const {
  return FindById(authorities, id);
}
const Officer* AuthorityBook::FindOfficer(std::string_view id) const {
  return FindById(officers, id);
}

const Authority* AuthorityBook::ForCountry(std::string_view country) const {
  const Authority* first = nullptr;
  if (country.empty()) return nullptr;
  for (const Authority& authority : authorities) {
    if (authority.country != country) continue;
    if (authority.single_point_of_contact) return &authority;
    if (first == nullptr) first = &authority;
  }
  return first;
}

GatewayDecision Decide(const AuthorityBook& book, const Flow& flow, Instant at) {
  GatewayDecision no;
  no.reason = "No gateway from " + std::string(flow.from) + " to " + std::string(flow.to) + " is recorded.";
  for (const Gateway& gateway : book.gateways) {
    if (gateway.from != flow.from || gateway.to != flow.to) continue;
    if (!Holds(gateway.purposes, flow.purpose)) {
      no.reason = "Gateway " + gateway.id + " does not cover the purpose " + std::string(flow.purpose) + ".";
    } else if (!Holds(gateway.data_kinds, flow.data_kind)) {
      no.reason = "Gateway " + gateway.id + " does not cover data of kind " + std::string(flow.data_kind) + ".";
    } else if (at < gateway.valid_from) {
      no.reason = "Gateway " + gateway.id + " is valid only from " + DateText(gateway.valid_from) + ".";
    } else if (gateway.valid_until && at >= *gateway.valid_until) {
      no.reason = "Gateway " + gateway.id + " expired on " + DateText(*gateway.valid_until) + ".";
    } else {
      return {.allowed = true,
              .gateway_id = gateway.id,
              .reason = "Gateway " + gateway.id + ": " + gateway.legal_reference + "."};
    }
  }
  return no;
}

}  // namespace crossguard
