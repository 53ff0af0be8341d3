// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/evidence/observer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "tmux_orc/base/styled_text.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/capture/framer.h"
#include "tmux_orc/evidence/keys.h"

namespace orc {
namespace {

CaptureRequest request_for(std::size_t index, const PaneRef& pane, Rows rows) {
  const PaneFacts& f = pane.facts;
  return {index, pane.key.pane, rows == Rows::kLive ? first_live_row(f.cursor_y, f.height) : 0, f.height,
          rows == Rows::kStyled};
}

}  // namespace

// One call of observe(): captures in, evidence out.
class Observer::Collector final : public CaptureSink {
 public:
  Collector(Observer& observer, std::span<const Wanted> panes, EvidenceSink& sink)
      : observer_(observer), panes_(panes), known_(panes.size()), sink_(sink) {}

  // Gives the requests that are left: those that came with the listing are served.
  std::vector<CaptureRequest> serve_early(Rows rows) {
    std::vector<CaptureRequest> requests;
    requests.reserve(panes_.size());
    for (std::size_t i = 0; i < panes_.size(); ++i) {
      if (panes_[i].known != nullptr) known_[i] = *panes_[i].known;
      const PaneRef& pane = *panes_[i].pane;
      const auto early = observer_.early_.find(pane.key.pane);
      // A whole screen is wanted because the part that came did not suffice.
      if (early == observer_.early_.end() || early->second.capture.height == 0 ||
          (rows == Rows::kWhole && early->second.capture.first_row > 0) || rows == Rows::kStyled) {
        requests.push_back(request_for(i, pane, rows));
        continue;
      }
      // Each pane is asked for once at a time, so its entry is this thread's.
      Early taken = std::exchange(early->second, {});
      if (taken.subject.pid == pane.facts.pid) known_[i] = std::move(taken.evidence);
      give(i, std::move(taken.capture));
    }
    sink_.commit();
    return requests;
  }

  // The sources are asked while tmux captures.
  void on_sent(std::span<const CaptureRequest> requests) override {
    for (const CaptureRequest& r : requests) {
      if (!known_[r.index]) learn(r.index);
    }
  }
  void on_capture(Capture capture) override {
    const std::size_t i = capture.index;
    give(i, std::move(capture));
  }
  void commit() override { sink_.commit(); }
  void rollback() override { sink_.rollback(); }
  void on_gone(std::size_t i) override { sink_.on_gone(panes_[i].index); }
  void on_failed(std::size_t i, const Error& error) override { sink_.on_failed(panes_[i].index, error); }

 private:
  void learn(std::size_t i) {
    known_[i].emplace();
    observer_.ask({panes_[i].pane->key, panes_[i].pane->facts.pid}, *known_[i]);
  }
  void give(std::size_t i, Capture capture) {
    if (!known_[i]) learn(i);
    // A copy: what is rolled back comes again.
    sink_.on_evidence(panes_[i].index,
                      observer_.evidence_of(*panes_[i].pane, std::move(capture), *known_[i]));
  }

  Observer& observer_;
  const std::span<const Wanted> panes_;
  std::vector<std::optional<PaneEvidence>> known_;
  EvidenceSink& sink_;
};

void Observer::begin(Deadline deadline, bool fresh) {
  for (EvidenceSource* source : sources_) source->begin(deadline, fresh);
}

std::uint64_t Observer::stamps(const Subject& subject) const {
  std::uint64_t all = 0;
  for (const EvidenceSource* source : sources_)
    all = (all ^ source->stamp(subject)) * 0x9E3779B97F4A7C15ull + 1;
  return all;
}

void Observer::ask(const Subject& subject, PaneEvidence& evidence) const {
  for (const EvidenceSource* source : sources_) source->add(subject, evidence);
}

const Observer::Early* Observer::early_of(const PaneRef& pane) const {
  const auto found = early_.find(pane.key.pane);
  return found != early_.end() && found->second.subject.pid == pane.facts.pid ? &found->second : nullptr;
}

Gate Observer::gate(const PaneRef& pane) const {
  thread_local PaneEvidence listed;  // its texts keep their room
  take_facts(pane, listed);
  // The stamps of what was asked early were read before it was: had a source more to say since, the next
  // round's gate is another.
  const Early* early = early_of(pane);
  const std::uint64_t said = early != nullptr ? early->stamps : stamps({pane.key, pane.facts.pid});
  return gate_of(listed, said ^ memory_.stamp(pane.key));
}

PaneEvidence Observer::evidence_of(const PaneRef& pane, Capture capture, PaneEvidence e) const {
  take_facts(pane, e);
  e.height = capture.height;  // of the very moment
  e.first_row = capture.first_row;
  if (capture.styled) {
    e.dim_at_cursor =
        is_dim_from(capture.text, e.cursor_x.value_or(-1), e.cursor_y.value_or(-1) - e.first_row);
    e.text = without_styles(capture.text);
  } else {
    e.text = std::move(capture.text);
  }
  e.seen_agent = memory_.agent(pane.key);
  if (memory_.is_watched(pane.key)) e.motion = memory_.look(pane.key, live_print(e));
  for (const EvidenceSource* source : sources_) source->settle({pane.key, pane.facts.pid}, e);
  settle_agent(e);
  return e;
}

void Observer::observe(std::span<const Wanted> panes, Rows rows, Deadline deadline, EvidenceSink& sink) {
  Collector collector(*this, panes, sink);
  const auto requests = collector.serve_early(rows);
  if (!requests.empty()) reader_.read(requests, deadline, collector);
}

void Observer::ride(std::span<const PaneRef* const> panes, Rows rows) {
  riders_.clear();
  for (const PaneRef* pane : panes) {
    riders_life_ = pane->key.server;
    Early early;
    early.subject = {pane->key, pane->facts.pid};
    riders_.push_back({request_for(0, *pane, rows), std::move(early)});
  }
}

Result<Listing> Observer::list(Deadline deadline, bool pulse) {
  begin(deadline, false);
  early_.clear();
  const std::string nonce = random_hex();
  Batch batch;
  if (!riders_.empty()) {
    std::vector<CaptureRequest> requests;
    requests.reserve(riders_.size());
    for (const Rider& r : riders_) requests.push_back(r.request);
    batch = capture_batch(requests, nonce, Framing::kRiding);
  }
  const auto ask_sources = [this] {
    for (Rider& r : riders_) {
      r.early.stamps = stamps(r.early.subject);
      r.early.evidence = {};
      ask(r.early.subject, r.early.evidence);
    }
  };
  std::vector<PaneId> riding;
  riding.reserve(riders_.size());
  for (const Rider& r : riders_) riding.push_back(r.request.pane);
  auto listing = pulse ? lister_->list_changes(deadline, batch, ask_sources, riding)
                       : lister_->list(deadline, batch, ask_sources);
  if (listing && !riders_.empty() && listing->server == riders_life_) sort_riders(nonce, *listing);
  return listing;
}

// The riders' captures: with the heights of the listing they came with.
void Observer::sort_riders(const std::string& nonce, const Listing& listing) {
  std::unordered_map<PaneId, int> heights;
  for (const PaneRef& p : listing.panes) heights[p.key.pane] = p.facts.height;
  std::vector<CaptureRequest> requests;
  for (std::size_t i = 0; i < riders_.size(); ++i) {
    CaptureRequest r = riders_[i].request;
    const auto height = heights.find(r.pane);
    if (height == heights.end()) return;  // gone: its capture failed, and native stopped there
    r.index = i;
    r.height = height->second;
    r.first_row = std::min(r.first_row, r.height - 1);
    requests.push_back(r);
  }
  for (Capture& c : frame_planned(requests, nonce, listing.rest)) {
    Rider& rider = riders_[c.index];
    rider.early.capture = std::move(c);
    early_[rider.request.pane] = std::move(rider.early);
  }
  riders_.clear();
}

Result<Observer::Look> Observer::observe_one(PaneId id, Deadline deadline, const std::string& also) {
  begin(deadline, true);
  const std::string nonce = random_hex();
  CaptureRequest request{0, id, 0, 0, true};  // of one pane it costs nothing that counts
  Batch batch;
  if (!also.empty()) batch.push_back({"display-message", "-p", "-t", fmt::format("%{}", id), also});
  const Batch capture = capture_batch({&request, 1}, nonce, Framing::kRiding);
  batch.insert(batch.end(), capture.begin(), capture.end());
  ORC_TRY(listing, lister_->list_one(id, deadline, batch));
  Look look;
  look.pane = std::move(listing->panes.front());
  look.listed_s = listing->listed_s;
  std::string_view rest = listing->rest;
  if (!also.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    look.also = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  request.height = look.pane.facts.height;
  auto captures = frame_planned({&request, 1}, nonce, rest);
  if (captures.empty()) return fail(ErrorKind::kProtocol, "tmux's output could not be separated");
  PaneEvidence known;
  ask({look.pane.key, look.pane.facts.pid}, known);
  look.evidence = evidence_of(look.pane, std::move(captures.front()), std::move(known));
  return look;
}

}  // namespace orc
