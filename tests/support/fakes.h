// SPDX-License-Identifier: Apache-2.0
// Fakes of the interfaces at the edges: screens without tmux, processes without /proc.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tmux_orc/base/text.h"
#include "tmux_orc/capture/reader.h"
#include "tmux_orc/discover/processes.h"

namespace orc::test {

// Filled before the round, then only read: free for all threads.
class FakeProcessSource final : public ProcessSource {
 public:
  std::vector<Process> tree(int pid, bool (*)(const Process&, const void*), const void*) const override {
    ++reads;
    const auto found = trees.find(pid);
    return found == trees.end() ? std::vector<Process>() : found->second;
  }
  bool has_terminal(int) const override { return true; }
  std::optional<int> end_of(int pid) const override {
    const auto found = ends.find(pid);
    return found == ends.end() ? std::nullopt : std::optional(found->second);
  }
  std::unordered_map<int, std::vector<Process>> trees;
  std::unordered_map<int, int> ends;
  mutable std::atomic<std::size_t> reads{0};
};

// The text from row `first_row` down.
inline std::string rows_below(const std::string& text, int first_row) {
  std::string out;
  int row = 0;
  for (const std::string_view line : split_lines(text)) {
    if (row++ >= first_row) out.append(line).push_back('\n');
  }
  return out;
}

// Answers from `screens`; panes that are not there are gone. Thread-safe once filled.
class FakeScreenReader final : public ScreenReader {
 public:
  void read(std::span<const CaptureRequest> requests, Deadline, CaptureSink& sink) override {
    note(requests);
    sink.on_sent(requests);
    if (rollbacks > 0) {  // a planned batch that does not add up: everything comes twice
      for (const CaptureRequest& r : requests) {
        if (screens.contains(r.pane)) sink.on_capture({r.index, 0, r.height, "not the pane's text\n"});
      }
      --rollbacks;
      sink.rollback();
    }
    for (const CaptureRequest& r : requests) {
      const auto screen = screens.find(r.pane);
      if (failing.contains(r.pane)) {
        sink.on_failed(r.index, failing.at(r.pane));
      } else if (screen == screens.end()) {
        sink.on_gone(r.index);
      } else {
        const std::string text = rows_below(screen->second, r.first_row);
        sink.on_capture({r.index, r.first_row, r.height, r.styled ? style + text : text, r.styled});
      }
    }
    sink.commit();
  }

  std::vector<CaptureRequest> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  std::size_t largest_batch() const { return largest_; }

  std::unordered_map<PaneId, std::string> screens;
  std::string style = "\x1b[2m";  // in which all that is asked for with styles is drawn
  std::unordered_map<PaneId, Error> failing;
  std::atomic<int> rollbacks{0};

 private:
  void note(std::span<const CaptureRequest> requests) {
    const std::lock_guard lock(mutex_);
    seen_.insert(seen_.end(), requests.begin(), requests.end());
    largest_ = std::max(largest_.load(), requests.size());
  }
  mutable std::mutex mutex_;
  std::vector<CaptureRequest> seen_;
  std::atomic<std::size_t> largest_{0};
};

}  // namespace orc::test
