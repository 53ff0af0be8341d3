// SPDX-License-Identifier: Apache-2.0
// tmux-orc cache stats|clear: the running monitor's cache.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "command.h"
#include "setup.h"
#include "status_source.h"
#include "terminal.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

std::vector<std::string> layer_row(const std::string& name, const nlohmann::ordered_json& layer) {
  const auto count = [&](const char* key) { return layer.value(key, std::uint64_t{0}); };
  const std::uint64_t hits = count("hits"), looks = hits + count("misses");
  const std::string rate =
      looks == 0 ? "-"
                 : fmt::format("{:.1f}%", 100.0 * static_cast<double>(hits) / static_cast<double>(looks));
  return {name,
          std::to_string(count("entries")),
          std::to_string(hits),
          std::to_string(count("misses")),
          rate,
          std::to_string(count("evictions")),
          std::to_string(count("expiries"))};
}

int stats(const Globals& globals) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  auto status = ask_monitor(*paths, "GET", "/api/v1/status");
  if (!status) return report(status.error());
  auto& settings = (*status)["cache"];
  const auto layers = settings["looks"];
  settings.erase("looks");
  if (globals.json) {
    fmt::print(
        "{}\n",
        dump({{"settings", settings}, {"layers", layers}, {"window", (*status)["window"]["hits"]}}, 2));
    return kOk;
  }
  std::vector<std::vector<std::string>> rows = {
      {"layer", "entries", "hits", "misses", "hit rate", "evictions", "expiries"}};
  for (const auto& [name, layer] : layers.items()) rows.push_back(layer_row(name, layer));
  fmt::print("{} of {} entries a layer, {:g} s to live{}\n\n{}\n", settings.value("strategy", ""),
             settings.value("max_size", 0), settings.value("default_ttl_s", 0.0),
             settings.value("enabled", true) ? "" : ", switched off",
             table(rows, {false, true, true, true, true, true, true}));
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
