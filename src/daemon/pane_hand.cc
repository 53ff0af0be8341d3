#include "tmux_orc/daemon/pane_hand.h"

#include <fmt/format.h>
#include <poll.h>

#include <cstdio>

#include "tmux_orc/base/text.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {
namespace {

constexpr auto kTmuxTime = std::chrono::seconds(5);
constexpr double kPasteTime = 3,
                 kSubmitTime = 5;  // seconds an agent may need to show a paste, and to take it
constexpr int kEnters = 3;

// Numbers only, so that no name can break the line; the title stands alone on the second.
constexpr const char* kFormat =
    "#{pane_id} #{pane_pid} #{pane_in_mode} #{pane_dead} #{cursor_x} #{cursor_y} #{cursor_flag} "
    "#{alternate_on} #{pane_width} "
    "#{pane_height} #{history_size}";

// An agent that waits for input and has none yet. Other idle verdicts may be a menu.
bool has_empty_prompt(const Verdict& v) {
  return v.state == State::kIdle && v.rule == "builtin/prompt-empty";
}

// The row of the cursor without the prompt's frame: what stands last in the input.
std::string cursor_row(const Screen& s) {
  const auto lines = split_lines(s.text);
  const auto row = static_cast<std::size_t>(std::max(0, s.cursor_y.value_or(0)));
  if (row >= lines.size()) return "";
  std::string_view line = rtrim(lines[row]);
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view frame : {" ", "│", "┃", "▌", "❯", "›", ">", "\u00a0"}) {
      while (line.starts_with(frame)) {
        line.remove_prefix(frame.size());
        again = true;
      }
      if (frame != " " && line.ends_with(frame) && line.size() > frame.size())
        line = rtrim(line.substr(0, line.size() - frame.size()));
    }
  }
  return std::string(line);
}

// Our text stands in the prompt and nothing behind it: as it is (its last line may be wrapped), or folded to
// "[Pasted text #1 +5 lines]".
bool holds_ours(const Verdict& v, const Screen& s, const std::string& text) {
  if (v.state != State::kDraft) return false;
  const std::string row = cursor_row(s), last = text.substr(text.rfind('\n') + 1);
  if (row.starts_with("[Pasted") && row.ends_with("]")) return true;
  return !row.empty() && (rtrim(last).ends_with(row) || row.ends_with(rtrim(last)));
}

}  // namespace

Result<std::string> PaneHand::run_tmux(const std::vector<std::string>& words, const std::string& input) const {
  StringSink sink;
  auto done = run_process(tmux_(words), input, Steady::now() + kTmuxTime, sink);
  if (!done) return tl::unexpected(done.error());
  if (done->status != 0) return fail(ErrorKind::kCommand, fmt::format("tmux: {}", trim(done->errors)));
  return std::move(sink.text);
}

Result<PaneHand::Look> PaneHand::look(PaneId pane) const {
  const std::string target = fmt::format("%{}", pane);
  auto text = run_tmux({"display-message", "-p", "-t", target, kFormat, ";", "display-message", "-p", "-t",
                    target, "#{pane_title}", ";", "capture-pane", "-p", "-t", target});
  if (!text) return tl::unexpected(text.error());
  Look l;
  PaneFacts& f = l.facts;
  unsigned id = 0;
  int mode = 0, dead = 0, visible = 0, alternate = 0;
  long history = 0;
  // A pane that is gone answers with empty fields: its id tells.
  if (std::sscanf(text->c_str(), "%%%u %d %d %d %d %d %d %d %d %d %ld", &id, &f.pid, &mode, &dead,
                  &f.cursor_x, &f.cursor_y, &visible, &alternate, &f.width, &f.height, &history) != 11 ||
      id != pane) {
    return fail(ErrorKind::kCommand, "the pane is gone");
  }
  l.in_mode = mode != 0;
  f.dead = dead != 0;
  f.cursor_visible = visible != 0;
  f.alternate = alternate != 0;
  f.history = history;
  const std::size_t title_at = text->find('\n') + 1, screen_at = text->find('\n', title_at) + 1;
  f.title = text->substr(title_at, screen_at - title_at - 1);
  const ProcessVerdict processes = inspect_pane(processes_, f.pid, classifier_->processes());
  Screen& s = l.screen;
  s.text = text->substr(screen_at);
  s.width = f.width;
  s.height = f.height;
  s.title = f.title;
  s.alternate = f.alternate;
  s.dead = f.dead;
  s.cursor_x = f.cursor_x;
  s.cursor_y = f.cursor_y;
  s.cursor_visible = f.cursor_visible;
  s.processes = processes.evidence;
  s.agent_hint = processes.agent;
  l.verdict = classifier_->classify(s).verdict;
  return l;
}

Result<bool> PaneHand::if_unmoved(PaneId pane, const Look& seen, const std::string& commands) const {
  const PaneFacts& f = seen.facts;
  std::string condition = "1";
  const std::pair<const char*, std::int64_t> facts[] = {
      {"pane_in_mode", 0},         {"pane_dead", 0},         {"pane_pid", f.pid},
      {"cursor_x", f.cursor_x},    {"cursor_y", f.cursor_y}, {"alternate_on", f.alternate ? 1 : 0},
      {"history_size", f.history}, {"pane_width", f.width},  {"pane_height", f.height}};
  for (const auto& [name, value] : facts)
    condition = fmt::format("#{{&&:#{{==:#{{{}}},{}}},{}}}", name, value, condition);
  auto said = run_tmux({"if-shell", "-F", "-t", fmt::format("%{}", pane), condition,
                    commands + " ; display-message -p orc-sent", "display-message -p orc-moved"});
  if (!said) return tl::unexpected(said.error());
  return trim(*said) == "orc-sent";
}

bool PaneHand::wait_for(PaneId pane, double seconds, Look& out,
                        bool (*holds)(const Look&, const std::string&), const std::string& text) const {
  const auto until =
      Steady::now() + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  for (;;) {
    auto seen = look(pane);
    if (seen) {
      out = std::move(*seen);
      if (holds(out, text)) return true;
    }
    if (Steady::now() >= until) return false;
    ::poll(nullptr, 0, 100);
  }
}

PaneHand::Outcome PaneHand::deliver(PaneId pane, const std::string& text, std::string* why) const {
  auto seen = look(pane);
  if (!seen) return *why = seen.error().message, Outcome::kNotNow;
  if (seen->in_mode) return *why = "the pane is in a mode (copy mode, a menu)", Outcome::kNotNow;
  if (seen->facts.dead || seen->screen.processes != ProcessEvidence::kAgent)
    return *why = "no agent runs in the pane", Outcome::kNotNow;
  if (!has_empty_prompt(seen->verdict))
    return *why = fmt::format("the agent is {}", to_string(seen->verdict.state)), Outcome::kNotNow;

  const std::string buffer = "orc-" + random_hex();
  if (auto ok = run_tmux({"load-buffer", "-b", buffer, "-"}, printable(text, true)); !ok)
    return *why = ok.error().message, Outcome::kNotNow;
  const auto pasted = if_unmoved(pane, *seen, fmt::format("paste-buffer -p -d -b {} -t %{}", buffer, pane));
  if (!pasted || !*pasted) {
    static_cast<void>(run_tmux({"delete-buffer", "-b", buffer}));
    *why = pasted ? "something moved in the pane" : pasted.error().message;
    return pasted ? Outcome::kNotNow : Outcome::kFailed;
  }
  const auto shows = [](const Look& l, const std::string& ours) {
    return holds_ours(l.verdict, l.screen, ours);
  };
  Look now;
  if (!wait_for(pane, kPasteTime, now, shows, text))
    return *why = "the pasted text was not seen in the prompt", Outcome::kFailed;
  for (int i = 0; i < kEnters; ++i) {
    const auto sent = if_unmoved(pane, now, fmt::format("send-keys -t %{} Enter", pane));
    if (!sent) return *why = sent.error().message, Outcome::kFailed;
    const auto taken = [](const Look& l, const std::string&) { return l.verdict.state != State::kDraft; };
    if (wait_for(pane, *sent ? kSubmitTime : 0.2, now, taken, "")) return Outcome::kDelivered;
    if (!shows(now, text)) return *why = "the prompt holds something else now", Outcome::kFailed;
  }
  return *why = "the text stands in the prompt, but Enter does not submit it", Outcome::kFailed;
}

PaneHand::Outcome PaneHand::restart(PaneId pane, const std::string& command, bool dry_run,
                                    std::string* why) const {
  auto seen = look(pane);
  if (!seen) return *why = seen.error().message, Outcome::kNotNow;
  if (seen->in_mode || seen->facts.dead) return *why = "the pane is dead or in a mode", Outcome::kNotNow;
  if (seen->screen.processes != ProcessEvidence::kShellOnly)
    return *why = "something runs in the pane", Outcome::kNotNow;
  if (dry_run) return *why = "dry run", Outcome::kNotNow;
  const std::string buffer = "orc-" + random_hex();
  if (auto ok = run_tmux({"load-buffer", "-b", buffer, "-"}, printable(command)); !ok)
    return *why = ok.error().message, Outcome::kNotNow;
  const auto typed = if_unmoved(
      pane, *seen, fmt::format("paste-buffer -p -d -b {0} -t %{1} ; send-keys -t %{1} Enter", buffer, pane));
  if (!typed || !*typed) {
    static_cast<void>(run_tmux({"delete-buffer", "-b", buffer}));
    return *why = typed ? "something moved in the pane" : typed.error().message,
           typed ? Outcome::kNotNow : Outcome::kFailed;
  }
  return Outcome::kDelivered;
}

}  // namespace orc
