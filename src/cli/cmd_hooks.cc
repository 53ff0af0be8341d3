// SPDX-License-Identifier: Apache-2.0
// tmux-orc hooks: an agent's settings, so that it calls `tmux-orc hook`; tmux-orc hook: that call.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command.h"
#include "hook.h"
#include "setup.h"
#include "status_source.h"
#include "terminal.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/launch.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/hooks/agent_hooks.h"
#include "tmux_orc/hooks/hook_call.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostSettings = 1 << 20;

struct HooksOptions {
  std::string agent;
  bool yes = false;
};

std::string hook_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// An agent's file as it is.
struct HookFile {
  AgentHooks hooks;
  std::string path, text;
  bool there = false;
  unsigned mode = 0600;
  std::string backup() const { return path + ".before-tmux-orc"; }
};

Error about_file(const std::string& path, const Error& error) {
  return {error.kind, fmt::format("{} is left alone: {}", path, error.message)};
}

Result<HookFile> file_of(const AgentHooks& hooks) {
  ORC_TRY(folder, folder_of_agent(hooks, hook_variable));
  struct stat info {};
  if (::stat(folder->c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return fail(ErrorKind::kUnavailable,
                fmt::format("{} was not used here: there is no folder {}", hooks.agent, *folder));
  HookFile place{hooks, *folder + "/" + hooks.file, "", false, 0600};
  auto text = read_file(place.path, kMostSettings);
  if (!text && text.error().kind != ErrorKind::kUnavailable) return tl::unexpected(text.error());
  if (text) {
    place.text = std::move(*text);
    place.there = true;
    if (::stat(place.path.c_str(), &info) == 0) place.mode = info.st_mode & 0777;
  }
  return place;
}

Result<HookFile> file_of(const std::string& agent) {
  ORC_TRY(hooks, hooks_of(agent));
  return file_of(*hooks);
}

// The small program beside ours, where it was installed along with it.
Result<std::string> program_to_call() {
  ORC_TRY(own, own_program());
  const std::string small = *own + "-hook";
  return ::access(small.c_str(), X_OK) == 0 ? small : *own;
}

Result<bool> is_wanted(const HookFile& place, const std::string& after, bool yes) {
  fmt::print("{}\n{}", place.path, line_diff(place.text, after));
  if (yes) return true;
  if (::isatty(STDIN_FILENO) != 1)
    return fail(ErrorKind::kInvalid, "not on a terminal: say --yes if that is to be written");
  fmt::print("Write that? [y/N] ");
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

// The exit code, where nothing is to be written.
std::optional<int> declined(const HookFile& place, const std::string& after, bool yes) {
  const auto wanted = is_wanted(place, after, yes);
  if (!wanted) return report(wanted.error());
  if (*wanted) return std::nullopt;
  fmt::print("Nothing was changed.\n");
  return kNo;
}

// The agent may have written to it while the person thought.
Result<void> check_unchanged(const HookFile& place) {
  const auto now = read_file(place.path, kMostSettings);
  const bool same =
      now ? place.there && *now == place.text : !place.there && now.error().kind == ErrorKind::kUnavailable;
  if (same) return {};
  return fail(ErrorKind::kUnavailable,
              fmt::format("{} was changed meanwhile: nothing was written", place.path));
}

Result<void> put(const HookFile& place, const std::string& text) {
  ORC_DO(check_unchanged(place));
  if (text.empty()) {
    if (::unlink(place.path.c_str()) == 0) return {};
    return fail(ErrorKind::kIo, fmt::format("cannot remove {}", place.path));
  }
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(place.path).parent_path(), error);
  return write_file_atomically(place.path, text, true, place.mode);
}

int show(const HooksOptions& o) {
  const auto hooks = hooks_of(o.agent);
  const auto program = program_to_call();
  if (!hooks) return report(hooks.error());
  if (!program) return report(program.error());
  const auto folder = folder_of_agent(*hooks, hook_variable);
  if (!folder) return report(folder.error());
  const auto text = with_hooks(*hooks, "", *program);
  if (!text) return report(text.error());
  fmt::print("{}/{}\n{}", *folder, hooks->file, *text);
  return kOk;
}

int install(const HooksOptions& o) {
  const auto place = file_of(o.agent);
  const auto program = program_to_call();
  if (!place) return report(place.error());
  if (!program) return report(program.error());
  const auto after = with_hooks(place->hooks, place->text, *program);
  if (!after) return report(about_file(place->path, after.error()));
  if (*after == place->text) {
    fmt::print("{} calls tmux-orc already.\n", place->hooks.agent);
    return kOk;
  }
  if (const auto code = declined(*place, *after, o.yes)) return *code;
  // As it was before the first of ours: what `remove` goes back to.
  const bool is_first = without_hooks(place->hooks, place->text).value_or("") == place->text;
  if (place->there && is_first && place->hooks.kind == AgentHooks::Kind::kSettings) {
    if (auto ok = write_file_atomically(place->backup(), place->text, true, place->mode); !ok)
      return report(ok.error());
  }
  if (auto ok = put(*place, *after); !ok) return report(ok.error());
  fmt::print("{} calls tmux-orc from its next start on.{}{}\n", place->hooks.agent,
             place->hooks.note.empty() ? "" : " ", place->hooks.note);
  return kOk;
}

// To the byte where nothing else was changed since; else what was added is taken out.
Result<std::string> text_without(const HookFile& place) {
  const auto backup = read_file(place.backup(), kMostSettings);
  auto without = without_hooks(place.hooks, place.text);
  if (!backup || !without) return without;
  for (const std::string& program : {program_to_call().value_or(""), own_program().value_or("")}) {
    const auto again = with_hooks(place.hooks, *backup, program);
    if (again && *again == place.text) return *backup;
  }
  return without;
}

int remove(const HooksOptions& o) {
  const auto place = file_of(o.agent);
  if (!place) return report(place.error());
  const auto after = text_without(*place);
  if (!after) return report(about_file(place->path, after.error()));
  if (*after == place->text) {
    fmt::print("{} has no hooks of tmux-orc.\n", place->hooks.agent);
    return kOk;
  }
  if (const auto code = declined(*place, *after, o.yes)) return *code;
  if (auto ok = put(*place, *after); !ok) return report(ok.error());
  ::unlink(place->backup().c_str());
  fmt::print("{} calls tmux-orc no more, from its next start on.\n", place->hooks.agent);
  return kOk;
}

// "installed", "not installed", "3 of 5", or why nobody knows.
std::string state_of(const AgentHooks& hooks, const Result<HookFile>& place) {
  if (!place) return place.error().message;
  const auto count = count_hooks(hooks, place->text);
  if (!count) return count.error().message;
  if (*count == hooks.events.size()) return "installed";
  return *count == 0 ? "not installed" : fmt::format("{} of {} events", *count, hooks.events.size());
}

// What the running monitor heard of all agents: {"heard", "refused", "last_ms"}; null where none runs.
ordered_json heard_by_monitor(const Globals& globals) {
  const auto paths = paths_of(globals);
  const auto status = paths ? ask_monitor(*paths, "GET", "/api/v1/status") : tl::unexpected(paths.error());
  return status ? status->value("hooks", ordered_json()) : ordered_json();
}

std::string heard_text(const ordered_json& heard) {
  if (!heard.is_object()) return "No monitor runs that hears them.";
  const auto last_ms = heard.value("last_ms", std::int64_t{0});
  const auto refused = heard.value("refused", std::uint64_t{0});
  std::string text =
      fmt::format("Heard since the monitor's start: {}", heard.value("heard", std::uint64_t{0}));
  if (last_ms > 0)
    text += fmt::format(", the last {} ago", format_duration_ms(SystemClock().wall_ms() - last_ms));
  if (refused > 0) text += fmt::format("; refused, since no hook says such: {}", refused);
  return text + ".";
}

int status(const Globals& globals, const HooksOptions& o) {
  std::vector<AgentHooks> agents = agents_with_hooks();
  if (!o.agent.empty()) {
    const auto one = hooks_of(o.agent);
    if (!one) return report(one.error());
    agents = {*one};
  }
  std::vector<std::vector<std::string>> rows = {{"AGENT", "HOOKS", "FILE"}};
  ordered_json list = ordered_json::array();
  bool all = true;
  for (const AgentHooks& hooks : agents) {
    const auto place = file_of(hooks);
    const std::string state = state_of(hooks, place);
    all = all && state == "installed";
    rows.push_back({hooks.agent, printable(state), place ? printable(place->path) : "-"});
    list.push_back({{"agent", hooks.agent},
                    {"installed", state == "installed"},
                    {"state", state},
                    {"file", place ? place->path : ""}});
  }
  const ordered_json heard = heard_by_monitor(globals);
  if (globals.json)
    fmt::print("{}\n", dump({{"hooks", std::move(list)}, {"heard", heard}}, 2));
  else
    fmt::print("{}{}\n", table(rows), heard_text(heard));
  return o.agent.empty() || all ? kOk : kNo;
}

using RunHooks = int (*)(const HooksOptions&);

CLI::App* add_one(CLI::App& hooks, Action& action, const std::shared_ptr<HooksOptions>& o, const char* name,
                  const char* about, RunHooks run) {
  auto* sub = hooks.add_subcommand(name, about);
  sub->add_option("AGENT", o->agent, "claude, codex, gemini, opencode, pi or qwen")->required();
  sub->callback([o, run, &action] { action = [o, run] { return run(*o); }; });
  return sub;
}

void add_hooks(CLI::App& app, Globals& globals, Action& action) {
  auto* hooks = app.add_subcommand("hooks", "Agents that say when a look is worth while");
  hooks->require_subcommand(1);
  hooks->footer(
      "A hook never says what the agent does, only that something may have changed: without one it is seen "
      "a little later.\nExample: tmux-orc hooks status");
  auto o = std::make_shared<HooksOptions>();
  add_one(*hooks, action, o, "show", "What would be added to the agent's settings, and where", show)
      ->footer("Exit code: 0 shown, 2 no such agent.\nExample: tmux-orc hooks show claude");
  auto* in = add_one(*hooks, action, o, "install", "Add them: shows what changes, and asks", install);
  in->footer(
      "The file as it was stays beside it, as FILE.before-tmux-orc.\nExit code: 0 added or there already, 1 "
      "answered no, 2 no such agent or a file that is not understood, 3 the agent was\nnot used here.\n"
      "Example: tmux-orc hooks install claude --yes");
  auto* out = add_one(*hooks, action, o, "remove", "Take them out again, and nothing else", remove);
  out->footer(
      "Exit code: 0 removed or not there, 1 answered no, 2 no such agent or a file that is not understood, 3 "
      "the agent was\nnot used here.\nExample: tmux-orc hooks remove claude --yes");
  for (CLI::App* sub : {in, out}) sub->add_flag("--yes", o->yes, "do not ask");
  auto* status_cmd = hooks->add_subcommand("status", "Which agents have them, and how many were heard");
  status_cmd->add_option("AGENT", o->agent, "this one only");
  status_cmd->footer(
      "Exit code: 0 shown, 1 the agent that was named has not all of them, 2 no such agent.\n"
      "Example: tmux-orc hooks status --json");
  status_cmd->callback([o, &globals, &action] { action = [o, &globals] { return status(globals, *o); }; });

  auto* hook = app.add_subcommand("hook", "What agents' hooks call: tells the monitors to look now");
  hook->footer(
      "Prints nothing, never waits, and ends with 0 whatever happens; `tmux-orc-hook` is the same in a "
      "program "
      "of its own\nthat starts sooner.\nExample: TMUX_PANE=%5 tmux-orc hook");
  hook->callback([&action] { action = [] { return run_hook(); }; });
}

const Registration kHooks(
    65, add_hooks,
    {{"hooks", kNoServer}, {"hooks show", kNoJson}, {"hooks install", kNoJson}, {"hooks remove", kNoJson}});

}  // namespace

// Before any option is read, and with whatever an agent adds to the command.
bool is_hook(int argc, char** argv) {
  return argc >= 2 && std::string_view(argv[1]) == "hook" &&
         (argc == 2 || (std::string_view(argv[2]) != "--help" && std::string_view(argv[2]) != "-h"));
}

int run_hook() {
  call_monitors(std::getenv("HOME"), std::getenv("TMUX_PANE"));
  return kOk;
}

}  // namespace orc::cli
