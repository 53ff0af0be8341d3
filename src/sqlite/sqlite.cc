// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/sqlite/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "tmux_orc/base/unique_fd.h"

namespace orc {

Error sqlite_error(sqlite3* db, const char* what) {
  const int code = sqlite3_errcode(db) & 0xFF;
  const auto kind = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? ErrorKind::kProtocol
                    : code == SQLITE_BUSY || code == SQLITE_LOCKED  ? ErrorKind::kTimeout
                                                                    : ErrorKind::kIo;
  return {kind, fmt::format("{}: {}", what, sqlite3_errmsg(db))};
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return tl::unexpected(sqlite_error(db_, what_));
}

Result<void> Statement::run() {
  const auto done = step();
  sqlite3_reset(statement_.get());
  if (!done) return tl::unexpected(done.error());
  return {};
}

namespace {

// What agents asked and who was told is nobody else's: 0600, also for files from before. Made here and not by
// SQLite, whose mode is the umask's; its -wal and -shm follow the file. Never opened where it exists: closing
// any descriptor of a file drops this process's locks on it.
void make_private(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) {
    if ((info.st_mode & 0077) != 0) ::chmod(path.c_str(), 0600);
    return;
  }
  UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

}  // namespace

Database::FileId Database::file_at(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return std::pair(info.st_dev, info.st_ino);
}

bool Database::is_moved() const { return file_ != file_at(path_); }

Result<Database> Database::open(const std::string& path, bool read_only, const char* what) {
  if (!read_only) make_private(path);
  sqlite3* raw = nullptr;
  const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(raw, path, what);
  if (code != SQLITE_OK)
    return fail(ErrorKind::kUnavailable, fmt::format("{}: {}: {}", what, path, sqlite3_errmsg(raw)));
  db.file_ = file_at(path);
  sqlite3_busy_timeout(raw, 1000);
  return db;
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return tl::unexpected(sqlite_error(db_.get(), what_));
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
    return tl::unexpected(sqlite_error(db_.get(), what_));
  }
  return Statement(db_.get(), raw, what_);
}

Result<void> check_database(const std::string& path, const char* what) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return fail(ErrorKind::kUnavailable, fmt::format("{}: there is no file yet", what));
  ORC_TRY(db, Database::open(path, true, what));
  ORC_TRY(check, db->prepare("PRAGMA quick_check(1)"));
  std::string answer = "quick_check says nothing";
  ORC_DO(check->one_row([&](const Statement& found) { answer = found.text(0); }));
  if (answer != "ok") return fail(ErrorKind::kProtocol, fmt::format("{}: {}", what, answer));
  return {};
}

std::string set_database_aside(const std::string& path, std::int64_t now_ms) {
  const std::string name = fmt::format("{}.corrupt-{}", path, now_ms / 1000);
  std::error_code ignored;
  for (const char* part : {"", "-wal", "-shm"}) {
    if (std::filesystem::exists(path + part, ignored))
      std::rename((path + part).c_str(), (name + part).c_str());
  }
  return name;
}

}  // namespace orc
