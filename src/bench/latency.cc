// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/bench/latency.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include "tmux_orc/api/api_client.h"
#include "tmux_orc/api/event_client.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/proc.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/bench/modes.h"
#include "tmux_orc/bench/replay.h"
#include "tmux_orc/daemon/launch.h"
#include "tmux_orc/discover/discover.h"
#include "tmux_orc/exec/child.h"
#include "tmux_orc/figures/json.h"

namespace orc {
namespace {

constexpr auto kStartPatience = std::chrono::seconds(30);
// A pane flips again when its last flip was seen and so long ago: a person answers no sooner.
constexpr auto kRest = std::chrono::seconds(2);
constexpr std::size_t kMostOfAWay = 8;

double percent_of(std::uint64_t ns, double seconds) { return static_cast<double>(ns) / 1e7 / seconds; }

// User and system time of all threads, those that ended too; in ticks of 10 ms.
std::uint64_t threads_cpu_ns(int pid) {
  const auto all = read_file(fmt::format("/proc/{}/stat", pid));
  const std::size_t end = all ? all->rfind(')') : std::string::npos;
  unsigned long long user = 0, system = 0;
  if (end == std::string::npos ||
      std::sscanf(all->c_str() + end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
                  &system) != 2)
    return 0;
  return (user + system) * (1'000'000'000ull / static_cast<unsigned long long>(::sysconf(_SC_CLK_TCK)));
}

double resident_mb_of(int pid) {
  std::ifstream in(fmt::format("/proc/{}/statm", pid));
  double pages = 0, resident = 0;
  if (!(in >> pages >> resident)) return 0;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

// An agent that flips when it is told to.
struct Flipper {
  FlipBy by = FlipBy::kScreen;
  PaneId pane = 0;
  int pid = 0;
  std::string file;           // kOwnFile: where it writes
  std::uint64_t started = 0;  // as process_started() says
  bool waiting = false;
  Steady::time_point at;  // of its last flip
  bool pending = false;   // nobody has seen that yet

  void flip() {
    waiting = !waiting;
    at = Steady::now();
    if (by == FlipBy::kOwnFile)
      say();
    else
      ::kill(pid, waiting ? kAskSignal : kRestSignal);
  }
  // As Claude Code writes it: one line, in place.
  void say() const {
    std::ofstream(file, std::ios::trunc) << fmt::format(
        R"({{"pid":{},"procStart":"{}","version":"2.1.332","tmux":"s:@0.%{}","status":"{}","waitingFor":"{}",)"
        R"("statusUpdatedAt":{}}})",
        pid, started, pane, waiting ? "waiting" : "idle", waiting ? "permission prompt" : "",
        SystemClock().wall_ms());
  }
};

std::vector<std::string> words_of_process(int pid) {
  std::ifstream in(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
  return words;
}

Result<std::vector<Flipper>> find_flippers(const LatencyTarget& target) {
  const SystemClock clock;
  ServerLink link(target.server, target.tmux_binary, TransportChoice::kSpawn, {}, clock);
  ORC_TRY(listing, Lister(link, {}, clock).list(Steady::now() + kStartPatience));
  std::vector<Flipper> out;
  for (const PaneRef& p : listing->panes) {
    const auto words = words_of_process(p.facts.pid);
    if (words.size() != 6) continue;
    for (int i = 0; i < kFlipWays; ++i) {
      if (words[4] != std::string("flip-") + name_of(static_cast<FlipBy>(i))) continue;
      Flipper f;
      f.by = static_cast<FlipBy>(i);
      f.pane = p.key.pane;
      f.pid = p.facts.pid;
      f.started = process_started(f.pid);
      f.file = fmt::format("{}/claude/sessions/{}.json", target.folder, f.pid);
      f.at = Steady::now();
      out.push_back(std::move(f));
    }
  }
  return out;
}

struct Flip {
  FlipBy by;
  PaneId pane;
  bool to_waiting;
  Steady::time_point at;
  std::optional<double> transition_ms, channel_ms;
};

// Flips agents at random moments and listens; `events` may be null.
class Flipping {
 public:
  Flipping(std::vector<Flipper>& agents, double per_s, EventClient* events)
      : agents_(agents), gap_(per_s), events_(events) {}

  Result<void> run(int seconds, const std::function<void(int)>& tick) {
    const auto begin = Steady::now(), end = begin + std::chrono::seconds(seconds);
    auto next = begin;
    int told = -1;
    while (Steady::now() < end) {
      const auto now = Steady::now();
      if (now >= next) {
        flip_one(now);
        next = now + from_seconds(gap_(random_));
      }
      if (auto ok = listen(std::min(next, end)); !ok) return ok;
      const int passed = static_cast<int>((now - begin) / std::chrono::seconds(1));
      if (std::exchange(told, passed) != passed) tick(passed);
    }
    return drain();
  }
  std::vector<Flip> take() { return std::move(flips_); }

 private:
  bool is_due(const Flipper& f, Steady::time_point now) const {
    const auto passed = now - f.at;
    return passed >= kRest && (!f.pending || passed >= std::chrono::duration<double>(kFlipPatience_s));
  }
  void flip_one(Steady::time_point now) {
    std::vector<Flipper*> due;
    for (Flipper& f : agents_) {
      if (is_due(f, now)) due.push_back(&f);
    }
    if (due.empty()) return;
    // Each way as often as the others.
    const auto by = static_cast<FlipBy>(way_++ % kFlipWays);
    std::vector<Flipper*> of_way;
    std::copy_if(due.begin(), due.end(), std::back_inserter(of_way), [&](Flipper* f) { return f->by == by; });
    if (of_way.empty()) return;
    Flipper& f = *of_way[std::uniform_int_distribution<std::size_t>(0, of_way.size() - 1)(random_)];
    f.flip();
    f.pending = events_ != nullptr;
    flips_.push_back({f.by, f.pane, f.waiting, f.at, {}, {}});
  }
  Result<void> listen(Steady::time_point until) {
    pollfd p{events_ == nullptr ? -1 : events_->fd(), POLLIN, 0};
    if (::poll(&p, 1, poll_timeout(until, Steady::now())) <= 0) return {};
    const auto now = Steady::now();
    ORC_TRY(events, events_->read());
    for (const StreamEvent& e : *events) {
      const auto j = parse_json(e.data);
      if (e.kind == "transition" && j) heard(*j, now);
    }
    return {};
  }
  void heard(const nlohmann::ordered_json& event, Steady::time_point now) {
    const auto t = transition_from_json(event);
    if (!t) return;
    for (auto flip = flips_.rbegin(); flip != flips_.rend(); ++flip) {
      if (flip->pane != t->pane.key.pane) continue;
      const bool same = t->to.state == (flip->to_waiting ? State::kWaiting : State::kIdle);
      if (!same || flip->transition_ms) return;
      flip->transition_ms = ms_between(flip->at, now);
      for (Flipper& f : agents_) f.pending = f.pending && f.pane != flip->pane;
      return;
    }
  }
  // What flipped last has its time, too.
  Result<void> drain() {
    const auto end = Steady::now() + from_seconds(kFlipPatience_s);
    while (events_ != nullptr && Steady::now() < end &&
           std::any_of(agents_.begin(), agents_.end(), [](const Flipper& f) { return f.pending; })) {
      if (auto ok = listen(Steady::now() + std::chrono::milliseconds(100)); !ok) return ok;
    }
    return {};
  }

  std::vector<Flipper>& agents_;
  std::mt19937 random_{20260701};
  std::exponential_distribution<double> gap_;
  EventClient* const events_;
  std::vector<Flip> flips_;
  std::size_t way_ = 0;
};

// The daemon, in a home of its own, with nothing set but its server and a channel.
class WatchedDaemon {
 public:
  static Result<std::unique_ptr<WatchedDaemon>> start(const LatencyTarget& target) {
    std::unique_ptr<WatchedDaemon> out(new WatchedDaemon(target.folder));
    ORC_TRY(program, own_program());
    for (const std::string& folder :
         {out->home_, out->root_, out->root_ + "/run", out->root_ + "/run/blue"}) {
      ORC_DO(make_private_folder(folder));
    }
    const std::string config = out->home_ + "/config.yaml";
    std::ofstream(config) << fmt::format(
        "servers: [{{name: private, socket_path: '{}'}}]\n"
        "notifications:\n  startup_grace: 0\n"
        "  channels: [{{name: stamp, type: command, command: ['{}', __stamp, '{}']}}]\n",
        target.server.socket_path, *program, out->stamps());
    ::setenv("HOME", out->home_.c_str(), 1);
    // The user's own settings are another monitor's.
    std::vector<std::string> names;
    for (char** e = environ; *e != nullptr; ++e) {
      const std::string_view entry(*e);
      if (entry.starts_with("TMUX_ORC_")) names.emplace_back(entry.substr(0, entry.find('=')));
    }
    for (const std::string& name : names) ::unsetenv(name.c_str());
    ORC_TRY(launched, launch_daemon({"monitor", "run", "--environment", "blue", "--config", config},
                                    out->home_ + "/errors", kStartPatience));
    out->pid_ = launched->pid;
    return out;
  }
  // It ends by itself, too, when its folder is removed.
  ~WatchedDaemon() { stop(); }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    wait_for(pid_);
    pid_ = 0;
  }
  int pid() const { return pid_; }
  std::string socket() const { return root_ + "/run/blue/api.sock"; }
  std::string stamps() const { return home_ + "/stamps"; }
  // Its rounds and pulses so far.
  double looks() const {
    const auto reply = api_request(socket(), "GET", "/api/v1/snapshot", std::chrono::seconds(2));
    const auto j = reply ? parse_json(reply->body) : tl::unexpected(reply.error());
    return j && j->contains("round") ? (*j)["round"].value("number", 0.0) : 0;
  }

 private:
  explicit WatchedDaemon(const std::string& folder)
      : home_(folder + "/home"), root_(home_ + "/.tmux-orchestrator") {}
  const std::string home_, root_;
  int pid_ = 0;
};

// When the channel's program started, for the flips that its messages tell of.
void take_stamps(const std::string& file, std::vector<Flip>& flips) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    char* rest = nullptr;
    const std::int64_t ns = std::strtoll(line.c_str(), &rest, 10);
    const auto message = parse_json(rest);
    if (!message || !message->is_object()) continue;
    const Steady::time_point at{std::chrono::nanoseconds(ns)};
    for (const auto& item : message->value("items", nlohmann::ordered_json::array())) {
      const std::string pane = item.value("pane", "");
      // The last flip before it is the one that is told.
      const auto flip = std::find_if(flips.rbegin(), flips.rend(), [&](const Flip& f) {
        return fmt::format("%{}", f.pane) == pane && f.at <= at;
      });
      if (flip != flips.rend() && flip->to_waiting && !flip->channel_ms)
        flip->channel_ms = ms_between(flip->at, at);
    }
  }
}

double most(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

void summarize(const std::vector<Flip>& flips, Latency& out) {
  for (int i = 0; i < kFlipWays; ++i) {
    Latency::Way& way = out.ways[i];
    std::vector<double> transitions, channels;
    for (const Flip& f : flips) {
      if (f.by != static_cast<FlipBy>(i)) continue;
      ++way.flips;
      way.unseen += f.transition_ms ? 0 : 1;
      way.untold += f.to_waiting && !f.channel_ms ? 1 : 0;
      if (f.transition_ms) transitions.push_back(*f.transition_ms);
      if (f.channel_ms) channels.push_back(*f.channel_ms);
    }
    way.max_transition_ms = most(transitions);
    way.max_channel_ms = most(channels);
    way.transition_ms = percentiles(std::move(transitions));
    way.channel_ms = percentiles(std::move(channels));
  }
}

}  // namespace

const char* name_of(FlipBy by) {
  static constexpr const char* kNames[kFlipWays] = {"own file", "title", "screen"};
  return kNames[static_cast<int>(by)];
}

void add_flippers(std::vector<PaneScript>& panes, const std::string& folder) {
  std::error_code ignored;
  std::filesystem::create_directories(folder + "/claude/sessions", ignored);
  ::setenv("CLAUDE_CONFIG_DIR", (folder + "/claude").c_str(), 1);
  const std::size_t most = std::clamp<std::size_t>(panes.size() / 6, 1, kMostOfAWay);
  std::size_t made = 0;
  for (PaneScript& pane : panes) {
    if (pane.how == "paint" || made == most * kFlipWays) continue;
    const auto by = static_cast<FlipBy>(made++ % kFlipWays);
    // Gemini's title says that it asks.
    pane = {by == FlipBy::kTitle ? "gemini" : "claude", "idle", std::string("flip-") + name_of(by)};
  }
}

Result<Latency> measure_latency(const LatencyTarget& target, int seconds, const LatencyTick& tick) {
  ORC_TRY(agents, find_flippers(target));
  if (agents->empty()) return fail(ErrorKind::kInvalid, "there is no agent that could flip");
  for (const Flipper& f : *agents) {
    if (f.by == FlipBy::kOwnFile) f.say();
  }
  Latency out;
  const auto flipping = [&](EventClient* events, const char* what) -> Result<std::vector<Flip>> {
    Flipping f(*agents, target.flips_per_s, events);
    if (auto ok = f.run(seconds, [&](int s) { tick(fmt::format("{}: {} of {} s", what, s, seconds)); }); !ok)
      return tl::unexpected(ok.error());
    return f.take();
  };
  std::uint64_t server = process_cpu_ns(target.server_pid);
  ORC_DO(flipping(nullptr, "alone"));
  out.server_cpu_percent_alone = percent_of(process_cpu_ns(target.server_pid) - server, seconds);
  ::usleep(1'500'000);  // the last of them is painted

  ORC_TRY(daemon, WatchedDaemon::start(target));
  ORC_TRY(events,
          EventClient::open((*daemon)->socket(), std::nullopt, Steady::now() + std::chrono::seconds(5)));
  ::usleep(3'000'000);  // its own start is over, the pace of its pulses settled
  const auto start = Steady::now();
  server = process_cpu_ns(target.server_pid);
  const std::uint64_t ours = threads_cpu_ns((*daemon)->pid());
  const double looks = (*daemon)->looks();
  ORC_TRY(flips, flipping(&*events, "watched"));
  const double took_s = ms_between(start, Steady::now()) / 1000;
  out.monitor_cpu_percent = percent_of(threads_cpu_ns((*daemon)->pid()) - ours, took_s);
  out.server_cpu_percent_watched = percent_of(process_cpu_ns(target.server_pid) - server, took_s);
  out.looks_per_s = ((*daemon)->looks() - looks) / took_s;
  out.resident_mb = resident_mb_of((*daemon)->pid());
  const std::string stamps = (*daemon)->stamps();
  (*daemon)->stop();
  take_stamps(stamps, *flips);
  summarize(*flips, out);
  return out;
}

bool is_stamp(int argc, char** argv) { return argc == 3 && std::string_view(argv[1]) == "__stamp"; }

int run_stamp(int, char** argv) {
  const std::int64_t ns = Steady::now().time_since_epoch().count();
  const std::string message((std::istreambuf_iterator<char>(std::cin)), {});
  std::string line = fmt::format("{} {}\n", ns, message.substr(0, message.find('\n')));
  const UniqueFd fd(::open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  return fd && ::write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) ? 0 : 1;
}

}  // namespace orc
