// SPDX-License-Identifier: Apache-2.0
#include "timeline_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "tmux_orc/base/state_style.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"

namespace orc {
namespace {

constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;
// "06:00" and "2026-11-24" are 40 and 80 pixels wide, a strip on a phone 340.
constexpr int kMostTimes = 6, kMostDays = 4;

struct Tick {
  double percent = 0;
  std::string text;
};

std::vector<Tick> day_ticks(const Timeline& t) {
  const double days = static_cast<double>(t.to_ms - t.from_ms) / static_cast<double>(kDay);
  int step = 1;
  while (days / step > kMostDays) ++step;
  std::vector<Tick> out;
  for (int day = 0;; day += step) {
    const std::int64_t at = day_start(t.from_ms, day);
    if (at >= t.to_ms) return out;
    if (at < t.from_ms) continue;
    out.push_back({100 * static_cast<double>(at - t.from_ms) / static_cast<double>(t.to_ms - t.from_ms),
                   day_text(local_day(at))});
  }
}

std::vector<Tick> time_ticks(const Timeline& t) {
  constexpr std::int64_t kSteps[] = {kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute,
                                     kHour,   2 * kHour,   3 * kHour,    4 * kHour,    6 * kHour};
  const std::int64_t length = t.to_ms - t.from_ms;
  const auto* step = std::find_if(std::begin(kSteps), std::end(kSteps) - 1,
                                  [&](std::int64_t s) { return length / s <= kMostTimes; });
  std::vector<Tick> out;
  for (std::int64_t at = day_start(t.from_ms); at < t.to_ms; at += *step) {
    if (at < t.from_ms) continue;
    out.push_back({100 * static_cast<double>(at - t.from_ms) / static_cast<double>(length),
                   time_text(at).substr(11, 5)});
  }
  return out;
}

// A label begins at its tick; where it would leave the screen there is none.
std::string ticks_html(const Timeline& t) {
  const bool are_days = t.to_ms - t.from_ms > 2 * kDay;
  std::string out = "<div class='strip' aria-hidden='true'><span></span><div class='ticks'>";
  for (const Tick& tick : are_days ? day_ticks(t) : time_ticks(t)) {
    if (tick.percent > (are_days ? 76 : 86)) continue;
    out += fmt::format("<span style='left:{:.2f}%'>{}</span>", tick.percent, tick.text);
  }
  return out + "</div></div>";
}

// One path a state: a box for each run of its columns.
std::string paths_of(const Strip& strip) {
  std::map<State, std::string> paths;
  for (std::size_t from = 0; from < strip.columns.size();) {
    std::size_t to = from + 1;
    while (to < strip.columns.size() && strip.columns[to] == strip.columns[from]) ++to;
    if (strip.columns[from])
      paths[*strip.columns[from]] += fmt::format("M{} 0h{}v10h-{}z", from, to - from, to - from);
    from = to;
  }
  std::string out;
  for (const auto& [state, path] : paths)
    out += fmt::format("<path class='s-{}' d='{}'/>", to_string(state), path);
  return out;
}

std::string words_of(const Strip& strip, const std::string& name) {
  std::string out = name;
  for (const StateStyle& s : kStateStyles) {
    const auto found = strip.ms.find(s.state);
    if (found == strip.ms.end()) continue;
    out += fmt::format("{} {} {}", out == name ? ":" : ",", to_string(s.state),
                       format_duration_ms(found->second));
  }
  return out;
}

std::string legend_of(const Timeline& t) {
  std::string out = "<ul class='legend'>";
  for (const StateStyle& s : kStateStyles) {
    const bool is_there = std::any_of(t.strips.begin(), t.strips.end(), [&](const Strip& strip) {
      return std::find(strip.columns.begin(), strip.columns.end(), std::optional(s.state)) !=
             strip.columns.end();
    });
    if (is_there) out += fmt::format("<li class='s-{0}'>{0}</li>", to_string(s.state));
  }
  return out + "</ul>";
}

}  // namespace

std::string timeline_html(const Timeline& t) {
  const bool many = std::any_of(t.strips.begin(), t.strips.end(),
                                [&](const Strip& s) { return s.server != t.strips.front().server; });
  std::string out = legend_of(t);
  for (const Strip& s : t.strips) {
    const std::string name =
        escape_markup(printable(fmt::format("{} {}{}", s.target, s.agent, many ? " on " + s.server : "")));
    out += fmt::format(
        "<div class='strip'><span>{}</span><svg viewBox='0 0 {} 10' preserveAspectRatio='none' "
        "role='img'><title>{}</title>{}</svg></div>",
        name, s.columns.size(), words_of(s, name), paths_of(s));
  }
  return out + ticks_html(t);
}

}  // namespace orc
