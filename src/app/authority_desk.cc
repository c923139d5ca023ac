#include "app/authority_desk.h"

#include <algorithm>

#include "model/canonical.h"

namespace crossguard {
namespace {

using authority_rows::BookChange;
using authority_rows::Load;
using authority_rows::Version;
using nlohmann::json;

json DateOf(const std::optional<Instant>& at) {
  return at ? json(DateText(*at)) : json();
}
json TimeOf(const std::optional<Instant>& at) {
  return at ? json(ToText(*at)) : json();
}
json ChangeFacts(const BookChange& change) {
  return {{"added", change.added_count},
          {"changed", change.changed_count},
          {"ended", change.ended_count},
          {"unchanged", change.unchanged_count}};
}

template <class Noun>
json WithVersion(json facts, const Version<Noun>& version) {
  facts["loaded_at"] = ToText(version.since);
  facts["ended_at"] = TimeOf(version.until);
  return facts;
}

json AuthorityFacts(const Authority& one) {
  return {{"id", one.id},
          {"name", one.name},
          {"kind", one.kind},
          {"country", one.country},
          {"single_point_of_contact", one.single_point_of_contact},
          {"units", one.units},
          {"contact", one.contact},
          {"languages", one.languages},
          {"channels", one.channels},
          {"receives_for", one.receives_for},
          {"certificate", one.certificate_path},
          {"certificate_sha256", one.certificate_sha256}};
}

std::string_view StateOf(std::optional<Instant> from, std::optional<Instant> until, bool ended, Instant on) {
  if (ended) return "ended";
  if (from && on < *from) return "not_yet";
  return until && on >= *until ? "expired" : "in_force";
}

json GatewayFacts(const Version<Gateway>& version, Instant on) {
  const Gateway& one = version.value;
  return WithVersion({{"id", one.id},
                      {"from", one.from},
                      {"to", one.to},
                      {"purposes", one.purposes},
                      {"data_kinds", one.data_kinds},
                      {"valid_from", DateText(one.valid_from)},
                      {"valid_until", DateOf(one.valid_until)},
                      {"state", StateOf(one.valid_from, one.valid_until, version.until.has_value(), on)},
                      {"legal_reference", one.legal_reference},
                      {"conditions", one.conditions},
                      {"via", one.via}},
                     version);
}

}  // namespace

json LoadDetails(const Sha256& file, const BookChange& change) {
  json out = ChangeFacts(change);
  out["file_sha256"] = file.hex();
  return out;
}

Result<json> LoadAuthorityFile(House& house, const Actor& actor, const std::string& path) {
  const std::string home = house.Path("config/authorities.toml");
  if (house.book_path() != home)
    return Fail(Code::kInvalid, "Leave --authorities out: the file to load is the one that this verb names.");
  Files& files = house.env().files;
  const Bytes text = TRY(files.ReadWhole(path, kAuthoritiesSizeMaxBytes));
  const BookFile file = TRY(ParseBookFile(files, path, text));
  const BookChange change = TRY(authority_rows::CompareBook(house.db(), file.book));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit =
      TRY(house.gate().Pass(transaction, {.act = Act::kLoadAuthorities,
                                          .officer = actor.officer,
                                          .object_id = "",
                                          .reason = actor.reason,
                                          .details_json = Canonical(LoadDetails(file.sha256, change))}));
  const Load load = TRY(authority_rows::PutBook(
      transaction, file.book,
      {.at = permit.at(), .source_path = path, .source_sha256 = file.sha256, .officer = permit.officer()}));
  CHECK(load.change == change);
  // The files before the rows: cut off in between, the next opening finds the file changed and takes it in.
  if (path != home) TRY(InstallBookFile(files, file, text, house.Path("config")));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  json out = ChangeFacts(change);
  out["file_sha256"] = file.sha256.hex();
  out["authorities"] = file.book.authorities.size();
  out["gateways"] = file.book.gateways.size();
  out["officers"] = file.book.officers.size();
  return out;
}

Result<json> ListLoads(House& house) {
  json out = json::array();
  for (const Load& load : TRY(authority_rows::Loads(house.db()))) {
    json one = ChangeFacts(load.change);
    one["at"] = ToText(load.at);
    one["officer"] = load.officer;
    one["file_sha256"] = load.source_sha256.hex();
    out.push_back(std::move(one));
  }
  return out;
}

Result<json> ListAuthorities(House& house) {
  const AuthorityBook& book = house.book();
  const Instant now = house.env().clock.Now();
  json out = json::array();
  for (const Authority& one : book.authorities) {
    json facts = AuthorityFacts(one);
    const auto count = [&](std::string Gateway::* end) {
      return std::count_if(book.gateways.begin(), book.gateways.end(), [&](const Gateway& gateway) {
        return gateway.*end == one.id && StateOf(gateway.valid_from, gateway.valid_until, false, now) == "in_force";
      });
    };
    facts["gateways_in"] = count(&Gateway::to);
    facts["gateways_out"] = count(&Gateway::from);
    out.push_back(std::move(facts));
  }
  return out;
}

Result<json> ListOfficers(House& house) {
  const Instant now = house.env().clock.Now();
  json out = json::array();
  for (const Version<Officer>& version : TRY(authority_rows::OfficerVersions(house.db()))) {
    const Officer& one = version.value;
    out.push_back(WithVersion({{"id", one.id},
                               {"roles", one.roles},
                               {"valid_from", DateOf(one.valid_from)},
                               {"valid_until", DateOf(one.valid_until)},
                               {"state", StateOf(one.valid_from, one.valid_until, version.until.has_value(), now)}},
                              version));
  }
  return out;
}

Result<json> ListGateways(House& house, const std::string& from, const std::string& to) {
  const Instant now = house.env().clock.Now();
  json out = json::array();
  for (const Version<Gateway>& version : TRY(authority_rows::GatewayVersions(house.db()))) {
    if ((from.empty() || version.value.from == from) && (to.empty() || version.value.to == to))
      out.push_back(GatewayFacts(version, now));
  }
  return out;
}

Result<json> ShowAuthority(House& house, const std::string& id) {
  json current, history = json::array();
  for (const Version<Authority>& version : TRY(authority_rows::AuthorityVersions(house.db()))) {
    if (version.value.id != id) continue;
    json facts = WithVersion(AuthorityFacts(version.value), version);
    if (version.until) {
      history.push_back(std::move(facts));
    } else {
      current = std::move(facts);
    }
  }
  if (current.is_null() && history.empty())
    return Fail(Code::kNotFound, "No authority '" + id + "' is in the register; see `crossguard authority list`.");
  json out = {{"authority", std::move(current)}, {"history", std::move(history)}};
  out["gateways_out"] = TRY(ListGateways(house, id, ""));
  out["gateways_in"] = TRY(ListGateways(house, "", id));
  return out;
}

Result<json> CheckGateway(House& house, const Flow& flow, Instant on) {
  for (const std::string_view id : {flow.from, flow.to}) {
    if (house.book().Find(id) == nullptr) {
      return Fail(Code::kNotFound,
                  "No authority '" + std::string(id) + "' is in force; see `crossguard authority list`.");
    }
  }
  const GatewayDecision decision = Decide(house.book(), flow, on);
  return json{{"allowed", decision.allowed},
              {"from", flow.from},
              {"to", flow.to},
              {"purpose", flow.purpose},
              {"kind", flow.data_kind},
              {"on", ToText(on)},
              {"gateway", decision.gateway_id},
              {"valid_from", DateOf(decision.valid_from)},
              {"legal_reference", decision.legal_reference},
              {"conditions", decision.conditions},
              {"via", decision.via},
              {"reason", decision.reason}};
}

}  // namespace crossguard
