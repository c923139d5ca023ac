// Composing: what each authority receives, minimised, as a BagIt bag whose bytes depend on the register alone.
// Format: docs/formats/package.md.
//
// In = out: every reported account of the operation ends in exactly one referral package or in one `withheld` row with
// a reason. An account that another authority holds too (an open deconfliction) is left out and the package goes
// without it; once that is settled it goes in a package that follows. Default deny: no authority, no gateway, no
// certificate -> withheld. Victims never travel; an account that may be a minor's waits until an officer other than the
// composing one has approved Act::kComposePackage for that account's id.
//
// Memory: one account or one document at a time, and one line of the manifest per file. Contents lie as one tar file
// per package in <folder>/staging until they are sealed; it is durable before the caller's commit.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "crypto/public_id.h"
#include "custody/gate.h"
#include "env/env.h"
#include "model/authority.h"
#include "model/ids.h"
#include "model/words.h"
#include "register/sql.h"
#include "vault/vault.h"

namespace crossguard {

// Where packages are made, and with what. All references must outlive the room.
struct PackageRoom {
  Env& env;
  const AuthorityBook& book;
  const IdMaker& ids;
  Vault& vault;
  std::string folder;        // <data>/packages: staging/<id>.tar, sealed/<id>/
  std::string tool_version;  // "crossguard 0.1.0", named as the instrument in the bag
  // The inclusion proof of a ledger leaf as text; empty function or kNotFound: the leaf is quoted without a proof.
  std::function<Result<std::string>(int64_t leaf_index)> proof;
  std::vector<std::string> handling = {"H0", "H2"};  // of what this house adds; codes of all inputs are added to them
  std::string grade = "X4";                          // 4x4 of the provider's report: not assessed
  // Makes NAME.pdf of each NAME.html in a folder; empty: summary_pdf.h, the one for everything but tests.
  std::function<Status(Env& env, const std::string& folder)> make_pdfs;
};

struct ComposedPackage {
  Id<Package> id;
  std::string authority;
  PackageKind kind = PackageKind::kReferral;
  std::string gateway;
  int64_t account_count = 0;
  int64_t file_count = 0;       // media that travel (evidence) or are listed (referral)
  int64_t held_back_count = 0;  // accounts that were left out because a deconfliction of theirs is open
  std::string follows;          // id of the released package that held accounts of this one back
  bool is_new = false;          // false: the same contents stood there already; nothing was written
  std::map<std::string, int64_t> left_out_by_reason;  // evidence: accounts of the referral that may no longer go
};

struct ComposeSummary {
  int64_t reported_count = 0;  // = packaged + already_sent + withheld
  int64_t packaged_count = 0;
  int64_t already_sent_count = 0;  // in a package that was released before
  int64_t withheld_count = 0;
  std::map<std::string, int64_t> withheld_by_reason;
  std::vector<ComposedPackage> packages;  // by authority id
  int64_t hits_kept_back_count = 0;       // partner hits whose owner's handling code forbids to pass them on
};

// Who is to receive what, and nothing else: what the search for two authorities with the same account goes by, before
// packages are made without those it finds. The same again changes nothing.
Status PlanPackages(Transaction& transaction, const Permit& permit, const PackageRoom& room,
                    const Id<Operation>& operation);

// All referral packages of an operation. Makes the `withheld` rows anew. An unreleased package whose contents changed
// is superseded. kNotFound: no such operation. kUnavailable: weasyprint is missing or failed. kDenied: the permit is
// another's.
Result<ComposeSummary> ComposePackages(Transaction& transaction, const Permit& permit, const PackageRoom& room,
                                       const Id<Operation>& operation);

enum class Answer : uint8_t { kAccept, kRefuse, kAlreadyKnown };

// What the authority said to a released package. The same answer twice changes nothing; another one is kConflict, as is
// an answer to a package that was not released. kNotFound: no such package.
Status RecordAnswer(Transaction& transaction, const Permit& permit, const Id<Package>& package, Answer answer,
                    std::string_view case_number);

// The evidence package for an accepted referral: its accounts, with their files. The gateway is asked again, for data
// of kind "evidence", and so is each account: one that has since been named as a victim, may be a minor's without a
// second officer's agreement, or no longer points to the recipient's country is left out and counted. An evidence
// package for the same referral that has not left and holds something else is superseded. Paused accounts are left out;
// where evidence left without some, only those that may go by now follow it. kDenied with the gateway's
// sentence, or if no account may go; kConflict unless the referral was accepted.
Result<ComposedPackage> ComposeEvidence(Transaction& transaction, const Permit& permit, const PackageRoom& room,
                                        const Id<Package>& referral);

// Accepted referrals whose evidence was made without an account that may go by now: ComposeEvidence makes what follows.
Result<std::vector<std::string>> ReferralsOwedEvidence(Database& db, const Id<Operation>& operation);

}  // namespace crossguard
