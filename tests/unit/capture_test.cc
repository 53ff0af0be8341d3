// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tmux_orc/capture/framer.h"

namespace orc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kNonce = "0123456789abcdef";

// Lines "NAME 0" to "NAME n-1".
std::string body(const std::string& name, int lines) {
  std::string out;
  for (int i = 0; i < lines; ++i) out += name + " " + std::to_string(i) + "\n";
  return out;
}

std::string header(PaneId pane, int height) {
  return kNonce + " %" + std::to_string(pane) + " " + std::to_string(height) + "\n";
}
const std::string kGoneHeader = kNonce + "  \n";  // display-message for a pane that is gone
const std::string kEnd = kNonce + " end\n";

struct Framed {
  std::vector<Capture> captures;
  std::vector<std::size_t> gone;
  bool ended = false, broken = false;
  std::size_t settled = 0;
};

Framed frame(const std::vector<CaptureRequest>& requests, Framing framing, std::string_view output,
             std::size_t piece) {
  Framed out;
  CaptureFramer framer(
      requests, kNonce, framing, [&](Capture c) { out.captures.push_back(std::move(c)); },
      [&](std::size_t i) { out.gone.push_back(i); }, [](std::span<const CaptureRequest>) {});
  for (; !output.empty(); output.remove_prefix(std::min(piece, output.size())))
    framer.on_output(output.substr(0, piece));
  out.ended = framer.ended();
  out.broken = framer.broken();
  out.settled = framer.settled();
  return out;
}

std::vector<std::string> texts(const Framed& f) {
  std::vector<std::string> out;
  for (const Capture& c : f.captures) out.push_back(c.text);
  return out;
}

constexpr std::size_t kWhole = 1 << 20;

TEST(PlannedFraming, CutsAtThePlannedLines) {
  const std::vector<CaptureRequest> requests = {{7, 1, 0, 3}, {8, 2, 2, 5}, {9, 3, 0, 1}};
  const std::string output = body("a", 3) + body("b", 3) + "c\n" + kEnd;
  for (const std::size_t piece : {kWhole, std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    const auto f = frame(requests, Framing::kPlanned, output, piece);
    EXPECT_TRUE(f.ended);
    EXPECT_FALSE(f.broken);
    ASSERT_THAT(texts(f), ElementsAre(body("a", 3), body("b", 3), "c\n"));
    EXPECT_EQ(f.captures[1].index, 8u);
    EXPECT_EQ(f.captures[1].first_row, 2);
    EXPECT_EQ(f.captures[1].height, 5);
  }
}

TEST(PlannedFraming, AShrunkenPaneMustNotEnd) {
  const std::vector<CaptureRequest> requests = {{0, 1, 0, 4}, {1, 2, 0, 4}};
  for (int missing = 1; missing <= 4; ++missing) {
    for (const bool first : {true, false}) {
      const std::string output =
          body("a", first ? 4 - missing : 4) + body("b", first ? 4 : 4 - missing) + kEnd;
      EXPECT_FALSE(frame(requests, Framing::kPlanned, output, kWhole).ended) << missing;
    }
  }
}

TEST(PlannedFraming, MoreLinesThanPlannedMustNotEnd) {
  const std::vector<CaptureRequest> requests = {{0, 1, 0, 4}};
  const auto f = frame(requests, Framing::kPlanned, body("a", 5) + kEnd, kWhole);
  EXPECT_FALSE(f.ended);
  EXPECT_TRUE(f.broken);
}

TEST(PlannedFraming, AGonePaneMustNotEnd) {
  const std::vector<CaptureRequest> requests = {{0, 1, 0, 4}, {1, 2, 0, 4}};
  EXPECT_FALSE(frame(requests, Framing::kPlanned, body("b", 4) + kEnd, kWhole).ended);
  EXPECT_FALSE(frame(requests, Framing::kPlanned, body("a", 4), kWhole).ended);
  EXPECT_FALSE(frame(requests, Framing::kPlanned, "", kWhole).ended);
}

TEST(PlannedFraming, TextBehindTheEndMarkMustNotEnd) {
  const std::vector<CaptureRequest> requests = {{0, 1, 0, 2}};
  EXPECT_FALSE(frame(requests, Framing::kPlanned, body("a", 2) + kEnd + "more\n", kWhole).ended);
}

TEST(PlannedFraming, AnEndMarkWithoutItsNewlineIsNotYetThere) {
  const std::vector<CaptureRequest> requests = {{0, 1, 0, 2}};
  EXPECT_FALSE(frame(requests, Framing::kPlanned, body("a", 2) + kNonce + " end", kWhole).ended);
}

TEST(FramePlanned, IsAllOrNothing) {
  const std::vector<CaptureRequest> requests = {{4, 1, 0, 2}, {5, 2, 0, 2}};
  EXPECT_THAT(frame_planned(requests, kNonce, body("a", 2) + body("b", 2) + kEnd), SizeIs(2));
  EXPECT_THAT(frame_planned(requests, kNonce, body("a", 2) + body("b", 1) + kEnd), IsEmpty());
  EXPECT_THAT(frame_planned(requests, kNonce, ""), IsEmpty());
}

TEST(HeaderFraming, CutsAtTheHeadersHeights) {
  const std::vector<CaptureRequest> requests = {{7, 1, 0, 0}, {8, 2, 2, 24}, {9, 3, 0, 0}};
  // Pane 2 is 5 rows high by now, and 2 to 4 were asked for.
  const std::string output =
      header(1, 3) + body("a", 3) + header(2, 5) + body("b", 3) + header(3, 1) + "c\n" + kEnd;
  for (const std::size_t piece : {kWhole, std::size_t{1}, std::size_t{3}}) {
    const auto f = frame(requests, Framing::kHeaders, output, piece);
    EXPECT_TRUE(f.ended);
    EXPECT_FALSE(f.broken);
    ASSERT_THAT(texts(f), ElementsAre(body("a", 3), body("b", 3), "c\n"));
    EXPECT_EQ(f.captures[1].index, 8u);
    EXPECT_EQ(f.captures[1].first_row, 2);
    EXPECT_EQ(f.captures[1].height, 5);
    EXPECT_EQ(f.settled, 3u);
  }
}

TEST(HeaderFraming, APaneShrunkBelowTheFirstRowGivesItsLastLine) {
  const auto f = frame({{0, 1, 20, 24}}, Framing::kHeaders, header(1, 10) + "last\n" + kEnd, kWhole);
  EXPECT_TRUE(f.ended);
  ASSERT_THAT(texts(f), ElementsAre("last\n"));
  EXPECT_EQ(f.captures[0].first_row, 9);
}

TEST(HeaderFraming, GonePanesAreSaidToBe) {
  const std::vector<CaptureRequest> requests = {{7, 1, 0, 0}, {8, 2, 0, 0}, {9, 3, 0, 0}};
  const auto f = frame(requests, Framing::kHeaders,
                       kGoneHeader + header(2, 2) + body("b", 2) + kGoneHeader + kEnd, kWhole);
  EXPECT_TRUE(f.ended);
  EXPECT_THAT(f.gone, ElementsAre(7, 9));
  EXPECT_THAT(texts(f), ElementsAre(body("b", 2)));
}

TEST(HeaderFraming, AHeaderWithoutTextIsAFailedCapture) {
  // The pane died between the two commands; spawn goes on with the next.
  const std::vector<CaptureRequest> requests = {{7, 1, 0, 0}, {8, 2, 0, 0}};
  auto f = frame(requests, Framing::kHeaders, header(1, 4) + header(2, 2) + body("b", 2) + kEnd, kWhole);
  EXPECT_TRUE(f.ended);
  EXPECT_THAT(f.gone, ElementsAre(7));
  EXPECT_THAT(texts(f), ElementsAre(body("b", 2)));
  f = frame(requests, Framing::kHeaders, header(1, 1) + "a\n" + header(2, 2) + kEnd, kWhole);
  EXPECT_TRUE(f.ended);
  EXPECT_THAT(f.gone, ElementsAre(8));
}

TEST(HeaderFraming, ABatchThatStoppedAtAnErrorSettlesTheFailedOne) {
  const std::vector<CaptureRequest> requests = {{7, 1, 0, 0}, {8, 2, 0, 0}, {9, 3, 0, 0}};
  std::vector<std::size_t> gone;
  CaptureFramer framer(
      requests, kNonce, Framing::kHeaders, [](Capture) {}, [&](std::size_t i) { gone.push_back(i); },
      [](std::span<const CaptureRequest>) {});
  framer.on_output(header(1, 1) + "a\n" + header(2, 4));  // native: nothing comes after the failure
  EXPECT_FALSE(framer.ended());
  framer.settle_failed_capture();
  EXPECT_THAT(gone, ElementsAre(8));
  EXPECT_EQ(framer.settled(), 2u);  // the third is asked for again
  framer.settle_failed_capture();
  EXPECT_EQ(framer.settled(), 2u);
}

TEST(HeaderFraming, OutputThatFitsNoFrameIsBroken) {
  const std::vector<CaptureRequest> requests = {{7, 1, 0, 0}};
  for (const std::string& output :
       {std::string("text without a header\n"), header(2, 2) + body("b", 2), header(1, 0), kNonce + " %1\n",
        kNonce + " %x 3\n", header(1, 1) + "a\nb\n", header(1, 1) + "a\n" + header(1, 1)}) {
    const auto f = frame(requests, Framing::kHeaders, output, kWhole);
    EXPECT_TRUE(f.broken) << output;
    EXPECT_FALSE(f.ended) << output;
  }
}

TEST(BothFramings, NothingInPaneTextIsAFrame) {
  const std::string nasty = "%1 24\n" + kNonce.substr(1) + " end\n" + " " + kNonce + " end\n" +
                            kNonce.substr(0, 15) + " end\n" + "fedcba9876543210 end\n\n\n";
  const std::vector<CaptureRequest> requests = {{0, 1, 0, 7}};
  for (const std::size_t piece : {kWhole, std::size_t{1}}) {
    auto f = frame(requests, Framing::kPlanned, nasty + kEnd, piece);
    EXPECT_TRUE(f.ended);
    EXPECT_THAT(texts(f), ElementsAre(nasty));
    f = frame(requests, Framing::kHeaders, header(1, 7) + nasty + kEnd, piece);
    EXPECT_TRUE(f.ended);
    EXPECT_THAT(texts(f), ElementsAre(nasty));
  }
}

TEST(BothFramings, BytesThatAreNotUtf8PassThrough) {
  const std::string raw = "\xff\xfe\x80 \x1b[0m\r\n";
  const auto f = frame({{0, 1, 0, 1}}, Framing::kPlanned, raw + kEnd, 1);
  EXPECT_TRUE(f.ended);
  EXPECT_THAT(texts(f), ElementsAre(raw));
}

TEST(BothFramings, SentIsPassedOnWithTheRequests) {
  const std::vector<CaptureRequest> requests = {{0, 1, 0, 1}, {1, 2, 0, 1}};
  std::size_t sent = 0;
  CaptureFramer framer(
      requests, kNonce, Framing::kHeaders, [](Capture) {}, [](std::size_t) {},
      [&](std::span<const CaptureRequest> r) { sent += r.size(); });
  framer.on_sent();
  EXPECT_EQ(sent, 2u);
}

TEST(CaptureBatch, PlannedAsksForBoundedRowsAndOneMark) {
  const std::vector<CaptureRequest> requests = {{0, 11, 0, 24}, {1, 12, 5, 40}};
  const Batch batch = capture_batch(requests, kNonce, Framing::kPlanned);
  EXPECT_THAT(batch, ElementsAre(ElementsAre("capturep", "-pt%11", "-E23"),
                                 ElementsAre("capturep", "-pt%12", "-S5", "-E39"),
                                 ElementsAre("display", "-p", kNonce + " end")));
}

TEST(CaptureBatch, HeadersComeBeforeEachCapture) {
  const std::vector<CaptureRequest> requests = {{0, 11, 0, 0}, {1, 12, 5, 0}};
  const Batch batch = capture_batch(requests, kNonce, Framing::kHeaders);
  EXPECT_THAT(batch, ElementsAre(ElementsAre("display", "-pt%11", kNonce + " #{pane_id} #{pane_height}"),
                                 ElementsAre("capturep", "-pt%11"),
                                 ElementsAre("display", "-pt%12", kNonce + " #{pane_id} #{pane_height}"),
                                 ElementsAre("capturep", "-pt%12", "-S5"),
                                 ElementsAre("display", "-p", kNonce + " end")));
}

TEST(CaptureBatch, TheLargestBatchFitsIntoOneMessage) {
  for (const Framing framing : {Framing::kPlanned, Framing::kHeaders}) {
    const std::size_t most = framing == Framing::kHeaders ? kMaxPanesWithHeaders : kMaxPanesPerBatch;
    const std::vector<CaptureRequest> requests(most, {0, 4'294'967'295u, 999, 1000});
    std::size_t bytes = 4, words = 0;
    for (const Command& command : capture_batch(requests, kNonce, framing)) {
      for (const std::string& word : command) bytes += word.size() + 1;
      words += command.size();
      bytes += 1;  // the ";" at the end of its last word
    }
    EXPECT_LE(bytes, 16'368u);
    EXPECT_LE(words, 1000u);  // from tmux 3.7
  }
}

}  // namespace
}  // namespace orc
