// The seam to an SQL database. All SQL of the house is written in this room, in the subset that SQLite and PostgreSQL
// share where that is possible. Errors name the table or the rule, never a bound value (values are persons' data).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/id.h"
#include "base/time_text.h"

namespace crossguard {

// A value to bind. Text and bytes are views: they must live until the call returns.
class SqlValue {
 public:
  struct Null {};
  using Variant = std::variant<Null, int64_t, double, std::string_view, ByteView>;

  SqlValue(std::nullopt_t) : value_(Null{}) {}  // NOLINT: implicit on purpose, all
  SqlValue(bool v) : value_(int64_t{v ? 1 : 0}) {}
  SqlValue(int v) : value_(int64_t{v}) {}
  SqlValue(int64_t v) : value_(v) {}
  SqlValue(uint64_t v) : value_(static_cast<int64_t>(v)) {}
  SqlValue(uint32_t v) : value_(static_cast<int64_t>(v)) {}
  SqlValue(double v) : value_(v) {}
  SqlValue(std::string_view v) : value_(v) {}
  SqlValue(const std::string& v) : value_(std::string_view(v)) {}
  SqlValue(const char* v) : value_(std::string_view(v)) {}
  SqlValue(ByteView v) : value_(v) {}
  SqlValue(const Bytes& v) : value_(ByteView(v)) {}
  template <size_t N>
  SqlValue(const FixedBytes<N>& v) : value_(v.view()) {}
  SqlValue(Instant v) : value_(v.micros) {}
  template <class Noun>
  SqlValue(Key<Noun> key) : value_(key ? Variant(key.value) : Variant(Null{})) {}  // key 0 is NULL
  template <class Noun>
  SqlValue(const Id<Noun>& id) : value_(std::string_view(id.text())) {}
  template <class T>
  SqlValue(const std::optional<T>& v) : value_(v ? SqlValue(*v).value_ : Variant(Null{})) {}

  const Variant& variant() const { return value_; }

 private:
  Variant value_;
};

// One row of an answer, columns counted from 0. Valid only inside the callback.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual int column_count() const = 0;
  virtual std::string_view ColumnName(int column) const = 0;
  virtual bool IsBlob(int column) const = 0;
  virtual bool IsNumber(int column) const = 0;  // integer or real
  virtual bool IsNull(int column) const = 0;
  virtual int64_t Int(int column) const = 0;  // 0 for NULL
  virtual double Real(int column) const = 0;
  virtual std::string_view TextView(int column) const = 0;  // empty for NULL
  virtual ByteView Blob(int column) const = 0;

  std::string Text(int column) const { return std::string(TextView(column)); }
  bool Bool(int column) const { return Int(column) != 0; }
  std::optional<bool> Tri(int column) const { return IsNull(column) ? std::nullopt : std::optional(Bool(column)); }
  std::optional<int64_t> OptionalInt(int column) const {
    return IsNull(column) ? std::nullopt : std::optional(Int(column));
  }
  std::optional<Instant> OptionalTime(int column) const {
    return IsNull(column) ? std::nullopt : std::optional(Instant{Int(column)});
  }
  Instant Time(int column) const { return {Int(column)}; }
  template <class Noun>
  Key<Noun> KeyOf(int column) const {
    return {Int(column)};
  }
  template <class Noun>
  Id<Noun> IdOf(int column) const {
    return Id<Noun>(Text(column));
  }
  template <class Fixed>
  std::optional<Fixed> Digest(int column) const {  // nullopt for NULL or a wrong length
    auto value = Fixed::From(Blob(column));
    return value ? std::optional(*value) : std::nullopt;
  }
};

class Database {
 public:
  using OnRow = std::function<Status(const SqlRow&)>;  // an error stops the walk and is returned

  virtual ~Database() = default;

  // Runs one statement ("... WHERE id = ?1") and walks its rows. Statements are prepared once and kept.
  virtual Status Query(std::string_view sql, std::span<const SqlValue> values, const OnRow& on_row) = 0;
  virtual int64_t last_insert_key() const = 0;
  virtual int64_t changes() const = 0;              // rows changed by the last statement
  virtual Status Script(std::string_view sql) = 0;  // several statements without values
  // What each statement has cost so far, in steps of the database's machine: no clock, so the same work costs the same.
  // For the test that nothing grows with the square of an operation.
  virtual std::map<std::string, int64_t> Efforts() const = 0;
  // Counts up when a transaction begins and when it ends: who wrote under number n knows by another number that n
  // ended.
  int64_t transaction_number() const { return transaction_number_; }

  template <class... Values>
  Status Run(std::string_view sql, const Values&... values) {
    const std::array<SqlValue, sizeof...(Values)> bound{SqlValue(values)...};
    return Query(sql, bound, [](const SqlRow&) -> Status { return {}; });
  }
  // on_row last: db.Each("SELECT ... ?1", on_row, value...)
  template <class... Values>
  Status Each(std::string_view sql, const OnRow& on_row, const Values&... values) {
    const std::array<SqlValue, sizeof...(Values)> bound{SqlValue(values)...};
    return Query(sql, bound, on_row);
  }
  // The first column of the first row; nullopt when there is no row or it is NULL.
  template <class... Values>
  Result<std::optional<int64_t>> Number(std::string_view sql, const Values&... values) {
    std::optional<int64_t> out;
    TRY(Each(
        sql,
        [&](const SqlRow& row) -> Status {
          if (!out) out = row.OptionalInt(0);
          return {};
        },
        values...));
    return out;
  }
  template <class... Values>
  Result<std::optional<std::string>> TextOf(std::string_view sql, const Values&... values) {
    std::optional<std::string> out;
    TRY(Each(
        sql,
        [&](const SqlRow& row) -> Status {
          if (!out && !row.IsNull(0)) out = row.Text(0);
          return {};
        },
        values...));
    return out;
  }

 private:
  friend class Transaction;
  int64_t transaction_number_ = 0;
};

// All or nothing. Rolls back unless Commit() succeeded. One at a time per database.
class Transaction {
 public:
  static Result<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Status Commit();
  // Undoes what it holds, and begins anew: the object stays usable.
  Status Restart();
  // Commits what it holds, and begins anew.
  Status CommitAndRestart();
  Database& db() const { return *database_; }

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

enum class OpenMode : uint8_t { kReadWrite, kReadOnly };

// Opens (kReadWrite: creates) the register's SQLite file with WAL and synchronous=FULL, and brings its schema to this
// version. kUnsupported if a newer crossguard wrote it, kCorrupt if it is not a register, kNotFound if absent
// (kReadOnly).
Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, OpenMode mode);

}  // namespace crossguard
