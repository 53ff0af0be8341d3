// The API's parts that need no socket: who may be inside, what is kept for listeners, what is answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "door.h"
#include "tmux_orc/api/events.h"
#include "tmux_orc/api/router.h"

namespace orc::api {
namespace {

using ::testing::ElementsAre;

constexpr Steady::time_point kStart{std::chrono::hours(1)};
Steady::time_point at(int ms) { return kStart + std::chrono::milliseconds(ms); }

struct Client {
  explicit Client(std::unique_ptr<Door::Guest> place) : guest(std::move(place)) {
    if (guest) guest->on_eviction = [this] { evicted = true; };
  }
  std::unique_ptr<Door::Guest> guest;
  bool evicted = false;
};

TEST(Door, WhoSendsNothingMakesRoomTheOldestFirst) {
  Door door({2, 2, 1, 1}, Steady::duration::zero());
  Client a(door.enter("x", at(0))), b(door.enter("x", at(1))), c(door.enter("x", at(2)));
  EXPECT_TRUE(a.evicted);
  EXPECT_FALSE(b.evicted);
  ASSERT_TRUE(c.guest);
  EXPECT_EQ(door.inside(), 2u);
  b.guest->is_waited_for(at(3));  // it was answered, and may ask again
  Client d(door.enter("x", at(4)));
  EXPECT_TRUE(c.evicted);
  EXPECT_FALSE(b.evicted);
  a.guest.reset();  // what was put out goes later, and frees nothing twice
  EXPECT_EQ(door.inside(), 2u);
}

TEST(Door, WhoIsAnsweredStaysUnlessItTakesNothing) {
  Door door({2, 2, 1, 1}, Steady::duration::zero());
  Client a(door.enter("x", at(0))), b(door.enter("x", at(0)));
  a.guest->is_answered(at(0));
  b.guest->is_answered(at(500));
  EXPECT_FALSE(Client(door.enter("x", at(600))).guest) << "both are being answered";
  EXPECT_TRUE(Client(door.enter("x", at(1100))).guest);
  EXPECT_TRUE(a.evicted);
  EXPECT_FALSE(b.evicted);
}

TEST(Door, AnAddressHasItsShareAndTheRestIsFreeForOthers) {
  Door door({4, 3, 2, 1}, Steady::duration::zero());
  std::vector<std::unique_ptr<Client>> greedy;
  for (int i = 0; i < 20; ++i) {
    greedy.push_back(std::make_unique<Client>(door.enter("greedy", at(i))));
    greedy.back()->guest->is_answered(at(i));
    if (i == 2) break;
  }
  EXPECT_FALSE(Client(door.enter("greedy", at(30))).guest) << "it has its three";
  Client other(door.enter("other", at(31)));
  ASSERT_TRUE(other.guest);
  // Full: who has most has to give, not the one that came last.
  greedy[0]->guest->is_waited_for(at(32));
  EXPECT_TRUE(Client(door.enter("third", at(33))).guest);
  EXPECT_TRUE(greedy[0]->evicted);
  EXPECT_FALSE(other.evicted);
}

TEST(Door, StreamsHaveHalfAndAreNeverPutOut) {
  Door door({4, 4, 2, 2}, Steady::duration::zero());
  Client a(door.enter("x", at(0))), b(door.enter("x", at(0))), c(door.enter("x", at(0)));
  EXPECT_TRUE(a.guest->becomes_stream());
  EXPECT_TRUE(b.guest->becomes_stream());
  EXPECT_FALSE(c.guest->becomes_stream());
  Client d(door.enter("x", at(1))), e(door.enter("x", at(100'000)));
  EXPECT_FALSE(a.evicted || b.evicted);
  EXPECT_TRUE(c.evicted);
}

TEST(Door, OneOfOursHasAMomentToAsk) {
  Door door({1, 1, 1, 1}, std::chrono::milliseconds(300));
  Client a(door.enter("", at(0)));
  EXPECT_FALSE(door.has_room("", at(299)));
  EXPECT_FALSE(door.enter("", at(299)));
  EXPECT_TRUE(door.has_room("", at(300)));
  EXPECT_TRUE(Client(door.enter("", at(300))).guest);
  EXPECT_TRUE(a.evicted);
}

TEST(Doors, AreMadeToFitWhatTheProcessMayOpen) {
  EXPECT_EQ(local_door(4096).sessions, 256u);
  EXPECT_EQ(tcp_door(4096).sessions, 128u);
  EXPECT_EQ(tcp_door(4096).sessions_of_one, 96u);
  EXPECT_LE(local_door(32).sessions + tcp_door(32).sessions, 12u) << "20 of 32 are left for the rounds";
  EXPECT_GT(tcp_door(1).streams_of_one, 0u);
}

std::vector<std::string> texts(const EventLog::News& news) {
  std::vector<std::string> out;
  for (const Event& e : news.events) out.push_back(*e.data);
  return out;
}

TEST(EventLog, IsBoundedByBytesAndSaysWhatWasLost) {
  EventLog log(10, 100, 1000);
  for (int i = 0; i < 50; ++i) log.add(std::string(99, static_cast<char>('a' + i % 26)));
  const auto news = log.after(10);
  EXPECT_TRUE(news.lost);
  EXPECT_EQ(news.events.size(), 10u);
  EXPECT_EQ(news.before + 10, news.last);
  EXPECT_EQ(news.last, log.last_id());
  log.add(std::string(5000, 'x'));
  EXPECT_TRUE(log.after(news.last).events.empty()) << "one that is larger than all is not kept";
  EXPECT_TRUE(log.after(news.last).lost);
}

TEST(EventLog, IsTakenInPieces) {
  EventLog log(1);
  for (const char* text : {"aaaa", "bbbb", "cccccccccccc", "d"}) log.add(text);
  auto news = log.after(0, 9);
  EXPECT_THAT(texts(news), ElementsAre("aaaa", "bbbb"));
  EXPECT_FALSE(news.lost);
  news = log.after(news.last, 9);
  EXPECT_THAT(texts(news), ElementsAre("cccccccccccc")) << "at least one, however large";
  news = log.after(news.last, 9);
  EXPECT_THAT(texts(news), ElementsAre("d"));
  EXPECT_TRUE(log.after(news.last, 9).events.empty());
  EXPECT_TRUE(log.after(99).lost) << "a number that was never given";
}

TEST(Router, KnowsPathsAndTheirMethods) {
  const Router router({{"GET", "/a", {}}, {"POST", "/a", {}}, {"POST", "/b", {}}});
  EXPECT_NE(router.find("POST", "/a"), nullptr);
  EXPECT_EQ(router.find("PUT", "/a"), nullptr);
  EXPECT_EQ(router.refusal("/c").status, 404);
  const ApiResponse refused = router.refusal("/a");
  EXPECT_EQ(refused.status, 405);
  ASSERT_EQ(refused.headers.size(), 1u);
  EXPECT_EQ(refused.headers[0].second, "GET, HEAD, POST");
}

}  // namespace
}  // namespace orc::api
