// SPDX-License-Identifier: Apache-2.0
#include "timeline.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

namespace orc::perf {
namespace {

// In the order in which events of the same moment are handled: what is sent at a moment is served together.
enum class What { kDone, kSend, kServe, kMeanwhile, kAnswer };

struct Event {
  double at;
  What what;
  std::size_t who;  // the exchange, or the host for kServe
  friend bool operator>(const Event& a, const Event& b) {
    return std::tie(a.at, a.what, a.who) > std::tie(b.at, b.what, b.who);
  }
};

class StageRun {
 public:
  StageRun(std::span<const Exchange> exchanges, const Resources& resources)
      : exchanges_(exchanges),
        resources_(resources),
        cores_(static_cast<std::size_t>(std::max(resources.cores, 1)), 0),
        output_(exchanges.size(), 0),
        written_(exchanges.size(), 0) {}

  StageTime run() {
    for (std::size_t i = 0; i < std::max<std::size_t>(resources_.workers, 1); ++i) send_next(0);
    double end = 0;
    for (; !events_.empty(); end = std::max(end, now_)) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.at;
      switch (event.what) {
        case What::kDone:
          send_next(now_);
          break;
        case What::kSend:
          on_send(event.who);
          break;
        case What::kServe:
          on_serve(event.who);
          break;
        case What::kMeanwhile:
          on_meanwhile(event.who);
          break;
        case What::kAnswer:
          on_answer(event.who);
          break;
      }
    }
    return {end, worked_};
  }

 private:
  struct Host {
    std::vector<std::size_t> queue;
    bool called = false;  // it has a kServe event ahead
    double busy_until = 0;
  };

  void send_next(double at) {
    if (next_ < exchanges_.size()) events_.push({at, What::kSend, next_++});
  }

  // First come, first served: the moment at which `length` of a core's time, ready now, is used up.
  double on_core(double ready, double length) {
    if (length <= 0) return ready;
    const auto core = std::min_element(cores_.begin(), cores_.end());
    *core = std::max(ready, *core) + length;
    return *core;
  }

  void on_send(std::size_t i) {
    const Exchange& e = exchanges_[i];
    Host& host = hosts_[e.host];
    host.queue.push_back(i);
    if (!host.called) events_.push({std::max(now_, host.busy_until), What::kServe, e.host});
    host.called = true;
  }

  // All that wait are read in one pass of the server's loop and then share its next ones.
  void on_serve(std::size_t who) {
    Host& host = hosts_[who];
    const std::vector<std::size_t> group = std::exchange(host.queue, {});
    host.called = false;
    double commands = 0, passes = 0, longest = 0;
    for (const std::size_t i : group) {
      commands += exchanges_[i].commands;
      passes += exchanges_[i].passes;
      longest = std::max(longest, exchanges_[i].passes);
    }
    passes = longest + (1 - resources_.shared) * (passes - longest);
    const double speed = resources_.server_speed, length = (commands + passes) / speed;
    worked_ += commands + passes;
    const double end = resources_.servers_here ? on_core(now_, length) : now_ + length;
    double at = end - length;
    for (const std::size_t i : group) {
      at += exchanges_[i].commands / speed;
      written_[i] = end + exchanges_[i].latency;
      output_[i] = at + exchanges_[i].latency;
      events_.push({now_ + exchanges_[i].meanwhile_wait, What::kMeanwhile, i});
    }
    host.busy_until = end;
  }

  void on_meanwhile(std::size_t i) {
    const double free = on_core(now_, exchanges_[i].meanwhile);
    events_.push({std::max(output_[i], free), What::kAnswer, i});
  }

  void on_answer(std::size_t i) {
    const double done = std::max(on_core(now_, exchanges_[i].answer), written_[i]);
    events_.push({done, What::kDone, i});
  }

  const std::span<const Exchange> exchanges_;
  const Resources resources_;
  std::vector<double> cores_;             // when each is free
  std::vector<double> output_, written_;  // when each one's first and last bytes come
  std::map<std::size_t, Host> hosts_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::size_t next_ = 0;
  double now_ = 0, worked_ = 0;
};

}  // namespace

StageTime stage_time(std::span<const Exchange> exchanges, const Resources& resources) {
  return StageRun(exchanges, resources).run();
}

}  // namespace orc::perf
