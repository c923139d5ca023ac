#include "register/carriage_rows.h"

#include <vector>

namespace crossguard::carriage_rows {
namespace {

constexpr std::string_view kColumns =
    "c.direction,c.origin,c.id,c.destination,c.carrier,c.kind,c.gateway,c.attempt,c.message_id,c.state,c.problem,"
    "c.receipt,c.begun_at,c.ended_at";

CarriageRow RowOf(const SqlRow& row) {
  return {.direction = row.Text(0),
          .origin = row.Text(1),
          .id = row.Text(2),
          .destination = row.Text(3),
          .carrier = row.Text(4),
          .kind = row.Text(5),
          .gateway = row.Text(6),
          .attempt = row.Int(7),
          .message_id = row.Text(8),
          .state = row.Text(9),
          .problem = row.Text(10),
          .receipt = row.Text(11),
          .begun_at = row.Time(12),
          .ended_at = row.OptionalTime(13)};
}

std::string Select(std::string_view rest) {
  return "SELECT " + std::string(kColumns) + " FROM carriage c " + std::string(rest);
}

}  // namespace

Status Put(Transaction& transaction, const CarriageRow& row) {
  return transaction.db().Run(
      "INSERT INTO carriage (direction,origin,id,destination,carrier,kind,gateway,attempt,message_id,state,problem,"
      "receipt,begun_at,ended_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14) ON CONFLICT "
      "(direction,origin,id) DO UPDATE SET destination=?4,carrier=?5,kind=?6,gateway=?7,attempt=?8,message_id=?9,"
      "state=?10,problem=?11,receipt=?12,ended_at=?14",
      row.direction, row.origin, row.id, row.destination, row.carrier, row.kind, row.gateway, row.attempt,
      row.message_id, row.state, row.problem, row.receipt, row.begun_at, row.ended_at);
}

Result<std::optional<CarriageRow>> Find(Database& db, std::string_view direction, std::string_view origin,
                                        std::string_view id) {
  std::optional<CarriageRow> out;
  TRY(db.Each(
      Select("WHERE c.direction=?1 AND c.origin=?2 AND c.id=?3"),
      [&](const SqlRow& row) -> Status {
        out = RowOf(row);
        return {};
      },
      direction, origin, id));
  return out;
}

Status EachInState(Database& db, std::string_view direction, std::string_view state,
                   const std::function<Status(const CarriageRow&)>& on_row) {
  return db.Each(
      Select("WHERE c.direction=?1 AND c.state=?2 ORDER BY c.begun_at, c.origin, c.id"),
      [&](const SqlRow& row) -> Status { return on_row(RowOf(row)); }, direction, state);
}

Status Each(Database& db, const std::function<Status(const CarriageRow&)>& on_row) {
  return db.Each(Select("ORDER BY c.begun_at DESC, c.direction, c.origin, c.id"),
                 [&](const SqlRow& row) -> Status { return on_row(RowOf(row)); });
}

Result<bool> WasCarried(Database& db, std::string_view a, std::string_view b, std::string_view carrier) {
  return TRY(db.Number("SELECT 1 FROM carriage WHERE carrier=?3 AND ((origin=?1 AND destination=?2) OR (origin=?2 AND "
                       "destination=?1)) LIMIT 1",
                       a, b, carrier))
      .has_value();
}

Result<std::string> LastCarrierTo(Database& db, std::string_view destination) {
  return TRY(db.TextOf("SELECT carrier FROM carriage WHERE direction='out' AND destination=?1 ORDER BY begun_at DESC, "
                       "id LIMIT 1",
                       destination))
      .value_or("");
}

Status EachRefused(Database& db, const std::function<Status(const RefusedRow&)>& on_row) {
  const std::string sql = "SELECT " + std::string(kColumns) +
                          ",o.problem_code,o.problem FROM carriage c JOIN outbox o ON o.id=c.message_id WHERE "
                          "c.direction IN ('out','through') AND c.state='carried' AND o.state='refused'";
  return db.Each(sql, [&](const SqlRow& row) -> Status {
    return on_row({.row = RowOf(row), .code = row.Text(14), .sentence = row.Text(15)});
  });
}

Status MarkPackageVia(Transaction& transaction, std::string_view sender, std::string_view message_id,
                      std::string_view carrier) {
  return transaction.db().Run("UPDATE received_package SET via=?3 WHERE sender=?1 AND message_id=?2", sender,
                              message_id, carrier);
}

Status EachFigure(Database& db, const std::function<Status(const FigureRow&)>& on_row) {
  return db.Each(
      "SELECT c.carrier, c.destination, c.kind, count(*), coalesce(sum(o.state='taken'),0) FROM carriage c LEFT JOIN "
      "outbox o ON o.id=c.id WHERE c.direction='out' GROUP BY 1,2,3 ORDER BY 1,2,3",
      [&](const SqlRow& row) -> Status {
        return on_row({.carrier = row.Text(0),
                       .destination = row.Text(1),
                       .kind = row.Text(2),
                       .count = row.Int(3),
                       .taken_count = row.Int(4)});
      });
}

}  // namespace crossguard::carriage_rows
