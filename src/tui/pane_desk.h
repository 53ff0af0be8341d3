// SPDX-License-Identifier: Apache-2.0
// PaneDesk: a thread that does what needs tmux or another program for single panes: the preview, twice a
// second and of one pane only, jumps, explanations,
// records, answers. Methods are for one thread; they never wait.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mailbox.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/tmux/server_link.h"
#include "tmux_orc/tui/cockpit.h"

namespace orc::tui {

class PaneDesk {
 public:
  PaneDesk(const CockpitSetup& setup, Mailbox& mailbox);
  ~PaneDesk();

  void preview(std::optional<PaneRef> pane);  // from now on this one, or none
  void jump(const PaneRef& pane) { add({Task::kJump, pane}); }
  void explain(const PaneRef& pane) { add({Task::kExplain, pane}); }
  void record(const PaneRef& pane) { add({Task::kRecord, pane}); }
  void ask(const PaneRef& pane) { add({Task::kAsk, pane}); }
  void answer(const PaneRef& pane, Given given) { add({Task::kAnswer, pane, std::move(given)}); }

 private:
  struct Task {
    enum Kind : std::uint8_t { kJump, kExplain, kRecord, kAsk, kAnswer } kind;
    PaneRef pane;
    Given given{};
  };
  void add(Task task);
  void run();
  void look(const PaneRef& pane);
  News do_task(const Task& task);
  News do_jump(const PaneRef& pane);
  News do_explain(const PaneRef& pane);
  News do_record(const PaneRef& pane);
  News do_ask(const PaneRef& pane);
  News do_answer(const PaneRef& pane, const Given& given);
  Result<ServerAddress> address_of(const PaneRef& pane);
  Result<std::string> capture(const PaneRef& pane);
  Result<std::string> run_program(std::vector<std::string> words, bool says_no_in_json = false);

  const CockpitSetup& setup_;
  Mailbox& mailbox_;
  // The thread's alone.
  const SystemClock clock_;
  std::optional<PlannedServers> planned_;
  std::map<std::string, std::unique_ptr<ServerLink>> links_;

  Mutex mutex_;
  Condition wake_;
  std::optional<PaneRef> target_ ORC_GUARDED_BY(mutex_);
  bool fresh_ ORC_GUARDED_BY(mutex_) = false;  // the target has just been set
  std::deque<Task> tasks_ ORC_GUARDED_BY(mutex_);
  bool stop_ ORC_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace orc::tui
