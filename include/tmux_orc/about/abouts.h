// Abouts: what agents work on and what they use, found on a thread of its own, so that no round waits for a
// file system: the folder of the agent's process, its repository and branch, its version. Looked at again
// when the pane has output, now and then otherwise. Thread-safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "tmux_orc/about/git_place.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"

namespace orc {

class Abouts {
 public:
  struct Agent {
    std::string name;
    int pid = 0;
    std::uint64_t started = 0;  // field 22 of /proc/PID/stat: pids come again; 0: not known
    friend bool operator==(const Agent&, const Agent&) = default;
  };

  explicit Abouts(std::string proc = "/proc");
  ~Abouts();
  Abouts(const Abouts&) = delete;
  Abouts& operator=(const Abouts&) = delete;

  // Which process the pane's agent is.
  void note(const PaneKey& pane, const Agent& agent);
  // Fills in what is known. Those that were never looked at are waited for until `by`.
  void fill(std::vector<AgentStatus>& agents, Deadline by);

  std::size_t followed() const;

 private:
  struct Entry {
    Agent agent;
    About about;  // but the task
    std::string title, task;
    bool read = false, queued = false;
    Steady::time_point read_at, asked_at;
  };
  bool is_due(const Entry& entry, const AgentStatus& agent) const;
  bool is_known(const std::vector<PaneKey>& panes) const ORC_REQUIRES(mutex_);
  void run();
  void read_one(const PaneKey& pane);
  void drop_old();

  const std::string proc_;
  GitPlaces places_;  // of the reading thread alone

  mutable Mutex mutex_;
  std::condition_variable_any wanted_, known_;
  std::unordered_map<PaneKey, Entry> entries_ ORC_GUARDED_BY(mutex_);
  std::vector<PaneKey> queue_ ORC_GUARDED_BY(mutex_);
  bool stop_ ORC_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace orc
