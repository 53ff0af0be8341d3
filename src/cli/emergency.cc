// SPDX-License-Identifier: Apache-2.0
#include "emergency.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "other_monitors.h"
#include "setup.h"
#include "snapshot_view.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/active.h"
#include "tmux_orc/daemon/instance.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

constexpr std::size_t kLogTail = 16 * 1024;

std::vector<std::string> last_problems(const Paths& paths) {
  std::vector<std::string> out;
  const auto log = read_file(paths.log_file());
  if (!log) return {log.error().message};
  const std::string_view tail =
      std::string_view(*log).substr(log->size() > kLogTail ? log->size() - kLogTail : 0);
  for (const std::string_view line : split_lines(tail)) {
    if (line.find(" error ") != std::string_view::npos || line.find(" warning ") != std::string_view::npos) {
      out.push_back(printable(line));
    }
  }
  if (out.size() > 5) out.erase(out.begin(), out.end() - 5);
  return out;
}

struct Findings {
  int pid = 0;
  std::string active = "none yet", config = "valid";
  double file_age_s = -1;
  nlohmann::ordered_json status;
  std::vector<std::string> problems;
};

Findings look(const Paths& paths, const Globals& globals) {
  Findings f;
  f.pid = running_instance(paths);
  const auto active = read_active(paths);
  if (!active)
    f.active = active.error().message;
  else if (*active)
    f.active = (*active)->active;
  const auto settings = load_settings(
      globals.config_path, [](const char* n) { return std::getenv(n); }, paths.overlay());
  if (!settings) f.config = settings.error().message;
  if (const auto text = read_file(paths.status_file())) {
    if (auto j = parse_json(*text)) f.status = std::move(*j);
    struct stat info {};
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (::stat(paths.status_file().c_str(), &info) == 0)
      f.file_age_s = static_cast<double>(now.tv_sec - info.st_mtim.tv_sec);
  }
  f.problems = last_problems(paths);
  return f;
}

// Nothing where all is well.
std::string what_helps(const Paths& paths, const Findings& f, bool well) {
  const std::string environment =
      paths.environment == kDefaultEnvironment ? "" : fmt::format(" --environment {}", paths.environment);
  if (f.config != "valid")
    return fmt::format("mend the configuration: tmux-orc{} config validate", environment);
  if (well) return "";
  if (f.pid == 0) return where_a_monitor_is(paths);
  return fmt::format("TMUX_ORC_ASYNC_DISABLED=1 tmux-orc{} monitor restart --emergency", environment);
}

void print_text(const Paths& paths, const Findings& f, bool well) {
  fmt::print("Monitor: {}\n", f.pid == 0 ? "NOT RUNNING" : fmt::format("pid {}", f.pid));
  fmt::print("Environment: {}, active: {}\n", paths.environment, f.active);
  fmt::print("Configuration: {}\n", f.config);
  if (f.status.is_object()) {
    fmt::print("Last status: {} ago, mode {}{}\n",
               format_duration_ms(static_cast<std::int64_t>(f.file_age_s * 1000)),
               f.status.value("mode", "?"), f.pid != 0 && !well ? "  STANDS STILL" : "");
    if (const auto s = snapshot_from_json(f.status.value("snapshot", nlohmann::ordered_json()))) {
      fmt::print("{}\n", counts_text(*s));
      fmt::print("{}{}", servers_text(*s), s->agents.empty() ? "" : agents_table(*s, false, true));
    }
  } else {
    fmt::print("Last status: none ({})\n", paths.status_file());
  }
  for (const std::string& p : f.problems) fmt::print("Log: {}\n", p);
  if (const std::string help = what_helps(paths, f, well); !help.empty())
    fmt::print("What helps: {}\n", help);
}

}  // namespace

int print_emergency(const Paths& paths, const Globals& globals) {
  const Findings f = look(paths, globals);
  const double interval = f.status.is_object() ? f.status.value("check_interval_s", 30.0) : 30;
  const bool well = f.pid != 0 && f.file_age_s >= 0 && f.file_age_s < 2 * interval + 15;
  if (globals.json) {
    fmt::print("{}\n", dump({{"pid", f.pid},
                             {"environment", paths.environment},
                             {"active", f.active},
                             {"config", f.config},
                             {"status_age_s", f.file_age_s},
                             {"well", well},
                             {"status", f.status},
                             {"log", f.problems}},
                            2));
  } else {
    print_text(paths, f, well);
  }
  return well ? kOk : kNo;
}

}  // namespace orc::cli
