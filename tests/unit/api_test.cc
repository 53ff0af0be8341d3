// SPDX-License-Identifier: Apache-2.0
// The API's parts that need no socket: who may be inside, what is kept for listeners, what is answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access.h"
#include "door.h"
#include "tmux_orc/api/events.h"
#include "tmux_orc/api/logins.h"
#include "tmux_orc/api/query.h"
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

TEST(Query, IsWhatStandsBehindTheFirstQuestionMark) {
  EXPECT_EQ(split_target("/a?b=c?d").path, "/a");
  EXPECT_EQ(split_target("/a?b=c?d").query, "b=c?d");
  EXPECT_EQ(split_target("/a").query, "");
  EXPECT_EQ(split_target("?").path, "");
  EXPECT_EQ(split_target("").path, "");
}

TEST(Query, ReadsWhatItWrites) {
  const std::string text = "%1 a&b=c?\xc3\xa9";
  EXPECT_EQ(query_text("x=1&pane=" + query_escape(text) + "&y", "pane"), text);
  EXPECT_EQ(query_text("pane", "pane"), "");
  EXPECT_EQ(query_text("apane=1", "pane"), "");
  for (const char* bad : {"p=%", "p=%1", "p=%zz", "p=%1 "}) EXPECT_FALSE(query_text(bad, "p")) << bad;
  EXPECT_EQ(query_number("last=7", "last", 60), 7u);
  EXPECT_EQ(query_number("", "last", 60), 60u);
  for (const char* bad : {"n=", "n=-1", "n=7x", "n=99999999999999999999999"})
    EXPECT_FALSE(query_number(bad, "n", 1)) << bad;
}

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
  EXPECT_EQ(tcp_door(4096).sessions, 512u);
  EXPECT_EQ(tcp_door(4096).sessions_of_one, 448u);
  EXPECT_GE(tcp_door(4096).streams_of_one, 200u) << "pages behind one proxy";
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

std::string cookie_of(const std::string& set_cookie) { return set_cookie.substr(0, set_cookie.find(';')); }

TEST(Logins, ACodeWorksOnceAndForTenMinutes) {
  std::int64_t now = 1000;
  Logins logins("a token of ours", "c", [&] { return now; });
  const std::string first = logins.make_code(), second = logins.make_code();
  const auto cookie = logins.redeem(first);
  ASSERT_TRUE(cookie);
  EXPECT_THAT(*cookie, ::testing::HasSubstr("HttpOnly; SameSite=Strict"));
  EXPECT_FALSE(logins.redeem(first));
  EXPECT_FALSE(logins.redeem(""));
  now += 600;
  EXPECT_FALSE(logins.redeem(second));
}

TEST(Logins, ACookieIsGoodUntilItsDayOrANewToken) {
  std::int64_t now = 1000;
  Logins logins("a token of ours", "c", [&] { return now; });
  const std::string cookie = cookie_of(*logins.redeem(logins.make_code()));
  EXPECT_TRUE(logins.has_cookie(cookie));
  EXPECT_TRUE(logins.has_cookie("a=b; " + cookie + "; d=e"));
  EXPECT_FALSE(logins.has_cookie("x" + cookie));
  std::string later = cookie;
  later[2] = '9';  // its time is signed
  EXPECT_FALSE(logins.has_cookie(later));
  for (const char* strange : {"", "c", "c=", "c=.", "c=9999999999.", "c=abc.def", ";;;"})
    EXPECT_FALSE(logins.has_cookie(strange)) << strange;
  EXPECT_TRUE(Logins("a token of ours", "c", [&] { return now; }).has_cookie(cookie)) << "after a restart";
  now += 90 * 86400;
  EXPECT_FALSE(logins.has_cookie(cookie));
  now = 1000;
  logins.set_token("another token");
  EXPECT_FALSE(logins.has_cookie(cookie));
  EXPECT_FALSE(Logins("", "c").has_cookie(cookie)) << "an empty token signs nothing";
}

TEST(Access, ACookieIsForOurOwnPageTheTokenForEverybody) {
  namespace http = boost::beast::http;
  Logins logins("a token of ours");
  ApiRoute route{"GET", "/x", {}}, open{"POST", "/login", {}}, local{"POST", "/local", {}};
  open.without_token = true;
  local.only_local = true;
  http::fields header;
  header.set(http::field::host, "box:1");
  const auto status = [&](const ApiRoute& r) {
    const auto refusal = refuse_tcp(header, logins, &r);
    return refusal ? refusal->status : 200;
  };
  EXPECT_EQ(status(route), 401);
  EXPECT_EQ(status(open), 200);
  EXPECT_EQ(status(local), 403);
  header.set(http::field::cookie, cookie_of(*logins.redeem(logins.make_code())));
  EXPECT_EQ(status(route), 200);
  header.set(http::field::origin, "http://box:1");
  EXPECT_EQ(status(route), 200);
  header.set(http::field::origin, "http://box:2");
  EXPECT_EQ(status(route), 403);
  EXPECT_EQ(status(open), 403);
  header.set(http::field::authorization, "Bearer a token of ours");
  EXPECT_EQ(status(route), 200);
  EXPECT_EQ(status(local), 403);
  header.erase(http::field::authorization);
  header.erase(http::field::origin);
  header.set("Sec-Fetch-Site", "same-site");
  EXPECT_EQ(status(route), 403);
}

}  // namespace
}  // namespace orc::api
