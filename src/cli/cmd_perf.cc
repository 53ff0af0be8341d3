// SPDX-License-Identifier: Apache-2.0
// tmux-orc perf watch|analyze: what the rounds cost, live.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command.h"
#include "live_screen.h"
#include "number.h"
#include "perf_view.h"
#include "setup.h"
#include "signals.h"
#include "status_source.h"
#include "terminal.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

constexpr std::size_t kRounds = 240;

struct PerfOptions {
  double interval_s = 2, duration_s = 0;
  bool realtime = false;
  std::size_t rounds = kRounds;
};

struct Look {
  nlohmann::ordered_json status;
  std::vector<RoundRecord> records;
};

Result<Look> look(StatusSource& source) {
  ORC_TRY(status, source.status());
  ORC_TRY(records, source.rounds(kRounds));
  return Look{std::move(*status), std::move(*records)};
}

// One look after the other, on the screen or as lines.
class PerfWatch {
 public:
  PerfWatch(StatusSource& source, bool json) : source_(source), json_(json) {
    if (::isatty(STDOUT_FILENO) == 1 && !json) screen_ = LiveScreen::open();
  }
  // Gives the exit code of ending now. A monitor that is being restarted is waited for.
  Result<int> next() {
    const auto now = look(source_);
    if (now) {
      show(*now);
    } else if (source_.is_monitor()) {
      wait_for_monitor(now.error());
    } else {
      screen_.reset();
      return tl::unexpected(now.error());
    }
    absent_ = !now;
    return absent_ ? kUnavailable : kOk;
  }
  // True when the person or a signal ends it.
  bool wait(Steady::time_point until) {
    return screen_ ? screen_->wait_for_quit(until) : wait_for_stop(until);
  }

 private:
  void show(const Look& l) {
    if (screen_)
      screen_->show(perf_frame(l.status, l.records, screen_->columns()));
    else if (json_)
      fmt::print("{}\n",
                 dump({{"window", to_json(summarize(l.records))},
                       {"last", l.records.empty() ? nlohmann::ordered_json() : to_json(l.records.back())}}));
    else
      fmt::print("{}\n", perf_line(l.status, l.records));
    std::fflush(stdout);
  }
  void wait_for_monitor(const Error& error) {
    const std::string text = error.message + "; waiting for it";
    if (screen_)
      screen_->show({text});
    else if (!absent_)
      complain(text);
  }

  StatusSource& source_;
  const bool json_;
  std::unique_ptr<LiveScreen> screen_;
  bool absent_ = false;
};

int watch(const Globals& globals, const PerfOptions& o) {
  block_stop_signals();
  auto source = open_status_source(globals, {});
  if (!source) return report(source.error());
  const auto end = o.duration_s > 0 ? Steady::now() + from_seconds(o.duration_s) : Steady::time_point::max();
  PerfWatch watch(**source, globals.json);
  for (;;) {
    const auto until = std::min(Steady::now() + from_seconds(o.interval_s), end);
    const auto code = watch.next();
    if (!code) return report(code.error());
    if (watch.wait(until)) return kOk;
    if (Steady::now() >= end) return *code;
  }
}

int analyze(const Globals& globals, const PerfOptions& o) {
  auto source = open_status_source(globals, {});
  if (!source) return report(source.error());
  Result<nlohmann::ordered_json> status = (*source)->status();
  // Without a monitor there is no past to look at: rounds of our own, and the gate needs the server's clock
  // to go on between some of them.
  const bool own = !(*source)->is_monitor();
  constexpr int kOwnRounds = 24, kApart_us = 200'000;
  for (int i = 1; status && own && i < kOwnRounds; ++i) {
    if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\rround {} of {} ", i + 1, kOwnRounds);
    ::usleep(kApart_us);
    status = (*source)->status();
  }
  if (own && ::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\x1b[K");
  if (!status) return report(status.error());
  const auto records = (*source)->rounds(o.rounds);
  if (!records) return report(records.error());
  const auto findings =
      analyze_rounds(*records, status->value("check_interval_s", 30.0), status->value("mode_reason", ""));
  if (globals.json) {
    fmt::print("{}\n", dump({{"rounds_of", own ? "this command" : "monitor"},
                             {"window", to_json(summarize(*records))},
                             {"findings", findings}},
                            2));
    return kOk;
  }
  if (own) fmt::print("No monitor runs: these are rounds of this command, {} s apart.\n", kApart_us / 1e6);
  for (const std::string& line : findings) fmt::print("{}\n", line);
  return kOk;
}

void add_perf(CLI::App& app, Globals& globals, Action& action) {
  auto* sub = app.add_subcommand("perf", "What the monitor's rounds cost");
  sub->require_subcommand(1);
  sub->footer("Example: tmux-orc perf watch --interval 10");
  auto o = std::make_shared<PerfOptions>();
  auto* watch_cmd = sub->add_subcommand(
      "watch",
      "Live: cycle time, phases, pool, cache, CPU, memory, agents; plain lines when not on a terminal");
  takes_number(watch_cmd->add_option("--interval", o->interval_s, "seconds between two looks"), 0.1, 86400)
      ->capture_default_str();
  takes_number(
      watch_cmd->add_option("--duration", o->duration_s, "end after so many seconds (default: never)"), 0.1,
      1e9);
  watch_cmd->footer(
      "A monitor that goes away is waited for.\n"
      "Exit code: 0 ended, 3 no monitor and no tmux server.\nExample: tmux-orc perf watch --interval 5 "
      "--duration 600");
  watch_cmd->callback([o, &globals, &action] { action = [o, &globals] { return watch(globals, *o); }; });
  auto* analyze_cmd =
      sub->add_subcommand("analyze", "Where the time of the last rounds went, and what to change");
  analyze_cmd->add_flag("--realtime", o->realtime, "the running monitor's last rounds (the default)");
  takes_whole(analyze_cmd->add_option("--rounds", o->rounds, "how many"), 1, 720)->capture_default_str();
  analyze_cmd->footer("Exit code: 0 analyzed.\nExample: tmux-orc perf analyze --realtime");
  analyze_cmd->callback([o, &globals, &action] { action = [o, &globals] { return analyze(globals, *o); }; });
}

const Registration kPerf(110, add_perf);

}  // namespace
}  // namespace orc::cli
