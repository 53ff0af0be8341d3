// SPDX-License-Identifier: Apache-2.0
// FakeServer: one host's tmux server and processes, as texts: what a listing, captures and `ps` would print.
// Used by one thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lab.h"
#include "tmux_orc/discover/ps_source.h"

namespace orc::perf {

class FakeServer {
 public:
  FakeServer(ServerId id, std::size_t panes, double painting, const std::vector<RecordedPane>& recorded);

  // The output of list-panes and, behind it, of captures in the same batch.
  std::string listing(const std::string& nonce, std::int64_t now_s) const;
  std::string captures(std::span<const CaptureRequest> requests, const std::string& nonce) const;
  std::string ps() const;
  void paint() { ++frame_; }

  ServerId id() const { return id_; }
  std::size_t panes() const { return panes_.size(); }
  double painting_panes() const { return painting_; }
  void put_names(PaneRef& pane) const;

 private:
  struct Pane {
    const RecordedPane* recorded;
    bool paints;
  };
  const ServerId id_;
  std::vector<Pane> panes_;  // by pane id
  double painting_ = 0;
  std::size_t frame_ = 0;
};

// Its processes. On our own machine /proc is what is asked, and the cost model says what that costs; of
// another machine our own parser reads what `ps` prints, once a round.
class FakeProcesses final : public ProcessSource {
 public:
  FakeProcesses(const FakeServer& server, bool far) : server_(server), far_(far) { refresh(); }
  void forget() { fresh_ = !far_; }
  bool fresh() const { return fresh_; }
  // What `ps` printed, made before the clock starts: printing is the other machine's work.
  void print() { text_ = server_.ps(); }
  std::vector<Process> tree(int pid, bool (*enough)(const Process&, const void*),
                            const void* context) const override;
  bool has_terminal(int) const override { return true; }
  std::optional<int> end_of(int) const override { return std::nullopt; }

 private:
  void refresh() const;
  const FakeServer& server_;
  const bool far_;
  std::string text_;
  mutable ProcessTable table_;
  mutable bool fresh_ = false;
};

}  // namespace orc::perf
