#include "coordination/scan.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "coordination/key.h"
#include "register/coordination_rows.h"
#include "register/crosscheck_rows.h"

namespace crossguard::coordination {
namespace {

namespace rows = coordination_rows;

// As in the cross-check's rules for strong links: what more accounts share is a school, a shop, a lending tablet.
constexpr int64_t kSharersMax = 8;

struct KeyHash {
  size_t operator()(const Sha256& key) const noexcept {
    size_t out = 0;  // a digest is as good as random already
    std::copy_n(key.bytes.begin(), sizeof out, reinterpret_cast<uint8_t*>(&out));
    return out;
  }
};

// Keys of what this house holds in clear, made once for each datum.
Status MakeKeys(Database& db) {
  struct New {
    int64_t noun_key;
    Sha256 key;
  };
  std::vector<New> made;
  const auto write = [&](std::string_view noun) -> Status {
    for (const New& one : made) TRY(rows::InsertKey(db, noun, one.noun_key, one.key));
    made.clear();
    return {};
  };
  TRY(rows::EachAccountWithoutKey(db, [&](int64_t key, std::string_view service, std::string_view name) -> Status {
    if (const auto material = KeyMaterial::OfAccount(service, name)) made.push_back({key, material->OpenKey()});
    return {};
  }));
  TRY(write("account"));
  const bool all = TRY(rows::AnyGivenInterest(db));
  TRY(rows::EachSelectorWithoutKey(db, all, [&](int64_t key, std::string_view type, std::string_view value) -> Status {
    const auto known = FromText<SelectorType>(type);
    if (!known) return {};
    if (const auto material = KeyMaterial::OfSelector(*known, value)) made.push_back({key, material->OpenKey()});
    return {};
  }));
  TRY(write("selector"));
  TRY(rows::EachMediaWithoutKey(db, [&](int64_t key, const Sha256& digest) -> Status {
    made.push_back({key, KeyMaterial::OfFile(digest).OpenKey()});
    return {};
  }));
  return write("media");
}

// A holding is the owner's interest in that selector or file. A digest that is no SHA-256 speaks of a file only where
// this house has the content; what a list knows is everywhere, and is no interest.
Status DeriveFromHoldings(Database& db) {
  std::vector<rows::HoldingRow> holdings;
  TRY(rows::EachHolding(db, [&](const rows::HoldingRow& holding) -> Status {
    holdings.push_back(holding);
    return {};
  }));
  for (const rows::HoldingRow& holding : holdings) {
    rows::InterestRow interest{.key = {},
                               .kind = "selector",
                               .party = holding.owner,
                               .channel = "",
                               .basis = "holding",
                               .source = holding.contribution,
                               .contact = holding.contact,
                               .since = holding.since,
                               .quiet = holding.quiet,
                               .derived = true};
    if (const auto type = FromText<SelectorType>(holding.type)) {
      const auto material = KeyMaterial::OfSelector(*type, holding.value);
      if (!material) continue;
      interest.key = material->OpenKey();
      TRY(rows::InsertInterest(db, interest));
      continue;
    }
    interest.kind = "file";
    const Bytes digest = TRY(FromHex(holding.value));
    const std::vector<Key<Media>> media = TRY(crosscheck_rows::MediaWithDigest(db, holding.type, digest));
    if (media.empty() && holding.type == "sha256") {
      interest.key = KeyMaterial::OfFile(TRY(Sha256::From(digest))).OpenKey();
      TRY(rows::InsertInterest(db, interest));
    }
    for (const Key<Media> one : media) {
      const auto sha256 = TRY(rows::DigestOf(db, one));
      if (!sha256 || TRY(rows::ListKnows(db, one))) continue;
      interest.key = KeyMaterial::OfFile(*sha256).OpenKey();
      TRY(rows::InsertInterest(db, interest));
    }
  }
  return {};
}

// Claims meet what this house or a partner of it holds; those that do not, or whose secret is not here, meet one
// another.
Result<int64_t> DeriveFromClaims(Database& db, std::span<const OperationSecret> secrets) {
  int64_t unread = 0;
  for (const std::string& operation : TRY(rows::OperationsWithClaims(db))) {
    std::unordered_map<Sha256, Sha256, KeyHash> open_of;  // keyed key -> open key
    std::vector<rows::ClaimRow> claims;
    TRY(rows::EachClaim(db, operation, [&](const rows::ClaimRow& claim) -> Status {
      claims.push_back(claim);
      open_of.try_emplace(claim.key, claim.key);
      return {};
    }));
    const auto secret = std::ranges::find(secrets, operation, &OperationSecret::operation);
    if (secret == secrets.end()) {
      unread += static_cast<int64_t>(claims.size());
    } else {
      TRY(rows::EachOpenKey(db, [&](const Sha256& key) -> Status {
        const auto found = open_of.find(KeyedKey(secret->secret, key));
        if (found != open_of.end()) found->second = key;
        return {};
      }));
    }
    for (const rows::ClaimRow& claim : claims) {
      TRY(rows::InsertInterest(db, {.key = open_of.at(claim.key),
                                    .kind = claim.kind,
                                    .party = claim.party,
                                    .channel = claim.channel,
                                    .basis = "claim",
                                    .source = claim.source,
                                    .contact = claim.contact,
                                    .since = claim.since,
                                    .quiet = false,
                                    .derived = true}));
    }
  }
  return unread;
}

// Takes the parties of one unit after the other and keeps what two of them hold.
class Detector {
 public:
  Detector(Database& db, const IdMaker& ids, Instant at) : db_(db), ids_(ids), at_(at) {}

  Status Take(const rows::MetRow& row) {
    if (!parties_.empty() && parties_.front().unit != row.unit) TRY(Close());
    parties_.push_back(row);
    ++summary.interest_count;
    return {};
  }
  Status Close() {
    if (parties_.size() > 1) TRY(Keep());
    parties_.clear();
    return {};
  }
  ScanSummary summary;

 private:
  Status Keep() {
    const Sha256& unit = parties_.front().unit;
    const std::string& kind = parties_.front().kind;
    const auto found = TRY(rows::DeconflictionOfUnit(db_, unit));
    int64_t key = found ? found->key : 0;
    if (!found) {
      key = TRY(rows::InsertDeconfliction(db_, ids_.Make<Deconfliction>(unit.hex()).text(), unit, kind, at_));
      ++summary.new_count;
    } else if (found->kind != kind) {
      TRY(rows::SetKind(db_, key, kind));  // a second account of the subject became known
    }
    const std::vector<rows::PartyRow> there = found ? TRY(rows::PartiesOf(db_, key)) : std::vector<rows::PartyRow>();
    int64_t joined = 0;
    for (const rows::MetRow& party : parties_) {
      const bool said = std::ranges::any_of(there, [&](const rows::PartyRow& known) {
        return known.party == party.party && known.channel == party.channel && known.since <= party.since &&
               known.quiet <= party.quiet && known.contact >= party.contact;
      });
      if (!said) joined += TRY(rows::InsertParty(db_, key, party, at_)) ? 1 : 0;
    }
    if (joined == 0) return {};
    TRY(rows::CountParties(db_, key));
    if (!found) return {};
    summary.joined_count += joined;
    return rows::SetState(db_, key, "open", std::nullopt);  // what was settled was settled without this party
  }

  Database& db_;
  const IdMaker& ids_;
  Instant at_;
  std::vector<rows::MetRow> parties_;  // of one unit
};

// Two parties with one spokesman need no telling.
bool Tells(const rows::PartyRow& to, const rows::PartyRow& about) {
  return to.spokesman() != about.spokesman();
}

struct Untold {
  const rows::PartyRow* to;
  const rows::PartyRow* other;
};
// Pairs of parties of which the first does not know of the second yet.
Result<std::vector<Untold>> UntoldOf(Database& db, int64_t key, const std::vector<rows::PartyRow>& parties,
                                     const std::string& self) {
  std::vector<Untold> out;
  for (const rows::PartyRow& to : parties) {
    if (to.spokesman() == self) continue;
    for (const rows::PartyRow& other : parties) {
      if (Tells(to, other) && !TRY(rows::WasTold(db, key, to.spokesman(), other))) out.push_back({&to, &other});
    }
  }
  return out;
}

Result<std::vector<rows::DeconflictionRow>> InState(Database& db, std::string_view state) {
  std::vector<rows::DeconflictionRow> out;
  TRY(rows::EachDeconfliction(db, [&](const rows::DeconflictionRow& row) -> Status {
    if (row.state == state) out.push_back(row);
    return {};
  }));
  return out;
}

}  // namespace

Result<ScanSummary> Scan(Transaction& transaction, const Permit& permit, const IdMaker& ids, const std::string& self,
                         std::span<const OperationSecret> secrets) {
  CHECK(permit.act() == Act::kCrossCheck || permit.act() == Act::kTakeMessages ||
        permit.act() == Act::kImportContribution || permit.act() == Act::kOpenCase);
  Database& db = transaction.db();
  TRY(MakeKeys(db));
  TRY(rows::ClearDerivedInterests(db));
  TRY(rows::DeriveFromPackages(db));
  TRY(rows::DeriveFromDestinations(db, self));
  TRY(rows::DeriveFromPartnerHits(db, kSharersMax));
  TRY(DeriveFromHoldings(db));
  const int64_t unread = TRY(DeriveFromClaims(db, secrets));
  TRY(rows::RemakeUnits(db, kSharersMax));

  Detector detector(db, ids, permit.at());
  TRY(rows::EachMet(db, [&](const rows::MetRow& row) { return detector.Take(row); }));
  TRY(detector.Close());
  TRY(rows::RemakeAccounts(db, kSharersMax));
  TRY(rows::AddSources(db));
  ScanSummary summary = detector.summary;
  summary.claims_unread = unread;
  summary.queued_count = TRY(rows::FillQueue(db));
  summary.open_count = TRY(rows::CountUnsettled(db));
  return summary;
}

Result<std::vector<Notice>> NoticesDue(Database& db, const AuthorityBook& book) {
  std::vector<Notice> out;
  for (const rows::DeconflictionRow& row : TRY(InState(db, "open"))) {
    const std::vector<rows::PartyRow> parties = TRY(rows::PartiesOf(db, row.key));
    std::set<std::pair<std::string, std::string>> told_now;  // one message for each recipient and spokesman
    for (const Untold& pair : TRY(UntoldOf(db, row.key, parties, book.self))) {
      const std::string& to = pair.to->spokesman();
      const rows::PartyRow& other = *pair.other;
      if (other.quiet || book.Find(to) == nullptr) continue;
      if (!told_now.emplace(to, other.party + "/" + other.channel).second) continue;
      const Authority* const speaker = book.Find(other.spokesman());
      std::string contact = other.contact;
      if (contact.empty() && speaker != nullptr) contact = speaker->contact;
      if (contact.empty()) continue;  // nobody to turn to: an officer must find out first
      out.push_back({.deconfliction_key = row.key,
                     .deconfliction = row.id,
                     .kind = row.kind,
                     .to = to,
                     .other = {.authority = other.spokesman(),
                               .contact = contact,
                               .since = other.since,
                               .party = other.party,
                               .channel = other.channel}});
    }
  }
  return out;
}

Status MarkTold(Transaction& transaction, const Notice& notice, const std::string& message, Instant at) {
  const rows::PartyRow other{.party = notice.other.party, .channel = notice.other.channel};
  return rows::InsertTold(transaction.db(), notice.deconfliction_key, notice.to, other, message, at);
}

Status MarkContactsTold(Transaction& transaction, const AuthorityBook& book) {
  Database& db = transaction.db();
  for (const rows::DeconflictionRow& row : TRY(InState(db, "open"))) {
    const std::vector<rows::PartyRow> parties = TRY(rows::PartiesOf(db, row.key));
    if (TRY(UntoldOf(db, row.key, parties, book.self)).empty())
      TRY(rows::SetState(db, row.key, "contacts_told", std::nullopt));
  }
  return {};
}

}  // namespace crossguard::coordination
