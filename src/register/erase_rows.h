// Rows that go when something is erased, and what must be known of them before. The SQL of app/erase. Deleting a row
// zeroes it (register/sqlite.cc); nothing here touches files.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/ids.h"
#include "register/sql.h"

namespace crossguard::erase_rows {

using OnText = std::function<Status(std::string_view)>;
using Lines = std::map<std::string, int64_t>;  // line of the balance -> how many it must count as erased

// --- Accounts -------------------------------------------------------------------------------------------------------

struct AccountRow {
  Key<Account> key;
  std::string id, service, esp_identifier;
  bool derived = false;  // the identifier is not the provider's own: it stands in no document
};
Result<std::optional<AccountRow>> FindAccount(Database& db, std::string_view id);
// Every text that the register holds of the account: identifiers as written and normalised, values, file names, notes.
Status EachAccountText(Database& db, Key<Account> account, const OnText& on_text);
struct SelectorRow {
  int64_t key = 0;
  std::string type, value;
};
// Selectors that no other account's mention or file shows.
Result<std::vector<SelectorRow>> OwnSelectors(Database& db, Key<Account> account);
// Documents that name the account: where it is mentioned, its values, sightings and files stand, the reports it is in,
// and repetitions of these.
Result<std::set<int64_t>> DocumentsOf(Database& db, Key<Account> account);
// Is its own record in the document?
Result<bool> IsMentionedIn(Database& db, Key<Account> account, int64_t item_key);
// Files of the submission that were declared for this account and for nobody else. `known`: met a list of known
// material.
struct OwnFile {
  int64_t item_key = 0;
  bool known = false;
};
Result<std::vector<OwnFile>> OwnFiles(Database& db, Key<Account> account);
// Reports in which it was, apart from the erased ones: do they name anybody else?
Result<std::vector<Key<Report>>> ReportsNamingNobodyElse(Database& db, Key<Account> account);
// All rows of the account and its own selectors. The account's row stays, without its name, under a new id, for the
// packages that it was in; a deconfliction of it stays under a unit that is no digest of anything.
struct Replacement {
  std::string id;
  Sha256 unit;  // random
};
Result<Lines> DeleteAccount(Transaction& transaction, const AccountRow& account, const Replacement& replacement,
                            const std::vector<SelectorRow>& own_selectors);
Status BlankReportTexts(Transaction& transaction, Key<Report> report);

// --- Contributions, identifiers, contents ---------------------------------------------------------------------------

struct ContributionRow {
  int64_t key = 0;
  std::string id, owner;
};
Result<std::optional<ContributionRow>> FindContribution(Database& db, std::string_view id);
struct HoldingRow {
  int64_t key = 0;
  int64_t contribution_key = 0;
  std::string owner, type, value;
};
// contribution_key 0: of all.
Status EachHolding(Database& db, int64_t contribution_key, const std::function<Status(const HoldingRow&)>& on_row);
Result<Lines> DeleteHolding(Transaction& transaction, int64_t holding_key);
// After its holdings: labels and source digest go, the row stays under `new_id` for the count of its items.
Status BlankContribution(Transaction& transaction, int64_t contribution_key, std::string_view new_id,
                         const Sha256& new_source);

Result<std::optional<SelectorRow>> FindSelector(Database& db, std::string_view type, std::string_view value);
Status EachSelectorText(Database& db, int64_t selector_key, const OnText& on_text);  // as written
Result<std::set<int64_t>> DocumentsOfSelector(Database& db, int64_t selector_key);
// What of deconfliction rests on the open key of an erased datum, whoever noted it in this house.
Status DeleteOpenKey(Transaction& transaction, const Sha256& key);
Result<Lines> DeleteSelector(Transaction& transaction, int64_t selector_key);

struct MediaRow {
  Key<Media> key;
  std::string id;
  Sha256 sha256;
  std::vector<int64_t> items;                                // files that are the content
  std::vector<int64_t> archives;                             // files that hold it among others
  std::vector<std::pair<std::string, std::string>> digests;  // type, lower-case hex
};
Result<std::optional<MediaRow>> FindMedia(Database& db, std::string_view id);
// Accounts whose declared files have this content.
Result<std::vector<Key<Account>>> AccountsOfMedia(Database& db, Key<Media> media);
// The files' names and texts go, their rows stay as erased.
Status BlankDetailsOfItem(Transaction& transaction, int64_t item_key);

// --- Files of submissions -------------------------------------------------------------------------------------------

struct Item {
  int64_t key = 0;
  std::optional<Sha256> sha256;
  std::string role, path;
  int64_t size_bytes = 0;
};
Result<Item> FindItem(Database& db, int64_t item_key);
Result<std::vector<int64_t>> ItemsWith(Database& db, const Sha256& sha256);
Status SetItemContent(Transaction& transaction, int64_t item_key, const Sha256& sha256);
// The item becomes 'erased': no content, no name. Contents of which no occurrence is left go with it; their digests
// come back for the vault.
Result<Lines> EraseItem(Transaction& transaction, const Item& item, std::vector<Sha256>& contents);
Result<bool> IsDeclared(Database& db, int64_t item_key);  // did a provider declare anything of the file?
// Does a row still refer to the content?
Result<bool> ContentIsUsed(Database& db, const Sha256& sha256);

// --- Packages and messages ------------------------------------------------------------------------------------------

struct Carrier {
  Key<Package> key;
  std::string id, authority, state, operation;
  bool left = false;
};
Result<std::vector<Carrier>> PackagesWith(Database& db, Key<Account> account);
// Replaced before they left; files of theirs may still lie there until the next composing.
Result<std::vector<std::string>> SupersededPackages(Database& db);
Status MarkPackageErased(Transaction& transaction, Key<Package> package, Key<Erasure> erasure, Instant at);
struct Sent {
  std::string id, recipient, kind, body, attachment;
};
Status EachSent(Database& db, const std::function<Status(const Sent&)>& on_row);
Status SetSentBody(Transaction& transaction, std::string_view message_id, std::string_view body);
// A body that has served its purpose.
Status BlankSent(Transaction& transaction, std::string_view message_id);
// Did the sender ever pass on data of that owner?
Result<bool> PassedOn(Database& db, std::string_view sender, std::string_view owner);

// --- All texts ------------------------------------------------------------------------------------------------------

// Of these texts, those that other rows hold as a value of their own are taken out: they are somebody else's too.
Status KeepOnlyUnused(Database& db, std::set<std::string>& texts);
// Every text of every table but the ledger's, the tombstones' and those whose rows are deleted as such: `mask` changes
// it and says how often. Returns how many rows changed; `stuck` gets the tables where a rule of the register forbade
// it.
Result<int64_t> MaskTexts(Transaction& transaction, const std::function<size_t(std::string&)>& mask,
                          std::set<std::string>& stuck);
Status EachPrivateText(Database& db,
                       const std::function<Status(int64_t leaf_index, std::string_view field, std::string_view)>& on);

}  // namespace crossguard::erase_rows
