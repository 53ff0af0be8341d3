#include "tmux_orc/notify/notify_store.h"

#include "tmux_orc/base/mutex.h"
#include "tmux_orc/sqlite/sqlite.h"

namespace orc {
namespace {

constexpr std::int64_t kVersion = 2;

constexpr const char* kTables =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "CREATE TABLE IF NOT EXISTS told(server INTEGER, pane INTEGER, concern INTEGER, at_ms INTEGER, open "
    "INTEGER, "
    "until_ms INTEGER, PRIMARY KEY(server, pane, concern)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS seen(server INTEGER, pane INTEGER, what TEXT, PRIMARY KEY(server, pane, "
    "what)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER, channel TEXT, "
    "server TEXT, "
    "session TEXT, server_id INTEGER, session_id INTEGER, text TEXT, summary TEXT, json TEXT, tries INTEGER "
    "DEFAULT 0, "
    "placed INTEGER DEFAULT 0);"
    "CREATE TABLE IF NOT EXISTS action(at_ms INTEGER, action TEXT, server INTEGER, pane INTEGER, episode "
    "INTEGER);"
    "PRAGMA user_version=2;";

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
  template <typename Row, typename... Args>
  Result<void> rows(Row row, const std::string& sql, const Args&... args) {
    auto statement = db.prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    statement->bind(args...);
    for (;;) {
      const auto step = statement->step();
      if (!step) return tl::unexpected(step.error());
      if (!*step) return {};
      row(*statement);
    }
  }
  // All or nothing.
  template <typename Work>
  Result<void> transaction(Work work) {
    if (auto ok = db.execute("BEGIN IMMEDIATE"); !ok) return ok;
    const Result<void> done = work();
    const auto ended = db.execute(done ? "COMMIT" : "ROLLBACK");
    return done ? ended : done;
  }
  Result<void> save_told(const Told& before, const Told& now);
  Result<void> save_seen(const std::set<PaneKey>& before, const std::set<PaneKey>& now, const char* what);
  Result<void> add(OutMessage& message);
  Result<int> bound();

  Mutex mutex;
  Database db;
};

Result<void> NotifyStore::Impl::save_told(const Told& before, const Told& now) {
  Result<void> done;
  for (const auto& [key, value] : now) {
    const auto old = before.find(key);
    if (!done || (old != before.end() && old->second == value)) continue;
    done = run("INSERT OR REPLACE INTO told VALUES(?,?,?,?,?,?)", key.server, key.pane, key.concern,
               value.at_ms, value.open, value.until_ms);
  }
  for (const auto& [key, value] : before) {
    if (!done || now.contains(key)) continue;
    done = run("DELETE FROM told WHERE server=? AND pane=? AND concern=?", key.server, key.pane, key.concern);
  }
  return done;
}

Result<void> NotifyStore::Impl::save_seen(const std::set<PaneKey>& before, const std::set<PaneKey>& now,
                                          const char* what) {
  Result<void> done;
  for (const PaneKey& p : now) {
    if (done && !before.contains(p))
      done = run("INSERT OR REPLACE INTO seen VALUES(?,?,?)", p.server, p.pane, what);
  }
  for (const PaneKey& p : before) {
    if (done && !now.contains(p))
      done = run("DELETE FROM seen WHERE server=? AND pane=? AND what=?", p.server, p.pane, what);
  }
  return done;
}

Result<void> NotifyStore::Impl::add(OutMessage& m) {
  auto ok =
      run("INSERT INTO outbox(at_ms, channel, server, session, server_id, session_id, text, summary, json) "
          "VALUES(?,?,?,?,?,?,?,?,?)",
          m.at_ms, m.channel, m.server, m.session, m.server_id, m.session_id, m.text, m.summary, m.json);
  if (ok) m.id = db.last_id();
  return ok;
}

// Only a PM's messages have a server and a session.
Result<int> NotifyStore::Impl::bound() {
  int dropped = 0;
  for (const auto& [which, most] :
       {std::pair("server_id<>0", kMostOfASession), std::pair("server_id=0", kMostOfAChannel)}) {
    auto ok =
        run(std::string(
                "DELETE FROM outbox WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY "
                "channel, server_id, session_id ORDER BY id DESC) AS place FROM outbox WHERE ") +
                which + ") WHERE place > ?)",
            most);
    if (!ok) return tl::unexpected(ok.error());
    dropped += sqlite3_changes(db.handle());
  }
  return dropped;
}

Result<std::unique_ptr<NotifyStore>> NotifyStore::open(const std::string& path) {
  auto db = Database::open(path, false);
  if (!db) return tl::unexpected(db.error());
  std::int64_t version = 0;
  {
    auto asked = db->prepare("PRAGMA user_version");
    if (!asked) return tl::unexpected(asked.error());
    if (const auto row = asked->step(); !row) return tl::unexpected(row.error());
    version = asked->number(0);
  }
  if (version > kVersion) return fail(ErrorKind::kProtocol, path + " was written by a newer tmux-orc");
  if (version < kVersion) {  // version 1 knew neither episodes nor whole messages
    if (auto ok = db->execute("DROP TABLE IF EXISTS told; DROP TABLE IF EXISTS queue;"); !ok)
      return tl::unexpected(ok.error());
  }
  if (auto ok = db->execute(kTables); !ok) return tl::unexpected(ok.error());
  return std::unique_ptr<NotifyStore>(new NotifyStore(std::make_unique<Impl>(std::move(*db))));
}

NotifyStore::NotifyStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NotifyStore::~NotifyStore() = default;

Result<NotifyMemory> NotifyStore::memory() {
  const MutexLock lock(impl_->mutex);
  NotifyMemory out;
  auto done = impl_->rows(
      [&](Statement& s) {
        if (s.number(2) < 0 || s.number(2) >= kConcernCount) return;
        out.told[{static_cast<ServerId>(s.number(0)), static_cast<PaneId>(s.number(1)),
                  static_cast<Concern>(s.number(2))}] = {s.number(3), s.number(4) != 0, s.number(5)};
      },
      "SELECT server, pane, concern, at_ms, open, until_ms FROM told");
  if (done) {
    done = impl_->rows(
        [&](Statement& s) {
          auto& panes = s.text(2) == "worked" ? out.worked : out.fresh;
          panes.insert({static_cast<ServerId>(s.number(0)), static_cast<PaneId>(s.number(1))});
        },
        "SELECT server, pane, what FROM seen");
  }
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<int> NotifyStore::commit(const NotifyMemory& before, const NotifyMemory& now,
                                std::vector<OutMessage>& messages) {
  if (messages.empty() && before == now) return 0;
  const MutexLock lock(impl_->mutex);
  int dropped = 0;
  auto done = impl_->transaction([&]() -> Result<void> {
    if (auto ok = impl_->save_told(before.told, now.told); !ok) return ok;
    if (auto ok = impl_->save_seen(before.worked, now.worked, "worked"); !ok) return ok;
    if (auto ok = impl_->save_seen(before.fresh, now.fresh, "fresh"); !ok) return ok;
    for (OutMessage& m : messages) {
      if (auto ok = impl_->add(m); !ok) return ok;
    }
    if (messages.empty()) return {};
    auto bounded = impl_->bound();
    if (!bounded) return tl::unexpected(bounded.error());
    dropped = *bounded;
    return {};
  });
  if (done) return dropped;
  for (OutMessage& m : messages) m.id = 0;
  return tl::unexpected(done.error());
}

Result<std::vector<OutMessage>> NotifyStore::waiting() {
  const MutexLock lock(impl_->mutex);
  std::vector<OutMessage> out;
  const auto done = impl_->rows(
      [&](Statement& s) {
        out.push_back({s.number(0), s.number(1), s.text(2), s.text(3), s.text(4),
                       static_cast<ServerId>(s.number(5)), static_cast<int>(s.number(6)), s.text(7),
                       s.text(8), s.text(9), static_cast<int>(s.number(10)), s.number(11) != 0});
      },
      "SELECT id, at_ms, channel, server, session, server_id, session_id, text, summary, json, tries, placed "
      "FROM outbox "
      "ORDER BY id");
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<void> NotifyStore::set_tries(std::int64_t id, int tries) {
  const MutexLock lock(impl_->mutex);
  return impl_->run("UPDATE outbox SET tries=? WHERE id=?", tries, id);
}

Result<void> NotifyStore::set_placed(std::int64_t id, bool placed) {
  const MutexLock lock(impl_->mutex);
  return impl_->run("UPDATE outbox SET placed=? WHERE id=?", placed, id);
}

Result<void> NotifyStore::remove(std::int64_t id) {
  const MutexLock lock(impl_->mutex);
  return impl_->run("DELETE FROM outbox WHERE id=?", id);
}

Result<void> NotifyStore::add(const ActionRecord& a) {
  const MutexLock lock(impl_->mutex);
  if (auto ok = impl_->run("DELETE FROM action WHERE at_ms < ?", a.at_ms - 7 * 86'400'000ll); !ok) return ok;
  return impl_->run("INSERT INTO action VALUES(?,?,?,?,?)", a.at_ms, a.action, a.pane.server, a.pane.pane,
                    a.episode);
}

Result<std::vector<ActionRecord>> NotifyStore::actions(std::int64_t since_ms) {
  const MutexLock lock(impl_->mutex);
  std::vector<ActionRecord> out;
  const auto done = impl_->rows(
      [&](Statement& s) {
        out.push_back({s.text(1),
                       {static_cast<ServerId>(s.number(2)), static_cast<PaneId>(s.number(3))},
                       s.number(4),
                       s.number(0)});
      },
      "SELECT at_ms, action, server, pane, episode FROM action WHERE at_ms >= ?", since_ms);
  if (!done) return tl::unexpected(done.error());
  return out;
}

}  // namespace orc
