// SPDX-License-Identifier: Apache-2.0
// tmux-orc rules: list the agents' rules, check a rule file, score the rules on a labelled folder.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "agent_versions.h"
#include "command.h"
#include "rule_source.h"
#include "screen_file.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/check/as_round.h"
#include "tmux_orc/classify/proof.h"
#include "tmux_orc/classify/vocabulary.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

std::string state_text(const Rule& rule) {
  return fmt::format("{}{}", to_string(rule.state), rule.detail.empty() ? "" : "/" + rule.detail);
}

void print_rules_json(const std::vector<AgentRules>& rules) {
  nlohmann::ordered_json j = nlohmann::ordered_json::array();
  for (const AgentRules& agent : rules) {
    for (const Rule& rule : agent.rules) {
      j.push_back({{"agent", agent.agent},
                   {"rule", rule.name},
                   {"state", to_string(rule.state)},
                   {"detail", rule.detail},
                   {"priority", rule.priority},
                   {"seen", rule.seen},
                   {"proved_on", proved_on(agent)},
                   {"file", rule.where.file}});
    }
  }
  for (const BuiltinVerdict& v : builtin_verdicts()) {
    j.push_back({{"agent", "builtin"}, {"rule", v.name}, {"state", v.states}, {"meaning", v.meaning}});
  }
  fmt::print("{}\n", dump(j, 2));
}

// Which agents' rules real screens prove. What runs is told where it is newer, and only here and by `doctor`.
void print_agents(const Globals& globals, const std::vector<AgentRules>& rules) {
  std::vector<std::vector<std::string>> rows = {{"AGENT", "RULES", "PROVED ON", "FILE"}};
  for (const AgentRules& agent : rules) {
    const auto proved = proved_on(agent);
    rows.push_back(
        {agent.agent, std::to_string(agent.rules.size()),
         proved.empty() ? "unproven" : fmt::format("{}", fmt::join(proved, " ")),
         agent.extends.empty() ? agent.origin : fmt::format("{} (extends {})", agent.origin, agent.extends)});
  }
  fmt::print("{}\n", table(rows, {false, true}));
  const auto remarks = version_remarks(running_versions(globals, rules), rules);
  for (const std::string& remark : remarks) fmt::print("{}\n", printable(remark));
  if (!remarks.empty()) fmt::print("\n");
}

void print_words() {
  std::vector<std::vector<std::string>> rows = {{"BUILT IN", "STATE", "WHEN"}},
                                        names = {{"LABEL", "MEANING"}};
  for (const BuiltinVerdict& v : builtin_verdicts())
    rows.push_back({fmt::format("builtin/{}", v.name), std::string(v.states), std::string(v.meaning)});
  for (const Label& l : labels()) names.push_back({std::string(l.name), std::string(l.meaning)});
  fmt::print("\n{}\n{}", table(rows), table(names));
}

int list_rules(const Globals& globals) {
  auto rules = rules_in_force(globals);
  if (!rules) return report(rules.error());
  if (globals.json) {
    print_rules_json(*rules);
    return kOk;
  }
  print_agents(globals, *rules);
  std::vector<std::vector<std::string>> rows = {{"AGENT", "PRIORITY", "RULE", "STATE", "SEEN ON", "FILE"}};
  for (const AgentRules& agent : *rules) {
    for (const Rule& rule : agent.rules) {
      rows.push_back({agent.agent, std::to_string(rule.priority), rule.name, state_text(rule),
                      fmt::format("{}", fmt::join(rule.seen, " ")), rule.where.file});
    }
  }
  fmt::print("{}", table(rows, {false, true}));
  print_words();
  return kOk;
}

// The file as it is, to be copied or extended.
int show(const Globals& globals, const std::string& agent, bool built_in) {
  auto rules = rules_in_force(globals);
  if (!rules) return report(rules.error());
  const auto found =
      std::find_if(rules->begin(), rules->end(), [&](const auto& r) { return r.agent == agent; });
  std::string origin = found == rules->end() ? "" : found->origin;
  if (built_in) origin = agent + ".yaml";
  for (const EmbeddedFile& file : embedded_rule_files()) {
    if (file.name != origin) continue;
    fmt::print("{}", file.text);
    return kOk;
  }
  if (built_in || origin.empty()) {
    std::vector<std::string> names;
    for (const AgentRules& r : *rules) names.push_back(r.agent);
    return report(
        {ErrorKind::kInvalid, fmt::format("no {}rules of '{}'; agents: {}", built_in ? "built-in " : "",
                                          printable(agent), fmt::join(names, ", "))});
  }
  auto text = read_input(origin);
  if (!text) return report(text.error());
  fmt::print("{}", *text);
  return kOk;
}

int check(const Globals& globals, const std::string& file) {
  if (file.empty()) {
    auto classifier = load_classifier(globals);
    if (!classifier) return report(classifier.error());
    std::size_t rules = 0;
    for (const auto& agent : (*classifier)->agents()) rules += agent.rules.size();
    fmt::print("{}, {}: no problems.\n", counted((*classifier)->agents().size(), "agent"),
               counted(rules, "rule"));
    return kOk;
  }
  auto text = read_input(file);
  if (!text) return report(text.error());
  auto rules = parse_rules_beside(*text, file, user_rules_folder());
  if (!rules) {
    to_stderr(rules.error().message);
    return kUsage;
  }
  fmt::print("{}: agent {}, {} rules: no problems.\n", file, rules->agent, rules->rules.size());
  return kOk;
}

struct Score {
  std::map<std::string, std::map<std::string, int>> confusion;  // label -> state -> count
  std::vector<std::string> misses;
  int total = 0, hits = 0, dangers = 0;
};

Result<Score> score(const Classifier& classifier, const std::string& folder) {
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  if (error || files.empty()) {
    return fail(ErrorKind::kInvalid, fmt::format("no labelled screens (*.json) under {}", folder));
  }
  std::sort(files.begin(), files.end());
  Score out;
  for (const std::string& file : files) {
    ORC_TRY(content, read_input(file));
    auto saved = parse_screen(*content, classifier.processes());
    if (!saved || saved->truth.label.empty()) continue;
    const Verdict v = classify_as_round(classifier, saved->screen).verdict;
    ++out.total;
    ++out.confusion[saved->truth.label][std::string(to_string(v.state))];
    if (is_right(saved->truth, v)) {
      ++out.hits;
    } else {
      const bool danger = is_dangerous(saved->truth, v);
      out.dangers += danger ? 1 : 0;
      out.misses.push_back(fmt::format("{}{}: is {}, called {} by {}", danger ? "DANGEROUS " : "", file,
                                       saved->truth.label, to_string(v.state), v.rule));
    }
  }
  return out;
}

std::vector<std::string> keys(const std::map<std::string, std::map<std::string, int>>& confusion) {
  std::vector<std::string> out;
  for (const auto& [label, states] : confusion) {
    out.push_back(label);
    for (const auto& [state, n] : states) out.push_back(state);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void print_scores(const Score& s) {
  const auto names = keys(s.confusion);
  const auto count = [&](const std::string& label, const std::string& state) {
    const auto row = s.confusion.find(label);
    if (row == s.confusion.end()) return 0;
    const auto cell = row->second.find(state);
    return cell == row->second.end() ? 0 : cell->second;
  };
  std::vector<std::vector<std::string>> matrix = {{"label \\ verdict"}},
                                        rates = {{"state", "precision", "recall"}};
  matrix[0].insert(matrix[0].end(), names.begin(), names.end());
  for (const auto& a : names) {
    std::vector<std::string> row = {a};
    int as_label = 0, as_state = 0;
    for (const auto& b : names) {
      const int n = count(a, b);
      row.push_back(n == 0 ? "." : std::to_string(n));
      as_label += n;
      as_state += count(b, a);
    }
    const auto percent = [&](int of) {
      return of == 0 ? std::string("-") : fmt::format("{:.1f}%", 100.0 * count(a, a) / of);
    };
    if (as_label > 0) matrix.push_back(std::move(row));
    rates.push_back({a, percent(as_state), percent(as_label)});
  }
  const std::vector<bool> align(names.size() + 1, true);
  fmt::print("{}\n{}\n", table(matrix, align), table(rates, {false, true, true}));
  for (const auto& miss : s.misses) fmt::print("{}\n", miss);
  fmt::print("{} of {} right ({:.2f}%), {} dangerous errors\n", s.hits, s.total,
             100.0 * s.hits / std::max(s.total, 1), s.dangers);
}

int test(const Globals& globals, const std::string& folder) {
  auto classifier = load_classifier(globals);
  if (!classifier) return report(classifier.error());
  auto result = score(**classifier, folder);
  if (!result) return report(result.error());
  if (globals.json) {
    fmt::print("{}\n", dump({{"total", result->total},
                             {"right", result->hits},
                             {"dangerous", result->dangers},
                             {"confusion", result->confusion},
                             {"misses", result->misses}},
                            2));
  } else {
    print_scores(*result);
  }
  return result->misses.empty() ? kOk : kNo;
}

void add_rules(CLI::App& app, Globals& globals, Action& action) {
  auto* sub = app.add_subcommand("rules", "List, check and score the rules by which screens are read");
  sub->require_subcommand(1);
  sub->footer(
      "Rules of your own: ~/.tmux-orchestrator/agents/*.yaml (docs/rules.md)\n"
      "Example: tmux-orc rules check ~/.tmux-orchestrator/agents/mine.yaml");
  auto file = std::make_shared<std::string>();
  auto folder = std::make_shared<std::string>();
  sub->add_subcommand("list", "All rules in force, what proves them, and the words of verdicts and labels")
      ->callback([&] { action = [&globals] { return list_rules(globals); }; });
  auto* check_cmd =
      sub->add_subcommand("check", "Check a rule file, or all in force: file:line:column of each problem");
  check_cmd->add_option("FILE", *file, "a rule file; - is standard input");
  check_cmd->callback(
      [file, &globals, &action] { action = [file, &globals] { return check(globals, *file); }; });
  auto agent = std::make_shared<std::string>();
  auto built_in = std::make_shared<bool>(false);
  auto* show_cmd = sub->add_subcommand("show", "Print an agent's rule file, ready to copy or to extend");
  show_cmd->add_option("NAME", *agent, "an agent of `rules list`")->required();
  show_cmd->add_flag("--built-in", *built_in, "the built-in file, though yours is in force");
  show_cmd->callback([agent, built_in, &globals, &action] {
    action = [agent, built_in, &globals] { return show(globals, *agent, *built_in); };
  });
  auto* test_cmd = sub->add_subcommand(
      "test", "Score the rules on labelled screens: confusion, precision, recall, misses");
  test_cmd->add_option("DIR", *folder, "folder with records that have a label")->required();
  test_cmd->footer("Exit code: 0 all right, 1 some wrong.");
  test_cmd->callback(
      [folder, &globals, &action] { action = [folder, &globals] { return test(globals, *folder); }; });
}

const Registration kRules(80, add_rules,
                          {{"rules check", kNoServer | kNoJson},
                           {"rules show", kNoServer | kNoJson},
                           {"rules test", kNoServer}});

}  // namespace
}  // namespace orc::cli
