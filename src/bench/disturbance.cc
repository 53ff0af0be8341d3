// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/bench/disturbance.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <memory>
#include <random>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tmux_orc/base/text.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/exec/child.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {
namespace {

// A person at a terminal: a tmux client on a pseudo-terminal, attached to a session that runs cat.
class Typist {
 public:
  static Result<std::unique_ptr<Typist>> sit_down(const BenchTarget& target) {
    StringSink sink;
    ORC_TRY(made, run_process({target.options.tmux_binary, "-S", target.server.socket_path, "new-session",
                               "-d", "-x", "80", "-y", "24", "-s", "typist", "cat"},
                              "", Steady::now() + std::chrono::seconds(10), sink));
    UniqueFd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    const winsize size{24, 80, 0, 0};
    char name[64];
    if (!terminal || ::grantpt(terminal.get()) != 0 || ::unlockpt(terminal.get()) != 0 ||
        ::ioctl(terminal.get(), TIOCSWINSZ, &size) != 0 ||
        ::ptsname_r(terminal.get(), name, sizeof name) != 0)
      return fail(ErrorKind::kIo, "no pseudo-terminal left");
    // Opened first in a new session, it becomes its terminal.
    const auto pid = start_program(
        {.argv = {target.options.tmux_binary, "-S", target.server.socket_path, "attach", "-t", "typist"},
         .environment = {"TERM=xterm"},
         .knows_tmux = false,
         .given = {{STDIN_FILENO, -1, name, O_RDWR},
                   {STDOUT_FILENO, -1, name, O_RDWR},
                   {STDERR_FILENO, -1, name, O_RDWR}},
         .closes_others = true,
         .group = Program::Group::kOwnSession});
    if (!pid) return tl::unexpected(pid.error());
    std::unique_ptr<Typist> typist(new Typist(std::move(terminal), *pid));
    typist->drain(std::chrono::milliseconds(800));  // the first paint
    return typist;
  }
  ~Typist() {
    ::kill(pid_, SIGHUP);
    wait_for(pid_);
  }

  // Milliseconds from a key to its echo; negative if none came within a second.
  double type(char key) {
    const auto start = Steady::now();
    if (::write(terminal_.get(), &key, 1) != 1) return -1;
    for (;;) {
      pollfd p{terminal_.get(), POLLIN, 0};
      const int left = poll_timeout(start + std::chrono::seconds(1), Steady::now());
      if (left == 0 || ::poll(&p, 1, left) <= 0) return -1;
      char buffer[4096];
      const ssize_t n = ::read(terminal_.get(), buffer, sizeof buffer);
      if (n <= 0) return -1;
      if (std::string_view(buffer, static_cast<std::size_t>(n)).find(key) != std::string_view::npos) {
        return ms_between(start, Steady::now());
      }
    }
  }

 private:
  Typist(UniqueFd terminal, pid_t pid) : terminal_(std::move(terminal)), pid_(pid) {}
  void drain(std::chrono::milliseconds time) {
    const auto until = Steady::now() + time;
    pollfd p{terminal_.get(), POLLIN, 0};
    char buffer[4096];
    while (::poll(&p, 1, poll_timeout(until, Steady::now())) > 0) {
      if (::read(terminal_.get(), buffer, sizeof buffer) <= 0) return;
    }
  }
  UniqueFd terminal_;
  const pid_t pid_;
};

std::vector<double> type_for(Typist& typist, int seconds, const Tick& tick, int done) {
  std::vector<double> times;
  std::mt19937 random(1);
  std::uniform_int_distribution<int> gap_ms(8, 28);
  const auto start = Steady::now();
  for (int i = 0; Steady::now() < start + std::chrono::seconds(seconds); ++i) {
    // A new line now and then, so that the line does not grow without end. Its echo is not timed.
    if (i % 60 == 59) typist.type('\n');
    const double ms = typist.type(static_cast<char>('a' + i % 26));
    if (ms >= 0) times.push_back(ms);
    ::usleep(static_cast<useconds_t>(gap_ms(random)) * 1000);
    tick(done + static_cast<int>(ms_between(start, Steady::now()) / 1000));
  }
  return times;
}

double resident_mb() {
  std::ifstream in("/proc/self/statm");
  double pages = 0;
  in >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

std::uint64_t thread_group_cpu_us(std::uint64_t typist_free) { return own_cpu_us() - typist_free; }

}  // namespace

Result<Disturbance> measure_disturbance(const BenchTarget& target, int seconds, const Tick& tick) {
  ORC_TRY(typist, Typist::sit_down(target));
  Disturbance out;
  const auto percent = [&](double cpu_s) { return 100 * cpu_s / seconds; };

  std::uint64_t server = process_cpu_ns(target.server_pid), ours = own_cpu_us();
  auto alone = type_for(**typist, seconds, tick, 0);
  out.server_cpu_percent_alone =
      percent(static_cast<double>(process_cpu_ns(target.server_pid) - server) / 1e9);
  const std::uint64_t typing_us = own_cpu_us() - ours;  // what typing itself costs this process

  const SystemClock clock;
  const ProcSource processes;
  MonitorOptions options = target.options;
  options.cache.default_ttl_s = 30;
  Monitor monitor({target.server}, options, target.classifier, processes, clock);
  monitor.run_round(Steady::now() + std::chrono::seconds(10));
  server = process_cpu_ns(target.server_pid);
  ours = own_cpu_us();
  std::vector<double> watched;
  {
    std::jthread watcher([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const auto next = Steady::now() + std::chrono::seconds(1);
        monitor.run_round(next);
        std::this_thread::sleep_until(next);
      }
    });
    watched = type_for(**typist, seconds, tick, seconds);
  }
  out.server_cpu_percent_watched =
      percent(static_cast<double>(process_cpu_ns(target.server_pid) - server) / 1e9);
  const double used = static_cast<double>(thread_group_cpu_us(ours)) - static_cast<double>(typing_us);
  out.monitor_cpu_percent = percent(std::max(used, 0.0) / 1e6);
  out.resident_mb = resident_mb();
  out.keys = static_cast<int>(watched.size());
  for (const double ms : alone) out.max_alone_ms = std::max(out.max_alone_ms, ms);
  for (const double ms : watched) out.max_watched_ms = std::max(out.max_watched_ms, ms);
  out.alone_ms = percentiles(std::move(alone));
  out.watched_ms = percentiles(std::move(watched));
  return out;
}

}  // namespace orc
