// Who gets what, and who gets nothing and why: the plan behind the referral packages of an operation, before any bag is
// written. Every reported account of the operation is in one bag, was sent before, or is withheld with a reason.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "package/bag_builder.h"

namespace crossguard {

constexpr std::string_view kPausedCode = "deconfliction";  // reason codes of `withheld`
constexpr std::string_view kOwnCountryCode = "own_country";

struct ReferralPlan {
  int64_t reported_count = 0, already_sent_count = 0;
  std::map<std::string, BagPlan> bags;  // by authority id; none is empty
  std::vector<package_rows::Withheld> withheld;
  std::vector<package_rows::Destination> destinations;  // of what has not left, paused or not
};
Result<ReferralPlan> PlanReferrals(Database& db, const Permit& permit, const PackageRoom& room,
                                   const package_rows::OperationRow& operation);

// Account key -> id of the deconfliction that pauses it on its way to the authority.
using Paused = std::unordered_map<int64_t, std::string>;
Result<Paused> PausedFor(Database& db, const std::string& authority, PackageKind kind);

// Names in the plan the first released package that held one of its accounts back, if there is one.
Status FollowWhatHeldBack(Database& db, BagPlan& bag);

// Why this account waits whatever its country; nullopt: it may go.
Result<std::optional<package_rows::Withheld>> HoldBack(Database& db, const Permit& permit,
                                                       const package_rows::ReportedAccount& account);

GatewayDecision DecideFor(const AuthorityBook& book, const Authority& to, PackageKind kind, Instant at);

// Sealing needs a certificate that is there, can be read and is valid: better known now than after two officers agreed.
Status CheckCertificate(Env& env, const Authority& authority, Instant at);

}  // namespace crossguard
