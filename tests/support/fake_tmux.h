// SPDX-License-Identifier: Apache-2.0
// FakeTmux: a tmux server without tmux. It speaks tmux's client protocol on a socket, in the layout and with
// the quirks of one version, and shows panes that a test made up. What it answers is what the real ones of
// these versions were seen to answer; ConformsToRealTmux (tests/integration) compares it with the tmux that
// is installed. It shares no code with the client side. Thread-safe: edit() between or during what a client
// asks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace orc::test {

struct TmuxVersion {
  const char* name;
  bool long_length;  // frames from 3.6: a length of four bytes; whoever marks a descriptor as before is
                     // dropped
  bool signal_of_the_dead;  // pane_dead_signal, from 3.3
  bool pid_of_the_dead;     // up to 3.7; then empty
  bool pane_output_time;    // pane_last_output_time, from 3.8; empty before the first output
  bool null_times_end_it;   // 3.2 and 3.2a end when asked for the time of a window that is not there
  int most_words;           // of a command message; 0: as many as fit
};

inline constexpr TmuxVersion kTmuxVersions[] = {
    {"3.2a", false, false, true, false, true, 0},       {"3.3a", false, true, true, false, false, 0},
    {"3.4", false, true, true, false, false, 0},        {"3.5a", false, true, true, false, false, 0},
    {"3.6a", true, true, true, false, false, 0},        {"3.7c", true, true, true, false, false, 1000},
    {"next-3.8", true, true, false, true, false, 1000},
};
inline void PrintTo(const TmuxVersion& version, std::ostream* out) { *out << version.name; }
const TmuxVersion& tmux_version(const std::string& name);

struct FakePane {
  int id = 0, window = 0, pid = 0;
  int width = 80, height = 24;
  std::int64_t window_activity_s = 0, output_s = 0;  // 0: it had none
  int history = 0, cursor_x = 0, cursor_y = 0;
  bool cursor = true, alternate = false, in_mode = false, dead = false;
  std::optional<int> dead_status, dead_signal;
  std::string session = "main", window_name = "work", title, agent_option;
  std::string text;  // its rows, ended by '\n'; missing ones are empty
};

struct FakeState {
  int pid = 4242;
  std::int64_t started_s = 1'700'000'000, now_s = 1'700'000'100;
  std::vector<FakePane> panes;       // in tmux's order; one of a linked window may come twice
  std::string stray;                 // what a user's hook prints behind each list-panes
  std::vector<std::string> clients;  // lines of list-clients, as its format gives them without the nonce
};

class FakeTmux {
 public:
  FakeTmux(std::string socket_path, const TmuxVersion& version, FakeState state);
  ~FakeTmux();
  const std::string& socket_path() const;
  void edit(const std::function<void(FakeState&)>& change);
  // Another server takes the socket's place.
  void become(const TmuxVersion& version, const std::function<void(FakeState&)>& change);

  // It ended by what it was asked; from then on nobody is answered.
  bool crashed() const;
  // What was asked since the last call: commands, by their first word, and panes by number that were
  // captured.
  std::map<std::string, int> take_commands();
  std::map<int, int> take_captures();
  std::vector<std::string> take_formats();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace orc::test
