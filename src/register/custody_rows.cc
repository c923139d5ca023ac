#include "register/custody_rows.h"

namespace crossguard {
namespace {

Result<LeafRow> LeafFrom(const SqlRow& row) {
  const auto hash = row.Digest<Sha256>(2);
  if (!hash)
    return Fail(Code::kCorrupt,
                "Leaf " + std::to_string(row.Int(0)) +
                    " of the register has a hash of a wrong length; restore the register from a backup.");
  return LeafRow{.index = row.Int(0),
                 .entry = std::string(AsText(row.Blob(1))),
                 .leaf_hash = *hash,
                 .at = row.Time(3),
                 .act = row.Text(4),
                 .object_id = row.Text(5)};
}

}  // namespace

Result<int64_t> LeafCount(Database& database) {
  return TRY(database.Number("SELECT max(leaf_index)+1 FROM ledger_leaf")).value_or(0);
}

Status InsertLeaf(Database& database, const LeafRow& row) {
  return database.Run(
      "INSERT INTO ledger_leaf (leaf_index,entry,leaf_hash,at,act,object_id) VALUES (?1,?2,?3,?4,?5,?6)", row.index,
      AsBytes(row.entry), row.leaf_hash, row.at, row.act, row.object_id);
}

Result<std::optional<LeafRow>> FindLeaf(Database& database, int64_t index) {
  std::optional<LeafRow> found;
  TRY(EachLeaf(database, index, index + 1, [&](const LeafRow& row) -> Status {
    found = row;
    return {};
  }));
  return found;
}

Status EachLeaf(Database& database, int64_t from, int64_t until, const std::function<Status(const LeafRow&)>& on_leaf) {
  return database.Each(
      "SELECT leaf_index,entry,leaf_hash,at,act,object_id FROM ledger_leaf "
      "WHERE leaf_index>=?1 AND leaf_index<?2 ORDER BY leaf_index",
      [&](const SqlRow& row) -> Status { return on_leaf(TRY(LeafFrom(row))); }, from, until);
}

Status EachLeafOf(Database& database, std::string_view object_id,
                  const std::function<Status(const LeafRow&)>& on_leaf) {
  return database.Each(
      "SELECT leaf_index,entry,leaf_hash,at,act,object_id FROM ledger_leaf WHERE object_id=?1 ORDER BY leaf_index",
      [&](const SqlRow& row) -> Status { return on_leaf(TRY(LeafFrom(row))); }, object_id);
}

Status InsertPrivate(Database& database, const PrivateRow& row) {
  return database.Run("INSERT INTO ledger_private (leaf_index,field,salt,value) VALUES (?1,?2,?3,?4)", row.leaf_index,
                      row.field, row.salt, row.value);
}

Status EachPrivate(Database& database, int64_t leaf_index, const std::function<Status(const PrivateRow&)>& on_row) {
  return database.Each(
      "SELECT field,salt,value FROM ledger_private WHERE leaf_index=?1 ORDER BY field",
      [&](const SqlRow& row) -> Status {
        PrivateRow out{.leaf_index = leaf_index, .field = row.Text(0)};
        if (!row.IsNull(1)) out.salt = ToBytes(row.Blob(1));
        if (!row.IsNull(2)) out.value = row.Text(2);
        return on_row(out);
      },
      leaf_index);
}

Result<int64_t> ErasePrivate(Database& database, int64_t leaf_index, std::string_view field) {
  TRY(database.Run(
      "UPDATE ledger_private SET salt=NULL, value=NULL WHERE leaf_index=?1 AND field=?2 AND salt IS NOT NULL",
      leaf_index, field));
  return database.changes();
}

Status PutApproval(Database& database, const ApprovalRow& row) {
  return database.Run(
      "INSERT INTO approval (act,object_id,officer,details_sha256,at,leaf_index) VALUES (?1,?2,?3,?4,?5,?6) "
      "ON CONFLICT (act,object_id,officer) DO UPDATE SET details_sha256=?4, at=?5, leaf_index=?6",
      row.act, row.object_id, row.officer, row.details_sha256, row.at, row.leaf_index);
}

Result<std::vector<ApprovalRow>> ApprovalsOf(Database& database, std::string_view act, std::string_view object_id) {
  std::vector<ApprovalRow> out;
  TRY(database.Each(
      "SELECT officer,details_sha256,at,leaf_index FROM approval WHERE act=?1 AND object_id=?2 ORDER BY officer",
      [&](const SqlRow& row) -> Status {
        const auto digest = row.Digest<Sha256>(1);
        if (!digest)
          return Fail(Code::kCorrupt,
                      "A row of table approval has an impossible value; restore the register from a backup.");
        out.push_back({.act = std::string(act),
                       .object_id = std::string(object_id),
                       .officer = row.Text(0),
                       .details_sha256 = *digest,
                       .at = row.Time(2),
                       .leaf_index = row.Int(3)});
        return {};
      },
      act, object_id));
  return out;
}

Status RemoveApprovals(Database& database, std::string_view act, std::string_view object_id) {
  return database.Run("DELETE FROM approval WHERE act=?1 AND object_id=?2", act, object_id);
}

}  // namespace crossguard
