// tmux-orc rules: list the agents' rules, check a rule file, score the rules on a labelled folder.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "command.h"
#include "rule_source.h"
#include "screen_file.h"
#include "terminal.h"
#include "tmux_orc/check/as_round.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

int list_rules(const Globals& globals) {
  auto rules = load_rules(user_rules_folder());
  if (!rules) return report(rules.error());
  if (globals.json) {
    nlohmann::ordered_json j = nlohmann::ordered_json::array();
    for (const AgentRules& agent : *rules) {
      for (const Rule& rule : agent.rules) {
        j.push_back({{"agent", agent.agent},
                     {"rule", rule.name},
                     {"state", to_string(rule.state)},
                     {"detail", rule.detail},
                     {"priority", rule.priority},
                     {"seen", rule.seen},
                     {"file", agent.origin}});
      }
    }
    fmt::print("{}\n", dump(j, 2));
    return kOk;
  }
  std::vector<std::vector<std::string>> rows = {{"AGENT", "PRIORITY", "RULE", "STATE", "SEEN ON", "FILE"}};
  for (const AgentRules& agent : *rules) {
    for (const Rule& rule : agent.rules) {
      rows.push_back(
          {agent.agent, std::to_string(rule.priority), rule.name,
           fmt::format("{}{}", to_string(rule.state), rule.detail.empty() ? "" : "/" + rule.detail),
           fmt::format("{}", fmt::join(rule.seen, " ")), agent.origin});
    }
  }
  fmt::print("{}", table(rows, {false, true}));
  return kOk;
}

int check(const std::string& file) {
  if (file.empty()) {
    auto classifier = load_classifier();
    if (!classifier) return report(classifier.error());
    std::size_t rules = 0;
    for (const auto& agent : (*classifier)->agents()) rules += agent.rules.size();
    fmt::print("{}, {}: no problems.\n", counted((*classifier)->agents().size(), "agent"),
               counted(rules, "rule"));
    return kOk;
  }
  auto text = read_input(file);
  if (!text) return report(text.error());
  auto rules = parse_rules(*text, file);
  if (!rules) {
    fmt::print(stderr, "{}\n", rules.error().message);
    return kUsage;
  }
  fmt::print("{}: agent {}, {} rules: no problems.\n", file, rules->agent, rules->rules.size());
  return kOk;
}

// What a labelled screen may be called: two labels are kinds of other states.
bool right(const std::string& label, const Verdict& v) {
  const std::string_view state = to_string(v.state);
  if (state == label) return true;
  if (label == "compacting") return v.state == State::kWorking;
  if (label == "interrupted") return v.state == State::kIdle && v.detail == "interrupted";
  if (label == "menu") return v.state == State::kIdle || v.state == State::kWaiting;
  return false;
}

// Errors that make people switch a monitor off.
bool dangerous(const std::string& label, const Verdict& v) {
  const bool ended = v.state == State::kCrashed || v.state == State::kExited;
  const bool alive = label != "crashed" && label != "exited" && label != "not_agent";
  if (alive && ended) return true;
  if (label == "waiting" && (v.state == State::kIdle || v.state == State::kWorking)) return true;
  return label == "not_agent" && !v.agent.empty();
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
    auto content = read_input(file);
    if (!content) return tl::unexpected(content.error());
    auto saved = parse_screen(*content, classifier.processes());
    if (!saved || saved->label.empty()) continue;
    const Verdict v = classify_as_round(classifier, saved->screen).verdict;
    ++out.total;
    ++out.confusion[saved->label][std::string(to_string(v.state))];
    if (right(saved->label, v)) {
      ++out.hits;
    } else {
      const bool danger = dangerous(saved->label, v);
      out.dangers += danger ? 1 : 0;
      out.misses.push_back(fmt::format("{}{}: is {}, called {} by {}", danger ? "DANGEROUS " : "", file,
                                       saved->label, to_string(v.state), v.rule));
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
  auto classifier = load_classifier();
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
  sub->add_subcommand("list", "All rules in force")->callback([&] {
    action = [&globals] { return list_rules(globals); };
  });
  auto* check_cmd =
      sub->add_subcommand("check", "Check a rule file, or all in force: file:line:column of each problem");
  check_cmd->add_option("FILE", *file, "a rule file; - is standard input");
  check_cmd->callback([file, &action] { action = [file] { return check(*file); }; });
  auto* test_cmd = sub->add_subcommand(
      "test", "Score the rules on labelled screens: confusion, precision, recall, misses");
  test_cmd->add_option("DIR", *folder, "folder with records that have a label")->required();
  test_cmd->footer("Exit code: 0 all right, 1 some wrong.");
  test_cmd->callback(
      [folder, &globals, &action] { action = [folder, &globals] { return test(globals, *folder); }; });
}

const Registration kRules(80, add_rules, {{"rules", kNoServer}, {"rules check", kNoJson}});

}  // namespace
}  // namespace orc::cli
