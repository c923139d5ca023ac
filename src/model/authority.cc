#include "model/authority.h"

#include <algorithm>

namespace crossguard {
namespace {

constexpr std::string_view kFeedback = "feedback";

template <class T>
const T* FindById(const std::vector<T>& all, std::string_view id) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

bool Holds(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Why this gateway does not allow the flow on that day; empty: it does.
std::string Against(const Gateway& gateway, const Flow& flow, Instant at) {
  const std::string name = "Gateway " + gateway.id;
  if (!Holds(gateway.purposes, flow.purpose))
    return name + " does not cover the purpose " + std::string(flow.purpose) + ".";
  if (!Holds(gateway.data_kinds, flow.data_kind))
    return name + " does not cover data of kind " + std::string(flow.data_kind) + ".";
  if (at < gateway.valid_from) return name + " is valid only from " + DateText(gateway.valid_from) + ".";
  if (gateway.valid_until && at >= *gateway.valid_until)
    return name + " expired on " + DateText(*gateway.valid_until) + ".";
  return "";
}

GatewayDecision AllowedBy(const Gateway& gateway) {
  GatewayDecision yes{.allowed = true, .gateway_id = gateway.id};
  yes.reason = "Gateway " + gateway.id + " (from " + DateText(gateway.valid_from) + "): " + gateway.legal_reference +
               (gateway.via.empty() ? "." : "; carried by " + gateway.via + ".");
  yes.valid_from = gateway.valid_from;
  yes.legal_reference = gateway.legal_reference;
  yes.conditions = gateway.conditions;
  yes.via = gateway.via;
  return yes;
}

}  // namespace

const Authority* AuthorityBook::Find(std::string_view id) const {
  return FindById(authorities, id);
}
const Officer* AuthorityBook::FindOfficer(std::string_view id) const {
  return FindById(officers, id);
}
const Gateway* AuthorityBook::FindGateway(std::string_view id) const {
  return FindById(gateways, id);
}

const Authority* AuthorityBook::ForCountry(std::string_view country) const {
  if (country.empty()) return nullptr;
  const Authority* first = nullptr;
  const Authority* by_name = nullptr;
  const Authority* for_all = nullptr;
  const auto keep_first = [](const Authority*& place, const Authority& one) {
    if (place == nullptr) place = &one;
  };
  for (const Authority& authority : authorities) {
    if (authority.is_private_party()) continue;
    if (authority.country == country) {
      if (authority.single_point_of_contact) return &authority;
      keep_first(first, authority);
    }
    if (Holds(authority.receives_for, country)) keep_first(by_name, authority);
    if (Holds(authority.receives_for, "*")) keep_first(for_all, authority);
  }
  if (first != nullptr) return first;
  return by_name != nullptr ? by_name : for_all;
}

GatewayDecision Decide(const AuthorityBook& book, const Flow& flow, Instant at) {
  GatewayDecision no;
  const Authority* const to = book.Find(flow.to);
  if (to != nullptr && to->is_private_party() && flow.data_kind != kFeedback) {
    no.reason = to->id + " is a private party: only data of kind feedback may go to it, by a gateway that says so.";
    return no;
  }
  no.reason = "No gateway from " + std::string(flow.from) + " to " + std::string(flow.to) + " is recorded.";
  for (const Gateway& gateway : book.gateways) {
    if (gateway.from != flow.from || gateway.to != flow.to) continue;
    std::string against = Against(gateway, flow, at);
    if (against.empty()) return AllowedBy(gateway);
    no.reason = std::move(against);
  }
  return no;
}

}  // namespace crossguard
