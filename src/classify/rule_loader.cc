// SPDX-License-Identifier: Apache-2.0
#include <absl/strings/ascii.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "compiled_agent.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/classify/rules.h"

namespace orc {
namespace {

constexpr std::array<std::string_view, kRegionCount> kRegionNames = {
    "title", "input", "footer", "status", "above", "dialog", "bottom", "last", "screen"};
constexpr std::array<std::string_view, kAnswerByCount> kAnswerNames = {"number", "number enter", "letter",
                                                                       "arrows", "arrows across"};
constexpr std::array<std::string_view, 6> kBoxNames = {"ruled", "rounded", "bar", "glyph", "open", "any"};

template <std::size_t N>
int index_of(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

template <std::size_t N>
std::vector<std::string> as_strings(const std::array<std::string_view, N>& names) {
  return {names.begin(), names.end()};
}

// Whether every pattern is compiled to be checked: 0.1 s for all that are built in, which tests check.
enum class Patterns { kCheck, kKnownGood };

// Reads one file's YAML tree; collects every problem with its place instead of stopping at the first.
class Loader {
 public:
  Loader(std::string file, const FindRules& base, Patterns patterns = Patterns::kCheck)
      : file_(std::move(file)), base_(base), patterns_(patterns) {}

  Result<AgentRules> load(const std::string& yaml) {
    AgentRules out;
    out.origin = file_;
    try {
      const YAML::Node root = YAML::Load(yaml);
      read_root(root, out);
    } catch (const YAML::Exception& e) {
      problem(e.mark, e.msg);
    }
    out.built_in = patterns_ == Patterns::kKnownGood;
    if (problems_.empty()) check_rules(out);
    if (!problems_.empty()) return fail(ErrorKind::kInvalid, problems_);
    return out;
  }

 private:
  void problem(const YAML::Mark& mark, const std::string& what) {
    if (!problems_.empty()) problems_ += '\n';
    problems_ += fmt::format("{}:{}:{}: {}", file_, mark.line + 1, mark.column + 1, what);
  }
  void problem(const Where& where, const std::string& what) {
    if (!problems_.empty()) problems_ += '\n';
    problems_ += fmt::format("{}:{}:{}: {}", where.file, where.line, where.column, what);
  }
  Where where(const YAML::Node& node) const { return {file_, node.Mark().line + 1, node.Mark().column + 1}; }

  // True if the node is a map; complains about keys that are not in `known` and about repeated ones.
  bool check_map(const YAML::Node& node, const char* what, const std::vector<std::string>& known) {
    if (!node.IsMap()) {
      problem(node.Mark(), fmt::format("{} must be a map", what));
      return false;
    }
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const std::string key = entry.first.Scalar();
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        const std::string near = nearest(key, known);
        problem(entry.first.Mark(),
                fmt::format("unknown key '{}' in {}{}", key, what,
                            near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
      }
      if (!seen.insert(key).second) problem(entry.first.Mark(), fmt::format("key '{}' is given twice", key));
    }
    return true;
  }

  std::string text(const YAML::Node& node, const char* what) {
    if (!node) return {};
    if (!node.IsScalar()) {
      problem(node.Mark(), fmt::format("{} must be a text", what));
      return {};
    }
    return node.Scalar();
  }

  std::vector<std::string> texts(const YAML::Node& node, const char* what) {
    std::vector<std::string> out;
    if (!node) return out;
    if (!node.IsSequence()) {
      problem(node.Mark(), fmt::format("{} must be a list of texts", what));
      return out;
    }
    for (const auto& item : node) out.push_back(text(item, what));
    return out;
  }

  int number(const YAML::Node& node, const char* what, int low, int high, int fallback) {
    if (!node) return fallback;
    int value = 0;
    if (!YAML::convert<int>::decode(node, value) || value < low || value > high) {
      problem(node.Mark(), fmt::format("{} must be a whole number from {} to {}", what, low, high));
      return fallback;
    }
    return value;
  }

  Region region(const YAML::Node& node, Region fallback) {
    if (!node) return fallback;
    const std::string name = text(node, "region");
    const int i = index_of(kRegionNames, name);
    if (i >= 0) return static_cast<Region>(i);
    const std::string near = nearest(name, as_strings(kRegionNames));
    problem(node.Mark(), fmt::format("unknown region '{}'{}; regions: {}", name,
                                     near.empty() ? "" : fmt::format(", did you mean '{}'?", near),
                                     fmt::join(kRegionNames, ", ")));
    return fallback;
  }

  void check_regex(const YAML::Node& node, const std::string& regex) {
    if (patterns_ == Patterns::kKnownGood) return;
    const RE2 re("(?m)" + regex, regex_options());
    if (!re.ok()) problem(node.Mark(), fmt::format("bad pattern '{}': {}", regex, re.error()));
    if (re.ok() && RE2::PartialMatch("", re)) {
      problem(node.Mark(), fmt::format("pattern '{}' matches the empty text, so it always matches", regex));
    }
  }

  std::vector<std::string> regexes(const YAML::Node& node, const char* what) {
    auto out = texts(node, what);
    for (std::size_t i = 0; i < out.size(); ++i) check_regex(node[i], out[i]);
    return out;
  }

  // A pattern is a text (looked for in the rule's region) or {region: R, match: TEXT}.
  Pattern pattern(const YAML::Node& node, Region fallback) {
    Pattern out{fallback, {}};
    if (node.IsMap()) {
      if (!check_map(node, "a pattern", {"region", "match"})) return out;
      out.region = region(node["region"], fallback);
      out.regex = text(node["match"], "match");
    } else {
      out.regex = text(node, "a pattern");
    }
    if (out.regex.empty())
      problem(node.Mark(), "empty pattern");
    else
      check_regex(node, out.regex);
    return out;
  }

  std::vector<Pattern> patterns(const YAML::Node& node, const char* what, Region fallback) {
    std::vector<Pattern> out;
    if (!node) return out;
    if (!node.IsSequence() || node.size() == 0) {
      problem(node.Mark(), fmt::format("{} must be a list of patterns with at least one", what));
      return out;
    }
    for (const auto& item : node) out.push_back(pattern(item, fallback));
    return out;
  }

  void read_rule(const YAML::Node& node, AgentRules& out) {
    if (!check_map(node, "a rule",
                   {"name", "state", "detail", "region", "all", "any", "none", "priority", "seen",
                    "confidence", "answer", "words"})) {
      return;
    }
    const std::string name = text(node["name"], "name");
    if (name.empty()) problem(node.Mark(), "a rule needs a name");
    // One that the extended agent has keeps what is not given anew.
    const bool changes = !name.empty() && inherited_.erase(name) > 0;
    Rule rule = changes ? take(out.rules, name) : Rule();
    rule.where = where(node);
    rule.name = name;
    if (node["state"] || !changes) {
      const std::string state = text(node["state"], "state");
      if (const auto parsed = state_from_string(state)) {
        rule.state = *parsed;
      } else {
        problem(node.Mark(), state.empty()
                                 ? fmt::format("rule '{}' needs a state", rule.name)
                                 : fmt::format("unknown state '{}' in rule '{}'", state, rule.name));
      }
    }
    if (node["detail"]) rule.detail = text(node["detail"], "detail");
    rule.priority = number(node["priority"], "priority", 0, 1000, rule.priority);
    read_conditions(node, rule);
    if (node["seen"]) rule.seen = texts(node["seen"], "seen");
    if (node["confidence"])
      rule.confidence = number(node["confidence"], "confidence (percent)", 1, 100, 95) / 100.0;
    read_answer(node["answer"], rule);
    read_words(node["words"], rule);
    out.rules.push_back(std::move(rule));
  }

  // One way, or a list of them.
  void read_answer(const YAML::Node& node, Rule& rule) {
    if (!node) return;
    rule.answer.clear();
    const auto names = node.IsScalar() ? std::vector<std::string>{node.Scalar()} : texts(node, "answer");
    for (const std::string& name : names) {
      const int i = index_of(kAnswerNames, name);
      if (i >= 0) {
        rule.answer.push_back(static_cast<AnswerBy>(i));
        continue;
      }
      const std::string near = nearest(name, as_strings(kAnswerNames));
      problem(node.Mark(), fmt::format("unknown answer '{}' in rule '{}'{}; answers: {}", name, rule.name,
                                       near.empty() ? "" : fmt::format(", did you mean '{}'?", near),
                                       fmt::join(kAnswerNames, ", ")));
    }
    if (rule.state != State::kWaiting)
      problem(node.Mark(), fmt::format("rule '{}': only a rule for waiting can have an answer", rule.name));
  }

  // Of options that are themselves fields for words.
  void read_words(const YAML::Node& node, Rule& rule) {
    if (!node) return;
    rule.words = texts(node, "words");
    for (std::string& part : rule.words) {
      if (trim(part).empty()) problem(node.Mark(), fmt::format("rule '{}': empty words", rule.name));
      absl::AsciiStrToLower(&part);
    }
    if (rule.answer.empty())
      problem(node.Mark(), fmt::format("rule '{}': words are for a rule with an answer", rule.name));
  }

  void read_conditions(const YAML::Node& node, Rule& rule) {
    rule.region = region(node["region"], rule.region);
    bool any_given = false;
    const auto read = [&](const char* key, std::vector<Pattern>& list) {
      if (!node[key]) return;
      any_given = true;
      list = patterns(node[key], key, rule.region);
    };
    read("all", rule.all);
    read("any", rule.any);
    read("none", rule.none);
    if (node["region"] && !any_given)
      problem(node["region"].Mark(),
              fmt::format("rule '{}': region is for patterns given with it, and there are none", rule.name));
  }

  static Rule take(std::vector<Rule>& rules, const std::string& name) {
    const auto found =
        std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.name == name; });
    Rule rule = std::move(*found);
    rules.erase(found);
    return rule;
  }

  void read_prompt(const YAML::Node& node, PromptSpec& out) {
    if (!node ||
        !check_map(node, "prompt",
                   {"boxes", "glyphs", "turns", "placeholders", "footer_lines", "cursor", "suggests"})) {
      return;
    }
    if (node["boxes"] && !node["boxes"].IsSequence()) problem(node["boxes"].Mark(), "boxes must be a list");
    if (node["boxes"]) out.boxes.clear();
    for (const auto& item : node["boxes"]) {
      const int i = index_of(kBoxNames, item.Scalar());
      if (i < 0) {
        problem(item.Mark(),
                fmt::format("unknown box '{}'; boxes: {}", item.Scalar(), fmt::join(kBoxNames, ", ")));
      } else {
        out.boxes.push_back(static_cast<BoxKind>(i));
      }
    }
    if (node["glyphs"]) out.glyphs = texts(node["glyphs"], "glyphs");
    if (node["turns"]) out.turns = texts(node["turns"], "turns");
    if (node["placeholders"]) out.placeholders = regexes(node["placeholders"], "placeholders");
    out.footer_lines = number(node["footer_lines"], "footer_lines", 0, 30, out.footer_lines);
    const auto flag = [&](const char* key, bool& value) {
      if (node[key] && !YAML::convert<bool>::decode(node[key], value))
        problem(node[key].Mark(), fmt::format("{} must be true or false", key));
    };
    flag("cursor", out.cursor_in_input);
    flag("suggests", out.suggests);
  }

  void read_identify(const YAML::Node& node, AgentRules& out) {
    if (!node) return;
    if (!node.IsSequence()) problem(node.Mark(), "identify must be a list");
    for (const auto& item : node) {
      if (!check_map(item, "an identify entry", {"region", "match", "weight"})) continue;
      IdentifyPattern identify;
      identify.pattern.region = region(item["region"], Region::kScreen);
      identify.pattern.regex = text(item["match"], "match");
      identify.weight = number(item["weight"], "weight", 1, 10, 1);
      check_regex(item, identify.pattern.regex);
      out.identify.push_back(std::move(identify));
    }
  }

  void read_root(const YAML::Node& root, AgentRules& out) {
    if (!check_map(root, "a rule file",
                   {"agent", "extends", "title", "seen", "process", "prompt", "identify", "farewell", "still",
                    "without", "rules"}))
      return;
    const std::string agent = text(root["agent"], "agent");
    if (agent.empty()) problem(root.Mark(), "a rule file needs 'agent: NAME'");
    if (root["extends"] && !read_base(root["extends"], agent, out)) return;
    const bool itself = out.extends == agent;
    out.origin = file_;
    out.agent = agent;
    if (root["title"] || !itself) out.title = root["title"] ? text(root["title"], "title") : agent;
    append(out.seen, texts(root["seen"], "seen"));
    if (!itself) out.process = {};  // another agent is another program
    if (const YAML::Node process = root["process"];
        process && check_map(process, "process", {"names", "paths", "exe", "except", "headless"})) {
      append(out.process.names, texts(process["names"], "names"));
      append(out.process.paths, texts(process["paths"], "paths"));
      append(out.process.exe, texts(process["exe"], "exe"));
      append(out.process.except, texts(process["except"], "except"));
      append(out.process.headless, texts(process["headless"], "headless"));
    }
    out.process.agent = agent;
    read_prompt(root["prompt"], out.prompt);
    read_identify(root["identify"], out);
    append(out.farewell, regexes(root["farewell"], "farewell"));
    append(out.still, regexes(root["still"], "still"));
    read_without(root["without"], out);
    if (const YAML::Node rules = root["rules"]) {
      if (!rules.IsSequence())
        problem(rules.Mark(), "rules must be a list");
      else
        for (const auto& rule : rules) read_rule(rule, out);
    }
    // Not stable_sort: clang refuses the deprecated function that libstdc++ 12 uses for it.
    // At the same priority what this file says goes before what it extends.
    const auto order = [this](const Rule& r) {
      return std::tuple(-r.priority, r.where.file != file_, r.where.line, r.where.column);
    };
    std::sort(out.rules.begin(), out.rules.end(),
              [&](const Rule& a, const Rule& b) { return order(a) < order(b); });
  }

  static void append(std::vector<std::string>& list, std::vector<std::string> more) {
    std::move(more.begin(), more.end(), std::back_inserter(list));
  }

  // Begins `out` with the rules of the agent that is extended.
  bool read_base(const YAML::Node& node, const std::string& agent, AgentRules& out) {
    const std::string name = text(node, "extends");
    auto base = base_(name);
    if (!base) {
      problem(node.Mark(), fmt::format("extends '{}': {}", name, base.error().message));
      return false;
    }
    out = std::move(*base);
    out.extends = name;
    for (Rule& rule : out.rules) {
      inherited_.insert(rule.name);
      if (name != agent) rule.seen.clear();  // what proves one agent's screens proves no other's
    }
    if (name != agent) out.seen.clear();
    for (IdentifyPattern& identify : out.identify) identify.inherited = name != agent;
    return true;
  }

  // Rules of the extended agent that do not hold for this one.
  void read_without(const YAML::Node& node, AgentRules& out) {
    if (!node) return;
    if (out.extends.empty()) problem(node.Mark(), "'without' is for a file that extends another");
    const auto names = texts(node, "without");
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (inherited_.contains(names[i])) {
        inherited_.erase(names[i]);
        take(out.rules, names[i]);
        continue;
      }
      const std::string near = nearest(names[i], {inherited_.begin(), inherited_.end()});
      problem(node[i].Mark(), fmt::format("'{}' has no rule '{}'{}", out.extends, names[i],
                                          near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    }
  }

  static bool contains(const std::vector<Pattern>& list, const Pattern& p) {
    return std::any_of(list.begin(), list.end(),
                       [&](const Pattern& q) { return q.region == p.region && q.regex == p.regex; });
  }
  static bool subset(const std::vector<Pattern>& small, const std::vector<Pattern>& large) {
    return std::all_of(small.begin(), small.end(), [&](const Pattern& p) { return contains(large, p); });
  }
  // `earlier` holds whenever `later` does: then `later` can never decide.
  static bool shadows(const Rule& earlier, const Rule& later) {
    const bool any_covered = earlier.any.empty() || (!later.any.empty() && subset(later.any, earlier.any)) ||
                             std::any_of(earlier.any.begin(), earlier.any.end(),
                                         [&](const Pattern& p) { return contains(later.all, p); });
    return any_covered && subset(earlier.all, later.all) && subset(earlier.none, later.none);
  }

  static bool needs_box(const Pattern& p) {
    return p.region == Region::kInput || p.region == Region::kFooter || p.region == Region::kStatus ||
           p.region == Region::kAbove;
  }
  static bool needs_no_box(const Pattern& p) {
    return p.region == Region::kDialog || p.region == Region::kBottom;
  }

  void check_rules(const AgentRules& out) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < out.rules.size(); ++i) {
      const Rule& rule = out.rules[i];
      if (!names.insert(rule.name).second)
        problem(rule.where, fmt::format("rule '{}' is given twice", rule.name));
      if (rule.where.file != file_) continue;  // came with `extends`: what stands here may silence it
      if (rule.all.empty() && rule.any.empty()) {
        problem(rule.where,
                fmt::format("rule '{}' has neither all nor any: it would always match", rule.name));
      }
      check_can_fire(out, rule);
      for (std::size_t j = 0; j < i; ++j) {
        if (!shadows(out.rules[j], rule)) continue;
        problem(rule.where,
                fmt::format("rule '{}' can never fire: '{}' (priority {}) matches whenever it does",
                            rule.name, out.rules[j].name, out.rules[j].priority));
        break;
      }
    }
  }

  void check_can_fire(const AgentRules& out, const Rule& rule) {
    for (const auto* list : {&rule.all, &rule.any, &rule.none}) {
      if (std::none_of(list->begin(), list->end(),
                       [](const Pattern& p) { return p.region == Region::kScreen; }))
        continue;
      problem(rule.where,
              fmt::format("rule '{}' looks at the whole screen: transcript text is no evidence; use "
                          "a region of the live part",
                          rule.name));
    }
    for (const Pattern& p : rule.all) {
      if (!contains(rule.none, p)) continue;
      problem(rule.where,
              fmt::format("rule '{}' can never fire: '{}' is under all and under none", rule.name, p.regex));
    }
    const bool any_needs_box = !rule.any.empty() && std::all_of(rule.any.begin(), rule.any.end(), needs_box);
    if (out.prompt.boxes.empty() &&
        (any_needs_box || std::any_of(rule.all.begin(), rule.all.end(), needs_box))) {
      problem(rule.where,
              fmt::format("rule '{}' can never fire: it looks at a region that needs a prompt box, and "
                          "'prompt' has none",
                          rule.name));
    }
    const auto box = std::any_of(rule.all.begin(), rule.all.end(), needs_box);
    const auto no_box = std::any_of(rule.all.begin(), rule.all.end(), needs_no_box);
    if (box && no_box) {
      problem(rule.where,
              fmt::format("rule '{}' can never fire: it wants a region that exists only with a prompt box "
                          "and one that exists only without",
                          rule.name));
    }
  }

  const std::string file_;
  const FindRules& base_;
  const Patterns patterns_;
  std::set<std::string> inherited_;  // names of rules that came with `extends` and stand as they came
  std::string problems_;
};

constexpr std::size_t kMostRuleBytes = 1 << 20;

Result<std::string> read_text(const std::filesystem::path& path) {
  return read_file(path.string(), kMostRuleBytes);
}

constexpr int kDeepest = 8;  // files that extend each other: more is a circle

// What a file calls its agent; empty if it cannot be read, which is told when it is parsed.
std::string agent_of(const std::string& yaml) {
  try {
    const YAML::Node root = YAML::Load(yaml);
    return root.IsMap() && root["agent"].IsDefined() && root["agent"].IsScalar() ? root["agent"].Scalar()
                                                                                 : "";
  } catch (const YAML::Exception&) {
    return "";
  }
}

Error no_rules(const std::string& agent, const std::vector<std::string>& known) {
  const std::string near = nearest(agent, known);
  return {ErrorKind::kInvalid, fmt::format("no rules of that name{}",
                                           near.empty() ? "" : fmt::format("; did you mean '{}'?", near))};
}

Result<AgentRules> builtin_at_depth(const std::string& agent, int depth) {
  if (depth > kDeepest) return fail(ErrorKind::kInvalid, "it extends itself in a circle");
  std::vector<std::string> known;
  for (const EmbeddedFile& file : embedded_rule_files()) {
    const auto name = std::filesystem::path(file.name).stem().string();  // the agent's; a test says so
    if (name != agent) {
      known.push_back(name);
      continue;
    }
    const FindRules base = [&](const std::string& other) { return builtin_at_depth(other, depth + 1); };
    return Loader(std::string(file.name), base, Patterns::kKnownGood).load(std::string(file.text));
  }
  return tl::unexpected(no_rules(agent, known));
}

// The user's files, and how those of them are found that others extend.
class UserFiles {
 public:
  struct File {
    std::string agent, yaml, name;
  };

  static Result<UserFiles> read(const std::string& folder) {
    UserFiles out;
    std::error_code error;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".yaml" || entry.path().extension() == ".yml")
        paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
      ORC_TRY(yaml, read_text(path));
      out.files_.push_back({agent_of(*yaml), std::move(*yaml), path.string()});
    }
    return out;
  }

  const std::vector<File>& files() const { return files_; }

  Result<AgentRules> parse(const File& file, int depth = 0) const {
    if (depth > kDeepest) return fail(ErrorKind::kInvalid, "it extends itself in a circle");
    return parse_rules(file.yaml, file.name, [&](const std::string& base) -> Result<AgentRules> {
      // The last one of a name is in force. An agent that extends itself means the built-in one.
      const auto own =
          std::find_if(files_.rbegin(), files_.rend(), [&](const File& f) { return f.agent == base; });
      if (base == file.agent || own == files_.rend()) return builtin_rules(base);
      return parse(*own, depth + 1);
    });
  }

 private:
  std::vector<File> files_;
};

}  // namespace

std::string_view to_string(AnswerBy by) { return kAnswerNames[static_cast<std::size_t>(by)]; }

std::string_view to_string(Region region) { return kRegionNames[static_cast<std::size_t>(region)]; }

Result<AgentRules> builtin_rules(const std::string& agent) { return builtin_at_depth(agent, 0); }

Result<AgentRules> parse_rules(const std::string& yaml, const std::string& file_name, const FindRules& base) {
  return Loader(file_name, base).load(yaml);
}

Result<AgentRules> parse_rules_beside(const std::string& yaml, const std::string& file_name,
                                      const std::string& folder) {
  ORC_TRY(files, UserFiles::read(folder));
  return files->parse({agent_of(yaml), yaml, file_name});
}

Result<std::vector<AgentRules>> load_rules(const std::string& folder) {
  std::vector<AgentRules> agents;
  for (const EmbeddedFile& file : embedded_rule_files()) {
    const FindRules base = builtin_rules;
    ORC_TRY(rules, Loader(std::string(file.name), base, Patterns::kKnownGood).load(std::string(file.text)));
    agents.push_back(std::move(*rules));
  }
  ORC_TRY(files, UserFiles::read(folder));
  for (const UserFiles::File& file : files->files()) {
    ORC_TRY(rules, files->parse(file));
    const auto same =
        std::find_if(agents.begin(), agents.end(), [&](const auto& a) { return a.agent == rules->agent; });
    if (same != agents.end()) {
      *same = std::move(*rules);
    } else {
      agents.push_back(std::move(*rules));
    }
  }
  return agents;
}

Result<void> add_processes(std::vector<AgentRules>& agents, const std::vector<AgentProcess>& more) {
  std::vector<std::string> known;
  known.reserve(agents.size());
  for (const AgentRules& a : agents) known.push_back(a.agent);
  for (const AgentProcess& process : more) {
    const auto found =
        std::find_if(agents.begin(), agents.end(), [&](const auto& a) { return a.agent == process.agent; });
    if (found == agents.end()) {
      Error error = no_rules(process.agent, known);
      error.message = fmt::format("agents.processes.{}: {}", process.agent, error.message);
      return tl::unexpected(error);
    }
    found->process.names.insert(found->process.names.end(), process.names.begin(), process.names.end());
    found->process.paths.insert(found->process.paths.end(), process.paths.begin(), process.paths.end());
  }
  return {};
}

}  // namespace orc
