#include "coordination/settle.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "coordination/work.h"
#include "model/canonical.h"
#include "model/fields.h"
#include "register/coordination_rows.h"
#include "register/package_rows.h"

namespace crossguard::coordination {
namespace {

using nlohmann::json;
namespace rows = coordination_rows;

constexpr int64_t kAccountsShownMax = 1'000;

std::unexpected<Error> NotHere() {
  return Fail(Code::kNotFound, "There is no deconfliction of that id here; see `crossguard deconfliction list`.");
}

Result<rows::DeconflictionRow> Find(Database& db, const std::string& id) {
  auto row = TRY(rows::FindDeconfliction(db, id));
  if (!row) return NotHere();
  return std::move(*row);
}

bool HasParty(const std::vector<rows::PartyRow>& parties, const std::string& authority) {
  return std::ranges::any_of(
      parties, [&](const rows::PartyRow& party) { return party.party == authority || party.spokesman() == authority; });
}

std::set<std::string> Spokesmen(const std::vector<rows::PartyRow>& parties, const std::string& self) {
  std::set<std::string> out;
  for (const rows::PartyRow& party : parties) {
    if (party.spokesman() != self) out.insert(party.spokesman());
  }
  return out;
}

Status CheckSettlement(const Settlement& settlement, const std::vector<rows::PartyRow>& parties) {
  if (std::ranges::find(kOutcomes, settlement.outcome) == kOutcomes.end())
    return Fail(Code::kInvalid, "An outcome is one_leads, joint, in_parallel, stands_down or not_the_same.");
  if ((settlement.outcome == "not_the_same") != settlement.leads.empty())
    return Fail(Code::kInvalid, "Say who leads, unless the outcome is not_the_same: then nobody does.");
  if (!settlement.leads.empty() && !HasParty(parties, settlement.leads))
    return Fail(Code::kInvalid, "Only a party of the deconfliction can lead; see `crossguard deconfliction show`.");
  return {};
}

json PartyJson(const rows::PartyRow& party) {
  return {{"authority", party.party},
          {"channel", party.channel},
          {"contact", party.contact},
          {"since", DateText(party.since)},
          {"may_be_named", !party.quiet}};
}

// By which ways the house itself has it: "through eu-europol since 2022-03-01", "own case since ...".
json KnownThrough(const std::vector<rows::PartyRow>& parties, const std::string& self) {
  json out = json::array();
  for (const rows::PartyRow& party : parties) {
    if (party.party != self) continue;
    out.push_back((party.channel.empty() ? "own case" : "through " + party.channel) + " since " +
                  DateText(party.since));
  }
  return out;
}

Result<json> Line(Database& db, const Sight& see, const rows::DeconflictionRow& row,
                  const std::vector<rows::PartyRow>& parties, const std::string& self) {
  json names = json::array();
  for (const rows::PartyRow& party : parties)
    names.push_back(party.party + (party.channel.empty() ? "" : " through " + party.channel));
  const std::string subject = TRY(rows::SubjectOf(db, see, row.key)).value_or("");
  return json{{"id", row.id},
              {"kind", row.kind},
              {"state", row.state},
              {"parties", std::move(names)},
              {"known_through", KnownThrough(parties, self)},
              {"first_seen_at", ToText(row.first_seen_at)},
              {"subject", subject}};
}

}  // namespace

Result<Settled> Settle(Transaction& transaction, const Permit& permit, const std::string& self,
                       const Settlement& settlement) {
  CHECK(permit.act() == Act::kSettleDeconfliction || permit.act() == Act::kTakeMessages);
  Database& db = transaction.db();
  const rows::DeconflictionRow row = TRY(Find(db, settlement.deconfliction));
  if (row.state == "settled")
    return Fail(Code::kConflict, "Deconfliction " + row.id + " is settled already; see how with `deconfliction show`.");
  const std::vector<rows::PartyRow> parties = TRY(rows::PartiesOf(db, row.key));
  TRY(CheckSettlement(settlement, parties));
  if (settlement.agreed_by.empty()) return Fail(Code::kInvalid, "Say which authorities agreed to it.");
  for (const std::string& authority : settlement.agreed_by) {
    if (authority != self && !HasParty(parties, authority))
      return Fail(Code::kInvalid, "Only parties of the deconfliction can agree to how it is settled.");
  }
  TRY(rows::InsertSettlement(db, row.key,
                             {.leads = settlement.leads,
                              .outcome = settlement.outcome,
                              .agreed_by_json = Canonical(settlement.agreed_by),
                              .officer = permit.officer(),
                              .leaf_index = permit.leaf_index(),
                              .at = permit.at()}));
  TRY(rows::SetState(db, row.key, "settled", permit.at()));
  if (!settlement.leads.empty())
    TRY(PutLead(transaction, permit, {.origin = self, .about = row.id, .authority = settlement.leads}));
  TRY(rows::FillQueue(db));
  Settled out;
  for (const std::string& one : Spokesmen(parties, self)) out.recipients.push_back(one);
  return out;
}

Result<bool> Agree(Transaction& transaction, const Permit& permit, const std::string& self, const std::string& from,
                   const Settlement& settlement) {
  CHECK(permit.act() == Act::kTakeMessages);
  Database& db = transaction.db();
  const rows::DeconflictionRow row = TRY(Find(db, settlement.deconfliction));
  const std::vector<rows::PartyRow> parties = TRY(rows::PartiesOf(db, row.key));
  const std::set<std::string> spokesmen = Spokesmen(parties, self);
  // Whoever is no party learns nothing, not even that the id exists.
  if (!spokesmen.contains(from))
    return Fail(Code::kNotFound, "There is no deconfliction of that id here between you and another; check the id.");
  if (row.state == "settled")
    return Fail(Code::kConflict, "Deconfliction " + row.id + " is settled already; ask who settled it.");
  TRY(CheckSettlement(settlement, parties));
  TRY(rows::UpsertAgreement(db, row.key, from, settlement.leads, settlement.outcome, row.party_count, permit.at()));
  const auto agreed = TRY(rows::AgreedSo(db, row.key, settlement.leads, settlement.outcome, row.party_count));
  return std::ranges::includes(agreed, spokesmen);
}

Status Override(Transaction& transaction, const Permit& permit, const std::string& deconfliction,
                const OverrideFor& what) {
  CHECK(permit.act() == Act::kOverrideDeconfliction);
  Database& db = transaction.db();
  const rows::DeconflictionRow row = TRY(Find(db, deconfliction));
  if (row.state == "settled")
    return Fail(Code::kConflict, "Deconfliction " + row.id + " is settled and pauses nothing; release the package.");
  if (what.package.empty() == what.authority.empty())
    return Fail(Code::kInvalid, "Name a package, or the authority whose accounts wait: one of the two.");
  rows::OverrideRow kept{.authority = what.authority,
                         .kind = std::string(Text(PackageKind::kReferral)),
                         .officer = permit.officer(),
                         .party_count = row.party_count,
                         .leaf_index = permit.leaf_index(),
                         .at = permit.at()};
  rows::Overlap overlap;
  if (what.package.empty()) {
    overlap = TRY(rows::OverlapWaiting(db, row.key, what.authority));
  } else {
    const auto package = TRY(package_rows::FindPackage(db, what.package));
    if (!package)
      return Fail(Code::kNotFound, "There is no package " + what.package + "; see crossguard package list.");
    overlap = TRY(rows::OverlapOf(db, row.key, package->key));
    kept.authority = package->authority;
    kept.kind = package->kind;
  }
  const std::string to = what.package.empty() ? "what waits for " + what.authority : "package " + what.package;
  if (overlap.accounts == 0) return Fail(Code::kConflict, "Deconfliction " + row.id + " does not pause " + to + ".");
  if (overlap.urgent == 0) {
    return Fail(Code::kConflict, "No account that deconfliction " + row.id + " shares with " + to +
                                     " is in the urgent lane; settle it instead.");
  }
  return rows::UpsertOverride(db, row.key, kept);
}

Result<json> ListDeconflictions(Database& db, const Sight& see, const std::string& self) {
  std::vector<rows::DeconflictionRow> found;
  TRY(rows::EachSeenDeconfliction(db, see, [&](const rows::DeconflictionRow& row) -> Status {
    found.push_back(row);
    return {};
  }));
  json out = {{"deconflictions", json::array()}, {"told_by_others", json::array()}};
  for (const rows::DeconflictionRow& row : found)
    out["deconflictions"].push_back(TRY(Line(db, see, row, TRY(rows::PartiesOf(db, row.key)), self)));
  TRY(rows::EachNotice(db, [&](const rows::NoticeRow& notice) -> Status {
    out["told_by_others"].push_back({{"id", notice.deconfliction},
                                     {"from", notice.origin},
                                     {"kind", notice.kind},
                                     {"other", notice.other},
                                     {"contact", notice.contact},
                                     {"since", DateText(notice.since)},
                                     {"state", notice.state},
                                     {"leads", notice.leads},
                                     {"outcome", notice.outcome}});
    return {};
  }));
  return out;
}

Result<json> ShowDeconfliction(Database& db, const Sight& see, const std::string& self, const std::string& id) {
  const auto found = TRY(rows::SeenDeconfliction(db, see, id));
  if (!found) return NotHere();
  const rows::DeconflictionRow& row = *found;
  const std::vector<rows::PartyRow> parties = TRY(rows::PartiesOf(db, row.key));
  json out = TRY(Line(db, see, row, parties, self));
  out["parties"] = json::array();
  for (const rows::PartyRow& party : parties) out["parties"].push_back(PartyJson(party));
  out["settled_at"] = row.settled_at ? json(ToText(*row.settled_at)) : json(nullptr);
  out["accounts"] = TRY(rows::AccountIdsOf(db, row.key, kAccountsShownMax));
  out["told"] = TRY(rows::ToldRecipients(db, row.key));
  out["settlements"] = json::array();
  for (const rows::SettlementRow& one : TRY(rows::SettlementsOf(db, row.key))) {
    out["settlements"].push_back({{"leads", one.leads},
                                  {"outcome", one.outcome},
                                  {"agreed_by", ParseJson(one.agreed_by_json)},
                                  {"officer", one.officer},
                                  {"leaf", one.leaf_index},
                                  {"at", ToText(one.at)}});
  }
  out["overrides"] = json::array();
  for (const rows::OverrideRow& one : TRY(rows::OverridesOf(db, row.key))) {
    out["overrides"].push_back({{"to", one.authority},
                                {"kind", one.kind},
                                {"officer", one.officer},
                                {"leaf", one.leaf_index},
                                {"holds", one.party_count == row.party_count},
                                {"at", ToText(one.at)}});
  }
  return out;
}

Result<AnswerProposal> ProposeAnswer(Database& db, const Sight& see, const std::string& self,
                                     const std::string& source) {
  AnswerProposal out;
  out.account_count = TRY(rows::CountKeysOf(db, see, source));
  if (out.account_count == 0)
    return Fail(Code::kNotFound, "Nothing was recorded of what came with '" + source + "'; take the package in first.");
  TRY(rows::EachKnownOf(db, see, source, self, [&](const rows::KnownRow& row) -> Status {
    out.ways.push_back({.channel = row.channel, .account_count = row.keys, .since = row.since});
    return {};
  }));
  out.known_count = TRY(rows::CountKnownOf(db, see, source, self));
  if (out.known_count == out.account_count) out.decision = "already_known";
  return out;
}

}  // namespace crossguard::coordination
