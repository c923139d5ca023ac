#include "register/label_rows.h"

#include "base/json.h"
#include "model/canonical.h"
#include "model/ids.h"
#include "register/json_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

std::unexpected<Error> Damaged() {
  return Fail(Code::kCorrupt, "A row of table label has an impossible value; restore the register from a backup.");
}

Result<Labels> FromRow(const std::string& text) {
  const json parsed = ParseJson(text);
  auto labels = ParseLabels(parsed);
  if (!labels) return Damaged();
  return labels;
}

int64_t PurposeBits(const Labels& labels) {
  int64_t out = 0;
  for (const std::string& purpose : labels.purposes) out |= PurposeBit(purpose);
  return out;
}
int64_t HandlingBits(const Labels& labels) {
  int64_t out = 0;
  for (const HandlingCode code : labels.handling) out |= int64_t{1} << static_cast<int>(code);
  return out;
}

Result<std::vector<MembershipRow>> MembershipsFrom(Database& db, std::string_view sql, std::string_view officer) {
  std::vector<MembershipRow> out;
  TRY(db.Each(
      sql,
      [&](const SqlRow& row) -> Status {
        out.push_back({.compartment = row.Text(0),
                       .officer = std::string(officer),
                       .from = row.Time(1),
                       .until = row.OptionalTime(2)});
        return {};
      },
      officer));
  return out;
}

}  // namespace

std::optional<std::string_view> LabelledNoun(std::string_view id) {
  const std::string_view prefix = id.substr(0, id.find('-'));
  if (prefix == Operation::kPrefix) return "operation";
  if (prefix == Submission::kPrefix) return "submission";
  if (prefix == Contribution::kPrefix) return "contribution";
  if (prefix == Package::kPrefix) return "package";
  if (prefix == Account::kPrefix) return "account";
  if (prefix == Media::kPrefix) return "file";
  if (prefix == NationalCase::kPrefix) return "case";
  if (prefix == Outcome::kPrefix) return "outcome";
  return std::nullopt;
}

Result<int64_t> LabelKey(Transaction& transaction, const Labels& labels) {
  Database& db = transaction.db();
  const std::string text = Canonical(LabelsJson(labels));
  if (const auto known = TRY(db.Number("SELECT label_key FROM label WHERE labels=?1", text))) return *known;
  std::optional<std::string> release_to;
  if (labels.release_to) release_to = Canonical(json(*labels.release_to));
  TRY(
      db.Run("INSERT INTO label (labels, owner, consenters, purposes, handling, category, release_to, compartments) "
             "VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
             text, labels.owner, Canonical(json(Consenters(labels))), PurposeBits(labels), HandlingBits(labels),
             Text(labels.category), release_to, Canonical(json(Compartments(labels)))));
  return db.last_insert_key();
}

Result<std::optional<Labels>> OwnLabels(Database& db, std::string_view noun, std::string_view id) {
  const auto text = TRY(db.TextOf(
      "SELECT l.labels FROM labelled d JOIN label l USING (label_key) WHERE d.noun=?1 AND d.noun_id=?2", noun, id));
  if (!text) return std::optional<Labels>();
  return std::optional(TRY(FromRow(*text)));
}

Status SetOwnLabels(Transaction& transaction, const LabelChange& change, const Labels& labels) {
  const int64_t key = TRY(LabelKey(transaction, labels));
  TRY(
      transaction.db().Run("INSERT INTO labelled (noun, noun_id, label_key) VALUES (?1,?2,?3) "
                           "ON CONFLICT (noun, noun_id) DO UPDATE SET label_key=excluded.label_key",
                           change.noun, change.id, key));
  return transaction.db().Run(
      "INSERT INTO label_change (noun, noun_id, label_key, at, officer, leaf_index) VALUES (?1,?2,?3,?4,?5,?6)",
      change.noun, change.id, key, change.at, change.officer, change.leaf_index);
}

Result<json> LabelHistory(Database& db, std::string_view noun, std::string_view id) {
  return JsonRows(db,
                  "SELECT c.at, c.officer, l.labels AS labels_json FROM label_change c JOIN label l USING (label_key) "
                  "WHERE c.noun=?1 AND c.noun_id=?2 ORDER BY c.change_key",
                  noun, id);
}

Result<Labels> LabelsOfOperation(Database& db, std::string_view house, std::string_view operation_id) {
  if (auto own = TRY(OwnLabels(db, "operation", operation_id))) return std::move(*own);
  return OperationLabels(house, operation_id);
}

Result<Labels> LabelsOfContribution(Database& db, std::string_view contribution_id) {
  if (auto own = TRY(OwnLabels(db, "contribution", contribution_id))) return std::move(*own);
  std::optional<Labels> out;
  TRY(db.Each(
      "SELECT owner, purpose, handling, handling_text, grade FROM contribution WHERE id=?1",
      [&](const SqlRow& row) -> Status {
        Labels labels;
        labels.owner = row.Text(0);
        labels.originators = {labels.owner};
        if (IsPurpose(row.TextView(1))) labels.purposes = {row.Text(1)};
        const json codes = ParseJson(row.TextView(2));
        if (!codes.is_array()) return Damaged();
        for (const json& code : codes) {
          const auto known = code.is_string() ? FromText<HandlingCode>(code.get<std::string>()) : std::nullopt;
          if (!known) return Damaged();
          labels.handling.push_back(*known);
        }
        labels.handling_text = row.Text(3);
        labels.grade = row.Text(4);
        labels.category = DataSubjectCategory::kSuspect;  // nobody else may stand in a cross-check index (Annex II.A)
        out = std::move(labels);
        return {};
      },
      contribution_id));
  if (!out)
    return Fail(Code::kNotFound, "No contribution is named '" + std::string(contribution_id) + "'; take another id.");
  return std::move(*out);
}

Result<bool> OperationExists(Database& db, std::string_view operation_id) {
  return TRY(db.Number("SELECT 1 FROM operation WHERE id=?1", operation_id)).has_value();
}

Result<bool> CaseExists(Database& db, std::string_view case_id) {
  return TRY(db.Number("SELECT 1 FROM national_case WHERE id=?1", case_id)).has_value();
}

Status InsertMembership(Transaction& transaction, const MembershipRow& row, int64_t leaf_index) {
  return transaction.db().Run(
      "INSERT INTO membership (compartment, officer, valid_from, valid_until, granted_leaf) VALUES (?1,?2,?3,?4,?5)",
      row.compartment, row.officer, row.from, row.until, leaf_index);
}

Result<int64_t> EndMemberships(Transaction& transaction, std::string_view compartment, std::string_view officer,
                               Instant at, int64_t leaf_index) {
  // One that has not begun yet becomes empty: from its beginning until its beginning.
  TRY(transaction.db().Run(
      "UPDATE membership SET valid_until=max(valid_from,?3), revoked_leaf=?4 WHERE compartment=?1 AND officer=?2 AND "
      "(valid_until IS NULL OR valid_until>?3) AND (valid_until IS NULL OR valid_until>valid_from)",
      compartment, officer, at, leaf_index));
  return transaction.db().changes();
}

Result<bool> IsClosed(Database& db, std::string_view compartment) {
  return TRY(db.Number("SELECT 1 FROM membership WHERE compartment=?1 LIMIT 1", compartment)).has_value();
}

Result<json> ListMemberships(Database& db, std::string_view compartment) {
  return JsonRows(db,
                  "SELECT officer, valid_from AS from_at, valid_until AS until_at, revoked_leaf IS NOT NULL AS "
                  "is_ended_early FROM membership WHERE compartment=?1 ORDER BY membership_key",
                  compartment);
}

Status InsertBreakGlass(Transaction& transaction, const MembershipRow& row, int64_t leaf_index) {
  CHECK(row.until.has_value());  // broken glass is mended by itself
  return transaction.db().Run(
      "INSERT INTO break_glass (compartment, officer, valid_from, valid_until, leaf_index) VALUES (?1,?2,?3,?4,?5)",
      row.compartment, row.officer, row.from, row.until, leaf_index);
}

Status MarkOwnerNotified(Transaction& transaction, int64_t leaf_index, Instant at) {
  return transaction.db().Run("UPDATE break_glass SET owner_notified_at=?2 WHERE leaf_index=?1", leaf_index, at);
}

Status InsertAccessNotice(Transaction& transaction, const AccessNoticeRow& row) {
  return transaction.db().Run(
      "INSERT INTO access_notice (sender, message, compartment, officer_count, valid_from, valid_until, received_at) "
      "VALUES (?1,?2,?3,?4,?5,?6,?7) ON CONFLICT DO NOTHING",
      row.sender, row.message, row.compartment, row.officer_count, row.from, row.until, row.received_at);
}

Result<json> ListAccessNotices(Database& db) {
  return JsonRows(db,
                  "SELECT sender AS \"from\", message, compartment, officer_count AS officers, valid_from, "
                  "valid_until, received_at FROM access_notice ORDER BY received_at DESC, sender, message");
}

Result<AccessRows> AccessOf(Database& db, std::string_view officer) {
  AccessRows out;
  out.granted = TRY(MembershipsFrom(
      db, "SELECT compartment, valid_from, valid_until FROM membership WHERE officer=?1 ORDER BY membership_key",
      officer));
  out.glass = TRY(MembershipsFrom(
      db, "SELECT compartment, valid_from, valid_until FROM break_glass WHERE officer=?1 ORDER BY break_key", officer));
  TRY(
      db.Each("SELECT o.id FROM operation o WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.compartment=o.id) "
              "ORDER BY o.operation_key",
              [&](const SqlRow& row) -> Status {
                out.open.push_back(row.Text(0));
                return {};
              }));
  return out;
}

}  // namespace crossguard
