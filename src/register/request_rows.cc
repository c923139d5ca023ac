#include "register/request_rows.h"

#include "register/row_readers.h"

namespace crossguard::request_rows {
namespace {

constexpr std::string_view kPackageColumns =
    "sender,package,message_id,kind,operation,gateway,gateway_reason,account_count,file_count,payload_bytes,labels,"
    "folder,received_at,decision,case_number,decided_at,recalled_at,recall_reason,erased_at,via";
constexpr std::string_view kInformationColumns =
    "direction,authority,message_id,question,selectors,legal_basis,urgency,asked_at,due_at,held_count,state,answer,"
    "answered_at";
constexpr std::string_view kReleaseColumns =
    "direction,authority,message_id,type,value,reason,asked_at,state,decision_reason,fields,labels,decided_at";
constexpr std::string_view kQueryColumns = "authority,message_id,type,value,asked_at,answers,answered_at";

std::string Select(std::string_view columns, std::string_view rest) {
  return "SELECT " + std::string(columns) + " FROM " + std::string(rest);
}

ReceivedPackageRow PackageOf(const SqlRow& row) {
  return {.sender = row.Text(0),
          .package = row.Text(1),
          .message_id = row.Text(2),
          .kind = row.Text(3),
          .operation = row.Text(4),
          .gateway = row.Text(5),
          .gateway_reason = row.Text(6),
          .account_count = row.Int(7),
          .file_count = row.Int(8),
          .payload_bytes = row.Int(9),
          .labels = row.Text(10),
          .folder = row.Text(11),
          .received_at = row.Time(12),
          .decision = row.Text(13),
          .case_number = row.Text(14),
          .decided_at = row.OptionalTime(15),
          .recalled_at = row.OptionalTime(16),
          .recall_reason = row.Text(17),
          .erased_at = row.OptionalTime(18),
          .via = row.Text(19)};
}
InformationRow InformationOf(const SqlRow& row) {
  return {.direction = row.Text(0),
          .authority = row.Text(1),
          .message_id = row.Text(2),
          .question = row.Text(3),
          .selectors = row.Text(4),
          .legal_basis = row.Text(5),
          .urgency = row.Text(6),
          .asked_at = row.Time(7),
          .due_at = row.Time(8),
          .held_count = row.Int(9),
          .state = row.Text(10),
          .answer = row.Text(11),
          .answered_at = row.OptionalTime(12)};
}
ReleaseRow ReleaseOf(const SqlRow& row) {
  return {.direction = row.Text(0),
          .authority = row.Text(1),
          .message_id = row.Text(2),
          .type = row.Text(3),
          .value = row.Text(4),
          .reason = row.Text(5),
          .asked_at = row.Time(6),
          .state = row.Text(7),
          .decision_reason = row.Text(8),
          .fields = row.Text(9),
          .labels = row.Text(10),
          .decided_at = row.OptionalTime(11)};
}
HitQueryRow QueryOf(const SqlRow& row) {
  return {.authority = row.Text(0),
          .message_id = row.Text(1),
          .type = row.Text(2),
          .value = row.Text(3),
          .asked_at = row.Time(4),
          .answers = row.Text(5),
          .answered_at = row.OptionalTime(6)};
}

}  // namespace

// --- Received packages ----------------------------------------------------------------------------------------------

Result<std::optional<ReceivedPackageRow>> FindReceivedPackage(Database& db, std::string_view sender,
                                                              std::string_view package) {
  std::optional<ReceivedPackageRow> out;
  const auto keep = Into(out);
  TRY(db.Each(Select(kPackageColumns, "received_package WHERE sender=?1 AND package=?2"),
              Reading<ReceivedPackageRow>(PackageOf, keep), sender, package));
  return out;
}

Status EachReceivedPackage(Database& db, const std::function<Status(const ReceivedPackageRow&)>& on_row) {
  return db.Each(Select(kPackageColumns, "received_package ORDER BY received_at DESC,sender,package"),
                 Reading<ReceivedPackageRow>(PackageOf, on_row));
}

Status InsertReceivedPackage(Transaction& transaction, const ReceivedPackageRow& row) {
  return transaction.db().Run(
      "INSERT INTO received_package (sender,package,message_id,kind,operation,gateway,gateway_reason,account_count,"
      "file_count,payload_bytes,labels,folder,received_at,via) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
      row.sender, row.package, row.message_id, row.kind, row.operation, row.gateway, row.gateway_reason,
      row.account_count, row.file_count, row.payload_bytes, row.labels, row.folder, row.received_at, row.via);
}

Status MarkPackageDecided(Transaction& transaction, const PackageDecision& decision) {
  return transaction.db().Run(
      "UPDATE received_package SET decision=?3,case_number=?4,decided_at=?5 WHERE sender=?1 AND package=?2",
      decision.sender, decision.package, decision.decision, decision.case_number, decision.at);
}

Status MarkPackageRecalled(Transaction& transaction, std::string_view sender, std::string_view package,
                           std::string_view reason, Instant at) {
  return transaction.db().Run(
      "UPDATE received_package SET recalled_at=?4,recall_reason=?3 WHERE sender=?1 AND package=?2 AND recalled_at IS "
      "NULL",
      sender, package, reason, at);
}

Status InsertPackageQuestion(Transaction& transaction, const QuestionRow& row) {
  return transaction.db().Run(
      "INSERT INTO package_question (sender,message_id,package,question,asked_at) VALUES (?1,?2,?3,?4,?5)", row.sender,
      row.message_id, row.package, row.question, row.asked_at);
}

Status EachPackageQuestion(Database& db, const std::function<Status(const QuestionRow&)>& on_row) {
  return db.Each(
      "SELECT sender,message_id,package,question,asked_at FROM package_question ORDER BY asked_at,sender,message_id",
      [&](const SqlRow& row) -> Status {
        return on_row({.sender = row.Text(0),
                       .message_id = row.Text(1),
                       .package = row.Text(2),
                       .question = row.Text(3),
                       .asked_at = row.Time(4)});
      });
}

// --- Requests for information ---------------------------------------------------------------------------------------

Status InsertInformation(Transaction& transaction, const InformationRow& row) {
  return transaction.db().Run(
      "INSERT INTO information_request (direction,authority,message_id,question,selectors,legal_basis,urgency,asked_at,"
      "due_at,held_count) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT DO NOTHING",
      row.direction, row.authority, row.message_id, row.question, row.selectors, row.legal_basis, row.urgency,
      row.asked_at, row.due_at, row.held_count);
}

Result<std::optional<InformationRow>> FindInformation(Database& db, std::string_view direction, std::string_view id) {
  std::optional<InformationRow> out;
  const auto keep = Into(out);
  TRY(db.Each(Select(kInformationColumns, "information_request WHERE direction=?1 AND message_id=?2"),
              Reading<InformationRow>(InformationOf, keep), direction, id));
  return out;
}

Status EachInformation(Database& db, const std::function<Status(const InformationRow&)>& on_row) {
  return db.Each(Select(kInformationColumns, "information_request ORDER BY due_at,direction,authority,message_id"),
                 Reading<InformationRow>(InformationOf, on_row));
}

Status MarkInformation(Transaction& transaction, const InformationRow& row) {
  return transaction.db().Run(
      "UPDATE information_request SET state=?4,answer=?5,answered_at=?6 WHERE direction=?1 AND authority=?2 AND "
      "message_id=?3",
      row.direction, row.authority, row.message_id, row.state, row.answer, row.answered_at);
}

// --- Releases -------------------------------------------------------------------------------------------------------

Status InsertRelease(Transaction& transaction, const ReleaseRow& row) {
  return transaction.db().Run(
      "INSERT INTO release_request (direction,authority,message_id,type,value,reason,asked_at) "
      "VALUES (?1,?2,?3,?4,?5,?6,?7) ON CONFLICT DO NOTHING",
      row.direction, row.authority, row.message_id, row.type, row.value, row.reason, row.asked_at);
}

Result<std::optional<ReleaseRow>> FindRelease(Database& db, std::string_view direction, std::string_view id) {
  std::optional<ReleaseRow> out;
  const auto keep = Into(out);
  TRY(db.Each(Select(kReleaseColumns, "release_request WHERE direction=?1 AND message_id=?2"),
              Reading<ReleaseRow>(ReleaseOf, keep), direction, id));
  return out;
}

Status EachRelease(Database& db, const std::function<Status(const ReleaseRow&)>& on_row) {
  return db.Each(Select(kReleaseColumns, "release_request ORDER BY asked_at,direction,authority,message_id"),
                 Reading<ReleaseRow>(ReleaseOf, on_row));
}

Status MarkRelease(Transaction& transaction, const ReleaseRow& row) {
  return transaction.db().Run(
      "UPDATE release_request SET state=?4,decision_reason=?5,fields=?6,labels=?7,decided_at=?8 WHERE direction=?1 AND "
      "authority=?2 AND message_id=?3",
      row.direction, row.authority, row.message_id, row.state, row.decision_reason, row.fields, row.labels,
      row.decided_at);
}

// --- Hit or no hit --------------------------------------------------------------------------------------------------

Status EachHeld(Database& db, std::string_view self, std::string_view type, std::string_view value,
                const std::function<Status(const HeldRow&)>& on_row) {
  const Database::OnRow read = [&](const SqlRow& row) -> Status {
    return on_row({.category = row.Text(0), .ref = row.Text(1)});
  };
  TRY(
      db.Each("SELECT h.category,h.ref FROM holding h JOIN contribution c ON c.contribution_key=h.contribution_key "
              "WHERE h.type=?1 AND h.value=?2 AND c.owner=?3 ORDER BY h.holding_key",
              read, type, value, self));
  // subject_account holds no victim, no possible minor and no mere recipient.
  return db.Each(
      "SELECT DISTINCT a.category,a.id FROM selector s JOIN sighting g ON g.selector_key=s.selector_key "
      "JOIN account_mention m ON m.mention_key=g.mention_key JOIN account a ON a.account_key=m.account_key "
      "JOIN subject_account i ON i.account_key=a.account_key WHERE s.type=?1 AND s.value=?2 ORDER BY a.id",
      read, type, value);
}

Status EachOwnerMet(Database& db, std::string_view type, std::string_view value, std::string_view self,
                    std::string_view asker,
                    const std::function<Status(std::string_view owner, std::string_view contact)>& on_row) {
  return db.Each(
      "SELECT DISTINCT c.owner,c.contact FROM holding h JOIN contribution c ON c.contribution_key=h.contribution_key "
      "WHERE h.type=?1 AND h.value=?2 AND c.owner<>?3 AND c.owner<>?4 AND c.handling NOT LIKE '%\"H2\"%' AND "
      "c.handling NOT LIKE '%\"H3\"%' ORDER BY c.owner,c.contact",
      [&](const SqlRow& row) -> Status { return on_row(row.TextView(0), row.TextView(1)); }, type, value, self, asker);
}

Result<int64_t> AskedOn(Database& db, std::string_view authority, std::string_view day) {
  return TRY(db.Number("SELECT asked_count FROM hit_quota WHERE authority=?1 AND day=?2", authority, day)).value_or(0);
}

Status CountAsked(Transaction& transaction, std::string_view authority, std::string_view day, bool hit) {
  return transaction.db().Run(
      "INSERT INTO hit_quota (authority,day,asked_count,hit_count) VALUES (?1,?2,1,?3) ON CONFLICT (authority,day) DO "
      "UPDATE SET asked_count=asked_count+1,hit_count=hit_count+?3",
      authority, day, hit);
}

Result<int64_t> OfficerAskedOn(Database& db, std::string_view authority, std::string_view officer,
                               std::string_view day) {
  return TRY(db.Number("SELECT asked_count FROM hit_officer_quota WHERE authority=?1 AND officer=?2 AND day=?3",
                       authority, officer, day))
      .value_or(0);
}

Status CountOfficerAsked(Transaction& transaction, std::string_view authority, std::string_view officer,
                         std::string_view day, int64_t count) {
  return transaction.db().Run(
      "INSERT INTO hit_officer_quota (authority,officer,day,asked_count) VALUES (?1,?2,?3,?4) ON CONFLICT "
      "(authority,officer,day) DO UPDATE SET asked_count=asked_count+?4",
      authority, officer, day, count);
}

Status EachQuota(Database& db, const std::function<Status(const QuotaRow&)>& on_row) {
  return db.Each(
      "SELECT authority,day,'' AS officer,asked_count FROM hit_quota UNION ALL SELECT "
      "authority,day,officer,asked_count "
      "FROM hit_officer_quota ORDER BY day DESC,authority,officer",
      [&](const SqlRow& row) -> Status {
        return on_row(
            {.authority = row.Text(0), .day = row.Text(1), .officer = row.Text(2), .asked_count = row.Int(3)});
      });
}

Status InsertHitQuery(Transaction& transaction, const HitQueryRow& row) {
  return transaction.db().Run(
      "INSERT INTO hit_query (authority,message_id,type,value,asked_at) VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING",
      row.authority, row.message_id, row.type, row.value, row.asked_at);
}

Result<std::optional<HitQueryRow>> FindHitQuery(Database& db, std::string_view authority, std::string_view id) {
  std::optional<HitQueryRow> out;
  const auto keep = Into(out);
  TRY(db.Each(Select(kQueryColumns, "hit_query WHERE authority=?1 AND message_id=?2"),
              Reading<HitQueryRow>(QueryOf, keep), authority, id));
  return out;
}

Status EachHitQuery(Database& db, const std::function<Status(const HitQueryRow&)>& on_row) {
  return db.Each(Select(kQueryColumns, "hit_query ORDER BY asked_at DESC,authority,message_id"),
                 Reading<HitQueryRow>(QueryOf, on_row));
}

Status MarkHitQuery(Transaction& transaction, const HitQueryRow& row) {
  return transaction.db().Run("UPDATE hit_query SET answers=?3,answered_at=?4 WHERE authority=?1 AND message_id=?2",
                              row.authority, row.message_id, row.answers, row.answered_at);
}

// --- Corrections ----------------------------------------------------------------------------------------------------

Status InsertCorrection(Transaction& transaction, const CorrectionRow& row) {
  return transaction.db().Run(
      "INSERT INTO correction (sender,message_id,about,correction,said_at) VALUES (?1,?2,?3,?4,?5)", row.sender,
      row.message_id, row.about, row.correction, row.said_at);
}

Status EachCorrection(Database& db, std::string_view about, const std::function<Status(const CorrectionRow&)>& on_row) {
  return db.Each(
      "SELECT sender,message_id,about,correction,said_at FROM correction WHERE about=?1 ORDER BY said_at,message_id",
      [&](const SqlRow& row) -> Status {
        return on_row({.sender = row.Text(0),
                       .message_id = row.Text(1),
                       .about = row.Text(2),
                       .correction = row.Text(3),
                       .said_at = row.Time(4)});
      },
      about);
}

}  // namespace crossguard::request_rows
