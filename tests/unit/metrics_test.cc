// SPDX-License-Identifier: Apache-2.0
// The metrics that Prometheus reads.
#include "tmux_orc/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace orc {
namespace {

using testing::HasSubstr;
using testing::Not;

AgentStatus agent(const std::string& session, State state, Role role = Role::kAgent,
                  std::int64_t since_ms = 0, const std::string& server = "main") {
  AgentStatus a;
  a.pane.server_name = server;
  a.pane.session = session;
  a.pane.role = role;
  a.verdict = {"claude", state, "", "claude/rule", 1};
  a.since_ms = since_ms;
  return a;
}

Snapshot round_number(std::uint64_t number) {
  Snapshot s;
  s.at_ms = 100'000;
  s.round.number = number;
  s.round.mode = "async";
  return s;
}

class MetricsTest : public testing::Test {
 protected:
  void observe(const Snapshot& s) { metrics.observe(s, make_record(s, {})); }
  // The value of a series by its full name with labels; -1 if it is not there.
  double value(const std::string& series) const {
    const std::string text = "\n" + metrics.text();
    const std::size_t at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }
  Metrics metrics{"tmux-orc 1.2.3 (commit abc1234)", "blue", 5'000};
};

TEST_F(MetricsTest, CountsWhatRoundsDid) {
  Snapshot s = round_number(1);
  s.round.panes = 10;
  s.round.captures = 4;
  s.round.bytes = 1000;
  s.round.spawns = 2;
  observe(s);
  s.round.number = 2;
  s.round.mode = "sync";
  observe(s);
  EXPECT_EQ(value("tmux_orc_panes"), 10);
  EXPECT_EQ(value("tmux_orc_looks_total"), 20);
  EXPECT_EQ(value("tmux_orc_captures_total"), 8);
  EXPECT_EQ(value("tmux_orc_read_bytes_total"), 2000);
  EXPECT_EQ(value("tmux_orc_spawned_processes_total"), 4);
  EXPECT_EQ(value("tmux_orc_rounds_total{mode=\"async\"}"), 1);
  EXPECT_EQ(value("tmux_orc_rounds_total{mode=\"sync\"}"), 1);
  EXPECT_EQ(value("tmux_orc_last_round_timestamp_seconds"), 100);
  EXPECT_EQ(value("tmux_orc_build_info{revision=\"abc1234\",version=\"1.2.3\"}"), 1);
  EXPECT_EQ(value("process_start_time_seconds"), 5);
  EXPECT_GT(value("process_cpu_seconds_total"), 0);
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value("process_open_fds"), 2);
}

TEST_F(MetricsTest, PhasesGoToTheirBuckets) {
  Snapshot s = round_number(1);
  s.round.phase.list = 0.4;
  s.round.phase.total = 700;
  observe(s);
  EXPECT_EQ(value("tmux_orc_phase_duration_seconds_bucket{phase=\"list\",le=\"0.0005\"}"), 1);
  EXPECT_EQ(value("tmux_orc_phase_duration_seconds_count{phase=\"capture\"}"), 1);
  EXPECT_EQ(value("tmux_orc_phase_duration_seconds_count{phase=\"aggregate\"}"), 1);
  EXPECT_EQ(value("tmux_orc_cycle_duration_seconds_bucket{le=\"0.5\"}"), 0);
  EXPECT_EQ(value("tmux_orc_cycle_duration_seconds_bucket{le=\"1\"}"), 1);
  EXPECT_EQ(value("tmux_orc_cycle_duration_seconds_count"), 1);
  EXPECT_NEAR(value("tmux_orc_cycle_duration_seconds_sum"), 0.7, 1e-9);
  EXPECT_THAT(metrics.text(), Not(HasSubstr("phase=\"total\"")));
}

// prometheus-cpp orders labels by name.
std::string agents(const std::string& session, const std::string& state, const std::string& role = "agent",
                   const std::string& server = "main") {
  return "tmux_orc_agents{role=\"" + role + "\",server=\"" + server + "\",session=\"" + session +
         "\",state=\"" + state + "\"}";
}

TEST_F(MetricsTest, AgentsByStateRoleAndSession) {
  Snapshot s = round_number(1);
  s.agents = {agent("a", State::kWorking), agent("a", State::kWorking), agent("a", State::kIdle, Role::kPm)};
  observe(s);
  EXPECT_EQ(value(agents("a", "working")), 2);
  EXPECT_EQ(value(agents("a", "idle", "pm")), 1);
}

TEST_F(MetricsTest, AStateThatWasLeftCounts0AndASessionThatIsGoneHasNoSeries) {
  Snapshot s = round_number(1);
  s.agents = {agent("a", State::kWorking), agent("b", State::kWorking)};
  observe(s);
  s = round_number(2);
  s.agents = {agent("a", State::kIdle)};
  observe(s);
  EXPECT_EQ(value(agents("a", "working")), 0);
  EXPECT_EQ(value(agents("a", "idle")), 1);
  EXPECT_THAT(metrics.text(), Not(HasSubstr("session=\"b\"")));
}

TEST_F(MetricsTest, SessionsOfOneNameOnTwoServersAreTwo) {
  Snapshot s = round_number(1);
  s.agents = {agent("a", State::kWaiting, Role::kAgent, 40'000, "here"),
              agent("a", State::kWaiting, Role::kAgent, 90'000, "there"),
              agent("a", State::kIdle, Role::kAgent, 0, "there")};
  observe(s);
  EXPECT_EQ(value(agents("a", "waiting", "agent", "here")), 1);
  EXPECT_EQ(value(agents("a", "waiting", "agent", "there")), 1);
  EXPECT_EQ(value(agents("a", "idle", "agent", "there")), 1);
  EXPECT_EQ(value(agents("a", "idle", "agent", "here")), -1);
  EXPECT_EQ(value("tmux_orc_longest_wait_seconds{server=\"here\",session=\"a\"}"), 60);
  EXPECT_EQ(value("tmux_orc_longest_wait_seconds{server=\"there\",session=\"a\"}"), 10);
  s.agents.pop_back();
  s.agents.pop_back();
  observe(s);
  EXPECT_THAT(metrics.text(), Not(HasSubstr("there")));
}

TEST_F(MetricsTest, SessionsBeyondTheLimitAreSummedUpAndTakeAPlaceThatIsFree) {
  Snapshot s = round_number(1);
  s.agents.push_back(agent("other", State::kIdle));  // a session may be called so
  for (int i = 0; i < 249; ++i) s.agents.push_back(agent("s" + std::to_string(i), State::kIdle));
  s.agents.push_back(agent("s0", State::kIdle, Role::kAgent, 0, "far"));
  observe(s);
  EXPECT_EQ(value(agents("other", "idle")), 1);
  EXPECT_EQ(value(agents("s198", "idle")), 1);
  EXPECT_EQ(value(agents("s199", "idle")), -1);
  EXPECT_EQ(value(agents(":other", "idle")), 50);
  EXPECT_EQ(value(agents("s0", "idle", "agent", "far")), -1) << "the bound is one for all servers";
  EXPECT_EQ(value(agents(":other", "idle", "agent", "far")), 1);
  s.agents.erase(s.agents.begin() + 1, s.agents.begin() + 52);
  observe(s);
  EXPECT_EQ(value(agents("s0", "idle")), -1);
  EXPECT_EQ(value(agents("s248", "idle")), 1);
  EXPECT_EQ(value(agents("s0", "idle", "agent", "far")), 1);
  EXPECT_EQ(value(agents(":other", "idle")), -1);
}

TEST_F(MetricsTest, HostileNamesStayWithinTheirLabels) {
  Snapshot s = round_number(1);
  s.agents = {agent("a\"} 1\nevil_metric 7\\\x1b[31m\xff", State::kIdle),
              agent(std::string(10'000, 'x'), State::kIdle)};
  observe(s);
  const std::string text = metrics.text();
  EXPECT_THAT(text, Not(HasSubstr("\nevil_metric")));
  EXPECT_THAT(text, HasSubstr("session=\"a\\\"} 1evil_metric 7\\\\[31m\xEF\xBF\xBD\""));
  EXPECT_THAT(text, Not(HasSubstr(std::string(200, 'x'))));
}

TEST_F(MetricsTest, TheLongestWaitOfASession) {
  Snapshot s = round_number(1);
  s.agents = {agent("a", State::kWaiting, Role::kAgent, 40'000),
              agent("a", State::kWaiting, Role::kPm, 90'000), agent("b", State::kIdle, Role::kAgent, 1)};
  observe(s);
  EXPECT_EQ(value("tmux_orc_longest_wait_seconds{server=\"main\",session=\"a\"}"), 60);
  EXPECT_EQ(value("tmux_orc_longest_wait_seconds{server=\"main\",session=\"b\"}"), 0);
}

TEST_F(MetricsTest, CountersAddWhatEachRoundBrought) {
  Snapshot s = round_number(7);
  s.round.cache.pane_content = {100, 10, 3, 4, 50};
  s.servers = {{"main", "spawn", "3.3a", "", true, 2}};
  observe(s);
  s.round.number = 8;
  s.round.cache.pane_content = {10, 2, 0, 0, 51};
  s.servers[0].fallbacks = 0;
  observe(s);
  s.round.number = 1;  // after a reload
  s.round.cache.pane_content = {20, 60, 0, 0, 60};
  s.servers[0].fallbacks = 1;
  observe(s);
  EXPECT_EQ(value("tmux_orc_cache_lookups_total{layer=\"content\",result=\"hit\"}"), 130);
  EXPECT_EQ(value("tmux_orc_cache_lookups_total{layer=\"content\",result=\"miss\"}"), 72);
  EXPECT_EQ(value("tmux_orc_cache_evictions_total{layer=\"content\"}"), 3);
  EXPECT_EQ(value("tmux_orc_cache_expiries_total{layer=\"content\"}"), 4);
  EXPECT_EQ(value("tmux_orc_cache_entries{layer=\"content\"}"), 60);
  EXPECT_EQ(value("tmux_orc_transport_fallbacks_total{server=\"main\"}"), 3);
}

TEST_F(MetricsTest, ServersComeAndGo) {
  Snapshot s = round_number(1);
  s.servers = {{"main", "native", "3.3a", "", true, 0}, {"old", "spawn", "", "", false, 4}};
  s.round.errors = 3;  // one of them is the server
  s.round.timeouts = 1;
  observe(s);
  EXPECT_EQ(value("tmux_orc_server_reachable{server=\"main\"}"), 1);
  EXPECT_EQ(value("tmux_orc_server_reachable{server=\"old\"}"), 0);
  EXPECT_EQ(value("tmux_orc_server_native{server=\"main\"}"), 1);
  EXPECT_EQ(value("tmux_orc_round_errors_total{kind=\"unreachable\"}"), 1);
  EXPECT_EQ(value("tmux_orc_round_errors_total{kind=\"error\"}"), 2);
  EXPECT_EQ(value("tmux_orc_round_errors_total{kind=\"timeout\"}"), 1);
  EXPECT_EQ(value("tmux_orc_transport_fallbacks_total{server=\"old\"}"), 4);
  s.servers.pop_back();
  observe(s);
  EXPECT_EQ(value("tmux_orc_server_reachable{server=\"old\"}"), -1);
  EXPECT_EQ(value("tmux_orc_transport_fallbacks_total{server=\"old\"}"), -1);
  EXPECT_EQ(value("tmux_orc_transport_fallbacks_total{server=\"main\"}"), 0);
  s.servers.push_back({"old", "spawn", "", "", true, 1});
  observe(s);
  EXPECT_EQ(value("tmux_orc_transport_fallbacks_total{server=\"old\"}"), 1) << "it begins anew";
}

TEST_F(MetricsTest, TransitionsByStates) {
  Snapshot s = round_number(1);
  Transition t;
  t.to = {"claude", State::kWorking, "", "claude/x", 1};
  s.transitions = {t};  // a new pane
  t.from = t.to;
  t.to.state = State::kIdle;
  s.transitions.push_back(t);
  t.gone = true;
  s.transitions.push_back(t);
  observe(s);
  EXPECT_EQ(value("tmux_orc_transitions_total{from=\"new\",to=\"working\"}"), 1);
  EXPECT_EQ(value("tmux_orc_transitions_total{from=\"working\",to=\"idle\"}"), 1);
  EXPECT_EQ(value("tmux_orc_transitions_total{from=\"working\",to=\"gone\"}"), 1);
}

std::string told(const std::string& channel, const std::string& result) {
  return "tmux_orc_notifications_total{channel=\"" + channel + "\",result=\"" + result + "\"}";
}

TEST_F(MetricsTest, NotificationsByChannelAndResult) {
  EXPECT_THAT(metrics.text(), Not(HasSubstr("notifications_total")));
  NotifyChannel desk;
  desk.name = "desk";
  metrics.show_channels({desk});
  EXPECT_EQ(value(told("desk", "delivered")), 0) << "there before the first message";
  EXPECT_EQ(value(told("desk", "failed")), 0);
  metrics.count_notification("desk", true);
  metrics.count_notification("desk", true);
  metrics.count_notification("desk", false);
  metrics.count_notification("restart", true);  // nobody configured it
  metrics.show_channels({desk});
  EXPECT_EQ(value(told("desk", "delivered")), 2) << "what was counted stays";
  EXPECT_EQ(value(told("desk", "failed")), 1);
  EXPECT_EQ(value(told("restart", "delivered")), 1);
  EXPECT_EQ(value(told("restart", "failed")), 0);
}

TEST_F(MetricsTest, ChannelsBeyondTheLimitAreSummedUp) {
  for (int i = 0; i < 60; ++i) metrics.count_notification("c" + std::to_string(i), true);
  EXPECT_EQ(value(told("c49", "delivered")), 1);
  EXPECT_EQ(value(told("c50", "delivered")), -1);
  EXPECT_EQ(value(told(":other", "delivered")), 10);
}

TEST_F(MetricsTest, TheActiveEnvironment) {
  metrics.set_active(true);
  EXPECT_EQ(value("tmux_orc_active_environment{environment=\"blue\"}"), 1);
  metrics.set_active(false);
  EXPECT_EQ(value("tmux_orc_active_environment{environment=\"blue\"}"), 0);
}

TEST_F(MetricsTest, OpenMetricsWhereItDiffers) {
  observe(round_number(1));
  const std::string text = metrics.text(Metrics::Format::kOpenMetrics);
  EXPECT_THAT(text, testing::EndsWith("\n# EOF\n"));
  EXPECT_THAT(text, HasSubstr("\n# TYPE tmux_orc_captures counter\ntmux_orc_captures_total 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("_total counter")));
  EXPECT_THAT(text, HasSubstr("le=\"0.5\""));
  EXPECT_THAT(text, HasSubstr("le=\"1.0\""));
  EXPECT_THAT(text, HasSubstr("le=\"10.0\""));
  EXPECT_THAT(text, HasSubstr("le=\"+Inf\""));
  EXPECT_THAT(metrics.text(), Not(HasSubstr("# EOF")));
}

TEST(MetricsFormat, ByTheAcceptHeader) {
  EXPECT_EQ(Metrics::format_for(""), Metrics::Format::kPrometheus);
  EXPECT_EQ(Metrics::format_for("text/plain;version=0.0.4"), Metrics::Format::kPrometheus);
  EXPECT_EQ(Metrics::format_for("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"),
            Metrics::Format::kOpenMetrics);
  EXPECT_EQ(Metrics::format_for("text/plain, Application/OpenMetrics-Text ; version=1.0.0 ; Q=1.0"),
            Metrics::Format::kOpenMetrics);
  for (const char* refused :
       {"application/openmetrics-text;q=0", "application/openmetrics-text; version=1.0.0; q=0.000",
        "text/plain,application/openmetrics-text;q=0.5", "application/openmetrics-texts", "*/*",
        "application/openmetrics-text;q=", ";,;=,", "application/openmetrics-text;q=x"})
    EXPECT_EQ(Metrics::format_for(refused), Metrics::Format::kPrometheus) << refused;
  EXPECT_THAT(Metrics::content_type(Metrics::Format::kOpenMetrics),
              HasSubstr("openmetrics-text; version=1.0.0"));
}

TEST_F(MetricsTest, ManyReadersWhileRoundsGoOn) {
  std::jthread rounds([this] {
    for (std::uint64_t i = 1; i <= 200; ++i) {
      Snapshot s = round_number(i);
      s.agents = {agent("s" + std::to_string(i), State::kIdle), agent("same", State::kWorking)};
      observe(s);
    }
  });
  std::jthread messages([this] {
    for (int i = 0; i < 1000; ++i) metrics.count_notification("desk", i % 2 == 0);
  });
  std::vector<std::jthread> readers;
  readers.reserve(3);
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([this] {
      double last = 0;
      for (int n = 0; n < 50; ++n) {
        const double now = value("tmux_orc_rounds_total{mode=\"async\"}");
        EXPECT_TRUE(now == -1 || now >= last);
        last = std::max(last, now);
      }
    });
  }
}

}  // namespace
}  // namespace orc
