#include "tmux_orc/sqlite/sqlite.h"

#include <fmt/format.h>

namespace orc {

Error sqlite_error(sqlite3* db) {
  const int code = sqlite3_errcode(db) & 0xFF;
  const auto kind = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? ErrorKind::kProtocol
                    : code == SQLITE_BUSY || code == SQLITE_LOCKED  ? ErrorKind::kTimeout
                                                                    : ErrorKind::kIo;
  return {kind, fmt::format("history: {}", sqlite3_errmsg(db))};
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return tl::unexpected(sqlite_error(db_));
}

Result<void> Statement::run() {
  const auto done = step();
  sqlite3_reset(statement_.get());
  if (!done) return tl::unexpected(done.error());
  return {};
}

Result<Database> Database::open(const std::string& path, bool read_only) {
  sqlite3* raw = nullptr;
  const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(raw);
  if (code != SQLITE_OK)
    return fail(ErrorKind::kUnavailable, fmt::format("history: {}: {}", path, sqlite3_errmsg(raw)));
  sqlite3_busy_timeout(raw, 1000);
  return db;
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return tl::unexpected(sqlite_error(db_.get()));
  return {};
}

void Database::reset_all() {
  for (sqlite3_stmt* s = sqlite3_next_stmt(db_.get(), nullptr); s != nullptr;
       s = sqlite3_next_stmt(db_.get(), s))
    sqlite3_reset(s);
}

Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql.c_str(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK) {
    return tl::unexpected(sqlite_error(db_.get()));
  }
  return Statement(db_.get(), raw);
}

}  // namespace orc
