#include "register/erase_message_rows.h"

#include <optional>

#include "base/json.h"
#include "model/canonical.h"

namespace crossguard::erase_rows {
namespace {

using nlohmann::json;

bool Names(const json& one, const Values& values) {
  if (!one.is_object() || !one.contains("type") || !one.contains("value")) return false;
  if (!one["type"].is_string() || !one["value"].is_string()) return false;
  return values.contains({one["type"].get<std::string>(), one["value"].get<std::string>()});
}

struct RequestKey {
  std::string direction, authority, message_id;
};

// Selectors of requests for information are a list in one column: read whole, once for all values.
Result<int64_t> BlankRequests(Transaction& transaction, const Values& values) {
  Database& db = transaction.db();
  std::vector<std::pair<RequestKey, std::string>> changed;
  int64_t count = 0;
  TRY(db.Each("SELECT direction, authority, message_id, selectors FROM information_request WHERE selectors<>'[]'",
              [&](const SqlRow& row) -> Status {
                json selectors = ParseJson(row.TextView(3));
                int64_t found = 0;
                for (json& one : selectors) {
                  if (!Names(one, values)) continue;
                  one["value"] = "";
                  ++found;
                }
                if (found > 0)
                  changed.push_back({{.direction = row.Text(0), .authority = row.Text(1), .message_id = row.Text(2)},
                                     Canonical(selectors)});
                count += found;
                return {};
              }));
  for (const auto& [key, selectors] : changed) {
    TRY(db.Run("UPDATE information_request SET selectors=?4 WHERE direction=?1 AND authority=?2 AND message_id=?3",
               key.direction, key.authority, key.message_id, selectors));
  }
  return count;
}

// Where arriving messages leave free text. ?1 sender, ?2 id of the message, ?3 when it came.
struct TextPlace {
  std::string_view select, blank;
};
constexpr TextPlace kTextPlaces[] = {
    {"SELECT question FROM information_request WHERE direction='in' AND authority=?1 AND message_id=?2 AND ?3>=0",
     "UPDATE information_request SET question='' WHERE direction='in' AND authority=?1 AND message_id=?2 AND ?3>=0"},
    {"SELECT answer FROM information_request WHERE direction='out' AND authority=?1 AND answered_at=?3 AND ?2<>''",
     "UPDATE information_request SET answer='' WHERE direction='out' AND authority=?1 AND answered_at=?3 AND ?2<>''"},
    {"SELECT reason FROM release_request WHERE direction='in' AND authority=?1 AND message_id=?2 AND ?3>=0",
     "UPDATE release_request SET reason='' WHERE direction='in' AND authority=?1 AND message_id=?2 AND ?3>=0"},
    {"SELECT decision_reason FROM release_request WHERE direction='out' AND authority=?1 AND decided_at=?3 AND ?2<>''",
     "UPDATE release_request SET decision_reason='' WHERE direction='out' AND authority=?1 AND decided_at=?3 AND "
     "?2<>''"},
    {"SELECT question FROM package_question WHERE sender=?1 AND message_id=?2 AND ?3>=0",
     "UPDATE package_question SET question='' WHERE sender=?1 AND message_id=?2 AND ?3>=0"},
    {"SELECT correction FROM correction WHERE sender=?1 AND message_id=?2 AND ?3>=0",
     "UPDATE correction SET correction='' WHERE sender=?1 AND message_id=?2 AND ?3>=0"},
    {"SELECT recall_reason FROM received_package WHERE sender=?1 AND recalled_at=?3 AND ?2<>''",
     "UPDATE received_package SET recall_reason='' WHERE sender=?1 AND recalled_at=?3 AND ?2<>''"},
    {"SELECT what FROM task WHERE origin=?1 AND set_at=?3 AND ?2<>''",
     "UPDATE task SET what='' WHERE origin=?1 AND set_at=?3 AND ?2<>''"},
    {"SELECT note FROM task_report WHERE said_by=?1 AND at=?3 AND ?2<>''",
     "UPDATE task_report SET note='' WHERE said_by=?1 AND at=?3 AND ?2<>''"},
    {"SELECT reason FROM outcome_report WHERE authority=?1 AND ?3>=0 AND report_key IN (SELECT report_key FROM "
     "outcome_arrival WHERE message=?2)",
     "UPDATE outcome_report SET reason='' WHERE authority=?1 AND ?3>=0 AND report_key IN (SELECT report_key FROM "
     "outcome_arrival WHERE message=?2)"}};

// When the message came; -1 if it has not.
Result<int64_t> CameAt(Database& db, std::string_view sender, std::string_view message_id) {
  return TRY(db.Number("SELECT received_at FROM inbox WHERE sender=?1 AND id=?2", sender, message_id)).value_or(-1);
}

}  // namespace

Result<bool> IsAsked(Database& db, std::string_view type, std::string_view value) {
  if (TRY(db.Number("SELECT 1 FROM hit_query WHERE type=?1 AND value=?2 UNION ALL SELECT 1 FROM hit_blind_item WHERE "
                    "type=?1 AND value=?2 UNION ALL SELECT 1 FROM release_request WHERE type=?1 AND value=?2 LIMIT 1",
                    type, value)))
    return true;
  const Values wanted = {{std::string(type), std::string(value)}};
  bool found = false;
  TRY(db.Each("SELECT selectors FROM information_request WHERE selectors<>'[]'", [&](const SqlRow& row) -> Status {
    const json selectors = ParseJson(row.TextView(0));
    for (const json& one : selectors) found = found || Names(one, wanted);
    return {};
  }));
  return found;
}

Result<bool> IsHeld(Database& db, std::string_view type, std::string_view value) {
  return TRY(db.Number("SELECT 1 FROM selector WHERE type=?1 AND value=?2 UNION ALL SELECT 1 FROM holding WHERE "
                       "type=?1 AND value=?2 LIMIT 1",
                       type, value))
      .has_value();
}

Result<int64_t> BlankAsked(Transaction& transaction, const Values& values) {
  if (values.empty()) return 0;
  Database& db = transaction.db();
  constexpr std::string_view kRows[] = {
      "UPDATE hit_query SET value='', answers='[]' WHERE type=?1 AND value=?2",
      "UPDATE hit_blind_item SET value='', blind=x'', answers='[]' WHERE type=?1 AND value=?2",
      "UPDATE release_request SET value='', fields='[]' WHERE type=?1 AND value=?2"};
  int64_t count = TRY(BlankRequests(transaction, values));
  for (const auto& [type, value] : values) {
    if (value.empty()) continue;
    for (const std::string_view sql : kRows) {
      TRY(db.Run(sql, type, value));
      count += db.changes();
    }
  }
  return count;
}

Status EachReceivedSelector(Database& db, std::string_view sender, std::string_view message_id, const OnSelector& on) {
  TRY(db.Each(
      "SELECT selectors FROM information_request WHERE direction='in' AND authority=?1 AND message_id=?2",
      [&](const SqlRow& row) -> Status {
        const json selectors = ParseJson(row.TextView(0));
        for (const json& one : selectors)
          TRY(on(one["type"].get_ref<const std::string&>(), one["value"].get_ref<const std::string&>()));
        return {};
      },
      sender, message_id));
  return db.Each(
      "SELECT type, value FROM release_request WHERE direction='in' AND authority=?1 AND message_id=?2",
      [&](const SqlRow& row) -> Status { return on(row.TextView(0), row.TextView(1)); }, sender, message_id);
}

Status EachReceivedText(Database& db, std::string_view sender, std::string_view message_id, const OnText& on_text) {
  const int64_t came_at = TRY(CameAt(db, sender, message_id));
  if (came_at < 0) return {};
  for (const TextPlace& place : kTextPlaces) {
    TRY(db.Each(
        place.select,
        [&](const SqlRow& row) -> Status { return row.TextView(0).empty() ? Status() : on_text(row.TextView(0)); },
        sender, message_id, came_at));
  }
  return {};
}

Result<int64_t> BlankReceivedTexts(Transaction& transaction, std::string_view sender, std::string_view message_id) {
  Database& db = transaction.db();
  const int64_t came_at = TRY(CameAt(db, sender, message_id));
  int64_t count = 0;
  if (came_at < 0) return count;
  for (const TextPlace& place : kTextPlaces) {
    TRY(db.Run(place.blank, sender, message_id, came_at));
    count += db.changes();
  }
  return count;
}

Result<bool> ShutOut(Transaction& transaction, std::string_view sender, std::string_view message_id, Instant at) {
  Database& db = transaction.db();
  // One that was held has had no effect: it is as if it had not come.
  TRY(
      db.Run("INSERT INTO inbox (sender,id,kind,message_sha256,labels,in_reply_to,urgency,created_at,received_at,state,"
             "receipt) VALUES (?1,?2,'',?3,'{}','','normal',?4,?4,'erased','') ON CONFLICT (sender,id) DO UPDATE SET "
             "state='erased', receipt='' WHERE state='held'",
             sender, message_id, Sha256(), at));
  return db.changes() > 0;
}

Result<std::optional<ReceivedPackage>> FindReceived(Database& db, std::string_view sender, std::string_view package) {
  std::optional<ReceivedPackage> out;
  TRY(db.Each(
      "SELECT folder, decision, case_number FROM received_package WHERE sender=?1 AND package=?2 AND erased_at IS NULL",
      [&](const SqlRow& row) -> Status {
        out = {.folder = row.Text(0), .decision = row.Text(1), .case_number = row.Text(2)};
        return {};
      },
      sender, package));
  return out;
}

Status MarkReceivedErased(Transaction& transaction, std::string_view sender, std::string_view package, Instant at) {
  Database& db = transaction.db();
  TRY(db.Run("UPDATE received_package SET erased_at=?3 WHERE sender=?1 AND package=?2", sender, package, at));
  return db.Run("DELETE FROM coordination_interest WHERE source=?1 AND basis='received' AND derived=0", package);
}

}  // namespace crossguard::erase_rows
