// SPDX-License-Identifier: Apache-2.0
#include "api_desk.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "tmux_orc/base/priority.h"

namespace orc {
namespace {

constexpr auto kForget =
    std::chrono::seconds(30);  // an answer is kept so long, in case it is asked for again
constexpr std::size_t kMostLooks = 64, kMostOnce = 16;  // what is done once is a person's, and goes first
// tmux has as much time to itself as a look took: 200 open screens ask for 100 looks a second.
constexpr Steady::duration kLongestPause = std::chrono::milliseconds(100);
// A round of 1000 panes takes 0.2 s; one that hangs is not waited for.
constexpr Steady::duration kLongestHold = std::chrono::milliseconds(250);

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

ApiDesk::Hold::Hold(ApiDesk& desk) : desk_(desk) {
  MutexLock lock(desk_.mutex_);
  desk_.held_until_ = Steady::now() + kLongestHold;
}

ApiDesk::Hold::~Hold() {
  MutexLock lock(desk_.mutex_);
  desk_.held_until_ = {};
  if (!desk_.jobs_.empty()) desk_.wake_.notify_one();
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
    const bool is_once = fresh == Steady::duration::zero();
    const auto waiting = std::ranges::count(jobs_, is_once, &Job::is_once);
    if (waiting >= static_cast<std::ptrdiff_t>(is_once ? kMostOnce : kMostLooks))
      return {503, R"({"error":"too many looks are being asked for"})"};
    kept_[key] = {};
    const auto place = is_once
                           ? std::find_if(jobs_.begin(), jobs_.end(), [](const Job& j) { return !j.is_once; })
                           : jobs_.end();
    jobs_.insert(place, {key, std::move(make), is_once});
    // Nobody who never asks pays for a thread.
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    wake_.notify_one();
  }
  return {202, R"({"pending":true})"};
}

void ApiDesk::run() {
  yield_to_rounds();
  MutexLock lock(mutex_);
  while (!stop_) {
    if (jobs_.empty()) {
      wake_.wait(mutex_);
      continue;
    }
    if (!jobs_.front().is_once && Steady::now() < held_until_) {
      wake_.wait_until(mutex_, held_until_);
      continue;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    const auto begin = Steady::now();
    ApiResponse answer = made(job.make);
    job.make = nullptr;  // what it holds ends here, not under the lock
    lock.lock();
    const auto end = Steady::now();
    kept_[job.key] = {false, end, std::move(answer)};
    wake_.wait_until(mutex_, end + std::min<Steady::duration>(end - begin, kLongestPause),
                     [&]()
                         ORC_REQUIRES(mutex_) { return stop_ || (!jobs_.empty() && jobs_.front().is_once); });
  }
}

}  // namespace orc
