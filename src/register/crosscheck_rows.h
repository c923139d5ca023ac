// The statements of the cross-check stage: subject, subject_account, link, link_account, index_exclusion (resolve);
// contribution, holding (holdings); partner_hit (partner_match).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "register/sql.h"

namespace crossguard::crosscheck_rows {

// --- resolve ---
struct AccountRow {
  Key<Account> key;
  std::string id;
  bool ever_victim = false;
  bool may_be_minor = false;
  bool reported = false;  // some report names it in that role
};
Status EachAccount(Database& db, const std::function<Status(const AccountRow&)>& on_account);

// One selector seen with one account. Views are valid during the call.
struct SightingRow {
  Key<Selector> selector;
  std::string_view type, value;
  Key<Account> account;
  bool declared = false;  // else mined from free text
  std::optional<Instant> at;
  bool zone_known = false;
  std::optional<int64_t> port;
  bool proxy = false;  // the provider says it may be one
};
// By type and value, so that all sightings of one selector stand together.
Status EachAccountSighting(Database& db, const std::function<Status(const SightingRow&)>& on_sighting);

Status ClearResolution(Database& db);
Status InsertExclusion(Database& db, Key<Account> account, std::string_view reason);
Result<Key<SubjectCandidate>> InsertSubject(Database& db, const Id<SubjectCandidate>& id, int64_t account_count);
Status InsertSubjectAccount(Database& db, Key<Account> account, Key<SubjectCandidate> subject);
struct LinkRow {
  Key<Selector> selector;
  std::string_view strength;  // strong | weak
  int64_t sharer_count = 0;
  std::string_view reason;
};
Result<int64_t> InsertLink(Database& db, const LinkRow& link);
Status InsertLinkAccount(Database& db, int64_t link_key, Key<Account> account, int64_t joined_group);

// --- holdings ---
struct ContributionRow {
  Key<Contribution> key;
  Id<Contribution> id;
  std::string owner, purpose, handling_json, handling_text, grade, contact;
  Sha256 source_sha256;
  Instant imported_at;
  int64_t item_count = 0, taken_count = 0, refused_count = 0;
};
Result<std::optional<ContributionRow>> FindContributionBySource(Database& db, const Sha256& source_sha256);
Result<Key<Contribution>> InsertContribution(Database& db, const ContributionRow& contribution);
Status UpdateContribution(Database& db, const ContributionRow& contribution);  // labels and counts
struct HoldingRow {
  Key<Contribution> contribution;
  std::string_view type, value, category, ref;
};
// False if the contribution holds the same type and value already.
Result<bool> InsertHolding(Database& db, const HoldingRow& holding);
Status InsertRefusal(Database& db, Key<Contribution> contribution, std::string_view reason, int64_t count);
Status EachRefusal(Database& db, Key<Contribution> contribution,
                   const std::function<Status(std::string_view reason, int64_t count)>& on_refusal);

// --- partner match ---
struct MetRow {
  Key<Account> account;
  std::string account_id;
  Key<Holding> holding;
  std::string contribution_id, type, value, owner, contact;
};
// Accounts that stand in a subject and share a selector with a holding. Each pair once.
Status EachSelectorMet(Database& db, const std::function<Status(const MetRow&)>& on_met);
// Holdings of digests and PDQ, with everything but an account.
Status EachDigestHolding(Database& db, const std::function<Status(const MetRow&)>& on_holding);
Result<std::vector<Key<Media>>> MediaWithDigest(Database& db, std::string_view type,
                                                ByteView digest);  // sha256 | sha1 | md5; not empty files
Status EachMediaPdq(Database& db, int64_t quality_min, const std::function<Status(Key<Media>, const Pdq&)>& on_media);
// Accounts that stand in a subject and whose files, or archives, hold the media. Each once: key and id.
Status EachAccountWithMedia(Database& db, Key<Media> media,
                            const std::function<Status(Key<Account>, std::string_view id)>& on_account);
Status ClearPartnerHits(Database& db);
Status InsertPartnerHit(Database& db, const Id<PartnerHit>& id, const MetRow& met);
Result<int64_t> CountHoldings(Database& db);
Result<int64_t> CountSubjectAccounts(Database& db);
// Type, owner, contact: what may be shown, and all that this asks for.
Status EachPartnerAnswer(
    Database& db, Key<Account> account,
    const std::function<Status(std::string_view type, std::string_view owner, std::string_view contact)>& on_answer);

}  // namespace crossguard::crosscheck_rows
