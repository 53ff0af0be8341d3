// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/history/history_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "tmux_orc/base/within_memory.h"
#include "tmux_orc/figures/calendar.h"

namespace orc {
namespace {

constexpr std::size_t kBatch = 200;  // rounds: one append takes some 20 ms
// What waits while the database cannot be written, in agents of rounds: about 35 MB. 500 rounds of 100
// agents.
constexpr std::size_t kMostQueued = 50'000;
constexpr std::size_t kMostNotifications = 10'000;  // about 3 MB; weeks of them
constexpr std::size_t kMostUsage = 20'000;          // about 4 MB; 100 sessions of eight days
// By the steady clock, as all that is due here: one that jumped ahead and back would let nothing be due for
// long.
constexpr auto kPruneEvery = std::chrono::minutes(10);
constexpr auto kDropAfter = std::chrono::hours(1), kDropEvery = std::chrono::hours(24);
// A stop may take 2 s in all, and a last attempt waits a quarter of a second for a lock.
constexpr auto kDrainTime = std::chrono::milliseconds(800);
constexpr auto kDrainPause = std::chrono::milliseconds(50);

std::size_t weight(const HistoryRound& round) { return 1 + round.snapshot->agents.size(); }

}  // namespace

HistoryWriter::HistoryWriter(HistorySettings settings, const Clock& clock, Tell tell)
    : settings_(std::move(settings)),
      clock_(clock),
      tell_(std::move(tell)),
      run_start_ms_(clock.wall_ms()),
      kept_(
          settings_.path, "history", clock_, [this] { return open_store(); },
          [this](FileEvent event, const std::string& name) { file_changed(event, name); }),
      drop_due_(clock.steady() + kDropAfter),
      thread_([this] { run(); }) {}

HistoryWriter::~HistoryWriter() { stop(); }

void HistoryWriter::stop() {
  {
    MutexLock lock(mutex_);
    if (stop_) return;
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
  if (is_idle()) return;
  MutexLock lock(mutex_);
  tell(false, fmt::format("history: {} rounds and {} notifications were not written before the end{}",
                          rounds_.size(), notifications_.size(), problem_.empty() ? "" : ": " + problem_));
}

void HistoryWriter::flush(Steady::duration patience) {
  {
    MutexLock lock(mutex_);
    hurry_ = true;
  }
  wake_.notify_one();
  for (const auto until = Steady::now() + patience; !is_idle() && Steady::now() < until;)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

void HistoryWriter::add(HistoryRound round) {
  bool first = false;
  {
    MutexLock lock(mutex_);
    queued_ += weight(round);
    rounds_.push_back(std::move(round));
    while (queued_ > kMostQueued && rounds_.size() > 1) {
      pop_front();
      first = dropped_++ == 0 || first;
    }
    if (rounds_.size() >= kBatch) wake_.notify_one();
  }
  if (first) tell(false, "history: nothing was written for so long that the oldest rounds are dropped now");
}

void HistoryWriter::add(HistoryNotification notification) {
  MutexLock lock(mutex_);
  notifications_.push_back(std::move(notification));
  if (notifications_.size() <= kMostNotifications) return;
  notifications_.pop_front();
  ++popped_notifications_;
  ++dropped_notifications_;
}

// Later sums replace those that wait. Sessions say theirs again after a restart, so a bound loses little.
void HistoryWriter::add(std::vector<HistoryUsage> usage) {
  MutexLock lock(mutex_);
  for (HistoryUsage& u : usage) {
    UsageKey key(u.hour, u.session, u.model);
    if (usage_.size() < kMostUsage || usage_.contains(key)) usage_[std::move(key)] = std::move(u);
  }
}

void HistoryWriter::change_settings(HistorySettings settings) {
  MutexLock lock(mutex_);
  next_settings_ = std::move(settings);
}

std::string HistoryWriter::problem() const {
  MutexLock lock(mutex_);
  std::vector<std::string> parts;
  if (!problem_.empty()) parts.push_back(problem_);
  if (dropped_ > 0) parts.push_back(fmt::format("history: {} rounds could not be kept", dropped_));
  if (dropped_notifications_ > 0)
    parts.push_back(fmt::format("history: {} notifications could not be kept", dropped_notifications_));
  if (!notice_.empty()) parts.push_back(notice_);
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::uint64_t HistoryWriter::written() const {
  MutexLock lock(mutex_);
  return written_;
}

bool HistoryWriter::is_idle() const {
  MutexLock lock(mutex_);
  return rounds_.empty() && notifications_.empty() && usage_.empty();
}

void HistoryWriter::run() {
  bool good = true;
  const auto pause = from_seconds(settings_.batch_s);
  MutexLock lock(mutex_);
  while (!stop_) {
    // After a failure a full queue is no reason to hurry: it would be tried without a pause.
    wake_.wait_until(mutex_, Steady::now() + pause, [&]() ORC_REQUIRES(mutex_) {
      return stop_ || hurry_ || (good && rounds_.size() >= kBatch);
    });
    if (stop_) break;
    hurry_ = false;
    lock.unlock();
    good = write();
    lock.lock();
  }
  lock.unlock();
  drain();
}

void HistoryWriter::drain() {
  const auto until = Steady::now() + kDrainTime;
  while (!is_idle() && Steady::now() < until) {
    if (!write()) std::this_thread::sleep_for(kDrainPause);
  }
  if (kept_.get() == nullptr || !is_idle()) return;
  if (const auto ended = kept_.get()->end_run(clock_.wall_ms()); !ended) note(ended.error());
}

bool HistoryWriter::write() {
  Result<void> done = fail(ErrorKind::kUnavailable, "history: out of memory");
  within_memory([&] { done = write_queued(); });
  if (done)
    note_well();
  else
    note(done.error());
  return done.has_value();
}

Result<std::unique_ptr<HistoryStore>> HistoryWriter::open_store() {
  auto opened = HistoryStore::open(settings_, run_start_ms_ > 0 ? run_start_ms_ : clock_.wall_ms());
  if (opened) run_start_ms_ = 0;
  return opened;
}

void HistoryWriter::file_changed(FileEvent event, const std::string& name) {
  if (event == FileEvent::kMoved)
    return notice(
        fmt::format("history: {} was deleted or replaced at {}; recording goes on in the file there now",
                    name, time_text(clock_.wall_ms())));
  notice(fmt::format("a damaged history was set aside as {}", name));
}

Result<void> HistoryWriter::write_queued() {
  ORC_DO(kept_.ready());
  ORC_DO(write_rounds());
  take_settings();
  ORC_DO(write_notifications());
  ORC_DO(write_usage());
  if (clock_.steady() < prune_due_) return {};
  ORC_TRY(more, kept_.get()->prune(clock_.wall_ms()));
  if (*more) return {};
  prune_due_ = clock_.steady() + kPruneEvery;
  if (clock_.steady() < drop_due_) return {};
  drop_due_ = clock_.steady() + kDropEvery;
  ORC_DO(kept_.get()->drop_unused());
  return {};
}

Result<void> HistoryWriter::write_rounds() {
  std::vector<HistoryRound> batch;
  std::uint64_t until = 0;
  {
    MutexLock lock(mutex_);
    const std::size_t count = std::min(rounds_.size(), kBatch);
    batch.assign(rounds_.begin(), rounds_.begin() + static_cast<std::ptrdiff_t>(count));
    until = popped_ + count;
  }
  ORC_DO(kept_.get()->append(batch));
  MutexLock lock(mutex_);
  written_ += batch.size();
  while (popped_ < until) pop_front();  // some may have been dropped meanwhile: they are written
  return {};
}

Result<void> HistoryWriter::write_notifications() {
  std::vector<HistoryNotification> batch;
  std::uint64_t until = 0;
  {
    MutexLock lock(mutex_);
    batch.assign(notifications_.begin(), notifications_.end());
    until = popped_notifications_ + batch.size();
  }
  if (batch.empty()) return {};
  ORC_DO(kept_.get()->append_notifications(batch));
  MutexLock lock(mutex_);
  for (; popped_notifications_ < until; ++popped_notifications_) notifications_.pop_front();
  return {};
}

Result<void> HistoryWriter::write_usage() {
  std::vector<HistoryUsage> batch;
  {
    MutexLock lock(mutex_);
    for (auto& [key, usage] : usage_) batch.push_back(std::move(usage));
    usage_.clear();
  }
  if (batch.empty()) return {};
  auto done = kept_.get()->append_usage(batch);
  if (done) return done;
  MutexLock lock(mutex_);  // what came meanwhile is newer
  for (HistoryUsage& u : batch) {
    UsageKey key(u.hour, u.session, u.model);
    usage_.try_emplace(std::move(key), std::move(u));
  }
  return done;
}

void HistoryWriter::take_settings() {
  MutexLock lock(mutex_);
  if (!next_settings_) return;
  settings_ = std::move(*next_settings_);
  next_settings_.reset();
  kept_.get()->change_settings(settings_);
}

void HistoryWriter::pop_front() {
  queued_ -= weight(rounds_.front());
  rounds_.pop_front();
  ++popped_;
}

void HistoryWriter::note(const Error& error) {
  kept_.failed(error);
  {
    MutexLock lock(mutex_);
    if (std::exchange(problem_, error.message) == error.message) return;
  }
  tell(false, error.message);
}

void HistoryWriter::note_well() {
  {
    MutexLock lock(mutex_);
    if (std::exchange(problem_, "").empty()) return;
  }
  tell(true, "history: well again");
}

void HistoryWriter::tell(bool well, const std::string& what) const {
  if (tell_) tell_(well, what);
}

void HistoryWriter::notice(const std::string& what) {
  {
    MutexLock lock(mutex_);
    notice_ = what;
  }
  tell(false, what);
}

}  // namespace orc
