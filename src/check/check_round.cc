// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/check/check_round.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <utility>

#include "tmux_orc/evidence/keys.h"
#include "tmux_orc/exec/channel.h"

namespace orc {

struct CheckRound::AtomicFigures {
  std::atomic<std::size_t> captures{0}, errors{0}, timeouts{0};
};

// One batch of panes on one thread.
class CheckRound::Worker final : public EvidenceSink {
 public:
  Worker(CheckRound& round, std::span<PaneTask> tasks, std::span<const std::size_t> indexes,
         Channel<Outcome>::Producer& out, AtomicFigures& figures)
      : round_(round), tasks_(tasks), indexes_(indexes), out_(out), figures_(figures) {}

  // The batch may hold panes of one server only: partition() sees to that.
  void run(Rows rows, Deadline deadline) {
    rows_ = rows;
    std::vector<Wanted> wanted;
    wanted.reserve(indexes_.size());
    for (const std::size_t i : indexes_) {
      const auto& partial = tasks_[i].partial;
      wanted.push_back({i, tasks_[i].pane, partial ? &*partial : nullptr});
    }
    tasks_[indexes_.front()].observer->observe(wanted, rows, deadline, *this);
  }

  void on_evidence(std::size_t index, PaneEvidence evidence) override {
    Judged judged{index, fingerprint(evidence), {}, 0, false, Rows::kLive, {}};
    if (auto known = round_.cache_.same_text(tasks_[index].pane->key, judged.print, round_.clock_.steady())) {
      judged.verdict = std::move(*known);
      judged.from_cache = true;
    } else {
      Classified classified = round_.classifier_.classify(evidence);
      judged.verdict = std::move(classified.verdict);
      judged.motion = classified.motion;
      judged.needs = wanted(classified);
      if (judged.needs_more()) judged.evidence = std::move(evidence);
      judged.evidence.text.clear();  // the whole one takes its place
    }
    judged_.push_back(std::move(judged));
  }

  void commit() override {
    figures_.captures += judged_.size();
    for (Judged& j : judged_) {
      PaneTask& task = tasks_[j.index];
      if (j.needs_more()) {
        task.partial = std::move(j.evidence);
        task.again = j.needs;
        out_.push({j.index, 0, Outcome::Kind::kPartial, {}, false, {}});
        continue;
      }
      round_.cache_.remember(task.pane->key, task.gate, task.listed_s, j.print, j.verdict,
                             round_.clock_.steady());
      round_.seen_.remember(task.pane->key, j.verdict);
      out_.push({j.index, 0, Outcome::Kind::kVerdict, std::move(j.verdict), j.from_cache, {}, j.motion});
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
  // What must be asked for next; kLive: nothing. A style that could not be told is not asked for again.
  Rows wanted(const Classified& classified) const {
    if (classified.needs_style && rows_ != Rows::kStyled) return Rows::kStyled;
    return classified.needs_more ? Rows::kWhole : Rows::kLive;
  }

  CheckRound& round_;
  Rows rows_ = Rows::kLive;
  const std::span<PaneTask> tasks_;
  const std::span<const std::size_t> indexes_;
  Channel<Outcome>::Producer& out_;
  AtomicFigures& figures_;
  struct Judged {  // classified, not yet committed
    std::size_t index;
    std::uint64_t print;
    Verdict verdict;
    std::uint64_t motion;
    bool from_cache;
    Rows needs;             // kLive: no more than came
    PaneEvidence evidence;  // where more is needed
    bool needs_more() const { return needs != Rows::kLive; }
  };
  std::vector<Judged> judged_;
};

namespace {

// Cuts the panes to be read into batches of one server each.
std::vector<std::vector<std::size_t>> partition(std::span<const PaneTask> tasks,
                                                const std::vector<std::size_t>& pending,
                                                std::size_t batch_size) {
  std::vector<std::vector<std::size_t>> batches;
  for (const std::size_t i : pending) {
    const bool fits = !batches.empty() && batches.back().size() < batch_size &&
                      tasks[batches.back().front()].observer == tasks[i].observer;
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

CheckFigures CheckRound::run(std::span<PaneTask> tasks, Deadline deadline, const OutcomeSink& sink) {
  CheckFigures figures;
  std::vector<Outcome> gated;
  std::vector<std::size_t> pending;
  const auto now = clock_.steady();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    tasks[i].partial.reset();
    tasks[i].gate = tasks[i].observer->gate(*tasks[i].pane);
    if (auto same = cache_.unchanged(tasks[i].pane->key, tasks[i].gate, now)) {
      gated.push_back({i, 0, Outcome::Kind::kVerdict, std::move(*same), true, {}});
    } else {
      pending.push_back(i);
    }
  }
  sink(gated);
  if (pending.empty()) return figures;

  AtomicFigures counters;
  std::vector<std::size_t> again =
      read(tasks, pending, options_.partial_captures ? Rows::kLive : Rows::kWhole, deadline, sink, counters);
  figures.partial_retries = again.size();
  // What is whole may show a prompt that only its style explains.
  for (const Rows rows : {Rows::kWhole, Rows::kStyled}) {
    const auto others =
        std::partition(again.begin(), again.end(), [&](std::size_t i) { return tasks[i].again == rows; });
    const std::vector<std::size_t> due(again.begin(), others);
    again.erase(again.begin(), others);
    if (due.empty()) continue;
    const auto more = read(tasks, due, rows, deadline, sink, counters);
    figures.partial_retries += more.size();
    again.insert(again.end(), more.begin(), more.end());
  }
  figures.captures = counters.captures;
  figures.errors = counters.errors;
  figures.timeouts = counters.timeouts;
  figures.changed = std::move(pending);
  return figures;
}

std::vector<std::size_t> CheckRound::read(std::span<PaneTask> tasks, const std::vector<std::size_t>& indexes,
                                          Rows rows, Deadline deadline, const OutcomeSink& sink,
                                          AtomicFigures& counters) {
  const auto batches = partition(tasks, indexes, batch_size(indexes.size()));
  Channel<Outcome> channel(indexes.size());  // every pane gives one outcome, so it is never full
  const auto job = [&](std::size_t b) {
    Channel<Outcome>::Producer out(channel);
    Worker(*this, tasks, batches[b], out, counters).run(rows, deadline);
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

}  // namespace orc
