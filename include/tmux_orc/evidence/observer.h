// SPDX-License-Identifier: Apache-2.0
// Observer: PaneRefs -> PaneEvidence, the only maker of it. One a server. A round asks list(), then gate() of
// every pane and observe() for those that want a look; everybody else observe_one(), which makes the same
// evidence. Thread-safety: list() and ride() belong to the round's thread, and nobody observes meanwhile; all
// others may be called from many threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tmux_orc/capture/reader.h"
#include "tmux_orc/discover/discover.h"
#include "tmux_orc/evidence/seen_agents.h"
#include "tmux_orc/evidence/source.h"

namespace orc {

// A pane that a round wants to look at.
struct Wanted {
  std::size_t index = 0;  // the caller's number, handed back
  const PaneRef* pane = nullptr;
  const PaneEvidence* known = nullptr;  // what was found out of it a moment ago: only its screen is missing
};

// How much of a screen is asked for: the rows around the cursor, all, or all and how the cursor's row is drawn.
enum class Rows { kLive, kWhole, kStyled };

// As CaptureSink: what was made of evidence counts from commit() on, rollback() takes it back and it comes
// again; in the end each index was committed once, gone or failed. On the thread that called observe().
class EvidenceSink {
 public:
  virtual ~EvidenceSink() = default;
  virtual void on_evidence(std::size_t index, PaneEvidence evidence) = 0;
  virtual void commit() = 0;
  virtual void rollback() = 0;
  virtual void on_gone(std::size_t index) = 0;
  virtual void on_failed(std::size_t index, const Error& error) = 0;
};

class Observer {
 public:
  // `lister` may be null for who asks neither list() nor observe_one(). All must outlive the observer.
  Observer(PaneLister* lister, ScreenReader& reader, std::vector<EvidenceSource*> sources,
           const SeenAgents& memory)
      : lister_(lister), reader_(reader), sources_(std::move(sources)), memory_(memory) {}

  // The server's panes. The screens of those that ride along are asked for in the same batch, and the sources
  // are asked about them while tmux works on it. A pulse may ask less of panes without output.
  Result<Listing> list(Deadline deadline, bool pulse = false);

  // What must be as it was for the pane's last verdict to stand.
  Gate gate(const PaneRef& pane) const;

  // Answers for every pane through the sink before it returns, by the deadline.
  void observe(std::span<const Wanted> panes, Rows rows, Deadline deadline, EvidenceSink& sink);

  // One pane, now: listed and captured in one breath, nothing that was read earlier stands in for anything.
  struct Look {
    PaneRef pane;
    PaneEvidence evidence;      // with the whole screen
    std::int64_t listed_s = 0;  // by the server's clock
    std::string also;           // what the format `also` expanded to
  };
  // `also`: more to be asked in the same breath, a tmux format that gives one line. kCommand if there is no
  // such pane.
  Result<Look> observe_one(PaneId pane, Deadline deadline, const std::string& also = "");

  // The panes whose screens are wanted together with the next listing. They are likely to change again.
  void ride(std::span<const PaneRef* const> panes, Rows rows);

  // What came with a listing: as list() leaves it, and fakes of it.
  struct Early {
    Capture capture;
    Subject subject;           // as it was when the sources were asked
    std::uint64_t stamps = 0;  // before they were
    PaneEvidence evidence;     // what they said
  };
  void take_early(std::unordered_map<PaneId, Early> early) { early_ = std::move(early); }

 private:
  class Collector;
  struct Rider {
    CaptureRequest request;
    Early early;
  };
  void begin(Deadline deadline, bool fresh);
  std::uint64_t stamps(const Subject& subject) const;
  void ask(const Subject& subject, PaneEvidence& evidence) const;
  const Early* early_of(const PaneRef& pane) const;
  // `known`: what the sources said of this very process.
  PaneEvidence evidence_of(const PaneRef& pane, Capture capture, PaneEvidence known) const;
  void sort_riders(const std::string& nonce, const Listing& listing);

  PaneLister* const lister_;
  ScreenReader& reader_;
  const std::vector<EvidenceSource*> sources_;
  const SeenAgents& memory_;
  std::vector<Rider> riders_;
  ServerId riders_life_ = 0;
  std::unordered_map<PaneId, Early> early_;
};

}  // namespace orc
