// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/classify/classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ask_reader.h"
#include "compiled_agent.h"
#include "identifier.h"
#include "joined.h"
#include "layout.h"
#include "motion.h"
#include "screen_text.h"
#include "shapes.h"
#include "shell_text.h"
#include "tmux_orc/base/reset_time.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

// Where shapes stand among an agent's rules: its dialogs and named menus come first, then any choice; its
// signs of work, then any activity; then how the last turn ended.
constexpr int kChoicePriority = 115;
constexpr int kActivityPriority = 85;
// Of an agent that ended in its pane.
constexpr const char* kGoesOn = "its last turn goes on: a process that it left still writes the session";

// Patterns of one weight-3 kind, or several weaker ones, make an agent known from its screen alone.
constexpr int kIdentifyScore = 3;

Classified builtin(const std::string& agent, State state, std::string detail, const char* rule,
                   double confidence) {
  return {{agent, state, std::move(detail), std::string("builtin/") + rule, confidence}, false, false, {}};
}

Classified not_agent(double confidence) { return builtin("", State::kNotAgent, "", "no-agent", confidence); }

// One task without a prompt may print nothing until it ends; what runs in the background shows nothing.
bool must_move(const Screen& screen, const Verdict& v) {
  return !screen.headless && v.detail != "background";
}

OwnWord own_word_of(const Screen& s) { return {s.own_state, s.own_word, s.own_detail, 0}; }

bool is_signal_crash(int status) {  // 128 + ILL, TRAP, ABRT, BUS, FPE, KILL, SEGV
  for (const int signal : {4, 5, 6, 7, 8, 9, 11}) {
    if (status == 128 + signal) return true;
  }
  return false;
}

// Of the person, wherever the cursor is: a command, or the message that began the last turn, recalled. Older
// ones are transcript, which tells nothing.
bool is_never_suggested(const ScreenLines& lines, const Layout& layout, const PromptSpec& prompt) {
  if (layout.input[0] == '/') return true;
  constexpr std::size_t kLeast = 3;
  if (layout.input.size() < kLeast) return false;
  for (std::size_t i = layout.box_first; i-- > 0 && layout.box_first - i <= kAboveLines;) {
    for (const std::string& turn : prompt.turns) {
      if (lines[i].starts_with(turn)) return trim(lines[i].substr(turn.size())) == layout.input;
    }
  }
  return false;
}

// A prompt that shows a suggestion has the cursor before it.
bool cursor_before_input(const Screen& screen, const Layout& layout, const PromptSpec& prompt) {
  if (!prompt.suggests || !screen.cursor_x || !screen.cursor_y) return false;
  // A suggestion fills one row; a box grows only by what is typed.
  if (prompt.cursor_in_input && (layout.many_rows || layout.input.find('\n') != std::string::npos))
    return false;
  if (*screen.cursor_y - screen.first_row != static_cast<int>(layout.input_first)) return false;
  // Where the cursor is drawn by the agent, the terminal's may rest anywhere; exactly here, and seen, is no
  // accident.
  return prompt.cursor_in_input ? *screen.cursor_x <= layout.input_column
                                : screen.cursor_visible == true && *screen.cursor_x == layout.input_column;
}

// Not by the person: the cursor stands before it, and it is not drawn as what is typed is.
bool is_suggested(const Screen& screen, const ScreenLines& lines, const Layout& layout,
                  const PromptSpec& prompt) {
  return screen.dim_at_cursor.value_or(true) && cursor_before_input(screen, layout, prompt) &&
         !is_never_suggested(lines, layout, prompt);
}

bool cursor_above_box(const Screen& screen, const Layout& layout, const PromptSpec& prompt) {
  return prompt.cursor_in_input && layout.has_box && !layout.any && screen.cursor_y &&
         screen.cursor_visible == true &&
         *screen.cursor_y - screen.first_row < static_cast<int>(layout.box_first);
}

void lay_out(const Screen& screen, const ScreenLines& lines, const PromptSpec& prompt,
             const CompiledAgent& agent, Layout& layout) {
  find_layout(lines, prompt, rtrim(screen.title), screen.first_row, screen.cursor_y, layout);
  if (layout.input.empty()) return;
  const bool placeholder = agent.input_is_placeholder(layout.input);
  if (placeholder || is_suggested(screen, lines, layout, prompt)) {
    layout.by_style = !placeholder && !screen.dim_at_cursor;
    layout.input.clear();
    layout.region[static_cast<int>(Region::kInput)] = {};
  }
}

// A prompt of any make, where the agent's own kind was not found.
PromptSpec any_prompt(const PromptSpec& own) {
  PromptSpec out = own;
  out.boxes = {BoxKind::kAny};
  out.footer_lines = std::max(own.footer_lines, 8);
  return out;
}

// Behind a shell's prompt stands the command that starts the agent.
bool is_started_on(const ScreenLines& lines, const CompiledAgent& agent) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto command = command_on(lines, i);
    if (command && agent.is_launched_by(*command)) return true;
  }
  return false;
}

bool prompt_in_its_box(const Screen& screen, const ScreenLines& lines, const CompiledAgent& agent) {
  Layout layout;
  lay_out(screen, lines, agent.rules().prompt, agent, layout);
  return layout.has_box && is_prompt_line(layout.input);
}

// The cursor stands in the agent's prompt.
bool prompt_is_left(const Screen& screen, const ScreenLines& lines, const CompiledAgent& agent) {
  if (!screen.cursor_y) return false;
  for (const PromptSpec& prompt : {agent.rules().prompt, any_prompt(agent.rules().prompt)}) {
    Layout layout;
    lay_out(screen, lines, prompt, agent, layout);
    const int row = *screen.cursor_y - screen.first_row;
    if (layout.has_box && layout.box_holds(row)) return true;
  }
  return false;
}

}  // namespace

Classifier::Classifier(std::vector<AgentRules> agents, const ClassifierOptions& options)
    : rules_(std::move(agents)), options_(options) {}
Classifier::~Classifier() = default;

Result<std::unique_ptr<Classifier>> Classifier::build(std::vector<AgentRules> agents,
                                                      const ClassifierOptions& options) {
  std::unique_ptr<Classifier> out(new Classifier(std::move(agents), options));
  for (const AgentRules& rules : out->rules_) {
    ORC_TRY(compiled, CompiledAgent::build(rules));
    out->compiled_.push_back(std::move(*compiled));
    out->processes_.push_back(rules.process);
    out->processes_.back().agent = rules.agent;
  }
  ORC_TRY(identifier, Identifier::build(out->compiled_));
  out->identifier_ = std::move(*identifier);
  return out;
}

const CompiledAgent* Classifier::find(const std::string& agent) const {
  for (const auto& compiled : compiled_) {
    if (compiled->rules().agent == agent) return compiled.get();
  }
  return nullptr;
}

Classifier::Identified Classifier::identify(const Screen& screen, const ScreenLines& lines) const {
  thread_local std::vector<Identifier::Score> scores;
  identifier_->score(lines, rtrim(screen.title), scores);
  // Those with most first: what their own layouts could add decides no more for most of the others. Of equal
  // ones the first in the list is it.
  thread_local std::vector<std::size_t> order;
  order.resize(compiled_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a].all > scores[b].all; });
  Identified best;
  std::size_t best_at = compiled_.size();
  for (const std::size_t i : order) {
    const CompiledAgent& agent = *compiled_[i];
    Identifier::Score score = scores[i];
    const auto beats_best = [&] {
      return score.all > best.score || (score.all == best.score && i < best_at);
    };
    const int most = score.all + agent.most_by_own_layout();
    if (most < kIdentifyScore || most < best.score || (most == best.score && i > best_at)) continue;
    if (agent.most_by_own_layout() > 0) {
      Layout layout;
      lay_out(screen, lines, agent.rules().prompt, agent, layout);
      score.all += agent.score_own_layout(layout, score.own);
    }
    // What two agents share tells neither from the other: it stays with the one that is extended.
    if (score.own && beats_best()) {
      best = {&agent, score.all, score.title};
      best_at = i;
    }
  }
  if (best.score < kIdentifyScore) return {};
  return best;
}

bool Classifier::titled_as_agent(const Screen& screen) const {
  if (screen.title.empty() || screen.agent_seen_before) return false;
  Screen title;
  title.title = screen.title;
  return identify(title, ScreenLines({})).title_score >= kIdentifyScore;
}

namespace {

Classified choice_verdict(const std::string& name, const ScreenLines& lines, const Choice& choice,
                          double trust) {
  const std::string_view subject = subject_of(lines.span(choice.first, choice.last));
  const double confidence = choice.kind == Choice::Kind::kNumbers ? 0.85 : 0.75;
  // What is picked from a list may be called anything.
  const bool a_list = is_searched(lines, choice);
  if (subject == "limit" && a_list)
    return builtin(name, State::kWaiting, "choice", name_of(choice.kind), 0.6 * trust);
  if (subject == "limit")
    return builtin(name, State::kRateLimited, "dialog", "choice-limit", confidence * trust);
  return builtin(name, State::kWaiting, std::string(subject), name_of(choice.kind), confidence * trust);
}

Classified activity_verdict(const std::string& name, const Activity& activity, double trust) {
  const char* detail = activity.compacting ? "compacting" : activity.retrying ? "retrying" : "thinking";
  return builtin(name, State::kWorking, detail, "activity", 0.8 * trust);
}

// What shapes and rules say together; nothing when neither knows.
std::optional<Classified> weigh(const Screen& screen, const ScreenLines& lines, const CompiledAgent& agent,
                                const Layout& layout, const Hits& hits, double trust) {
  const std::string& name = agent.rules().agent;
  const bool draft = !layout.input.empty();
  const auto by_rule = [&](const Rule* rule) -> Classified {
    return {{name, rule->state, rule->detail, name + "/" + rule->name, rule->confidence * trust}};
  };
  if (const Rule* rule = agent.decide(hits, draft, kChoicePriority)) return by_rule(rule);
  const Choice choice = find_choice(lines, layout, agent.rules().prompt, screen);
  if (choice.found() && !layout.has_box && lists_commands(lines, choice))
    return builtin(name, State::kDraft, "", "command-list", 0.8 * trust);
  if (choice.found()) return choice_verdict(name, lines, choice, trust);
  if (const Rule* rule = agent.decide(hits, draft, kActivityPriority, kChoicePriority)) return by_rule(rule);
  if (const auto activity = find_activity(lines, layout)) return activity_verdict(name, *activity, trust);
  // Where the terminal's cursor is where one types, a list above the prompt has taken it.
  if (cursor_above_box(screen, layout, agent.rules().prompt) || covers_prompt(lines, layout, screen))
    return builtin(name, State::kIdle, "menu", "overlay", 0.7 * trust);
  const Rule* rule = agent.decide(hits, draft, 0, kActivityPriority);
  const bool of_command = rule != nullptr && rule->state == State::kError &&
                          is_of_command(agent.evidence(layout, name + "/" + rule->name));
  if (rule != nullptr && !of_command) return by_rule(rule);
  if (layout.has_box && !draft && counts_background(layout))
    return builtin(name, State::kIdle, "background", "background", 0.7 * trust);
  return std::nullopt;
}

const char* sentence_kind(const Verdict& v) {
  return v.state == State::kError ? "error" : v.state == State::kRateLimited ? "limit" : v.detail.c_str();
}

// What is asked: the dialog in place of the prompt, or the sentence that the rule saw: of an error, a limit,
// a question without a dialog. `sentence` is read only then: that is a tenth of what a dialog costs.
void add_asks(const Screen& screen, const ScreenLines& lines, std::string_view sentence, Classified& out) {
  Verdict& v = out.verdict;
  const bool limit = v.state == State::kRateLimited && v.detail == "dialog";
  const bool dialog = v.state == State::kWaiting || limit;
  if (!dialog && v.state != State::kError && v.state != State::kRateLimited) return;
  AskRead read;
  if (dialog) read = read_dialog(screen, lines, limit ? "limit" : std::string_view(v.detail));
  out.needs_more = out.needs_more || read.cut_off;
  const bool whole = read.ask.id != 0 && !read.ask.options.empty() && !read.ask.title.empty();
  if (!whole && !sentence.empty()) {
    // Options whose question has scrolled away say more than one of them does.
    const bool only_title = read.ask.options.size() > 1;
    if (Ask ask = read_sentence(screen, sentence, sentence_kind(v)); ask.id != 0 && !only_title) {
      v.asks = std::move(ask);
      return;
    }
  }
  if (read.ask.id != 0) v.asks = std::move(read.ask);
}

}  // namespace

std::optional<Classifier::Judged> Classifier::above_panel(const Screen& screen, const ScreenLines& lines,
                                                          std::size_t end, const CompiledAgent& agent,
                                                          double trust) const {
  const ScreenLines above(lines.span(0, end));
  Layout layout;
  Hits hits;
  lay_out(screen, above, agent.rules().prompt, agent, layout);
  agent.match_rules(layout, hits);
  auto weighed = weigh(screen, above, agent, layout, hits, trust);
  // A title says nothing of what stands there.
  if (!weighed || weighed->verdict.state != State::kWaiting || agent.is_by_title(weighed->verdict.rule))
    return std::nullopt;
  Judged out = std::move(*weighed);
  out.sentence = agent.evidence(layout, out.verdict.rule);
  out.dialog_end = out.above_panel = end;
  out.needs_more = out.needs_more || layout.cut_off;
  return out;
}

Classifier::Judged Classifier::live(const Screen& screen, const ScreenLines& lines,
                                    const CompiledAgent& agent, double trust) const {
  thread_local Hits hits;
  const std::string& name = agent.rules().agent;
  Layout layout;
  lay_out(screen, lines, agent.rules().prompt, agent, layout);
  agent.match_rules(layout, hits);
  if (const std::size_t end = panel_gap(lines); end != 0 && !(layout.has_box && layout.box_first >= end)) {
    if (auto found = above_panel(screen, lines, end, agent, trust)) return std::move(*found);
  }
  auto weighed = weigh(screen, lines, agent, layout, hits, trust);
  if (!weighed && !layout.has_box && !agent.rules().prompt.boxes.empty()) {
    const bool cut_off = layout.cut_off;
    layout.reset();
    lay_out(screen, lines, any_prompt(agent.rules().prompt), agent, layout);
    layout.cut_off = layout.cut_off || cut_off;
    if (layout.has_box) {
      agent.match_rules(layout, hits);
      weighed = weigh(screen, lines, agent, layout, hits, 0.8 * trust);
    }
  }
  Judged out;
  if (weighed) {
    out = std::move(*weighed);
  } else if (screen.headless && screen.processes == ProcessEvidence::kAgent) {
    out = builtin(name, State::kWorking, "", "headless", 0.85 * trust);
  } else if (!layout.has_box && screen.processes == ProcessEvidence::kAgent && !screen.alternate &&
             agent.began_headless(lines)) {
    out = builtin(name, State::kWorking, "", "headless", 0.6 * trust);
  } else if (layout.has_box) {
    out = layout.input.empty() ? builtin(name, State::kIdle, "", "prompt-empty", 0.85 * trust)
                               : builtin(name, State::kDraft, "", "prompt-draft", 0.85 * trust);
  } else if (lines.size() == 0 || (screen.agent_age_s.value_or(0) < options_.starting_s &&
                                   (screen.agent_age_s.has_value() || nothing_drawn(screen, lines)))) {
    out = builtin(name, State::kStarting, "", "no-screen-yet", 0.7 * trust);
    out.needs_more = screen.partial();
  } else if (screen.motion == Motion::kMoves) {
    out = builtin(name, State::kWorking, "", "screen-moves", 0.4 * trust);
    out.needs_more = screen.partial();  // a dialog may stand above a panel at the bottom
  } else if (const Choice way_out = find_way_out(lines); way_out.found()) {
    out = choice_verdict(name, lines, way_out, 0.6 * trust);
  } else if (screen.motion == Motion::kStill) {
    out = builtin(name, State::kIdle, "", "screen-still", 0.35 * trust);
    out.needs_more = screen.partial();
  } else {
    out = builtin(name, State::kUnknown, "", "no-rule", 0.2);
    out.needs_more = screen.partial();
  }
  const State state = out.verdict.state;
  if (state == State::kError || state == State::kRateLimited || state == State::kWaiting)
    out.sentence = agent.evidence(layout, out.verdict.rule);
  if (state == State::kWaiting && agent.is_by_title(out.verdict.rule))
    out.undrawn = !find_choice(lines, layout, agent.rules().prompt, screen).found();
  // Where one types between two rules, dialogs stand there, too.
  if (layout.has_box && layout.box_last > layout.box_first + 1 && agent.rules().prompt.glyphs.empty())
    out.dialog_end = layout.box_last;
  out.needs_more = out.needs_more || layout.cut_off;
  out.needs_style = layout.by_style;
  out.has_prompt = layout.has_box;
  out.input = std::move(layout.input);
  return out;
}

Classifier::Judged Classifier::dead_pane(const Screen& screen, const ScreenLines& lines,
                                         const CompiledAgent* hinted) const {
  const CompiledAgent* agent = hinted != nullptr ? hinted : identify(screen, lines).agent;
  if (agent == nullptr) return not_agent(0.9);
  const std::string& name = agent->rules().agent;
  // tmux before 3.3 leaves the status of a pane empty whose program died of a signal; the screen's last line
  // names it.
  const auto status = screen.dead_status ? screen.dead_status : dead_pane_status(lines);
  if (!status) {
    // tmux has not written yet how it ended. One that ends by itself closes down first: it leaves no prompt
    // with the cursor in it, no alternate screen and no hidden cursor.
    const bool closed =
        is_dead_pane(lines) || agent->is_farewell(screen.text) ||
        !(screen.alternate || screen.cursor_visible == false || prompt_is_left(screen, lines, *agent));
    if (!closed) return builtin(name, State::kCrashed, "screen left open", "left-open", 0.6);
    return builtin(name, State::kExited, "", "pane-ended", 0.8);
  }
  const std::string detail =
      *status >= 128 ? fmt::format("signal {}", *status - 128) : fmt::format("status {}", *status);
  if (is_signal_crash(*status)) return builtin(name, State::kCrashed, detail, "pane-died", 0.98);
  return builtin(name, State::kExited, detail, "pane-ended", 0.95);
}

Classifier::Judged Classifier::after_life(const Screen& screen, const ScreenLines& lines,
                                          const CompiledAgent* hinted) const {
  const Identified identified = identify(screen, lines);
  const CompiledAgent* agent = hinted != nullptr ? hinted : identified.agent;
  const auto started_here = [&](const CompiledAgent& a) { return is_started_on(lines, a); };
  for (const auto& candidate : compiled_) {
    if (agent != nullptr) break;
    if (started_here(*candidate) && candidate->is_farewell(screen.text)) agent = candidate.get();
  }
  const auto killed = find_killed(lines);
  const auto report = killed ? std::nullopt : find_crash_report(lines);
  const auto command = killed   ? command_before(lines, killed->line)
                       : report ? last_command(lines)
                                : std::nullopt;
  for (const auto& candidate : compiled_) {
    if (agent != nullptr || !command) break;
    if (candidate->is_launched_by(*command)) agent = candidate.get();
  }
  if (agent == nullptr) return not_agent(0.95);
  const std::string& name = agent->rules().agent;
  // A shell neither uses the alternate screen nor hides the cursor: whoever did left without closing down.
  const bool unclosed = screen.alternate || screen.cursor_visible == false;
  const bool farewell = agent->is_farewell(screen.text);
  // With nothing better, its screen above an empty prompt counts, unless another command may have printed it.
  const bool left_its_screen = identified.agent == agent &&
                               identified.score - identified.title_score >= kIdentifyScore &&
                               !agent->shows_other_command(lines);
  // A title alone is nothing: it stays when the agent's screen has long been cleared.
  const bool title_and_screen = identified.title_score > 0 && identified.score > identified.title_score;
  const bool was_here =
      screen.agent_seen_before || title_and_screen || started_here(*agent) || left_its_screen;
  const bool crashed_here = command && agent->is_launched_by(*command);
  if (!was_here && !farewell && !crashed_here && !((killed || report) && identified.agent == agent))
    return not_agent(0.8);
  // What another command printed says nothing of the agent that ended before it. A script may have started an
  // agent that said no farewell.
  const bool of_other = command && !crashed_here;
  if (farewell && (!killed || of_other)) return builtin(name, State::kExited, "", "farewell", 0.95);
  if (killed) return builtin(name, State::kCrashed, killed->word, "killed", 0.95);
  if (report && !of_other) return builtin(name, State::kCrashed, *report, "killed", 0.9);
  if (unclosed) return builtin(name, State::kCrashed, "screen left open", "left-open", 0.85);
  if (!screen.agent_seen_before && identified.agent == nullptr) return not_agent(0.7);
  // The shell's prompt stands in the agent's own, nothing was printed of an end, and nobody saw it alive: it
  // may have ended, or its wrapper has and the agent goes on.
  if (!screen.agent_seen_before && prompt_in_its_box(screen, lines, *agent))
    return builtin(name, State::kUnknown, "", "shell-in-its-prompt", 0.3);
  return builtin(name, State::kExited, "", "shell-in-front", 0.85);
}

Classifier::Judged Classifier::by_text(const Screen& screen, const ScreenLines& lines,
                                       const CompiledAgent* hinted) const {
  if (lines.size() == 0 && screen.title.empty()) return builtin("", State::kUnknown, "", "empty-screen", 0.1);
  if (is_dead_pane(lines)) return dead_pane(screen, lines, hinted);
  if (shell_in_front(screen, lines)) return after_life(screen, lines, hinted);
  const CompiledAgent* agent = hinted != nullptr ? hinted : identify(screen, lines).agent;
  if (agent != nullptr) {
    if (hinted == nullptr && (is_viewer(lines) || runs_viewer(lines))) return not_agent(0.6);
    Judged found = live(screen, lines, *agent, 0.8);
    // Words of an agent without its prompt or a dialog: somebody writes about it.
    const bool nothing_live =
        found.verdict.state == State::kUnknown || found.verdict.state == State::kStarting;
    if (hinted == nullptr && nothing_live) return not_agent(0.5);
    return found;
  }
  if (lines.size() > 0) {
    for (const auto& candidate : compiled_) {
      if (candidate->has_launch_line(lines[lines.size() - 1])) {
        return builtin(candidate->rules().agent, State::kStarting, "", "launch-line", 0.5);
      }
    }
  }
  return not_agent(0.6);
}

// A program that no list has, in front of what can only be an agent's screen, under an agent's title: it
// shows what runs elsewhere (a sandbox, a remote shell), or it is the agent under a new name.
Classifier::Judged Classifier::behind_unlisted(const Screen& screen, const ScreenLines& lines) const {
  if (!titled_as_agent(screen)) return not_agent(0.95);
  const Identified identified = identify(screen, lines);
  if (identified.agent == nullptr || identified.title_score < kIdentifyScore ||
      identified.score - identified.title_score < kIdentifyScore)
    return not_agent(0.95);
  // A command's output under what an agent left on the screen, or a page that quotes one.
  if (identified.agent->shows_other_command(lines)) return not_agent(0.8);
  Judged out = by_text(screen, lines, nullptr);
  if (!out.verdict.agent.empty() && !screen.program.empty()) {
    out.verdict.note = fmt::format("looks like {}, runs {}: set @orc_agent, or process.names of its rules",
                                   out.verdict.agent, screen.program);
  }
  return out;
}

// On a terminal of its own: a recorder shows it as it is, an editor in a part of the screen, a server not.
// "Nothing on the screen yet" cannot be told from "nothing of it on this screen".
Classifier::Judged Classifier::apart(const Screen& screen, const ScreenLines& lines,
                                     const CompiledAgent& agent) const {
  Judged out = live(screen, lines, agent, 0.8);
  // Nor does it tell whose screen moves.
  if (out.verdict.state == State::kStarting || out.verdict.rule == kMovesRule ||
      out.verdict.rule == kStillRule)
    out.verdict = {agent.rules().agent, State::kUnknown, "", "builtin/behind-another-program", 0.2};
  return out;
}

// Variation selectors and a scrollbar are not text; nearly no screen has them, so nearly none is copied.
const Screen& Classifier::cleaned(const Screen& screen, Screen& storage) const {
  std::string text, title;
  const std::string_view clean_text = clean_screen(screen.text, text);
  const std::string_view clean_title = clean_screen(screen.title, title);
  if (clean_text.data() == screen.text.data() && clean_title.data() == screen.title.data()) return screen;
  storage = screen;
  storage.text = std::string(clean_text);
  storage.title = std::string(clean_title);
  return storage;
}

Classified Classifier::classify(const Screen& raw) const {
  Screen storage;
  const Screen& screen = cleaned(raw, storage);
  const ScreenLines lines(screen.text);
  Judged out = judge(screen, lines);
  if (!screen.agent_hint.empty() && find(screen.agent_hint) == nullptr)
    out.verdict.note = fmt::format("@orc_agent: no rules are for an agent called '{}'", screen.agent_hint);
  // Who is it, and did it end: that may stand anywhere on the screen.
  const bool live_by_process =
      (screen.processes == ProcessEvidence::kAgent || screen.processes == ProcessEvidence::kSuspended ||
       screen.processes == ProcessEvidence::kApart) &&
      !out.verdict.agent.empty();
  const bool by_process_alone =
      screen.processes == ProcessEvidence::kOther && out.verdict.agent.empty() && !titled_as_agent(screen);
  if (screen.processes == ProcessEvidence::kAgent) {
    const State seen = out.verdict.state;
    const bool no_dialog = shows_no_dialog(out.verdict);
    out.verdict = joined(own_word_of(screen), screen.own_settled, std::move(out.verdict));
    if (out.verdict.state != seen) {
      out.sentence = {};        // it said something else
      out.undrawn = no_dialog;  // an agent says that it asks before it has drawn what
    }
  }
  const State state = out.verdict.state;
  if (screen.own_state == OwnState::kBusy && (state == State::kExited || state == State::kCrashed))
    out.verdict.note = kGoesOn;
  if (!out.undrawn) {
    if (out.dialog_end != 0)
      add_asks(screen, ScreenLines(lines.span(0, out.dialog_end)), out.sentence, out);
    else
      add_asks(screen, lines, out.sentence, out);
  }
  if (out.verdict.state == State::kRateLimited) out.verdict.reset_phrase = find_reset_phrase(screen.text);
  if (screen.partial() && !live_by_process && !by_process_alone) out.needs_more = true;
  if (out.verdict.state == State::kWorking && must_move(screen, out.verdict)) {
    const CompiledAgent* agent = find(out.verdict.agent);
    out.motion = motion_of(screen, agent == nullptr ? nullptr : agent->still());
  }
  return out;
}

Classifier::Judged Classifier::judge(const Screen& screen, const ScreenLines& lines) const {
  const CompiledAgent* hinted = find(screen.agent_hint);
  if (screen.dead) return dead_pane(screen, lines, hinted);
  switch (screen.processes) {
    case ProcessEvidence::kAgent:
      if (hinted != nullptr) return live(screen, lines, *hinted, 1.0);
      return by_text(screen, lines, nullptr);
    case ProcessEvidence::kSuspended:
      if (hinted != nullptr)
        return {builtin(hinted->rules().agent, State::kInterrupted, "suspended", "agent-suspended", 0.95)};
      return by_text(screen, lines, nullptr);
    case ProcessEvidence::kShellOnly:
      return after_life(screen, lines, hinted);
    case ProcessEvidence::kOther:
      // Another program has the pane. The user's @orc_agent says an agent hides in it; or the screen does.
      // That it was seen before proves then no end of it: it was seen like this.
      if (screen.agent_seen_before && (hinted == nullptr || screen.agent_option != screen.agent_hint))
        return after_life(screen, lines, hinted);
      return hinted != nullptr ? live(screen, lines, *hinted, 0.8) : behind_unlisted(screen, lines);
    case ProcessEvidence::kApart:
      return hinted != nullptr ? apart(screen, lines, *hinted) : by_text(screen, lines, nullptr);
    case ProcessEvidence::kOpaque:
    case ProcessEvidence::kUnknown:
      break;
  }
  return by_text(screen, lines, hinted);
}

Explanation Classifier::explain(const Screen& raw) const {
  Screen storage;
  const Screen& screen = cleaned(raw, storage);
  static constexpr const char* kEvidence[] = {"processes: not known",
                                              "processes: the agent runs",
                                              "processes: the agent is stopped",
                                              "processes: only shells run",
                                              "processes: other programs run, no known agent",
                                              "processes: a program runs that can hide an agent",
                                              "processes: the agent runs behind another program"};
  const ScreenLines all(screen.text);
  const std::size_t above_panel = judge(screen, all).above_panel;
  const ScreenLines lines(above_panel == 0 ? std::string_view(screen.text) : all.span(0, above_panel));
  Explanation out;
  const Classified classified = classify(screen);
  out.verdict = classified.verdict;
  if (screen.dead)
    out.steps.push_back(screen.dead_status ? fmt::format("pane: dead, status {}", *screen.dead_status)
                                           : "pane: dead, nobody knows how");
  out.steps.emplace_back(kEvidence[static_cast<int>(screen.processes)]);
  if (!screen.program.empty()) out.steps.push_back("program: " + screen.program);
  if (screen.own_state != OwnState::kNone && classified.verdict.note == kGoesOn) {
    out.steps.push_back(fmt::format("own word: {} (goes on without the agent)", screen.own_word));
  } else if (screen.own_state != OwnState::kNone) {
    const bool both = agree(own_word_of(screen), judge(screen, lines).verdict);
    out.steps.push_back(
        fmt::format("own word: {} ({} the screen)", screen.own_word, both ? "agrees with" : "contradicts"));
  }
  if (screen.motion == Motion::kMoves) out.steps.emplace_back("motion: the screen changed between two looks");
  if (screen.motion == Motion::kStill)
    out.steps.emplace_back("motion: the screen did not change for a minute");
  if (!screen.agent_hint.empty()) out.steps.push_back("agent: given as " + screen.agent_hint);
  const Identified identified = identify(screen, lines);
  out.steps.push_back(identified.agent == nullptr
                          ? std::string("screen text: shows no agent")
                          : fmt::format("screen text: looks like {} (score {}{})",
                                        identified.agent->rules().agent, identified.score,
                                        identified.title_score > 0 ? ", also by its title" : ""));
  if (shell_in_front(screen, lines)) out.steps.emplace_back("shell: its prompt is in front");
  if (const auto killed = find_killed(lines)) out.steps.push_back("shell: printed \"" + killed->word + "\"");
  const CompiledAgent* agent = find(out.verdict.agent);
  if (agent == nullptr || out.verdict.state == State::kExited || out.verdict.state == State::kCrashed)
    return out;
  Layout layout;
  lay_out(screen, lines, agent->rules().prompt, *agent, layout);
  for (int i = 0; i < kRegionCount; ++i) {
    const auto region = static_cast<Region>(i);
    if (region == Region::kScreen || layout.region[static_cast<std::size_t>(i)].empty()) continue;
    out.regions.emplace_back(to_string(region), layout.region[static_cast<std::size_t>(i)]);
  }
  out.steps.emplace_back(layout.has_box ? "prompt box: found" : "prompt box: none");
  if (const Choice choice = find_choice(lines, layout, agent->rules().prompt, screen); choice.found()) {
    out.steps.push_back(choice.options.empty()
                            ? std::string("shape: the keys of a list to choose from")
                            : fmt::format("shape: a choice of {}, \"{}\" first", choice.options.size(),
                                          choice.options.front().text));
  }
  if (const auto activity = find_activity(lines, layout))
    out.steps.push_back(fmt::format("shape: at work by {}: \"{}\"", activity->where, activity->line));
  const int low = out.verdict.rule.starts_with("builtin/choice") ? kChoicePriority
                  : out.verdict.rule == "builtin/activity"       ? kActivityPriority
                                                                 : 0;
  Hits hits;
  agent->match_rules(layout, hits);
  agent->explain(layout, hits, !layout.input.empty(), low, out);
  return out;
}

}  // namespace orc
