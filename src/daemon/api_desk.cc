// SPDX-License-Identifier: Apache-2.0
#include "api_desk.h"

#include <exception>
#include <utility>

namespace orc {
namespace {

constexpr auto kForget =
    std::chrono::seconds(30);  // an answer is kept so long, in case it is asked for again
constexpr std::size_t kMostJobs = 64;

// A request must not end the daemon.
ApiResponse made(const ApiDesk::Make& make) try { return make(); } catch (const std::exception&) {
  return {500, R"({"error":"internal error"})"};
}

}  // namespace

ApiDesk::~ApiDesk() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  cancel_.cancel();
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ApiDesk::set_eyes(Eyes eyes) {
  MutexLock lock(mutex_);
  std::swap(eyes_, eyes);
}

Eyes ApiDesk::eyes() const {
  MutexLock lock(mutex_);
  return eyes_;
}

ApiResponse ApiDesk::ask(const std::string& key, Steady::duration fresh, Make make) {
  MutexLock lock(mutex_);
  const auto now = Steady::now();
  std::erase_if(kept_, [&](const auto& k) { return !k.second.pending && now - k.second.at > kForget; });
  const auto found = kept_.find(key);
  const bool is_there = found != kept_.end();
  if (is_there && !found->second.pending) {
    if (fresh == Steady::duration::zero()) {
      ApiResponse answer = std::move(found->second.answer);
      kept_.erase(found);
      return answer;
    }
    if (now - found->second.at < fresh) return found->second.answer;
  }
  if (!is_there || !found->second.pending) {
    if (jobs_.size() >= kMostJobs) return {503, R"({"error":"too many looks are being asked for"})"};
    kept_[key] = {};
    jobs_.push_back({key, std::move(make)});
    // Nobody who never asks pays for a thread.
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    wake_.notify_one();
  }
  return {202, R"({"pending":true})"};
}

void ApiDesk::run() {
  MutexLock lock(mutex_);
  while (!stop_) {
    if (jobs_.empty()) {
      wake_.wait(mutex_);
      continue;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    ApiResponse answer = made(job.make);
    job.make = nullptr;  // what it holds ends here, not under the lock
    lock.lock();
    kept_[job.key] = {false, Steady::now(), std::move(answer)};
  }
}

}  // namespace orc
