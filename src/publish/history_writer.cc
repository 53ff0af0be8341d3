#include "tmux_orc/publish/history_writer.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

namespace orc {
namespace {

constexpr auto kBatchTime = std::chrono::seconds(2);  // a kill -9 loses no committed round, and at most these
constexpr std::size_t kBatch = 200;
// What waits while the database cannot be written, in agents of rounds: about 35 MB. 500 rounds of 100
// agents.
constexpr std::size_t kMostQueued = 50'000;
constexpr std::int64_t kPruneEveryMs = 600'000;

std::size_t weight(const HistoryRound& round) { return 1 + round.snapshot->agents.size(); }

}  // namespace

HistoryWriter::HistoryWriter(HistorySettings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), thread_([this] { run(); }) {}

HistoryWriter::~HistoryWriter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void HistoryWriter::add(HistoryRound round) {
  const std::lock_guard lock(mutex_);
  queued_ += weight(round);
  rounds_.push_back(std::move(round));
  while (queued_ > kMostQueued && rounds_.size() > 1) {
    pop_front();
    ++dropped_;
  }
  if (rounds_.size() >= kBatch) wake_.notify_one();
}

void HistoryWriter::add(HistoryNotification notification) {
  const std::lock_guard lock(mutex_);
  notifications_.push_back(std::move(notification));
}

std::string HistoryWriter::problem() const {
  const std::lock_guard lock(mutex_);
  std::string out = problem_;
  if (dropped_ > 0)
    out += fmt::format("{}{} rounds could not be kept", out.empty() ? "history: " : "; ", dropped_);
  if (!aside_.empty())
    out += fmt::format("{}a damaged history was set aside as {}", out.empty() ? "" : "; ", aside_);
  return out;
}

void HistoryWriter::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    wake_.wait_for(lock, kBatchTime, [this] { return stop_ || rounds_.size() >= kBatch; });
    lock.unlock();
    write();
    lock.lock();
  }
  lock.unlock();
  if (store_ != nullptr) static_cast<void>(store_->end_run(clock_.wall_ms()));
}

void HistoryWriter::write() {
  const auto done = write_queued();
  if (!done) return note(done.error());
  const std::lock_guard lock(mutex_);
  problem_.clear();
}

Result<void> HistoryWriter::write_queued() {
  if (store_ == nullptr) {
    auto opened = HistoryStore::open(settings_, clock_.wall_ms());
    if (!opened) return tl::unexpected(opened.error());
    store_ = std::move(*opened);
  }
  if (auto ok = write_rounds(); !ok) return ok;
  if (auto ok = write_notifications(); !ok) return ok;
  if (clock_.wall_ms() < prune_due_ms_) return {};
  const auto more = store_->prune(clock_.wall_ms());
  if (!more) return tl::unexpected(more.error());
  if (!*more) prune_due_ms_ = clock_.wall_ms() + kPruneEveryMs;
  return {};
}

Result<void> HistoryWriter::write_rounds() {
  std::vector<HistoryRound> batch;
  std::uint64_t until = 0;
  {
    const std::lock_guard lock(mutex_);
    batch.assign(rounds_.begin(), rounds_.end());
    until = popped_ + rounds_.size();
  }
  if (auto ok = store_->append(batch); !ok) return ok;
  const std::lock_guard lock(mutex_);
  while (popped_ < until) pop_front();  // some may have been dropped meanwhile: they are written
  return {};
}

Result<void> HistoryWriter::write_notifications() {
  std::vector<HistoryNotification> batch;
  {
    const std::lock_guard lock(mutex_);
    batch = notifications_;
  }
  if (batch.empty()) return {};
  if (auto ok = store_->append_notifications(batch); !ok) return ok;
  const std::lock_guard lock(mutex_);
  notifications_.erase(notifications_.begin(), notifications_.begin() + std::ssize(batch));
  return {};
}

void HistoryWriter::pop_front() {
  queued_ -= weight(rounds_.front());
  rounds_.pop_front();
  ++popped_;
}

void HistoryWriter::note(const Error& error) {
  if (error.kind == ErrorKind::kProtocol) set_aside();
  const std::lock_guard lock(mutex_);
  problem_ = error.message;
}

void HistoryWriter::set_aside() {
  store_.reset();
  const std::string name = fmt::format("{}.corrupt-{}", settings_.path, clock_.wall_ms() / 1000);
  std::error_code ignored;
  for (const char* part : {"", "-wal", "-shm"}) {
    if (std::filesystem::exists(settings_.path + part, ignored))
      std::rename((settings_.path + part).c_str(), (name + part).c_str());
  }
  const std::lock_guard lock(mutex_);
  aside_ = name;
}

}  // namespace orc
