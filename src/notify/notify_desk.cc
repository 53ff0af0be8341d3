// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/notify/notify_desk.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace orc {
namespace {

// More are joined: a snapshot of 100 agents has some 100 KB.
constexpr std::size_t kMostQueued = 20;
constexpr auto kAgain = std::chrono::milliseconds(250);
// So long nobody is told rather than told twice; after that, twice is better than never.
constexpr auto kPatience = std::chrono::seconds(30);
// Of the 1.5 s that a stop may take, beside the second that Dispatcher gives what is under way.
constexpr auto kDrainTime = std::chrono::milliseconds(400);

}  // namespace

std::shared_ptr<const Snapshot> joined(const Snapshot& before, const Snapshot& after) {
  auto both = std::make_shared<Snapshot>(after);
  both->transitions = before.transitions;
  both->transitions.insert(both->transitions.end(), after.transitions.begin(), after.transitions.end());
  return both;
}

NotifyDesk::NotifyDesk(NotifyDeskSetup setup, const Clock& clock)
    : setup_(std::move(setup)),
      clock_(clock),
      store_(std::make_shared<NotifyStore>(setup_.store_file, clock, setup_.tell)),
      mutes_(setup_.mute_file),
      thread_([this] { run(); }) {}

NotifyDesk::~NotifyDesk() { stop(); }

void NotifyDesk::configure(NotifySettings settings, std::optional<DispatcherSetup> setup) {
  {
    MutexLock lock(mutex_);
    queue_.emplace_back(Configuration{std::move(settings), std::move(setup)});
  }
  wake_.notify_one();
}

void NotifyDesk::look(std::shared_ptr<const Snapshot> snapshot, std::int64_t clock_step_ms) {
  {
    MutexLock lock(mutex_);
    auto* last = queue_.size() < kMostQueued ? nullptr : std::get_if<Look>(&queue_.back());
    if (last != nullptr)
      *last = {joined(*last->snapshot, *snapshot), last->clock_step_ms + clock_step_ms};
    else
      queue_.emplace_back(Look{std::move(snapshot), clock_step_ms});
  }
  wake_.notify_one();
}

void NotifyDesk::stop() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::string NotifyDesk::problem() const {
  MutexLock lock(mutex_);
  return problem_;
}

void NotifyDesk::run() {
  std::optional<Steady::time_point> end;
  MutexLock lock(mutex_);
  for (;;) {
    wake_.wait(mutex_, [&]() ORC_REQUIRES(mutex_) { return stop_ || !queue_.empty(); });
    if (stop_ && !end) end = Steady::now() + kDrainTime;
    if (queue_.empty() || (end && Steady::now() >= *end)) break;
    Item item = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const bool done = handle(item, end.has_value());
    lock.lock();
    if (done) continue;
    queue_.push_front(std::move(item));
    wake_.wait_until(mutex_, Steady::now() + kAgain, [&]() ORC_REQUIRES(mutex_) { return stop_ && !end; });
  }
  lock.unlock();
  dispatcher_.reset();
}

bool NotifyDesk::handle(Item& item, bool last_chance) {
  bool done = true;
  if (auto* configuration = std::get_if<Configuration>(&item))
    apply(*configuration);
  else
    done = look_at(std::get<Look>(item), last_chance);
  tell_problem();
  return done;
}

void NotifyDesk::apply(Configuration& c) {
  dispatcher_.reset();
  if (notifier_)
    notifier_->change_settings(std::move(c.settings));
  else
    notifier_.emplace(std::move(c.settings), clock_.wall_ms());
  if (!c.setup) return;
  c.setup->store = store_;
  dispatcher_ = std::make_unique<Dispatcher>(std::move(*c.setup));
  if (active_) dispatcher_->take_over();
}

// Whoever becomes the active one goes on from what the other told. While that cannot be read, nothing is
// told: every episode that is open would be told again.
bool NotifyDesk::take_over() {
  auto told = store_->memory();
  if (!told) {
    if (!unread_since_) unread_since_ = clock_.steady();
    if (clock_.steady() - *unread_since_ < kPatience) return false;
  }
  unread_since_.reset();
  if (told) {
    for (auto& [key, value] : told->told) value.at_ms += start_step_ms_;
    notifier_->restore(std::move(*told));
  }
  start_step_ms_ = 0;
  active_ = true;
  dispatcher_->take_over();
  return true;
}

bool NotifyDesk::look_at(Look& look, bool last_chance) {
  const std::int64_t step_ms = std::exchange(look.clock_step_ms, 0);
  if (!std::exchange(has_looked_, true))
    start_step_ms_ = step_ms;  // since an earlier run, of which only what is stored is known
  else if (notifier_)
    notifier_->clock_was_set(step_ms);
  if (dispatcher_ == nullptr) return true;
  const auto& snapshot = look.snapshot;
  const bool is_active = setup_.is_active();
  if (is_active && !active_) {
    // At the very end nothing is told that the next one, which can read it, tells as well.
    if (!take_over()) return last_chance;
  } else if (!is_active && std::exchange(active_, false)) {
    dispatcher_->hand_over();
  }
  mutes_.refresh();
  const auto messages = notifier_->decide(
      *snapshot, [&](const PaneRef& p) { return mutes_.is_muted(p, snapshot->at_ms); }, !is_active);
  if (is_active) dispatcher_->send(remember(messages));
  dispatcher_->look(snapshot, is_active);
  return true;
}

// What is told stands in the database before it goes out: a kill between the two tells it late, not never.
std::vector<OutMessage> NotifyDesk::remember(const std::vector<Message>& messages) {
  std::vector<OutMessage> out;
  for (const Message& m : messages) out.push_back(render(m));
  const auto saved = store_->commit(notifier_->memory(), out);
  if (saved && *saved > 0 && setup_.tell)
    setup_.tell(false, fmt::format("notifications: {} old ones that nobody took had to go", *saved));
  return out;
}

void NotifyDesk::tell_problem() {
  const std::string mutes = mutes_.problem();
  if (std::exchange(mutes_problem_, mutes) != mutes && !mutes.empty() && setup_.tell)
    setup_.tell(false, mutes);
  std::string all;
  for (const std::string& problem :
       {unread_since_ ? "notifications: nobody is told until it can be read what was told before"
                      : std::string(),
        store_->problem(), dispatcher_ ? dispatcher_->problem() : std::string(), mutes}) {
    if (!problem.empty()) all += (all.empty() ? "" : "; ") + problem;
  }
  MutexLock lock(mutex_);
  problem_ = std::move(all);
}

}  // namespace orc
