// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/about/footer.h"

#include <re2/re2.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <vector>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr std::size_t kLines = 5;  // from the bottom, those with text
constexpr std::size_t kLongestLine = 2000;

enum class Says { kModel, kContext, kContextLeft, kCost };

struct Pattern {
  std::string_view agent;
  std::string_view holds;  // stands in every text that matches: a line without it costs no search
  const char* regex;       // each group says one of `says`, in order
  std::vector<Says> says;
};

// As seen on the screens in tests/screens and of today's versions. Rounded counts ("1.2k") are left alone.
const Pattern kPatterns[] = {
    {"claude", "auto-compact", R"(Context left until auto-compact: (\d+)%)", {Says::kContextLeft}},
    {"claude", "auto-compact", R"((\d+)% until auto-compact)", {Says::kContextLeft}},
    {"codex", "% context left", R"((?:^|  |· )(\d+)% context left)", {Says::kContextLeft}},
    {"gemini",
     "gemini-",
     R"( (?:no sandbox|sandbox[^ ]*|[\w-]+) +(gemini-[\w.-]+)(?: \(\d+%[^)]*\))?$)",
     {Says::kModel}},
    {"gemini", "% context left", R"(\((\d+)% context left\))", {Says::kContextLeft}},
    {"qwen", "➜", R"(^ *➜ .* · ([\w./:-]+)$)", {Says::kModel}},
    {"qwen", "% context used", R"((\d+(?:\.\d+)?)% context used)", {Says::kContext}},
    {"opencode", "%)", R"( \d[\d.,]*[KM]? \((\d+)%\))", {Says::kContext}},
    {"opencode", "$", R"( \d[\d.,]*[KM]? \(\d+%\) · \$(\d+\.\d+))", {Says::kCost}},
    {"kilo", "%)", R"( \d[\d.,]*[KM]? \((\d+)%\))", {Says::kContext}},
    {"kilo", "$", R"( \d[\d.,]*[KM]? \(\d+%\) · \$(\d+\.\d+))", {Says::kCost}},
    {"pi",
     "%/",
     R"((?:^| )(\d+(?:\.\d+)?)%/\d[\d.]*[kM](?: \(auto\))? +([\w./:-]+)(?: • [\w-]+)?$)",
     {Says::kContext, Says::kModel}},
    {"pi", "$", R"((?:^| )\$(\d+\.\d+)(?: \(sub\))? )", {Says::kCost}},
    {"cline", "$", R"(^ *([\w./:-]+) \([\d,]+\) \$(\d+\.\d+) )", {Says::kModel, Says::kCost}},
    {"continue", "Context: ", R"(• Context: (\d+)%)", {Says::kContext}},
    {"copilot", "? help", R"(/ commands · \? help.* {2,}([\w./:-]+)$)", {Says::kModel}},
    {"grok", "≋", R"( ≋ ([\w./:-]+))", {Says::kModel}},
    {"letta", "Letta Code [", R"(Letta Code \[([^\]]{1,60})\]$)", {Says::kModel}},
};

struct Compiled {
  const Pattern* pattern;
  std::unique_ptr<RE2> regex;
};
const std::vector<Compiled>& compiled() {
  static const std::vector<Compiled> kCompiled = [] {
    std::vector<Compiled> out;
    for (const Pattern& p : kPatterns) out.push_back({&p, std::make_unique<RE2>(p.regex)});
    return out;
  }();
  return kCompiled;
}

std::vector<std::string_view> last_lines(std::string_view screen) {
  std::vector<std::string_view> out;
  while (!screen.empty() && out.size() < kLines) {
    const std::size_t end = screen.rfind('\n');
    const std::string_view line = rtrim(end == std::string_view::npos ? screen : screen.substr(end + 1));
    if (!line.empty() && line.size() <= kLongestLine) out.push_back(line);
    screen = screen.substr(0, end == std::string_view::npos ? 0 : end);
  }
  return out;
}

void take(Says says, const std::string& value, Footer& out) {
  double number = 0;
  if (says == Says::kModel) {
    out.model = printable(value);
    return;
  }
  try {
    number = std::stod(value);
  } catch (const std::exception&) {
    return;  // longer than any number
  }
  if (says == Says::kCost)
    out.cost_usd = number;
  else if (number <= 100)
    out.context_percent = says == Says::kContextLeft ? 100 - number : number;
}

}  // namespace

Footer footer_of(std::string_view agent, std::string_view screen) {
  Footer out;
  std::vector<std::string_view> lines;
  for (const Compiled& c : compiled()) {
    if (c.pattern->agent != agent) continue;
    if (lines.empty()) lines = last_lines(screen);
    std::string first, second;
    for (const std::string_view line : lines) {
      if (line.find(c.pattern->holds) == std::string_view::npos) continue;
      const re2::StringPiece text(line.data(), line.size());
      const bool found = c.pattern->says.size() == 1 ? RE2::PartialMatch(text, *c.regex, &first)
                                                     : RE2::PartialMatch(text, *c.regex, &first, &second);
      if (!found) continue;
      take(c.pattern->says[0], first, out);
      if (c.pattern->says.size() > 1) take(c.pattern->says[1], second, out);
      break;
    }
  }
  return out;
}

}  // namespace orc
