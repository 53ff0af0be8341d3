// SPDX-License-Identifier: Apache-2.0
// TestServer: a tmux server on a socket in a folder of its own, ended with everything in it when the object
// goes. It signals only the server that it started itself, found by pid and checked by command line. Plus the
// helpers that the integration tests share. Used by one thread; throws when tmux does not do what a test
// builds upon.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/capture/reader.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/daemon/monitor.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/tmux/server.h"
#include "tmux_orc/tmux/server_link.h"

namespace orc::test {

using namespace std::chrono_literals;

// A folder under /tmp, removed in the end.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class TestServer {
 public:
  // Starts the server with one session "main", whose first pane (%0) runs `first`.
  explicit TestServer(int cols = 80, int rows = 24, std::vector<std::string> first = idle_command());
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  ServerAddress address() const { return {"test", socket()}; }
  std::string socket() const { return dir_.file("socket"); }
  pid_t pid() const { return pid_; }
  bool alive() const;

  // Runs one tmux command, words as in argv; gives its output without the last newline, throws if it fails.
  std::string tmux(const std::vector<std::string>& words) const;
  // The same, but tells whether it succeeded.
  bool try_tmux(const std::vector<std::string>& words, std::string* output = nullptr) const;

  // A new window that runs `command` without a shell; gives the pane.
  PaneId window(const std::vector<std::string>& command, const std::string& name = "w");
  // A new window that shows these bytes, which are written to its terminal as they are; returns when they are
  // drawn.
  PaneId window_showing(const std::string& bytes);
  // A new window with a replayed agent (see src/cli/replay.h).
  PaneId agent(const std::string& name, const std::string& state, const std::string& how = "still");
  std::vector<std::string> agent_command(const std::string& name, const std::string& state,
                                         const std::string& how = "still") const;
  // Makes an existing pane's program write bytes to its terminal: only for panes of window_showing().
  void write_to(PaneId pane, const std::string& bytes);
  // The same, but leaves the title alone: waits until the screen shows `mark`.
  void write_visibly(PaneId pane, const std::string& bytes, const std::string& mark);

  std::string capture(PaneId pane, const std::vector<std::string>& more = {}) const;  // tmux capture-pane -p
  std::vector<PaneId> pane_ids() const;

  void stop();       // SIGSTOP
  void go_on();      // SIGCONT
  void kill_hard();  // SIGKILL, waits until it is gone; the socket's file stays
  // Another life on the same socket; pane ids begin at %0 again.
  void start(std::vector<std::string> first = idle_command());

  static std::vector<std::string> idle_command() { return {"sleep", "1000"}; }

 private:
  void feed(PaneId pane, std::string bytes);
  void finish();
  TempDir dir_;
  const int cols_, rows_;
  pid_t pid_ = -1;
  int files_ = 0;
  std::map<PaneId, std::string> feeds_;  // pane -> its FIFO
};

std::string pane_name(PaneId pane);  // "%N"

// Looks every few milliseconds until `holds` is true; false when it did not come true in time.
bool wait_until(const std::function<bool()>& holds, std::chrono::milliseconds most = 10s);

// Waits for the next full second of the wall clock.
void wait_for_next_second();

// Keeps what was committed, and how each index ended.
class CollectingSink final : public CaptureSink {
 public:
  void on_capture(Capture capture) override { pending_.push_back(std::move(capture)); }
  void commit() override;
  void rollback() override { pending_.clear(); }
  void on_gone(std::size_t index) override {
    ++ended[index];
    gone.push_back(index);
  }
  void on_failed(std::size_t index, const Error& error) override {
    ++ended[index];
    failed[index] = error;
  }

  std::map<std::size_t, Capture> captures;
  std::map<std::size_t, Error> failed;
  std::vector<std::size_t> gone;
  std::map<std::size_t, int> ended;  // how often each index was answered

 private:
  std::vector<Capture> pending_;
};

// A link that is ready, by the wanted transport; throws otherwise.
std::unique_ptr<ServerLink> ready_link(const ServerAddress& address, TransportChoice choice);

std::shared_ptr<const Classifier> built_in_classifier();

// A Monitor with the built-in rules, the real /proc and clock.
class Watch {
 public:
  explicit Watch(std::vector<ServerAddress> servers, MonitorOptions options = {});
  std::shared_ptr<const Snapshot> round(std::chrono::milliseconds time = 10s);
  // Rounds until `holds` is true of one; its snapshot, or the last one.
  std::shared_ptr<const Snapshot> rounds_until(const std::function<bool(const Snapshot&)>& holds,
                                               std::chrono::milliseconds most = 15s);
  Monitor& monitor() { return *monitor_; }
  // As a reload does: another monitor takes the place of this one, with what it learned.
  void reload(std::vector<ServerAddress> servers, MonitorOptions options);
  double last_round_ms() const { return last_round_ms_; }

 private:
  SystemClock clock_;
  ProcSource processes_;
  const std::shared_ptr<const Classifier> classifier_;
  std::unique_ptr<Monitor> monitor_;
  double last_round_ms_ = 0;
};

// Options for tests: a change counts at once.
MonitorOptions at_once(TransportChoice transport = TransportChoice::kAuto, bool async = true,
                       bool cache = true);

const AgentStatus* find_agent(const Snapshot& snapshot, PaneId pane);
// "claude waiting", or "-" when the pane is not reported.
std::string verdict_of(const Snapshot& snapshot, PaneId pane);

}  // namespace orc::test
