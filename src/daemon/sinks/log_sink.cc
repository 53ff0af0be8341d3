// SPDX-License-Identifier: Apache-2.0
#include "log_sink.h"

#include <fmt/format.h>

#include <vector>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

std::string event_text(const Transition& t) {
  return fmt::format("{} {} {}: {} -> {}{} [{}]", t.pane.server_name, printable(t.pane.target()), t.to.agent,
                     t.from.agent.empty() ? "new" : to_string(t.from.state),
                     t.gone ? "gone" : to_string(t.to.state),
                     t.to.detail.empty() ? "" : "/" + printable(t.to.detail), t.to.rule);
}

}  // namespace

void LogSink::configure(const Plan& plan, const Monitor&) {
  const Settings& s = plan.settings;
  level_ = s.log_level;
  each_round_ = s.perf_monitoring;
  max_failures_ = s.max_failures;
  log_.change_limits(s.log_max_size_mb, s.log_max_files);
}

void LogSink::take(const Looked& looked) {
  if (looked.record == nullptr) return;
  log_.check(level_);
  note_servers(looked.kept->servers);
  failures_ = looked.record->reachable > 0 ? 0 : failures_ + 1;
  if (failures_ == max_failures_) log_.error("no server reached {} times in a row; still looking", failures_);
  for (const Transition& t : looked.kept->transitions) log_.info("{}", event_text(t));
  if (each_round_) note_figures(looked.record->round);
}

// Why a server is not reached changes while it goes down: that it is not is told once.
void LogSink::note_servers(const std::vector<ServerFigures>& servers) {
  for (const ServerFigures& server : servers) {
    const std::string key = server.reachable ? server.note : "not reached";
    std::string& last = server_notes_[server.name];
    if (last == key) continue;
    last = key;
    if (key.empty())
      log_.info("server {}: well again", server.name);
    else
      log_.warning("server {}: {}{}", server.name,
                   server.reachable ? "" : "not reached: ", printable(server.note));
  }
}

void LogSink::note_figures(const RoundFigures& f) {
  log_.info(
      "round {}: {:.2f} ms (list {:.2f}, capture {:.2f}, aggregate {:.2f}), {} agents, {} captures, {} "
      "bytes, {} "
      "errors",
      f.number, f.phase.total, f.phase.list, f.phase.capture, f.phase.aggregate, f.agents, f.captures,
      f.bytes, f.errors + f.timeouts);
}

std::vector<std::string> LogSink::problems() const {
  const std::string problem = log_.problem();
  if (problem.empty()) return {};
  return {fmt::format("log: {} lines lost: {}", log_.lost(), problem)};
}

}  // namespace orc
