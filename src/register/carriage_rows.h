// Messages that an organisation carries between two others, as rows. The SQL of app/carriage_desk and
// app/mail_carriage.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "register/sql.h"

namespace crossguard::carriage_rows {

struct CarriageRow {
  std::string direction;  // out | through | in
  std::string origin, id, destination, carrier, kind, gateway;
  int64_t attempt = 1;
  std::string message_id;        // of the carriage message
  std::string state;             // carried | answered | settled | delivered | refused | arrived | opened | taken
  std::string problem, receipt;  // receipt: sealed to the origin
  Instant begun_at;
  std::optional<Instant> ended_at;
};
Status Put(Transaction& transaction, const CarriageRow& row);  // replaces
Result<std::optional<CarriageRow>> Find(Database& db, std::string_view direction, std::string_view origin,
                                        std::string_view id);
Status EachInState(Database& db, std::string_view direction, std::string_view state,
                   const std::function<Status(const CarriageRow&)>& on_row);
Status Each(Database& db, const std::function<Status(const CarriageRow&)>& on_row);  // newest first
// Was anything carried between the two by that organisation, either way, as this house knows?
Result<bool> WasCarried(Database& db, std::string_view a, std::string_view b, std::string_view carrier);
// By whom this house's last carried message to the authority went; "" if none ever did.
Result<std::string> LastCarrierTo(Database& db, std::string_view destination);
// Of a carriage message of this house that its receiver refused, and whose row still counts as under way.
struct RefusedRow {
  CarriageRow row;
  std::string code, sentence;
};
Status EachRefused(Database& db, const std::function<Status(const RefusedRow&)>& on_row);
// A received package came by way of others.
Status MarkPackageVia(Transaction& transaction, std::string_view sender, std::string_view message_id,
                      std::string_view carrier);

// How many messages went, by carrier and destination, and how many of them their destination has taken.
struct FigureRow {
  std::string carrier, destination, kind;
  int64_t count = 0, taken_count = 0;
};
Status EachFigure(Database& db, const std::function<Status(const FigureRow&)>& on_row);

}  // namespace crossguard::carriage_rows
