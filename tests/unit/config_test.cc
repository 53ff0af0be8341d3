// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "support/temp_dir.h"
#include "tmux_orc/config/settings.h"

namespace orc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string problem_of(const std::string& yaml) {
  auto parsed = parse_settings(yaml, "c.yaml");
  EXPECT_FALSE(parsed.has_value()) << "was accepted:\n" << yaml;
  return parsed ? "" : parsed.error().message;
}

GetEnv env_of(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> const char* {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : found->second.c_str();
  };
}

TEST(Settings, ProcessesOfAgents) {
  const auto s = parse_settings(
      "agents:\n  windows: [worker]\n  processes:\n    claude: {names: [my-claude, cc]}\n"
      "    codex: {paths: ['/opt/cx/']}\n",
      "c.yaml");
  ASSERT_TRUE(s.has_value()) << s.error().message;
  ASSERT_EQ(s->agent_processes.size(), 2u);
  EXPECT_EQ(s->agent_processes[0].agent, "claude");
  EXPECT_EQ(s->agent_processes[0].names, (std::vector<std::string>{"my-claude", "cc"}));
  EXPECT_EQ(s->agent_processes[1].paths, std::vector<std::string>{"/opt/cx/"});
  EXPECT_EQ(s->agent_windows, std::vector<std::string>{"worker"});
  for (const char* bad :
       {"agents: {processes: [claude]}", "agents: {processes: {claude: my-claude}}",
        "agents: {processes: {claude: {names: my-claude}}}", "agents: {processes: {claude: {name: [x]}}}"})
    EXPECT_FALSE(parse_settings(bad, "c.yaml").has_value()) << bad;
}

TEST(Settings, EmptyFileGivesDefaults) {
  for (const char* yaml : {"", "\n\n", "# nothing\n", "monitoring:\n", "---\n"}) {
    auto s = parse_settings(yaml, "c.yaml");
    ASSERT_TRUE(s.has_value()) << s.error().message;
    EXPECT_EQ(s->check_interval_s, 30);
    EXPECT_EQ(s->pool_min_size, 5);
    EXPECT_EQ(s->pool_max_size, 20);
    EXPECT_EQ(s->cache_strategy, "ttl");
    EXPECT_TRUE(s->async_enabled);
    EXPECT_TRUE(s->cache_enabled);
    EXPECT_THAT(s->servers, IsEmpty());
    EXPECT_THAT(s->pm_windows, ElementsAre("pm", "project-manager", "orchestrator"));
    EXPECT_EQ(s->origin, "c.yaml");
  }
}

TEST(Settings, ReadsTheProductionValues) {
  auto s = parse_settings(R"(
monitoring:
  check_interval: 30
  async:
    enabled: true
    pool: {min_size: 8, max_size: 25, connection_timeout: 45, max_age: 600}
    cache: {enabled: true, default_ttl: 45, max_size: 2000, strategy: lru}
)",
                          "c.yaml");
  ASSERT_TRUE(s.has_value()) << s.error().message;
  EXPECT_EQ(s->check_interval_s, 30);
  EXPECT_EQ(s->pool_min_size, 8);
  EXPECT_EQ(s->pool_max_size, 25);
  EXPECT_EQ(s->pool_connection_timeout_s, 45);
  EXPECT_EQ(s->pool_max_age_s, 600);
  EXPECT_EQ(s->cache_default_ttl_s, 45);
  EXPECT_EQ(s->cache_max_size, 2000);
  EXPECT_EQ(s->cache_strategy, "lru");
}

TEST(Settings, ReadsEverythingElse) {
  auto s = parse_settings(R"(
monitoring:
  check_interval: 0.5
  max_failures: 7
  starting_time: 120
  confirm_delay: 0
  async: {enabled: no, strategy: polling, transport: spawn, cache: {enabled: false}}
servers:
  - {socket_name: work}
  - {name: other, socket_path: /run/x.sock}
agents:
  pm_windows: [boss]
  windows: [bot, helper]
)",
                          "c.yaml");
  ASSERT_TRUE(s.has_value()) << s.error().message;
  EXPECT_EQ(s->check_interval_s, 0.5);
  EXPECT_EQ(s->max_failures, 7);
  EXPECT_EQ(s->starting_s, 120);
  EXPECT_EQ(s->confirm_delay_s, 0);
  EXPECT_FALSE(s->async_enabled);
  EXPECT_EQ(s->strategy, "polling");
  EXPECT_EQ(s->transport, "spawn");
  EXPECT_FALSE(s->cache_enabled);
  ASSERT_EQ(s->servers.size(), 2u);
  EXPECT_EQ(s->servers[0].name, "work");
  EXPECT_EQ(s->servers[1].name, "other");
  EXPECT_EQ(s->servers[1].socket_path, "/run/x.sock");
  EXPECT_THAT(s->pm_windows, ElementsAre("boss"));
  EXPECT_THAT(s->agent_windows, ElementsAre("bot", "helper"));
}

TEST(Settings, ServersByAPattern) {
  const auto s = parse_settings("servers: [{socket_pattern: 'claude-swarm-*'}, {socket_name: x}]", "c.yaml");
  ASSERT_TRUE(s.has_value()) << s.error().message;
  EXPECT_EQ(s->servers[0].socket_pattern, "claude-swarm-*");
  for (const char* bad : {"{socket_pattern: a, socket_name: b}", "{socket_pattern: 'a/b*'}",
                          "{socket_pattern: 'a*', name: b}", "{socket_pattern: 'a*', ssh: u@h}"}) {
    EXPECT_FALSE(parse_settings(std::string("servers: [") + bad + "]", "c.yaml").has_value()) << bad;
  }
}

TEST(Settings, RelativePathsAreBelowTheFilesFolder) {
  auto s = parse_settings(R"(
servers:
  - {socket_path: x/../sock}
  - {socket_path: /run/whole}
  - {ssh: a@b, ssh_config: keys/cfg}
api: {token_file: token}
)",
                          "/etc/orc/c.yaml");
  ASSERT_TRUE(s.has_value()) << s.error().message;
  EXPECT_EQ(s->servers[0].socket_path, "/etc/orc/sock");
  EXPECT_EQ(s->servers[1].socket_path, "/run/whole");
  EXPECT_EQ(s->servers[2].ssh_config, "/etc/orc/keys/cfg");
  EXPECT_EQ(s->api_token_file, "/etc/orc/token");
  // An overlay without the key leaves what the first file means.
  s = parse_settings("log: {perf: true}", "/other/o.yaml", *s);
  EXPECT_EQ(s->api_token_file, "/etc/orc/token");
}

TEST(Settings, ARelativeConfigurationFileIsMadeAbsolute) {
  EXPECT_EQ(config_path("", env_of({{"TMUX_ORC_CONFIG", "a/../c.yaml"}})).path,
            std::filesystem::current_path().string() + "/c.yaml");
  EXPECT_EQ(config_path("c.yaml", env_of({})).path, std::filesystem::current_path().string() + "/c.yaml");
  EXPECT_EQ(config_path("/x/y.yaml", env_of({})).path, "/x/y.yaml");
}

TEST(Settings, NamesOfServersAreTheirOwn) {
  const std::string message =
      problem_of("servers:\n  - {name: a, socket_name: x}\n  - {name: b, socket_name: y}\n  - {ssh: a}\n");
  EXPECT_THAT(message, HasSubstr("c.yaml:4:5: two servers are called 'a'"));
}

// yaml-cpp makes empty documents of these until memory ends: a reload never came back.
TEST(Settings, WhatYamlCppNeverEndsToReadIsTold) {
  EXPECT_THAT(problem_of(", a"), HasSubstr("c.yaml:1:1: this is no YAML"));
  EXPECT_THAT(problem_of("log: {perf: true}\n---\n, a\n"), HasSubstr("c.yaml:3:1: this is no YAML"));
}

TEST(Settings, ASecondDocumentIsTold) {
  EXPECT_THAT(problem_of("log: {perf: true}\n---\nlog: {level: debug}\n"),
              HasSubstr("c.yaml:3:1: a second document"));
  EXPECT_TRUE(parse_settings("---\nlog: {perf: true}\n---\n", "c.yaml").has_value());
}

TEST(Settings, AKeyInTheWrongPlaceGetsItsFullPath) {
  EXPECT_THAT(
      problem_of("monitoring:\n  max_age: 3\n"),
      HasSubstr(
          "c.yaml:2:3: unknown key 'monitoring.max_age'; did you mean 'monitoring.async.pool.max_age'?"));
  EXPECT_THAT(
      problem_of("max_size: 3\n"),
      HasSubstr("did you mean 'monitoring.async.pool.max_size' or 'monitoring.async.cache.max_size'?"));
  EXPECT_THAT(problem_of("cache: {}\n"), HasSubstr("did you mean 'monitoring.async.cache'?"));
}

TEST(Settings, LogLevelsAsInTheEnvironment) {
  EXPECT_EQ(parse_settings("log: {level: INFO}", "c.yaml")->log_level, "info");
  EXPECT_EQ(parse_settings("log: {level: Warn}", "c.yaml")->log_level, "warning");
  EXPECT_EQ(parse_settings("log: {level: CRITICAL}", "c.yaml")->log_level, "error");
  problem_of("log: {level: LOUD}");
  problem_of("monitoring: {async: {strategy: POLLING}}");
}

TEST(Settings, ATargetBeyondItsAlertIsRefused) {
  EXPECT_THAT(problem_of("thresholds:\n  cpu: {target: 90}\n"),
              HasSubstr("c.yaml:2:8: thresholds.cpu: the target 90"));
  EXPECT_THAT(problem_of("thresholds: {cache_hit_rate: {alert: 80}}"),
              HasSubstr("the target 70 lies beyond the alert 80"));
  EXPECT_TRUE(
      parse_settings("thresholds: {cpu: {target: 40}, cache_hit_rate: {target: 60}}", "c.yaml").has_value());
}

TEST(Settings, AFileThatIsGoneOrEmptyDoesNotTakeTheOldOnesPlace) {
  const auto full = parse_settings("log: {perf: true}", "c.yaml"),
             other = parse_settings("log: {perf: false}", "c.yaml"),
             empty = parse_settings("# nothing\n", "c.yaml"), map = parse_settings("{}", "c.yaml");
  EXPECT_TRUE(check_replacement(*full, *other).has_value());
  EXPECT_TRUE(check_replacement(*full, *map).has_value()) << "an empty map is meant so";
  EXPECT_TRUE(check_replacement(*empty, Settings()).has_value());
  for (const Settings& next : {*empty, Settings()}) {
    const auto ok = check_replacement(*full, next);
    ASSERT_FALSE(ok.has_value());
    EXPECT_THAT(ok.error().message, HasSubstr("c.yaml is gone or empty"));
  }
}

TEST(Settings, NumbersThatAreNoNumbersAreRefusedEverywhere) {
  for (const char* value : {".nan", ".inf", "-.inf", "nan", "1e400"}) {
    for (const char* place :
         {"monitoring: {check_interval: %}", "thresholds: {cpu: {alert: %}}", "log: {max_files: %}",
          "servers: [{ssh: a, timeout: %}]", "notifications: {startup_grace: %}",
          "actions: {restart_crashed: {cap_per_hour: %}}"}) {
      std::string yaml = place;
      yaml.replace(yaml.find('%'), 1, value);
      EXPECT_THAT(problem_of(yaml), HasSubstr("c.yaml:1:")) << yaml;
    }
  }
}

TEST(Settings, UnknownKeyNamesPlaceAndNearestKey) {
  const std::string message = problem_of("monitoring:\n  async:\n    pool:\n      max_siez: 3\n");
  EXPECT_THAT(message, HasSubstr("c.yaml:4:7:"));
  EXPECT_THAT(message, HasSubstr("monitoring.async.pool.max_siez"));
  EXPECT_THAT(message, HasSubstr("did you mean 'monitoring.async.pool.max_size'"));
}

TEST(Settings, UnknownKeyWithoutNeighbourListsTheKnownOnes) {
  const std::string message = problem_of("surprisingly: 1\n");
  EXPECT_THAT(message, HasSubstr("c.yaml:1:1:"));
  EXPECT_THAT(message, HasSubstr("monitoring"));
  EXPECT_THAT(message, HasSubstr("servers"));
}

TEST(Settings, TellsAllProblemsAtOnce) {
  const std::string message =
      problem_of("monitoring:\n  check_interval: soon\n  max_failures: 0\n  async:\n    enabled: maybe\n");
  EXPECT_THAT(message, HasSubstr("c.yaml:2:19:"));
  EXPECT_THAT(message, HasSubstr("'soon'"));
  EXPECT_THAT(message, HasSubstr("c.yaml:3:17:"));
  EXPECT_THAT(message, HasSubstr("c.yaml:5:14:"));
}

TEST(Settings, RefusesWrongTypes) {
  for (const char* yaml :
       {"monitoring: {check_interval: [1]}", "monitoring: {max_failures: 2.5}",
        "monitoring: {async: {enabled: {a: b}}}", "monitoring: 3", "[1, 2]", "just text", "servers: {a: b}",
        "servers: [text]", "agents: {pm_windows: pm}", "agents: {pm_windows: [[a]]}",
        "agents: {pm_windows: ['']}", "monitoring: {async: {strategy: [polling]}}"}) {
    EXPECT_THAT(problem_of(yaml), HasSubstr("c.yaml:")) << yaml;
  }
}

TEST(Settings, RefusesValuesOutOfRange) {
  for (const char* yaml :
       {"monitoring: {check_interval: 0}", "monitoring: {check_interval: .nan}",
        "monitoring: {check_interval: .inf}", "monitoring: {max_failures: -1}",
        "monitoring: {async: {pool: {max_size: 257}}}", "monitoring: {async: {pool: {max_size: 0}}}",
        "monitoring: {async: {cache: {default_ttl: -5}}}", "monitoring: {async: {cache: {max_size: 0}}}"}) {
    EXPECT_THAT(problem_of(yaml), HasSubstr("out of range")) << yaml;
  }
}

TEST(Settings, RefusesUnknownChoices) {
  EXPECT_THAT(problem_of("monitoring: {async: {strategy: fast}}"), HasSubstr("concurrent, polling"));
  EXPECT_THAT(problem_of("monitoring: {async: {cache: {strategy: fifo}}}"), HasSubstr("ttl, lru, lfu"));
  EXPECT_THAT(problem_of("monitoring: {async: {transport: telnet}}"), HasSubstr("auto, native, spawn"));
}

TEST(Settings, RefusesAPoolWithMoreAtLeastThanAtMost) {
  EXPECT_THAT(problem_of("monitoring: {async: {pool: {min_size: 9, max_size: 8}}}"), HasSubstr("min_size"));
}

TEST(Settings, RefusesKeysGivenTwice) {
  const std::string message = problem_of("monitoring:\n  max_failures: 2\n  max_failures: 3\n");
  EXPECT_THAT(message, HasSubstr("c.yaml:3:3:"));
  EXPECT_THAT(message, HasSubstr("given twice"));
}

TEST(Settings, RefusesServersWithoutOrWithTwoAddresses) {
  EXPECT_THAT(problem_of("servers: [{name: x}]"),
              HasSubstr("one of socket_name, socket_path and socket_pattern"));
  EXPECT_THAT(problem_of("servers: [{socket_name: x, socket_path: /y}]"),
              HasSubstr("one of socket_name, socket_path and socket_pattern"));
}

TEST(Settings, BrokenYamlHasAPlace) {
  EXPECT_THAT(problem_of("monitoring:\n  async: {enabled: true\n"), HasSubstr("c.yaml:"));
  EXPECT_THAT(problem_of("a: b: c\n"), HasSubstr("c.yaml:1:"));
  EXPECT_THAT(problem_of("monitoring:\n\tasync: 1\n"), HasSubstr("c.yaml:2:"));
}

TEST(Environment, EitherEmergencySwitchForcesSync) {
  for (const char* name : {"TMUX_ORC_ASYNC_DISABLED", "TMUX_ORC_FORCE_SYNC"}) {
    for (const char* value : {"1", "true", "yes"}) {
      Settings s;
      ASSERT_TRUE(apply_environment(s, env_of({{name, value}})).has_value());
      EXPECT_EQ(s.forced_sync_reason, std::string(name) + "=" + value);
    }
    for (const char* value : {"", "0", "false", "no", "off"}) {
      Settings s;
      ASSERT_TRUE(apply_environment(s, env_of({{name, value}})).has_value());
      EXPECT_EQ(s.forced_sync_reason, "") << value;
    }
  }
}

TEST(Environment, SetsPoolSizeAndTtl) {
  Settings s;
  ASSERT_TRUE(apply_environment(s, env_of({{"TMUX_ORC_POOL_SIZE", "40"}, {"TMUX_ORC_CACHE_TTL", "2.5"}}))
                  .has_value());
  EXPECT_EQ(s.pool_max_size, 40);
  EXPECT_EQ(s.pool_min_size, 5);
  EXPECT_EQ(s.cache_default_ttl_s, 2.5);
}

TEST(Environment, SmallPoolSizeLowersTheMinimumToo) {
  Settings s;
  ASSERT_TRUE(apply_environment(s, env_of({{"TMUX_ORC_POOL_SIZE", "2"}})).has_value());
  EXPECT_EQ(s.pool_max_size, 2);
  EXPECT_LE(s.pool_min_size, 2);
}

TEST(Environment, RefusesBadNumbersByName) {
  for (const char* name : {"TMUX_ORC_POOL_SIZE", "TMUX_ORC_CACHE_TTL"}) {
    for (const char* value : {"many", "0", "-3", "8x", "nan", "inf", "1e9", " "}) {
      Settings s;
      auto done = apply_environment(s, env_of({{name, value}}));
      ASSERT_FALSE(done.has_value()) << name << "=" << value;
      EXPECT_EQ(done.error().kind, ErrorKind::kInvalid);
      EXPECT_THAT(done.error().message, HasSubstr(name));
    }
  }
}

TEST(Environment, EmptyNumbersAreNotSet) {
  Settings s;
  EXPECT_TRUE(
      apply_environment(s, env_of({{"TMUX_ORC_POOL_SIZE", ""}, {"TMUX_ORC_CACHE_TTL", ""}})).has_value());
  EXPECT_EQ(s.pool_max_size, 20);
}

TEST(LoadSettings, ANamedFileMustExist) {
  EXPECT_FALSE(load_settings("/nonexistent/c.yaml", env_of({})).has_value());
  EXPECT_FALSE(load_settings("", env_of({{"TMUX_ORC_CONFIG", "/nonexistent/c.yaml"}})).has_value());
}

TEST(LoadSettings, LooksInTheUsersFolderAndTakesTheEnvironmentOverIt) {
  const test::TempDir home;
  home.write(".tmux-orchestrator/config.yaml", "monitoring: {async: {pool: {min_size: 1, max_size: 9}}}\n");
  auto s = load_settings("", env_of({{"HOME", home.path()}}));
  ASSERT_TRUE(s.has_value());
  EXPECT_EQ(s->pool_max_size, 9);
  EXPECT_EQ(s->origin, home.path() + "/.tmux-orchestrator/config.yaml");
  s = load_settings("", env_of({{"HOME", home.path()}, {"TMUX_ORC_POOL_SIZE", "3"}}));
  ASSERT_TRUE(s.has_value());
  EXPECT_EQ(s->pool_max_size, 3);
}

TEST(LoadSettings, TheCommandLineWinsOverTheVariable) {
  const test::TempDir dir;
  const std::string a = dir.write("a.yaml", "monitoring: {max_failures: 1}\n");
  const std::string b = dir.write("b.yaml", "monitoring: {max_failures: 2}\n");
  auto s = load_settings(a, env_of({{"TMUX_ORC_CONFIG", b}}));
  ASSERT_TRUE(s.has_value());
  EXPECT_EQ(s->max_failures, 1);
}

TEST(LoadSettings, WithoutAFileThereAreDefaults) {
  const test::TempDir home;
  auto s = load_settings("", env_of({{"HOME", home.path()}}));
  ASSERT_TRUE(s.has_value());
  EXPECT_EQ(s->origin, "");
  EXPECT_EQ(s->pool_max_size, 20);
}

TEST(ParsePulse, TakesWordsAndSeconds) {
  EXPECT_EQ(*parse_pulse("auto"), std::nullopt);
  EXPECT_EQ(**parse_pulse("off"), 0.0);
  EXPECT_EQ(**parse_pulse("0.5"), 0.5);
  for (const char* bad : {"", "on", "0", "-1", "0.01", "1s", "nan", "inf", "1e9"}) {
    EXPECT_FALSE(parse_pulse(bad)) << bad;
  }
}

}  // namespace
}  // namespace orc
