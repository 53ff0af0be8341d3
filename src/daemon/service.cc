// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/daemon/service.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "config_watch.h"
#include "disagreement_file.h"
#include "routes.h"
#include "stop_watch.h"
#include "tmux_orc/api/api_server.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/active.h"
#include "tmux_orc/daemon/instance.h"
#include "tmux_orc/daemon/log.h"
#include "tmux_orc/daemon/memory_file.h"
#include "tmux_orc/daemon/pulse.h"
#include "tmux_orc/daemon/quiet_pulses.h"
#include "tmux_orc/daemon/state.h"
#include "tmux_orc/history/history_writer.h"
#include "tmux_orc/notify/notify_desk.h"
#include "wakeup.h"

namespace orc {
namespace {

constexpr auto kDrainTime = std::chrono::milliseconds(1500);  // of the 2 s that a stop may take
constexpr auto kFlushTime = std::chrono::milliseconds(300);
constexpr auto kStatusFileEvery = std::chrono::seconds(2);  // 1000 agents at 1 s must not write all day
constexpr auto kMemoryFileEvery = std::chrono::seconds(60);
constexpr auto kRecordTime = std::chrono::seconds(2);
constexpr auto kServersEvery = std::chrono::seconds(3);  // a look into a folder and a file of the kernel's

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now().time_since_epoch()).count();
}

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

std::string event_text(const Transition& t) {
  return fmt::format("{} {} {}: {} -> {}{} [{}]", t.pane.server_name, printable(t.pane.target()), t.to.agent,
                     t.from.agent.empty() ? "new" : to_string(t.from.state),
                     t.gone ? "gone" : to_string(t.to.state),
                     t.to.detail.empty() ? "" : "/" + printable(t.to.detail), t.to.rule);
}

class Service {
 public:
  Service(const ServiceOptions& options, const InstanceLock& lock, Plan plan)
      : options_(options),
        lock_(lock),
        plan_(std::move(plan)),
        log_(log_options(options, plan_.settings)),
        events_(static_cast<std::uint64_t>(clock_.wall_ms())),
        state_(options.paths, options.version, clock_.wall_ms()),
        watch_({config_path(options.request.config_path, [](const char* n) { return std::getenv(n); }).path,
                options.paths.overlay()},
               options.paths.rules_folder()),
        stop_(
            kDrainTime, [this] { wakeup_.wake(); }, [this] { calls_->cancel(); }, [this] { abandon(); }) {}

  Result<void> run() {
    if (auto ok = start(); !ok) return ok;
    first_round();
    while (!stop_.stop_requested()) {
      wait_for_next();
      if (stop_.stop_requested()) break;
      if (!lock_.is_in_place()) return give_way();
      reload_if_asked();
      look_for_servers();
      if (requests_.clear_cache.exchange(false)) {
        monitor_->clear_cache();
        log_.info("cache cleared on request");
      }
      for (const std::string& target : requests_.take_seen()) mark_seen(target);
      if (requests_.wake.exchange(false)) pulse_.wake();
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
    open_history();
    open_notifications();
    publish_facts();
    return open_api_somehow();
  }

  // In an emergency an address or token that does not work must not keep the monitor from starting.
  Result<void> open_api_somehow() {
    auto ok = open_api();
    if (ok || !options_.request.emergency || plan_.settings.api_listen.empty()) return ok;
    emergency_problem_ = "--emergency: only the unix socket is served, because: " + ok.error().message;
    plan_.settings.api_listen.clear();
    plan_.settings.api_token_file.clear();
    return open_api();
  }

  // Not in an emergency: the disk may be what is wrong.
  void open_history() {
    const Settings& s = plan_.settings;
    if (!s.history_enabled || options_.request.emergency) return set_history(nullptr);
    HistorySettings settings{options_.paths.history_file(),
                             options_.paths.environment,
                             options_.version.substr(0, options_.version.find('\n')),
                             s.check_interval_s,
                             s.raw_rounds_days,
                             s.raw_transitions_days,
                             s.rollup_months};
    // On a reload the writer stays: what it has queued need not be written on this thread.
    if (history_) return history_->change_settings(std::move(settings));
    set_history(std::make_shared<HistoryWriter>(
        std::move(settings), clock_, [this](bool well, const std::string& what) { note(well, what); }));
  }

  void open_notifications() {
    const NotifySettings& n = plan_.settings.notify;
    if ((n.channels.empty() && n.restart_crashed == "off") || options_.request.emergency) {
      if (notify_desk_) notify_desk_->configure(n, std::nullopt);
      return;
    }
    if (notify_desk_ == nullptr) {
      NotifyDeskSetup setup{options_.paths.notify_file(), options_.paths.mute_file(),
                            [this] {
                              const auto active = read_active(options_.paths);
                              return active && *active && (*active)->active == options_.paths.environment;
                            },
                            [this](bool well, const std::string& what) { note(well, what); }};
      notify_desk_ = std::make_unique<NotifyDesk>(std::move(setup), clock_);
    }
    notify_desk_->configure(
        n, DispatcherSetup{n, plan_.options.tmux_binary, plan_.servers, plan_.classifier, monitor_->servers(),
                           nullptr, [this](const HistoryNotification& t) { note_notification(t); },
                           [this](const HistoryNotification& d) { note_action(d); }});
  }

  void note(bool well, const std::string& what) {
    if (well)
      log_.info("{}", what);
    else
      log_.warning("{}", what);
  }

  // On the threads that tell and do, which a reload does not wait for.
  void note_notification(const HistoryNotification& told) {
    if (told.delivered)
      log_.info("told {} {}: {}", told.channel, told.target, told.text);
    else
      log_.warning("NOT told {} {}: {}", told.channel, told.target, told.text);
    state_.metrics.count_notification(told.channel, told.delivered);
    if (const auto history = shared_history()) history->add(told);
  }

  void note_action(const HistoryNotification& done) {
    log_.info("action {} on {}: {}", done.channel, done.target, done.text);
    if (const auto history = shared_history()) history->add(done);
  }

  std::shared_ptr<HistoryWriter> shared_history() const {
    const std::lock_guard lock(history_mutex_);
    return history_;
  }
  void set_history(std::shared_ptr<HistoryWriter> history) {
    const std::lock_guard lock(history_mutex_);
    history_.swap(history);
  }

  // Without a token file the monitor has a token of its own, for this machine: `tmux-orc page` tells it.
  Result<std::string> api_token() const {
    const Settings& s = plan_.settings;
    if (!s.api_token_file.empty() || s.api_listen.empty()) return read_api_token(s.api_token_file);
    if (auto ok = check_listen_address(s.api_listen, false); !ok) return tl::unexpected(ok.error());
    if (s.api_allow_local_users) return "";
    const std::string file = options_.paths.token_file();
    if (::access(file.c_str(), F_OK) != 0) {
      if (auto ok = write_file_atomically(file, new_token() + "\n", true); !ok)
        return tl::unexpected(ok.error());
    }
    return read_api_token(file);
  }

  Result<void> open_api() {
    api_listen_ = plan_.settings.api_listen;
    api_token_file_ = plan_.settings.api_token_file;
    auto token = api_token();
    if (!token) return tl::unexpected(token.error());
    logins_ = std::make_shared<Logins>(std::move(*token), "tmux_orc_" + options_.paths.environment);
    ApiOptions api{options_.paths.api_socket(), api_listen_, logins_, options_.descriptors,
                   [this](const std::string& what) { log_.error("the API failed, and goes on: {}", what); }};
    auto server = ApiServer::start(std::move(api),
                                   make_routes(
                                       state_, requests_, [this] { wakeup_.wake(); }, desk_, logins_),
                                   events_);
    if (!server) return tl::unexpected(server.error());
    api_ = std::move(*server);
    return {};
  }

  void make_monitor() {
    MonitorOptions options = plan_.options;
    options.pool.cancel = calls_;
    options.wake = [this](const PaneKey&) {  // an agent's own word has changed
      requests_.wake = true;
      wakeup_.wake();
    };
    monitor_ =
        std::make_unique<Monitor>(plan_.servers, std::move(options), plan_.classifier, processes_, clock_);
    desk_.set_eyes({monitor_->servers(), plan_.classifier});
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
    sd_notifyf(0, "READY=1\nSTATUS=first round %.1f ms", ms);
    if (options_.on_ready) options_.on_ready("", ms);
    was_ready_ = true;
  }

  // A full round, or a pulse between two.
  void look(std::chrono::milliseconds time, bool full) {
    const auto start = Steady::now();
    full = full || pulse_.full_is_due(start);
    const double cpu_s = own_cpu_s();
    const auto snapshot = monitor_->run_round(start + time, !full);
    const std::int64_t clock_step_ms = monitor_->take_clock_step();
    unkept_step_ms_ += clock_step_ms;
    if (clock_step_ms != 0) {
      state_.clock_was_set(clock_step_ms);
      log_.warning("the clock was set by {} s; how long states last goes on by the steady time",
                   clock_step_ms / 1000);
    }
    state_.board.publish(snapshot);
    for (const auto& d : state_.witnesses.take(*snapshot)) note_disagreement(d);
    state_.last_round_steady_ms = steady_ms();
    if (full || !snapshot->transitions.empty() || reach_changed(*snapshot)) {
      keep(quiet_.take(snapshot));
    } else {
      quiet_.add(*snapshot);
    }
    if (notify_desk_) notify_desk_->look(snapshot, clock_step_ms);
    // Only now: what was made of the look is part of its cost, and tmux has closed its end of the connection.
    pulse_.looked({start, std::max(own_cpu_s() - cpu_s, monitor_->servers_cpu_s()), is_lively(*snapshot),
                   monitor_->confirm_due()});
    sd_notify(0, "WATCHDOG=1");
  }

  // One of the two is read wrongly: worth a line, and a screen if that is wanted.
  void note_disagreement(const WitnessLedger::Disagreement& d) {
    state_.metrics.count_disagreement(d.agent, d.word);
    log_.info("{} {}: {} says {}, its screen says {}", d.pane.server_name, printable(d.pane.target()),
              d.agent, printable(d.word), d.screen);
    const int most = plan_.settings.record_disagreements;
    for (const auto& server : most > 0 ? monitor_->servers() : std::vector<std::shared_ptr<LiveServer>>()) {
      if (server->link.address().name == d.pane.server_name) record_disagreement(d, server, most);
    }
  }

  // On the desk's thread: no round waits for a look.
  void record_disagreement(const WitnessLedger::Disagreement& d, const std::shared_ptr<LiveServer>& server,
                           int most) {
    const std::int64_t at_ms = clock_.wall_ms();
    desk_.ask(
        fmt::format("disagreement {} %{} {}", d.pane.server_name, d.pane.key.pane, at_ms), {}, [=, this] {
          const auto look = server->observer.observe_one(d.pane.key.pane, Steady::now() + kRecordTime);
          const auto file =
              look ? keep_disagreement(options_.paths.root + "/records", most, *look, d.agent, d.word, at_ms)
                   : tl::unexpected(look.error());
          if (!file)
            log_.warning("a disagreement is not recorded: {}", file.error().message);
          else if (!file->empty())
            log_.info("its screen is in {}", *file);
          return ApiResponse{200, "{}"};
        });
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

  void keep(const std::shared_ptr<const Snapshot>& snapshot) {
    const Snapshot& s = *snapshot;
    const RoundRecord record = make_record(s, meter_.since_last());
    state_.recent.add(record);
    state_.metrics.observe(s, record);
    failures_ = record.reachable > 0 ? 0 : failures_ + 1;
    log_round(s, record);
    for (const Transition& t : s.transitions) events_.add(dump(to_json(t)));
    if (history_) history_->add(HistoryRound{record, snapshot, std::exchange(unkept_step_ms_, 0)});
    keep_usage();
    if (!s.transitions.empty()) api_->wake();
    publish_facts();
    write_files();
  }

  void keep_usage() {
    std::vector<HistoryUsage> rows;
    for (SpentHour& s : monitor_->take_spent()) {
      HistoryUsage row{s.hour,
                       s.session,
                       std::move(s.agent),
                       std::move(s.project),
                       std::move(s.model),
                       s.spent.tokens_in,
                       s.spent.tokens_out,
                       {}};
      if (s.has_cost) row.cost_usd = s.spent.cost_usd;
      rows.push_back(std::move(row));
    }
    if (history_ && !rows.empty()) history_->add(std::move(rows));
  }

  void log_round(const Snapshot& s, const RoundRecord& r) {
    log_.check(plan_.settings.log_level);
    for (const ServerFigures& server : s.servers) {
      // Why a server is not reached changes while it goes down: that it is not is told once.
      const std::string key = server.reachable ? server.note : "not reached";
      if (std::string& last = server_notes_[server.name]; last != key) {
        last = key;
        if (key.empty())
          log_.info("server {}: well again", server.name);
        else
          log_.warning("server {}: {}{}", server.name,
                       server.reachable ? "" : "not reached: ", printable(server.note));
      }
    }
    if (failures_ == plan_.settings.max_failures)
      log_.error("no server reached {} times in a row; still looking", failures_);
    for (const Transition& t : s.transitions) log_.info("{}", event_text(t));
    if (plan_.settings.perf_monitoring) {
      const RoundFigures& f = r.round;
      log_.info(
          "round {}: {:.2f} ms (list {:.2f}, capture {:.2f}, aggregate {:.2f}), {} agents, {} captures, {} "
          "bytes, "
          "{} errors",
          f.number, f.phase.total, f.phase.list, f.phase.capture, f.phase.aggregate, f.agents, f.captures,
          f.bytes, f.errors + f.timeouts);
    }
  }

  void publish_facts() {
    ServiceFacts f{plan_.settings, plan_.options.async, plan_.mode_reason, config_problem_, "", {}};
    const auto active = read_active(options_.paths);
    if (!active)
      f.problems.push_back(active.error().message);
    else if (*active)
      f.active = (*active)->active;
    if (const std::string problem = absent_active(f.active); !problem.empty()) f.problems.push_back(problem);
    if (const std::string problem = log_.problem(); !problem.empty()) {
      f.problems.push_back(fmt::format("log: {} lines lost: {}", log_.lost(), problem));
    }
    if (!file_problem_.empty()) f.problems.push_back(file_problem_);
    if (api_ &&
        (plan_.settings.api_listen != api_listen_ || plan_.settings.api_token_file != api_token_file_))
      f.problems.push_back(
          "api.listen or api.token_file was changed: it is taken by `tmux-orc monitor restart`");
    if (options_.request.emergency)
      f.problems.push_back(
          "--emergency: notifications and actions are off, nobody is told; `tmux-orc monitor restart` ends "
          "it");
    for (const std::string& problem : {plan_.config_problem, emergency_problem_}) {
      if (!problem.empty()) f.problems.push_back(problem);
    }
    if (const std::string problem = history_ ? history_->problem() : ""; !problem.empty())
      f.problems.push_back(problem);
    if (const std::string problem = notify_desk_ ? notify_desk_->problem() : ""; !problem.empty())
      f.problems.push_back(problem);
    state_.metrics.set_active(f.active == options_.paths.environment);
    state_.metrics.show_channels(plan_.settings.notify.channels);
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

  // The status file and the memory, for when nobody answers and for the next start.
  void write_files() {
    const auto now = Steady::now();
    if (now >= status_file_due_) {
      status_file_due_ = now + kStatusFileEvery;
      note_file(
          write_file_atomically(options_.paths.status_file(), dump(state_.status_json(false)) + "\n", false));
    }
    if (now >= memory_file_due_) {
      memory_file_due_ = now + kMemoryFileEvery;
      note_file(save_memory(options_.paths.memory_file(), monitor_->memory()));
    }
  }
  void note_file(const Result<void>& written) {
    const std::string problem = written ? "" : written.error().message;
    if (!problem.empty() && problem != file_problem_) log_.warning("{}", problem);
    file_problem_ = problem;
  }

  void wait_for_next() {
    auto until = std::max(pulse_.next(), Steady::now());
    if (plan_.settings.check_interval_s > 1) until = std::min(until, Steady::now() + std::chrono::seconds(1));
    wakeup_.wait_until(until);  // every second: a changed configuration or rule file is in force within two
    sd_notify(0, "WATCHDOG=1");
  }

  // Also in an emergency only a whole configuration takes the place of the one that is in force.
  Result<Plan> plan_anew() const {
    auto plan = make_plan(options_.request, options_.paths);
    if (!plan) return plan;
    if (!plan->config_problem.empty()) return fail(ErrorKind::kInvalid, plan->config_problem);
    if (auto ok = check_replacement(plan_.settings, plan->settings); !ok) return tl::unexpected(ok.error());
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
    keep_connections(plan_.servers, plan->servers);
    const MonitorMemory memory = monitor_->memory();
    plan_ = std::move(*plan);
    make_monitor();
    monitor_->restore(memory);
    log_.change_limits(plan_.settings.log_max_size_mb, plan_.settings.log_max_files);
    open_history();
    open_notifications();
    pulse_.change_settings(pulse_settings(plan_.settings), Steady::now());
    log_.info("configuration taken: {}, every {:g} s",
              mode_line(plan_.options.async, plan_.options.rollout, plan_.mode_reason),
              plan_.settings.check_interval_s);
  }

  // Servers come and go that a socket_pattern finds; the others stay as they are.
  void look_for_servers() {
    const auto now = Steady::now();
    if (now < servers_due_ || !finds_servers(options_.request, plan_.settings)) return;
    servers_due_ = now + kServersEvery;
    auto servers = choose_servers(options_.request, plan_.settings);
    if (!servers || same_servers(*servers, plan_.servers)) return;
    for (ServerAddress& s : *servers) {
      const auto old = std::ranges::find(plan_.servers, s.key(), &ServerAddress::key);
      if (old != plan_.servers.end())
        s = *old;  // with its connection to another machine
      else
        log_.info("server found: {}", s.key());
    }
    for (const ServerAddress& old : plan_.servers) {
      if (std::ranges::find(*servers, old.key(), &ServerAddress::key) == servers->end())
        log_.info("server gone: {}", old.key());
    }
    const MonitorMemory memory = monitor_->memory();
    plan_.servers = std::move(*servers);
    make_monitor();
    monitor_->restore(memory);
    pulse_.wake();
  }

  void finish() {
    sd_notify(0, "STOPPING=1");
    // What matters first, and of that what is short: what hangs may use up the time that a stop has.
    note_file(save_memory(options_.paths.memory_file(), monitor_->memory()));
    if (history_) history_->flush(kFlushTime);
    notify_desk_.reset();
    set_history(nullptr);  // with what the desk still had to say
    log_.info("stopped");
    log_.flush();
  }

  // Another instance may run by now: its files are left alone, and it is the one to go on.
  Result<void> give_way() {
    sd_notify(0, "STOPPING=1");
    notify_desk_.reset();
    set_history(nullptr);
    const std::string why = fmt::format(
        "{} is not ours any more (the folder was removed?): ending, so that "
        "there are not two monitors",
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
  EventLog events_;
  ServiceState state_;
  LoopRequests requests_;
  Wakeup wakeup_;
  ProcessMeter meter_;
  ConfigWatch watch_;
  const std::shared_ptr<Cancel> calls_ = std::make_shared<Cancel>();  // of the stop: what waits for tmux
  std::unique_ptr<Monitor> monitor_;
  ApiDesk desk_;
  std::shared_ptr<Logins> logins_;
  std::unique_ptr<ApiServer> api_;
  mutable std::mutex history_mutex_;  // of the pointer, which only the loop changes
  std::shared_ptr<HistoryWriter> history_;
  std::unique_ptr<NotifyDesk> notify_desk_;
  bool was_ready_ = false;
  std::map<std::string, std::string> server_notes_;
  std::string config_problem_, file_problem_, emergency_problem_;
  std::string api_listen_, api_token_file_;  // as they were at the start
  int failures_ = 0;
  std::int64_t unkept_step_ms_ = 0;  // of the wall clock, since the last round that is kept
  Pulse pulse_{pulse_settings(plan_.settings), Steady::now()};
  QuietPulses quiet_;
  std::vector<bool> reached_;  // the servers, in the last look
  Steady::time_point status_file_due_, servers_due_, memory_file_due_ = Steady::now() + kMemoryFileEvery;
  StopWatch stop_;  // last: its thread uses the others
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
