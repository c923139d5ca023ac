// Who holds what, and where two hold the same. The SQL of coordination/ but for leads and tasks (work_rows.h).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "register/sql.h"
#include "register/visibility.h"

namespace crossguard::coordination_rows {

// --- keys of what this house holds in clear -------------------------------------------------------------------------

// Accounts without a key yet: reported in some report, named as a victim in none.
Status EachAccountWithoutKey(
    Database& db,
    const std::function<Status(int64_t noun_key, std::string_view service, std::string_view identifier)>& on_row);
// Selectors without a key yet that an account states as its own. all: false, only those that some holding has too.
Status EachSelectorWithoutKey(
    Database& db, bool all,
    const std::function<Status(int64_t noun_key, std::string_view type, std::string_view value)>& on_row);
// Contents of an account's files without a key yet; what a list knows is everywhere, and left out.
Status EachMediaWithoutKey(Database& db, const std::function<Status(int64_t noun_key, const Sha256&)>& on_row);
Status InsertKey(Database& db, std::string_view noun, int64_t noun_key, const Sha256& key);

// --- interests ------------------------------------------------------------------------------------------------------

struct InterestRow {
  Sha256 key;
  std::string kind, party, channel, basis, source, contact;
  Instant since;
  bool quiet = false;
  bool derived = false;
};
// False if the party has that key from that source already.
Result<bool> InsertInterest(Database& db, const InterestRow& row);
Status ClearDerivedInterests(Database& db);
// Packages that left and were not refused: their authority works on the accounts. With an evidence package, made or
// gone, on the files that no list knows.
Status DeriveFromPackages(Database& db);
// Accounts that have not left: whoever is to receive them works on them, whether a package carries them yet or not;
// those of this house's own country are a case of its own.
Status DeriveFromDestinations(Database& db, std::string_view self);
// Partners' hits by a selector that at most sharers_max accounts share; network addresses and cards never.
Status DeriveFromPartnerHits(Database& db, int64_t sharers_max);
struct HoldingRow {
  std::string type, value, owner, contact, contribution;
  Instant since;
  bool quiet = false;
};
Status EachHolding(Database& db, const std::function<Status(const HoldingRow&)>& on_row);
Result<bool> ListKnows(Database& db, Key<Media> media);
Result<std::optional<Sha256>> DigestOf(Database& db, Key<Media> media);
// Is there anything that can only be met by comparing every key of the house?
Result<bool> AnyGivenInterest(Database& db);

struct ClaimRow {
  std::string operation;
  Sha256 key;
  std::string party, channel, kind, contact, source;
  Instant since;
};
Result<bool> InsertClaim(Database& db, const ClaimRow& row);
Status EachClaim(Database& db, std::string_view operation, const std::function<Status(const ClaimRow&)>& on_row);
Result<std::vector<std::string>> OperationsWithClaims(Database& db);
// Every open key that a keyed key can meet, each once.
Status EachOpenKey(Database& db, const std::function<Status(const Sha256& key)>& on_row);
// What parties hold through this house or it holds itself, for telling others by keyed key: each key and party once,
// with the earliest date.
struct HeldRow {
  Sha256 key;
  std::string kind, party;
  Instant since;
};
Status EachHeld(Database& db, const std::function<Status(const HeldRow&)>& on_row);

// --- detection ------------------------------------------------------------------------------------------------------

Status RemakeUnits(Database& db, int64_t sharers_max);
struct MetRow {
  Sha256 unit;
  std::string kind, party, channel, contact;
  Instant since;
  bool quiet = false;
};
// Each (unit, party, channel) once, by unit: one walk over the interests and one sort.
Status EachMet(Database& db, const std::function<Status(const MetRow&)>& on_row);

struct DeconflictionRow {
  int64_t key = 0;
  std::string id, kind, state;
  int64_t party_count = 0;
  Instant first_seen_at;
  std::optional<Instant> settled_at;
};
Result<std::optional<DeconflictionRow>> FindDeconfliction(Database& db, std::string_view id);
Result<std::optional<DeconflictionRow>> DeconflictionOfUnit(Database& db, const Sha256& unit);
Status EachDeconfliction(Database& db, const std::function<Status(const DeconflictionRow&)>& on_row);  // by id
// The same for a viewer.
Result<std::optional<DeconflictionRow>> SeenDeconfliction(Database& db, const Sight& see, std::string_view id);
Status EachSeenDeconfliction(Database& db, const Sight& see,
                             const std::function<Status(const DeconflictionRow&)>& on_row);
// What the viewer sees of a scan at that time: found by it, joined by a party at it, and all that is unsettled.
struct SeenCounts {
  int64_t found = 0, joined = 0, unsettled = 0;
};
Result<SeenCounts> CountSeen(Database& db, const Sight& see, Instant at);
Result<int64_t> CountUnsettled(Database& db);
Result<int64_t> InsertDeconfliction(Database& db, std::string_view id, const Sha256& unit, std::string_view kind,
                                    Instant at);
Status SetKind(Database& db, int64_t key, std::string_view kind);
Status SetState(Database& db, int64_t key, std::string_view state, std::optional<Instant> settled_at);
// True if the party is new to it. The earliest date and the least quiet of what is known stay.
Result<bool> InsertParty(Database& db, int64_t key, const MetRow& party, Instant at);
Status CountParties(Database& db, int64_t key);
struct PartyRow {
  std::string party, channel, contact;
  Instant since;
  bool quiet = false;
  // Who speaks for it: the channel, else itself.
  const std::string& spokesman() const { return channel.empty() ? party : channel; }
};
Result<std::vector<PartyRow>> PartiesOf(Database& db, int64_t key);  // by authority, channel
Status RemakeAccounts(Database& db, int64_t sharers_max);            // which accounts wait; adds, never removes
Status AddSources(Database& db);                                     // by what each was found; adds, never removes
Result<std::vector<std::string>> AccountIdsOf(Database& db, int64_t key, int64_t limit);
// Of its accounts: the first by id that the viewer sees.
Result<std::optional<std::string>> SubjectOf(Database& db, const Sight& see, int64_t key);
// The queue "deconfliction": those for which accounts wait first, with an urgent one before others.
Result<int64_t> FillQueue(Database& db);

// --- telling, settling, overriding ----------------------------------------------------------------------------------

Result<bool> WasTold(Database& db, int64_t key, std::string_view recipient, const PartyRow& other);
Status InsertTold(Database& db, int64_t key, std::string_view recipient, const PartyRow& other,
                  std::string_view message, Instant at);
Result<std::vector<std::string>> ToldRecipients(Database& db, int64_t key);
Status UpsertAgreement(Database& db, int64_t key, std::string_view authority, std::string_view leads,
                       std::string_view outcome, int64_t party_count, Instant at);
// Who said exactly this, of this number of parties.
Result<std::vector<std::string>> AgreedSo(Database& db, int64_t key, std::string_view leads, std::string_view outcome,
                                          int64_t party_count);
struct SettlementRow {
  std::string leads, outcome, agreed_by_json, officer;
  int64_t leaf_index = 0;
  Instant at;
};
Status InsertSettlement(Database& db, int64_t key, const SettlementRow& row);
Result<std::vector<SettlementRow>> SettlementsOf(Database& db, int64_t key);
struct OverrideRow {
  std::string authority, kind;  // kind of package: referral | evidence
  std::string officer;
  int64_t party_count = 0, leaf_index = 0;
  Instant at;
};
Status UpsertOverride(Database& db, int64_t key, const OverrideRow& row);
Result<std::vector<OverrideRow>> OverridesOf(Database& db, int64_t key);
// Accounts in the deconfliction that the package carries or held back; urgent: of them, those in the urgent lane.
struct Overlap {
  int64_t accounts = 0, urgent = 0;
};
Result<Overlap> OverlapOf(Database& db, int64_t key, Key<Package> package);
// The same of the accounts that no package carries and that are to go to the authority.
Result<Overlap> OverlapWaiting(Database& db, int64_t key, std::string_view authority);
// Accounts that a package of that kind to the authority must leave out now, each with the first deconfliction by id:
// not settled, and not overridden for them with all its parties known.
Status EachPausedAccount(Database& db, std::string_view authority, std::string_view kind,
                         const std::function<Status(Key<Account> account, std::string_view deconfliction)>& on_row);
// The first deconfliction, by id, for which the package as it is must wait.
Result<std::optional<std::string>> DeconflictionThatPauses(Database& db, Key<Package> package);

struct NoticeRow {
  std::string origin, deconfliction, other, contact, kind, message, state, leads, outcome;
  Instant since, received_at;
};
Result<bool> InsertNotice(Database& db, const NoticeRow& row);
Result<int64_t> SettleNotices(Database& db, std::string_view origin, std::string_view deconfliction,
                              std::string_view leads, std::string_view outcome);
Status EachNotice(Database& db, const std::function<Status(const NoticeRow&)>& on_row);
Result<std::vector<std::string>> OriginsOfNotice(Database& db, std::string_view deconfliction);

// --- already known: of what the viewer sees as a source
// --------------------------------------------------------------------------------------------------

Result<int64_t> CountKeysOf(Database& db, const Sight& see, std::string_view source);
// For the account keys that came to this house with `source`: how many of them it had before, by what way, since when.
struct KnownRow {
  std::string channel, basis;
  int64_t keys = 0;
  Instant since;
};
Status EachKnownOf(Database& db, const Sight& see, std::string_view source, std::string_view self,
                   const std::function<Status(const KnownRow&)>& on_row);
Result<int64_t> CountKnownOf(Database& db, const Sight& see, std::string_view source, std::string_view self);

// What the interests come from, in one text: changes when a scan could find something new.
Result<std::string> ScanInput(Database& db);
// What decides which accounts are paused, in one text.
Result<std::string> PauseInput(Database& db);

}  // namespace crossguard::coordination_rows
