#include "page_desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "tmux_orc/base/text.h"
#include "tmux_orc/history/history_reader.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

constexpr auto kFresh = std::chrono::seconds(1);        // a screen is shown for so long without another look
constexpr auto kForget = std::chrono::seconds(30);      // and kept, in case it is asked for again
constexpr auto kTodayFresh = std::chrono::seconds(10);  // its query reads every transition of the day
constexpr auto kLookTime = std::chrono::seconds(2);
constexpr std::size_t kMostJobs = 64, kMostRows = 500, kMostColumns = 1000, kMostBytes = 512 * 1024;

std::int64_t sum_of(const std::map<State, std::int64_t>& values, State state) {
  const auto found = values.find(state);
  return found == values.end() ? 0 : found->second;
}

}  // namespace

std::string presentable_screen(std::string_view text) {
  std::string out;
  const std::string clean = printable(text.substr(0, kMostBytes), true);
  const auto lines = split_lines(clean);
  for (std::size_t i = 0; i < std::min(lines.size(), kMostRows); ++i)
    out.append(fit_width(rtrim(lines[i]), static_cast<int>(kMostColumns))).push_back('\n');
  return out;
}

PageDesk::~PageDesk() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void PageDesk::set_servers(DeskServers servers) {
  const std::lock_guard lock(mutex_);
  servers_ = std::move(servers);
  renewed_ = true;
}

// Nobody who never opens the page pays for a thread.
void PageDesk::start_locked() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  wake_.notify_one();
}

Result<std::optional<PageDesk::Look>> PageDesk::screen(const PaneRef& pane) {
  const std::lock_guard lock(mutex_);
  const auto now = Steady::now();
  std::erase_if(looks_, [&](const auto& entry) { return now - entry.second.first > kForget; });
  const auto found = looks_.find(pane.key);
  if (found != looks_.end() && now - found->second.first < kFresh) return std::optional(found->second.second);
  if (!asked_.contains(pane.key)) {
    if (jobs_.size() >= kMostJobs) return fail(ErrorKind::kTimeout, "too many screens are being asked for");
    asked_.insert(pane.key);
    jobs_.push_back({false, pane});
    start_locked();
  }
  return std::optional<Look>();
}

std::optional<ordered_json> PageDesk::today() {
  const std::lock_guard lock(mutex_);
  if (!today_asked_ && (!today_ || Steady::now() - today_at_ > kTodayFresh)) {
    today_asked_ = true;
    jobs_.push_back({true, {}});
    start_locked();
  }
  return today_;
}

void PageDesk::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (jobs_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    const bool renew = std::exchange(renewed_, false);
    lock.unlock();
    if (renew) links_.clear();
    if (job.is_today) {
      ordered_json sums = sum_up();
      lock.lock();
      today_ = std::move(sums);
      today_at_ = Steady::now();
      today_asked_ = false;
    } else {
      Look seen = look(job.pane);
      lock.lock();
      looks_[job.pane.key] = {Steady::now(), std::move(seen)};
      asked_.erase(job.pane.key);
    }
  }
}

PageDesk::Look PageDesk::look(const PaneRef& pane) {
  auto& link = links_[pane.server_name];
  if (link == nullptr) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(servers_.servers.begin(), servers_.servers.end(),
                                    [&](const ServerAddress& s) { return s.name == pane.server_name; });
    if (found == servers_.servers.end()) return {clock_.wall_ms(), "", "this server is not watched any more"};
    link = std::make_unique<ServerLink>(*found, servers_.tmux_binary, servers_.transport, PoolSettings{},
                                        clock_);
  }
  const auto deadline = Steady::now() + kLookTime;
  const auto failed = [&](const Error& e) { return Look{clock_.wall_ms(), "", printable(e.message)}; };
  if (auto ready = link->ensure_ready(deadline); !ready) return failed(ready.error());
  StringSink sink;
  const Command command = {"capture-pane", fmt::format("-pt%{}", pane.key.pane)};
  const std::shared_ptr<Transport> transport = link->current();
  const auto done = transport->run({command}, deadline, sink);
  if (!done) {
    link->report_failure(*transport, done.error());
    return failed(done.error());
  }
  if (done->status != 0) return failed({ErrorKind::kCommand, std::string(trim(done->errors))});
  return {clock_.wall_ms(), presentable_screen(sink.text), ""};
}

// "recorded" false: there is no history, or it cannot be read; the status says why.
ordered_json PageDesk::sum_up() const {
  const ordered_json none = {{"recorded", false}};
  auto reader = HistoryReader::open(paths_.history_file(), paths_.environment);
  if (!reader) return none;
  const auto times = (*reader)->agent_times(last_days("day", 1, clock_.wall_ms()));
  if (!times) return none;
  std::int64_t waits = 0, waited = 0, longest = 0, worked = 0;
  for (const AgentTimes& t : *times) {
    waits += sum_of(t.entered, State::kWaiting);
    waited += sum_of(t.ms, State::kWaiting);
    longest = std::max(longest, sum_of(t.longest_ms, State::kWaiting));
    worked += sum_of(t.ms, State::kWorking);
  }
  return {{"recorded", true},    {"agents", times->size()}, {"waits", waits},
          {"waited_ms", waited}, {"longest_ms", longest},   {"worked_ms", worked}};
}

}  // namespace orc
