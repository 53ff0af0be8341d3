// tmux-orc explain: the evidence in order, the rules tried, and why one of them decided.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "command.h"
#include "one_pane.h"
#include "rule_source.h"
#include "screen_file.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/check/as_round.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

Result<PaneEvidence> load(const Globals& globals, const std::string& what,
                          const std::vector<AgentProcess>& agents) {
  struct stat st {};
  if (what == "-" || ::stat(what.c_str(), &st) == 0) {
    auto content = read_input(what);
    if (!content) return tl::unexpected(content.error());
    auto saved = parse_screen(*content, agents);
    if (!saved) return tl::unexpected(saved.error());
    return saved->screen;
  }
  auto look = look_at(globals, what);
  if (!look) return tl::unexpected(look.error());
  return std::move(look->evidence);
}

void print_json(const Explanation& e) {
  nlohmann::ordered_json j;
  j["agent"] = e.verdict.agent;
  j["state"] = to_string(e.verdict.state);
  j["detail"] = e.verdict.detail;
  j["rule"] = e.verdict.rule;
  j["confidence"] = e.verdict.confidence;
  j["asks"] = e.verdict.asks ? to_json(*e.verdict.asks) : nlohmann::ordered_json();
  j["evidence"] = e.steps;
  j["regions"] = nlohmann::ordered_json::object();
  for (const auto& [name, text] : e.regions) j["regions"][name] = text;
  j["tried"] = nlohmann::ordered_json::array();
  for (const auto& t : e.tried) {
    j["tried"].push_back(
        {{"rule", t.rule}, {"state", to_string(t.state)}, {"matched", t.matched}, {"evidence", t.evidence}});
  }
  fmt::print("{}\n", dump(j, 2));
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

void print_text(const Explanation& e, bool verbose) {
  const bool color = use_color(STDOUT_FILENO);
  const Verdict& v = e.verdict;
  fmt::print("Verdict: {}{}{}  by {}  ({:.0f}% sure)\n", v.agent.empty() ? "" : v.agent + " ",
             paint_state(v.state, to_string(v.state), color), v.detail.empty() ? "" : "/" + v.detail, v.rule,
             v.confidence * 100);
  if (v.asks) print_asks(*v.asks);
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

int run(const Globals& globals, const std::string& what) {
  auto classifier = load_classifier(globals);
  if (!classifier) return report(classifier.error());
  auto screen = load(globals, what, (*classifier)->processes());
  if (!screen) return report(screen.error());
  const Explanation e = explain_as_round(**classifier, *screen);
  if (globals.json)
    print_json(e);
  else
    print_text(e, globals.verbose);
  return kOk;
}

void add_explain(CLI::App& app, Globals& globals, Action& action) {
  auto what = std::make_shared<std::string>();
  auto* sub = app.add_subcommand("explain", "Show why a pane or a saved screen gets its verdict");
  sub->add_option("PANE|FILE", *what, "%N, session:window.pane, a file, or - for standard input")->required();
  sub->footer("Example: tmux-orc explain %12");
  sub->callback([=, &globals, &action] { action = [=, &globals] { return run(globals, *what); }; });
}

const Registration kExplain(60, add_explain);

}  // namespace
}  // namespace orc::cli
