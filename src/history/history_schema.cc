// SPDX-License-Identifier: Apache-2.0
#include "history_schema.h"

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>

#include "tmux_orc/figures/round_table.h"

namespace orc {
namespace {

// Rows are narrow and sorted by what queries ask for: 100 agents at 5 s give 17 280 rounds and 20 000
// transitions a day.
constexpr const char* kVersion1 = R"(
CREATE TABLE environment(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE agent(id INTEGER PRIMARY KEY, server TEXT NOT NULL, target TEXT NOT NULL, agent TEXT NOT NULL,
                   role INTEGER NOT NULL, UNIQUE(server, target, agent, role));
CREATE TABLE run(id INTEGER PRIMARY KEY, env INTEGER NOT NULL, pid INTEGER NOT NULL, version TEXT NOT NULL,
                 start_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL, stop_ms INTEGER);
CREATE TABLE round(env INTEGER, at_ms INTEGER, number INTEGER, async INTEGER, agents INTEGER, panes INTEGER,
                   captures INTEGER, bytes INTEGER, spawns INTEGER, errors INTEGER, timeouts INTEGER,
                   unreached INTEGER, transitions INTEGER, pool_peak INTEGER, pool_max INTEGER, list_us INTEGER,
                   capture_us INTEGER, aggregate_us INTEGER, total_us INTEGER, content_hits INTEGER,
                   content_misses INTEGER, status_hits INTEGER, status_misses INTEGER, evictions INTEGER,
                   expiries INTEGER, cpu_us INTEGER, rss_kb INTEGER, PRIMARY KEY(env, at_ms, number)) WITHOUT ROWID;
CREATE TABLE transition(env INTEGER, at_ms INTEGER, seq INTEGER, agent INTEGER, from_state INTEGER, to_state INTEGER,
                        detail INTEGER, rule INTEGER, gone INTEGER, since_ms INTEGER,
                        PRIMARY KEY(env, at_ms, seq)) WITHOUT ROWID;
CREATE TABLE rollup(env INTEGER, span INTEGER, start INTEGER, rounds INTEGER, async_rounds INTEGER, agents INTEGER,
                    panes INTEGER, captures INTEGER, bytes INTEGER, spawns INTEGER, errors INTEGER, timeouts INTEGER,
                    unreached INTEGER, transitions INTEGER, pool_percent REAL, total_us INTEGER, max_us INTEGER,
                    max_at_ms INTEGER, content_hits INTEGER, content_misses INTEGER, status_hits INTEGER,
                    status_misses INTEGER, evictions INTEGER, expiries INTEGER, cpu_us INTEGER, wall_ms INTEGER,
                    rss_kb INTEGER, total_histogram BLOB, list_histogram BLOB, capture_histogram BLOB,
                    PRIMARY KEY(env, span, start)) WITHOUT ROWID;
CREATE TABLE state_day(env INTEGER, day INTEGER, agent INTEGER, state INTEGER, ms INTEGER, entered INTEGER,
                       longest_ms INTEGER, PRIMARY KEY(env, day, agent, state)) WITHOUT ROWID;
CREATE TABLE notification(id INTEGER PRIMARY KEY, env INTEGER, at_ms INTEGER, channel TEXT, target TEXT, text TEXT,
                          delivered INTEGER);
CREATE INDEX notification_at ON notification(at_ms);
CREATE TABLE baseline(env INTEGER PRIMARY KEY, at_ms INTEGER, figures TEXT);
)";

// What a restart must not forget and what a report cannot tell from single rounds. `present`: each agent's
// state now, written when it changes; lost_ms: when its server was last reached, 0 while it is. `gap`: when a
// monitor ran and nobody looked, as in suspend.
constexpr const char* kVersion2 = R"(
ALTER TABLE run ADD COLUMN interval_ms INTEGER NOT NULL DEFAULT 30000;
CREATE TABLE gap(env INTEGER, from_ms INTEGER, to_ms INTEGER, PRIMARY KEY(env, from_ms)) WITHOUT ROWID;
CREATE TABLE present(env INTEGER, server INTEGER, pane INTEGER, agent INTEGER, state INTEGER, since_ms INTEGER,
                     lost_ms INTEGER, PRIMARY KEY(env, server, pane)) WITHOUT ROWID;
)";

// What agents said that they used: of each session (a hash), hour since 1970 and model, whole sums, which a
// later write replaces. cost in millionths of a dollar, -1 where the agent tells none.
constexpr const char* kVersion3 = R"(
CREATE TABLE usage_hour(env INTEGER, hour INTEGER, session INTEGER, model INTEGER, agent INTEGER, project INTEGER,
                        tokens_in INTEGER, tokens_out INTEGER, cost INTEGER,
                        PRIMARY KEY(env, hour, session, model)) WITHOUT ROWID;
)";

constexpr const char* kVersions[] = {kVersion1, kVersion2, kVersion3};
static_assert(std::size(kVersions) == kHistoryVersion);

// From `version` on, in the caller's transaction.
Result<void> migrate_from(Database& db, int version) {
  for (; version < kHistoryVersion; ++version) {
    ORC_DO(db.execute(kVersions[version]));
  }
  return db.execute(fmt::format("PRAGMA user_version={}", kHistoryVersion));
}

// Figures that the table of rounds has and an older file has not: a column each, empty before.
Result<void> add_new_figures(Database& db) {
  for (const char* name : {"round", "rollup"}) {
    const bool is_rollup = std::string_view(name) == "rollup";
    ORC_TRY(known, columns_of(db, name));
    for (const RoundFigure& f : round_figures()) {
      const std::string_view column = is_rollup ? f.name_in_rollup() : f.column;
      if (!(is_rollup ? f.is_rolled() : f.is_kept()) || known->contains(column)) continue;
      ORC_DO(
          db.execute(fmt::format("ALTER TABLE {} ADD COLUMN {} INTEGER NOT NULL DEFAULT 0", name, column)));
    }
  }
  return {};
}

}  // namespace

Result<std::set<std::string, std::less<>>> columns_of(Database& db, const std::string& table) {
  ORC_TRY(query, db.prepare("SELECT name FROM pragma_table_info(?)"));
  query->bind(table);
  std::set<std::string, std::less<>> out;
  for (auto row = query->step();; row = query->step()) {
    if (!row) return tl::unexpected(row.error());
    if (!*row) return out;
    out.insert(query->text(0));
  }
}

Result<int> history_version(Database& db) {
  ORC_TRY(query, db.prepare("PRAGMA user_version"));
  int version = 0;
  ORC_DO(query->one_row([&](const Statement& found) { version = static_cast<int>(found.number(0)); }));
  return version;
}

Result<void> refuse_newer(int version) {
  if (version <= kHistoryVersion) return {};
  return fail(ErrorKind::kInvalid,
              fmt::format("history: written by a newer tmux-orc (version {}, this one knows {})", version,
                          kHistoryVersion));
}

Result<void> migrate_history(Database& db) {
  // Before the first table: it cannot be changed later. Room that pruning frees goes back to the file system
  // in pieces. A WAL that a long read let grow is cut back to the 4 MB after which SQLite makes a checkpoint.
  for (const char* pragma : {"PRAGMA auto_vacuum=INCREMENTAL", "PRAGMA journal_mode=WAL",
                             "PRAGMA synchronous=NORMAL", "PRAGMA journal_size_limit=4194304"}) {
    ORC_DO(db.execute(pragma));
  }
  ORC_TRY(version, history_version(db));
  if (*version == kHistoryVersion) return add_new_figures(db);
  ORC_DO(refuse_newer(*version));
  ORC_DO(db.execute("BEGIN IMMEDIATE"));
  version = history_version(db);  // another process may have been faster
  Result<void> done;
  if (version && *version < kHistoryVersion) done = migrate_from(db, *version);
  if (done) done = add_new_figures(db);
  const auto ended = db.execute(done ? "COMMIT" : "ROLLBACK");
  return done ? ended : done;
}

}  // namespace orc
