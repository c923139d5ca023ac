// The only author of the who-may-see predicate. The one rule table (model/policy_rules.h) compiled to SQL, and the
// conditions by which every list, search and count leaves out what its viewer may not see. The kernel that decides
// about one datum is custody/policy; tests hold the two, and a third written without them, against each other.
//
// How a datum comes by labels: an operation bears its own (table labelled) or the house's default; a contribution its
// own or those of its columns; everything of an operation is seen through the submission that brought it, and what
// bears labels of its own besides is seen only by who may see both. What was worked out from several submissions
// (triage, subjects, links, clusters ...) is for who may see all of them: "whole".
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "model/policy_rules.h"
#include "register/sql.h"

namespace crossguard {

struct ViewerFacts {
  std::string house;      // the authority that runs the house: owner of what bears no labels
  std::string authority;  // for which the viewer works
  std::string officer;
  uint32_t acts_with_role = 0;  // ActBit(...): for which the officer holds a role (custody/policy.h, HoldsRoleFor)
  Instant now;
  std::string purpose;
  // Asked of a release, of a widening and of breaking the glass only:
  std::string recipient;
  bool gateway_allows = false;
  std::vector<std::string> permissions;  // authorities that permitted exactly this
  bool two_officers_agreed = false;
  bool may_be_minor = false;
};

// What one viewer may see for one act, as SQL conditions. `key` is an SQL expression of the row's key in the statement
// that the condition is put into. No viewer's text stands in them: row numbers only.
class Sight {
 public:
  std::string Operation(std::string_view key) const;
  std::string Submission(std::string_view key) const;
  std::string Item(std::string_view key) const;
  std::string Report(std::string_view key) const;
  std::string Account(std::string_view key) const;       // some report that names it
  std::string AccountWhole(std::string_view key) const;  // every report that names it
  // Whether the labels that the account or the file bears itself let it be seen: all that is left to ask of a row that
  // was reached through a submission that may be seen.
  std::string AccountLabels(std::string_view key) const;
  std::string MediaLabels(std::string_view key) const;
  std::string SearchSubject(std::string_view key) const;  // Account, and who may be the subject of a search
  std::string Media(std::string_view key) const;
  std::string MediaWhole(std::string_view key) const;
  std::string Subject(std::string_view key) const;  // every account of it, whole
  std::string Link(std::string_view key) const;     // every account that shares it, whole
  std::string Cluster(std::string_view key) const;  // every file of it, whole
  std::string Package(std::string_view key) const;
  std::string Contribution(std::string_view key) const;
  // Of an operation that this register has by name; what speaks of one that it has not is the house's.
  std::string OperationNamed(std::string_view name) const;
  std::string Case(std::string_view key) const;     // its operation, its own labels; with members: for members
  std::string Outcome(std::string_view key) const;  // its operation, its own labels; of this house: its case too
  // Every account of it whole, and everything by which it was found: a party says that there is another.
  std::string Deconfliction(std::string_view key) const;
  // What a row names as the source of what it says, by public id; only what this register has can be hidden.
  std::string Source(std::string_view id) const;
  // A lead or task about a subject or a deconfliction; what another authority (`origin`) said stands by itself.
  std::string About(std::string_view origin, std::string_view about) const;
  // What a ledger leaf or an approval is about; `id` is an expression of a public id. What is about nothing in
  // particular is about everything, and seen by nobody but who did it.
  std::string ObjectOf(std::string_view id) const;
  // `noun` and `key` are expressions, as in queue_item.
  std::string QueueRow(std::string_view noun, std::string_view key) const;

 private:
  friend class Viewer;
  std::string Own(std::string_view noun, std::string_view id) const;
  std::string operations_ = "0";     // keys, as "0,1,5": key 0 is never used
  std::string labels_ = "0";         // keys of label sets that permit the act
  std::string contributions_ = "0";  // keys
  std::string cases_ = "0";          // keys
  std::string house_ = "''";         // its id, as an SQL text
  std::string search_bar_;           // condition on account v_a: barred from being a subject
};

class Viewer {
 public:
  // Runs the predicate over the label sets, the operations and the contributions. It holds for this moment: load it
  // anew for each answer.
  static Result<Viewer> Load(Database& database, ViewerFacts facts);
  const ViewerFacts& facts() const { return facts_; }
  const Sight& To(DataAct act) const { return sights_[static_cast<size_t>(act)]; }

 private:
  Viewer() = default;
  ViewerFacts facts_;
  std::array<Sight, Words<DataAct>::kTexts.size()> sights_;
};

// The predicate itself, over every set of labels of the register: permit, and the rule that decided.
Status EachLabelDecision(Database& database, const ViewerFacts& facts, DataAct act,
                         const std::function<Status(int64_t label_key, bool permit, std::string_view rule)>& on_label);

}  // namespace crossguard
