// SPDX-License-Identifier: Apache-2.0
// edit_setting: one value changes, everything else of the text stays.
#include "tmux_orc/config/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tmux_orc/config/schema.h"

namespace orc {
namespace {

using testing::HasSubstr;

std::string edited(const std::string& yaml, const std::string& path, const std::string& value) {
  auto out = edit_setting(yaml, path, value, "c.yaml");
  EXPECT_TRUE(out.has_value()) << path << " = " << value << " in:\n"
                               << yaml << "\n"
                               << (out ? "" : out.error().message);
  return out ? *out : "";
}

std::string refusal(const std::string& yaml, const std::string& path, const std::string& value) {
  auto out = edit_setting(yaml, path, value, "c.yaml");
  EXPECT_FALSE(out.has_value()) << "gave:\n" << (out ? *out : "");
  return out ? "" : out.error().message;
}

constexpr const char* kMaxSize = "monitoring.async.pool.max_size";

TEST(EditSetting, ReplacesAValueAndKeepsItsComment) {
  EXPECT_EQ(edited("# top\nmonitoring:\n  check_interval: 30   # seconds\n  max_failures: 3\n",
                   "monitoring.check_interval", "5"),
            "# top\nmonitoring:\n  check_interval: 5   # seconds\n  max_failures: 3\n");
  EXPECT_EQ(edited("log: {level: \"info\", perf: false} # x\n", "log.level", "error"),
            "log: {level: error, perf: false} # x\n");
  EXPECT_EQ(edited("agents:\n  pm_windows: [a, 'b]']  # who\n", "agents.pm_windows", "[c]"),
            "agents:\n  pm_windows: [c]  # who\n");
}

TEST(EditSetting, AddsWhatIsMissing) {
  EXPECT_EQ(edited("", "log.perf", "true"), "log:\n  perf: true\n");
  EXPECT_EQ(edited("# only this", "log.perf", "true"), "# only this\nlog:\n  perf: true\n");
  EXPECT_EQ(edited("monitoring:\n  max_failures: 2 # two\n", kMaxSize, "9"),
            "monitoring:\n  async:\n    pool:\n      max_size: 9\n  max_failures: 2 # two\n");
  EXPECT_EQ(edited("monitoring:\n    async: {pool: {min_size: 1}}\n", kMaxSize, "9"),
            "monitoring:\n    async: {pool: {max_size: 9, min_size: 1}}\n");
  EXPECT_EQ(edited("monitoring:\nservers: [{socket_name: x}]\n", "monitoring.max_failures", "9"),
            "monitoring:\n  max_failures: 9\nservers: [{socket_name: x}]\n");
  EXPECT_EQ(edited("monitoring: {}\n", kMaxSize, "9"), "monitoring: {async: {pool: {max_size: 9}}}\n");
}

TEST(EditSetting, QuotesOnlyWhatYamlWouldReadOtherwise) {
  EXPECT_EQ(edited("", "api.listen", "127.0.0.1:9464"), "api:\n  listen: \"127.0.0.1:9464\"\n");
  EXPECT_EQ(edited("", "api.token_file", "/etc/x # y"), "api:\n  token_file: \"/etc/x # y\"\n");
  EXPECT_EQ(edited("", "api.token_file", "/etc/token"), "api:\n  token_file: /etc/token\n");
  EXPECT_EQ(edited("", "api.token_file", "\"\""), "api:\n  token_file: \"\"\n") << "nothing, as it is shown";
}

TEST(EditSetting, EveryKeyCanBeSetInAnyFile) {
  const std::vector<std::string> files = {
      "", "monitoring:\n  async:\n    pool: {max_size: 30}\n",
      "monitoring: {async: {pool: {min_size: 2}}}\nlog:\n  level: info\n",
      "# ä ö\nthresholds:\n  cpu: {target: 20}   # half\nagents:\n  windows:\n    - bot\n    - helper\n"};
  for (const std::string& file : files) {
    for (const SettingKey& key : setting_keys()) {
      if (key.path == "monitoring.async.pool.min_size") continue;
      const std::string value = value_text(key, Settings(), Secrets::kShown);
      if (file.find("- bot") != std::string::npos && key.path == "agents.windows")
        continue;  // a list over lines
      const std::string any = key.path == "notifications.quiet_hours" ? "22:00-07:00" : "x";
      const std::string text = edited(file, key.path, value == "\"\"" ? any : value);
      EXPECT_TRUE(parse_settings(text, "c.yaml")->origins.contains(key.path)) << key.path;
    }
  }
}

TEST(EditSetting, RefusesWhatWouldNotBeValid) {
  EXPECT_THAT(refusal("", kMaxSize, "many"), HasSubstr("wants a number"));
  EXPECT_THAT(refusal("", kMaxSize, "0"), HasSubstr("out of range"));
  EXPECT_THAT(refusal("monitoring: {async: {pool: {min_size: 9}}}", kMaxSize, "8"), HasSubstr("min_size"));
  EXPECT_THAT(refusal("", "monitoring.check_intervall", "8"),
              HasSubstr("did you mean 'monitoring.check_interval'"));
  EXPECT_THAT(refusal("colour: red\n", kMaxSize, "8"), HasSubstr("c.yaml:1:1"));
  EXPECT_THAT(refusal("", "log.level", "info, perf: true"), HasSubstr("not one of"));
}

TEST(EditSetting, RefusesFormsThatItCannotEditSafely) {
  // A block list: replacing its first line would leave the others.
  refusal("agents:\n  windows:\n    - a\n    - b\n", "agents.windows", "[c]");
  // An alias: a change at its anchor would change both.
  refusal("thresholds:\n  cpu: &t {target: 20}\n  memory: *t\n", "thresholds.memory.target", "7");
}

TEST(SettingOrigins, TellFileAndLine) {
  const auto s = parse_settings("log:\n  level: error\n", "c.yaml");
  ASSERT_TRUE(s.has_value());
  EXPECT_EQ(s->origins.at("log.level"), "c.yaml:2");
  EXPECT_FALSE(s->origins.contains("log.perf"));
}

}  // namespace
}  // namespace orc
