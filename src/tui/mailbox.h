// SPDX-License-Identifier: Apache-2.0
// Mailbox: what the cockpit's threads have for the one that draws. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/mutex.h"
#include "tmux_orc/base/wakeup.h"
#include "view_model.h"

namespace orc::tui {

struct News {
  std::shared_ptr<const Snapshot> snapshot{};
  std::vector<Transition> changes{};
  std::optional<std::string> source{};   // where the figures come from now
  std::optional<std::string> trouble{};  // why there are none
  std::optional<Preview> preview{};
  std::optional<std::string> message{};
  std::optional<Overlay> overlay{};
  std::optional<AnswerForm> form{};
  bool jumped = false;
  std::vector<std::string> attach{};  // a command that wants the terminal, to show a pane
};

class Mailbox {
 public:
  void post(News news) {
    {
      MutexLock lock(mutex_);
      news_.push_back(std::move(news));
    }
    wakeup_.wake();
  }
  std::vector<News> take() {
    wakeup_.clear();
    MutexLock lock(mutex_);
    return std::exchange(news_, {});
  }
  int fd() const { return wakeup_.fd(); }  // readable while there is something

 private:
  Wakeup wakeup_;
  Mutex mutex_;
  std::vector<News> news_ ORC_GUARDED_BY(mutex_);
};

}  // namespace orc::tui
