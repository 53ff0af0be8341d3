// SPDX-License-Identifier: Apache-2.0
#include "status_source.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "other_monitors.h"
#include "setup.h"
#include "terminal.h"
#include "tmux_orc/api/api_client.h"
#include "tmux_orc/daemon/active.h"
#include "tmux_orc/daemon/instance.h"
#include "tmux_orc/daemon/state.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/figures/json.h"
#include "version.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;
constexpr auto kAboutPatience =
    std::chrono::milliseconds(200);  // 1000 agents take 40 ms; a dead NFS takes for ever
constexpr auto kPatience = std::chrono::seconds(2);

class MonitorSource final : public StatusSource {
 public:
  explicit MonitorSource(Paths paths) : paths_(std::move(paths)) {}

  Result<ordered_json> status() override {
    auto now = ask_monitor(paths_, "GET", "/api/v1/status");
    if (!now || now->value("last_round_age_s", 0.0) < kPatience.count()) return now;
    // Old news: ask for a round, and take the old after all if it does not come in time.
    const auto asked = ask_monitor(paths_, "POST", "/api/v1/rounds");
    if (!asked) return now;
    const auto after = asked->value("after_round", std::uint64_t{0});
    const auto until = Steady::now() + kPatience;
    while (Steady::now() < until) {
      ::usleep(5'000);
      auto next = ask_monitor(paths_, "GET", "/api/v1/status");
      if (!next) return now;
      const auto& snapshot = (*next)["snapshot"];
      if (snapshot.is_object() && snapshot["round"].value("number", std::uint64_t{0}) > after) return next;
    }
    return now;
  }

  Result<std::vector<RoundRecord>> rounds(std::size_t last) override {
    ORC_TRY(reply, ask_monitor(paths_, "GET", fmt::format("/api/v1/rounds?last={}", last)));
    std::vector<RoundRecord> records;
    for (const auto& j : (*reply)["rounds"]) {
      ORC_TRY(record, record_from_json(j));
      records.push_back(std::move(*record));
    }
    return records;
  }
  bool is_monitor() const override { return true; }

 private:
  const Paths paths_;
};

class OwnRounds final : public StatusSource {
 public:
  OwnRounds(const Paths& paths, Plan plan, const char* why)
      : plan_(std::move(plan)),
        why_(why),
        running_pid_(running_instance(paths)),
        state_(paths, version_text(), clock_.wall_ms()),
        monitor_(plan_.servers, plan_.options, plan_.classifier, processes_, clock_) {
    ServiceFacts facts{plan_.settings, plan_.options.async, plan_.mode_reason, "", "", {}};
    if (const auto active = read_active(paths); active && *active) facts.active = (*active)->active;
    state_.set(std::move(facts));
  }

  Result<ordered_json> status() override {
    look();
    ordered_json j = state_.status_json(true);
    j["pid"] = 0;  // no monitor's answer
    j["running_pid"] = running_pid_;
    if (running_pid_ == 0) j["where_a_monitor_is"] = where_a_monitor_is(state_.paths());
    j["own_look"] = running_pid_ == 0 ? "not running" : why_;
    return j;
  }
  Result<std::vector<RoundRecord>> rounds(std::size_t last) override { return state_.recent.last(last); }
  bool is_monitor() const override { return false; }

 private:
  void look() {
    const auto time = std::exchange(first_, false) ? first_round_time(plan_) : round_time(plan_.settings);
    const auto snapshot = monitor_.run_round(Steady::now() + time);
    state_.recent.add(make_record(*snapshot, meter_.since_last()));
    state_.board.publish(snapshot);
    state_.witnesses.take(*snapshot);
    state_.last_round_steady_ms = steady_ms(Steady::now());
  }

  const SystemClock clock_;
  const ProcSource processes_;
  Plan plan_;
  const char* const why_;  // a monitor that runs is not asked
  const int running_pid_;
  ServiceState state_;
  ProcessMeter meter_;
  Monitor monitor_;
  bool first_ = true;
};

}  // namespace

Result<ordered_json> ask_monitor(const Paths& paths, const std::string& method, const std::string& target) {
  auto reply = api_request(paths.api_socket(), method, target, kPatience);
  if (!reply) return tl::unexpected(no_answer(paths, reply.error()));
  ORC_TRY(j, parse_json(reply->body));
  if (reply->status >= 300) {
    return fail(ErrorKind::kProtocol, fmt::format("the monitor answered {} to {}: {}", reply->status, target,
                                                  j->is_object() ? j->value("error", "") : ""));
  }
  return j;
}

Result<std::unique_ptr<StatusSource>> open_status_source(const Globals& globals, const RunFlags& flags) {
  ORC_TRY(paths, paths_of(globals));
  const bool own = asks_for_own_rounds(globals, flags);
  if (!own) {
    const auto answer = ask_monitor(*paths, "GET", "/readyz");
    if (answer) return std::unique_ptr<StatusSource>(std::make_unique<MonitorSource>(*paths));
    if (const int pid = running_instance(*paths); pid != 0) {
      complain(fmt::format("the monitor, pid {}, does not answer ({}); this is a look of our own", pid,
                           answer.error().message));
    }
  }
  ORC_TRY(plan, make_plan(plan_request(globals, flags), *paths));
  plan->options.aggregate.confirm_s = 0;  // one look is all there is
  plan->options.about_patience = kAboutPatience;
  return std::unique_ptr<StatusSource>(
      std::make_unique<OwnRounds>(*paths, std::move(*plan), own ? "not asked" : "does not answer"));
}

Result<StatusLook> look_at(StatusSource& source) {
  ORC_TRY(status, source.status());
  if (!status->contains("snapshot") || !(*status)["snapshot"].is_object())
    return fail(ErrorKind::kUnavailable, "the monitor has not finished its first round");
  ORC_TRY(snapshot, snapshot_from_json((*status)["snapshot"]));
  return StatusLook{std::move(*status), std::move(*snapshot)};
}

bool any_reached(const Snapshot& s) {
  return std::any_of(s.servers.begin(), s.servers.end(), [](const ServerFigures& f) { return f.reachable; });
}

Result<Snapshot> latest_snapshot(const Globals& globals, const Paths& paths) {
  if (!asks_for_own_rounds(globals, {})) {
    const auto reply = ask_monitor(paths, "GET", "/api/v1/snapshot");
    if (reply) return snapshot_from_json(*reply);
  }
  ORC_TRY(source, open_status_source(globals, {}));
  ORC_TRY(look, look_at(**source));
  return std::move(look->snapshot);
}

}  // namespace orc::cli
