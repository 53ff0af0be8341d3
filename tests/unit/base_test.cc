// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <set>

#include "support/temp_dir.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/state_style.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// U+FFFD, which stands for each byte that is not UTF-8.
const std::string kBad = "\xEF\xBF\xBD";

TEST(Printable, DropsC0AndDelButKeepsNewlinesOnlyWhenAsked) {
  EXPECT_EQ(printable("a\x1b[31mb\x07\t\r\x7f"), "a[31mb");
  EXPECT_EQ(printable("a\nb"), "ab");
  EXPECT_EQ(printable("a\nb\r\n", true), "a\nb\n");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "ab");
}

TEST(Printable, DropsC1InBothForms) {
  EXPECT_EQ(printable("a\xC2\x9B"
                      "31mb"),
            "a31mb");  // U+009B, CSI in one character
  EXPECT_EQ(printable("a\x9B"
                      "b"),
            "a" + kBad + "b");                   // the raw byte is not UTF-8
  EXPECT_EQ(printable("\xC2\xA0"), "\xC2\xA0");  // U+00A0 is the first one behind C1
}

TEST(Printable, DropsBidirectionalControls) {
  for (const char* mark : {"\u200E", "\u200F", "\u202A", "\u202B", "\u202C", "\u202D", "\u202E", "\u2066",
                           "\u2067", "\u2068", "\u2069"}) {
    EXPECT_EQ(printable(std::string("a") + mark + "b"), "ab");
  }
}

TEST(Printable, DropsTheArabicLetterMark) {  // the one bidirectional control outside General Punctuation
  EXPECT_EQ(printable("a\u061C"
                      "b"),
            "ab");
}

TEST(Printable, DropsZeroWidthAndTagCharacters) {
  for (const char* mark :
       {"\u200B", "\u200C", "\u200D", "\u2060", "\uFEFF", "\uFFF9", "\U000E0041", "\U000E007F"}) {
    EXPECT_EQ(printable(std::string("a") + mark + "b"), "ab");
  }
}

TEST(Printable, ReplacesEveryByteThatIsNotUtf8) {
  EXPECT_EQ(printable("\xFF"), kBad);
  EXPECT_EQ(printable("a\xC3"), "a" + kBad);                            // cut off in the middle
  EXPECT_EQ(printable("\xC3("), kBad + "(");                            // continuation missing
  EXPECT_EQ(printable("\xC0\xAF"), kBad + kBad);                        // overlong "/"
  EXPECT_EQ(printable("\xE0\x80\xAF"), kBad + kBad + kBad);             // overlong "/", three bytes
  EXPECT_EQ(printable("\xF0\x80\x80\x9B"), kBad + kBad + kBad + kBad);  // overlong U+001B
  EXPECT_EQ(printable("\xED\xA0\x80"), kBad + kBad + kBad);             // surrogate
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), kBad + kBad + kBad + kBad);  // above U+10FFFF
  EXPECT_EQ(printable("\xF5\x80\x80\x80"), kBad + kBad + kBad + kBad);
}

TEST(Printable, LeavesOrdinaryTextAlone) {
  const std::string text = "❯ naïve 漢字 🚀 ┃│ \u2800\u28FF é";
  EXPECT_EQ(printable(text), text);
  EXPECT_EQ(printable(printable("\xC3(\x1b")), printable("\xC3(\x1b"));
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("漢字"), 4);
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(display_width("🚀"), 2);
  EXPECT_EQ(display_width("│❯"), 2);
}

TEST(FitWidth, CutsAtCharactersAndNeverBecomesWider) {
  EXPECT_EQ(fit_width("abc", 3), "abc");
  EXPECT_EQ(fit_width("abcd", 3), "ab…");
  EXPECT_EQ(fit_width("漢字漢", 4), "漢…");  // half a wide character does not fit
  EXPECT_EQ(fit_width("abcd", 1), "…");
  for (int columns = 1; columns < 12; ++columns) {
    EXPECT_LE(display_width(fit_width("a漢e\u0301🚀bc字d", columns)), columns);
  }
}

TEST(Utf8, LengthCountsCharacters) { EXPECT_EQ(utf8_length("aé漢🚀"), 4u); }

TEST(Utf8, NextAlwaysAdvancesAndStaysInside) {
  const std::string text = "\xF0\x9F\x9A\x80\xF0\x9F\xE2\x82z\xC2";
  std::size_t pos = 0;
  std::vector<char32_t> seen;
  while (pos < text.size()) {
    const std::size_t before = pos;
    seen.push_back(utf8_next(text, pos));
    ASSERT_GT(pos, before);
    ASSERT_LE(pos, text.size());
  }
  EXPECT_THAT(seen, ElementsAre(0x1F680, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, U'z', 0xFFFD));
}

TEST(WholeWord, NeedsFreeEnds) {
  for (const char* text : {"pm", "3: pm", "pm!", "(pm)", "the pm window", "pm.x", "npm pm"}) {
    EXPECT_TRUE(contains_whole_word(text, "pm")) << text;
  }
  for (const char* text : {"npm-dev", "shipment", "pm-old", "pm_2", "pm2", "PM", "", "pmpm", "épm"}) {
    EXPECT_FALSE(contains_whole_word(text, "pm")) << text;
  }
  EXPECT_FALSE(contains_whole_word("anything", ""));
  EXPECT_TRUE(contains_whole_word("my project-manager", "project-manager"));
}

TEST(Nearest, FindsTypingErrorsOnly) {
  const std::vector<std::string> keys = {"max_size", "min_size", "strategy"};
  EXPECT_EQ(nearest("max_siez", keys), "max_size");
  EXPECT_EQ(nearest("startegy", keys), "strategy");
  EXPECT_EQ(nearest("completely_else", keys), "");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(FormatDuration, PicksTwoUnits) {
  EXPECT_EQ(format_duration_ms(0), "0s");
  EXPECT_EQ(format_duration_ms(3'999), "3s");
  EXPECT_EQ(format_duration_ms(59'999), "59s");
  EXPECT_EQ(format_duration_ms(60'000), "1m00s");
  EXPECT_EQ(format_duration_ms(252'000), "4m12s");
  EXPECT_EQ(format_duration_ms(7'500'000), "2h05m");
  EXPECT_EQ(format_duration_ms(86'400'000), "1d00h");
  EXPECT_EQ(format_duration_ms(266'400'000), "3d02h");
  EXPECT_EQ(format_duration_ms(-5'000), "0s");  // the wall clock stepped back
}

TEST(SplitLines, FinalNewlineMakesNoLine) {
  EXPECT_THAT(split_lines(""), IsEmpty());
  EXPECT_THAT(split_lines("a"), ElementsAre("a"));
  EXPECT_THAT(split_lines("a\n"), ElementsAre("a"));
  EXPECT_THAT(split_lines("a\n\nb\n\n"), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split_lines("\n"), ElementsAre(""));
}

TEST(Trim, KnowsTheNoBreakSpace) {
  EXPECT_EQ(rtrim("  a \t\r\xC2\xA0 "), "  a");
  EXPECT_EQ(trim("\xC2\xA0 \ta b\xC2\xA0\n"), "a b");
  EXPECT_EQ(trim(" \xC2\xA0 "), "");
  EXPECT_EQ(rtrim("é"), "é");  // ends in a byte that also ends U+00A0-like pairs
}

TEST(Fnv1a, IsTheKnownFunction) {
  EXPECT_EQ(fnv1a(""), 14695981039346656037ull);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cull);
  EXPECT_NE(fnv1a("b", fnv1a("a")), fnv1a("a", fnv1a("b")));
  std::set<std::uint64_t> hashes;  // every bit of every byte counts, and so does the length
  for (std::string text : {"", "a", "1234567", "12345678", "123456789abcdef0x"}) {
    hashes.insert(quick_hash(text, 0));
    hashes.insert(quick_hash(text, 1));
    hashes.insert(quick_hash(text + '\0', 0));
    for (char& c : text) {
      c ^= 4;
      hashes.insert(quick_hash(text, 0));
      c ^= 4;
    }
  }
  EXPECT_EQ(hashes.size(), 5u * 3 + 1 + 7 + 8 + 17);
}

TEST(RandomHex, IsLongHexAndNew) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string value = random_hex();
    EXPECT_EQ(value.size(), 16u);
    EXPECT_EQ(value.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(seen.insert(value).second);
  }
}

TEST(State, NamesRoundTrip) {
  std::set<std::string_view> names;
  for (int i = 0; i < kStateCount; ++i) {
    const auto state = static_cast<State>(i);
    EXPECT_EQ(state_from_string(to_string(state)), state);
    EXPECT_TRUE(names.insert(to_string(state)).second);
  }
  EXPECT_EQ(state_from_string("Idle"), std::nullopt);
  EXPECT_EQ(state_from_string(""), std::nullopt);
}

TEST(PollTimeout, RoundsUpAndNeverBelowZero) {
  const Steady::time_point now{};
  EXPECT_EQ(poll_timeout(now, now + std::chrono::seconds(1)), 0);
  EXPECT_EQ(poll_timeout(now + std::chrono::microseconds(1), now), 1);
  EXPECT_EQ(poll_timeout(now + std::chrono::milliseconds(250), now), 250);
  EXPECT_EQ(poll_timeout(now + std::chrono::hours(100), now), 60'000);
}

TEST(ReadFile, RegularFilesOfABoundedSizeOnly) {
  const test::TempDir folder;
  const std::string file = folder.path() + "/file", fifo = folder.path() + "/fifo";
  ASSERT_TRUE(write_file_atomically(file, std::string(2000, 'x'), false).has_value());
  EXPECT_EQ(read_file(file)->size(), 2000u);
  EXPECT_THAT(read_file(file, 1999).error().message, testing::HasSubstr("more than"));
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(read_file(fifo).error().message, testing::HasSubstr("no regular file")) << "and not waited for";
  EXPECT_THAT(read_file("/dev/zero").error().message, testing::HasSubstr("no regular file"));
  EXPECT_THAT(read_file(folder.path()).error().message, testing::HasSubstr("no regular file"));
  EXPECT_EQ(read_file(folder.path() + "/none").error().kind, ErrorKind::kUnavailable);
}

TEST(Counted, OneIsNoPlural) {
  EXPECT_EQ(counted(1, "round"), "1 round");
  EXPECT_EQ(counted(0, "round"), "0 rounds");
  EXPECT_EQ(counted(2, "process", "processes"), "2 processes");
}

// WCAG's contrast of two colours: 4.5 is what text of this size needs.
double contrast(std::string_view a, std::string_view b) {
  const auto luminance = [](std::string_view rgb) {
    double sum = 0;
    for (int i = 0; i < 3; ++i) {
      const double c =
          std::stoi(std::string(rgb.substr(1 + 2 * static_cast<std::size_t>(i), 2)), nullptr, 16) / 255.0;
      constexpr double kWeight[] = {0.2126, 0.7152, 0.0722};
      sum += kWeight[i] * (c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
    }
    return sum + 0.05;
  };
  const double x = luminance(a), y = luminance(b);
  return std::max(x, y) / std::min(x, y);
}

TEST(StateStyle, EveryStateHasItsOwnSignAndCanBeRead) {
  std::set<std::string_view> signs, plain, light, dark;
  std::set<State> states;
  for (const StateStyle& s : kStateStyles) {
    states.insert(s.state);
    signs.insert(s.sign);
    plain.insert(s.plain);
    light.insert(s.light);
    dark.insert(s.dark);
    EXPECT_EQ(display_width(s.sign), 1) << s.sign;
    EXPECT_EQ(s.plain.size(), 1u);
    EXPECT_GE(contrast(s.light, "#f3f4f1"), 4.5) << to_string(s.state);
    EXPECT_GE(contrast(s.dark, "#22262e"), 4.5) << to_string(s.state);
    EXPECT_EQ(&style_of(s.state), &s);
  }
  for (const auto size : {states.size(), signs.size(), plain.size(), light.size(), dark.size()})
    EXPECT_EQ(size, static_cast<std::size_t>(kStateCount));
}

}  // namespace
}  // namespace orc
