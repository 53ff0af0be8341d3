// SPDX-License-Identifier: Apache-2.0
#include "lab.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "tmux_orc/bench/scene.h"
#include "tmux_orc/capture/framer.h"
#include "tmux_orc/discover/discover.h"
#include "tmux_orc/discover/ps_source.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc::perf {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);
// After its last byte a server still takes the connection down: that belongs to the exchange.
constexpr useconds_t kAfterwards_us = 3000;

class CountingSink final : public OutputSink {
 public:
  void on_output(std::string_view bytes) override { count += bytes.size(); }
  std::size_t count = 0;
};

double thread_cpu_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// Most rest or wait for a person, some paint: as in `tmux-orc benchmark`.
std::vector<PaneScript> fleet(int panes, double painting) {
  static const std::vector<std::string> kResting = {"idle", "idle", "waiting", "idle", "error", "draft"};
  const auto agents = scene_agents();
  std::vector<PaneScript> out;
  for (std::size_t i = 0; i < static_cast<std::size_t>(panes); ++i) {
    PaneScript pane{agents[i % agents.size()], "working", "paint", 0};
    if (!paints(i, painting)) {
      const auto states = scene_states(pane.agent);
      pane.state = kResting[i / agents.size() % kResting.size()];
      if (std::find(states.begin(), states.end(), pane.state) == states.end()) pane.state = "idle";
      pane.how = "still";
    }
    out.push_back(std::move(pane));
  }
  return out;
}

std::vector<CaptureRequest> requests_for(std::span<const PaneRef> panes, std::size_t count, int rows) {
  std::vector<CaptureRequest> out;
  for (std::size_t i = 0; i < std::min(count, panes.size()); ++i) {
    const PaneRef& p = panes[i];
    out.push_back({i, p.key.pane, rows == 0 ? 0 : std::max(0, p.facts.height - rows), p.facts.height});
  }
  return out;
}

}  // namespace

bool paints(std::size_t pane, double painting) {
  const auto before = static_cast<std::size_t>(static_cast<double>(pane) * painting);
  return static_cast<std::size_t>(static_cast<double>(pane + 1) * painting) > before;
}

Result<Lab> Lab::create(const LabOptions& options) {
  auto server = PrivateServer::create(options.tmux);
  if (!server) return tl::unexpected(server.error());
  return Lab(options, std::move(*server));
}

Result<void> Lab::start(int panes, const Say& say) {
  auto started =
      server_->start(fleet(panes, options_.painting), options_.cols, options_.rows,
                     [&](std::size_t n) { say(fmt::format("{} of {} panes started", n, panes)); });
  if (!started) return started;
  auto pid = server_->pid();
  if (!pid) return tl::unexpected(pid.error());
  target_.server = server_->address();
  target_.server_pid = *pid;
  target_.options.tmux_binary = options_.tmux;
  target_.classifier = options_.classifier;
  link_ = std::make_unique<ServerLink>(target_.server, options_.tmux, TransportChoice::kNative,
                                       PoolSettings{}, clock_);
  if (auto ready = link_->ensure_ready(Steady::now() + kPatience); !ready) return ready;
  version_ = link_->figures().version;
  auto listing = Lister(*link_, {}, clock_).list(Steady::now() + kPatience);
  if (!listing) return tl::unexpected(listing.error());
  refs_ = std::move(listing->panes);
  for (const PaneRef& p : refs_) target_.panes.push_back(p.key.pane);
  if (auto ok = wait_until_painted(say); !ok) return ok;
  background_ = background();
  return {};
}

// Panes start in their own time.
Result<void> Lab::wait_until_painted(const Say& say) {
  const ProcSource processes;
  MonitorOptions options = target_.options;
  options.cache.enabled = false;
  options.aggregate.confirm_s = 0;
  Monitor monitor({target_.server}, options, target_.classifier, processes, clock_);
  const auto until = Steady::now() + std::chrono::seconds(30 + panes() / 5);
  while (Steady::now() < until) {
    const auto snapshot = monitor.run_round(Steady::now() + kPatience);
    const auto ready =
        std::count_if(snapshot->agents.begin(), snapshot->agents.end(), [](const AgentStatus& a) {
          return a.verdict.state != State::kStarting && a.verdict.state != State::kUnknown;
        });
    if (ready >= panes()) return {};
    say(fmt::format("{} of {} panes painted", ready, panes()));
    ::usleep(300'000);
  }
  return fail(ErrorKind::kTimeout, "the panes did not all paint their screens in time");
}

double Lab::background() {
  const auto from = Steady::now();
  const double server = static_cast<double>(process_cpu_ns(target_.server_pid));
  ::usleep(1'500'000);
  return (static_cast<double>(process_cpu_ns(target_.server_pid)) - server) / 1e6 /
         ms_between(from, Steady::now());
}

// The median of some repeats: the machine has other things to do as well.
Result<Observation> Lab::observe_one(const Batch& batch, int listed, int captures, int connections) {
  std::vector<double> server, ours, wall;
  std::size_t bytes = 0;
  bool good = true;
  const auto run = [&](double& cpu, std::size_t& count) {
    CountingSink sink;
    const double from = thread_cpu_ns();
    const auto done = link_->current()->run(batch, Steady::now() + kPatience, sink);
    cpu = thread_cpu_ns() - from;
    count = sink.count;
    return done && done->status == 0;
  };
  for (int r = 0; r < options_.repeats && good; ++r) {
    const double before = static_cast<double>(process_cpu_ns(target_.server_pid));
    const auto from = Steady::now();
    std::vector<double> cpu(static_cast<std::size_t>(connections));
    std::vector<std::size_t> counts(cpu.size());
    std::vector<char> fine(cpu.size(), 1);
    {
      std::vector<std::jthread> others;
      for (std::size_t i = 1; i < cpu.size(); ++i)
        others.emplace_back([&, i] { fine[i] = run(cpu[i], counts[i]) ? 1 : 0; });
      fine[0] = run(cpu[0], counts[0]) ? 1 : 0;
    }
    wall.push_back(ms_between(from, Steady::now()) * 1e6);
    ::usleep(kAfterwards_us);
    const double elapsed = ms_between(from, Steady::now()) * 1e6;
    server.push_back(static_cast<double>(process_cpu_ns(target_.server_pid)) - before -
                     background_ * elapsed);
    ours.push_back(cpu[0]);
    bytes = 0;
    for (const std::size_t n : counts) bytes += n;
    good = std::all_of(fine.begin(), fine.end(), [](char f) { return f != 0; });
  }
  if (!good) return fail(ErrorKind::kCommand, "the private server refused a batch");
  return Observation{panes(),
                     connections,
                     listed * connections,
                     captures * connections,
                     static_cast<double>(bytes),
                     std::max(median(server), 1.0),
                     median(ours),
                     median(wall)};
}

Result<std::vector<Observation>> Lab::observe(const Say& say) {
  const std::string nonce = "0123456789abcdef0123456789abcdef";
  struct Piece {
    std::size_t captures;
    int rows, connections;
  };
  std::vector<Observation> out;
  const auto add = [&](const Batch& batch, int listed, int captures, int connections) -> Result<void> {
    auto seen = observe_one(batch, listed, captures, connections);
    if (!seen) return tl::unexpected(seen.error());
    out.push_back(*seen);
    say(fmt::format("calibrating on {} panes, piece {}", panes(), out.size()));
    return {};
  };
  const Batch nothing = {{"display-message", "-p", nonce}};
  const Batch list = listing_batch(nonce, false);
  if (auto ok = add(nothing, 0, 0, 1); !ok) return tl::unexpected(ok.error());
  if (auto ok = add(list, panes(), 0, 1); !ok) return tl::unexpected(ok.error());
  // Whole screens (rows 0) tell bytes from captures; several connections tell what they share.
  for (const Piece& p : {Piece{10, 1, 1}, Piece{10, 0, 1}, Piece{50, 1, 1}, Piece{50, 0, 1}, Piece{125, 1, 1},
                         Piece{125, 15, 1}, Piece{125, 0, 1}, Piece{125, 15, 4}, Piece{125, 15, 8}}) {
    const auto requests = requests_for(refs_, p.captures, p.rows);
    const Batch batch = capture_batch(requests, nonce, Framing::kPlanned);
    if (auto ok = add(batch, 0, static_cast<int>(requests.size()), p.connections); !ok)
      return tl::unexpected(ok.error());
  }
  return out;
}

Result<std::vector<RecordedPane>> Lab::record() {
  std::vector<RecordedPane> out(refs_.size());
  const ProcSource processes;
  for (const bool earlier : {true, false}) {
    const auto all = requests_for(refs_, refs_.size(), 0);
    for (std::size_t at = 0; at < all.size(); at += kMaxPanesPerBatch) {
      const auto part = std::span(all).subspan(at, std::min(kMaxPanesPerBatch, all.size() - at));
      const std::string nonce = fmt::format("{:032x}", at + 1);
      StringSink sink;
      const auto done = link_->current()->run(capture_batch(part, nonce, Framing::kPlanned),
                                             Steady::now() + kPatience, sink);
      if (!done) return tl::unexpected(done.error());
      auto captures = frame_planned(part, nonce, sink.text);
      if (captures.size() != part.size()) return fail(ErrorKind::kProtocol, "a screen could not be recorded");
      for (Capture& c : captures) (earlier ? out[c.index].earlier : out[c.index].text) = std::move(c.text);
    }
    if (earlier) ::usleep(400'000);  // a painting pane has a new frame each 250 ms
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].pane = refs_[i];
    out[i].processes = inspect_pane(processes, refs_[i].facts.pid, options_.classifier->processes());
  }
  return out;
}

void Lab::measure_surroundings(CostModel& model) const {
  std::size_t painting = 0;
  for (std::size_t i = 0; i < refs_.size(); ++i) painting += paints(i, options_.painting) ? 1 : 0;
  model.painting = painting == 0 ? 0 : background_ / static_cast<double>(painting);

  const ProcSource processes;
  std::vector<double> inspect;
  for (const PaneRef& p : refs_) {
    const double from = thread_cpu_ns();
    inspect_pane(processes, p.facts.pid, options_.classifier->processes());
    inspect.push_back(thread_cpu_ns() - from);
  }
  model.inspect_pane = median(std::move(inspect));
}

// The fastest of a few: what else runs here would be counted as the other machine's work.
Result<PsCost> Lab::measure_ps() const {
  PsCost cost;
  for (int i = 0; i < 5; ++i) {
    StringSink out;
    const auto from = Steady::now();
    const auto done = run_process({"sh", "-s"}, ps_script(), from + kPatience, out);
    const double ns = ms_between(from, Steady::now()) * 1e6;
    if (!done || done->status != 0) return fail(ErrorKind::kCommand, "ps does not work here");
    if (i == 0 || ns < cost.ns) cost = {static_cast<double>(parse_ps(out.text).processes.size()), ns};
  }
  return cost;
}

Result<ModeResult> Lab::rounds(bool warm, int rounds, const Say& say) {
  const ModeSpec mode{warm ? "async+native warm" : "async+native cold", ModeSpec::Kind::kRounds,
                           true, TransportChoice::kNative, warm};
  return run_mode(target_, mode, rounds, [&](int round) {
    say(fmt::format("{} panes, {}: round {} of {}", panes(), mode.name, round, rounds));
  });
}

}  // namespace orc::perf
