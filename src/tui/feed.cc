// SPDX-License-Identifier: Apache-2.0
#include "feed.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/api/api_client.h"
#include "tmux_orc/api/event_client.h"
#include "tmux_orc/daemon/instance.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/figures/json.h"

namespace orc::tui {
namespace {

using std::chrono::milliseconds;
constexpr auto kMonitorPatience = milliseconds(2'000);  // with the monitor, and for a round of our own
constexpr auto kGather = milliseconds(250);             // changes that come together are one fetch
constexpr auto kOld = milliseconds(1'500);              // figures older than that: a round is asked for
constexpr auto kLookForMonitor = milliseconds(2'000);
constexpr int kBusyShare = 10;  // rounds of our own take a tenth of the time at most
constexpr std::int64_t kHour_ms = 3'600'000;

std::vector<Transition> changes_of(const std::vector<StreamEvent>& events, std::int64_t now_ms) {
  std::vector<Transition> out;
  for (const StreamEvent& e : events) {
    if (e.kind != "transition") continue;
    const auto j = parse_json(e.data);
    auto t = j ? transition_from_json(*j) : tl::unexpected(j.error());
    if (t && t->at_ms > now_ms - kHour_ms) out.push_back(std::move(*t));
  }
  return out;
}

}  // namespace

Feed::Feed(const CockpitSetup& setup, Mailbox& mailbox) : setup_(setup), mailbox_(mailbox) {
  thread_ = std::thread([this] { run(); });
}

Feed::~Feed() {
  stop_.cancel();
  thread_.join();
}

// Sleeps until then, until we are stopped, or until `other_fd` has something.
bool Feed::wait_until(Steady::time_point until, int other_fd) const {
  pollfd p[2] = {{stop_.fd(), POLLIN, 0}, {other_fd, POLLIN, 0}};
  ::poll(p, other_fd < 0 ? 1 : 2, poll_timeout(until, Steady::now()));
  return !stop_.cancelled();
}

void Feed::run() {
  while (!stop_.cancelled()) {
    if (setup_.own_rounds || !follow_monitor()) own_rounds();
  }
}

Result<std::shared_ptr<const Snapshot>> Feed::fetch() const {
  ORC_TRY(reply, api_request(setup_.paths.api_socket(), "GET", "/api/v1/snapshot", kMonitorPatience));
  if (reply->status == 503) return std::shared_ptr<const Snapshot>();  // its first round is not done
  ORC_TRY(j, parse_json(reply->body));
  ORC_TRY(snapshot, snapshot_from_json(*j));
  return std::make_shared<const Snapshot>(std::move(*snapshot));
}

// False when there is none that answers.
bool Feed::follow_monitor() {
  auto snapshot = fetch();
  if (!snapshot) return false;
  const SystemClock clock;
  const std::string name = "monitor " + setup_.paths.environment;
  News first;
  first.source = name;
  first.trouble = "";
  first.snapshot = *snapshot;
  mailbox_.post(std::move(first));
  auto stream = EventClient::open(setup_.paths.api_socket(), 1, Steady::now() + kMonitorPatience);
  auto fetched = Steady::now(), asked = fetched - kMonitorPatience, due = fetched;
  for (int missed = 0; wait_until(due, stream ? stream->fd() : -1);) {
    if (stream) {
      const auto events = stream->read();
      if (!events) return true;  // it ended, or starts anew
      if (auto changes = changes_of(*events, clock.wall_ms()); !changes.empty()) {
        News news;
        news.changes = std::move(changes);
        mailbox_.post(std::move(news));
        due = std::min(due, std::max(fetched + kGather, Steady::now()));
      }
    }
    if (Steady::now() < due) continue;
    snapshot = fetch();
    fetched = Steady::now();
    due = fetched + kMonitorPatience;
    if (!snapshot && snapshot.error().kind != ErrorKind::kTimeout) return true;
    missed = snapshot ? 0 : missed + 1;
    if (missed > 1) return false;
    if (!snapshot || !*snapshot) continue;
    const bool old = clock.wall_ms() - (*snapshot)->at_ms > kOld.count();
    News news;
    news.snapshot = std::move(*snapshot);
    mailbox_.post(std::move(news));
    if (!old || fetched - asked < kMonitorPatience) continue;
    static_cast<void>(api_request(setup_.paths.api_socket(), "POST", "/api/v1/rounds", kMonitorPatience));
    asked = Steady::now();
    due = asked + kGather;
  }
  return true;
}

// Until a monitor answers.
void Feed::own_rounds() {
  auto plan = make_plan(setup_.request, setup_.paths);
  News news;
  const bool hangs = !setup_.own_rounds && instance_runs(setup_.paths);
  news.source = hangs ? "own rounds: the monitor does not answer" : "own rounds";
  news.trouble = plan ? "" : plan.error().message;
  mailbox_.post(std::move(news));
  if (!plan) {
    wait_until(Steady::now() + kLookForMonitor);
    return;
  }
  const SystemClock clock;
  const ProcSource processes;
  Monitor monitor(plan->servers, plan->options, plan->classifier, processes, clock);
  auto time = first_round_time(*plan);
  auto look_again = Steady::now() + kLookForMonitor * (hangs ? 5 : 1);
  for (;;) {
    const auto start = Steady::now();
    const auto snapshot = monitor.run_round(
        start + std::exchange(time, std::min(round_time(plan->settings), kMonitorPatience)));
    const auto end = Steady::now();
    News round;
    round.snapshot = snapshot;
    // In the first round everybody is new: that is no change.
    if (snapshot->round.number > 1) round.changes = snapshot->transitions;
    mailbox_.post(std::move(round));
    auto next =
        start + std::max<Steady::duration>(from_seconds(setup_.interval_s), kBusyShare * (end - start));
    if (const auto confirm = monitor.confirm_due()) next = std::min(next, std::max(*confirm, end + kGather));
    if (!wait_until(next)) return;
    if (setup_.own_rounds || Steady::now() < look_again) continue;
    look_again = Steady::now() + kLookForMonitor * (hangs ? 5 : 1);
    if (instance_runs(setup_.paths) && fetch()) return;
  }
}

}  // namespace orc::tui
