// SPDX-License-Identifier: Apache-2.0
// A third kind of host, of forty lines: everything that is done with a server goes through it, and nothing is
// asked of one that is down.
#include <gtest/gtest.h>

#include <atomic>

#include "test_server.h"
#include "tmux_options.h"
#include "tmux_orc/act/pane_hand.h"

namespace orc::test {
namespace {

// This machine as if it were a container: commands go through a program in front, no socket is forwarded.
class Container final : public Host {
 public:
  Container(std::string tmux, std::string socket) : tmux_{std::move(tmux), std::move(socket)} {}
  std::string key() const override { return "container " + tmux_.socket; }
  Result<void> ready(Deadline) override {
    if (up) return {};
    return fail(ErrorKind::kUnavailable, "the container does not run");
  }
  Deadline limit(Deadline deadline) const override { return std::min(deadline, Steady::now() + 5s); }
  std::ptrdiff_t most_at_once() const override { return 4; }
  std::vector<std::string> argv(const std::vector<std::string>& command) const override {
    ++runs;
    std::vector<std::string> out = {"env", "ORC_INSIDE=1"};
    out.insert(out.end(), command.begin(), command.end());
    return out;
  }
  std::string forward(const std::string&) const override { return ""; }
  Tmux tmux() const override { return tmux_; }
  std::string by_hand(const std::string& command, Typed) const override { return "enter " + command; }

  std::atomic<bool> up = true;
  mutable std::atomic<int> runs = 0;

 private:
  const Tmux tmux_;
};

struct Contained {
  TestServer server;
  const std::shared_ptr<Container> host =
      std::make_shared<Container>(find_tmux().value(), server.address().socket_path);
  const ServerAddress address{"box", "", host};
};

TEST(Hosts, AThirdKindIsLookedAtAndActedOnAsTheOthers) {
  Contained box;
  const PaneId agent = box.server.agent("claude", "idle");
  auto options = at_once();
  options.tmux_binary = "/nonexistent/tmux";  // of this machine: not to be used there
  Watch watch({box.address}, options);
  const auto seen =
      watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, agent) == "claude idle"; });
  ASSERT_EQ(verdict_of(*seen, agent), "claude idle");
  ASSERT_EQ(seen->servers.size(), 1u);
  EXPECT_EQ(seen->servers[0].transport, "spawn");
  EXPECT_EQ(seen->servers[0].note, "native: the machine does not forward unix sockets");

  const auto live = watch.monitor().servers().at(0);
  const TmuxClient& client = live->link.client();
  EXPECT_GT(box.host->runs, 0);
  const auto said = client.ask({"display-message", "-p", "inside"}, client.limit());
  ASSERT_TRUE(said.has_value()) << said.error().message;
  EXPECT_EQ(*said, "inside\n");
  const auto look = live->observer.observe_one(agent, client.limit());
  ASSERT_TRUE(look.has_value()) << look.error().message;
  EXPECT_EQ(look->evidence.processes, ProcessEvidence::kAgent) << "its own ps says so";
  const auto question = PaneHand(live, built_in_classifier()).question(agent);
  ASSERT_TRUE(question.has_value()) << question.error().message;
  EXPECT_TRUE(question->takes_text) << question->refusal;
}

TEST(Hosts, NothingIsAskedOfOneThatIsDown) {
  Contained box;
  const PaneId agent = box.server.agent("claude", "idle");
  Watch watch({box.address}, at_once());
  const auto seen =
      watch.rounds_until([&](const Snapshot& s) { return verdict_of(s, agent) == "claude idle"; });
  const auto live = watch.monitor().servers().at(0);
  TmuxOptions options({live}, true);
  options.show(*seen, nullptr);

  box.host->up = false;
  const int before = box.host->runs;
  const auto down = watch.round();
  EXPECT_FALSE(down->servers.at(0).reachable);
  EXPECT_EQ(down->servers.at(0).note, "the container does not run");
  const auto said = live->link.client().ask({"display-message", "x"}, live->link.client().limit());
  ASSERT_FALSE(said.has_value());
  EXPECT_EQ(said.error().kind, ErrorKind::kUnavailable);
  options.show(*seen, nullptr);  // of a round before the end
  options.clear(Steady::now() + 1s);
  EXPECT_FALSE(PaneHand(live, built_in_classifier()).question(agent).has_value());
  EXPECT_EQ(box.host->runs, before) << "no login, no process";
}

}  // namespace
}  // namespace orc::test
