#include <fmt/format.h>
#include <sys/stat.h>

#include "tmux_orc/history/history_reader.h"
#include "tmux_orc/sqlite/sqlite.h"

namespace orc {

Result<void> check_history(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail(ErrorKind::kUnavailable, "there is no history yet");
  auto db = Database::open(path, true);
  if (!db) return tl::unexpected(db.error());
  auto check = db->prepare("PRAGMA quick_check(1)");
  if (!check) return tl::unexpected(check.error());
  std::string answer = "quick_check says nothing";
  const auto row = check->one_row([&](const Statement& found) { answer = found.text(0); });
  if (!row) return tl::unexpected(row.error());
  if (answer != "ok") return fail(ErrorKind::kProtocol, fmt::format("history: {}", answer));
  return {};
}

}  // namespace orc
