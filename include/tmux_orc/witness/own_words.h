// SPDX-License-Identifier: Apache-2.0
// OwnWords: what agents say of themselves, read on a thread of its own, so that no round waits for a file
// system or a server. A file that changes is read at once (inotify), a server asked each second and when it
// tells of a change; where the word is another one, `wake` is called with the agent's pane. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/base/own_word.h"
#include "tmux_orc/base/wakeup.h"
#include "tmux_orc/witness/file_watch.h"

namespace orc {

class OpencodeEvents;

class OwnWords {
 public:
  struct Agent {
    // "claude" has a file, "opencode" with --port a server; no other has a word that is read.
    std::string name;
    int pid = 0;
    std::uint64_t started = 0;  // field 22 of /proc/PID/stat: pids come again
    PaneKey pane;
    friend bool operator==(const Agent&, const Agent&) = default;
  };
  struct Said {
    OwnWord word;
    std::string version;        // of the agent
    std::uint64_t changes = 0;  // grows with each other word
  };
  // On the reading thread; may be empty.
  using Wake = std::function<void(const PaneKey&)>;

  explicit OwnWords(Wake wake, std::string proc = "/proc");
  ~OwnWords();
  OwnWords(const OwnWords&) = delete;
  OwnWords& operator=(const OwnWords&) = delete;

  // What the agent said last; it is followed from now on. One that is not followed yet is waited for until
  // `by`, and has said nothing then. Those that nobody asks about for ten minutes are let go.
  Said of(const Agent& agent, Deadline by);
  // Said::changes without following: 0 for who is not followed.
  std::uint64_t changes(int pid) const;

  std::size_t followed() const;

 private:
  struct Entry {
    Agent agent;
    std::string file;  // "" until it is known where it writes
    bool read = false;
    bool missed = false;  // somebody had to look without its first word
    int torn = 0;         // reads in a row that met a write
    Said said;
    Steady::time_point asked;
  };
  struct Server {
    int port = 0;
    int failures = 0;  // in a row
    Steady::time_point due, asked;
    std::unique_ptr<OpencodeEvents> events;  // null: not told of
  };
  void run();
  void follow_new();
  void find_server(int pid);
  void ask_server();
  void take_server_events();
  void take(int pid, const Agent& agent, Said said);
  void read_one(int pid);
  void read_torn();
  void read_unwatched();
  void drop_old();
  void watch_folder_of(const std::string& file);
  void take_events();
  std::optional<Steady::time_point> due() const;

  const Wake wake_;
  const std::string proc_;
  const std::string pid_space_;
  Wakeup woken_;
  // Of the reading thread alone.
  FileWatch files_;
  std::map<int, std::string> folders_;  // by their watch
  std::vector<int> torn_;
  std::map<int, Server> servers_;  // by pid
  Steady::time_point unwatched_due_{};

  mutable Mutex mutex_;
  Condition known_;  // some entry was read
  std::unordered_map<int, Entry> entries_ ORC_GUARDED_BY(mutex_);
  std::vector<int> new_ ORC_GUARDED_BY(mutex_);
  bool stop_ ORC_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// The named variables of a process, from its environment; nothing else of that is kept.
std::map<std::string, std::string> variables_of(const std::string& proc, int pid,
                                                const std::vector<std::string>& names);

// A small file of the same user: regular, no link, at most `most` bytes. Nothing for any other.
std::optional<std::string> read_own_file(const std::string& path, std::size_t most);

}  // namespace orc
