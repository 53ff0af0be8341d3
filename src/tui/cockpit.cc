// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tui/cockpit.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "feed.h"
#include "pane_desk.h"
#include "remember.h"
#include "render.h"
#include "screen.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/os.h"
#include "tmux_orc/exec/child.h"
#include "tmux_orc/notify/mutes.h"

namespace orc::tui {
namespace {

constexpr auto kTick = std::chrono::milliseconds(1'000);  // times count up

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, s);
  return set;
}

// Runs a program that takes the terminal, and waits for its end.
void run_on_terminal(const std::vector<std::string>& words) {
  if (const auto pid = start_program({.argv = words})) wait_for(*pid);
}

// A plain table has every agent, and no key to change that.
Remembered remembered_for(Form form, const std::string& file) {
  if (form == Form::kFull) return load_remembered(file);
  Remembered r;
  r.idle_folded = form != Form::kPlain;
  return r;
}

class Cockpit {
 public:
  Cockpit(const CockpitSetup& setup, std::unique_ptr<Screen> screen, UniqueFd signals)
      : setup_(setup),
        screen_(std::move(screen)),
        signals_(std::move(signals)),
        mutes_(setup.paths.mute_file()),
        memory_file_(setup.paths.root + "/cockpit.json"),
        saved_(remembered_for(setup.form, memory_file_)),
        model_(setup.form, saved_),
        look_{!screen_->unicode(), screen_->color()} {
    model_.resize(screen_->width(), screen_->height());
  }

  void run() {
    Mailbox mailbox;
    Feed feed(setup_, mailbox);
    PaneDesk desk(setup_, mailbox);
    desk_ = &desk;
    auto drawn = Steady::now() - kTick;
    bool changed = true;
    while (!leave_) {
      if (changed || Steady::now() - drawn >= kTick) {
        draw();
        drawn = Steady::now();
      }
      pollfd p[3] = {{STDIN_FILENO, POLLIN, 0}, {mailbox.fd(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
      ::poll(p, 3, poll_timeout(drawn + kTick, Steady::now()));
      model_.tick(clock_.wall_ms());
      changed = false;
      if (p[2].revents != 0) changed = take_signals() || changed;
      if (p[0].revents != 0) changed = take_keys((p[0].revents & (POLLHUP | POLLERR)) != 0) || changed;
      if (p[1].revents != 0) changed = take_news(mailbox) || changed;
    }
    remember();
    screen_.reset();  // the terminal is given back before threads are waited for
    desk_ = nullptr;
  }

 private:
  void draw() {
    model_.tick(clock_.wall_ms());
    const AgentStatus* agent = model_.previewed();
    desk_->preview(agent == nullptr ? std::nullopt : std::optional(agent->pane));
    screen_->show(render(model_, look_));
  }

  bool take_signals() {
    while (const int signal = next_signal(signals_)) {
      if (signal == SIGWINCH)
        resize();
      else
        leave_ = true;
    }
    return true;
  }

  void resize() {
    screen_->resize();
    model_.resize(screen_->width(), screen_->height());
  }

  bool take_keys(bool hung_up) {
    bool any = false;
    for (;;) {
      const Key key = screen_->read_key();
      if (key.code == Key::kNone && key.ch == 0) break;
      any = true;
      for (const Effect& effect : model_.press(key)) apply(effect);
    }
    if (hung_up && !any) leave_ = true;
    return any;
  }

  void apply(const Effect& effect) {
    switch (effect.kind) {
      case Effect::kQuit:
        leave_ = true;
        break;
      case Effect::kRedraw:
        screen_->forget();
        break;
      case Effect::kJump:
        desk_->jump(effect.pane);
        break;
      case Effect::kExplain:
        model_.say("explaining ...");
        desk_->explain(effect.pane);
        break;
      case Effect::kAsk:
        model_.say("looking at its question ...");
        desk_->ask(effect.pane);
        break;
      case Effect::kAnswer:
        model_.say("answering ...");
        desk_->answer(effect.pane, effect.given);
        break;
      case Effect::kRecord:
        desk_->record(effect.pane);
        break;
      case Effect::kMute:
        mute(effect.pane);
        break;
    }
  }

  void mute(const PaneRef& pane) {
    const std::string target = "%" + std::to_string(pane.key.pane);
    Result<void> done;
    if (model_.is_muted(pane.key)) {
      const auto unmuted = mutes_.unmute(target, pane.key.server);
      if (!unmuted) done = tl::unexpected(unmuted.error());
      model_.say(unmuted && !*unmuted ? "it is muted with its session or by its place: tmux-orc unmute"
                                      : target + " is heard again");
    } else {
      done = make_private_folder(setup_.paths.root);
      if (done) done = mutes_.mute({target, pane.key.server, 0}, clock_.wall_ms());
      model_.say(target + " is muted until it is unmuted");
    }
    if (!done) model_.say(done.error().message);
    find_muted();
  }

  void find_muted() {
    std::set<PaneKey> muted;
    mutes_.refresh();
    for (const AgentStatus& a : model_.agents()) {
      if (mutes_.is_muted(a.pane, clock_.wall_ms())) muted.insert(a.pane.key);
    }
    model_.set_muted(std::move(muted));
  }

  // True if something of it is on the screen.
  bool take_news(Mailbox& mailbox) {
    bool changed = false;
    std::shared_ptr<const Snapshot> snapshot;
    for (News& news : mailbox.take()) {
      changed = true;
      if (news.source) model_.set_source(*news.source);
      if (news.trouble) model_.set_trouble(*news.trouble);
      if (!news.changes.empty()) model_.take_changes(news.changes);
      if (news.snapshot) snapshot = std::move(news.snapshot);
      if (news.preview) model_.take_preview(std::move(*news.preview));
      if (news.message) model_.say(*news.message);
      if (news.overlay) {
        model_.say("");
        model_.show(std::move(*news.overlay));
      }
      if (news.form) model_.show(std::move(*news.form));
      if (news.jumped) after_jump(news.attach);
    }
    if (!snapshot) return changed;
    model_.take(std::move(snapshot));
    find_muted();
    return true;
  }

  void after_jump(const std::vector<std::string>& attach) {
    if (!attach.empty()) {
      screen_->leave();
      run_on_terminal(attach);
      screen_->come_back();
      model_.resize(screen_->width(), screen_->height());
    }
    leave_ = leave_ || setup_.once;
  }

  void remember() {
    if (setup_.form != Form::kFull || model_.remembered() == saved_) return;
    // A folder that is not ours or a full disk: the next start has the defaults, nothing else is lost.
    if (make_private_folder(setup_.paths.root))
      static_cast<void>(save_remembered(memory_file_, model_.remembered()));
  }

  const CockpitSetup& setup_;
  std::unique_ptr<Screen> screen_;
  const UniqueFd signals_;
  const SystemClock clock_;
  Mutes mutes_;
  const std::string memory_file_;
  const Remembered saved_;
  ViewModel model_;
  const Look look_;
  PaneDesk* desk_ = nullptr;
  bool leave_ = false;
};

}  // namespace

Result<void> run_cockpit(const CockpitSetup& setup) {
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  UniqueFd signals = signal_descriptor(set);
  auto screen = Screen::open();
  if (!screen)
    return fail(ErrorKind::kUnavailable, "this terminal has no full screen (TERM); see tmux-orc status");
  Cockpit(setup, std::move(screen), std::move(signals)).run();
  return {};
}

}  // namespace orc::tui
