// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/act/pane_hand.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr double kPasteTime_s = 4,
                 kSubmitTime_s = 5;  // an agent may need so long to show a paste, and to take it
constexpr int kEnters = 3;
constexpr int kKeyboard_s = 5;            // a client that was used so recently has somebody at it
constexpr std::size_t kTailEnough = 200;  // of a text longer than its box only the end can be seen

// Numbers, and the program in front.
constexpr const char* kProgram = "#{=/64/:pane_current_command}";
constexpr const char* kModes =
    "#{pane_in_mode} #{pane_synchronized} #{pane_input_off} #{=/64/:pane_current_command}";

// A pattern that the name matches. A program gives itself its name: what could mean something to tmux's
// formats or patterns stands as '*'.
std::string name_pattern(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
    if (plain)
      out += c;
    else if (!out.ends_with('*'))
      out += '*';
  }
  return out;
}

std::string_view row_at(const Screen& s) {
  const auto lines = split_lines(s.text);
  const int row = s.cursor_y.value_or(-1);
  return row >= 0 && static_cast<std::size_t>(row) < lines.size()
             ? rtrim(lines[static_cast<std::size_t>(row)])
             : std::string_view();
}

// Claude's and others' prompts for a shell command or a note begin with another sign.
bool is_other_mode(std::string_view row) {
  for (bool cut = true; cut;) {
    cut = false;
    for (const std::string_view frame : {" ", "│", "┃", "▌"}) {
      if (!row.starts_with(frame)) continue;
      row.remove_prefix(frame.size());
      cut = true;
    }
  }
  return row.starts_with('!') || row.starts_with('#');
}

// Qwen draws a space of no width where it types.
std::string without_blanks(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const char32_t c = utf8_next(text, at);
    const bool blank = c < 0x80 ? std::isspace(static_cast<int>(c)) != 0
                                : c == 0xA0 || c == 0x200B || c == 0x2060 || c == 0xFEFF;
    if (!blank) out += text.substr(from, at - from);
  }
  return out;
}

// Our text stands in the prompt and nothing else: as it is, wrapped or not, or folded to "[Pasted text #1 +5
// lines]".
bool is_ours(const std::string& input, const std::string& text) {
  const std::string there = without_blanks(input), ours = without_blanks(text);
  if (there.empty()) return false;
  if (there == ours) return true;
  if (there.size() >= kTailEnough && ours.ends_with(there)) return true;
  return there.starts_with("[Pasted") && there.find(']') == there.size() - 1;
}

// A program started as an interactive shell: no script, no code.
bool is_interactive_shell(std::string_view args) {
  for (bool first = true; !args.empty(); first = false) {
    const std::string_view word = args.substr(0, args.find(' '));
    args.remove_prefix(std::min(args.size(), word.size() + 1));
    if (first) continue;
    const bool is_code = !word.starts_with("--") && word.find('c') != std::string_view::npos;
    if (!word.starts_with('-') || is_code) return false;
  }
  return true;
}

// A shell does not clear the row under its prompt: what a killed agent left there is a line of its box.
std::string_view without_border(std::string_view row) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < row.size();) {
    const char32_t c = utf8_next(row, at);
    const bool border = c == U' ' || (c >= 0x2500 && c <= 0x257F);
    if (!border) end = at;
  }
  return row.substr(0, end);
}

// A shell's row on which nothing is typed: it ends with a prompt's sign at the cursor, and that is not the
// sign of a line to be continued (">", "quote>", "heredoc>").
bool is_bare_prompt(const Screen& s) {
  const std::string_view row = without_border(row_at(s));
  bool ends_as_prompt = false;
  for (const std::string_view sign : {"$", "#", "%", ">", "❯", "➜", "»", "λ"})
    ends_as_prompt = ends_as_prompt || row.ends_with(sign);
  const int width = display_width(printable(row)), gap = s.cursor_x.value_or(-1) - width;
  const bool continued = row.ends_with('>') && std::all_of(row.begin(), row.end() - 1, [](unsigned char c) {
                           return std::islower(c) != 0 || c == ' ';
                         });
  return ends_as_prompt && !continued && (gap == 0 || gap == 1);
}

}  // namespace

Result<std::string> PaneHand::run_tmux(const std::vector<std::string>& words,
                                       const std::string& input) const {
  const TmuxClient& client = server_->link.client();
  return client.ask(words, client.limit(), input, cancel_);
}

Result<PaneHand::Look> PaneHand::look(PaneId pane) const {
  ORC_TRY(seen, server_->observer.observe_one(pane, server_->link.client().limit(), kModes));
  int mode = 0, synchronized = 0, input_off = 0, program_at = 0;
  if (std::sscanf(seen->also.c_str(), "%d %d %d %n", &mode, &synchronized, &input_off, &program_at) != 3 ||
      program_at == 0)
    return fail(ErrorKind::kProtocol, "tmux does not tell the pane's modes");
  Look l;
  l.in_mode = mode != 0;
  l.synchronized = synchronized != 0;
  l.input_off = input_off != 0;
  l.program = seen->also.substr(static_cast<std::size_t>(program_at));
  l.session_id = seen->pane.session_id;
  l.facts = std::move(seen->pane.facts);
  l.screen = std::move(seen->evidence);
  l.seen = classifier_->classify(l.screen);
  return l;
}

// Is there somebody at a terminal that shows this pane?
bool PaneHand::somebody_types(PaneId pane) const {
  if (keyboard_ == Keyboard::kOurs) return false;
  // %s is the server's clock.
  const auto said =
      run_tmux({"display-message", "-p", "%s", ";", "list-clients", "-F", "#{client_activity} #{pane_id}"});
  if (!said) return true;
  const auto lines = split_lines(*said);
  const long long now = lines.empty() ? 0 : std::atoll(std::string(lines[0]).c_str());
  return std::any_of(lines.begin() + (lines.empty() ? 0 : 1), lines.end(), [&](std::string_view line) {
    long long at = 0;
    unsigned id = 0;
    return std::sscanf(std::string(line).c_str(), "%lld %%%u", &at, &id) == 2 && id == pane &&
           now - at < kKeyboard_s;
  });
}

std::string PaneHand::refusal(const PaneRef& pane, const Look& now) const {
  if (now.facts.pid != pane.facts.pid) return "another program has the pane";
  if (pane.session_id != now.session_id) return "the pane moved to another session";
  if (now.facts.dead) return "the pane is dead";
  if (now.in_mode) return "the pane is in a mode (copy mode, a menu)";
  if (now.synchronized) return "what is typed there goes to other panes too (synchronize-panes)";
  if (now.input_off) return "the pane takes no input (select-pane -d)";
  return "";
}

std::string PaneHand::living_refusal(const PaneRef& pane, const Look& now) const {
  if (std::string why = refusal(pane, now); !why.empty()) return why;
  if (now.screen.processes == ProcessEvidence::kSuspended) return "the agent is suspended";
  if (now.screen.processes != ProcessEvidence::kAgent) return "no agent runs in the pane";
  if (!processes_.has_terminal(now.screen.agent_pid)) return "the agent is stopped or in the background";
  return "";
}

std::string PaneHand::agent_refusal(const PaneRef& pane, const Look& now) const {
  if (std::string why = living_refusal(pane, now); !why.empty()) return why;
  if (!now.seen.has_prompt) return fmt::format("the agent is {}", to_string(now.seen.verdict.state));
  if (is_other_mode(row_at(now.screen))) return "the prompt is in another mode";
  return "";
}

std::string PaneHand::text_refusal(const PaneRef& pane, const Look& now) const {
  if (std::string why = agent_refusal(pane, now); !why.empty()) return why;
  if (now.seen.verdict.state != State::kIdle || !now.seen.input.empty())
    return fmt::format("the agent is {}", to_string(now.seen.verdict.state));
  return "";
}

Result<bool> PaneHand::if_unmoved(PaneId pane, const Look& seen, const std::string& commands,
                                  const std::string& also) const {
  const PaneFacts& f = seen.facts;
  std::string condition = "1";
  const std::pair<const char*, std::int64_t> facts[] = {
      {"pane_in_mode", 0},         {"pane_dead", 0},         {"pane_pid", f.pid},
      {"cursor_x", f.cursor_x},    {"cursor_y", f.cursor_y}, {"alternate_on", f.alternate ? 1 : 0},
      {"history_size", f.history}, {"pane_width", f.width},  {"pane_height", f.height},
      {"pane_synchronized", 0},    {"pane_input_off", 0}};
  for (const auto& [name, value] : facts)
    condition = fmt::format("#{{&&:#{{==:#{{{}}},{}}},{}}}", name, value, condition);
  condition = fmt::format("#{{&&:#{{==:#{{session_id}},${}}},{}}}", seen.session_id, condition);
  // Who has the terminal: a shell may have started the next program since, with the cursor where it was.
  condition = fmt::format("#{{&&:#{{m:{},{}}},{}}}", name_pattern(seen.program), kProgram, condition);
  if (!also.empty()) condition = fmt::format("#{{&&:{},{}}}", also, condition);
  ORC_TRY(said, run_tmux({"if-shell", "-F", "-t", fmt::format("%{}", pane), condition,
                          commands + " ; display-message -p orc-sent", "display-message -p orc-moved"}));
  return trim(*said) == "orc-sent";
}

Result<bool> PaneHand::paste(PaneId pane, const Look& seen, const std::string& text,
                             const std::string& after) const {
  const std::string buffer = "orc-" + random_hex();
  ORC_DO(run_tmux({"load-buffer", "-b", buffer, "-"}, text));
  // Between the look and this moment the agent may have been stopped, or have ended.
  const bool there = seen.screen.agent_pid == 0 || processes_.has_terminal(seen.screen.agent_pid);
  const auto pasted =
      !there ? Result<bool>(false)
             : if_unmoved(pane, seen, fmt::format("paste-buffer -p -d -b {} -t %{}{}", buffer, pane, after));
  if (!pasted || !*pasted) static_cast<void>(run_tmux({"delete-buffer", "-b", buffer}));
  return pasted;
}

bool PaneHand::wait_for(PaneId pane, double seconds, Look& out, const std::function<bool(const Look&)>& holds,
                        std::chrono::milliseconds steady) const {
  const auto until = Steady::now() + from_seconds(seconds);
  bool held = false;
  Steady::time_point since{};
  for (;;) {
    if (auto now = look(pane)) {
      out = std::move(*now);
      const bool holding = holds(out);
      if (holding && !held) since = Steady::now();
      held = holding;
      if (held && Steady::now() - since >= steady) return true;
    }
    if (Steady::now() >= until || (cancel_ != nullptr && cancel_->cancelled())) return false;
    ::poll(nullptr, 0, 100);
  }
}

PaneHand::Outcome PaneHand::press_enter(const PaneRef& pane, Look now, const std::string& text,
                                        std::string* why) const {
  const PaneId id = pane.key.pane;
  for (int i = 0; i < kEnters; ++i) {
    if (*why = agent_refusal(pane, now); !why->empty()) return Outcome::kPlaced;
    if (somebody_types(id)) return *why = "somebody is at the keyboard", Outcome::kPlaced;
    const auto sent = if_unmoved(id, now, fmt::format("send-keys -t %{} Enter", id));
    if (!sent) return *why = sent.error().message, Outcome::kFailed;
    const auto taken = [](const Look& l) { return l.seen.verdict.state != State::kDraft; };
    if (*sent && wait_for(id, kSubmitTime_s, now, taken)) return Outcome::kDelivered;
    if (!wait_for(id, 1, now, [&](const Look& l) { return is_ours(l.seen.input, text); }))
      return *why = "the prompt holds something else now", Outcome::kFailed;
  }
  return *why = "the text stands in the prompt, but Enter does not submit it", Outcome::kPlaced;
}

PaneHand::Outcome PaneHand::deliver(const PaneRef& pane, const std::string& text,
                                    const std::function<Result<void>()>& placing, std::string* why) const {
  const PaneId id = pane.key.pane;
  auto seen = look(id);
  if (!seen) return *why = seen.error().message, Outcome::kNotNow;
  if (*why = text_refusal(pane, *seen); !why->empty()) return Outcome::kNotNow;
  if (somebody_types(id)) return *why = "somebody is at the keyboard", Outcome::kNotNow;

  const std::string clean = printable(text, true);
  if (auto ok = placing(); !ok) return *why = ok.error().message, Outcome::kNotNow;
  const auto pasted = paste(id, *seen, clean, "");
  if (!pasted) return *why = pasted.error().message, Outcome::kFailed;
  if (!*pasted) return *why = "something moved in the pane", Outcome::kNotNow;
  Look now;
  if (!wait_for(id, kPasteTime_s, now, [&](const Look& l) { return is_ours(l.seen.input, clean); }))
    return *why = "the pasted text was not seen alone in the prompt", Outcome::kFailed;
  return press_enter(pane, std::move(now), clean, why);
}

PaneHand::Outcome PaneHand::find_placed(const PaneRef& pane, const std::string& text,
                                        std::string* why) const {
  auto now = look(pane.key.pane);
  if (!now) return *why = now.error().message, Outcome::kNotNow;
  if (*why = agent_refusal(pane, *now); !why->empty()) return Outcome::kNotNow;
  return is_ours(now->seen.input, printable(text, true)) ? Outcome::kPlaced : Outcome::kDelivered;
}

PaneHand::Outcome PaneHand::submit(const PaneRef& pane, const std::string& text, std::string* why) const {
  const std::string clean = printable(text, true);
  Look now;
  if (!wait_for(pane.key.pane, 2, now, [&](const Look& l) { return is_ours(l.seen.input, clean); }))
    return *why = "our text does not stand alone in the prompt", Outcome::kNotNow;
  return press_enter(pane, std::move(now), clean, why);
}

PaneHand::Outcome PaneHand::restart(const PaneRef& pane, const std::string& command, bool dry_run,
                                    std::string* why) const {
  const PaneId id = pane.key.pane;
  auto seen = look(id);
  if (!seen) return *why = seen.error().message, Outcome::kNotNow;
  if (*why = refusal(pane, *seen); !why->empty()) return Outcome::kNotNow;
  if (seen->screen.processes != ProcessEvidence::kShellOnly)
    return *why = "something runs in the pane", Outcome::kNotNow;
  const auto shell = processes_.tree(
      seen->facts.pid, [](const Process&, const void*) { return true; }, nullptr);
  if (shell.empty() || !is_interactive_shell(shell[0].args) || !processes_.has_terminal(seen->facts.pid))
    return *why = "the pane's shell does not wait for a command", Outcome::kNotNow;
  if (!is_bare_prompt(seen->screen)) return *why = "no empty shell prompt is in front", Outcome::kNotNow;
  if (somebody_types(id)) return *why = "somebody is at the keyboard", Outcome::kNotNow;
  if (dry_run) return *why = "dry run", Outcome::kDelivered;
  const auto typed = paste(id, *seen, printable(command), fmt::format(" ; send-keys -t %{} Enter", id));
  if (!typed) return *why = typed.error().message, Outcome::kFailed;
  return *typed ? Outcome::kDelivered : (*why = "something moved in the pane", Outcome::kNotNow);
}

}  // namespace orc
