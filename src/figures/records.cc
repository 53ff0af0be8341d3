// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/figures/records.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

namespace orc {
namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

double cpu_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int count_entries(const char* folder) {
  DIR* dir = ::opendir(folder);
  if (dir == nullptr) return 0;
  int count = -2;  // "." and ".."
  while (::readdir(dir) != nullptr) ++count;
  ::closedir(dir);
  return count;
}

template <typename Field>
Percentiles percentiles_of(const std::vector<RoundRecord>& records, Field field) {
  std::vector<double> values;
  values.reserve(records.size());
  for (const RoundRecord& r : records) values.push_back(field(r));
  return percentiles(std::move(values));
}

}  // namespace

double rate(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? -1 : static_cast<double>(part) / static_cast<double>(whole);
}

ProcessFigures own_process_figures() {
  ProcessFigures f;
  f.cpu_s = cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN);
  std::ifstream statm("/proc/self/statm");
  double pages = 0, resident = 0;
  statm >> pages >> resident;
  f.resident_mb = resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1048576;
  f.threads = count_entries("/proc/self/task");
  f.descriptors = count_entries("/proc/self/fd") - 1;  // the folder itself
  return f;
}

ProcessFigures ProcessMeter::since_last() {
  ProcessFigures f = own_process_figures();
  f.cpu_s -= std::exchange(cpu_s_, f.cpu_s);
  return f;
}

RoundRecord make_record(const Snapshot& s, const ProcessFigures& process) {
  RoundRecord r;
  r.at_ms = s.at_ms;
  r.round = s.round;
  r.process = process;
  r.transitions = s.transitions.size();
  r.servers = s.servers.size();
  r.reachable = static_cast<std::size_t>(
      std::count_if(s.servers.begin(), s.servers.end(), [](const ServerFigures& f) { return f.reachable; }));
  r.counts = s.counts;
  return r;
}

Percentiles percentiles(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto rank = [&](double p) {
    const auto i = static_cast<std::size_t>(std::ceil(p * static_cast<double>(values.size())));
    return values[std::clamp<std::size_t>(i, 1, values.size()) - 1];
  };
  return {rank(0.50), rank(0.95), rank(0.99), values.front(), values.back()};
}

HitFigures hit_figures(const CacheFigures& looks) {
  const LayerFigures &content = looks.pane_content, &status = looks.agent_status;
  HitFigures f;
  f.content_rate = rate(content.hits, content.hits + content.misses);
  f.status_rate = rate(status.hits, status.hits + status.misses);
  const std::uint64_t hits = content.hits + status.hits;
  f.unchanged_rate = rate(hits, hits + status.evictions + status.expiries);
  f.evictions = content.evictions + status.evictions;
  f.expiries = content.expiries + status.expiries;
  return f;
}

void add_looks(CacheFigures& sum, const CacheFigures& round) {
  const auto add = [](LayerFigures& to, const LayerFigures& from) {
    to.hits += from.hits;
    to.misses += from.misses;
    to.evictions += from.evictions;
    to.expiries += from.expiries;
    to.entries = from.entries;
  };
  add(sum.pane_content, round.pane_content);
  add(sum.agent_status, round.agent_status);
}

Window summarize(const std::vector<RoundRecord>& records) {
  Window w;
  w.rounds = records.size();
  if (records.empty()) return w;
  const RoundRecord &first = records.front(), &last = records.back();
  w.seconds = static_cast<double>(last.at_ms - first.at_ms) / 1000;
  w.cycle_ms = percentiles_of(records, [](const RoundRecord& r) { return r.round.phase.total; });
  w.list_ms = percentiles_of(records, [](const RoundRecord& r) { return r.round.phase.list; });
  w.capture_ms = percentiles_of(records, [](const RoundRecord& r) { return r.round.phase.capture; });
  w.aggregate_ms = percentiles_of(records, [](const RoundRecord& r) { return r.round.phase.aggregate; });
  w.resident_mb = last.process.resident_mb;
  double failed = 0, looks = 0, cpu_s = -first.process.cpu_s;  // that came before the first
  CacheFigures cache;
  std::size_t panes = 0;  // when a server was reached last
  for (const RoundRecord& r : records) {
    // A server that is not reached is an error of its round, but no look at a pane failed: health tells it
    // apart. Where none is reached, the looks at all panes that were there before failed.
    failed +=
        static_cast<double>(r.round.errors + r.round.timeouts) - static_cast<double>(r.servers - r.reachable);
    if (r.reachable > 0) panes = r.round.panes;
    const bool blind = r.servers > 0 && r.reachable == 0;
    if (blind) failed += static_cast<double>(std::max<std::size_t>(panes, 1));
    looks += static_cast<double>(blind ? std::max<std::size_t>(panes, 1) : r.round.panes);
    cpu_s += r.process.cpu_s;
    add_looks(cache, r.round.cache);
    w.opened += r.round.pool.opened;
    if (r.round.pool.max_size > 0) {
      w.pool_percent = std::max(w.pool_percent, 100.0 * r.round.pool.peak / r.round.pool.max_size);
    }
    w.captures += static_cast<double>(r.round.captures) / static_cast<double>(records.size());
    w.bytes += static_cast<double>(r.round.bytes) / static_cast<double>(records.size());
    w.spawns += static_cast<double>(r.round.spawns) / static_cast<double>(records.size());
  }
  if (looks > 0) w.error_percent = std::max(0.0, 100 * failed / looks);
  w.agents = last.round.agents;
  w.panes = last.round.panes;
  w.hits = hit_figures(cache);
  if (records.size() > 1 && w.seconds > 0) w.cpu_percent = 100 * cpu_s / w.seconds;
  return w;
}

void RecentRounds::add(RoundRecord record) {
  MutexLock lock(mutex_);
  add_looks(looks_, record.round.cache);
  records_.push_back(std::move(record));
  if (records_.size() > capacity_) records_.pop_front();
}

CacheFigures RecentRounds::looks() const {
  MutexLock lock(mutex_);
  return looks_;
}

std::vector<RoundRecord> RecentRounds::last(std::size_t count) const {
  MutexLock lock(mutex_);
  const auto n = static_cast<std::ptrdiff_t>(std::min(count, records_.size()));
  return {records_.end() - n, records_.end()};
}

}  // namespace orc
