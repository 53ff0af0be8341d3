// SPDX-License-Identifier: Apache-2.0
// Reports as one self-contained page, in the page's style sheet.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "timeline_html.h"
#include "tmux_orc/base/state_style.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/report/reports.h"
#include "tmux_orc/web/assets.h"

namespace orc {
namespace {

// Small, so that 14 units of text can still be read where the whole is 400 pixels wide.
constexpr double kWidth = 480, kHeight = 240, kLeft = 58, kRight = 10, kTop = 28, kBottom = 30;
constexpr std::size_t kMostLabels = 4;  // "2026-11-24" is about 75 units wide
// States have their own colours; other series take states' that lie far apart.
constexpr State kPalette[] = {State::kIdle,  State::kWaiting, State::kRateLimited, State::kWorking,
                              State::kDraft, State::kError,   State::kInterrupted, State::kExited};

double highest(const Chart& chart) {
  double most = 0;
  for (std::size_t i = 0; i < chart.labels.size(); ++i) {
    double sum = 0;
    for (const auto& s : chart.series) sum = chart.stacked ? sum + s.values[i] : std::max(sum, s.values[i]);
    most = std::max(most, sum);
  }
  return most > 0 ? most : 1;
}

// 1, 2 or 5 times a power of ten, so that four steps or a few more reach `most`.
double round_step(double most) {
  const double rough = most / 4, power = std::pow(10, std::floor(std::log10(rough)));
  for (const double times : {1.0, 2.0, 5.0})
    if (rough <= times * power * 1.0000001) return times * power;
  return 10 * power;
}

std::string colour_of(const std::string& series, std::size_t number) {
  const auto state = state_from_string(series);
  return fmt::format("var(--{})", to_string(state ? *state : kPalette[number % std::size(kPalette)]));
}

struct Scale {
  explicit Scale(const Chart& chart)
      : step(round_step(highest(chart))),
        top(step * std::ceil(highest(chart) / step - 1e-9)),
        across((kWidth - kLeft - kRight) /
               static_cast<double>(std::max<std::size_t>(chart.labels.size(), 1))) {}
  double x(std::size_t i) const { return kLeft + across * (static_cast<double>(i) + 0.5); }
  double y(double value) const { return kHeight - kBottom - (kHeight - kBottom - kTop) * value / top; }
  const double step, top, across;
};

std::string axes(const Chart& chart, const Scale& scale) {
  std::string out;
  const int ticks = static_cast<int>(std::lround(scale.top / scale.step));
  for (int i = 0; i <= ticks; ++i) {
    const double y = scale.y(i * scale.step);
    out += fmt::format(
        "<line class='grid' x1='{}' y1='{:.1f}' x2='{}' y2='{:.1f}'/><text x='{}' y='{:.1f}' "
        "text-anchor='end'>{:.6g}</text>",
        kLeft, y, kWidth - kRight, y, kLeft - 5, y + 4, i * scale.step);
  }
  out += fmt::format("<text x='0' y='12'>{}</text>", escape_markup(chart.unit));
  const std::size_t every = (chart.labels.size() + kMostLabels - 1) / kMostLabels;
  for (std::size_t i = 0; i < chart.labels.size(); i += std::max<std::size_t>(every, 1)) {
    out += fmt::format("<text x='{:.1f}' y='{}' text-anchor='middle'>{}</text>", scale.x(i),
                       kHeight - kBottom + 22, escape_markup(chart.labels[i]));
  }
  return out;
}

std::string bars(const Chart& chart, const Scale& scale) {
  std::string out;
  std::vector<double> base(chart.labels.size(), 0);
  for (std::size_t k = 0; k < chart.series.size(); ++k) {
    for (std::size_t i = 0; i < chart.labels.size(); ++i) {
      const double value = chart.series[k].values[i];
      if (value <= 0) continue;
      const double width = std::min(scale.across * 0.6, 90.0), high = scale.y(base[i] + value);
      out += fmt::format(
          "<rect x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}' style='fill:{}'><title>{}: {:.4g} "
          "{}</title></rect>",
          scale.x(i) - width / 2, high, width, scale.y(base[i]) - high, colour_of(chart.series[k].name, k),
          escape_markup(chart.series[k].name), value, escape_markup(chart.unit));
      base[i] += value;
    }
  }
  return out;
}

std::string lines(const Chart& chart, const Scale& scale) {
  std::string out;
  for (std::size_t k = 0; k < chart.series.size(); ++k) {
    const std::string colour = colour_of(chart.series[k].name, k);
    std::string points;
    for (std::size_t i = 0; i < chart.labels.size(); ++i) {
      const double y = scale.y(chart.series[k].values[i]);
      points += fmt::format("{:.1f},{:.1f} ", scale.x(i), y);
      out += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3' style='fill:{}'/>", scale.x(i), y, colour);
    }
    out +=
        fmt::format("<polyline points='{}' style='fill:none;stroke:{};stroke-width:1.8'/>", points, colour);
  }
  return out;
}

std::string figure(const Chart& chart) {
  const Scale scale(chart);
  std::string legend;
  for (std::size_t k = 0; k < chart.series.size(); ++k)
    legend += fmt::format("<li style='--c:{}'>{}</li>", colour_of(chart.series[k].name, k),
                          escape_markup(chart.series[k].name));
  return fmt::format(
      "<ul class='legend'>{}</ul><svg viewBox='0 0 {} {}' role='img' aria-label='{}'>{}{}</svg>", legend,
      kWidth, kHeight, escape_markup(chart.title), axes(chart, scale),
      chart.stacked ? bars(chart, scale) : lines(chart, scale));
}

// "12.5%", "3m20s", "-": what stands under its like is easier to compare on the right; words are not.
bool is_figure(std::string_view cell) {
  return cell == "-" ||
         (!cell.empty() &&
          std::isdigit(static_cast<unsigned char>(cell[cell[0] == '-' || cell[0] == '+'])) != 0 &&
          cell.find(' ') == std::string_view::npos && cell.find(':') == std::string_view::npos);
}

std::string html_table(const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return "";
  std::vector<bool> figures(rows[0].size(), rows.size() > 1);
  if (!figures.empty()) figures[0] = false;  // names what the row is about
  for (std::size_t i = 1; i < rows.size(); ++i)
    for (std::size_t c = 0; c < std::min(rows[i].size(), figures.size()); ++c)
      figures[c] = figures[c] && is_figure(rows[i][c]);
  std::string out = "<div class='wide' tabindex='0'><table>";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += i == 0 ? "<thead><tr>" : "<tr>";
    for (std::size_t c = 0; c < rows[i].size(); ++c)
      out +=
          fmt::format("<{0}{1}>{2}</{0}>", i == 0 && !rows[i][c].empty() ? "th" : "td",
                      c < figures.size() && figures[c] ? " class='number'" : "", escape_markup(rows[i][c]));
    out += i == 0 ? "</tr></thead><tbody>" : "</tr>";
  }
  return out + "</tbody></table></div>";
}

}  // namespace

std::string to_html(const Report& report, const ReportFacts& facts) {
  std::string about;
  for (const auto& [name, value] : facts)
    about += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_markup(name), escape_markup(value));
  std::string out = fmt::format(
      "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
      "content='width=device-width, initial-scale=1'><title>tmux-orc: {0}</title><style>{3}</style></head>"
      "<body><main class='report'><header><h1>{0}</h1><dl><dt>Period</dt><dd>{1}</dd>{2}</dl></header>",
      escape_markup(report.title), escape_markup(report.subtitle), about, style_sheet());
  for (const Section& s : report.sections) {
    out += "<section><h2>" + escape_markup(s.title) + "</h2>";
    for (const std::string& note : s.notes) out += "<p>" + escape_markup(note) + "</p>";
    if (s.chart && !s.chart->labels.empty()) out += figure(*s.chart);
    if (s.timeline) out += timeline_html(*s.timeline);
    out += html_table(s.rows) + "</section>";
  }
  return out + "</main></body></html>\n";
}

}  // namespace orc
