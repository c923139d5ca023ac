// Rows of labels, case membership and broken glass. What they mean: model/labels.h, custody/policy.h. Who sees what
// because of them: register/visibility.h.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/labels.h"
#include "register/sql.h"

namespace crossguard {

// "operation" of "op-...", and so on; nullopt for an id of something that bears no labels of its own.
std::optional<std::string_view> LabelledNoun(std::string_view id);

// The key of this set of labels, made if new.
Result<int64_t> LabelKey(Transaction& transaction, const Labels& labels);
// The labels that the datum bears itself; nullopt if it never got any.
Result<std::optional<Labels>> OwnLabels(Database& database, std::string_view noun, std::string_view id);
struct LabelChange {
  std::string_view noun;
  std::string_view id;
  Instant at;
  std::string_view officer;
  int64_t leaf_index = 0;
};
// Puts them in force; what was in force before stays in the history.
Status SetOwnLabels(Transaction& transaction, const LabelChange& change, const Labels& labels);
// Every labelling, oldest first: [{"at","officer","labels"}].
Result<nlohmann::json> LabelHistory(Database& database, std::string_view noun, std::string_view id);

// An operation's labels: its own, else the house's default (OperationLabels).
Result<Labels> LabelsOfOperation(Database& database, std::string_view house, std::string_view operation_id);
// A contribution's: its own, else from the columns that came with it. kNotFound if there is none of that id.
Result<Labels> LabelsOfContribution(Database& database, std::string_view contribution_id);

Result<bool> OperationExists(Database& database, std::string_view operation_id);
Result<bool> CaseExists(Database& database, std::string_view case_id);

struct MembershipRow {
  std::string compartment;
  std::string officer;
  Instant from;
  std::optional<Instant> until;
};
Status InsertMembership(Transaction& transaction, const MembershipRow& row, int64_t leaf_index);
// Ends at `at` every membership of the officer that would last longer. How many.
Result<int64_t> EndMemberships(Transaction& transaction, std::string_view compartment, std::string_view officer,
                               Instant at, int64_t leaf_index);
// Whether anybody was ever made a member: until then the compartment of an operation is open.
Result<bool> IsClosed(Database& database, std::string_view compartment);
// [{"officer","from_at","until_at","is_ended_early"}], in the order of granting.
Result<nlohmann::json> ListMemberships(Database& database, std::string_view compartment);
Status InsertBreakGlass(Transaction& transaction, const MembershipRow& row, int64_t leaf_index);
// That the owner was written to.
Status MarkOwnerNotified(Transaction& transaction, int64_t leaf_index, Instant at);
struct AccessNoticeRow {
  std::string sender, message, compartment;
  int64_t officer_count = 0;
  Instant from, until, received_at;
};
Status InsertAccessNotice(Transaction& transaction, const AccessNoticeRow& row);
// [{"from","message","compartment","officers","valid_from","valid_until","received_at"}], newest first.
Result<nlohmann::json> ListAccessNotices(Database& database);

// Everything by which an officer is a member of something.
struct AccessRows {
  std::vector<MembershipRow> granted;
  std::vector<MembershipRow> glass;
  std::vector<std::string> open;  // operations of which nobody was ever made a member
};
Result<AccessRows> AccessOf(Database& database, std::string_view officer);

}  // namespace crossguard
