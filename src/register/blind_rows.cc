#include "register/blind_rows.h"

namespace crossguard::blind_rows {
namespace {

constexpr std::string_view kTellable =
    "SELECT h.type AS type,h.value AS value,1 AS own,'' AS owner,'' AS contact FROM holding h "
    "JOIN contribution c ON c.contribution_key=h.contribution_key WHERE c.owner=?1 AND h.type<>'pdq' "
    // subject_account holds no victim, no possible minor and no mere recipient.
    "UNION SELECT s.type,s.value,1,'','' FROM subject_account i JOIN account_mention m ON m.account_key=i.account_key "
    "JOIN sighting g ON g.mention_key=m.mention_key JOIN selector s ON s.selector_key=g.selector_key "
    "UNION SELECT d.type,lower(hex(d.digest)),1,'','' FROM "
    "(SELECT 'md5' AS type,md5 AS digest,media_key,size_bytes FROM media "
    "UNION ALL SELECT 'sha1',sha1,media_key,size_bytes FROM media "
    "UNION ALL SELECT 'sha256',sha256,media_key,size_bytes FROM media) d "
    "WHERE d.size_bytes>0 AND EXISTS (SELECT 1 FROM media_copy k JOIN file_details f ON f.media_item_key=k.item_key "
    "JOIN subject_account sa ON sa.account_key=f.account_key WHERE k.media_key=d.media_key) "
    "UNION SELECT h.type,h.value,0,c.owner,c.contact FROM holding h "
    "JOIN contribution c ON c.contribution_key=h.contribution_key WHERE c.owner<>?1 AND c.owner<>?2 AND h.type<>'pdq' "
    "AND c.handling NOT LIKE '%\"H2\"%' AND c.handling NOT LIKE '%\"H3\"%' "
    "ORDER BY 1,2,3 DESC,4,5";

FixedBytes<32> Fixed(const SqlRow& row, int column) {
  return row.Digest<FixedBytes<32>>(column).value_or(FixedBytes<32>());
}
EpochRow EpochOf(const SqlRow& row) {
  return {.authority = row.Text(0),
          .epoch = row.Int(1),
          .public_key = Fixed(row, 2),
          .content_mac = Fixed(row, 3),
          .made_at = row.Time(4),
          .entry_count = row.Int(5)};
}
BlindedRow BlindedOf(const SqlRow& row) {
  return {.authority = row.Text(0),
          .message_id = row.Text(1),
          .epoch = row.Int(2),
          .case_commitment = Fixed(row, 3),
          .legal_basis = row.Text(4),
          .officer = row.Text(5),
          .elements = ToBytes(row.Blob(6)),
          .elements_sha256 = Fixed(row, 7),
          .received_at = row.Time(8)};
}
TagPartRow TagsOf(const SqlRow& row) {
  return {.authority = row.Text(0),
          .epoch = row.Int(1),
          .made_at = row.Time(2),
          .part_count = row.Int(3),
          .public_key = Fixed(row, 4),
          .cards = row.Text(5)};
}
AskRow AskOf(const SqlRow& row) {
  return {.authority = row.Text(0),
          .message_id = row.Text(1),
          .epoch = row.Int(2),
          .public_key = Fixed(row, 3),
          .case_text = row.Text(4),
          .case_nonce = Fixed(row, 5),
          .legal_basis = row.Text(6),
          .asked_at = row.Time(7),
          .answered_at = row.OptionalTime(8)};
}
constexpr std::string_view kSelectAsk =
    "SELECT authority,message_id,epoch,public_key,case_text,case_nonce,legal_basis,asked_at,answered_at FROM "
    "hit_blind_ask ";

template <class Row>
Database::OnRow Keeping(Row (*read)(const SqlRow&), std::optional<Row>& out) {
  return [read, &out](const SqlRow& row) -> Status {
    if (!out) out = read(row);
    return {};
  };
}

}  // namespace

// --- The holder -----------------------------------------------------------------------------------------------------

Status EachTellable(Database& db, std::string_view self, std::string_view asker,
                    const std::function<Status(const TellableRow&)>& on_row) {
  return db.Each(
      kTellable,
      [&](const SqlRow& row) -> Status {
        return on_row(
            {.type = row.TextView(0), .value = row.TextView(1), .owner = row.TextView(3), .contact = row.TextView(4)});
      },
      self, asker);
}

Status PutEpoch(Transaction& transaction, const EpochRow& row) {
  return transaction.db().Run(
      "INSERT INTO hit_epoch (authority,epoch,public_key,content_mac,made_at,entry_count) VALUES (?1,?2,?3,?4,?5,?6) "
      "ON CONFLICT (authority,epoch) DO UPDATE SET public_key=?3,content_mac=?4,made_at=?5,entry_count=?6",
      row.authority, row.epoch, row.public_key, row.content_mac, row.made_at, row.entry_count);
}

Result<std::optional<EpochRow>> FindEpoch(Database& db, std::string_view authority, int64_t epoch) {
  std::optional<EpochRow> out;
  TRY(
      db.Each("SELECT authority,epoch,public_key,content_mac,made_at,entry_count FROM hit_epoch WHERE authority=?1 AND "
              "epoch=?2",
              Keeping(EpochOf, out), authority, epoch));
  return out;
}

Status InsertBlinded(Transaction& transaction, const BlindedRow& row) {
  const auto before =
      TRY(transaction.db().Number("SELECT count(*) FROM hit_blinded WHERE authority=?1 AND elements_sha256=?2",
                                  row.authority, row.elements_sha256));
  if (before.value_or(0) != 0)
    return Fail(Code::kConflict, "These very elements were asked before; blind the question anew.");
  return transaction.db().Run(
      "INSERT INTO hit_blinded "
      "(authority,message_id,epoch,case_commitment,legal_basis,officer,elements,elements_sha256,"
      "received_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
      row.authority, row.message_id, row.epoch, row.case_commitment, row.legal_basis, row.officer, row.elements,
      row.elements_sha256, row.received_at);
}

Result<std::optional<BlindedRow>> FindBlinded(Database& db, std::string_view authority, std::string_view message_id) {
  std::optional<BlindedRow> out;
  TRY(db.Each(
      "SELECT authority,message_id,epoch,case_commitment,legal_basis,officer,elements,elements_sha256,received_at FROM "
      "hit_blinded WHERE authority=?1 AND message_id=?2",
      Keeping(BlindedOf, out), authority, message_id));
  return out;
}

Status CountBlindAsked(Transaction& transaction, std::string_view authority, std::string_view day, int64_t count) {
  return transaction.db().Run(
      "INSERT INTO hit_quota (authority,day,asked_count,hit_count) VALUES (?1,?2,?3,0) ON CONFLICT (authority,day) DO "
      "UPDATE SET asked_count=asked_count+?3",
      authority, day, count);
}

// --- The asker ------------------------------------------------------------------------------------------------------

Status InsertTagPart(Transaction& transaction, const TagPartRow& row) {
  return transaction.db().Run(
      "INSERT INTO hit_tags (authority,epoch,made_at,part,part_count,public_key,cards,first_tag,entries) VALUES "
      "(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT DO NOTHING",
      row.authority, row.epoch, row.made_at, row.part, row.part_count, row.public_key, row.cards, row.first_tag,
      row.entries);
}

Result<std::optional<TagPartRow>> NewestTags(Database& db, std::string_view authority, std::optional<int64_t> epoch) {
  std::optional<TagPartRow> out;
  TRY(
      db.Each("SELECT t.authority,t.epoch,t.made_at,t.part_count,t.public_key,t.cards FROM hit_tags t WHERE "
              "t.authority=?1 AND (?2 IS NULL OR t.epoch=?2) AND t.part=0 AND t.part_count=(SELECT count(*) FROM "
              "hit_tags o WHERE o.authority=t.authority AND o.epoch=t.epoch AND o.made_at=t.made_at) ORDER BY t.epoch "
              "DESC,t.made_at DESC LIMIT 1",
              Keeping(TagsOf, out), authority, epoch));
  return out;
}

Result<std::optional<FixedBytes<32>>> KeyOfEpoch(Database& db, std::string_view authority, int64_t epoch) {
  std::optional<FixedBytes<32>> out;
  TRY(db.Each("SELECT public_key FROM hit_tags WHERE authority=?1 AND epoch=?2 ORDER BY made_at,part LIMIT 1",
              Keeping<FixedBytes<32>>([](const SqlRow& row) { return Fixed(row, 0); }, out), authority, epoch));
  return out;
}

Result<Bytes> EntriesAround(Database& db, const TagPartRow& set, ByteView tag) {
  Bytes out;
  const auto keep = [&](const SqlRow& row) -> Status {
    out = ToBytes(row.Blob(0));
    return {};
  };
  TRY(
      db.Each("SELECT entries FROM hit_tags WHERE authority=?1 AND epoch=?2 AND made_at=?3 AND part=(SELECT max(part) "
              "FROM hit_tags WHERE authority=?1 AND epoch=?2 AND made_at=?3 AND first_tag<=?4)",
              keep, set.authority, set.epoch, set.made_at, tag));
  return out;
}

Status RemoveOlderTags(Transaction& transaction, const TagPartRow& whole) {
  return transaction.db().Run("DELETE FROM hit_tags WHERE authority=?1 AND (epoch<?2-1 OR (epoch=?2 AND made_at<?3))",
                              whole.authority, whole.epoch, whole.made_at);
}

Status InsertAsk(Transaction& transaction, const AskRow& row) {
  return transaction.db().Run(
      "INSERT INTO hit_blind_ask (authority,message_id,epoch,public_key,case_text,case_nonce,legal_basis,asked_at) "
      "VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
      row.authority, row.message_id, row.epoch, row.public_key, row.case_text, row.case_nonce, row.legal_basis,
      row.asked_at);
}

Status InsertItem(Transaction& transaction, const AskRow& ask, const ItemRow& row) {
  return transaction.db().Run(
      "INSERT INTO hit_blind_item (authority,message_id,place,type,value,blind,element) VALUES (?1,?2,?3,?4,?5,?6,?7)",
      ask.authority, ask.message_id, row.place, row.type, row.value, row.blind, row.element);
}

Result<std::optional<AskRow>> FindAsk(Database& db, std::string_view authority, std::string_view message_id) {
  std::optional<AskRow> out;
  TRY(db.Each(std::string(kSelectAsk) + "WHERE authority=?1 AND message_id=?2", Keeping(AskOf, out), authority,
              message_id));
  return out;
}

Status EachAsk(Database& db, const std::function<Status(const AskRow&)>& on_row) {
  return db.Each(std::string(kSelectAsk) + "ORDER BY asked_at DESC,authority,message_id",
                 [&](const SqlRow& row) -> Status { return on_row(AskOf(row)); });
}

Status EachItem(Database& db, const AskRow& ask, const std::function<Status(const ItemRow&)>& on_row) {
  return db.Each(
      "SELECT place,type,value,blind,element,answers FROM hit_blind_item WHERE authority=?1 AND message_id=?2 ORDER BY "
      "place",
      [&](const SqlRow& row) -> Status {
        return on_row({.place = row.Int(0),
                       .type = row.Text(1),
                       .value = row.Text(2),
                       .blind = ToBytes(row.Blob(3)),
                       .element = Fixed(row, 4),
                       .answers = row.Text(5)});
      },
      ask.authority, ask.message_id);
}

Status MarkItem(Transaction& transaction, const AskRow& ask, const ItemRow& row) {
  return transaction.db().Run("UPDATE hit_blind_item SET answers=?4 WHERE authority=?1 AND message_id=?2 AND place=?3",
                              ask.authority, ask.message_id, row.place, row.answers);
}

Status MarkAnswered(Transaction& transaction, const AskRow& ask, Instant at) {
  return transaction.db().Run("UPDATE hit_blind_ask SET answered_at=?3 WHERE authority=?1 AND message_id=?2",
                              ask.authority, ask.message_id, at);
}

}  // namespace crossguard::blind_rows
