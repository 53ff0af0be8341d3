// SPDX-License-Identifier: Apache-2.0
// ApiDesk: what the API answers that takes a while (a look at a pane, a query), so that its thread never
// waits. Answers are made on a thread of its own, one after the other, and kept for a moment: however many
// ask, a pane is looked at once a second at most, and looks take half of the time at most, and none of a
// round's. What is given once (an answer) goes before them. Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tmux_orc/api/router.h"
#include "tmux_orc/base/cancel.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/evidence/live_server.h"

namespace orc {

// The monitor's own eyes: who looks through them sees what its rounds see.
struct Eyes {
  std::vector<std::shared_ptr<LiveServer>> servers;
  std::shared_ptr<const Classifier> classifier;
};

class ApiDesk {
 public:
  using Make = std::function<ApiResponse()>;

  ~ApiDesk();

  // The answer under `key`: one that is younger than `fresh` (0: each answer is given once), else `make`
  // makes it on the desk's thread and this is 202, {"pending": true}: ask again in a moment. 503 if too many
  // wait.
  ApiResponse ask(const std::string& key, Steady::duration fresh, Make make);

  // Cancelled when the desk ends: for what `make` waits for.
  const Cancel* cancel() const { return &cancel_; }

  // While one lives no look begins, but for a round that takes long: tmux has it to itself.
  class Hold {
   public:
    explicit Hold(ApiDesk& desk);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    ApiDesk& desk_;
  };

  void set_eyes(Eyes eyes);
  Eyes eyes() const;

 private:
  struct Job {
    std::string key;
    Make make;
    bool is_once = false;
  };
  struct Kept {
    bool pending = true;
    Steady::time_point at{};
    ApiResponse answer{};
  };
  void run();

  mutable Mutex mutex_;  // of all below
  Condition wake_;
  std::deque<Job> jobs_ ORC_GUARDED_BY(mutex_);
  std::map<std::string, Kept> kept_ ORC_GUARDED_BY(mutex_);
  bool stop_ ORC_GUARDED_BY(mutex_) = false;
  Steady::time_point held_until_ ORC_GUARDED_BY(mutex_){};
  Eyes eyes_ ORC_GUARDED_BY(mutex_);
  Cancel cancel_;
  std::thread thread_;  // begun by the first question
};

}  // namespace orc
