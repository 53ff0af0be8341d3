// SPDX-License-Identifier: Apache-2.0
// tmux-orc explain: the evidence in order, the rules tried, and why one of them decided.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "command.h"
#include "one_pane.h"
#include "rule_source.h"
#include "screen_file.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/check/as_round.h"
#include "tmux_orc/check/explanation_json.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;

bool is_file(const std::string& what) {
  struct stat st {};
  return what == "-" || ::stat(what.c_str(), &st) == 0;
}

Result<ordered_json> explain_file(const Globals& globals, const std::string& file) {
  ORC_TRY(classifier, load_classifier(globals));
  ORC_TRY(content, read_input(file));
  ORC_TRY(saved, parse_screen(*content, (*classifier)->processes()));
  return to_json(explain_as_round(**classifier, saved->screen));
}

// What is told waits for a second look, or is of a server that is not reached.
void print_told(const ordered_json& explained, const Verdict& now) {
  const auto told = explained.find("told");
  if (told == explained.end() || !told->is_object() || told->value("rule", "") == now.rule) return;
  const std::string state = told->value("state", ""), detail = told->value("detail", "");
  fmt::print("Status says: {}{}  by {}, until the next look decides\n", printable(state),
             detail.empty() ? "" : "/" + printable(detail), printable(told->value("rule", "")));
}

void print_asks(const Ask& ask) {
  fmt::print("\nAsks ({}, id {:016x}):\n  {}\n", printable(ask.kind), ask.id, printable(ask.title));
  for (const auto line : split_lines(ask.subject)) fmt::print("  | {}\n", printable(line));
  for (std::size_t i = 0; i < ask.options.size(); ++i) {
    const AskOption& o = ask.options[i];
    fmt::print("  {} {}{}\n", static_cast<int>(i) == ask.selected ? ">" : " ",
               o.key.empty() ? "" : printable(o.key) + ": ", printable(o.text));
  }
}

void print_text(const Explanation& e, const ordered_json& explained, bool verbose) {
  const bool color = use_color(STDOUT_FILENO);
  const Verdict& v = e.verdict;
  fmt::print("Verdict: {}{}{}  by {}  ({:.0f}% sure)\n", v.agent.empty() ? "" : v.agent + " ",
             paint_state(v.state, to_string(v.state), color), v.detail.empty() ? "" : "/" + v.detail, v.rule,
             v.confidence * 100);
  print_told(explained, v);
  if (v.asks) print_asks(*v.asks);
  if (!v.note.empty()) fmt::print("Note: {}\n", printable(v.note));
  fmt::print("\nEvidence, in order:\n");
  for (const auto& step : e.steps) fmt::print("  {}\n", printable(step));
  for (const auto& [name, text] : e.regions) {
    fmt::print("\nRegion {}:\n", name);
    for (const auto line : split_lines(text)) fmt::print("  | {}\n", printable(line));
  }
  if (e.tried.empty()) return;
  fmt::print("\nRules tried, highest priority first:\n");
  for (const auto& t : e.tried) {
    if (!t.matched && t.evidence.empty() && !verbose) continue;
    fmt::print("  {} {} -> {}\n", t.matched ? "YES" : " no", t.rule, to_string(t.state));
    for (const auto& line : t.evidence) fmt::print("        {}\n", printable(line));
  }
  if (!e.tried.back().matched) fmt::print("  none matched: {} decided\n", v.rule);
}

int run(const Globals& globals, const std::string& what, const std::string& server) {
  const auto explained =
      is_file(what) ? explain_file(globals, what) : explain_pane(globals, what, server, false);
  if (!explained) return report(explained.error());
  if (globals.json) {
    fmt::print("{}\n", dump(*explained, 2));
    return kOk;
  }
  const auto e = explanation_from_json(*explained);
  if (!e) return report(e.error());
  print_text(*e, *explained, globals.verbose);
  return kOk;
}

void add_explain(CLI::App& app, Globals& globals, Action& action) {
  auto what = std::make_shared<std::string>(), server = std::make_shared<std::string>();
  auto* sub = app.add_subcommand("explain", "Show why a pane or a saved screen gets its verdict");
  sub->add_option("PANE|FILE", *what, "%N, session:window.pane, a file, or - for standard input")->required();
  sub->add_option("--server", *server, "where more than one server has such a pane");
  sub->footer(
      "A monitor that runs is asked, so that this is what its rounds see.\n"
      "Example: tmux-orc explain %12");
  sub->callback([=, &globals, &action] { action = [=, &globals] { return run(globals, *what, *server); }; });
}

const Registration kExplain(60, add_explain);

}  // namespace
}  // namespace orc::cli
