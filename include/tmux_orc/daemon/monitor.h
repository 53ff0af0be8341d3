// SPDX-License-Identifier: Apache-2.0
// Monitor: the wiring of all rooms. One run_round() takes the data its whole way: discover -> gate -> capture
// -> classify -> aggregate -> Snapshot. Thread-safety: one thread runs rounds.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/cache/verdict_cache.h"
#include "tmux_orc/capture/reader.h"
#include "tmux_orc/check/check_round.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/discover/discover.h"
#include "tmux_orc/evidence/live_server.h"
#include "tmux_orc/exec/executor.h"
#include "tmux_orc/tmux/server_link.h"

namespace orc {

class ServerCpu;

// Panes in one batch of the async path; the figures behind it stand at CheckRound::batch_size().
inline constexpr std::size_t kAsyncBatch = 125;
// Panes whose screens changed last time are likely to change again: up to this many of a server are captured
// in its listing's own batch. More go over several connections.
inline constexpr std::size_t kMostRiders = 128;

struct MonitorOptions {
  bool async = true;
  bool polling = false;  // async's batches, one after the other on the round's own thread
  bool partial_captures = true;
  double rollout =
      1;  // fraction of the panes, by a stable hash, on the async path; the rest goes through sync's
  TransportChoice transport = TransportChoice::kAuto;
  PoolSettings pool;
  CacheSettings cache;
  AggregateSettings aggregate;
  DiscoverSettings discover;
  std::string tmux_binary = "tmux";
  bool own_word = false;  // ask agents for their own word, too
  std::vector<std::string> own_word_except{};
  // How long a round waits for what it is about of agents that it sees for the first time. None in a daemon:
  // the next look has it.
  std::chrono::milliseconds about_patience{0};
  // Called on another thread when an agent's own word has changed: a look at its pane is worth it now.
  OwnWords::Wake wake{};
};

// What is needed to look at one of its servers, for whoever does so beside it.
LookSettings look_settings(const MonitorOptions& options, const Classifier& classifier);

// What a monitor learned: handed to the next one when settings change or the daemon restarts.
struct MonitorMemory {
  std::map<std::string, ServerId> lives;  // socket path -> the server's life seen last
  std::vector<RememberedPane> panes;
  ClockReading clock{};  // of their stamps
};

class Monitor {
 public:
  // `before`: the one whose place it takes, whose rounds are over; of that it keeps the connections, caches
  // and riders of what is looked at in the same way still. `processes` and `clock` must be the same.
  Monitor(std::vector<ServerAddress> servers, MonitorOptions options,
          std::shared_ptr<const Classifier> classifier, const ProcessSource& processes, const Clock& clock,
          const Monitor* before = nullptr);
  ~Monitor();

  // One round over all servers, ended by the deadline. Never fails as a whole: what could not be read is in
  // the snapshot's figures and servers. A pulse asks tmux less of panes that had no output since.
  std::shared_ptr<const Snapshot> run_round(Deadline deadline, bool pulse = false);

  // When a doubtful change wants its second look.
  std::optional<Steady::time_point> confirm_due() const { return aggregator_.confirm_due(); }

  // CPU seconds that the busiest server on this machine used since the last round began, for us and for its
  // other work. What a connection costs it is over a moment after the round is.
  double servers_cpu_s() const;
  // People's terminals that were attached in the last round.
  std::size_t attached() const { return attached_; }
  // Somebody has seen how this pane's turn ended.
  void mark_seen(const PaneKey& pane) { aggregator_.mark_seen(pane); }

  // Tries the transports without looking at panes.
  std::vector<ServerFigures> probe(Deadline deadline);

  // For whoever looks at panes or asks a server beside the rounds.
  std::vector<std::shared_ptr<LiveServer>> servers() const;

  // By how much the wall clock was set since this was asked last.
  std::int64_t take_clock_step() { return aggregator_.take_clock_step(); }
  void clear_cache() { cache_->clear(); }
  // What agents used since the last call, as their sessions' logs say it.
  std::vector<SpentHour> take_spent() { return look_.abouts->take_spent(); }
  MonitorMemory memory() const;
  void restore(const MonitorMemory& memory);  // before the first round

 private:
  struct Server;
  struct Listed;
  struct Path;
  LookSettings look_after(const Monitor* before) const;
  bool judges_as(const Monitor& other) const;
  const Server* same_server(const ServerAddress& address, const LookSettings& look) const;
  std::vector<Listed> list_all(Deadline deadline, bool pulse);
  std::vector<ServerFigures> server_figures(const std::vector<Listed>& listed) const;
  void check_clock(Server& server, const Listing& listing);
  bool goes_async(const PaneKey& pane) const;
  // Takes the listings apart into the two paths; gives the servers whose panes are all known.
  std::vector<ServerId> take_listings(std::vector<Listed>& listed, RoundFigures& figures);
  // Gives the tasks whose screen had to be looked at.
  std::vector<std::size_t> run_path(Path& path, Deadline deadline, RoundFigures& figures, PathFigures& own);
  void choose_riders(const std::vector<Listed>& listed, const Path& path,
                     const std::vector<std::size_t>& changed);
  void count_links(RoundFigures& figures);

  const MonitorOptions options_;
  const std::shared_ptr<const Classifier> classifier_;
  const ProcessSource& processes_;
  const Clock& clock_;
  const LookSettings look_;
  const std::shared_ptr<SeenAgents> seen_;
  const std::shared_ptr<VerdictCache> cache_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::unique_ptr<Executor> executor_, inline_executor_;
  std::unique_ptr<Path> async_path_, sync_path_;
  Aggregator aggregator_;
  std::unique_ptr<ServerCpu> server_cpu_;
  std::size_t attached_ = 0;
  std::uint64_t rounds_ = 0;
  CacheFigures counted_cache_;
};

}  // namespace orc
