#include "tmux_orc/publish/notify_store.h"

#include "sqlite.h"

namespace orc {
namespace {

constexpr int kMostQueued = 50;

constexpr const char* kTables =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "CREATE TABLE IF NOT EXISTS told(server INTEGER, pane INTEGER, concern INTEGER, at_ms INTEGER, PRIMARY "
    "KEY(server, pane, concern)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS queue(id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER, server TEXT, "
    "session TEXT, text TEXT, tries INTEGER DEFAULT 0);";

}  // namespace

class NotifyStore::Impl {
 public:
  explicit Impl(Database opened) : db(std::move(opened)) {}
  template <typename... Args>
  Result<void> run(const std::string& sql, const Args&... args) {
    auto statement = db.prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    return statement->bind(args...).run();
  }
  template <typename Row>
  Result<void> rows(const std::string& sql, Row row) {
    auto statement = db.prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    for (;;) {
      const auto step = statement->step();
      if (!step) return tl::unexpected(step.error());
      if (!*step) return {};
      row(*statement);
    }
  }
  Database db;
};

Result<std::unique_ptr<NotifyStore>> NotifyStore::open(const std::string& path) {
  auto db = Database::open(path, false);
  if (!db) return tl::unexpected(db.error());
  if (auto ok = db->execute(kTables); !ok) return tl::unexpected(ok.error());
  return std::unique_ptr<NotifyStore>(new NotifyStore(std::make_unique<Impl>(std::move(*db))));
}

NotifyStore::NotifyStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NotifyStore::~NotifyStore() = default;

Result<Told> NotifyStore::told() {
  Told out;
  const auto done = impl_->rows("SELECT server, pane, concern, at_ms FROM told", [&](Statement& s) {
    if (s.number(2) < 0 || s.number(2) >= kConcernCount) return;
    out[{static_cast<ServerId>(s.number(0)), static_cast<PaneId>(s.number(1)),
         static_cast<Concern>(s.number(2))}] = s.number(3);
  });
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<void> NotifyStore::save_told(const Told& before, const Told& now) {
  if (before == now) return {};
  if (auto ok = impl_->db.execute("BEGIN IMMEDIATE"); !ok) return ok;
  Result<void> done;
  for (const auto& [key, at] : now) {
    const auto old = before.find(key);
    if (!done || (old != before.end() && old->second == at)) continue;
    done = impl_->run("INSERT OR REPLACE INTO told VALUES(?,?,?,?)", static_cast<std::int64_t>(key.server),
                      key.pane, static_cast<int>(key.concern), at);
  }
  for (const auto& [key, at] : before) {
    if (!done || now.contains(key)) continue;
    done = impl_->run("DELETE FROM told WHERE server=? AND pane=? AND concern=?",
                      static_cast<std::int64_t>(key.server), key.pane, static_cast<int>(key.concern));
  }
  const auto ended = impl_->db.execute(done ? "COMMIT" : "ROLLBACK");
  return done ? ended : done;
}

Result<void> NotifyStore::queue(const QueuedMessage& m) {
  if (auto ok = impl_->run("INSERT INTO queue(at_ms, server, session, text) VALUES(?,?,?,?)", m.at_ms,
                           m.server, m.session, m.text);
      !ok)
    return ok;
  return impl_->run(
      "DELETE FROM queue WHERE server=?1 AND session=?2 AND id NOT IN (SELECT id FROM queue WHERE server=?1 "
      "AND session=?2 ORDER BY id DESC LIMIT ?3)",
      m.server, m.session, kMostQueued);
}

Result<std::vector<QueuedMessage>> NotifyStore::queued() {
  std::vector<QueuedMessage> out;
  const auto done =
      impl_->rows("SELECT id, at_ms, server, session, text, tries FROM queue ORDER BY id", [&](Statement& s) {
        out.push_back(
            {s.number(0), s.number(1), s.text(2), s.text(3), s.text(4), static_cast<int>(s.number(5))});
      });
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<void> NotifyStore::set_tries(std::int64_t id, int tries) {
  return impl_->run("UPDATE queue SET tries=?2 WHERE id=?1", id, tries);
}
Result<void> NotifyStore::remove(std::int64_t id) { return impl_->run("DELETE FROM queue WHERE id=?", id); }

}  // namespace orc
