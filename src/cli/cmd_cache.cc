// tmux-orc cache stats|clear: the running monitor's cache.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "command.h"
#include "setup.h"
#include "status_source.h"
#include "terminal.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

std::vector<std::string> layer_row(const char* name, const LayerFigures& l) {
  const std::uint64_t looks = l.hits + l.misses;
  return {name,
          std::to_string(l.entries),
          std::to_string(l.hits),
          std::to_string(l.misses),
          looks == 0
              ? "-"
              : fmt::format("{:.1f}%", 100.0 * static_cast<double>(l.hits) / static_cast<double>(looks)),
          std::to_string(l.evictions),
          std::to_string(l.expiries)};
}

int stats(const Globals& globals) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  const auto status = ask_monitor(*paths, "GET", "/api/v1/status");
  if (!status) return report(status.error());
  const auto snapshot = snapshot_from_json((*status)["snapshot"]);
  if (!snapshot) return report(snapshot.error());
  const CacheFigures& c = snapshot->round.cache;
  if (globals.json) {
    fmt::print("{}\n", dump({{"settings", (*status)["cache"]},
                             {"layers", (*status)["snapshot"]["round"]["cache"]},
                             {"window", (*status)["window"]["hits"]}},
                            2));
    return kOk;
  }
  const auto& settings = (*status)["cache"];
  fmt::print("{} of {} entries a layer, {:g} s to live{}\n\n{}\n", settings.value("strategy", ""),
             settings.value("max_size", 0), settings.value("default_ttl_s", 0.0),
             settings.value("enabled", true) ? "" : ", switched off",
             table({{"layer", "entries", "hits", "misses", "hit rate", "evictions", "expiries"},
                    layer_row("pane_content", c.pane_content),
                    layer_row("agent_status", c.agent_status)},
                   {false, true, true, true, true, true, true}));
  fmt::print(
      "pane_content: a pane was not even captured. agent_status: a captured screen was known. Since the "
      "monitor started.\n");
  return kOk;
}

int clear(const Globals& globals, bool confirmed) {
  if (!confirmed) {
    if (::isatty(STDIN_FILENO) != 1) {
      return report({ErrorKind::kInvalid, "not on a terminal: say --confirm if the cache is to be cleared"});
    }
    fmt::print("Clear the monitor's cache? The next round reads every pane. [y/N] ");
    std::fflush(stdout);
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != "y" && answer != "Y" && answer != "yes") {
      fmt::print("Nothing was changed.\n");
      return kNo;
    }
  }
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  if (const auto done = ask_monitor(*paths, "POST", "/api/v1/cache/clear"); !done)
    return report(done.error());
  fmt::print("The cache is cleared.\n");
  return kOk;
}

void add_cache(CLI::App& app, Globals& globals, Action& action) {
  auto* sub = app.add_subcommand("cache", "The running monitor's cache");
  sub->require_subcommand(1);
  sub->footer("Example: tmux-orc cache stats");
  auto* stats_cmd = sub->add_subcommand("stats", "Entries, hits and misses by layer");
  stats_cmd->footer("Exit code: 0 shown, 3 no monitor is running.\nExample: tmux-orc cache stats --json");
  stats_cmd->callback([&globals, &action] { action = [&globals] { return stats(globals); }; });
  auto confirmed = std::make_shared<bool>(false);
  auto* clear_cmd = sub->add_subcommand("clear", "Drop everything in it; the next round reads every pane");
  clear_cmd->add_flag("--confirm", *confirmed, "do not ask");
  clear_cmd->footer(
      "Exit code: 0 cleared, 1 answered no, 3 no monitor is running.\nExample: tmux-orc cache clear "
      "--confirm");
  clear_cmd->callback([confirmed, &globals, &action] {
    action = [confirmed, &globals] { return clear(globals, *confirmed); };
  });
}

const Registration kCache(120, add_cache, {{"cache", kNoServer}, {"cache clear", kNoJson}});

}  // namespace
}  // namespace orc::cli
