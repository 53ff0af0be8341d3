// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/history/history_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "history_schema.h"
#include "rollup.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/records.h"
#include "tmux_orc/figures/round_table.h"
#include "tmux_orc/sqlite/sqlite.h"

namespace orc {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole <= 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

PerfSummary summary_of(const Rollup& r, int day) {
  PerfSummary s;
  s.day = day;
  s.rounds = r.rounds;
  s.async_rounds = r["async_rounds"];
  s.timeouts = r["timeouts"];
  s.unreached = r["unreached"];
  s.transitions = r["transitions"];
  s.p50_ms = r.total.percentile(0.5) / 1000;
  s.p95_ms = r.total.percentile(0.95) / 1000;
  s.p99_ms = r.total.percentile(0.99) / 1000;
  s.max_ms = static_cast<double>(r.max_us) / 1000;
  s.mean_ms = ratio(r["total_us"], r.rounds) / 1000;
  s.max_at_ms = r.max_at_ms;
  s.list_p50_ms = r.list.percentile(0.5) / 1000;
  s.list_p95_ms = r.list.percentile(0.95) / 1000;
  s.capture_p50_ms = r.capture.percentile(0.5) / 1000;
  s.capture_p95_ms = r.capture.percentile(0.95) / 1000;
  s.cpu_percent = 100 * ratio(r["cpu_us"], r.wall_ms * 1000);
  s.resident_mb = static_cast<double>(r["rss_kb"]) / 1024;
  s.error_percent = 100 * ratio(r["errors"] + r["timeouts"], r["panes"]);
  s.pool_percent = r.pool_percent;
  s.agents = ratio(r["agents"], r.rounds);
  s.panes = ratio(r["panes"], r.rounds);
  s.captures = ratio(r["captures"], r.rounds);
  s.bytes = ratio(r["bytes"], r.rounds);
  s.spawns = ratio(r["spawns"], r.rounds);
  s.evictions = r["evictions"];
  s.expiries = r["expiries"];
  const auto count = [&](const char* column) { return static_cast<std::uint64_t>(r[column]); };
  s.looks = count("content_hits") + count("content_misses");
  CacheFigures looks;
  looks.pane_content = {.hits = count("content_hits"), .misses = count("content_misses")};
  looks.agent_status = {.hits = count("status_hits"),
                        .misses = count("status_misses"),
                        .evictions = count("status_evictions"),
                        .expiries = count("status_expiries")};
  const HitFigures rates = hit_figures(looks);
  s.content_rate = rates.content_rate;
  s.status_rate = rates.status_rate;
  s.unchanged_rate = rates.unchanged_rate;
  return s;
}

constexpr int kPiece = 2000;  // rows of an export that are held at once

// How long an agent of `present` p was in its state when it was last seen; ?1 is the environment.
constexpr const char* kPresentLength =
    "max(0, CASE WHEN p.lost_ms>0 THEN p.lost_ms ELSE (SELECT seen_ms FROM run WHERE env=?1 ORDER BY id DESC "
    "LIMIT 1) END - "
    "p.since_ms)";

}  // namespace

Period last_days(const std::string& name, int days, std::int64_t now_ms) {
  Period p;
  p.name = name;
  p.days = days;
  p.from_ms = day_start(now_ms, 1 - days);
  p.to_ms = now_ms;
  p.from_day = local_day(p.from_ms);
  p.to_day = local_day(now_ms);
  return p;
}

class HistoryReader::Impl {
 public:
  explicit Impl(Database db) : db_(std::move(db)) {}

  Result<void> prepare(const std::string& environment) {
    ORC_TRY(version, history_version(db_));
    ORC_DO(refuse_newer(*version));
    version_ = *version;
    return each_row(
        "SELECT id FROM environment WHERE name=?", [&](Statement& s) { env_ = s.number(0); }, environment);
  }

  // Runs a query and hands over each row.
  template <typename Row, typename... Args>
  Result<void> each_row(const std::string& sql, Row row, const Args&... args) {
    ORC_TRY(statement, db_.prepare(sql));
    return statement->bind(args...).each(row);
  }

  Result<std::vector<std::pair<std::int64_t, Rollup>>> rollups(int span, std::int64_t from, std::int64_t to) {
    std::vector<std::pair<std::int64_t, Rollup>> out;
    std::optional<Error> broken;
    auto done = each_row(
        fmt::format(
            "SELECT start, {} FROM rollup WHERE env=? AND span=? AND start BETWEEN ? AND ? ORDER BY start",
            columns("rollup", Rollup::columns())),
        [&](Statement& s) {
          auto r = Rollup::read(s, 1);
          if (r)
            out.emplace_back(s.number(0), std::move(*r));
          else
            broken = r.error();
        },
        env_, span, from, to);
    if (!done) return tl::unexpected(done.error());
    if (broken) return tl::unexpected(*broken);
    return out;
  }

  // The rows of a query by time and number (its first two columns), a piece at a time, as long as `each`
  // wants more.
  template <typename RowOf>
  Result<void> each_piece(const std::string& sql, std::int64_t since_ms, RowOf row_of, const Each& each) {
    std::int64_t at = since_ms, number = -1;
    for (;;) {
      std::vector<ExportRow> rows;
      auto done = each_row(
          sql,
          [&](Statement& s) {
            at = s.number(0);
            number = s.number(1);
            rows.push_back(row_of(s));
          },
          env_, at, number, kPiece);
      if (!done) return done;
      for (const ExportRow& row : rows) {
        if (!each(row)) return {};
      }
      if (std::ssize(rows) < kPiece) return {};
    }
  }

  // "a, b" as they are in the table of an older program: a figure that it did not have is 0.
  std::string columns(const std::string& table, std::string names) {
    const auto known = columns_of(db_, table);
    if (!known) return names;
    std::string out;
    for (std::string_view rest = names; !rest.empty();) {
      const std::string_view name = trim(rest.substr(0, rest.find(',')));
      rest.remove_prefix(
          std::min(rest.size(), rest.find(',') == rest.npos ? rest.size() : rest.find(',') + 1));
      out += fmt::format("{}{}", out.empty() ? "" : ", ", known->contains(name) ? name : "0");
    }
    return out;
  }

  std::int64_t env() const { return env_; }
  bool has_present() const { return version_ >= 2; }

 private:
  Database db_;
  int version_ = 0;
  std::int64_t env_ = 0;
};

Result<std::unique_ptr<HistoryReader>> HistoryReader::open(const std::string& path,
                                                           const std::string& environment) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return fail(ErrorKind::kUnavailable,
                "there is no history yet: a monitor records it (tmux-orc monitor start)");
  }
  ORC_TRY(db, Database::open(path, true));
  auto impl = std::make_unique<Impl>(std::move(*db));
  ORC_DO(impl->prepare(environment));
  return std::unique_ptr<HistoryReader>(new HistoryReader(std::move(impl)));
}

HistoryReader::HistoryReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HistoryReader::~HistoryReader() = default;

Result<std::vector<PerfSummary>> HistoryReader::days(const Period& p) {
  ORC_TRY(rollups, impl_->rollups(kDaySpan, p.from_day, p.to_day));
  std::vector<PerfSummary> out;
  for (const auto& [day, r] : *rollups) out.push_back(summary_of(r, static_cast<int>(day)));
  return out;
}

Result<PerfSummary> HistoryReader::whole(const Period& p) {
  ORC_TRY(rollups, impl_->rollups(kDaySpan, p.from_day, p.to_day));
  Rollup sum;
  for (const auto& [day, r] : *rollups) sum.merge(r);
  return summary_of(sum, 0);
}

Result<std::optional<std::int64_t>> HistoryReader::oldest_round_ms() {
  std::optional<std::int64_t> oldest;
  auto done = impl_->each_row(
      "SELECT at_ms FROM round WHERE env=? ORDER BY at_ms LIMIT 1",
      [&](Statement& s) { oldest = s.number(0); }, impl_->env());
  if (!done) return tl::unexpected(done.error());
  return oldest;
}

Result<std::vector<SlowRound>> HistoryReader::slowest(const Period& p, int count) {
  std::vector<SlowRound> out;
  auto done = impl_->each_row(
      "SELECT at_ms, number, total_us, list_us, capture_us, captures, spawns, timeouts, unreached FROM round "
      "WHERE env=? AND at_ms BETWEEN ? AND ? ORDER BY total_us DESC LIMIT ?",
      [&](Statement& s) {
        const auto ms = [&](int column) { return static_cast<double>(s.number(column)) / 1000; };
        out.push_back({s.number(0), s.number(1), ms(2), ms(3), ms(4), s.number(5), s.number(6), s.number(7),
                       s.number(8)});
      },
      impl_->env(), p.from_ms, p.to_ms, count);
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<std::vector<AgentTimes>> HistoryReader::agent_times(const Period& p) {
  std::vector<AgentTimes> out;
  std::map<std::int64_t, std::size_t> index;
  std::int64_t last = -1;
  auto done = impl_->each_row(
      "SELECT a.id, a.server, a.target, a.agent, a.role, d.state, sum(d.ms), sum(d.entered), "
      "max(d.longest_ms) FROM state_day d "
      "JOIN agent a ON a.id=d.agent WHERE d.env=? AND d.day BETWEEN ? AND ? GROUP BY a.id, d.state ORDER BY "
      "a.server, a.target, a.agent, a.id, d.state",
      [&](Statement& s) {
        if (s.number(0) != last) {
          last = s.number(0);
          index[last] = out.size();
          out.push_back(
              {s.text(1), s.text(2), s.text(3), s.number(4) == static_cast<int>(Role::kPm), {}, {}, {}});
        }
        const auto state = static_cast<State>(s.number(5));
        out.back().ms[state] = s.number(6);
        out.back().entered[state] = s.number(7);
        out.back().longest_ms[state] = s.number(8);
      },
      impl_->env(), p.from_day, p.to_day);
  if (!done) return tl::unexpected(done.error());
  if (out.empty() || !impl_->has_present()) return out;
  // A state that still goes on is as long as it was when its agent was last seen.
  done = impl_->each_row(
      fmt::format("SELECT p.agent, p.state, {} FROM present p WHERE p.env=?1", kPresentLength),
      [&](Statement& s) {
        const auto found = index.find(s.number(0));
        if (found == index.end()) return;
        auto& longest = out[found->second].longest_ms[static_cast<State>(s.number(1))];
        longest = std::max(longest, s.number(2));
      },
      impl_->env());
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<std::vector<Wait>> HistoryReader::longest_waits(const Period& p, int count) {
  std::string waits =
      "SELECT t.agent AS id, t.since_ms AS since, max(0, t.at_ms - t.since_ms) AS length, 0 AS still FROM "
      "transition "
      "t "
      "WHERE t.env=?1 AND t.at_ms BETWEEN ?2 AND ?3 AND t.from_state=?4 AND t.since_ms>0";
  if (impl_->has_present())
    waits += fmt::format(
        " UNION ALL SELECT p.agent, p.since_ms, {0}, 1 FROM present p WHERE p.env=?1 AND p.state=?4 AND "
        "p.since_ms>0 AND p.since_ms + ({0}) >= ?2",
        kPresentLength);
  std::vector<Wait> out;
  auto done = impl_->each_row(
      fmt::format(
          "SELECT a.server, a.target, a.agent, w.since, w.length, w.still FROM ({}) w JOIN agent a ON "
          "a.id=w.id ORDER BY w.length DESC LIMIT ?5",
          waits),
      [&](Statement& s) {
        out.push_back({s.text(0), s.text(1), s.text(2), s.number(3), s.number(4), s.number(5) != 0});
      },
      impl_->env(), p.from_ms, p.to_ms, State::kWaiting, count);
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<void> HistoryReader::spells(const Period& p, const std::string& server, const std::string& target,
                                   const std::function<void(const Spell&)>& each) {
  // A spell is told by the transition that ended it, so one of a long period may begin before it.
  std::string ended =
      "SELECT t.agent AS id, t.from_state AS state, t.since_ms AS since, t.at_ms AS until FROM transition t "
      "WHERE t.env=?1 AND t.at_ms>?2 AND t.since_ms>0 AND t.since_ms<?3";
  if (impl_->has_present())
    ended += fmt::format(
        " UNION ALL SELECT p.agent, p.state, p.since_ms, p.since_ms + ({}) FROM present p WHERE p.env=?1 AND "
        "p.since_ms>0 AND p.since_ms<?3",
        kPresentLength);
  return impl_->each_row(
      fmt::format(
          "SELECT a.server, a.target, a.agent, w.state, max(w.since, ?2) AS since, min(w.until, ?3) AS "
          "until FROM ({}) w JOIN agent a ON a.id=w.id WHERE w.until>?2 AND (?4='' OR (a.server=?4 AND "
          "a.target=?5)) ORDER BY 1, 2, since, until",
          ended),
      [&](Statement& s) {
        each({s.text(0), s.text(1), s.text(2), static_cast<State>(s.number(3)), s.number(4), s.number(5)});
      },
      impl_->env(), p.from_ms, p.to_ms, server, target);
}

Result<std::vector<RunRow>> HistoryReader::runs(const Period& p) {
  std::vector<RunRow> out;
  auto done = impl_->each_row(
      fmt::format("SELECT start_ms, seen_ms, {}, stop_ms IS NOT NULL, version FROM run WHERE env=? AND "
                  "seen_ms>=? AND start_ms<=? ORDER BY start_ms",
                  impl_->has_present() ? "interval_ms" : "30000"),
      [&](Statement& s) {
        out.push_back({s.number(0), s.number(1), s.number(2), s.number(3) != 0, s.text(4)});
      },
      impl_->env(), p.from_ms, p.to_ms);
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<std::vector<std::pair<std::int64_t, std::int64_t>>> HistoryReader::gaps(const Period& p) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  if (!impl_->has_present()) return out;
  auto done = impl_->each_row(
      "SELECT from_ms, to_ms FROM gap WHERE env=? AND to_ms>? AND from_ms<? ORDER BY from_ms",
      [&](Statement& s) { out.emplace_back(s.number(0), s.number(1)); }, impl_->env(), p.from_ms, p.to_ms);
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<std::optional<std::int64_t>> HistoryReader::first_run_ms() {
  std::optional<std::int64_t> first;
  auto done = impl_->each_row(
      "SELECT min(start_ms), count(*) FROM run WHERE env=?",
      [&](Statement& s) {
        if (s.number(1) > 0) first = s.number(0);
      },
      impl_->env());
  if (!done) return tl::unexpected(done.error());
  return first;
}

Result<std::map<std::string, std::pair<std::int64_t, std::int64_t>>> HistoryReader::notifications(
    const Period& p) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> out;
  auto done = impl_->each_row(
      "SELECT channel, sum(delivered), count(*) FROM notification WHERE env=? AND at_ms BETWEEN ? AND ? "
      "GROUP BY channel",
      [&](Statement& s) {
        out[s.text(0)] = {s.number(1), s.number(2) - s.number(1)};
      },
      impl_->env(), p.from_ms, p.to_ms);
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<std::vector<HistoryNotification>> HistoryReader::notification_log(int count) {
  std::vector<HistoryNotification> out;
  auto done = impl_->each_row(
      "SELECT at_ms, channel, target, text, delivered FROM notification WHERE env=? ORDER BY id DESC LIMIT ?",
      [&](Statement& s) {
        out.push_back({s.number(0), s.text(1), s.text(2), s.text(3), s.number(4) != 0});
      },
      impl_->env(), count);
  if (!done) return tl::unexpected(done.error());
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::vector<UsageSum>> HistoryReader::usage(const Period& p) {
  std::vector<UsageSum> out;
  bool is_known = false;
  auto known = impl_->each_row("SELECT 1 FROM sqlite_master WHERE name='usage_hour'",
                               [&](Statement&) { is_known = true; });
  if (!known) return tl::unexpected(known.error());
  if (!is_known) return out;  // written by an older program
  constexpr std::int64_t kHour = 3'600'000;
  auto done = impl_->each_row(
      "SELECT a.text, p.text, m.text, sum(tokens_in), sum(tokens_out), count(DISTINCT session), "
      "sum(max(cost, 0)), max(cost) FROM usage_hour u JOIN word a ON a.id=u.agent JOIN word p ON "
      "p.id=u.project "
      "JOIN word m ON m.id=u.model WHERE env=? AND hour BETWEEN ? AND ? GROUP BY 1, 2, 3 "
      "ORDER BY sum(tokens_in) + sum(tokens_out) DESC, 1, 2, 3",
      [&](Statement& s) {
        UsageSum u{s.text(0),
                   s.text(1),
                   s.text(2),
                   static_cast<std::uint64_t>(s.number(3)),
                   static_cast<std::uint64_t>(s.number(4)),
                   static_cast<std::uint64_t>(s.number(5)),
                   {}};
        if (s.number(7) >= 0) u.cost_usd = static_cast<double>(s.number(6)) / 1e6;
        out.push_back(std::move(u));
      },
      impl_->env(), p.from_ms / kHour, p.to_ms / kHour);
  if (!done) return tl::unexpected(done.error());
  return out;
}

// Only what it needs: a year has 9000 hours, and their three histograms take seconds to read on a busy
// machine.
Result<std::vector<CapacityPoint>> HistoryReader::hours(const Period& p) {
  std::vector<CapacityPoint> out;
  std::optional<Error> broken;
  auto done = impl_->each_row(
      "SELECT rounds, agents, captures, cpu_us, wall_ms, rss_kb, total_histogram FROM rollup WHERE env=? AND "
      "span=? AND start BETWEEN ? AND ? ORDER BY start",
      [&](Statement& s) {
        const auto total = Histogram::decode(s.bytes(6));
        if (!total) {
          broken = total.error();
          return;
        }
        const std::int64_t rounds = s.number(0), wall_ms = s.number(4);
        CapacityPoint h;
        h.agents = ratio(s.number(1), rounds);
        h.painting = ratio(s.number(2), rounds);
        h.cycle_ms = total->percentile(0.95) / 1000;
        h.cpu_percent = 100 * ratio(s.number(3), wall_ms * 1000);
        h.resident_mb = static_cast<double>(s.number(5)) / 1024;
        h.rounds = static_cast<double>(rounds);
        h.interval_s = ratio(wall_ms, rounds) / 1000;
        out.push_back(h);
      },
      impl_->env(), kHourSpan, p.from_ms / 3'600'000, p.to_ms / 3'600'000);
  if (!done) return tl::unexpected(done.error());
  if (broken) return tl::unexpected(*broken);
  return out;
}

Result<std::optional<std::pair<std::int64_t, std::string>>> HistoryReader::baseline() {
  std::optional<std::pair<std::int64_t, std::string>> out;
  auto done = impl_->each_row(
      "SELECT at_ms, figures FROM baseline WHERE env=?",
      [&](Statement& s) {
        out = {s.number(0), s.text(1)};
      },
      impl_->env());
  if (!done) return tl::unexpected(done.error());
  return out;
}

const std::vector<HistoryReader::Column>& HistoryReader::round_columns() {
  static const std::vector<Column> kColumns = [] {
    std::vector<Column> columns = {{"at_ms", true}, {"number", true}};
    for (const RoundFigure& f : round_figures()) {
      if (f.is_kept()) columns.push_back({f.column, true});
    }
    return columns;
  }();
  return kColumns;
}

const std::vector<HistoryReader::Column>& HistoryReader::transition_columns() {
  static const std::vector<Column> kColumns = {{"at_ms", true},  {"server", false}, {"target", false},
                                               {"agent", false}, {"role", false},   {"from", false},
                                               {"to", false},    {"detail", false}, {"rule", false},
                                               {"gone", true},   {"since_ms", true}};
  return kColumns;
}

Result<void> HistoryReader::export_rounds(std::int64_t since_ms, const Each& each) {
  std::string names;
  for (const Column& c : round_columns()) names += fmt::format("{}{}", names.empty() ? "" : ", ", c.name);
  const auto row_of = [](const Statement& s) {
    ExportRow row;
    for (int i = 0; i < std::ssize(round_columns()); ++i) row.push_back(std::to_string(s.number(i + 2)));
    return row;
  };
  return impl_->each_piece(
      fmt::format(
          "SELECT at_ms, number, {} FROM round WHERE env=?1 AND (at_ms, number) > (?2, ?3) ORDER BY at_ms, "
          "number LIMIT ?4",
          impl_->columns("round", names)),
      since_ms, row_of, each);
}

Result<void> HistoryReader::export_transitions(std::int64_t since_ms, const Each& each) {
  const auto row_of = [](const Statement& s) {
    const auto state = [&](int column) {
      return std::string(to_string(static_cast<State>(s.number(column))));
    };
    return ExportRow{std::to_string(s.number(0)),
                     s.text(2),
                     s.text(3),
                     s.text(4),
                     s.number(5) == static_cast<int>(Role::kPm) ? "pm" : "agent",
                     state(6),
                     state(7),
                     s.text(8),
                     s.text(9),
                     std::to_string(s.number(10)),
                     std::to_string(s.number(11))};
  };
  return impl_->each_piece(
      "SELECT t.at_ms, t.seq, a.server, a.target, a.agent, a.role, t.from_state, t.to_state, d.text, r.text, "
      "t.gone, "
      "t.since_ms FROM transition t CROSS JOIN agent a ON a.id=t.agent CROSS JOIN word d ON d.id=t.detail "
      "CROSS JOIN "
      "word r ON r.id=t.rule WHERE t.env=?1 AND (t.at_ms, t.seq) > (?2, ?3) ORDER BY t.at_ms, t.seq LIMIT ?4",
      since_ms, row_of, each);
}

Result<void> store_baseline(const std::string& path, const std::string& environment, std::int64_t now_ms,
                            const std::string& figures) {
  ORC_TRY(db, Database::open(path, false));
  ORC_DO(migrate_history(*db));
  ORC_TRY(insert,
          db->prepare("INSERT OR REPLACE INTO baseline SELECT id, ?2, ?3 FROM environment WHERE name=?1"));
  return insert->bind(environment, now_ms, figures).run();
}

}  // namespace orc
