#include "package/plan.h"

#include <unordered_set>

#include "crypto/x509.h"
#include "register/coordination_rows.h"

namespace crossguard {
namespace {

namespace rows = package_rows;

constexpr std::string_view kPurpose = "facilitate_exchange";

// Where the accounts of one country go, or why nowhere.
struct Route {
  const Authority* authority = nullptr;
  const Gateway* gateway = nullptr;
  std::string named_authority;  // also where it does not get the package
  std::string code, reason;     // of withholding; empty: allowed
};

class Router {
 public:
  Router(const PackageRoom& room, Instant at) : room_(room), at_(at) {}

  const Route& To(const std::string& country) {
    const auto [found, added] = routes_.try_emplace(country);
    if (added) found->second = Find(country);
    return found->second;
  }

 private:
  Route Find(const std::string& country) const {
    const AuthorityBook& book = room_.book;
    Route route;
    const Authority* const point = book.ForCountry(country);
    if (point == nullptr || (point->id == book.self && point->country != country)) {
      route.code = "no_authority";
      route.reason = "No authority of " + country + " is recorded.";
      return route;
    }
    const Authority* to = point->id == book.self ? NationalPolice(country) : point;
    route.named_authority = to == nullptr ? point->id : to->id;
    if (to == nullptr) {
      route.code = kOwnCountryCode;
      route.reason = "The accounts are of the own country, and no gateway leads to another authority of it.";
      return route;
    }
    const GatewayDecision decision = DecideFor(book, *to, PackageKind::kReferral, at_);
    if (!decision.allowed) {
      route.code = "no_gateway";
      route.reason = decision.reason;
      return route;
    }
    if (const Status certificate = CheckCertificate(room_.env, *to, at_); !certificate) {
      route.code = "no_certificate";
      route.reason = certificate.error().message;
      return route;
    }
    route.authority = to;
    route.gateway = book.FindGateway(decision.gateway_id);
    route.reason = decision.reason;
    return route;
  }

  // The own country's accounts go to the first other authority of it that a gateway reaches.
  const Authority* NationalPolice(const std::string& country) const {
    for (const Authority& one : room_.book.authorities) {
      if (one.country == country && one.id != room_.book.self &&
          DecideFor(room_.book, one, PackageKind::kReferral, at_).allowed)
        return &one;
    }
    return nullptr;
  }

  const PackageRoom& room_;
  Instant at_;
  std::map<std::string, Route> routes_;
};

// Takes the paused accounts out of the plan of one authority, into the withheld.
Status TakeOutPaused(Database& db, ReferralPlan& plan, BagPlan& bag) {
  const Paused paused = TRY(PausedFor(db, bag.authority->id, PackageKind::kReferral));
  std::vector<Key<Account>> may_go;
  for (const Key<Account> account : bag.accounts) {
    const auto found = paused.find(account.value);
    if (found == paused.end()) {
      may_go.push_back(account);
      continue;
    }
    bag.held_back.push_back(account);
    plan.withheld.push_back({.account = account,
                             .authority = bag.authority->id,
                             .reason_code = std::string(kPausedCode),
                             .reason = "Another authority holds it too; it goes in a package that follows, once "
                                       "that is settled."});
  }
  bag.accounts = std::move(may_go);
  if (!bag.held_back.empty()) bag.left_out[std::string(kPausedCode)] = static_cast<int64_t>(bag.held_back.size());
  return {};
}

}  // namespace

GatewayDecision DecideFor(const AuthorityBook& book, const Authority& to, PackageKind kind, Instant at) {
  return Decide(book, {.from = book.self, .to = to.id, .purpose = kPurpose, .data_kind = Text(kind)}, at);
}

Status CheckCertificate(Env& env, const Authority& authority, Instant at) {
  if (authority.certificate_path.empty())
    return Fail(Code::kDenied, authority.id + " has no certificate in the authorities file.");
  const auto pem = env.files.ReadWhole(authority.certificate_path, kPemMaxBytes);
  if (!pem) return Fail(Code::kDenied, "The certificate of " + authority.id + " cannot be read.");
  const auto certificate = Certificate::LoadPem(AsText(*pem));
  if (!certificate) return Fail(Code::kDenied, "The certificate file of " + authority.id + " holds no certificate.");
  if (!authority.certificate_sha256.empty() && certificate->Fingerprint().hex() != authority.certificate_sha256)
    return Fail(Code::kDenied, "The certificate of " + authority.id +
                                   " is not the one that was loaded with the authorities; load them again.");
  if (!certificate->CheckValidAt(at))
    return Fail(Code::kDenied, "The certificate of " + authority.id + " is not valid on " + DateText(at) + ".");
  return {};
}

Result<std::optional<rows::Withheld>> HoldBack(Database& db, const Permit& permit,
                                               const rows::ReportedAccount& account) {
  rows::Withheld held{.account = account.key};
  if (account.ever_victim) {
    held.reason_code = "victim";
    held.reason = "A report names this account as a victim; its data is not passed on as a suspect's.";
    return held;
  }
  if (account.minor == "may_be_minor" || account.second_officer) {
    if (!TRY(rows::ApprovedByAnother(db, RuleOf(Act::kComposePackage).name, account.id, permit.officer()))) {
      held.reason_code = "may_be_minor";
      held.reason = account.second_officer_reason.empty()
                        ? "The holder may be a minor; a second officer must agree first."
                        : account.second_officer_reason;
      return held;
    }
  }
  if (account.country.empty()) {
    held.reason_code = "unclear_jurisdiction";
    held.reason = account.has_jurisdiction
                      ? "No country is clear enough; the account waits in the queue of unclear jurisdiction."
                      : "Triage has not looked at this account.";
    return held;
  }
  return std::nullopt;
}

Result<Paused> PausedFor(Database& db, const std::string& authority, PackageKind kind) {
  Paused out;
  TRY(coordination_rows::EachPausedAccount(db, authority, Text(kind),
                                           [&](Key<Account> account, std::string_view deconfliction) -> Status {
                                             out.emplace(account.value, deconfliction);
                                             return {};
                                           }));
  return out;
}

Status FollowWhatHeldBack(Database& db, BagPlan& bag) {
  std::unordered_set<int64_t> going;
  for (const Key<Account> account : bag.accounts) going.insert(account.value);
  return rows::EachHeldBack(db, bag.operation.key, bag.authority->id, Text(bag.kind),
                            [&](Key<Package> package, std::string_view id, Key<Account> account) -> Status {
                              if (bag.follows.empty() && going.contains(account.value)) {
                                bag.follows = id;
                                bag.follows_key = package;
                              }
                              return {};
                            });
}

Result<ReferralPlan> PlanReferrals(Database& db, const Permit& permit, const PackageRoom& room,
                                   const rows::OperationRow& operation) {
  std::unordered_set<int64_t> sent;
  TRY(rows::EachSentAccount(db, operation.key, [&](Key<Account> account) -> Status {
    sent.insert(account.value);
    return {};
  }));
  std::vector<rows::ReportedAccount> accounts;  // first all: HoldBack asks the register too
  TRY(rows::EachReportedAccount(db, operation.key, [&](const rows::ReportedAccount& account) -> Status {
    accounts.push_back(account);
    return {};
  }));
  ReferralPlan plan;
  Router router(room, permit.at());
  for (const rows::ReportedAccount& account : accounts) {
    ++plan.reported_count;
    if (sent.contains(account.key.value)) {
      ++plan.already_sent_count;
      continue;
    }
    if (auto held = TRY(HoldBack(db, permit, account))) {
      plan.withheld.push_back(std::move(*held));
      continue;
    }
    const Route& route = router.To(account.country);
    if (!route.code.empty()) {
      if (route.code == kOwnCountryCode)
        plan.destinations.push_back({.account = account.key, .authority = room.book.self});
      plan.withheld.push_back({.account = account.key,
                               .authority = route.named_authority,
                               .reason_code = route.code,
                               .reason = route.reason});
      continue;
    }
    const auto [bag, added] = plan.bags.try_emplace(route.authority->id);
    if (added) {
      bag->second = {.operation = operation,
                     .kind = PackageKind::kReferral,
                     .authority = route.authority,
                     .gateway = route.gateway,
                     .gateway_reason = route.reason};
    }
    bag->second.accounts.push_back(account.key);
    plan.destinations.push_back({.account = account.key, .authority = route.authority->id});
  }
  for (auto& [authority, bag] : plan.bags) {
    TRY(TakeOutPaused(db, plan, bag));
    TRY(FollowWhatHeldBack(db, bag));
  }
  std::erase_if(plan.bags, [](const auto& one) { return one.second.accounts.empty(); });
  return plan;
}

}  // namespace crossguard
