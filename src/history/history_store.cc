// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/history/history_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "history_schema.h"
#include "rollup.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/round_table.h"
#include "tmux_orc/sqlite/sqlite.h"

namespace orc {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr int kPruneRows = 5000;
constexpr std::size_t kMostCached = 50'000;  // agents and words; a server life of 1000 agents needs 1000

// What happened in one state of one agent on one day.
struct StateSum {
  std::int64_t ms = 0, entered = 0, longest_ms = 0;
};
using StateKey = std::tuple<int, std::int64_t, int>;  // day, agent, state

// What a pane's row in `agent` was made of.
struct CachedAgent {
  std::int64_t id = 0;
  std::string server, session, agent;
  int window_index = 0, pane_index = 0;
  Role role = Role::kAgent;
  bool is(const PaneRef& p, const std::string& name) const {
    return server == p.server_name && session == p.session && agent == name &&
           window_index == p.window_index && pane_index == p.pane_index && role == p.role;
  }
};

// An agent as `present` has it.
struct Present {
  std::int64_t agent = 0, since_ms = 0, lost_ms = 0;
  State state = State::kUnknown;
  std::string server;
  bool in_round = false;  // of the round that is being added
  bool is_same(const Present& o) const {
    return agent == o.agent && since_ms == o.since_ms && lost_ms == o.lost_ms && state == o.state;
  }
};

bool has_server(const Snapshot& s, const std::string& server, bool reachable) {
  return std::any_of(s.servers.begin(), s.servers.end(),
                     [&](const ServerFigures& f) { return f.reachable == reachable && f.name == server; });
}
bool is_reached(const Snapshot& s, const std::string& server) { return has_server(s, server, true); }
// Watched and not reached; one that is not watched any more is neither.
bool is_lost(const Snapshot& s, const std::string& server) { return has_server(s, server, false); }

// The last round's agents: their states hold until this round.
struct LastRound {
  RoundRecord record;
  std::shared_ptr<const Snapshot> snapshot;
  double interval_s = 0;  // that the next round was to come after
};

std::string insert_round_sql() {
  std::string names, places;
  for (const RoundFigure& f : round_figures()) {
    if (!f.is_kept()) continue;
    names += fmt::format(", {}", f.column);
    places += ",?";
  }
  return fmt::format("INSERT OR REPLACE INTO round(env, at_ms, number{}) VALUES(?,?,?{})", names, places);
}

}  // namespace

class HistoryStore::Impl {
 public:
  Impl(HistorySettings settings, Database db) : settings_(std::move(settings)), db_(std::move(db)) {}

  Result<void> prepare(std::int64_t now_ms) {
    const std::pair<Statement*, std::string> statements[] = {
        {&insert_round_, insert_round_sql()},
        {&insert_transition_, "INSERT OR REPLACE INTO transition VALUES(?,?,?,?,?,?,?,?,?,?)"},
        {&insert_agent_, "INSERT OR IGNORE INTO agent(server, target, agent, role) VALUES(?,?,?,?)"},
        {&find_agent_, "SELECT id FROM agent WHERE server=? AND target=? AND agent=? AND role=?"},
        {&insert_word_, "INSERT OR IGNORE INTO word(text) VALUES(?)"},
        {&find_word_, "SELECT id FROM word WHERE text=?"},
        {&add_state_,
         "INSERT INTO state_day VALUES(?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET ms=ms+excluded.ms, "
         "entered=entered+excluded.entered, longest_ms=max(longest_ms, excluded.longest_ms)"},
        {&replace_rollup_, Rollup::replace_sql()},
        {&find_rollup_,
         fmt::format("SELECT {} FROM rollup WHERE env=? AND span=? AND start=?", Rollup::columns())},
        {&data_version_, "PRAGMA data_version"},
        {&see_run_, "UPDATE run SET seen_ms=?2, interval_ms=?3 WHERE id=?1"},
        {&end_run_, "UPDATE run SET seen_ms=?2, stop_ms=?2 WHERE id=?1"},
        {&insert_gap_, "INSERT OR REPLACE INTO gap VALUES(?,?,?)"},
        {&put_present_, "INSERT OR REPLACE INTO present VALUES(?,?,?,?,?,?,?)"},
        {&remove_present_, "DELETE FROM present WHERE env=? AND server=? AND pane=?"},
        {&insert_notification_,
         "INSERT INTO notification(env, at_ms, channel, target, text, delivered) VALUES(?,?,?,?,?,?)"},
        {&put_usage_, "INSERT OR REPLACE INTO usage_hour VALUES(?,?,?,?,?,?,?,?,?)"},
    };
    for (const auto& [statement, sql] : statements) {
      ORC_TRY(prepared, db_.prepare(sql));
      *statement = std::move(*prepared);
    }
    return in_transaction([&] { return begin_run(now_ms); });
  }

  void change_settings(HistorySettings settings) { settings_ = std::move(settings); }

  Result<void> append(std::span<const HistoryRound> rounds) {
    if (rounds.empty()) return {};
    const auto last_before = last_;
    const auto done = in_transaction([&]() -> Result<void> {
      for (const HistoryRound& r : rounds) {
        ORC_DO(add_round(r));
      }
      return write_sums(rounds.back().record.at_ms);
    });
    if (!done) last_ = last_before;
    return done;
  }

  Result<void> append_notifications(std::span<const HistoryNotification> notifications) {
    return in_transaction([&]() -> Result<void> {
      for (const HistoryNotification& n : notifications) {
        if (auto ok =
                insert_notification_.bind(env_, n.at_ms, n.channel, n.target, n.text, n.delivered).run();
            !ok)
          return ok;
      }
      return {};
    });
  }

  Result<void> append_usage(std::span<const HistoryUsage> usage) {
    return in_transaction([&]() -> Result<void> {
      for (const HistoryUsage& u : usage) {
        const auto model = word_id(u.model), agent = word_id(u.agent), project = word_id(u.project);
        for (const auto* id : {&model, &agent, &project}) {
          if (!*id) return tl::unexpected(id->error());
        }
        const std::int64_t cost = u.cost_usd ? std::llround(*u.cost_usd * 1e6) : -1;
        put_usage_.bind(env_, u.hour, static_cast<std::int64_t>(u.session), *model, *agent, *project,
                        static_cast<std::int64_t>(u.tokens_in), static_cast<std::int64_t>(u.tokens_out),
                        cost);
        ORC_DO(put_usage_.run());
      }
      return {};
    });
  }

  Result<bool> prune(std::int64_t now) {
    const auto rounds = old_before(now, settings_.raw_rounds_days),
               transitions = old_before(now, settings_.raw_transitions_days),
               sums = old_before(now, 31 * settings_.rollup_months);
    for (const auto* limit : {&rounds, &transitions, &sums}) {
      if (!*limit) return tl::unexpected(limit->error());
    }
    const std::int64_t rollups = *sums;
    const std::pair<const char*, std::int64_t> olds[] = {
        {"round WHERE (env, at_ms, number) IN (SELECT env, at_ms, number FROM round WHERE env=?1 AND "
         "at_ms<?2 LIMIT ?3)",
         *rounds},
        {"transition WHERE (env, at_ms, seq) IN (SELECT env, at_ms, seq FROM transition WHERE env=?1 AND "
         "at_ms<?2 LIMIT ?3)",
         *transitions},
        {"rollup WHERE (env, span, start) IN (SELECT env, span, start FROM rollup WHERE env=?1 AND span=0 "
         "AND start<?2 LIMIT ?3)",
         rollups / kHourMs},
        {"rollup WHERE (env, span, start) IN (SELECT env, span, start FROM rollup WHERE env=?1 AND span=1 "
         "AND start<?2 LIMIT ?3)",
         local_day(rollups)},
        {"state_day WHERE (env, day, agent, state) IN (SELECT env, day, agent, state FROM state_day WHERE "
         "env=?1 AND day<?2 LIMIT ?3)",
         local_day(rollups)},
        {"gap WHERE (env, from_ms) IN (SELECT env, from_ms FROM gap WHERE env=?1 AND to_ms<?2 LIMIT ?3)",
         rollups},
        {"notification WHERE id IN (SELECT id FROM notification WHERE env=?1 AND at_ms<?2 LIMIT ?3)",
         rollups},
        {"usage_hour WHERE (env, hour, session, model) IN (SELECT env, hour, session, model FROM usage_hour "
         "WHERE env=?1 AND hour<?2 LIMIT ?3)",
         rollups / kHourMs},
        {"run WHERE id IN (SELECT id FROM run WHERE env=?1 AND seen_ms<?2 AND id<>(SELECT max(id) FROM run "
         "WHERE env=?1) LIMIT ?3)",
         rollups},
    };
    for (const auto& [what, limit] : olds) {
      ORC_TRY(remove, db_.prepare(fmt::format("DELETE FROM {}", what)));
      ORC_DO(remove->bind(env_, limit, kPruneRows).run());
      if (sqlite3_changes(db_.handle()) >= kPruneRows) return true;
    }
    ORC_DO(db_.execute("PRAGMA incremental_vacuum(500)"));
    return false;
  }

  Result<void> drop_unused() {
    const auto done = in_transaction([&]() -> Result<void> {
      auto words = db_.execute(
          "DELETE FROM word WHERE id NOT IN (SELECT detail FROM transition UNION SELECT rule FROM transition "
          "UNION SELECT agent FROM usage_hour UNION SELECT project FROM usage_hour UNION SELECT model FROM "
          "usage_hour)");
      if (!words) return words;
      return db_.execute(
          "DELETE FROM agent WHERE id NOT IN (SELECT agent FROM transition UNION SELECT agent FROM state_day "
          "UNION SELECT agent FROM present)");
    });
    agents_.clear();
    words_.clear();
    return done;
  }

  Database& database() { return db_; }

  Result<void> end_run(std::int64_t now_ms) { return end_run_.bind(run_, now_ms).run(); }

 private:
  // What is older than the clock says, and than as many days with rounds; 0: nothing is.
  Result<std::int64_t> old_before(std::int64_t now, std::int64_t days) {
    ORC_TRY(
        query,
        db_.prepare("SELECT start FROM rollup WHERE env=? AND span=? ORDER BY start DESC LIMIT 1 OFFSET ?"));
    std::int64_t first_kept = 0;
    const auto row = query->bind(env_, kDaySpan, days - 1).one_row([&](const Statement& found) {
      first_kept = day_start_of(static_cast<int>(found.number(0)));
    });
    if (!row) return tl::unexpected(row.error());
    return std::min(now - days * kDayMs, first_kept);
  }

  // Another process may have dropped names that this one has numbers of.
  Result<void> heed_others() {
    std::int64_t version = 0;
    ORC_DO(data_version_.bind().one_row([&](const Statement& found) { version = found.number(0); }));
    if (std::exchange(seen_version_, version) == version) return {};
    agents_.clear();
    words_.clear();
    return {};
  }

  template <typename Work>
  Result<void> in_transaction(Work work) {
    ORC_DO(db_.execute("BEGIN IMMEDIATE"));
    Result<void> done = heed_others();
    if (done) done = work();
    if (done) done = db_.execute("COMMIT");
    if (!done) {
      const Error error = std::move(done).error();
      db_.reset_all();
      static_cast<void>(db_.execute("ROLLBACK"));
      forget();
      return tl::unexpected(error);
    }
    assert(!db_.is_busy());  // see Statement::one_row
    if (db_.is_busy()) db_.reset_all();
    return {};
  }

  // After a rollback nothing that was looked up or added in it is to be trusted.
  void forget() {
    agents_.clear();
    words_.clear();
    rollups_.clear();
    states_.clear();
    present_.clear();
    present_is_read_ = false;
  }

  Result<void> begin_run(std::int64_t now_ms) {
    ORC_TRY(insert_env, db_.prepare("INSERT OR IGNORE INTO environment(name) VALUES(?)"));
    ORC_DO(insert_env->bind(settings_.environment).run());
    ORC_TRY(find_env, db_.prepare("SELECT id FROM environment WHERE name=?"));
    const auto row = find_env->bind(settings_.environment).one_row([this](const Statement& found) {
      env_ = found.number(0);
    });
    if (!row) return tl::unexpected(row.error());
    ORC_TRY(find_seen, db_.prepare("SELECT coalesce(max(seen_ms), ?2) FROM run WHERE env=?1"));
    const auto seen = find_seen->bind(env_, now_ms).one_row([this](const Statement& found) {
      seen_before_ms_ = found.number(0);
    });
    if (!seen) return tl::unexpected(seen.error());
    ORC_TRY(insert_run,
            db_.prepare(
                "INSERT INTO run(env, pid, version, start_ms, seen_ms, interval_ms) VALUES(?,?,?,?,?,?)"));
    insert_run->bind(env_, ::getpid(), settings_.version, now_ms, now_ms, interval_ms());
    ORC_DO(insert_run->run());
    run_ = db_.last_id();
    return {};
  }

  // Makes the row if it is not there; the id in either case.
  template <typename... Key>
  Result<std::int64_t> id_of(Statement& insert, Statement& find, const Key&... key) {
    ORC_DO(insert.bind(key...).run());
    std::int64_t id = 0;
    ORC_DO(find.bind(key...).one_row([&](const Statement& found) { id = found.number(0); }));
    return id;
  }

  Result<std::int64_t> agent_id(const PaneRef& pane, const std::string& agent) {
    // Asked for every agent in every round: without the cache by pane it is most of an append.
    CachedAgent& cached = agents_[pane.key];
    if (cached.id != 0 && cached.is(pane, agent)) return cached.id;
    if (agents_.size() > kMostCached) agents_.clear();
    const auto id = id_of(insert_agent_, find_agent_, pane.server_name, printable(pane.target()), agent,
                          static_cast<int>(pane.role));
    if (id)
      agents_[pane.key] = {
          *id, pane.server_name, pane.session, agent, pane.window_index, pane.pane_index, pane.role};
    return id;
  }

  Result<std::int64_t> word_id(const std::string& text) {
    if (const auto found = words_.find(text); found != words_.end()) return found->second;
    if (words_.size() > kMostCached) words_.clear();
    const auto id = id_of(insert_word_, find_word_, text);
    if (id) words_[text] = *id;
    return id;
  }

  Result<void> add_round(const HistoryRound& r) {
    ORC_DO(read_present());
    if (r.clock_step_ms != 0) {
      ORC_DO(follow_clock(r.clock_step_ms));
    }
    if (last_) {
      ORC_DO(add_time_since(*last_, r.record.at_ms));
    }
    // After a gap the time is nobody's: a night in suspend would make any CPU use look like none.
    RoundRecord record = r.record;
    std::int64_t wall_ms = 0;
    if (last_ && !is_gap(*last_, record.at_ms))
      wall_ms = std::max<std::int64_t>(0, record.at_ms - last_->record.at_ms);
    else
      record.process.cpu_s = 0;
    ORC_DO(insert_round(record));
    for (const auto& [span, start] : {std::pair<int, std::int64_t>(kHourSpan, record.at_ms / kHourMs),
                                      std::pair<int, std::int64_t>(kDaySpan, local_day(record.at_ms))}) {
      ORC_TRY(rollup, rollup_of(span, start));
      (*rollup)->add(record, wall_ms);
    }
    ORC_DO(add_transitions(r));
    ORC_DO(follow_present(r));
    last_ = LastRound{r.record, r.snapshot, settings_.check_interval_s};
    return {};
  }

  // The wall clock was set: the last round was as long ago as it was, and the run is as long.
  Result<void> follow_clock(std::int64_t step_ms) {
    for (auto& [key, present] : present_) {
      if (present.lost_ms > 0) present.lost_ms += step_ms;
      present.since_ms += step_ms;
    }
    ORC_TRY(
        move_present,
        db_.prepare(
            "UPDATE present SET since_ms=since_ms+?2, lost_ms=CASE WHEN lost_ms>0 THEN lost_ms+?2 ELSE 0 END "
            "WHERE env=?1"));
    ORC_DO(move_present->bind(env_, step_ms).run());
    if (!last_) {  // between two runs
      seen_before_ms_ += step_ms;
      return {};
    }
    ORC_TRY(move_run, db_.prepare("UPDATE run SET start_ms=start_ms+?2, seen_ms=seen_ms+?2 WHERE id=?1"));
    ORC_DO(move_run->bind(run_, step_ms).run());
    auto moved = std::make_shared<Snapshot>(*last_->snapshot);
    for (AgentStatus& a : moved->agents) {
      if (a.since_ms != 0) a.since_ms += step_ms;
    }
    last_->record.at_ms += step_ms;
    last_->snapshot = std::move(moved);
    return {};
  }

  // A reload may just have changed the interval: the longer one holds for the first round after it.
  bool is_gap(const LastRound& last, std::int64_t now) const {
    return now - last.record.at_ms > longest_gap_ms(std::max(last.interval_s, settings_.check_interval_s));
  }

  Result<void> add_time_since(const LastRound& last, std::int64_t now) {
    if (!is_gap(last, now)) return add_state_times(last, now);
    return insert_gap_.bind(env_, last.record.at_ms, now).run();
  }

  Result<void> insert_round(const RoundRecord& r) {
    insert_round_.bind(env_, r.at_ms, r.round.number);
    int place = 3;
    for (const RoundFigure& f : round_figures()) {
      if (f.is_kept()) insert_round_.put(++place, f.value(r));
    }
    return insert_round_.run();
  }

  Result<void> add_transitions(const HistoryRound& r) {
    int seq = 0;
    for (const Transition& t : r.snapshot->transitions) {
      const auto agent = agent_id(t.pane, t.to.agent);
      const auto detail = word_id(t.to.detail), rule = word_id(t.to.rule);
      if (!agent || !detail || !rule)
        return tl::unexpected((!agent ? agent : !detail ? detail : rule).error());
      const std::int64_t since = since_of(t.pane.key, t.from.state);
      if (auto ok = insert_transition_
                        .bind(env_, r.record.at_ms, seq++, *agent, t.from.state, t.to.state, *detail, *rule,
                              t.gone, since)
                        .run();
          !ok) {
        return ok;
      }
      const int day = local_day(t.at_ms);
      if (!t.gone) ++states_[{day, *agent, static_cast<int>(t.to.state)}].entered;
      if (since == 0 || t.from.agent.empty()) continue;
      // The state that ended here, at its full length.
      ORC_TRY(before, agent_id(t.pane, t.from.agent));
      StateSum& sum = states_[{day, *before, static_cast<int>(t.from.state)}];
      sum.longest_ms = std::max(sum.longest_ms, t.at_ms - since);
    }
    return {};
  }

  // Since when the pane was in the state that it had in the last round, if need be that of an earlier run; 0
  // if that is not known.
  std::int64_t since_of(const PaneKey& key, State state) const {
    if (!last_) {
      const auto found = present_.find(key);
      return found != present_.end() && found->second.state == state ? found->second.since_ms : 0;
    }
    for (const AgentStatus& a : last_->snapshot->agents) {
      if (a.pane.key == key) return a.since_ms;
    }
    return 0;
  }

  // Every agent that was seen in the last round was in its state until now. One whose server was not reached
  // is in the snapshot with what was last known of it: nobody knows what it did.
  Result<void> add_state_times(const LastRound& last, std::int64_t now) {
    const std::int64_t from = last.record.at_ms;
    if (now <= from) return {};
    const std::int64_t midnight = day_start(now);
    const int day = local_day(now), day_before = local_day(from);
    for (const AgentStatus& a : last.snapshot->agents) {
      if (!is_reached(*last.snapshot, a.pane.server_name)) continue;
      ORC_TRY(id, agent_id(a.pane, a.verdict.agent));
      const int state = static_cast<int>(a.verdict.state);
      if (from < midnight) states_[{day_before, *id, state}].ms += midnight - from;
      states_[{day, *id, state}].ms += now - std::max(from, midnight);
    }
    return {};
  }

  Result<void> read_present() {
    if (std::exchange(present_is_read_, true)) return {};
    ORC_TRY(
        query,
        db_.prepare(
            "SELECT p.server, p.pane, p.agent, p.since_ms, p.lost_ms, p.state, a.server FROM present p JOIN "
            "agent a "
            "ON a.id=p.agent WHERE p.env=?"));
    query->bind(env_);
    for (auto row = query->step();; row = query->step()) {
      if (!row) return tl::unexpected(row.error());
      if (!*row) return {};
      const PaneKey key{static_cast<ServerId>(query->number(0)), static_cast<PaneId>(query->number(1))};
      present_[key] = {query->number(2), query->number(3), query->number(4),
                       static_cast<State>(query->number(5)), query->text(6)};
    }
  }

  // Keeps `present` as the round has it. Who is not in it is gone, unless its server is watched and was not
  // reached.
  Result<void> follow_present(const HistoryRound& r) {
    for (auto& [key, present] : present_) present.in_round = false;
    for (const AgentStatus& a : r.snapshot->agents) {
      ORC_DO(put_present(a, *r.snapshot));
    }
    for (auto it = present_.begin(); it != present_.end();) {
      Present& present = it->second;
      if (!present.in_round && is_lost(*r.snapshot, present.server)) {
        ORC_DO(lose_present(it->first, present));
      } else if (!present.in_round) {
        ORC_DO(remove_present_.bind(env_, it->first.server, it->first.pane).run());
        it = present_.erase(it);
        continue;
      }
      ++it;
    }
    return {};
  }

  // An agent that is remembered from an earlier run, of a server that this one has not reached yet.
  Result<void> lose_present(const PaneKey& key, Present& present) {
    if (present.lost_ms > 0) return {};
    present.lost_ms = last_seen_ms();
    return write_present(key, present);
  }

  Result<void> put_present(const AgentStatus& a, const Snapshot& snapshot) {
    ORC_TRY(id, agent_id(a.pane, a.verdict.agent));
    Present& known = present_[a.pane.key];
    known.in_round = true;
    Present now{*id, a.since_ms, 0, a.verdict.state, a.pane.server_name, true};
    if (!is_reached(snapshot, a.pane.server_name))
      now.lost_ms = known.lost_ms > 0 ? known.lost_ms : last_seen_ms();
    if (known.is_same(now)) return {};
    known = std::move(now);
    return write_present(a.pane.key, known);
  }

  Result<void> write_present(const PaneKey& key, const Present& p) {
    return put_present_.bind(env_, key.server, key.pane, p.agent, p.state, p.since_ms, p.lost_ms).run();
  }

  // When the last round before this one was, if need be that of an earlier run.
  std::int64_t last_seen_ms() const { return last_ ? last_->record.at_ms : seen_before_ms_; }

  std::int64_t interval_ms() const { return static_cast<std::int64_t>(settings_.check_interval_s * 1000); }

  Result<Rollup*> rollup_of(int span, std::int64_t start) {
    const auto key = std::pair(span, start);
    if (const auto found = rollups_.find(key); found != rollups_.end()) return &found->second;
    Result<Rollup> rollup;
    const auto row = find_rollup_.bind(env_, span, start).one_row([&](const Statement& found) {
      rollup = Rollup::read(found, 0);
    });
    if (!row) return tl::unexpected(row.error());
    if (!rollup) return tl::unexpected(rollup.error());
    return &(rollups_[key] = std::move(*rollup));
  }

  Result<void> write_sums(std::int64_t now_ms) {
    for (const auto& [key, rollup] : rollups_) {
      ORC_DO(rollup.write(replace_rollup_, env_, key.first, key.second));
    }
    // Only the newest hour and day go on growing.
    std::erase_if(rollups_, [&](const auto& entry) {
      return entry.first.second != (entry.first.first == kHourSpan ? now_ms / kHourMs : local_day(now_ms));
    });
    for (const auto& [key, sum] : states_) {
      const auto& [day, agent, state] = key;
      ORC_DO(add_state_.bind(env_, day, agent, state, sum.ms, sum.entered, sum.longest_ms).run());
    }
    states_.clear();
    return see_run_.bind(run_, now_ms, interval_ms()).run();
  }

  HistorySettings settings_;
  Database db_;
  Statement insert_round_, insert_transition_, insert_agent_, find_agent_, insert_word_, find_word_,
      add_state_, replace_rollup_, find_rollup_, see_run_, end_run_, insert_notification_, put_usage_,
      insert_gap_, put_present_, remove_present_, data_version_;
  std::int64_t env_ = 0, run_ = 0, seen_before_ms_ = 0, seen_version_ = 0;
  std::optional<LastRound> last_;
  std::unordered_map<PaneKey, CachedAgent> agents_;
  std::unordered_map<std::string, std::int64_t> words_;
  std::unordered_map<PaneKey, Present> present_;
  bool present_is_read_ = false;
  std::map<std::pair<int, std::int64_t>, Rollup> rollups_;
  std::map<StateKey, StateSum> states_;
};

Result<std::unique_ptr<HistoryStore>> HistoryStore::open(HistorySettings settings, std::int64_t now_ms) {
  ORC_TRY(db, Database::open(settings.path, false));
  // What waits is kept by who calls, and tried again; a stop must not wait for long.
  sqlite3_busy_timeout(db->handle(), 250);
  ORC_DO(migrate_history(*db));
  auto impl = std::make_unique<Impl>(std::move(settings), std::move(*db));
  ORC_DO(impl->prepare(now_ms));
  return std::unique_ptr<HistoryStore>(new HistoryStore(std::move(impl)));
}

HistoryStore::HistoryStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HistoryStore::~HistoryStore() = default;
void HistoryStore::change_settings(HistorySettings settings) { impl_->change_settings(std::move(settings)); }
Result<void> HistoryStore::append(std::span<const HistoryRound> rounds) { return impl_->append(rounds); }
Result<void> HistoryStore::append_usage(std::span<const HistoryUsage> u) { return impl_->append_usage(u); }
Result<void> HistoryStore::append_notifications(std::span<const HistoryNotification> n) {
  return impl_->append_notifications(n);
}
Result<bool> HistoryStore::prune(std::int64_t now_ms) { return impl_->prune(now_ms); }
Database& HistoryStore::database() { return impl_->database(); }
Result<void> HistoryStore::drop_unused() { return impl_->drop_unused(); }
Result<void> HistoryStore::end_run(std::int64_t now_ms) { return impl_->end_run(now_ms); }

}  // namespace orc
