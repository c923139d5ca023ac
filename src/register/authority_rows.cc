#include "register/authority_rows.h"

#include <map>

#include "base/json.h"
#include "model/canonical.h"

namespace crossguard::authority_rows {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

// Which table holds a noun, and what of it is its own beside id, loads and place.
template <class Noun>
struct Shape;
template <>
struct Shape<Authority> {
  static constexpr std::string_view kTable = "authority";
  static constexpr std::string_view kColumns =
      "name,kind,country,units_json,contact,languages_json,channels_json,receives_for_json,certificate_path,"
      "certificate_sha256,is_single_point";
};
template <>
struct Shape<Gateway> {
  static constexpr std::string_view kTable = "gateway";
  static constexpr std::string_view kColumns =
      "sender,recipient,purposes_json,data_kinds_json,valid_from,valid_until,legal_reference,conditions,via";
};
template <>
struct Shape<Officer> {
  static constexpr std::string_view kTable = "officer";
  static constexpr std::string_view kColumns = "roles_json,valid_from,valid_until";
};

template <class Noun>
std::string KeyColumn() {
  return std::string(Shape<Noun>::kTable) + "_key";
}

std::string TextOf(const Texts& texts) {
  return Canonical(json(texts));
}

Status ReadTexts(const SqlRow& row, int column, Texts& out) {
  const json value = ParseJson(row.TextView(column));
  const auto damaged = [&] {
    return Fail(Code::kCorrupt, "Column '" + std::string(row.ColumnName(column)) +
                                    "' of the authorities is damaged; restore the register from its backup.");
  };
  if (!value.is_array()) return damaged();
  for (const json& text : value) {
    if (!text.is_string()) return damaged();
    out.push_back(text.get<std::string>());
  }
  return {};
}

// The columns of kColumns, from column `at` on.
Status ReadNoun(const SqlRow& row, int at, Authority& out) {
  out.name = row.Text(at);
  out.kind = row.Text(at + 1);
  out.country = row.Text(at + 2);
  TRY(ReadTexts(row, at + 3, out.units));
  out.contact = row.Text(at + 4);
  TRY(ReadTexts(row, at + 5, out.languages));
  TRY(ReadTexts(row, at + 6, out.channels));
  TRY(ReadTexts(row, at + 7, out.receives_for));
  out.certificate_path = row.Text(at + 8);
  out.certificate_sha256 = row.Text(at + 9);
  out.single_point_of_contact = row.Bool(at + 10);
  return {};
}
Status ReadNoun(const SqlRow& row, int at, Gateway& out) {
  out.from = row.Text(at);
  out.to = row.Text(at + 1);
  TRY(ReadTexts(row, at + 2, out.purposes));
  TRY(ReadTexts(row, at + 3, out.data_kinds));
  out.valid_from = row.Time(at + 4);
  out.valid_until = row.OptionalTime(at + 5);
  out.legal_reference = row.Text(at + 6);
  out.conditions = row.Text(at + 7);
  out.via = row.Text(at + 8);
  return {};
}
Status ReadNoun(const SqlRow& row, int at, Officer& out) {
  TRY(ReadTexts(row, at, out.roles));
  out.valid_from = row.OptionalTime(at + 1);
  out.valid_until = row.OptionalTime(at + 2);
  return {};
}

Status Insert(Database& db, const Authority& one, int64_t load_key, int64_t place) {
  const std::string units = TextOf(one.units), languages = TextOf(one.languages), channels = TextOf(one.channels),
                    receives_for = TextOf(one.receives_for);
  return db.Run(
      "INSERT INTO authority "
      "(id,since_load_key,place,name,kind,country,units_json,contact,languages_json,channels_json,"
      "receives_for_json,certificate_path,certificate_sha256,is_single_point) VALUES "
      "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
      one.id, load_key, place, one.name, one.kind, one.country, units, one.contact, languages, channels, receives_for,
      one.certificate_path, one.certificate_sha256, one.single_point_of_contact);
}
Status Insert(Database& db, const Gateway& one, int64_t load_key, int64_t place) {
  const std::string purposes = TextOf(one.purposes), data_kinds = TextOf(one.data_kinds);
  return db.Run(
      "INSERT INTO gateway (id,since_load_key,place,sender,recipient,purposes_json,data_kinds_json,valid_from,"
      "valid_until,legal_reference,conditions,via) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
      one.id, load_key, place, one.from, one.to, purposes, data_kinds, one.valid_from, one.valid_until,
      one.legal_reference, one.conditions, one.via);
}
Status Insert(Database& db, const Officer& one, int64_t load_key, int64_t place) {
  const std::string roles = TextOf(one.roles);
  return db.Run(
      "INSERT INTO officer (id,since_load_key,place,roles_json,valid_from,valid_until) VALUES (?1,?2,?3,?4,?5,?6)",
      one.id, load_key, place, roles, one.valid_from, one.valid_until);
}

template <class Noun>
struct Standing {
  int64_t key = 0;
  int64_t place = 0;
  Noun value;
};

// What stood after a load; load_key 0: what is in force. In the order of the file in force.
template <class Noun>
Result<std::vector<Standing<Noun>>> ReadStanding(Database& db, int64_t load_key) {
  std::vector<Standing<Noun>> out;
  const std::string table(Shape<Noun>::kTable);
  TRY(db.Each(
      "SELECT " + KeyColumn<Noun>() + ",place,id," + std::string(Shape<Noun>::kColumns) + " FROM " + table +
          " WHERE (?1=0 AND until_load_key IS NULL) OR (?1>0 AND since_load_key<=?1 AND (until_load_key IS NULL OR "
          "until_load_key>?1)) ORDER BY place,id",
      [&](const SqlRow& row) -> Status {
        Standing<Noun>& one = out.emplace_back();
        one.key = row.Int(0);
        one.place = row.Int(1);
        one.value.id = row.Text(2);
        return ReadNoun(row, 3, one.value);
      },
      load_key));
  return out;
}

template <class Noun>
Result<std::vector<Noun>> ReadNouns(Database& db, int64_t load_key) {
  std::vector<Noun> out;
  for (Standing<Noun>& one : TRY(ReadStanding<Noun>(db, load_key))) out.push_back(std::move(one.value));
  return out;
}

template <class Noun>
Result<std::vector<Version<Noun>>> ReadVersions(Database& db) {
  std::vector<Version<Noun>> out;
  const std::string table(Shape<Noun>::kTable);
  TRY(db.Each("SELECT since.at,until.at,t.id," + std::string(Shape<Noun>::kColumns) + " FROM " + table +
                  " t JOIN authority_load since ON since.authority_load_key=t.since_load_key LEFT JOIN authority_load "
                  "until ON until.authority_load_key=t.until_load_key ORDER BY t.id,t.since_load_key",
              [&](const SqlRow& row) -> Status {
                Version<Noun>& one = out.emplace_back();
                one.since = row.Time(0);
                one.until = row.OptionalTime(1);
                one.value.id = row.Text(2);
                return ReadNoun(row, 3, one.value);
              }));
  return out;
}

// Counts what differs, and brings the rows up to it. `load_key` 0: counts only. Ends before it begins, so that no two
// versions of an id, and no two points of contact of a country, are in force at once.
template <class Noun>
Status Merge(Database& db, const std::vector<Noun>& wanted, int64_t load_key, BookChange& change) {
  const std::string table(Shape<Noun>::kTable);
  const auto end = [&](const Standing<Noun>& one) -> Status {
    if (load_key == 0) return {};
    return db.Run("UPDATE " + table + " SET until_load_key=?2 WHERE " + KeyColumn<Noun>() + "=?1", one.key, load_key);
  };
  std::map<std::string_view, size_t> place_of;
  for (size_t i = 0; i < wanted.size(); ++i) place_of.emplace(wanted[i].id, i);
  std::vector<bool> stands(wanted.size(), false);
  for (const Standing<Noun>& one : TRY(ReadStanding<Noun>(db, 0))) {
    const auto found = place_of.find(one.value.id);
    if (found == place_of.end()) {
      ++change.ended_count;
      TRY(end(one));
      continue;
    }
    if (wanted[found->second] != one.value) {
      ++change.changed_count;
      --change.added_count;  // it is counted as added below
      TRY(end(one));
      continue;
    }
    ++change.unchanged_count;
    stands[found->second] = true;
    const auto place = static_cast<int64_t>(found->second);
    if (load_key != 0 && one.place != place)
      TRY(db.Run("UPDATE " + table + " SET place=?2 WHERE " + KeyColumn<Noun>() + "=?1", one.key, place));
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (stands[i]) continue;
    ++change.added_count;
    if (load_key != 0) TRY(Insert(db, wanted[i], load_key, static_cast<int64_t>(i)));
  }
  return {};
}

Status MergeBook(Database& db, const AuthorityBook& book, int64_t load_key, BookChange& change) {
  TRY(Merge(db, book.authorities, load_key, change));
  TRY(Merge(db, book.gateways, load_key, change));
  return Merge(db, book.officers, load_key, change);
}

constexpr std::string_view kLoadColumns =
    "SELECT authority_load_key,at,source_path,source_sha256,officer,self,is_example,added_count,changed_count,"
    "ended_count,unchanged_count FROM authority_load ";

Result<std::vector<Load>> ReadLoads(Database& db, std::string_view tail) {
  std::vector<Load> out;
  TRY(db.Each(std::string(kLoadColumns) + std::string(tail), [&](const SqlRow& row) -> Status {
    const auto digest = row.Digest<Sha256>(3);
    if (!digest)
      return Fail(Code::kCorrupt, "A load of the authorities has no digest; restore the register from its backup.");
    out.push_back({.key = row.Int(0),
                   .at = row.Time(1),
                   .source_path = row.Text(2),
                   .source_sha256 = *digest,
                   .officer = row.Text(4),
                   .self = row.Text(5),
                   .example = row.Bool(6),
                   .change = {.added_count = row.Int(7),
                              .changed_count = row.Int(8),
                              .ended_count = row.Int(9),
                              .unchanged_count = row.Int(10)}});
    return {};
  }));
  return out;
}

Result<AuthorityBook> ReadBookAfter(Database& db, const Load& load, int64_t load_key) {
  AuthorityBook out;
  out.self = load.self;
  out.example = load.example;
  out.authorities = TRY(ReadNouns<Authority>(db, load_key));
  out.gateways = TRY(ReadNouns<Gateway>(db, load_key));
  out.officers = TRY(ReadNouns<Officer>(db, load_key));
  return out;
}

}  // namespace

Result<std::optional<Load>> LastLoad(Database& database) {
  std::vector<Load> last = TRY(ReadLoads(database, "ORDER BY authority_load_key DESC LIMIT 1"));
  return last.empty() ? std::nullopt : std::optional(std::move(last.front()));
}

Result<std::vector<Load>> Loads(Database& database) {
  return ReadLoads(database, "ORDER BY authority_load_key");
}

Result<BookChange> CompareBook(Database& database, const AuthorityBook& book) {
  BookChange change;
  TRY(MergeBook(database, book, 0, change));
  return change;
}

Result<Load> PutBook(Transaction& transaction, const AuthorityBook& book, const Load& load) {
  Database& db = transaction.db();
  const auto last = TRY(LastLoad(db));
  if (last && last->self != book.self) {
    return Fail(Code::kConflict,
                "This data directory is that of " + last->self + " and the file is that of " + book.self +
                    "; give that house a data directory of its own, and at its first use the file with --authorities.");
  }
  Load out = load;
  out.self = book.self;
  out.example = book.example;
  out.change = TRY(CompareBook(db, book));
  TRY(db.Run(
      "INSERT INTO authority_load (at,source_path,source_sha256,officer,self,is_example,added_count,changed_count,"
      "ended_count,unchanged_count) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
      out.at, out.source_path, out.source_sha256, out.officer, out.self, out.example, out.change.added_count,
      out.change.changed_count, out.change.ended_count, out.change.unchanged_count));
  out.key = db.last_insert_key();
  BookChange done;
  TRY(MergeBook(db, book, out.key, done));
  CHECK(done == out.change);
  return out;
}

Result<AuthorityBook> ReadBook(Database& database) {
  const auto last = TRY(LastLoad(database));
  if (!last) return Fail(Code::kNotFound, "No authorities have been loaded yet; see `crossguard authority load`.");
  return ReadBookAfter(database, *last, 0);
}

Result<AuthorityBook> ReadBookOf(Database& database, const Load& load) {
  return ReadBookAfter(database, load, load.key);
}

Result<std::vector<Version<Authority>>> AuthorityVersions(Database& database) {
  return ReadVersions<Authority>(database);
}
Result<std::vector<Version<Gateway>>> GatewayVersions(Database& database) {
  return ReadVersions<Gateway>(database);
}
Result<std::vector<Version<Officer>>> OfficerVersions(Database& database) {
  return ReadVersions<Officer>(database);
}

}  // namespace crossguard::authority_rows
