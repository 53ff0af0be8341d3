// SPDX-License-Identifier: Apache-2.0
#include "protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace orc::protocol {
namespace {

using testing::ElementsAre;

template <typename T>
T at(std::string_view frame, std::size_t offset) {
  T value{};
  std::memcpy(&value, frame.data() + offset, sizeof value);
  return value;
}

// All messages there are; fails the test on an error.
std::vector<Message> drain(MessageDecoder& decoder) {
  std::vector<Message> out;
  for (;;) {
    auto next = decoder.next();
    EXPECT_TRUE(next.has_value()) << next.error().message;
    if (!next || !next->ready) return out;
    out.push_back(std::move(next->message));
  }
}

std::vector<std::string> words_of(std::string_view command_frame) {
  std::vector<std::string> words;
  std::string_view rest = command_frame.substr(kHeaderSize + 4);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\0');
    words.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return words;
}

class BothLayouts : public testing::TestWithParam<Layout> {};
INSTANTIATE_TEST_SUITE_P(Protocol, BothLayouts, testing::Values(Layout::kShortLength, Layout::kLongLength),
                         [](const auto& p) { return p.param == Layout::kShortLength ? "Short" : "Long"; });

TEST_P(BothLayouts, WhatIsEncodedIsDecoded) {
  MessageDecoder decoder(GetParam());
  decoder.feed(encode_frame(GetParam(), kWrite, std::string("a\0b", 3), 77) +
               encode_frame(GetParam(), kExited, "", 77));
  const auto messages = drain(decoder);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].type, kWrite);
  EXPECT_EQ(messages[0].peer, kProtocolVersion);
  EXPECT_EQ(messages[0].payload, std::string("a\0b", 3));
  EXPECT_EQ(messages[1].type, kExited);
  EXPECT_EQ(messages[1].payload, "");
}

TEST_P(BothLayouts, BytewiseFeedingGivesTheSameMessages) {
  std::string bytes;
  for (int i = 0; i < 20; ++i)
    bytes += encode_frame(GetParam(), kWrite, std::string(static_cast<std::size_t>(i * 7), 'x'), 1);
  MessageDecoder decoder(GetParam());
  std::vector<std::size_t> sizes;
  for (const char c : bytes) {
    decoder.feed({&c, 1});
    for (const Message& m : drain(decoder)) sizes.push_back(m.payload.size());
  }
  ASSERT_EQ(sizes.size(), 20u);
  for (std::size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(sizes[i], i * 7);
}

TEST_P(BothLayouts, TheLargestFrameIsTaken) {
  MessageDecoder decoder(GetParam());
  decoder.feed(encode_frame(GetParam(), kWrite, std::string(kMaxPayload, 'y'), 1));
  const auto messages = drain(decoder);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].payload.size(), kMaxPayload);
}

TEST_P(BothLayouts, AnOversizedFrameIsAnErrorThatSticks) {
  MessageDecoder decoder(GetParam());
  decoder.feed(encode_frame(GetParam(), kWrite, std::string(kMaxPayload + 1, 'y'), 1));
  auto next = decoder.next();
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().kind, ErrorKind::kProtocol);
  decoder.feed(encode_frame(GetParam(), kWrite, "fine", 1));
  EXPECT_FALSE(decoder.next().has_value());
}

TEST_P(BothLayouts, AFrameShorterThanItsHeaderIsAnErrorThatSticks) {
  for (const char length : {'\0', '\1', '\17'}) {
    std::string frame = encode_frame(GetParam(), kWrite, "", 1);
    frame[4] = length;
    frame[5] = 0;
    MessageDecoder decoder(GetParam());
    decoder.feed(frame);
    EXPECT_FALSE(decoder.next().has_value()) << int{length};
    EXPECT_FALSE(decoder.next().has_value());
  }
}

TEST_P(BothLayouts, AnErrorIsSeenBeforeTheWholeFrameCame) {
  const std::string frame = encode_frame(GetParam(), kWrite, std::string(kMaxPayload + 1, 'y'), 1);
  MessageDecoder decoder(GetParam());
  decoder.feed(std::string_view(frame).substr(0, kHeaderSize));
  EXPECT_FALSE(decoder.next().has_value());
}

TEST(Protocol, APassedDescriptorIsAnError) {
  std::string frame = encode_frame(Layout::kShortLength, kWrite, "", 1);
  frame[6] = 1;
  MessageDecoder decoder(Layout::kShortLength);
  decoder.feed(frame);
  EXPECT_FALSE(decoder.next().has_value());
}

TEST(Protocol, HeadersHaveTmuxsLayout) {
  const std::string brief = encode_frame(Layout::kShortLength, kCommand, "abc", 4242);
  EXPECT_EQ(at<std::uint32_t>(brief, 0), 200u);
  EXPECT_EQ(at<std::uint16_t>(brief, 4), 19u);
  EXPECT_EQ(at<std::uint16_t>(brief, 6), 0u);
  EXPECT_EQ(at<std::uint32_t>(brief, 8), 8u);
  EXPECT_EQ(at<std::uint32_t>(brief, 12), 4242u);
  EXPECT_EQ(brief.substr(16), "abc");
  const std::string wide = encode_frame(Layout::kLongLength, kCommand, "abc", 4242);
  EXPECT_EQ(at<std::uint32_t>(wide, 4), 19u);
  EXPECT_EQ(wide.size(), 19u);
}

TEST(Protocol, LayoutFollowsTheVersion) {
  EXPECT_EQ(layout_for_version(302), Layout::kShortLength);
  EXPECT_EQ(layout_for_version(305), Layout::kShortLength);
  EXPECT_EQ(layout_for_version(306), Layout::kLongLength);
  EXPECT_EQ(layout_for_version(9900), Layout::kLongLength);
}

TEST_P(BothLayouts, IdentifyEndsWithDoneAndSaysUtf8) {
  MessageDecoder decoder(GetParam());
  decoder.feed(encode_identify(GetParam(), 99));
  const auto messages = drain(decoder);
  ASSERT_GE(messages.size(), 2u);
  EXPECT_EQ(messages.back().type, kIdentifyDone);
  ASSERT_EQ(messages[0].type, kIdentifyLongflags);
  EXPECT_EQ(at<std::uint64_t>(messages[0].payload, 0), 0x10000u);
}

TEST_P(BothLayouts, ACommandsLastWordEndsInASemicolon) {
  auto frame = encode_command(GetParam(), {{"display", "-p", "a b;c"}, {"list-panes", "-a"}}, 5);
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(at<std::int32_t>(*frame, kHeaderSize), 5);
  EXPECT_THAT(words_of(*frame), ElementsAre("display", "-p", "a b;c;", "list-panes", "-a"));
}

TEST_P(BothLayouts, RefusesWhatCouldEndOrSplitACommand) {
  for (const std::string& word :
       {std::string("a\0b", 3), std::string("a;"), std::string(";"), std::string("\\;")}) {
    auto frame = encode_command(GetParam(), {{"display", word}}, 5);
    ASSERT_FALSE(frame.has_value());
    EXPECT_EQ(frame.error().kind, ErrorKind::kInvalid);
  }
}

TEST_P(BothLayouts, RefusesACommandThatDoesNotFit) {
  // 4 bytes of count, "display\0", then the word and its NUL.
  const std::size_t room = kMaxPayload - 4 - 8 - 1;
  EXPECT_TRUE(encode_command(GetParam(), {{"display", std::string(room, 'a')}}, 5).has_value());
  auto frame = encode_command(GetParam(), {{"display", std::string(room + 1, 'a')}}, 5);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error().kind, ErrorKind::kInvalid);
}

TEST_P(BothLayouts, WriteReadyNamesItsStream) {
  MessageDecoder decoder(GetParam());
  decoder.feed(encode_write_ready(GetParam(), 1, 5));
  const auto messages = drain(decoder);
  ASSERT_EQ(messages.size(), 1u);
  std::int32_t stream = 0;
  ASSERT_TRUE(read_i32(messages[0].payload, stream));
  EXPECT_EQ(stream, 1);
}

TEST(Protocol, ReadI32NeedsFourBytes) {
  std::int32_t value = 7;
  EXPECT_FALSE(read_i32("abc", value));
  EXPECT_EQ(value, 7);
  EXPECT_TRUE(read_i32(std::string_view("\xFE\xFF\xFF\xFFzz", 6), value));
  EXPECT_EQ(value, -2);
}

}  // namespace
}  // namespace orc::protocol
