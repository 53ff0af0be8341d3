// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/styled_text.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(StyledText, WithoutStylesIsWhatAPlainCaptureGives) {
  EXPECT_EQ(without_styles("\x1b[1m›\x1b[0m\x1b[39m\x1b[49m \x1b[2mSummarize\n"), "› Summarize\n");
  EXPECT_EQ(without_styles("a   \x1b[39m\n\x1b[48;2;1;2;3m    \n b\n"), "a\n\n b\n")
      << "blanks a colour kept";
  EXPECT_EQ(without_styles("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n"), "link\n");
  EXPECT_EQ(without_styles("\x0eqqq\x0f\n"), "qqq\n");
}

TEST(StyledText, BrokenSequencesEndWithTheirLine) {
  EXPECT_EQ(without_styles("a\x1b[38;2\nb\x1b]8;;x\nc\x1b"), "a\nb\nc");
  EXPECT_EQ(is_dim_from("\x1b[9999999999999999999999;2;2;2;2mtext", 0, 0), true);
  EXPECT_EQ(is_dim_from("\x1b[38;5m\x1b[38mtext", 0, 0), false);
}

// As Codex, Gemini and Qwen drew their suggestions in November 2026.
TEST(StyledText, FaintAndGreyAreDim) {
  EXPECT_EQ(is_dim_from("\x1b[1m›\x1b[0m\x1b[39m\x1b[49m \x1b[2mSummarize recent commits", 2, 0), true);
  EXPECT_EQ(is_dim_from(" > \x1b[7mS\x1b[0m\x1b[38;2;175;175;175mummarize", 3, 0), true)
      << "but for the cursor";
  EXPECT_EQ(is_dim_from("> \x1b[4mS\x1b[0m\x1b[38;2;108;112;134m\x1b[49mummarize", 2, 0), true);
  EXPECT_EQ(is_dim_from("> \x1b[90mtext", 2, 0), true);
  EXPECT_EQ(is_dim_from("> \x1b[38:5:244mtext", 2, 0), true);
}

TEST(StyledText, WhatIsTypedIsNot) {
  EXPECT_EQ(is_dim_from("\x1b[2m>\x1b[0m text", 2, 0), false);
  EXPECT_EQ(is_dim_from("> \x1b[97mtext", 2, 0), false);
  EXPECT_EQ(is_dim_from("> \x1b[38;2;240;240;245mtext", 2, 0), false);
  EXPECT_EQ(is_dim_from("> \x1b[38;5;16mtext", 2, 0), false) << "black, on a light ground";
  EXPECT_EQ(is_dim_from("> text \x1b[2m│ hint", 2, 0), false) << "behind a frame stands something else";
  EXPECT_EQ(is_dim_from("\x1b[2ma\n> \x1b[22mtext", 2, 1), false) << "a style goes on over lines";
  EXPECT_EQ(is_dim_from("\x1b[2ma\n> text", 2, 1), true);
}

TEST(StyledText, WhereNothingTellsItSaysSo) {
  EXPECT_EQ(is_dim_from("> \x1b[34mtext", 2, 0), std::nullopt) << "blue";
  EXPECT_EQ(is_dim_from("> ", 2, 0), std::nullopt);
  EXPECT_EQ(is_dim_from("> text", 2, 1), std::nullopt);
  EXPECT_EQ(is_dim_from("> text", -1, 0), std::nullopt);
}

}  // namespace
}  // namespace orc
