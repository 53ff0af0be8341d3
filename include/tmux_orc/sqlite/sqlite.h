// SPDX-License-Identifier: Apache-2.0
// Database and Statement: SQLite with errors as Result and handles that close themselves. Not thread-safe.
#pragma once

#include <sqlite3.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tmux_orc/base/result.h"

namespace orc {

class Statement {
 public:
  Statement() = default;
  Statement(sqlite3* db, sqlite3_stmt* statement, const char* what)
      : db_(db), what_(what), statement_(statement) {}

  template <typename... Args>
  Statement& bind(const Args&... args) {
    sqlite3_reset(statement_.get());
    int index = 0;
    (bind_one(++index, args), ...);
    return *this;
  }
  // One of the values, by its place from 1; after bind().
  template <typename T>
  Statement& put(int index, const T& value) {
    bind_one(index, value);
    return *this;
  }
  // True: a row is there. False: done.
  Result<bool> step();
  Result<void> run();  // for statements without rows
  // For questions with one answer: hands the row, if there is one, to `read` and lets go of it; whether there
  // was one. A statement that stays at its row keeps a read transaction open: no checkpoint can pass it (the
  // WAL grows without end, 310 MB a day at 100 agents), and once another process wrote, this connection
  // cannot write any more.
  template <typename Read>
  Result<bool> one_row(Read read) {
    const auto row = step();
    if (row && *row) read(static_cast<const Statement&>(*this));
    sqlite3_reset(statement_.get());
    return row;
  }
  // Hands over each row; where `row` says something, false is enough of them.
  template <typename Row>
  Result<void> each(Row row) {
    for (;;) {
      ORC_TRY(more, step());
      if (!*more) return {};
      if constexpr (std::is_same_v<decltype(row(*this)), bool>) {
        if (!row(*this)) return {};
      } else {
        row(*this);
      }
    }
  }

  std::int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  double real(int column) const { return sqlite3_column_double(statement_.get(), column); }
  std::string_view bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    return data == nullptr
               ? std::string_view()
               : std::string_view(data,
                                  static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
  }
  std::string text(int column) const { return std::string(bytes(column)); }

 private:
  template <typename T>
  void bind_one(int index, const T& value) {
    if constexpr (std::is_floating_point_v<T>)
      sqlite3_bind_double(statement_.get(), index, value);
    else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
      sqlite3_bind_int64(statement_.get(), index, static_cast<sqlite3_int64>(value));
    else
      bind_text(index, value);
  }
  void bind_text(int index, std::string_view text) {
    sqlite3_bind_text(statement_.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  }
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  sqlite3* db_ = nullptr;
  const char* what_ = "";
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // kUnavailable: cannot be opened; kProtocol: it is damaged or no database. `what`: how its errors call it;
  // it must outlive all.
  static Result<Database> open(const std::string& path, bool read_only, const char* what = "history");
  Result<void> execute(const std::string& sql);
  Result<Statement> prepare(const std::string& sql);
  std::int64_t last_id() const { return sqlite3_last_insert_rowid(db_.get()); }
  sqlite3* handle() const { return db_.get(); }
  // Whether a transaction, also one that only reads, is open.
  bool is_busy() const { return sqlite3_txn_state(db_.get(), nullptr) != SQLITE_TXN_NONE; }
  // Lets go of every row that a statement still stands at, which ends what only reads.
  void reset_all();
  // Whether its path leads to another file than the one that was opened, or to none: somebody deleted or
  // replaced it.
  bool is_moved() const;
  // The number of rows that the last statement changed.
  int changes() const { return sqlite3_changes(db_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  // Device and inode; none: no file.
  using FileId = std::optional<std::pair<dev_t, ino_t>>;
  static FileId file_at(const std::string& path);
  Database(sqlite3* db, std::string path, const char* what) : db_(db), path_(std::move(path)), what_(what) {}
  std::unique_ptr<sqlite3, Close> db_;
  std::string path_;
  const char* what_;
  FileId file_;
};

// kProtocol for damage, kTimeout when another process holds it, kIo for the rest (full, read-only ...).
Error sqlite_error(sqlite3* db, const char* what);

// SQLite's quick_check over the whole file. kUnavailable: there is none; kProtocol: it is damaged.
Result<void> check_database(const std::string& path, const char* what);

// Moves a damaged database and what belongs to it out of the way; gives its new name.
std::string set_database_aside(const std::string& path, std::int64_t now_ms);

}  // namespace orc
