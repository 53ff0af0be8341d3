// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/notify/notify_store.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "tmux_orc/base/mutex.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/sqlite/kept_store.h"

namespace orc {
namespace {

constexpr std::int64_t kVersion = 2;
constexpr const char* kWhat = "notifications";
// What waits for another process's lock is kept by who asks, and tried again.
constexpr int kLockTime_ms = 250;
// A file that cannot be opened is not tried for every pane and message.
constexpr auto kOpenEvery = std::chrono::seconds(1);

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

// The tables of one file.
class Tables {
 public:
  explicit Tables(Database opened) : db(std::move(opened)) {}
  static Result<std::unique_ptr<Tables>> open(const std::string& path, std::int64_t now_ms);
  Database& database() { return db; }

  template <typename... Args>
  Result<void> run(const std::string& sql, const Args&... args) {
    ORC_TRY(statement, db.prepare(sql));
    return statement->bind(args...).run();
  }
  template <typename Row, typename... Args>
  Result<void> rows(Row row, const std::string& sql, const Args&... args) {
    ORC_TRY(statement, db.prepare(sql));
    return statement->bind(args...).each(row);
  }
  // All or nothing.
  template <typename Work>
  Result<void> transaction(Work work) {
    ORC_DO(db.execute("BEGIN IMMEDIATE"));
    Result<void> done = work();
    if (done) done = db.execute("COMMIT");
    if (!done) static_cast<void>(db.execute("ROLLBACK"));
    return done;
  }
  Result<NotifyMemory> read_memory();
  Result<void> save_told(const Told& before, const Told& now);
  Result<void> save_seen(const std::set<PaneKey>& before, const std::set<PaneKey>& now, const char* what);
  Result<void> add(OutMessage& message);
  Result<int> bound();

  Database db;
  std::optional<NotifyMemory> held;  // what the file has, as far as this process knows
};

Result<void> Tables::save_told(const Told& before, const Told& now) {
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

Result<void> Tables::save_seen(const std::set<PaneKey>& before, const std::set<PaneKey>& now,
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

Result<void> Tables::add(OutMessage& m) {
  auto ok =
      run("INSERT INTO outbox(at_ms, channel, server, session, server_id, session_id, text, summary, json) "
          "VALUES(?,?,?,?,?,?,?,?,?)",
          m.at_ms, m.channel, m.server, m.session, m.server_id, m.session_id, m.text, m.summary, m.json);
  if (ok) m.id = db.last_id();
  return ok;
}

// Only a PM's messages have a server and a session.
Result<int> Tables::bound() {
  int dropped = 0;
  for (const auto& [which, most] : {std::pair("server_id<>0", NotifyStore::kMostOfASession),
                                    std::pair("server_id=0", NotifyStore::kMostOfAChannel)}) {
    ORC_DO(
        run(std::string(
                "DELETE FROM outbox WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY "
                "channel, server_id, session_id ORDER BY id DESC) AS place FROM outbox WHERE ") +
                which + ") WHERE place > ?)",
            most));
    dropped += db.changes();
  }
  return dropped;
}

Result<std::unique_ptr<Tables>> Tables::open(const std::string& path, std::int64_t now_ms) {
  ORC_TRY(db, Database::open(path, false, kWhat));
  sqlite3_busy_timeout(db->handle(), kLockTime_ms);
  std::int64_t version = 0;
  ORC_TRY(asked, db->prepare("PRAGMA user_version"));
  ORC_DO(asked->one_row([&](const Statement& found) { version = found.number(0); }));
  if (version > kVersion)
    return fail(ErrorKind::kInvalid, fmt::format("{}: {} was written by a newer tmux-orc", kWhat, path));
  if (version < kVersion) {  // version 1 knew neither episodes nor whole messages
    ORC_DO(db->execute("DROP TABLE IF EXISTS told; DROP TABLE IF EXISTS queue;"));
  }
  ORC_DO(db->execute(kTables));
  // Numbers are never given twice, not even by the file that follows on one that was lost: what is under way
  // knows messages by their number.
  if (version == 0) {
    ORC_DO(
        db->execute(fmt::format("INSERT INTO sqlite_sequence SELECT 'outbox', {} WHERE NOT "
                                "EXISTS (SELECT 1 FROM sqlite_sequence)",
                                now_ms)));
  }
  return std::make_unique<Tables>(std::move(*db));
}

Result<NotifyMemory> Tables::read_memory() {
  NotifyMemory out;
  auto done = rows(
      [&](Statement& s) {
        if (s.number(2) < 0 || s.number(2) >= kConcernCount) return;
        out.told[{static_cast<ServerId>(s.number(0)), static_cast<PaneId>(s.number(1)),
                  static_cast<Concern>(s.number(2))}] = {s.number(3), s.number(4) != 0, s.number(5)};
      },
      "SELECT server, pane, concern, at_ms, open, until_ms FROM told");
  if (done) {
    done = rows(
        [&](Statement& s) {
          auto& panes = s.text(2) == "worked" ? out.worked : out.fresh;
          panes.insert({static_cast<ServerId>(s.number(0)), static_cast<PaneId>(s.number(1))});
        },
        "SELECT server, pane, what FROM seen");
  }
  if (!done) return tl::unexpected(done.error());
  return out;
}

}  // namespace

class NotifyStore::Impl {
 public:
  Impl(const std::string& path, const Clock& clock, Tell tell)
      : clock_(clock),
        tell_(std::move(tell)),
        kept_(
            path, kWhat, clock_, [this, path]() ORC_REQUIRES(mutex_) { return open(path); },
            [this](FileEvent event, const std::string& name) ORC_REQUIRES(mutex_) { changed(event, name); }) {
  }

  // Does `work` on the tables; what is wrong with them is noted.
  template <typename Work>
  auto with(Work work) -> decltype(work(std::declval<Tables&>())) {
    std::vector<std::pair<bool, std::string>> news;
    auto done = [&]() -> decltype(work(std::declval<Tables&>())) {
      MutexLock lock(mutex_);
      auto ready = kept_.ready();
      auto result = ready ? work(**ready) : tl::unexpected(ready.error());
      note(result ? nullptr : &result.error());
      news.swap(news_);
      return result;
    }();
    for (const auto& [well, what] : news) {
      if (tell_) tell_(well, what);
    }
    return done;
  }

  std::string problem() const {
    MutexLock lock(mutex_);
    return problem_.empty() || notice_.empty() ? problem_ + notice_ : problem_ + "; " + notice_;
  }

 private:
  Result<std::unique_ptr<Tables>> open(const std::string& path) ORC_REQUIRES(mutex_) {
    if (unopened_ && clock_.steady() < open_due_) return tl::unexpected(*unopened_);
    auto opened = Tables::open(path, clock_.wall_ms());
    open_due_ = clock_.steady() + kOpenEvery;
    unopened_ = opened ? std::nullopt : std::optional(opened.error());
    return opened;
  }
  void changed(FileEvent event, const std::string& name) ORC_REQUIRES(mutex_) {
    unopened_.reset();
    notice_ =
        event == FileEvent::kMoved
            ? fmt::format("{}: {} was deleted or replaced at {}; the file there is used now", kWhat, name,
                          time_text(clock_.wall_ms()))
            : fmt::format("{}: a damaged database was set aside as {}; what was told before is told again",
                          kWhat, name);
    news_.emplace_back(false, notice_);
  }
  void note(const Error* error) ORC_REQUIRES(mutex_) {
    if (error != nullptr) kept_.failed(*error);
    const std::string now = error == nullptr ? "" : error->message;
    if (std::exchange(problem_, now) == now) return;
    news_.emplace_back(now.empty(), now.empty() ? fmt::format("{}: well again", kWhat) : now);
  }

  const Clock& clock_;
  const Tell tell_;
  mutable Mutex mutex_;  // of all below
  KeptStore<Tables> kept_ ORC_GUARDED_BY(mutex_);
  std::optional<Error> unopened_ ORC_GUARDED_BY(mutex_);  // why it could not be opened
  Steady::time_point open_due_ ORC_GUARDED_BY(mutex_);
  std::string problem_ ORC_GUARDED_BY(mutex_);
  std::string notice_ ORC_GUARDED_BY(mutex_);
  std::vector<std::pair<bool, std::string>> news_ ORC_GUARDED_BY(mutex_);
};

NotifyStore::NotifyStore(const std::string& path, const Clock& clock, Tell tell)
    : impl_(std::make_unique<Impl>(path, clock, std::move(tell))) {}
NotifyStore::~NotifyStore() = default;

std::string NotifyStore::problem() const { return impl_->problem(); }

Result<NotifyMemory> NotifyStore::memory() {
  return impl_->with([](Tables& t) {
    auto read = t.read_memory();
    t.held = read ? std::optional(*read) : std::nullopt;
    return read;
  });
}

Result<int> NotifyStore::commit(const NotifyMemory& now, std::vector<OutMessage>& messages) {
  const auto done = impl_->with([&](Tables& t) -> Result<int> {
    if (!t.held) {
      ORC_TRY(read, t.read_memory());
      t.held = std::move(*read);
    }
    if (messages.empty() && *t.held == now) return 0;
    int dropped = 0;
    auto saved = t.transaction([&]() -> Result<void> {
      ORC_DO(t.save_told(t.held->told, now.told));
      ORC_DO(t.save_seen(t.held->worked, now.worked, "worked"));
      ORC_DO(t.save_seen(t.held->fresh, now.fresh, "fresh"));
      for (OutMessage& m : messages) {
        ORC_DO(t.add(m));
      }
      if (messages.empty()) return {};
      ORC_TRY(bounded, t.bound());
      dropped = *bounded;
      return {};
    });
    if (!saved) return tl::unexpected(saved.error());
    t.held = now;
    return dropped;
  });
  if (!done) {
    for (OutMessage& m : messages) m.id = 0;
  }
  return done;
}

Result<void> NotifyStore::replace(std::int64_t id, std::vector<OutMessage>& parts) {
  const auto done = impl_->with([&](Tables& t) {
    return t.transaction([&]() -> Result<void> {
      for (OutMessage& m : parts) {
        ORC_DO(t.add(m));
      }
      return t.run("DELETE FROM outbox WHERE id=?", id);
    });
  });
  if (!done) {
    for (OutMessage& m : parts) m.id = 0;
  }
  return done;
}

Result<std::vector<OutMessage>> NotifyStore::waiting() {
  return impl_->with([](Tables& t) -> Result<std::vector<OutMessage>> {
    std::vector<OutMessage> out;
    const auto done = t.rows(
        [&](Statement& s) {
          out.push_back({s.number(0), s.number(1), s.text(2), s.text(3), s.text(4),
                         static_cast<ServerId>(s.number(5)), static_cast<int>(s.number(6)), s.text(7),
                         s.text(8), s.text(9), static_cast<int>(s.number(10)), s.number(11) != 0});
        },
        "SELECT id, at_ms, channel, server, session, server_id, session_id, text, summary, json, tries, "
        "placed "
        "FROM outbox ORDER BY id");
    if (!done) return tl::unexpected(done.error());
    return out;
  });
}

Result<void> NotifyStore::set_tries(std::int64_t id, int tries) {
  return impl_->with([&](Tables& t) { return t.run("UPDATE outbox SET tries=? WHERE id=?", tries, id); });
}

Result<void> NotifyStore::set_placed(std::int64_t id, bool placed) {
  return impl_->with([&](Tables& t) { return t.run("UPDATE outbox SET placed=? WHERE id=?", placed, id); });
}

Result<void> NotifyStore::remove(std::int64_t id) {
  return impl_->with([&](Tables& t) { return t.run("DELETE FROM outbox WHERE id=?", id); });
}

Result<void> NotifyStore::add(const ActionRecord& a) {
  return impl_->with([&](Tables& t) -> Result<void> {
    ORC_DO(t.run("DELETE FROM action WHERE at_ms < ?", a.at_ms - 7 * 86'400'000ll));
    return t.run("INSERT INTO action VALUES(?,?,?,?,?)", a.at_ms, a.action, a.pane.server, a.pane.pane,
                 a.episode);
  });
}

Result<void> NotifyStore::take_back(const ActionRecord& a) {
  return impl_->with([&](Tables& t) {
    return t.run("DELETE FROM action WHERE at_ms=? AND action=? AND server=? AND pane=? AND episode=?",
                 a.at_ms, a.action, a.pane.server, a.pane.pane, a.episode);
  });
}

Result<std::vector<ActionRecord>> NotifyStore::actions(std::int64_t since_ms) {
  return impl_->with([&](Tables& t) -> Result<std::vector<ActionRecord>> {
    std::vector<ActionRecord> out;
    const auto done = t.rows(
        [&](Statement& s) {
          out.push_back({s.text(1),
                         {static_cast<ServerId>(s.number(2)), static_cast<PaneId>(s.number(3))},
                         s.number(4),
                         s.number(0)});
        },
        "SELECT at_ms, action, server, pane, episode FROM action WHERE at_ms >= ?", since_ms);
    if (!done) return tl::unexpected(done.error());
    return out;
  });
}

}  // namespace orc
