// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/bench/modes.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string_view>

#include "tmux_orc/discover/processes.h"

namespace orc {
namespace {

constexpr int kWarmUpRounds = 3;
constexpr auto kRoundTime = std::chrono::seconds(60);

std::uint64_t cpu_us(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto us = [](const timeval& t) {
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(t.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

// One measured piece of work, with what it cost on both sides.
class Meter {
 public:
  explicit Meter(int server_pid) : server_pid_(server_pid) {}
  void start() {
    ours_ = own_cpu_us() + children_cpu_us();
    server_ = process_cpu_ns(server_pid_);
    at_ = Steady::now();
  }
  void stop() {
    times_.push_back(ms_between(at_, Steady::now()));
    cpu_us_ += own_cpu_us() + children_cpu_us() - ours_;
    server_ns_ += process_cpu_ns(server_pid_) - server_;
  }
  void fill(ModeResult& out) const {
    const double n = static_cast<double>(std::max<std::size_t>(times_.size(), 1));
    out.cycle_ms = percentiles(times_);
    out.cpu_ms = static_cast<double>(cpu_us_) / 1e3 / n;
    out.server_cpu_ms = static_cast<double>(server_ns_) / 1e6 / n;
  }

 private:
  const int server_pid_;
  std::vector<double> times_;
  std::uint64_t cpu_us_ = 0, server_ns_ = 0, ours_ = 0, server_ = 0;
  Steady::time_point at_;
};

class CountingSink final : public OutputSink {
 public:
  void on_output(std::string_view bytes) override { count += bytes.size(); }
  std::uint64_t count = 0;
};

MonitorOptions options_for(const BenchTarget& target, const ModeSpec& mode) {
  MonitorOptions o = target.options;
  o.async = mode.async;
  o.transport = mode.transport;
  o.cache.enabled = mode.warm;
  o.aggregate.confirm_s = 0;
  // A forced refresh in the middle of the measurement would mix cold captures into the warm figures.
  if (mode.warm) o.cache.default_ttl_s = 3600;
  if (mode.warm) o.cache.max_size = std::max<std::size_t>(o.cache.max_size, target.panes.size() * 2);
  return o;
}

Verdicts verdicts_of(const Snapshot& s) {
  Verdicts out;
  for (const AgentStatus& a : s.agents) {
    out[a.pane.key.pane] = {a.verdict.agent, a.verdict.state, a.verdict.detail};
  }
  return out;
}

Result<ModeResult> run_rounds(const BenchTarget& target, const ModeSpec& mode, int rounds, const Tick& tick) {
  const SystemClock clock;
  const ProcSource processes;
  Monitor monitor({target.server}, options_for(target, mode), target.classifier, processes, clock);
  ModeResult out;
  out.name = mode.name;
  Meter meter(target.server_pid);
  std::shared_ptr<const Snapshot> last;
  CacheFigures looks;
  const int warm_up = mode.async || mode.transport != TransportChoice::kSpawn ? kWarmUpRounds : 1;
  // The gate trusts a screen only from the second after its last output on: let that second pass.
  if (mode.warm) ::usleep(1'100'000);
  for (int i = -warm_up; i < rounds; ++i) {
    if (i >= 0) meter.start();
    last = monitor.run_round(Steady::now() + kRoundTime, mode.warm);  // warm: a pulse
    if (i < 0) {
      if (mode.warm) ::usleep(400'000);
      continue;
    }
    meter.stop();
    const RoundFigures& r = last->round;
    add_looks(looks, r.cache);
    out.captures += static_cast<double>(r.captures) / rounds;
    out.bytes += static_cast<double>(r.bytes) / rounds;
    out.spawns += static_cast<double>(r.spawns) / rounds;
    out.errors += r.errors + r.timeouts;
    tick(i + 1);
  }
  out.hit_rate = std::max(0.0, hit_figures(looks).content_rate);
  out.verdicts = verdicts_of(*last);
  meter.fill(out);
  return out;
}

// Bare tmux work: whole captures of all panes in as few batches as fit, or the list of panes with two
// variables.
std::vector<Batch> floor_batches(const BenchTarget& target, const ModeSpec& mode) {
  if (mode.kind == ModeSpec::Kind::kListFloor)
    return {{{"list-panes", "-a", "-F", "#{pane_id} #{pane_pid}"}}};
  constexpr std::size_t kPerBatch = 300;  // three words a pane: 1000 words at most from tmux 3.7 on
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < target.panes.size(); ++i) {
    if (i % kPerBatch == 0) batches.emplace_back();
    batches.back().push_back({"capturep", fmt::format("-pt%{}", target.panes[i])});
  }
  return batches;
}

Result<ModeResult> run_floor(const BenchTarget& target, const ModeSpec& mode, int rounds, const Tick& tick) {
  const SystemClock clock;
  ServerLink link(target.server, target.options.tmux_binary, mode.transport, target.options.pool, clock);
  ORC_TRY(ready, link.ensure_ready(Steady::now() + kRoundTime));
  ModeResult out;
  out.name = mode.name;
  out.is_floor = true;
  const auto batches = floor_batches(target, mode);
  Meter meter(target.server_pid);
  for (int i = -kWarmUpRounds; i < rounds; ++i) {
    CountingSink sink;
    const std::uint64_t spawns = link.spawns();
    if (i >= 0) meter.start();
    for (const Batch& batch : batches) {
      ORC_TRY(done, link.current()->run(batch, Steady::now() + kRoundTime, sink));
      if (i >= 0 && done->status != 0) ++out.errors;
    }
    if (i < 0) continue;
    meter.stop();
    out.bytes += static_cast<double>(sink.count) / rounds;
    out.spawns += static_cast<double>(link.spawns() - spawns) / rounds;
    tick(i + 1);
  }
  out.captures = mode.kind == ModeSpec::Kind::kCaptureFloor ? static_cast<double>(target.panes.size()) : 0;
  meter.fill(out);
  return out;
}

}  // namespace

std::uint64_t process_cpu_ns(int pid) {
  std::ifstream in(fmt::format("/proc/{}/schedstat", pid));
  std::uint64_t ns = 0;
  in >> ns;
  return ns;
}

std::uint64_t own_cpu_us() { return cpu_us(RUSAGE_SELF); }
std::uint64_t children_cpu_us() { return cpu_us(RUSAGE_CHILDREN); }

std::vector<ModeSpec> compare_modes(bool native_works) {
  using Kind = ModeSpec::Kind;
  constexpr auto kSpawn = TransportChoice::kSpawn, kNative = TransportChoice::kNative;
  const std::vector<ModeSpec> all = {
      {"sync+spawn", Kind::kRounds, false, kSpawn, false},
      {"sync+native", Kind::kRounds, false, kNative, false},
      {"async+spawn cold", Kind::kRounds, true, kSpawn, false},
      {"async+spawn warm", Kind::kRounds, true, kSpawn, true},
      {"async+native cold", Kind::kRounds, true, kNative, false},
      {"async+native warm", Kind::kRounds, true, kNative, true},
      {"floor spawn", Kind::kCaptureFloor, true, kSpawn, false},
      {"floor native", Kind::kCaptureFloor, true, kNative, false},
      {"list spawn", Kind::kListFloor, true, kSpawn, false},
      {"list native", Kind::kListFloor, true, kNative, false},
  };
  std::vector<ModeSpec> out;
  std::copy_if(all.begin(), all.end(), std::back_inserter(out),
               [&](const ModeSpec& m) { return native_works || m.transport != kNative; });
  return out;
}

Result<ModeResult> run_mode(const BenchTarget& target, const ModeSpec& mode, int rounds, const Tick& tick) {
  return mode.kind == ModeSpec::Kind::kRounds ? run_rounds(target, mode, rounds, tick)
                                              : run_floor(target, mode, rounds, tick);
}

}  // namespace orc
