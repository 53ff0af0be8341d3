// SPDX-License-Identifier: Apache-2.0
// Native and spawn must give the same bytes of the same panes, and both those of tmux's own client.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "test_server.h"
#include "tmux_orc/base/text.h"

namespace orc::test {
namespace {

std::vector<std::string> picture_texts() {
  std::string full;  // every cell of 80x24; the last line without a line feed, so that nothing scrolls
  for (int row = 0; row < 24; ++row) {
    full +=
        fmt::format("{}{:02}", row == 0 ? "" : "\r\n", row) + std::string(78, static_cast<char>('a' + row));
  }
  std::string scrolled;
  for (int i = 0; i < 150; ++i) scrolled += fmt::format("line {} of a long log\r\n", i);
  return {
      "",
      "one line",
      full,
      scrolled,
      "日本語テキスト 漢字 ünïcödé ß ﬁ 🦀 👩‍💻 e\xcc\x81 \xe2\x80\x94 ▛▜▙▟ "
      "⏺ "
      "✻ "
      "❯\r\n│ "
      "│ "
      "╭──╮\r\n",
      std::string(79, 'x') + "漢" + "wide at the edge\r\n" + std::string(40, ' ') + "\xe3\x80\x80" +
          "ideographic space",
      "\x1b[1;31mred\x1b[0m \x1b[38;5;200m256\x1b[0m \x1b[48;2;1;2;3mtrue\x1b[0m \x1b[7mreverse\x1b[0m "
      "\x1b[4:3mcurly\x1b[0m \x1b]8;;http://a/b\x1b\\link\x1b]8;;\x1b\\",
      "\x1b[?1049h\x1b[2J\x1b[5;10Hin the alternate screen\x1b[24;1Hlast line",
      "trailing blanks   \t  \r\n\r\n\r\n\x1b[44m   coloured blanks   \x1b[0m\r\n",
      "\x1b[24;1Honly the last line",
      "bad bytes \xff\xfe \xc3( \xed\xa0\x80 end\r\n",
      "\x1b(0lqqqk\x1b(B line drawing",
  };
}

class SameBytes : public ::testing::Test {
 protected:
  SameBytes() {
    for (const std::string& text : picture_texts()) panes_.push_back(server_.window_showing(text));
    native_ = ready_link(server_.address(), TransportChoice::kNative);
    spawn_ = ready_link(server_.address(), TransportChoice::kSpawn);
  }
  static std::string raw(ServerLink& link, const Command& command) {
    StringSink sink;
    const auto done = link.current()->run({command}, Steady::now() + 10s, sink);
    EXPECT_TRUE(done && done->status == 0) << command[0];
    return sink.text;
  }
  TestServer server_;
  std::vector<PaneId> panes_;
  std::unique_ptr<ServerLink> native_, spawn_;
};

TEST_F(SameBytes, OfRawTransports) {
  for (const PaneId pane : panes_) {
    for (const std::vector<std::string>& flags : std::vector<std::vector<std::string>>{
             {}, {"-e"}, {"-J"}, {"-N"}, {"-e", "-C"}, {"-S-50"}, {"-S10"}, {"-S3", "-E7"}}) {
      Command command = {"capture-pane", "-pt" + pane_name(pane)};
      command.insert(command.end(), flags.begin(), flags.end());
      const std::string native = raw(*native_, command), spawn = raw(*spawn_, command);
      SCOPED_TRACE(fmt::format("{} {}", pane, fmt::join(flags, " ")));
      EXPECT_EQ(native, spawn);
      EXPECT_EQ(native, server_.capture(pane, flags));
      EXPECT_FALSE(native.empty());
    }
  }
}

TEST_F(SameBytes, ThePicturesAreThere) {  // guards the others against comparing nothing with nothing
  const auto shown = [&](std::size_t i) {
    return raw(*native_, {"capture-pane", "-pt" + pane_name(panes_[i])});
  };
  EXPECT_EQ(shown(0), std::string(24, '\n'));
  EXPECT_TRUE(shown(2).starts_with("00" + std::string(78, 'a') + "\n01bbb"));
  EXPECT_NE(shown(2).find("23" + std::string(78, 'x') + "\n"), std::string::npos);
  EXPECT_NE(shown(4).find("日本語テキスト 漢字 ünïcödé"), std::string::npos);
  EXPECT_NE(shown(7).find("in the alternate screen"), std::string::npos);
  EXPECT_NE(raw(*native_, {"capture-pane", "-ept" + pane_name(panes_[6])}).find("\x1b[1m\x1b[31mred"),
            std::string::npos);
}

TEST_F(SameBytes, OfTheReaderInBatches) {
  for (const int first_row : {0, 1, 17, 23}) {
    for (const int height : {24, 0}) {  // known: planned framing; unknown: headers
      std::vector<CaptureRequest> requests;
      for (std::size_t i = 0; i < panes_.size(); ++i) requests.push_back({i, panes_[i], first_row, height});
      CollectingSink native, spawn;
      TmuxReader(*native_).read(requests, Steady::now() + 10s, native);
      TmuxReader(*spawn_).read(requests, Steady::now() + 10s, spawn);
      for (std::size_t i = 0; i < panes_.size(); ++i) {
        SCOPED_TRACE(fmt::format("picture {} from row {} height {}", i, first_row, height));
        ASSERT_EQ(native.captures.count(i), 1u);
        ASSERT_EQ(spawn.captures.count(i), 1u);
        EXPECT_EQ(native.captures[i].text, spawn.captures[i].text);
        EXPECT_EQ(native.captures[i].text, server_.capture(panes_[i], {"-S" + std::to_string(first_row)}));
        EXPECT_EQ(native.captures[i].height, 24);
        EXPECT_EQ(native.captures[i].first_row, first_row);
        EXPECT_EQ(native.ended[i], 1);
      }
    }
  }
}

TEST_F(SameBytes, OfMorePanesThanOneBatchHolds) {
  std::vector<CaptureRequest> requests;
  for (std::size_t i = 0; i < 250; ++i)
    requests.push_back({i, panes_[i % panes_.size()], 0, i < 120 ? 24 : 0});
  for (ServerLink* link : {native_.get(), spawn_.get()}) {
    CollectingSink sink;
    TmuxReader(*link).read(requests, Steady::now() + 20s, sink);
    ASSERT_EQ(sink.captures.size(), 250u) << link->current()->name();
    for (std::size_t i = 0; i < 250; ++i) {
      EXPECT_EQ(sink.captures[i].text, sink.captures[i % panes_.size()].text);
      EXPECT_EQ(sink.ended[i], 1);
    }
  }
}

TEST_F(SameBytes, OfListings) {
  const SystemClock clock;
  Lister by_native(*native_, {}, clock), by_spawn(*spawn_, {}, clock);
  const auto a = by_native.list(Steady::now() + 10s), b = by_spawn.list(Steady::now() + 10s);
  ASSERT_TRUE(a && b);
  ASSERT_EQ(a->panes.size(), panes_.size() + 1);
  EXPECT_EQ(a->server, b->server);
  EXPECT_EQ(a->bytes, b->bytes);
  for (std::size_t i = 0; i < a->panes.size(); ++i) {
    EXPECT_EQ(a->panes[i].key, b->panes[i].key);
    EXPECT_EQ(a->panes[i].facts, b->panes[i].facts);
    EXPECT_EQ(a->panes[i].target(), b->panes[i].target());
  }
}

TEST_F(SameBytes, AFailingCommandIsTold) {
  const Batch batch = {
      {"display-message", "-p", "before"}, {"capture-pane", "-pt%9999"}, {"display-message", "-p", "after"}};
  for (ServerLink* link : {native_.get(), spawn_.get()}) {
    StringSink sink;
    const auto done = link->current()->run(batch, Steady::now() + 10s, sink);
    ASSERT_TRUE(done) << link->current()->name();
    EXPECT_NE(done->status, 0);
    EXPECT_NE(done->errors.find("9999"), std::string::npos) << done->errors;
    EXPECT_EQ(sink.text, link->current()->stops_at_error() ? "before\n" : "before\nafter\n");
  }
}

TEST_F(SameBytes, WordsAreNotInterpreted) {  // nothing in a word can become another command
  const std::string word = "a; kill-server \\; #(touch /tmp/x) $HOME ~ \"q\" {b}";
  for (ServerLink* link : {native_.get(), spawn_.get()}) {
    StringSink sink;
    const auto done = link->current()->run({{"display-message", "-pl", word}}, Steady::now() + 10s, sink);
    // -l came with tmux 3.4: where it is unknown the command fails as a whole, and the server must live all
    // the same. tmux 3.4 prints a backslash before each $ that begins a name, whoever asks.
    if (done && done->status == 0) {
      std::string as_3_4 = word;
      as_3_4.insert(as_3_4.find('$'), "\\");
      EXPECT_THAT(sink.text, testing::AnyOf(word + "\n", as_3_4 + "\n"));
    }
    EXPECT_TRUE(server_.alive());
  }
}

TEST_F(SameBytes, ANewlineInAWordIsANewline) {  // the listing of many changes has one in its format
  const std::string format = "a\nb#{?#{e|>=|:2,1},\nc,}";
  for (ServerLink* link : {native_.get(), spawn_.get()}) {
    StringSink sink;
    const auto done = link->current()->run({{"list-panes", "-F", format}}, Steady::now() + 10s, sink);
    ASSERT_TRUE(done && done->status == 0) << (done ? done->errors : done.error().message);
    EXPECT_EQ(sink.text.substr(0, 6), "a\nb\nc\n");
  }
}

// Workers that time out together see one fall; with nothing to fall back on there is none.
TEST(Fallbacks, AreCountedOnce) {
  TestServer server;
  const Error lost{ErrorKind::kTimeout, "no answer"}, gone{ErrorKind::kUnavailable, "gone"};
  const auto link = ready_link(server.address(), TransportChoice::kAuto);
  const auto native = link->current();
  link->report_failure(*native, gone);
  EXPECT_EQ(link->fallbacks(), 0u) << "the server is gone, not the protocol";
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 8; ++i) workers.emplace_back([&] { link->report_failure(*native, lost); });
  }
  EXPECT_EQ(link->fallbacks(), 1u);
  EXPECT_EQ(link->figures().transport, "spawn");
  link->report_failure(*link->current(), lost);
  EXPECT_EQ(link->fallbacks(), 1u) << "spawn falls nowhere";
  const auto alone = ready_link(server.address(), TransportChoice::kNative);
  for (int i = 0; i < 3; ++i) {
    alone->report_failure(*alone->current(), lost);
    EXPECT_TRUE(alone->ensure_ready(Steady::now() + 5s).has_value()) << "tried again at once";
  }
  EXPECT_EQ(alone->fallbacks(), 0u);
}

}  // namespace
}  // namespace orc::test
