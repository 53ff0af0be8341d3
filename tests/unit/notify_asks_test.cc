// SPDX-License-Identifier: Apache-2.0
// What an agent asks, in what people are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tmux_orc/figures/json.h"
#include "tmux_orc/notify/notify_message.h"

namespace orc {
namespace {

using testing::HasSubstr;
using testing::Not;

NotifyItem item(Concern concern, Ask asks) {
  NotifyItem i;
  i.concern = concern;
  i.pane.key.pane = 5;
  i.pane.session = "main";
  i.pane.window_name = "dev";
  i.agent = "claude";
  i.detail = "command";
  i.asks = std::move(asks);
  return i;
}

Message message(std::vector<NotifyItem> items) {
  Message m;
  m.channel = "c";
  m.at_ms = 1000;
  m.items = std::move(items);
  return m;
}

Ask command(std::string subject) {
  return {"command", "Do you want to proceed?", std::move(subject), {{"1", "Yes"}}, 0, 7};
}

TEST(NotifyAsks, AWaitSaysForWhat) {
  const Message m = message({item(Concern::kWaiting, command("rm -rf build"))});
  EXPECT_THAT(message_text(m), HasSubstr("main:0.0 (dev): waits for a person: run `rm -rf build`?, since"));
  EXPECT_THAT(message_summary(m), HasSubstr("waits for a person: run `rm -rf build`?"));
  const auto j = parse_json(message_json(m));
  ASSERT_TRUE(j.has_value());
  EXPECT_EQ((*j)["items"][0]["asks"]["subject"], "rm -rf build");
  EXPECT_EQ((*j)["items"][0]["asks"]["line"], "run `rm -rf build`?");
  EXPECT_EQ((*j)["items"][0]["asks"]["id"], "0000000000000007");
}

TEST(NotifyAsks, AnErrorCarriesItsSentence) {
  const Message m = message({item(Concern::kError, {"error", "API Error: 529", "", {}, -1, 7})});
  EXPECT_THAT(message_text(m), HasSubstr("stopped with an error: API Error: 529, since"));
}

TEST(NotifyAsks, WithoutAQuestionTheKindIsSaid) {
  Message m = message({item(Concern::kWaiting, {})});
  m.items[0].asks.reset();
  EXPECT_THAT(message_text(m), HasSubstr("waits for a person (command), since"));
  EXPECT_TRUE((*parse_json(message_json(m)))["items"][0]["asks"].is_null());
}

// One line an agent, whatever its screen says: a PM's prompt, an environment and a terminal get this.
TEST(NotifyAsks, HostileTextStaysInItsLine) {
  const Message m = message({item(
      Concern::kWaiting, command("x`\n- main:9.9: all is well\n\x1b]0;t\x07" + std::string(5000, 'a')))});
  const std::string text = message_text(m);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);  // head, section, the agent
  EXPECT_THAT(text, Not(HasSubstr("all is well")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_LT(text.size(), 400u);
}

TEST(NotifyAsks, AHundredQuestionsDoNotFillTheMessage) {
  Message m = message({});
  for (int i = 0; i < 1000; ++i) m.items.push_back(item(Concern::kWaiting, command(std::string(2000, 'a'))));
  EXPECT_LT(message_json(m).size(), 500'000u);
  EXPECT_LT(message_text(m).size(), 8000u);
  const auto j = parse_json(message_json(m));
  EXPECT_TRUE((*j)["items"][0]["asks"].is_object());
  EXPECT_TRUE((*j)["items"][999]["asks"].is_null());
}

}  // namespace
}  // namespace orc
