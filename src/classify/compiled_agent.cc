// SPDX-License-Identifier: Apache-2.0
#include "compiled_agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "shell_text.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '\'' || c == ','; }

// A narrow pane wraps phrases, frames and all: a single blank between two words also matches a line's end
// with its frame and indent.
std::string across_wraps(const std::string& regex) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < regex.size(); ++i) {
    const char c = regex[i];
    if (c == '\\') {
      out += c;
      if (i + 1 < regex.size()) out += regex[++i];
      continue;
    }
    if (c == '[' && !in_class) in_class = true;
    if (c == ']' && in_class && i > 0 && regex[i - 1] != '[') in_class = false;
    const bool phrase = c == ' ' && !in_class && i > 0 && i + 1 < regex.size() && is_word(regex[i - 1]) &&
                        (i < 2 || regex[i - 2] != '\\') &&
                        std::isalnum(static_cast<unsigned char>(regex[i + 1])) != 0;
    if (phrase)
      out += R"([ \x{a0}]?[\s│┃]*[\s│┃])";
    else
      out += c;
  }
  return out;
}

// Null if there are none.
std::unique_ptr<LazyRegex> any_of(const std::vector<std::string>& regexes, const char* prefix = "",
                                  const char* suffix = "") {
  if (regexes.empty()) return nullptr;
  std::string joined;
  for (const auto& regex : regexes) joined += fmt::format("{}(?:{})", joined.empty() ? "" : "|", regex);
  return std::make_unique<LazyRegex>(fmt::format("(?m){}(?:{}){}", prefix, joined, suffix));
}

// The line of `text` around the match, for people.
std::string line_around(std::string_view text, std::string_view match) {
  const auto at = static_cast<std::size_t>(match.data() - text.data());
  const std::size_t before = text.rfind('\n', at == 0 ? 0 : at - 1);
  const std::size_t start = before == std::string_view::npos || at == 0 ? 0 : before + 1;
  const std::size_t end = text.find('\n', at);
  return std::string(trim(text.substr(start, end == std::string_view::npos ? end : end - start)));
}

// What these states show came before the draft; unless the rule looked at the input itself.
bool yields_to_draft(const Rule& rule) {
  for (const auto* patterns : {&rule.all, &rule.any}) {
    for (const Pattern& p : *patterns) {
      if (p.region == Region::kInput) return false;
    }
  }
  return rule.state == State::kIdle || rule.state == State::kError || rule.state == State::kInterrupted;
}

}  // namespace

std::string as_searched(const std::string& regex) { return "(?m)" + across_wraps(regex); }

Result<std::unique_ptr<CompiledAgent>> CompiledAgent::build(const AgentRules& rules) {
  std::unique_ptr<CompiledAgent> agent(new CompiledAgent(rules));
  for (const Rule& rule : agent->rules_.rules) {
    Condition condition;
    for (const auto& [from, to] : {std::pair{&rule.all, &condition.all}, std::pair{&rule.any, &condition.any},
                                   std::pair{&rule.none, &condition.none}}) {
      for (const Pattern& pattern : *from) {
        ORC_TRY(number, agent->add_pattern(pattern, rule.where, agent->rule_sets_));
        to->push_back(*number);
      }
    }
    agent->conditions_.push_back(std::move(condition));
  }
  for (const IdentifyPattern& identify : agent->rules_.identify) {
    if (is_same_for_all(identify.pattern.region)) continue;  // Identifier looks for those
    ORC_TRY(number, agent->add_pattern(identify.pattern, {rules.origin, 0, 0}, agent->identify_sets_));
    agent->identify_.push_back({*number, identify.weight, identify.inherited});
    agent->own_layout_weight_ += identify.weight;
  }
  agent->placeholder_ = any_of(rules.prompt.placeholders, "^", "$");
  std::vector<std::string> farewells;
  farewells.reserve(rules.farewell.size());
  for (const std::string& regex : rules.farewell) farewells.push_back(across_wraps(regex));
  agent->farewell_ = any_of(farewells);
  agent->still_ = any_of(rules.still);
  if (!rules.process.names.empty()) agent->launch_ = std::make_unique<LazyRegex>(launch_regex(rules.process));
  if (agent->launch_ && !rules.process.headless.empty())
    agent->headless_ = std::make_unique<LazyRegex>(headless_regex(rules.process));
  if (!rules.built_in) {
    ORC_DO(agent->compile());
  }
  return agent;
}

Result<int> CompiledAgent::add_pattern(const Pattern& pattern, const Where& where, Sets& sets) {
  const auto region = static_cast<std::size_t>(pattern.region);
  for (const int number : sets.numbers[region]) {
    if (patterns_[static_cast<std::size_t>(number)].regex == pattern.regex) return number;
  }
  const auto in_set = sets.sets[region].add(as_searched(pattern.regex));
  if (!in_set) {
    return fail(ErrorKind::kInvalid, fmt::format("{}:{}:{}: bad pattern '{}': {}", where.file, where.line,
                                                 where.column, pattern.regex, in_set.error().message));
  }
  const int number = static_cast<int>(patterns_.size());
  sets.numbers[region].push_back(number);
  patterns_.push_back(pattern);
  single_.push_back(&sets.sets[region].member(*in_set));
  return number;
}

Result<void> CompiledAgent::compile() const {
  for (const Sets* sets : {&rule_sets_, &identify_sets_}) {
    for (const LazySet& set : sets->sets) {
      if (auto ok = set.compile(); !ok)
        return fail(ErrorKind::kInvalid, fmt::format("{}: {}", rules_.origin, ok.error().message));
    }
  }
  const std::pair<const char*, const LazyRegex*> others[] = {{"placeholders", placeholder_.get()},
                                                             {"farewell", farewell_.get()},
                                                             {"still", still_.get()},
                                                             {"process names", launch_.get()},
                                                             {"headless", headless_.get()}};
  for (const auto& [what, regex] : others) {
    if (regex != nullptr && !regex->get().ok()) {
      return fail(ErrorKind::kInvalid, fmt::format("{}: {}: {}", rules_.origin, what, regex->get().error()));
    }
  }
  return {};
}

void CompiledAgent::run(const Sets& sets, const Layout& layout, Hits& hits) const {
  thread_local std::vector<int> found;
  for (std::size_t region = 0; region < sets.sets.size(); ++region) {
    if (layout.region[region].empty()) continue;
    sets.sets[region].match(layout.region[region], found);
    for (const int i : found)
      hits[static_cast<std::size_t>(sets.numbers[region][static_cast<std::size_t>(i)])] = 1;
  }
}

void CompiledAgent::match_rules(const Layout& layout, Hits& hits) const {
  hits.assign(patterns_.size(), 0);
  run(rule_sets_, layout, hits);
}

int CompiledAgent::score_own_layout(const Layout& layout, bool& own) const {
  thread_local Hits hits;
  hits.assign(patterns_.size(), 0);
  run(identify_sets_, layout, hits);
  int score = 0;
  for (const Identify& identify : identify_) {
    if (hits[static_cast<std::size_t>(identify.number)] == 0) continue;
    score += identify.weight;
    own = own || !identify.inherited;
  }
  return score;
}

bool CompiledAgent::holds(const Condition& c, const Hits& hits) const {
  const auto hit = [&](int i) { return hits[static_cast<std::size_t>(i)] != 0; };
  return std::all_of(c.all.begin(), c.all.end(), hit) &&
         (c.any.empty() || std::any_of(c.any.begin(), c.any.end(), hit)) &&
         std::none_of(c.none.begin(), c.none.end(), hit);
}

const Rule* CompiledAgent::decide(const Hits& hits, bool draft, int low, int high) const {
  for (std::size_t i = 0; i < conditions_.size(); ++i) {
    if (rules_.rules[i].priority >= high) continue;
    if (rules_.rules[i].priority < low) return nullptr;
    if (draft && yields_to_draft(rules_.rules[i])) continue;
    if (holds(conditions_[i], hits)) return &rules_.rules[i];
  }
  return nullptr;
}

bool CompiledAgent::input_is_placeholder(std::string_view input) const {
  if (!placeholder_) return false;
  if (RE2::FullMatch(piece(input), placeholder_->get())) return true;
  if (input.find('\n') == std::string_view::npos) return false;
  std::string flowed(input);  // a narrow pane wraps placeholders, too
  std::replace(flowed.begin(), flowed.end(), '\n', ' ');
  return RE2::FullMatch(flowed, placeholder_->get());
}

bool CompiledAgent::is_farewell(std::string_view text) const {
  return farewell_ && RE2::PartialMatch(piece(text), farewell_->get());
}

bool CompiledAgent::has_launch_line(std::string_view text) const {
  return launch_ && !text.empty() && RE2::PartialMatch(piece(text), launch_->get());
}

bool CompiledAgent::is_launched_by(std::string_view command) const {
  return has_launch_line("$ " + std::string(command));
}

bool CompiledAgent::began_headless(const ScreenLines& lines) const {
  if (!headless_) return false;
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (!is_prompt_line(lines[i]) || is_empty_prompt(lines[i])) continue;
    return RE2::PartialMatch(piece(lines[i]), headless_->get());
  }
  return false;
}

bool CompiledAgent::shows_other_command(const ScreenLines& lines) const {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto command = command_on(lines, i);
    if (command && !trim(*command).empty() && !is_launched_by(*command) && !runs_lister(*command))
      return true;
  }
  return false;
}

std::string_view CompiledAgent::own_name(std::string_view rule) const {
  return rule.starts_with(rules_.agent + "/") ? rule.substr(rules_.agent.size() + 1) : "";
}

std::string_view CompiledAgent::evidence(const Layout& layout, std::string_view rule) const {
  const std::string_view name = own_name(rule);
  for (std::size_t i = 0; i < rules_.rules.size(); ++i) {
    if (rules_.rules[i].name != name) continue;
    for (const auto* numbers : {&conditions_[i].any, &conditions_[i].all}) {
      for (const int n : *numbers) {
        const Region region = patterns_[static_cast<std::size_t>(n)].region;
        if (region == Region::kTitle || region == Region::kInput) continue;
        const std::string_view text = layout.region[static_cast<std::size_t>(region)];
        re2::StringPiece found;
        const RE2& regex = single_[static_cast<std::size_t>(n)]->get();
        if (!regex.Match(piece(text), 0, text.size(), RE2::UNANCHORED, &found, 1)) continue;
        const auto at = static_cast<std::size_t>(found.data() - text.data());
        const std::size_t start = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
        return text.substr(start == std::string_view::npos ? 0 : start + 1);
      }
    }
  }
  return {};
}

bool CompiledAgent::is_by_title(std::string_view rule) const {
  const std::string_view name = own_name(rule);
  return std::any_of(rules_.rules.begin(), rules_.rules.end(),
                     [&](const Rule& r) { return r.name == name && r.region == Region::kTitle; });
}

void CompiledAgent::explain(const Layout& layout, const Hits& hits, bool draft, int low,
                            Explanation& out) const {
  for (std::size_t i = 0; i < conditions_.size(); ++i) {
    const Rule& rule = rules_.rules[i];
    if (rule.priority < low) return;
    if (draft && yields_to_draft(rule)) continue;
    Explanation::Tried tried{rules_.agent + "/" + rule.name, rule.state, holds(conditions_[i], hits), {}};
    const auto note = [&](const std::vector<int>& numbers, const char* kind) {
      for (const int n : numbers) {
        const Pattern& p = patterns_[static_cast<std::size_t>(n)];
        const std::string_view text = layout.region[static_cast<std::size_t>(p.region)];
        re2::StringPiece match;
        const RE2 re(fmt::format("(?m)({})", across_wraps(p.regex)), regex_options());
        const bool hit = RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), re, &match);
        if (hit) {
          tried.evidence.push_back(fmt::format("{} {}: \"{}\"", kind, to_string(p.region),
                                               line_around(text, {match.data(), match.size()})));
        } else if (std::string_view(kind) == "all") {
          tried.evidence.push_back(fmt::format("missing in {}: {}", to_string(p.region), p.regex));
        }
      }
    };
    note(conditions_[i].all, "all");
    note(conditions_[i].any, "any");
    note(conditions_[i].none, "none");
    if (!tried.matched && tried.evidence.empty())
      tried.evidence.push_back(fmt::format("missing: any of {}", conditions_[i].any.size()));
    out.tried.push_back(std::move(tried));
    if (out.tried.back().matched) return;
  }
}

}  // namespace orc
