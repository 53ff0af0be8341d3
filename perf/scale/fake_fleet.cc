// SPDX-License-Identifier: Apache-2.0
#include "fake_fleet.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "fake_server.h"
#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/capture/framer.h"
#include "tmux_orc/check/check_round.h"
#include "tmux_orc/daemon/monitor.h"
#include "tmux_orc/discover/discover.h"
#include "tmux_orc/evidence/keys.h"
#include "tmux_orc/evidence/process_witness.h"

namespace orc::perf {
namespace {

// tmux hands over its output in pieces of this size.
constexpr std::size_t kPiece = std::size_t{16} * 1024;
// On the native protocol: to connect, to be asked for the output, and the output.
constexpr double kRoundTrips = 3;

double cpu_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// CPU time spent between its making and its end, added to `to`.
class Stopwatch {
 public:
  explicit Stopwatch(double& to) : to_(to), from_(cpu_ns()) {}
  ~Stopwatch() { to_ += cpu_ns() - from_; }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& to_;
  const double from_;
};

class VirtualClock final : public Clock {
 public:
  Steady::time_point steady() const override { return Steady::time_point(std::chrono::nanoseconds(ns_)); }
  std::int64_t wall_ms() const override { return 1'700'000'000'000 + ns_ / 1'000'000; }
  void advance(double ns) { ns_ += static_cast<std::int64_t>(ns); }

 private:
  std::int64_t ns_ = 3'600'000'000'000;
};

// What the batches of one call of Executor::run() cost.
using Stage = std::vector<Exchange>;

// Runs the jobs here, one after the other, and keeps what each cost beside what the reader has told of it.
class StageExecutor final : public Executor {
 public:
  void run(std::size_t count, const std::function<void(std::size_t)>& job,
           const std::function<void()>& meanwhile) override {
    Stopwatch whole(inside);
    stages.emplace_back();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t before = stages.back().size();
      double all = 0;
      reader_ns = 0;
      {
        Stopwatch watch(all);
        job(i);
      }
      // The rest of the job belongs to the answer of its last exchange.
      if (stages.back().size() > before)
        stages.back().back().answer += std::max(0.0, all - reader_ns);
      else
        early += all;
    }
    Stopwatch watch(drain);
    meanwhile();
  }

  std::vector<Stage> stages;
  double inside = 0;     // all of run()
  double reader_ns = 0;  // of the job at hand, what FakeReader has accounted for
  double early = 0;      // jobs that asked no server: all their screens came with the listing
  double drain = 0;      // the aggregator's part
};

struct Host {
  Host(ServerId id, const FleetOptions& o, const std::vector<RecordedPane>& recorded)
      : server(id, o.panes_per_host, o.painting, recorded), processes(server, o.hosts > 1) {}
  FakeServer server;
  FakeProcesses processes;
  std::unique_ptr<ScreenReader> reader;
  std::vector<CaptureRequest> riders;
  std::vector<PaneRef> panes;  // of the round
  std::unique_ptr<ProcessWitness> witness;
  std::unique_ptr<Observer> observer;
};

}  // namespace

struct FakeFleet::Impl {
  class FakeReader;
  Impl(const FleetOptions& options, const CostModel& model, const std::vector<RecordedPane>& recorded);

  SimulatedRound run_round();
  Exchange exchange(std::size_t host, double listed, double captures, double bytes) const;
  // What our side does while the server works: it looks at the panes' processes.
  void add_inspection(Exchange& e, Host& host, std::size_t panes, bool asked_ps) const;
  Exchange list(std::size_t host, SimulatedRound& out);
  void inspect_riders(Host& host, Exchange& e);
  void take_listing(Host& host, const std::string& text, const std::string& nonce,
                    const std::string& rider_nonce);
  double make_tasks();
  void choose_riders(const std::vector<std::size_t>& changed);
  Resources resources(std::size_t workers) const;
  StageTime finish(const Stage& stage, std::size_t workers, SimulatedRound& out) const;
  std::vector<ServerId> server_ids() const;

  const FleetOptions options_;
  const CostModel& model_;
  VirtualClock clock_;
  StageExecutor executor_;
  VerdictCache cache_;
  SeenAgents seen_;
  CheckRound check_;
  Aggregator aggregator_;
  SnapshotBoard board_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<PaneTask> tasks_;
  std::vector<const PaneRef*> refs_;
  std::vector<Host*> host_of_;  // of each task
  double bytes_ = 0;
};

// Answers at once, and accounts for what a real server would have taken and what our own code did take.
class FakeFleet::Impl::FakeReader final : public ScreenReader {
 public:
  FakeReader(Impl& fleet, std::size_t host) : fleet_(fleet), host_(host) {}

  void read(std::span<const CaptureRequest> requests, Deadline, CaptureSink& sink) override {
    Host& host = *fleet_.hosts_[host_];
    double all = 0, sent = 0, answered = 0;
    Exchange e;
    {
      Stopwatch whole(all);
      const bool ask_ps = !host.processes.fresh();
      if (ask_ps) host.processes.print();
      {
        Stopwatch watch(sent);
        sink.on_sent(requests);
      }
      const std::string nonce = random_hex(), output = host.server.captures(requests, nonce);
      {
        Stopwatch watch(answered);
        take(requests, nonce, output, sink);
      }
      e = fleet_.exchange(host_, 0, static_cast<double>(requests.size()), static_cast<double>(output.size()));
      e.meanwhile = sent;
      e.answer += answered;
      fleet_.add_inspection(e, host, requests.size(), ask_ps);
      fleet_.bytes_ += static_cast<double>(output.size());
    }
    fleet_.executor_.reader_ns += all;
    fleet_.executor_.stages.back().push_back(e);
  }

 private:
  static void take(std::span<const CaptureRequest> requests, const std::string& nonce,
                   std::string_view output, CaptureSink& sink) {
    CaptureFramer framer(
        requests, nonce, Framing::kPlanned, [&](Capture c) { sink.on_capture(std::move(c)); },
        [](std::size_t) {}, [](std::span<const CaptureRequest>) {});
    for (; !output.empty(); output.remove_prefix(std::min(kPiece, output.size()))) {
      framer.on_output(output.substr(0, kPiece));
    }
    if (framer.ended()) return sink.commit();
    sink.rollback();
    for (const CaptureRequest& r : requests) sink.on_failed(r.index, {ErrorKind::kProtocol, "framing"});
  }

  Impl& fleet_;
  const std::size_t host_;
};

namespace {

CacheSettings cache_for(const FleetOptions& o) {
  // As in the benchmark's warm mode: large enough, and no forced refresh in the middle.
  return {o.warm, 3600, std::max<std::size_t>(1000, 2 * o.hosts * o.panes_per_host), EvictionStrategy::kTtl};
}

}  // namespace

FakeFleet::Impl::Impl(const FleetOptions& options, const CostModel& model,
                      const std::vector<RecordedPane>& recorded)
    : options_(options),
      model_(model),
      cache_(cache_for(options)),
      check_(*options_.classifier, cache_, seen_, executor_, clock_, {kAsyncBatch, true}),
      aggregator_({0}, clock_) {
  for (std::size_t i = 0; i < options.hosts; ++i) {
    hosts_.push_back(std::make_unique<Host>(i + 1, options, recorded));
    Host& host = *hosts_.back();
    host.reader = std::make_unique<FakeReader>(*this, i);
    host.witness = std::make_unique<ProcessWitness>(host.processes, options_.classifier->processes());
    host.observer = std::make_unique<Observer>(nullptr, *host.reader,
                                               std::vector<EvidenceSource*>{host.witness.get()}, seen_);
  }
}

Exchange FakeFleet::Impl::exchange(std::size_t host, double listed, double captures, double bytes) const {
  Exchange e = model_.exchange(static_cast<double>(options_.panes_per_host), listed, captures, bytes);
  e.host = host;
  if (options_.hosts > 1) e.latency += kRoundTrips * options_.round_trip_ms * 1e6;
  return e;
}

void FakeFleet::Impl::add_inspection(Exchange& e, Host& host, std::size_t panes, bool asked_ps) const {
  if (options_.hosts == 1)
    e.meanwhile += model_.inspect_pane * static_cast<double>(panes);
  else if (asked_ps) {
    e.meanwhile_wait = model_.ps + model_.ps_process * static_cast<double>(host.server.panes()) +
                       kRoundTrips * options_.round_trip_ms * 1e6;
  }
}

void FakeFleet::Impl::inspect_riders(Host& host, Exchange& e) {
  if (host.riders.empty()) return;
  const bool ask_ps = !host.processes.fresh();
  if (ask_ps) host.processes.print();
  Stopwatch watch(e.meanwhile);
  for (const CaptureRequest& r : host.riders) {
    const int pid = host.panes[r.index].facts.pid;
    inspect_pane(host.processes, pid, options_.classifier->processes());
  }
  add_inspection(e, host, host.riders.size(), ask_ps);
}

void FakeFleet::Impl::take_listing(Host& host, const std::string& text, const std::string& nonce,
                                   const std::string& rider_nonce) {
  ParsedListing parsed = parse_listing(text, nonce, false);
  host.panes = std::move(parsed.panes);
  for (PaneRef& pane : host.panes) host.server.put_names(pane);
  const std::string_view rest = std::string_view(text).substr(parsed.end);
  std::unordered_map<PaneId, Observer::Early> early;
  for (Capture& c : frame_planned(host.riders, rider_nonce, rest)) {
    early[host.panes[c.index].key.pane].capture = std::move(c);
  }
  host.observer->take_early(std::move(early));
}

Exchange FakeFleet::Impl::list(std::size_t at, SimulatedRound& out) {
  Host& host = *hosts_[at];
  host.server.paint();
  host.processes.forget();
  const std::string nonce = random_hex(), rider_nonce = random_hex();
  std::string text = host.server.listing(nonce, clock_.wall_ms() / 1000);
  if (!host.riders.empty()) text += host.server.captures(host.riders, rider_nonce);
  Exchange e = exchange(at, static_cast<double>(host.server.panes()), static_cast<double>(host.riders.size()),
                        static_cast<double>(text.size()));
  inspect_riders(host, e);
  Stopwatch watch(e.answer);
  take_listing(host, text, nonce, rider_nonce);
  out.bytes += static_cast<double>(text.size());
  out.panes += static_cast<double>(host.panes.size());
  return e;
}

double FakeFleet::Impl::make_tasks() {
  double spent = 0;
  Stopwatch watch(spent);
  tasks_.clear();
  refs_.clear();
  host_of_.clear();
  for (const auto& host : hosts_) {
    for (const PaneRef& pane : host->panes) {
      tasks_.push_back({&pane, host->observer.get(), clock_.wall_ms() / 1000});
      refs_.push_back(&pane);
      host_of_.push_back(host.get());
    }
  }
  return spent;
}

void FakeFleet::Impl::choose_riders(const std::vector<std::size_t>& changed) {
  for (const auto& host : hosts_) host->riders.clear();
  for (const std::size_t i : changed) {
    Host& host = *host_of_[i];
    const auto index = static_cast<std::size_t>(tasks_[i].pane - host.panes.data());
    const PaneFacts& f = tasks_[i].pane->facts;
    host.riders.push_back({index, tasks_[i].pane->key.pane, first_live_row(f.cursor_y, f.height), f.height});
  }
  for (const auto& host : hosts_) {
    if (host->riders.size() > kMostRiders) host->riders.clear();
  }
}

Resources FakeFleet::Impl::resources(std::size_t workers) const {
  const double busy = model_.painting * hosts_.front()->server.painting_panes();
  return {options_.cores, workers, options_.hosts == 1, model_.shared, std::max(0.1, 1 - busy)};
}

StageTime FakeFleet::Impl::finish(const Stage& stage, std::size_t workers, SimulatedRound& out) const {
  const StageTime time = stage_time(stage, resources(workers));
  for (const Exchange& e : stage) out.our_cpu += e.meanwhile + e.answer;
  out.server_cpu += time.server;
  return time;
}

std::vector<ServerId> FakeFleet::Impl::server_ids() const {
  std::vector<ServerId> ids;
  ids.reserve(hosts_.size());
  for (const auto& host : hosts_) ids.push_back(host->server.id());
  return ids;
}

SimulatedRound FakeFleet::Impl::run_round() {
  SimulatedRound out;
  Stage lists;
  lists.reserve(hosts_.size());
  for (std::size_t i = 0; i < hosts_.size(); ++i) lists.push_back(list(i, out));
  out.list = finish(lists, hosts_.size(), out).length;  // a thread for each host

  aggregator_.begin_round();
  executor_.stages.clear();
  executor_.inside = executor_.drain = executor_.early = 0;
  bytes_ = 0;
  double checked = 0, finished = 0;
  const double prepared = make_tasks();
  CheckFigures figures;
  {
    Stopwatch watch(checked);
    figures = check_.run(tasks_, Deadline::max(), [&](std::span<Outcome> o) { aggregator_.take(refs_, o); });
  }
  out.gate = prepared + checked - executor_.inside + executor_.early;
  for (const Stage& stage : executor_.stages) out.capture += finish(stage, options_.workers, out).length;
  {
    Stopwatch watch(finished);
    choose_riders(figures.changed);
    std::unordered_set<PaneKey> alive;
    for (const PaneRef* pane : refs_) alive.insert(pane->key);
    seen_.keep_only(alive, server_ids());
    board_.publish(aggregator_.finish_round(server_ids(), {}, {}));
  }
  out.aggregate = executor_.drain + finished;
  out.our_cpu += out.gate + out.aggregate;
  out.cycle = out.list + out.gate + out.capture + out.aggregate;
  out.server_cpu += model_.painting * hosts_.front()->server.painting_panes() *
                    static_cast<double>(hosts_.size()) * out.cycle;
  for (double* ns :
       {&out.list, &out.gate, &out.capture, &out.aggregate, &out.cycle, &out.our_cpu, &out.server_cpu})
    *ns /= 1e6;
  out.captures = static_cast<double>(figures.captures);
  out.bytes += bytes_;
  out.errors = static_cast<double>(figures.errors + figures.timeouts);
  out.agents = static_cast<double>(board_.latest()->agents.size());
  // The next round is due on the second after next, so that the gate may trust what stood still.
  clock_.advance(std::max(1e9, std::ceil(out.cycle / 1e3) * 1e9));
  return out;
}

FakeFleet::FakeFleet(const FleetOptions& options, const CostModel& model,
                     const std::vector<RecordedPane>& recorded)
    : impl_(std::make_unique<Impl>(options, model, recorded)) {}
FakeFleet::~FakeFleet() = default;
SimulatedRound FakeFleet::run_round() { return impl_->run_round(); }

SimulatedRound simulate(const FleetOptions& options, const CostModel& model,
                        const std::vector<RecordedPane>& recorded, int rounds) {
  constexpr int kWarmUp = 3;
  FakeFleet fleet(options, model, recorded);
  std::vector<SimulatedRound> all;
  for (int i = -kWarmUp; i < rounds; ++i) {
    const SimulatedRound round = fleet.run_round();
    if (i >= 0) all.push_back(round);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.cycle < b.cycle; });
  return all[all.size() / 2];
}

}  // namespace orc::perf
