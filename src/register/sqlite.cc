#include <sqlite3.h>

#include <cerrno>
#include <map>
#include <utility>

#include "register/schema.h"
#include "register/sql.h"

namespace crossguard {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Handle = std::unique_ptr<sqlite3, CloseDatabase>;
using Prepared = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// A full disk shows as SQLITE_FULL where a page is written, and as an I/O error in other places: the index of the
// write-ahead log is one of them.
bool NeedsRoom(sqlite3* handle, int rc) {
  if (rc == SQLITE_IOERR_WRITE || rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_SHMSIZE) return true;
  const int error_number = handle != nullptr ? sqlite3_system_errno(handle) : 0;
  return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}

std::unexpected<Error> SqliteError(sqlite3* handle, int rc, std::string_view what) {
  // sqlite3_errmsg names tables and columns, never bound values.
  const std::string text = std::string(what) + ": " + (handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(rc));
  switch (rc & 0xFF) {
    case SQLITE_FULL:
      return Fail(Code::kExhausted, text + "; make room on the disk and run the same command again.");
    case SQLITE_IOERR:
      if (NeedsRoom(handle, rc))
        return Fail(Code::kExhausted, text + "; make room on the disk and run the same command again.");
      return Fail(Code::kUnavailable, text + "; check the disk and run the same command again.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fail(Code::kUnavailable,
                  text + "; another command is using this data directory, try again when it has ended.");
    case SQLITE_CONSTRAINT:
      return Fail(Code::kConflict, text + ".");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fail(Code::kCorrupt, text + "; restore the register from a backup.");
    case SQLITE_CANTOPEN:
      return Fail(Code::kNotFound, text + "; give a data directory that exists and that you may write.");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Fail(Code::kDenied, text + "; give yourself write access to the data directory.");
    default:
      return Fail(Code::kUnavailable, text + ".");
  }
}

class SqliteRow final : public SqlRow {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  int column_count() const override { return sqlite3_column_count(statement_); }
  std::string_view ColumnName(int column) const override { return sqlite3_column_name(statement_, column); }
  bool IsBlob(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_BLOB; }
  bool IsNumber(int column) const override {
    const int type = sqlite3_column_type(statement_, column);
    return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
  }
  bool IsNull(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  int64_t Int(int column) const override { return sqlite3_column_int64(statement_, column); }
  double Real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view TextView(int column) const override {
    const auto* text = sqlite3_column_text(statement_, column);
    return {reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }
  ByteView Blob(int column) const override {
    const auto* data = static_cast<const uint8_t*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(Handle handle) : handle_(std::move(handle)) {}
  ~SqliteDatabase() override { idle_.clear(); }

  Status Query(std::string_view sql, std::span<const SqlValue> values, const OnRow& on_row) override {
    Prepared statement = TRY(Borrow(sql));
    const Status outcome = Walk(statement.get(), values, on_row);
    changes_ = sqlite3_changes64(handle_.get());
    sqlite3_reset(statement.get());
    sqlite3_clear_bindings(statement.get());
    idle_.emplace(std::string(sql), std::move(statement));
    return outcome;
  }

  std::map<std::string, int64_t> Efforts() const override {
    std::map<std::string, int64_t> out;
    for (const auto& [sql, statement] : idle_)
      out[sql] += sqlite3_stmt_status(statement.get(), SQLITE_STMTSTATUS_VM_STEP, 0);
    return out;
  }

  int64_t last_insert_key() const override { return sqlite3_last_insert_rowid(handle_.get()); }
  int64_t changes() const override { return changes_; }

  Status Script(std::string_view sql) override {
    const int rc = sqlite3_exec(handle_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (rc != SQLITE_OK)
      return SqliteError(handle_.get(), sqlite3_extended_errcode(handle_.get()), "The register refused a statement");
    return {};
  }

 private:
  // A statement that walks may start another of the same text (recursion), so one is taken out while it runs.
  Result<Prepared> Borrow(std::string_view sql) {
    if (const auto found = idle_.find(sql); found != idle_.end()) {
      Prepared statement = std::move(found->second);
      idle_.erase(found);
      return statement;
    }
    sqlite3_stmt* raw = nullptr;
    const int rc = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (rc != SQLITE_OK) return SqliteError(handle_.get(), rc, "The register cannot prepare a statement");
    return Prepared(raw);
  }

  Status Walk(sqlite3_stmt* statement, std::span<const SqlValue> values, const OnRow& on_row) {
    CHECK(sqlite3_bind_parameter_count(statement) == static_cast<int>(values.size()));
    for (size_t i = 0; i < values.size(); ++i) {
      const int rc = Bind(statement, static_cast<int>(i) + 1, values[i].variant());
      if (rc != SQLITE_OK) return SqliteError(handle_.get(), rc, "The register cannot bind a value");
    }
    const SqliteRow row(statement);
    for (;;) {
      const int rc = sqlite3_step(statement);
      if (rc == SQLITE_DONE) return {};
      if (rc != SQLITE_ROW)
        return SqliteError(handle_.get(), sqlite3_extended_errcode(handle_.get()), "The register refused a statement");
      if (Status status = on_row(row); !status) return status;
    }
  }

  static int Bind(sqlite3_stmt* statement, int index, const SqlValue::Variant& value) {
    struct Binder {
      sqlite3_stmt* statement;
      int index;
      int operator()(SqlValue::Null) const { return sqlite3_bind_null(statement, index); }
      int operator()(int64_t v) const { return sqlite3_bind_int64(statement, index, v); }
      int operator()(double v) const { return sqlite3_bind_double(statement, index, v); }
      int operator()(std::string_view v) const {
        return sqlite3_bind_text64(statement, index, v.data() == nullptr ? "" : v.data(), v.size(), SQLITE_STATIC,
                                   SQLITE_UTF8);
      }
      int operator()(ByteView v) const {
        return sqlite3_bind_blob64(statement, index, v.empty() ? reinterpret_cast<const uint8_t*>("") : v.data(),
                                   v.size(), SQLITE_STATIC);
      }
    };
    return std::visit(Binder{statement, index}, value);
  }

  Handle handle_;
  std::multimap<std::string, Prepared, std::less<>> idle_;
  int64_t changes_ = 0;
};

}  // namespace

Result<Transaction> Transaction::Begin(Database& database) {
  TRY(database.Script("BEGIN IMMEDIATE"));
  ++database.transaction_number_;
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  static_cast<void>(database_->Script("ROLLBACK"));
  ++database_->transaction_number_;
}

Status Transaction::Commit() {
  CHECK(database_ != nullptr);
  TRY(database_->Script("COMMIT"));
  ++database_->transaction_number_;
  database_ = nullptr;
  return {};
}

Status Transaction::Restart() {
  CHECK(database_ != nullptr);
  TRY(database_->Script("ROLLBACK"));
  ++database_->transaction_number_;
  Database* const database = std::exchange(database_, nullptr);  // if BEGIN fails there is nothing to roll back
  TRY(database->Script("BEGIN IMMEDIATE"));
  ++database->transaction_number_;
  database_ = database;
  return {};
}

Status Transaction::CommitAndRestart() {
  CHECK(database_ != nullptr);
  Database* const database = database_;
  TRY(Commit());
  TRY(database->Script("BEGIN IMMEDIATE"));
  ++database->transaction_number_;
  database_ = database;
  return {};
}

Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, OpenMode mode) {
  sqlite3* raw = nullptr;
  const int flags = (mode == OpenMode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int rc = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Handle handle(raw);
  if (rc != SQLITE_OK) return SqliteError(raw, rc, "Cannot open the register '" + path + "'");
  sqlite3_busy_timeout(raw, 5'000);
  auto database = std::make_unique<SqliteDatabase>(std::move(handle));
  // FULL: a commit that was acknowledged survives a power cut. 64 MiB of page cache is the stated memory bound.
  TRY(database->Script("PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"));
  // secure_delete: what is deleted or overwritten is zeroed in the file, not only unlinked (docs/decisions/erasure.md).
  if (mode == OpenMode::kReadWrite)
    TRY(database->Script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"));
  TRY(BringSchemaUp(*database, mode));
  return database;
}

}  // namespace crossguard
