// SPDX-License-Identifier: Apache-2.0
// Abouts: what agents work on and what they use, found on a thread of its own, so that no round waits for a
// file system: the folder of the agent's process, its repository and branch, its version. Looked at again
// when the pane has output, now and then otherwise. A session's log that grows is read at once, and `wake` is
// called with the pane if its turn began or ended. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "tmux_orc/about/footer.h"
#include "tmux_orc/about/git_place.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/base/own_word.h"
#include "tmux_orc/base/wakeup.h"
#include "tmux_orc/witness/file_watch.h"
#include "tmux_orc/witness/session_log.h"
#include "tmux_orc/witness/tail_reader.h"

namespace orc {

// What one session used in one hour, whole: a later row of the same session, hour and model replaces it.
struct SpentHour {
  std::uint64_t session = 0;  // stands for its log's path
  std::int64_t hour = 0;      // since 1970
  std::string agent, project, model;
  Spent spent;
  bool has_cost = false;
};

class Abouts {
 public:
  struct Agent {
    std::string name;
    int pid = 0;
    std::uint64_t started = 0;  // field 22 of /proc/PID/stat: pids come again; 0: not known
    friend bool operator==(const Agent&, const Agent&) = default;
  };

  // On the reading thread; may be empty.
  using Wake = std::function<void(const PaneKey&)>;

  explicit Abouts(std::string proc = "/proc", Wake wake = {});
  ~Abouts();
  Abouts(const Abouts&) = delete;
  Abouts& operator=(const Abouts&) = delete;

  // Which process the pane's agent is.
  void note(const PaneKey& pane, const Agent& agent);
  void note_footer(const PaneKey& pane, Footer footer);
  // Fills in what is known. Those that were never looked at are waited for until `by`.
  void fill(std::vector<AgentStatus>& agents, Deadline by);

  // How the last turn of the pane's agent stands, by its session's log (base/turn_word.h). Nothing for
  // another process, or of before this one began.
  OwnWord turn(const PaneKey& pane, int pid) const;
  // Which agent has ended in the pane while its last turn goes on: another process writes its session on.
  // "" for none.
  std::string left_turn(const PaneKey& pane) const;
  // Becomes another number when turn() or left_turn() says something else.
  std::uint64_t turn_changes(const PaneKey& pane) const;

  // What changed since the last call.
  std::vector<SpentHour> take_spent();

  std::size_t followed() const;

 private:
  struct Entry {
    Agent agent;
    About about;  // but the task
    std::string title;
    std::optional<Usage> usage;  // by its log
    Footer footer;
    OwnWord turn;
    bool goes_on = false;  // the turn, without the agent
    std::uint64_t turn_changes = 0;
    bool read = false;   // once
    bool whole = false;  // with its log, to that one's end
    bool queued = false;
    Steady::time_point read_at, asked_at;
  };
  // A session's log, of the reading thread alone.
  struct Followed {
    Agent agent;
    std::string thread;  // codex: the name that it was found by
    Steady::time_point sought;
    std::unique_ptr<TailReader> tail;
    std::unique_ptr<SessionLog> log;
    SpentHours told;
    int watch = -1;  // of its file
    int writer = 0;  // who wrote it on, when the agent had ended
  };
  using SpentKey = std::tuple<std::uint64_t, std::int64_t, std::string>;
  bool is_due(const Entry& entry, const AgentStatus& agent) const;
  bool is_known(const std::vector<PaneKey>& panes) const ORC_REQUIRES(mutex_);
  void run();
  void watch(Followed& f);
  void unwatch(Followed& f);
  std::vector<PaneKey> take_events();
  void wait_for_work(bool more);
  // True if there is more to read of its log.
  bool read_one(const PaneKey& pane);
  struct Turn {
    OwnWord word;
    bool goes_on = false;
  };
  Turn turn_of(Followed& log, bool is_alive) const;
  bool publish(const PaneKey& pane, const Agent& agent, About about, Followed* log, bool more, Turn turn);
  Followed* log_of(const PaneKey& pane, const Agent& agent);
  bool read_log(Followed& f);
  bool follow_log(const PaneKey& pane, const Entry& entry, const std::string& cwd);
  void seek_log(const PaneKey& pane, const Entry& entry, const std::string& cwd, Followed& f);
  bool shares_folder(const PaneKey& pane, const Entry& entry) const;
  void tell_spent(const Followed& f, const About& about);
  static void join(const Entry& entry, AgentStatus& status);
  void drop_old();

  const std::string proc_;
  const Wake wake_;
  Wakeup woken_;
  // Of the reading thread alone.
  FileWatch files_;
  GitPlaces places_;
  std::unordered_map<PaneKey, Followed> logs_;
  std::optional<Steady::time_point> events_due_;

  mutable Mutex mutex_;
  Condition known_;
  std::unordered_map<PaneKey, Entry> entries_ ORC_GUARDED_BY(mutex_);
  std::vector<PaneKey> queue_ ORC_GUARDED_BY(mutex_);
  std::map<SpentKey, SpentHour> spent_ ORC_GUARDED_BY(mutex_);
  bool stop_ ORC_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace orc
