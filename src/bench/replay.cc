// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/bench/replay.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "tmux_orc/bench/scene.h"

namespace orc {
namespace {

constexpr auto kFrameTime = std::chrono::milliseconds(250);

struct Size {
  int cols = 80, rows = 24;
};

Size terminal_size() {
  winsize ws{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) != 0 || ws.ws_col == 0 || ws.ws_row == 0) return {};
  return {ws.ws_col, ws.ws_row};
}

// No echo and no line editing: a demo pane is a picture, and keys typed there must not spoil it.
void quiet_terminal() {
  termios t{};
  if (::tcgetattr(STDIN_FILENO, &t) != 0) return;
  t.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

bool put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// Waits; false when the terminal went away. Input is read and dropped.
bool pause_for(std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return true;
    pollfd p{STDIN_FILENO, POLLIN, 0};
    if (::poll(&p, 1, static_cast<int>(left.count())) > 0) {
      char drop[256];
      if ((p.revents & (POLLHUP | POLLERR)) != 0 || ::read(STDIN_FILENO, drop, sizeof drop) <= 0)
        return false;
    }
  }
}

// The next of kAskSignal and kRestSignal, which are blocked; 0 when the terminal went away.
int wait_for_signal(int signals) {
  for (;;) {
    pollfd p[2] = {{STDIN_FILENO, POLLIN, 0}, {signals, POLLIN, 0}};
    if (::poll(p, 2, -1) < 0) continue;
    signalfd_siginfo info{};
    if ((p[1].revents & POLLIN) != 0 && ::read(signals, &info, sizeof info) == sizeof info)
      return static_cast<int>(info.ssi_signo);
    char drop[256];
    if (p[0].revents != 0 &&
        ((p[0].revents & (POLLHUP | POLLERR)) != 0 || ::read(STDIN_FILENO, drop, sizeof drop) <= 0))
      return 0;
  }
}

bool show(const Scene& scene, const Frame& frame, const Size& size) {
  // A screen higher than the pane shows its lower end, as a terminal would after scrolling.
  const int lines = static_cast<int>(frame.lines.size());
  const int skip = lines > size.rows ? lines - size.rows : 0;
  std::string out = scene.alternate ? "\x1b[?1049h" : "";
  out += "\x1b[?7l\x1b[2J";  // no wrap: a line that is too long is cut
  for (int i = skip; i < lines; ++i) {
    out += fmt::format("\x1b[{};1H{}", i - skip + 1, frame.lines[static_cast<std::size_t>(i)]);
  }
  out += fmt::format("\x1b]2;{}\x1b\\\x1b[{};{}H{}", frame.title, std::max(frame.cursor_y - skip, 0) + 1,
                     frame.cursor_x + 1, frame.cursor_visible ? "\x1b[?25h" : "\x1b[?25l");
  return put(out);
}

bool play(const Scene& scene, std::chrono::milliseconds time, bool moving) {
  const auto until = std::chrono::steady_clock::now() + time;
  for (std::size_t i = 0; std::chrono::steady_clock::now() < until; ++i) {
    if (!show(scene, scene.frames[i % scene.frames.size()], terminal_size())) return false;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (!pause_for(moving ? std::min(kFrameTime, left) : left)) return false;
  }
  return true;
}

// An agent's day: it works, asks, works on, is done, now and then fails or hits a limit.
int live(const std::string& agent, unsigned seed) {
  struct Step {
    const char* state;
    int least_s, most_s;
  };
  static constexpr Step kDay[] = {{"working", 6, 14}, {"waiting", 8, 20}, {"working", 5, 12},
                                  {"idle", 8, 16},    {"draft", 3, 6},    {"working", 6, 12},
                                  {"error", 6, 10},   {"working", 5, 9},  {"rate_limited", 8, 14}};
  std::mt19937 random(seed);
  for (std::size_t step = seed;; ++step) {
    const Step& s = kDay[step % std::size(kDay)];
    const Size size = terminal_size();
    const auto scene = find_scene(agent, s.state, size.cols, size.rows);
    if (!scene) continue;  // not every agent has every scene
    const int seconds = std::uniform_int_distribution<int>(s.least_s, s.most_s)(random);
    if (!play(*scene, std::chrono::seconds(seconds), scene->frames.size() > 1)) return 0;
  }
}

// Rests, and asks when it is told to: by its title alone, or by its screen under a title that stays.
int flip(const std::string& agent, bool by_title) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, kAskSignal);
  sigaddset(&signals, kRestSignal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int fd = ::signalfd(-1, &signals, SFD_CLOEXEC);
  const Size size = terminal_size();
  const auto rests = find_scene(agent, "idle", size.cols, size.rows),
             asks = find_scene(agent, "waiting", size.cols, size.rows);
  if (!rests || !asks || fd < 0) return 1;
  Frame idle = rests->frames.front(), waiting = asks->frames.front();
  if (by_title) {
    const std::string title = waiting.title;
    waiting = idle;
    waiting.title = title;
  } else {
    waiting.title = idle.title;
  }
  if (!show(*rests, idle, size)) return 0;
  for (;;) {
    const int signal = wait_for_signal(fd);
    if (signal == 0) return 0;
    const Frame& now = signal == kAskSignal ? waiting : idle;
    const bool shown = by_title ? put(fmt::format("\x1b]2;{}\x1b\\", now.title)) : show(*rests, now, size);
    if (!shown) return 0;
  }
}

}  // namespace

bool is_replay(int argc, char** argv) { return argc == 6 && std::string_view(argv[1]) == "__replay"; }

int run_replay(int, char** argv) {
  const std::string agent = argv[2], state = argv[3], how = argv[4];
  ::prctl(PR_SET_NAME, agent.c_str());  // the process name by which discovery knows the agent
  ::signal(SIGINT, SIG_IGN);
  quiet_terminal();
  if (how == "life") return live(agent, static_cast<unsigned>(std::strtoul(argv[5], nullptr, 10)));
  if (how == "flip-screen" || how == "flip-title") return flip(agent, how == "flip-title");
  const Size size = terminal_size();
  const auto scene = find_scene(agent, state, size.cols, size.rows);
  if (!scene) {
    fmt::print(stderr, "tmux-orc: {}\n", scene.error().message);
    return 1;
  }
  while (play(*scene, std::chrono::hours(1), how == "paint")) {
  }
  return 0;
}

}  // namespace orc
