#include "tmux_orc/check/check_round.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "tmux_orc/base/text.h"
#include "tmux_orc/exec/channel.h"

namespace orc {
namespace {

// Everything but the text that a verdict depends on.
std::uint64_t fingerprint(const Screen& s) {
  std::uint64_t h = fnv1a(s.text);
  h = fnv1a(s.title, h);
  h = fnv1a(s.agent_hint, h);
  h = fnv1a(s.program, h);
  const int small[] = {static_cast<int>(s.processes),
                       s.agent_seen_before ? 1 : 0,
                       s.alternate ? 1 : 0,
                       s.dead ? 1 : 0,
                       s.dead_status.value_or(-1),
                       s.cursor_x.value_or(-1),
                       s.cursor_y.value_or(-1),
                       s.first_row,
                       static_cast<int>(std::min(s.agent_age_s.value_or(-1), 60.0)),
                       s.headless ? 1 : 0,
                       s.cursor_visible.value_or(true) ? 1 : 0};
  return fnv1a({reinterpret_cast<const char*>(small), sizeof small}, h);
}

// The first row worth capturing: the live region stands around the cursor, which agents keep in their prompt
// or leave below it.
int first_row_for(const PaneFacts& facts) {
  return std::max(0, std::min(facts.cursor_y, facts.height - 1) - kLiveRows);
}

}  // namespace

struct CheckRound::AtomicFigures {
  std::atomic<std::size_t> captures{0}, errors{0}, timeouts{0};
};

// One batch of panes on one thread.
class CheckRound::Worker final : public CaptureSink {
 public:
  Worker(CheckRound& round, std::span<PaneTask> tasks, std::span<const std::size_t> indexes,
         Channel<Outcome>::Producer& out, AtomicFigures& figures)
      : round_(round), tasks_(tasks), indexes_(indexes), out_(out), figures_(figures) {}

  void run(bool partial, Deadline deadline) {
    std::vector<CaptureRequest> requests;
    requests.reserve(indexes_.size());
    for (const std::size_t i : indexes_) {
      if (tasks_[i].early) {
        on_capture(std::move(*tasks_[i].early));
        tasks_[i].early.reset();
      } else {
        requests.push_back(first_request(i, *tasks_[i].pane, partial));
      }
    }
    commit();
    if (!requests.empty()) read(requests, deadline);
  }

  // Process evidence is read while tmux captures.
  void on_sent(std::span<const CaptureRequest> requests) override {
    for (const CaptureRequest& r : requests) tasks_[r.index].processes = inspect(r.index);
  }

  void on_capture(Capture capture) override {
    const std::size_t index = capture.index;
    PaneTask& task = tasks_[index];
    const PaneRef& pane = *task.pane;
    if (!task.processes) task.processes = inspect(index);
    const Screen screen = round_.screen_of(task, std::move(capture), *task.processes);
    Judged judged{index, fingerprint(screen), {}, false, false};
    if (auto known = round_.cache_.same_text(pane.key, judged.print, round_.clock_.steady())) {
      judged.verdict = std::move(*known);
      judged.from_cache = true;
    } else {
      Classified classified = round_.classifier_.classify(screen);
      judged.verdict = std::move(classified.verdict);
      judged.needs_more = classified.needs_more;
    }
    judged_.push_back(std::move(judged));
  }

  void commit() override {
    figures_.captures += judged_.size();
    for (Judged& j : judged_) {
      const PaneTask& task = tasks_[j.index];
      if (j.needs_more) {
        out_.push({j.index, 0, Outcome::Kind::kPartial, {}, false, {}});
        continue;
      }
      round_.cache_.remember(task.pane->key, task.pane->facts, task.listed_s, j.print, j.verdict,
                             round_.clock_.steady());
      round_.seen_.remember(task.pane->key, j.verdict);
      out_.push({j.index, 0, Outcome::Kind::kVerdict, std::move(j.verdict), j.from_cache, {}});
    }
    judged_.clear();
  }

  void rollback() override { judged_.clear(); }

  void on_gone(std::size_t index) override {
    round_.cache_.forget(tasks_[index].pane->key);
    out_.push({index, 0, Outcome::Kind::kGone, {}, false, {}});
  }

  void on_failed(std::size_t index, const Error& error) override {
    ++(error.kind == ErrorKind::kTimeout ? figures_.timeouts : figures_.errors);
    out_.push({index, 0, Outcome::Kind::kFailed, {}, false, error.message});
  }

 private:
  // The batch may hold panes of one reader only: partition() sees to that.
  void read(std::span<const CaptureRequest> requests, Deadline deadline) {
    tasks_[requests.front().index].reader->read(requests, deadline, *this);
  }

  ProcessVerdict inspect(std::size_t index) const {
    return inspect_pane(*tasks_[index].source, tasks_[index].pane->facts.pid, round_.classifier_.processes());
  }

  CheckRound& round_;
  const std::span<PaneTask> tasks_;
  const std::span<const std::size_t> indexes_;
  Channel<Outcome>::Producer& out_;
  AtomicFigures& figures_;
  struct Judged {  // classified, not yet committed
    std::size_t index;
    std::uint64_t print;
    Verdict verdict;
    bool from_cache, needs_more;
  };
  std::vector<Judged> judged_;
};

namespace {

// Cuts the panes to be read into batches of one reader each.
std::vector<std::vector<std::size_t>> partition(std::span<const PaneTask> tasks,
                                                const std::vector<std::size_t>& pending,
                                                std::size_t batch_size) {
  std::vector<std::vector<std::size_t>> batches;
  for (const std::size_t i : pending) {
    const bool fits = !batches.empty() && batches.back().size() < batch_size &&
                      tasks[batches.back().front()].reader == tasks[i].reader;
    if (!fits) batches.emplace_back();
    batches.back().push_back(i);
  }
  return batches;
}

}  // namespace

// Below 128 panes one batch on the calling thread is as fast as two on workers (4.9 ms for 50 cold panes on 2
// cores) for half of the CPU time. Above, a few large batches at the same time: a connection costs the server
// several passes of its loop, each a walk over all panes, and a pass writes 16 KiB to each client. 1000 cold
// panes take 302 ms in batches of 64, 202 in 125, 209 in 240.
std::size_t CheckRound::batch_size(std::size_t panes) const {
  if (options_.max_batch <= 1) return 1;
  const std::size_t batches = panes < 128 ? 1 : (panes + options_.max_batch - 1) / options_.max_batch;
  return (panes + batches - 1) / batches;
}

CaptureRequest first_request(std::size_t index, const PaneRef& pane, bool partial) {
  return {index, pane.key.pane, partial ? first_row_for(pane.facts) : 0, pane.facts.height};
}

CheckFigures CheckRound::run(std::span<PaneTask> tasks, Deadline deadline, const OutcomeSink& sink) {
  CheckFigures figures;
  std::vector<Outcome> gated;
  std::vector<std::size_t> pending;
  const auto now = clock_.steady();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (auto same = cache_.unchanged(tasks[i].pane->key, tasks[i].pane->facts, now)) {
      gated.push_back({i, 0, Outcome::Kind::kVerdict, std::move(*same), true, {}});
    } else {
      pending.push_back(i);
    }
  }
  sink(gated);
  if (pending.empty()) return figures;

  AtomicFigures counters;
  std::vector<std::size_t> partial =
      read(tasks, pending, options_.partial_captures, deadline, sink, counters);
  figures.partial_retries = partial.size();
  if (!partial.empty()) read(tasks, partial, false, deadline, sink, counters);
  figures.captures = counters.captures;
  figures.errors = counters.errors;
  figures.timeouts = counters.timeouts;
  figures.changed = std::move(pending);
  return figures;
}

std::vector<std::size_t> CheckRound::read(std::span<PaneTask> tasks, const std::vector<std::size_t>& indexes,
                                          bool partial, Deadline deadline, const OutcomeSink& sink,
                                          AtomicFigures& counters) {
  const auto batches = partition(tasks, indexes, batch_size(indexes.size()));
  Channel<Outcome> channel(indexes.size());  // every pane gives one outcome, so it is never full
  const auto job = [&](std::size_t b) {
    Channel<Outcome>::Producer out(channel);
    Worker(*this, tasks, batches[b], out, counters).run(partial, deadline);
  };
  std::vector<std::size_t> again;
  const auto drain = [&] {
    std::vector<Outcome> bulk(256);
    for (std::size_t left = indexes.size(); left > 0;) {
      const std::size_t n = channel.pop_bulk(bulk.begin(), bulk.size(), std::chrono::milliseconds(100));
      const auto end = bulk.begin() + static_cast<std::ptrdiff_t>(n);
      const auto whole = std::partition(bulk.begin(), end,
                                        [](const Outcome& o) { return o.kind != Outcome::Kind::kPartial; });
      for (auto it = whole; it != end; ++it) again.push_back(it->index);
      sink(std::span(bulk.begin(), whole));
      left -= n;
    }
  };
  executor_.run(batches.size(), job, drain);
  return again;
}

Screen CheckRound::screen_of(const PaneTask& task, Capture capture, const ProcessVerdict& processes) const {
  const PaneRef& pane = *task.pane;
  Screen s;
  s.text = std::move(capture.text);
  s.first_row = capture.first_row;
  s.width = pane.facts.width;
  s.height = capture.height;
  s.title = pane.facts.title;
  s.alternate = pane.facts.alternate;
  s.dead = pane.facts.dead;
  s.dead_status = pane.facts.dead_status;
  // tmux learns late, or never, how a program ended whose terminal closed before its parent was told.
  if (s.dead && !s.dead_status) s.dead_status = task.source->end_of(pane.facts.pid);
  s.cursor_x = pane.facts.cursor_x;
  s.cursor_y = pane.facts.cursor_y;
  s.cursor_visible = pane.facts.cursor_visible;
  s.processes = processes.evidence;
  s.agent_hint = processes.agent;
  s.program = processes.program;
  s.agent_age_s = processes.age_s;
  s.headless = processes.headless;
  if (s.agent_hint.empty() && pane.agent_option != "?") s.agent_hint = pane.agent_option;
  if (const std::string seen = seen_.agent(pane.key); !seen.empty()) {
    s.agent_seen_before = true;
    if (s.agent_hint.empty()) s.agent_hint = seen;
  }
  return s;
}

void SeenAgents::remember(const PaneKey& pane, const Verdict& verdict) {
  const bool alive =
      !verdict.agent.empty() && verdict.state != State::kExited && verdict.state != State::kCrashed;
  if (alive) restore(pane, verdict.agent);
}

void SeenAgents::restore(const PaneKey& pane, std::string agent) {
  MutexLock lock(mutex_);
  seen_[pane] = std::move(agent);
}

std::string SeenAgents::agent(const PaneKey& pane) const {
  MutexLock lock(mutex_);
  const auto found = seen_.find(pane);
  return found == seen_.end() ? std::string() : found->second;
}

void SeenAgents::keep_only(const std::unordered_set<PaneKey>& alive, const std::vector<ServerId>& listed) {
  MutexLock lock(mutex_);
  std::erase_if(seen_, [&](const auto& entry) {
    const bool was_listed = std::find(listed.begin(), listed.end(), entry.first.server) != listed.end();
    return was_listed && !alive.contains(entry.first);
  });
}

}  // namespace orc
