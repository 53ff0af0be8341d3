// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/daemon/service.h"

#include <fmt/format.h>
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "config_watch.h"
#include "hook_ear.h"
#include "pulse.h"
#include "quiet_pulses.h"
#include "server_finder.h"
#include "sinks/api_sink.h"
#include "sinks/file_sink.h"
#include "sinks/history_sink.h"
#include "sinks/log_sink.h"
#include "sinks/notify_sink.h"
#include "sinks/state_sink.h"
#include "sinks/witness_sink.h"
#include "stop_watch.h"
#include "supervisor.h"
#include "tmux_orc/base/wakeup.h"
#include "tmux_orc/base/within_memory.h"
#include "tmux_orc/daemon/active.h"
#include "tmux_orc/daemon/instance.h"
#include "tmux_orc/daemon/memory_file.h"

namespace orc {
namespace {

constexpr auto kDrainTime = std::chrono::milliseconds(1500);  // of the 2 s that a stop may take
constexpr auto kFlushTime = std::chrono::milliseconds(300);
// So many looks in a row that memory did not suffice for: then it is time to begin anew, which a supervisor
// does.
constexpr int kMostLost = 100;
constexpr const char* kOutOfMemory = "out of memory: looks are left out (`ulimit -v`, a container's limit?)";

LogOptions log_options(const ServiceOptions& o, const Settings& s) {
  return {o.supervised ? "" : o.paths.log_file(), s.log_level, s.log_max_size_mb, s.log_max_files};
}

double own_cpu_s() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

PulseSettings pulse_settings(const Settings& s) {
  return {s.check_interval_s, parse_pulse(s.pulse).value_or(std::nullopt), s.budget};
}

// What the loop itself has to say, for the sinks behind it that show it.
class FactsSink final : public Sink {
 public:
  explicit FactsSink(std::function<void()> publish) : publish_(std::move(publish)) {}
  void take(const Looked& looked) override {
    if (looked.record != nullptr) publish_();
  }

 private:
  const std::function<void()> publish_;
};

// The loop: it looks when a look is due, and hands what was found to the sinks.
class Service {
 public:
  Service(const ServiceOptions& options, const InstanceLock& lock, Plan plan)
      : options_(options),
        lock_(lock),
        plan_(std::move(plan)),
        log_(log_options(options, plan_.settings)),
        state_(options.paths, options.version, clock_.wall_ms()),
        watch_({config_path(options.request.config_path, [](const char* n) { return std::getenv(n); }).path,
                options.paths.overlay()},
               options.paths.rules_folder()) {}

  Result<void> run() {
    ORC_DO(start());
    first_round();
    while (!stop_.stop_requested()) {
      wait_for_next();
      if (stop_.stop_requested()) break;
      if (!lock_.is_in_place()) return give_way();
      spared([&] { reload_if_asked(); });
      spared([&] { look_for_servers(); });
      spared([&] { take_requests(); });
      const bool asked = requests_.round.exchange(false);
      if (asked || Steady::now() >= pulse_.next()) look(round_time(plan_.settings), asked);
    }
    finish();
    return {};
  }

  bool was_ready() const { return was_ready_; }

 private:
  Result<void> start() {
    // Who the active one is may not be known: then all observe, and publish_facts() says so.
    if (const auto active = claim_active(options_.paths, clock_); !active)
      log_.error("{}", active.error().message);
    make_monitor();
    if (options_.fresh || options_.request.emergency) {
      log_.info("starting without what earlier runs learned");
    } else if (auto memory = load_memory(options_.paths.memory_file()); memory) {
      monitor_->restore(*memory);
    } else {
      log_.warning("{}", memory.error().message);
    }
    publish_facts();
    if (auto ok = hooks_.open(options_.paths.hook_socket()); !ok) log_.warning("{}", ok.error().message);
    return api_.open(plan_.settings);
  }

  // An agent says on another thread that it changed; its screen may show that a little later.
  void wake_up() {
    requests_.wake_early = true;
    wakeup_.wake();
  }

  void make_monitor() {
    MonitorOptions options = plan_.options;
    options.pool.cancel = calls_;
    options.wake = [this](const PaneKey&) { wake_up(); };
    auto next = std::make_unique<Monitor>(plan_.servers, std::move(options), plan_.classifier, processes_,
                                          clock_, monitor_.get());
    for (Sink* sink : sinks_) sink->configure(plan_, *next);
    monitor_ = std::move(next);
  }

  void replace_monitor() {
    const MonitorMemory memory = monitor_->memory();
    make_monitor();
    monitor_->restore(memory);
  }

  void first_round() {
    log_.info("{} starting, pid {}, environment {}, {}, every {:g} s",
              options_.version.substr(0, options_.version.find('\n')), ::getpid(), options_.paths.environment,
              mode_line(plan_.options.async, plan_.options.rollout, plan_.mode_reason),
              plan_.settings.check_interval_s);
    if (!plan_.config_problem.empty()) log_.error("{}", plan_.config_problem);
    const auto start = Steady::now();
    look(first_round_time(plan_), true);
    const double ms = ms_between(start, Steady::now());
    tell_supervisor(fmt::format("READY=1\nSTATUS=first round {:.1f} ms", ms).c_str());
    if (options_.on_ready) options_.on_ready("", ms);
    was_ready_ = true;
  }

  std::shared_ptr<const Snapshot> run_round(Deadline deadline, bool pulse) {
    const ApiDesk::Hold hold(api_.desk());
    return monitor_->run_round(deadline, pulse);
  }

  // Without memory for it a step is left out, and the loop goes on with less to remember.
  template <class Step>
  bool spared(Step&& step) {
    if (within_memory(step)) return true;
    left_out_ = true;
    monitor_->clear_cache();
    ::malloc_trim(0);
    return false;
  }

  // Once when it begins and once when it ends; `status` shows it as long as it lasts.
  void tell_memory() {
    const bool is_short = std::exchange(left_out_, false);
    if (std::exchange(short_of_memory_, is_short) == is_short) return;
    within_memory([&] { is_short ? log_.warning(kOutOfMemory) : log_.info("memory: well again"); });
  }

  // A full round, or a pulse between two.
  void look(std::chrono::milliseconds time, bool full) {
    const auto start = Steady::now();
    full = full || pulse_.full_is_due(start);
    const double cpu_s = own_cpu_s();
    bool lively = false;
    const bool done = spared([&] { lively = take_look(start + time, full); });
    lost_ = done ? 0 : lost_ + 1;
    tell_memory();
    if (lost_ == kMostLost) throw std::bad_alloc();
    // Only now: what was made of the look is part of its cost, and tmux has closed its end of the connection.
    pulse_.looked({start, full, std::max(own_cpu_s() - cpu_s, monitor_->servers_cpu_s()), lively,
                   monitor_->confirm_due()});
    if (done) tell_supervisor("WATCHDOG=1");
  }

  // Whether something is going on.
  bool take_look(Deadline deadline, bool full) {
    Looked looked{run_round(deadline, !full)};
    const Snapshot& s = *looked.snapshot;
    looked.clock_step_ms = monitor_->take_clock_step();
    RoundRecord record;
    if (full || !s.transitions.empty() || reach_changed(s)) {
      looked.kept = quiet_.take(looked.snapshot);
      record = make_record(*looked.kept, meter_.since_last());
      looked.record = &record;
      looked.spent = monitor_->take_spent();
    } else {
      quiet_.add(s);
    }
    // What one of them has no memory for keeps the look from no other.
    for (Sink* sink : sinks_) spared([&] { sink->take(looked); });
    return is_lively(s);
  }

  void take_requests() {
    if (requests_.clear_cache.exchange(false)) {
      monitor_->clear_cache();
      log_.info("cache cleared on request");
    }
    for (const std::string& target : requests_.take_seen()) mark_seen(target);
    if (requests_.wake.exchange(false)) pulse_.wake();
    if (requests_.wake_early.exchange(false)) pulse_.wake_early();
  }

  void mark_seen(const std::string& target) {
    const auto snapshot = state_.board.latest();
    if (snapshot == nullptr) return;
    for (const AgentStatus& a : snapshot->agents) {
      const PaneRef& p = a.pane;
      if (target.empty() || target == p.session || p.is_called(target)) monitor_->mark_seen(p.key);
    }
  }

  bool is_lively(const Snapshot& s) const {
    const auto at_work = s.counts.find(State::kWorking);
    return monitor_->attached() > 0 || (at_work != s.counts.end() && at_work->second > 0);
  }

  // Whether another server is reached than in the look before.
  bool reach_changed(const Snapshot& s) {
    std::vector<bool> reached;
    for (const ServerFigures& f : s.servers) reached.push_back(f.reachable);
    return std::exchange(reached_, reached) != reached;
  }

  void publish_facts() {
    ServiceFacts f{plan_.settings, plan_.options.async, plan_.mode_reason, config_problem_, "", {}};
    const auto add = [&](const std::string& problem) {
      if (!problem.empty()) f.problems.push_back(problem);
    };
    const auto active = read_active(options_.paths);
    if (!active)
      add(active.error().message);
    else if (*active)
      f.active = (*active)->active;
    add(absent_active(f.active));
    if (options_.request.emergency)
      add("--emergency: notifications and actions are off, nobody is told; `tmux-orc monitor restart` ends "
          "it");
    add(plan_.config_problem);
    if (short_of_memory_) add(kOutOfMemory);
    for (const Sink* sink : sinks_) std::ranges::for_each(sink->problems(), add);
    state_.metrics.set_active(f.active == options_.paths.environment);
    state_.set(std::move(f));
  }

  std::string absent_active(const std::string& active) const {
    const std::string& own = options_.paths.environment;
    if (active.empty() || active == own || instance_runs(options_.paths.of(active))) return "";
    return fmt::format(
        "the active environment {} does not run: nobody is told; `tmux-orc monitor start --environment {}` "
        "or "
        "`tmux-orc switch-environment {}`",
        active, active, own);
  }

  void wait_for_next() {
    auto until = std::max(pulse_.next(), Steady::now());
    if (plan_.settings.check_interval_s > 1) until = std::min(until, Steady::now() + std::chrono::seconds(1));
    wakeup_.wait_until(until);  // every second: a changed configuration or rule file is in force within two
    tell_supervisor("WATCHDOG=1");
  }

  // Also in an emergency only a whole configuration takes the place of the one that is in force.
  Result<Plan> plan_anew() const {
    ORC_TRY(plan, make_plan(options_.request, options_.paths));
    if (!plan->config_problem.empty()) return fail(ErrorKind::kInvalid, plan->config_problem);
    ORC_DO(check_replacement(plan_.settings, plan->settings));
    return plan;
  }

  void reload_if_asked() {
    const bool asked = stop_.take_reload() || requests_.reload.exchange(false);
    if (!watch_.changed() && !asked) return;
    auto plan = plan_anew();
    if (!plan) {
      config_problem_ = plan.error().message;
      log_.error("configuration not taken, the old one stays: {}", config_problem_);
      publish_facts();
      return;
    }
    config_problem_.clear();
    keep_what_is_the_same(plan_, *plan);
    plan_ = std::move(*plan);
    replace_monitor();
    pulse_.change_settings(pulse_settings(plan_.settings), Steady::now());
    pulse_.wake();  // what the new rules say is shown now and not with the next round
    log_.info("configuration taken: {}, every {:g} s",
              mode_line(plan_.options.async, plan_.options.rollout, plan_.mode_reason),
              plan_.settings.check_interval_s);
  }

  // Servers come and go that a socket_pattern finds; the others stay as they are.
  void look_for_servers() {
    auto servers = finder_.look(options_.request, plan_.settings, plan_.servers);
    if (!servers) return;
    plan_.servers = std::move(*servers);
    replace_monitor();
    pulse_.wake();
  }

  void finish() {
    tell_supervisor("STOPPING=1");
    // What matters first, and of that what is short: what hangs may use up the time that a stop has.
    files_.save_memory();
    history_.flush(kFlushTime);
    notify_.close();
    history_.close();  // with what the notifications still had to say
    log_.info("stopped");
    log_.flush();
  }

  // Another instance may run by now: its files are left alone, and it is the one to go on.
  Result<void> give_way() {
    tell_supervisor("STOPPING=1");
    notify_.close();
    history_.close();
    const std::string why = fmt::format(
        "{} is not ours any more (the folder was removed?): ending, so that there are not two monitors",
        options_.paths.lock_file());
    log_.error("{}", why);
    log_.flush();
    return fail(ErrorKind::kUnavailable, why);
  }

  // On the signals' thread, while the loop hangs in a round: nothing of the loop's may be touched.
  void abandon() {
    log_.warning("stopped without waiting for what did not end in time");
    log_.flush();
    if (lock_.is_in_place()) ::unlink(options_.paths.api_socket().c_str());
  }

  const ServiceOptions& options_;
  const InstanceLock& lock_;
  Plan plan_;
  const SystemClock clock_;
  const ProcSource processes_;
  Log log_;
  ServiceState state_;
  LoopRequests requests_;
  Wakeup wakeup_;
  ProcessMeter meter_;
  ConfigWatch watch_;
  ServerFinder finder_{log_};
  const std::shared_ptr<Cancel> calls_ = std::make_shared<Cancel>();  // of the stop: what waits for tmux
  std::unique_ptr<Monitor> monitor_;

  StateSink shown_{state_, log_};
  LogSink logged_{log_};
  HistorySink history_{options_, log_, clock_};
  NotifySink notify_{options_, state_, history_, log_, clock_};
  ApiSink api_{options_, state_, requests_, [this] { wakeup_.wake(); }, log_, clock_};
  WitnessSink witnesses_{state_, api_.desk(), log_, clock_};
  FactsSink facts_{[this] { publish_facts(); }};
  FileSink files_{state_, log_};
  // In this order: what is shown first, what others have to say of it last.
  const std::vector<Sink*> sinks_ = {&shown_,  &witnesses_, &logged_, &history_,
                                     &notify_, &api_,       &facts_,  &files_};

  bool was_ready_ = false;
  int lost_ = 0;  // looks in a row
  bool left_out_ = false, short_of_memory_ = false;
  std::string config_problem_;
  Pulse pulse_{pulse_settings(plan_.settings), Steady::now()};
  QuietPulses quiet_;
  std::vector<bool> reached_;  // the servers, in the last look
  HookEar hooks_{[this] { wake_up(); }, state_.hooks};
  StopWatch stop_{kDrainTime, [this] { wakeup_.wake(); }, [this] { calls_->cancel(); },
                  [this] { abandon(); }};  // last: its thread uses the others
};

}  // namespace

sigset_t daemon_signals() { return watched_signals(); }

Result<void> run_service(const ServiceOptions& options) {
  const auto give_up = [&](const Error& error, bool was_ready = false) -> Result<void> {
    if (options.on_ready && !was_ready) options.on_ready(error.message, 0);
    return tl::unexpected(error);
  };
  auto lock = InstanceLock::acquire(options.paths);
  if (!lock) return give_up(lock.error());
  auto plan = make_plan(options.request, options.paths);
  if (!plan) return give_up(plan.error());
  Service service(options, *lock, std::move(*plan));
  if (auto ok = service.run(); !ok) return give_up(ok.error(), service.was_ready());
  return {};
}

}  // namespace orc
