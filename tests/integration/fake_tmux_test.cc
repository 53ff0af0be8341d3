// SPDX-License-Identifier: Apache-2.0
// The fake server of the unit tests answers as the tmux that is installed: `scripts/compat.sh` asks others,
// too.
#include "support/fake_tmux.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "test_server.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/discover/discover.h"

namespace orc::test {
namespace {

// The fake of this version, or the newest that is not newer.
const TmuxVersion& fake_of(const std::string& version) {
  const TmuxVersion* best = &kTmuxVersions[0];
  for (const TmuxVersion& v : kTmuxVersions) {
    if (version_number(v.name) <= version_number(version)) best = &v;
    if (version == v.name) return v;
  }
  return *best;
}

struct Reply {
  int status = 0;
  std::string text, errors;
  friend bool operator==(const Reply&, const Reply&) = default;
};
std::ostream& operator<<(std::ostream& out, const Reply& r) {
  return out << r.status << " \"" << r.text << "\" \"" << r.errors << "\"";
}

class ConformsToRealTmux : public ::testing::Test {
 protected:
  ConformsToRealTmux() {
    real_.tmux({"set-option", "-g", "remain-on-exit", "on"});
    version_ = real_.tmux({"display-message", "-p", "#{version}"});
    add(0);
    // Each waits for a line, so that its process is known before it ends.
    exits_ = real_.window({"sh", "-c", "echo one; read x; exit 3"}, "exits");
    killed_ = real_.window({"sh", "-c", "echo two; read x; kill -9 $$"}, "killed");
    alive_ = real_.window_showing("\x1b]2;a title\x1b\\first\r\nsecond\r\n");
    for (const PaneId pane : {exits_, killed_, alive_}) add(pane);
    for (const PaneId pane : {exits_, killed_}) {
      real_.tmux({"send-keys", "-t", pane_name(pane), "Enter"});
      EXPECT_TRUE(wait_until([&] { return fact(pane, "pane_dead") == "1"; }));
      wait_until([&] { return is_reaped(pane); }, 3s);
    }
    for (FakePane& p : state_.panes) refresh(p);
    state_.pid = std::stoi(real_.tmux({"display-message", "-p", "#{pid}"}));
    state_.started_s = std::stoll(real_.tmux({"display-message", "-p", "#{start_time}"}));
    fake_ = std::make_unique<FakeTmux>(dir_.file("fake"), fake_of(version_), state_);
    real_link_ = ready_link(real_.address(), TransportChoice::kNative);
    fake_link_ = ready_link({"fake", dir_.file("fake")}, TransportChoice::kNative);
  }

  // A pane is dead with its terminal; how its program ended tmux hears a moment later, and draws it. Now and
  // then 3.3a never does: the program is gone, and its pane has neither status nor signal.
  bool is_reaped(PaneId pane) {
    return !(fact(pane, "pane_dead_status") + fact(pane, "pane_dead_signal")).empty() ||
           real_.capture(pane).find("Pane is dead") != std::string::npos;
  }

  std::string fact(PaneId pane, const std::string& name) {
    return real_.tmux({"display-message", "-p", "-t", pane_name(pane), "#{" + name + "}"});
  }
  int number(PaneId pane, const std::string& name) { return std::stoi(fact(pane, name)); }
  void add(PaneId pane) {
    FakePane p;
    p.id = static_cast<int>(pane);
    p.window = std::stoi(fact(pane, "window_id").substr(1));
    p.pid = number(pane, "pane_pid");
    state_.panes.push_back(p);
  }
  // What is no matter of versions is taken as it is.
  void refresh(FakePane& p) {
    const auto pane = static_cast<PaneId>(p.id);
    p.width = number(pane, "pane_width");
    p.height = number(pane, "pane_height");
    p.window_activity_s = std::stoll(fact(pane, "window_activity"));
    p.output_s = pane == 0 ? 0 : p.window_activity_s;
    if (const std::string own = fact(pane, "pane_last_output_time"); !own.empty())
      p.output_s = std::stoll(own);
    p.history = number(pane, "history_size");
    p.cursor_x = number(pane, "cursor_x");
    p.cursor_y = number(pane, "cursor_y");
    p.cursor = number(pane, "cursor_flag") != 0;
    p.session = fact(pane, "session_name");
    p.window_name = fact(pane, "window_name");
    p.title = fact(pane, "pane_title");
    p.text = real_.capture(pane);
    p.dead = pane == exits_ || pane == killed_;
    if (pane == exits_ && is_reaped(pane)) p.dead_status = 3;
    if (pane == killed_ && is_reaped(pane)) p.dead_signal = 9;
  }

  static Reply ask(ServerLink& link, const Batch& batch) {
    StringSink sink;
    const auto done = link.current()->run(batch, Steady::now() + 10s, sink);
    if (!done) return {-1, "", done.error().message};
    return {done->status, sink.text, done->errors};
  }
  void expect_same(const Batch& batch) {
    SCOPED_TRACE(fmt::format("tmux {}: {}", version_, fmt::join(batch[0], " ")));
    EXPECT_EQ(ask(*fake_link_, batch), ask(*real_link_, batch));
  }

  TempDir dir_;
  TestServer real_;
  std::string version_;
  PaneId exits_ = 0, killed_ = 0, alive_ = 0;
  FakeState state_;
  std::unique_ptr<FakeTmux> fake_;
  std::unique_ptr<ServerLink> real_link_, fake_link_;
};

TEST_F(ConformsToRealTmux, InAllThatIsAskedOfIt) {
  const std::string nonce = random_hex();
  for (const Activity activity : {Activity::kWindow, Activity::kPane}) {
    for (const bool with_names : {false, true})
      expect_same({{"list-panes", "-a", "-F", listing_format(nonce, with_names, activity)}});
    for (const bool with_ends : {false, true})
      expect_same({{"list-panes", "-a", "-F", narrow_format(nonce, with_ends, activity)}});
    const std::int64_t some = state_.panes.back().window_activity_s;
    for (const std::int64_t since : {some - 100, some, some + 1, some + 100})
      expect_same({{"list-panes", "-a", "-F", changes_format(nonce, false, activity, since)}});
    for (const PaneId pane : {PaneId{0}, exits_, killed_, alive_, PaneId{99}})
      expect_same({{"display-message", "-p", "-t", pane_name(pane), one_pane_format(nonce, true, activity)}});
  }
  expect_same({{"list-clients", "-F", clients_format(nonce)}, {"display-message", "-p", end_mark(nonce)}});
  expect_same({{"display-message", "-p", "#{pid} #{start_time}"}, {"display", "-p", "x"}});
  expect_same({{"display-message", "-p", "#{S:x}"}});
  expect_same({{"display-message", "-p", "#{no_such_variable} #{pane_last_output_time}"}});
  const std::string alive = "-pt" + pane_name(alive_);
  expect_same({{"capturep", alive, "-S1", "-E5"}, {"display", "-p", "after"}});
  expect_same({{"capture-pane", alive}});
}

TEST_F(ConformsToRealTmux, InWhatFails) {
  expect_same({{"display", "-p", "before"}, {"capturep", "-pt%99", "-E3"}, {"display", "-p", "after"}});
  expect_same({{"display", "-p", "before"}, {"no-such-command"}, {"display", "-p", "after"}});
  Batch many;
  for (int i = 0; i < 340; ++i) many.push_back({"display", "-p", fmt::format("{}", i)});
  expect_same(many);
}

// Why one_pane_format() is what it is.
TEST_F(ConformsToRealTmux, InEndingByTheTimeOfNothing) {
  (void)ask(*real_link_, {{"display-message", "-p", "-t", "%99", "#{window_activity}"}});
  (void)ask(*fake_link_, {{"display-message", "-p", "-t", "%99", "#{window_activity}"}});
  EXPECT_EQ(fake_->crashed(), !ask(*real_link_, {{"display-message", "-p", "x"}}).text.starts_with("x"));
}

TEST_F(ConformsToRealTmux, WithoutSessions) {
  real_.tmux({"set-option", "-g", "exit-empty", "off"});
  real_.tmux({"kill-session", "-t", "main"});
  fake_->edit([](FakeState& s) { s.panes.clear(); });
  expect_same({{"display-message", "-p", "#{pid}"},
               {"list-panes", "-a", "-F", "x"},
               {"display-message", "-p", "end"}});
  expect_same({{"display-message", "-p", "<#{S:x}>"}});
}

}  // namespace
}  // namespace orc::test
