// SPDX-License-Identifier: Apache-2.0
// A year of history in minutes: how large the database gets, what an append costs, and how long the reports
// take.
//   orc_history_year [DAYS] [AGENTS] [INTERVAL_S] [TRANSITIONS_PER_AGENT_AND_DAY] [check]   (365 100 5 200)
// With `check` it ends with 1 if the database is larger than the arithmetic allows or a question takes three
// times the second that it may: the machine may be busy with other things.
// The arithmetic: raw rounds are kept 7 days, 7 * 86400 / 5 = 120 960 rows of about 80 bytes, 10 MB; raw
// transitions 35 days, 35 * 100 * 200 = 700 000 rows of about 35 bytes, 25 MB; sums 365 * 25 rows of about
// 800 bytes, 7 MB; times in state 365 * 100 agents * 4 states of about 20 bytes, 3 MB.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "support/agent_life.h"
#include "support/temp_dir.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/history/history_reader.h"
#include "tmux_orc/report/reports.h"

namespace {

using namespace orc;

constexpr double kLongestMs = 3000;

double size_of(const std::string& file) {
  std::error_code none;
  const auto size = std::filesystem::file_size(file, none);
  return none ? 0 : static_cast<double>(size);
}

// Bytes by the arithmetic above.
double expected_size(double days, double agents, double interval, double transitions) {
  return std::min(days, 7.0) * 86'400 / interval * 80 + std::min(days, 35.0) * agents * transitions * 35 +
         days * 25 * 800 + days * agents * 4 * 20;
}

// How long each report takes, and the check that the writer makes once a day; whether all were quick enough.
bool ask(const std::string& file, std::int64_t end) {
  auto reader = HistoryReader::open(file, "blue");
  if (!reader) return false;
  bool good = true;
  const auto timed = [&](const std::string& name, auto make) {
    const auto from = Steady::now();
    const bool made = make().has_value();
    const double ms = ms_between(from, Steady::now());
    fmt::print("  {}: {:.0f} ms{}\n", name, ms, made ? "" : " FAILED");
    good = good && made && ms < kLongestMs;
  };
  for (const int length : {1, 7, 30, 365}) {
    const Period period = last_days("period", length, end);
    const auto of = [&](const char* name) { return fmt::format("{} of {} days", name, length); };
    timed(of("perf report"), [&] { return perf_report(**reader, period); });
    timed(of("report"), [&] { return activity_report(**reader, period, true); });
    timed(of("cache"), [&] { return cache_report(**reader, period, 1000, 30); });
    timed(of("capacity"), [&] { return capacity_report(**reader, period, {}, 30); });
  }
  timed("quick_check", [&] { return check_history(file); });
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i, double fallback) { return argc > i ? std::atof(argv[i]) : fallback; };
  const double days = argument(1, 365), agents = argument(2, 100), interval = argument(3, 5),
               transitions = argument(4, 200);
  const test::TempDir dir;
  const std::string file = dir.path() + "/history.db";
  const std::int64_t start = 1767225600000, end = start + static_cast<std::int64_t>(days * 86'400'000);
  auto store = HistoryStore::open({file, "blue", "perf", interval, 7, 35, 13}, start);
  if (!store) return 1;
  // A change of state is drawn from six, two of which are the same: five of six draws are a transition.
  test::AgentLife life(static_cast<std::size_t>(agents), transitions * interval / 86'400 * 6 / 4.7);
  std::vector<HistoryRound> batch;
  std::int64_t rounds = 0, changed = 0;
  double append_ms = 0, prune_ms = 0;
  const auto step = static_cast<std::int64_t>(interval * 1000);
  for (std::int64_t at = start; at < end; at += step) {
    batch.push_back(life.round(at));
    changed += std::ssize(batch.back().snapshot->transitions);
    if (++rounds % 120 != 0) continue;  // every ten minutes, where the daemon writes every two seconds
    auto from = Steady::now();
    if (auto ok = (*store)->append(batch); !ok) return fmt::print(stderr, "{}\n", ok.error().message), 1;
    batch.clear();
    append_ms += ms_between(from, Steady::now());
    from = Steady::now();
    if (rounds % 720 == 0) {
      for (auto more = (*store)->prune(at); more && *more; more = (*store)->prune(at)) {
      }
    }
    prune_ms += ms_between(from, Steady::now());
  }
  // Beside a store that is still open, as the daemon's is.
  const double size = size_of(file), wal = size_of(file + "-wal"),
               expected = expected_size(days, agents, interval, transitions);
  fmt::print("{:g} days, {:g} agents, {:g} s: {} rounds, {} transitions ({:.0f} an agent and day)\n", days,
             agents, interval, rounds, changed, static_cast<double>(changed) / days / agents);
  fmt::print("database: {:.1f} MB and a WAL of {:.1f} MB, by the arithmetic {:.1f} MB\n", size / 1e6,
             wal / 1e6, expected / 1e6);
  fmt::print("append {:.1f} us a round, prune {:.1f} us a round\n",
             1000 * append_ms / static_cast<double>(rounds), 1000 * prune_ms / static_cast<double>(rounds));
  const bool quick = ask(file, end), small = size + wal < 1.25 * expected + 5e6;
  if (!small) fmt::print("the database is larger than the arithmetic allows\n");
  return argc > 5 && !(quick && small) ? 1 : 0;
}
