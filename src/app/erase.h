// Erasure that is real, in this house: rows, documents, contents, packages, messages, private values beside the ledger;
// and the notices to whoever got it. What survives, and why: docs/decisions/erasure.md.
//
// In one transaction: Eraser (any number of targets), Finish, the caller's commit. After the commit, outside of any
// transaction: FinishErasures, which does what no transaction can (packs, files, the write-ahead log), searches the
// data directory for what must be gone, and only then calls an erasure done. A crash in between loses nothing of that:
// the next FinishErasures goes on.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/erase_notice.h"
#include "app/house.h"
#include "base/json.h"
#include "base/needles.h"
#include "custody/clocks.h"
#include "register/erase_rows.h"
#include "register/retention_rows.h"

namespace crossguard {

struct EraseTarget {
  std::string kind;   // account | contribution | file (a content, by its media id) | identifier
  std::string id;     // public id; of an identifier ""
  std::string type;   // of an identifier
  std::string value;  // of an identifier: normalised
};
// What the gate and the ledger call the target: the public id; of an identifier one that only this house can make.
std::string ObjectIdOf(const House& house, const EraseTarget& target);
// A text to be sought, unless it is too short or too long for that.
void AddErasedText(std::set<std::string>& texts, std::string_view text);

class Eraser {
 public:
  // The permit is of kErase (officers decided) or kReviewRetention (a date or an owner did); kDenied comes from Erase
  // otherwise. All must outlive the eraser.
  Eraser(House& house, Transaction& transaction, const Permit& permit, const RetentionRules& rules);

  // kNotFound; kConflict if it was erased before.
  Status Erase(const EraseTarget& target, const std::string& why, bool keep_files = false);
  // What another house asks for of what came from it. Own findings of this house are not touched.
  Status Obey(retention_rows::Order order, const ErasureNotice& notice);
  // Once, last. On an error roll back, then house.vault().Abandon().
  Status Finish();

  // After Finish, for FinishErasures: the values, in memory only.
  const Needles& needles() const { return needles_; }
  // One object per target: id, kind, object, counts, recipients, and the salt that proves what was erased: shown once.
  nlohmann::json Answer() const;
  // Operations of packages that must be composed anew.
  const std::set<std::string>& operations() const { return operations_; }

 private:
  struct One {
    Key<Erasure> key;
    std::string id, kind, object_id, why, owner, asked_by;
    FixedBytes<32> salt;
    erase_rows::Lines lines;
    std::map<std::string, int64_t> counts;
    std::set<std::pair<std::string, std::string>> values;   // type, value: become marks
    std::set<std::string> texts;                            // to be sought everywhere
    std::map<std::string, std::set<std::string>> packages;  // recipient -> package ids
    std::map<std::string, std::set<std::string>> messages;  // recipient -> message ids
  };
  struct Document {
    erase_rows::Item item;
    std::set<Key<Account>> persons;     // of whom it speaks
    bool others = false;                // it holds what nobody could tell whose it is
    std::set<std::string> identifiers;  // accounts whose records go
    std::set<std::string> derived;      // accounts that have no identifier in it
    int64_t record_count_min = 0;       // records that must be found
    std::set<size_t> ones;
    bool values_only = false;
  };

  Result<size_t> Begin(const std::string& kind, const std::string& object_id, const std::string& why,
                       std::string_view committed);
  Status EraseAccount(const std::string& id, const std::string& why, bool keep_files);
  Status EraseContribution(const std::string& id, const std::string& why);
  Status EraseContent(const std::string& id, const std::string& why);
  Status DeleteOpenKeys(const std::string& type, const std::string& value);
  Status EraseIdentifier(const EraseTarget& target, const std::string& why);
  Status AddLines(One& one, const erase_rows::Lines& lines);
  Status NoteDocuments(size_t number, const std::set<int64_t>& items, const erase_rows::AccountRow* account);
  Status TakeFile(One& one, int64_t item_key);
  Status NotePackages(One& one, Key<Account> account);
  Status TakeDocuments();
  Status TakeDocument(Document& document);
  Status DestroyDocument(const Document& document, const std::vector<int64_t>& items);
  Status MaskedDocument(const Document& document, const std::vector<int64_t>& items, std::string& text);
  Status LeaveOpen(const Document& document, const std::string& reason);
  Status BuildNeedles();
  Status NoteMessages();
  Status TakeAsked();
  Status ObeyMessages(One& one, const retention_rows::Order& order, const ErasureNotice& notice);
  Status ObeyPackages(One& one, const retention_rows::Order& order, const ErasureNotice& notice);
  Status TakeTexts();
  Status PostNotices(One& one);
  Sha256 Commitment(std::string_view value) const;
  static std::string Folded(std::string_view text);  // as Needles compares

  House& house_;
  Transaction& transaction_;
  const Permit& permit_;
  const RetentionRules& rules_;
  std::vector<One> ones_;
  std::map<int64_t, Document> documents_;
  std::set<Key<Account>> accounts_;
  std::vector<Sha256> contents_;
  std::set<std::string> operations_;
  Needles needles_;
  std::map<std::string, std::set<size_t>> ones_of_;  // lower-case needle -> targets
};

// Packs, files, the log; the search; then the receipts of what others asked for. needles: of an Eraser that was just
// committed; nullptr: the values are no longer known, and the register's file is written anew instead of searched, if
// an erasure was left half-way. Not within a transaction.
struct FinishFacts {
  int64_t overwritten_count = 0;      // records in packs
  int64_t removed_count = 0;          // files and folders
  bool rewritten = false;             // the register's file had to be written anew
  std::vector<std::string> found_in;  // files in which an erased value still stands
};
Result<FinishFacts> FinishErasures(House& house, const Needles* needles);
// What is erased here and proved by every recipient is done.
Status SettleStates(Database& db);
// SettleStates, and receipts to who asked: after FinishErasures, and whenever a recipient's receipt came.
Status SettleErasures(House& house, Transaction& transaction, const Permit& permit);

// Files of the data directory (packs apart, whose keys are gone) that hold one of them; relative paths.
Result<std::vector<std::string>> FilesWith(House& house, const Needles& needles);

}  // namespace crossguard
