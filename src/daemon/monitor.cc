// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/daemon/monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <thread>
#include <unordered_set>
#include <utility>

#include "server_cpu.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/within_memory.h"
#include "tmux_orc/evidence/live_server.h"

namespace orc {
namespace {

std::unique_ptr<Executor> executor_for(const MonitorOptions& options) {
  return options.async && !options.polling ? make_arena_executor(options.pool.max_size)
                                           : make_inline_executor();
}

constexpr std::size_t kSyncBatch = 1;

}  // namespace

struct Monitor::Server {
  explicit Server(std::shared_ptr<LiveServer> server) : live(std::move(server)) {}
  const std::shared_ptr<LiveServer> live;
  ServerId life = 0;          // the server's life listed last
  std::int64_t listed_s = 0;  // by its own clock, and by ours
  Steady::time_point listed_at;
  std::uint64_t counted_fallbacks = 0, counted_bytes = 0, counted_spawns = 0;
  int pid = 0;  // on this machine; 0: not known
};

struct Monitor::Listed {
  Server* server = nullptr;
  Result<Listing> listing = fail(ErrorKind::kUnavailable, "not listed");
};

// One way through the checker, with the panes that take it in this round.
struct Monitor::Path {
  Path(Monitor& m, Executor& executor, std::size_t batch)
      : check(*m.classifier_, *m.cache_, *m.seen_, executor, m.clock_, {batch, m.options_.partial_captures}) {
  }
  CheckRound check;
  std::vector<PaneTask> tasks;
  std::vector<const PaneRef*> panes;
};

namespace {

LookSettings look_with(const MonitorOptions& options, const Classifier& classifier,
                       std::shared_ptr<OwnWords> words) {
  if (!options.own_word)
    words = nullptr;
  else if (words == nullptr)
    words = std::make_shared<OwnWords>(options.wake);
  return {options.tmux_binary,    options.transport, options.pool,           options.discover,
          classifier.processes(), std::move(words),  options.own_word_except};
}

}  // namespace

LookSettings look_settings(const MonitorOptions& options, const Classifier& classifier) {
  return look_with(options, classifier, nullptr);
}

// Who tells of the agents goes on telling, if it is wanted still.
LookSettings Monitor::look_after(const Monitor* before) const {
  LookSettings look = look_with(options_, *classifier_, before == nullptr ? nullptr : before->look_.words);
  look.abouts = before == nullptr ? std::make_shared<Abouts>("/proc", options_.wake) : before->look_.abouts;
  return look;
}

Monitor::Monitor(std::vector<ServerAddress> servers, MonitorOptions options,
                 std::shared_ptr<const Classifier> classifier, const ProcessSource& processes,
                 const Clock& clock, const Monitor* before)
    : options_(std::move(options)),
      classifier_(std::move(classifier)),
      processes_(processes),
      clock_(clock),
      look_(look_after(before)),
      seen_(before == nullptr ? std::make_shared<SeenAgents>(clock) : before->seen_),
      cache_(before != nullptr && judges_as(*before) ? before->cache_
                                                     : std::make_shared<VerdictCache>(options_.cache)),
      executor_(executor_for(options_)),
      inline_executor_(make_inline_executor()),
      async_path_(std::make_unique<Path>(*this, *executor_, kAsyncBatch)),
      sync_path_(std::make_unique<Path>(*this, *inline_executor_, kSyncBatch)),
      aggregator_(options_.aggregate, clock),
      server_cpu_(std::make_unique<ServerCpu>()) {
  for (ServerAddress& address : servers) {
    if (const Server* known = before == nullptr ? nullptr : before->same_server(address, look_))
      servers_.push_back(std::make_unique<Server>(*known));
    else
      servers_.push_back(std::make_unique<Server>(
          std::make_shared<LiveServer>(std::move(address), look_, processes_, seen_, clock_)));
  }
  if (before == nullptr) return;
  for (const auto& old : before->servers_) {
    const auto same = [&](const auto& s) {
      return s->live->link.address().key() == old->live->link.address().key();
    };
    if (old->life != 0 && std::ranges::none_of(servers_, same)) seen_->keep_only({}, {old->life});
  }
  rounds_ = before->rounds_;
  if (cache_ == before->cache_) counted_cache_ = before->counted_cache_;
}

// Whether a verdict of the other's is what this one would give.
bool Monitor::judges_as(const Monitor& other) const {
  return classifier_ == other.classifier_ && look_ == other.look_ && options_.cache == other.options_.cache;
}

const Monitor::Server* Monitor::same_server(const ServerAddress& address, const LookSettings& look) const {
  const auto found = std::ranges::find_if(
      servers_, [&](const auto& s) { return look == look_ && s->live->link.address() == address; });
  return found == servers_.end() ? nullptr : found->get();
}

Monitor::~Monitor() = default;

std::vector<std::shared_ptr<LiveServer>> Monitor::servers() const {
  std::vector<std::shared_ptr<LiveServer>> out;
  for (const auto& s : servers_) out.push_back(s->live);
  return out;
}

MonitorMemory Monitor::memory() const {
  MonitorMemory memory;
  for (const auto& s : servers_) {
    if (s->life != 0) memory.lives[s->live->link.address().key()] = s->life;
  }
  memory.panes = aggregator_.remembered();
  memory.clock = aggregator_.clock_reading();
  for (RememberedPane& p : memory.panes) p.seen_agent = seen_->agent(p.status.pane.key);
  return memory;
}

void Monitor::restore(const MonitorMemory& memory) {
  std::unordered_set<ServerId> ours, here;
  for (const auto& s : servers_) {
    const auto life = memory.lives.find(s->live->link.address().key());
    if (life == memory.lives.end()) continue;
    s->life = life->second;
    ours.insert(life->second);
    if (s->live->link.address().host->is_here()) here.insert(life->second);
  }
  aggregator_.restore_clock(memory.clock);
  const std::int64_t booted_ms = clock_.wall_ms() - clock_.uptime_ms();
  for (RememberedPane p : memory.panes) {
    const ServerId server = p.status.pane.key.server;
    if (!ours.contains(server)) continue;  // a server that is not watched any more
    // No pane is older than its machine's last boot, whatever clock wrote it down. One that is known is
    // followed.
    if (here.contains(server) && memory.clock.wall_ms == 0)
      p.status.since_ms = std::max(p.status.since_ms, booted_ms);
    aggregator_.restore(p);
    if (!p.seen_agent.empty()) seen_->restore(p.status.pane.key, p.seen_agent);
  }
}

// window_activity is the server's wall clock: after a step back, new output could carry an old stamp. Two
// seconds of tolerance, since its clock is read in whole ones and an answer may be late.
void Monitor::check_clock(Server& server, const Listing& listing) {
  const auto now = clock_.steady();
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - server.listed_at).count();
  const bool known = server.life == listing.server && server.listed_s != 0;
  if (known && (listing.listed_s < server.listed_s || listing.listed_s + 2 < server.listed_s + passed))
    cache_->clear();
  server.listed_s = listing.listed_s;
  server.listed_at = now;
}

std::vector<Monitor::Listed> Monitor::list_all(Deadline deadline, bool pulse) {
  // Listing may use at most half of the round, or a server that hangs would leave nothing for the captures.
  const auto now = Steady::now();
  const auto by = now + (deadline - now) / 2;
  const auto list = [by, pulse](Listed& out) {
    const bool done = within_memory([&] { out.listing = out.server->live->observer.list(by, pulse); });
    if (!done) out.listing = fail(ErrorKind::kUnavailable, "out of memory");
  };
  std::vector<Listed> all(servers_.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i].server = servers_[i].get();
  // Each server has a thread of its own here, so that one that hangs does not hold up the others.
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < all.size(); ++i) threads.emplace_back([&list, &all, i] { list(all[i]); });
  if (!all.empty()) list(all[0]);
  return all;
}

std::vector<ServerFigures> Monitor::server_figures(const std::vector<Listed>& listed) const {
  std::vector<ServerFigures> out;
  for (const Listed& l : listed) {
    ServerFigures figures = l.server->live->link.figures();
    figures.reachable = l.listing.has_value();
    figures.fallbacks -= std::exchange(l.server->counted_fallbacks, figures.fallbacks);
    if (l.listing) {
      figures.life = l.listing->server;
      figures.strays = l.listing->strays;
    } else {
      figures.note = l.listing.error().message;
    }
    out.push_back(std::move(figures));
  }
  return out;
}

std::vector<ServerFigures> Monitor::probe(Deadline deadline) {
  return server_figures(list_all(deadline, false));
}

// Stable over rounds and restarts, so that a pane does not change sides while a rollout stands.
bool Monitor::goes_async(const PaneKey& pane) const {
  if (!options_.async) return false;
  if (options_.rollout >= 1) return true;
  const std::uint64_t hash =
      fnv1a({reinterpret_cast<const char*>(&pane.pane), sizeof pane.pane}, pane.server);
  return static_cast<double>(hash >> 11) * 0x1p-53 < options_.rollout;
}

void Monitor::choose_riders(const std::vector<Listed>& listed, const Path& path,
                            const std::vector<std::size_t>& changed) {
  for (const Listed& l : listed) {
    std::vector<const PaneRef*> riders;
    for (const std::size_t i : changed) {
      if (&l.server->live->observer == path.tasks[i].observer) riders.push_back(path.tasks[i].pane);
    }
    if (riders.size() > kMostRiders) riders.clear();
    l.server->live->observer.ride(riders, options_.partial_captures ? Rows::kLive : Rows::kWhole);
  }
}

std::vector<ServerId> Monitor::take_listings(std::vector<Listed>& listed, RoundFigures& figures) {
  std::vector<ServerId> known;
  for (Path* path : {async_path_.get(), sync_path_.get()}) {
    path->tasks.clear();
    path->panes.clear();
  }
  for (Listed& l : listed) {
    if (!l.listing) {
      ++figures.errors;
      if (l.server->life != 0) aggregator_.miss(l.server->life);
      continue;
    }
    check_clock(*l.server, *l.listing);
    // A line that could not be read may be a pane: then none is called gone.
    if (l.listing->skipped == 0) known.push_back(l.listing->server);
    // A new life on the same socket ends the old one, and all its panes are gone.
    const ServerId before = std::exchange(l.server->life, l.listing->server);
    if (before != 0 && before != l.listing->server) known.push_back(before);
    l.server->pid = l.server->live->link.address().host->is_here() ? l.listing->server_pid : 0;
    attached_ += l.listing->attached;
    figures.bytes += l.listing->bytes;
    figures.errors += l.listing->skipped;
    figures.panes += l.listing->panes.size();
    for (PaneRef& pane : l.listing->panes) {
      // A clock that was set since makes the last output as old as it likes.
      if (l.server->live->link.address().host->is_here())
        pane.quiet_s = std::min(pane.quiet_s, clock_.uptime_ms() / 1000);
      Path& path = goes_async(pane.key) ? *async_path_ : *sync_path_;
      path.tasks.push_back({&pane, &l.server->live->observer, l.listing->listed_s});
      path.panes.push_back(&pane);
    }
  }
  return known;
}

std::vector<std::size_t> Monitor::run_path(Path& path, Deadline deadline, RoundFigures& figures,
                                           PathFigures& own) {
  const auto start = Steady::now();
  const auto sink = [&](std::span<Outcome> outcomes) {
    const auto from = Steady::now();
    aggregator_.take(path.panes, outcomes);
    figures.phase.aggregate += ms_between(from, Steady::now());
  };
  CheckFigures checked = path.check.run(path.tasks, deadline, sink);
  figures.captures += checked.captures;
  figures.partial_retries += checked.partial_retries;
  figures.errors += checked.errors;
  figures.timeouts += checked.timeouts;
  own = {path.tasks.size(), checked.captures, ms_between(start, Steady::now())};
  return std::move(checked.changed);
}

namespace {

// What the cache counted since `counted`, which goes on to now.
CacheFigures looks_since(const CacheFigures& now, CacheFigures& counted) {
  const CacheFigures before = std::exchange(counted, now);
  const auto difference = [](const LayerFigures& a, const LayerFigures& b) {
    return LayerFigures{a.hits - b.hits, a.misses - b.misses, a.evictions - b.evictions,
                        a.expiries - b.expiries, a.entries};
  };
  return {difference(now.pane_content, before.pane_content),
          difference(now.agent_status, before.agent_status)};
}

}  // namespace

// What the links counted since the last round.
void Monitor::count_links(RoundFigures& figures) {
  for (const auto& s : servers_) {
    const std::uint64_t bytes = s->live->reader.bytes(), spawns = s->live->link.spawns();
    figures.bytes += bytes - std::exchange(s->counted_bytes, bytes);
    figures.spawns += spawns - std::exchange(s->counted_spawns, spawns);
    const PoolFigures pool = s->live->link.pool_figures();
    figures.pool.max_size = pool.max_size;
    figures.pool.peak = std::max(figures.pool.peak, pool.peak);
    figures.pool.opened += pool.opened;
  }
}

std::shared_ptr<const Snapshot> Monitor::run_round(Deadline deadline, bool pulse) {
  const auto start = Steady::now();
  RoundFigures figures;
  figures.number = ++rounds_;
  figures.mode = options_.async ? "async" : "sync";
  figures.rollout = options_.async ? options_.rollout : 0;
  // A second look is a look: the gate would answer with the first one's verdict, and does not see processes.
  for (const PaneKey& pane : aggregator_.doubtful()) cache_->forget(pane);
  for (const auto& s : servers_) server_cpu_->since_last(s->pid);
  attached_ = 0;
  auto listed = list_all(deadline, pulse);
  const auto listed_at = Steady::now();
  figures.phase.list = ms_between(start, listed_at);

  aggregator_.begin_round();
  const std::vector<ServerId> known = take_listings(listed, figures);
  std::vector<std::size_t> changed;
  if (!async_path_->tasks.empty()) {
    changed = run_path(*async_path_, deadline, figures, figures.async_path);
  }
  if (!sync_path_->tasks.empty()) run_path(*sync_path_, deadline, figures, figures.sync_path);
  if (options_.async) choose_riders(listed, *async_path_, changed);  // sync is one capture after the other
  std::unordered_set<PaneKey> alive;
  for (const Path* path : {async_path_.get(), sync_path_.get()}) {
    for (const PaneRef* pane : path->panes) alive.insert(pane->key);
  }
  seen_->keep_only(alive, known);
  const auto checked_at = Steady::now();
  figures.phase.capture = ms_between(listed_at, checked_at);
  figures.cache = looks_since(cache_->figures(), counted_cache_);
  count_links(figures);
  figures.phase.aggregate += ms_between(checked_at, Steady::now());
  figures.phase.total = ms_between(start, Steady::now());
  const auto snapshot = aggregator_.finish_round(known, std::move(figures), server_figures(listed));
  // Past the deadline, too: in a first round on a busy machine the rules' compilation may have used it up.
  look_.abouts->fill(snapshot->agents, Steady::now() + options_.about_patience);
  return snapshot;
}

double Monitor::servers_cpu_s() const {
  double most = 0;
  for (const auto& s : servers_) most = std::max(most, server_cpu_->since_last(s->pid));
  return most;
}

}  // namespace orc
