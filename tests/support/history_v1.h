// SPDX-License-Identifier: Apache-2.0
// A history database as the first version of its tables had it: the migration must go on reading this, so it
// is never changed.
#pragma once

namespace orc::test {

// Environment blue; agent main:1.0 worked for an hour on 2026-11-01 (UTC), waited 10 minutes in it, and the
// run ended in order.
inline constexpr const char* kHistoryV1 = R"sql(
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
INSERT INTO environment VALUES(1, 'blue');
INSERT INTO word VALUES(1, ''), (2, 'claude/menu');
INSERT INTO agent VALUES(1, 'default', 'main:1.0', 'claude', 0);
INSERT INTO run VALUES(1, 1, 100, 'v1', 1793534400000, 1793538000000, 1793538000000);
INSERT INTO round VALUES(1, 1793534400000, 1, 1, 1, 1, 1, 100, 0, 0, 0, 0, 1, 1, 20, 500, 700, 10, 1300, 0, 1, 0, 1, 0, 0,
                         1000, 14000);
INSERT INTO transition VALUES(1, 1793536200000, 0, 1, 1, 2, 1, 2, 0, 1793534400000);
INSERT INTO transition VALUES(1, 1793536800000, 0, 1, 2, 1, 1, 2, 0, 1793536200000);
INSERT INTO rollup VALUES(1, 1, 20261101, 120, 120, 120, 120, 60, 6000, 0, 0, 0, 0, 2, 5, 156000, 2000, 1793534400000,
                          60, 60, 0, 60, 0, 0, 120000, 3600000, 14000, x'', x'', x'');
INSERT INTO state_day VALUES(1, 20261101, 1, 1, 3000000, 1, 1800000), (1, 20261101, 1, 2, 600000, 1, 600000);
INSERT INTO notification VALUES(1, 1, 1793536200000, 'bell', 'main:1.0', 'waits', 1);
INSERT INTO baseline VALUES(1, 1793538000000, '{"cycle_p50_ms":1.3}');
PRAGMA user_version=1;
)sql";

}  // namespace orc::test
