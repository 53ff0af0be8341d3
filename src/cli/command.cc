// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "terminal.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

struct Registered {
  int place;
  AddCommand add;
  Refusals refused;
};

std::vector<Registered>& registered() {
  static std::vector<Registered> all;  // filled before main()
  return all;
}

bool& errors_as_json() {
  static bool wanted = false;
  return wanted;
}

bool is_or_is_below(const std::string& command, const std::string& above) {
  return command == above || command.starts_with(above + " ");
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return kUsage;
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
      return kUnavailable;
    default:
      return kFailure;
  }
}

}  // namespace

Registration::Registration(int place, AddCommand add, Refusals refused) {
  registered().push_back({place, add, std::move(refused)});
}

void add_commands(CLI::App& app, Globals& globals, Action& action) {
  auto all = registered();
  std::ranges::stable_sort(all, {}, &Registered::place);
  for (const Registered& r : all) r.add(app, globals, action);
}

std::string refusal(const std::string& command, const Globals& globals) {
  unsigned refused = kTakesAll;
  for (const Registered& r : registered()) {
    for (const auto& [above, what] : r.refused) {
      if (is_or_is_below(command, above)) refused |= what;
    }
  }
  const bool server = !globals.socket_name.empty() || !globals.socket_path.empty();
  if (server && (refused & kNoServer) != 0)
    return fmt::format("`{}` looks at no tmux server: -L and -S do not go with it", command);
  if (globals.json && (refused & kNoJson) != 0) return fmt::format("`{}` has no --json", command);
  return "";
}

void report_errors_as_json() { errors_as_json() = true; }

int report(const Error& error) {
  const int code = exit_code(error.kind);
  complain(error.message);
  if (errors_as_json())
    fmt::print("{}\n", dump({{"error", {{"message", error.message}, {"exit_code", code}}}}));
  return code;
}

}  // namespace orc::cli
