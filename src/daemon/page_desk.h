// PageDesk: what the page asks for that takes a while, so that the API's thread never waits: a pane's screen
// from tmux, and the day's sums from the history. Both are made on a thread of its own and kept for a moment:
// however many pages are open, a screen is captured once a second at most and the history asked every ten.
// Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/config/paths.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/tmux/server_link.h"

namespace orc {

struct DeskServers {
  std::vector<ServerAddress> servers;
  std::string tmux_binary;
  TransportChoice transport = TransportChoice::kAuto;
};

// A screen as capture-pane gives it, fit to be shown: no control characters, at most 500 rows of 1000
// columns.
std::string presentable_screen(std::string_view text);

class PageDesk {
 public:
  PageDesk(Paths paths, const Clock& clock) : paths_(std::move(paths)), clock_(clock) {}
  ~PageDesk();

  // The servers to ask from now on.
  void set_servers(DeskServers servers);

  struct Look {
    std::int64_t at_ms = 0;
    std::string text, error;  // `error`: why there is no text
  };
  // As it was a second ago at most; nothing while it is being looked at: ask again in a moment. kTimeout if
  // too many are being asked for.
  Result<std::optional<Look>> screen(const PaneRef& pane);

  // Today's waits, by the history; nothing while they are being summed up for the first time.
  std::optional<nlohmann::ordered_json> today();

 private:
  struct Job {
    bool is_today = false;
    PaneRef pane;
  };
  void run();
  void start_locked();
  Look look(const PaneRef& pane);
  nlohmann::ordered_json sum_up() const;

  const Paths paths_;
  const Clock& clock_;
  std::mutex mutex_;  // of all below but links_, which are the thread's
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::set<PaneKey> asked_;
  std::map<PaneKey, std::pair<Steady::time_point, Look>> looks_;
  bool today_asked_ = false, stop_ = false, renewed_ = false;
  std::optional<nlohmann::ordered_json> today_;
  Steady::time_point today_at_{};
  DeskServers servers_;
  std::map<std::string, std::unique_ptr<ServerLink>> links_;  // by the server's name
  std::thread thread_;
};

}  // namespace orc
