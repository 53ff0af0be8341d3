// Reports as one self-contained page.
#include <fmt/format.h>

#include <algorithm>

#include "tmux_orc/report/reports.h"

namespace orc {
namespace {

constexpr double kWidth = 860, kHeight = 240, kLeft = 60, kRight = 150, kTop = 16, kBottom = 40;
constexpr const char* kColours[] = {"#2b6cb0", "#dd6b20", "#718096", "#38a169", "#805ad5",
                                    "#e53e3e", "#d69e2e", "#319795", "#1a202c"};

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

double highest(const Chart& chart) {
  double most = 0;
  for (std::size_t i = 0; i < chart.labels.size(); ++i) {
    double sum = 0;
    for (const auto& s : chart.series) sum = chart.stacked ? sum + s.values[i] : std::max(sum, s.values[i]);
    most = std::max(most, sum);
  }
  return most > 0 ? most : 1;
}

std::string axes(const Chart& chart, double most) {
  std::string out;
  for (int i = 0; i <= 4; ++i) {
    const double y = kHeight - kBottom - (kHeight - kBottom - kTop) * i / 4;
    out += fmt::format(
        "<line x1='{:.1f}' y1='{:.1f}' x2='{:.1f}' y2='{:.1f}' stroke='#e2e8f0'/><text x='{:.1f}' y='{:.1f}' "
        "text-anchor='end'>{:.4g}</text>",
        kLeft, y, kWidth - kRight, y, kLeft - 6, y + 4, most * i / 4);
  }
  out += fmt::format("<text x='4' y='{:.1f}'>{}</text>", kTop - 4, escape(chart.unit));
  return out;
}

std::string svg(const Chart& chart) {
  const double most = highest(chart), plot = kHeight - kBottom - kTop;
  const auto count = static_cast<double>(std::max<std::size_t>(chart.labels.size(), 1));
  const double step = (kWidth - kLeft - kRight) / count;
  const auto x_of = [&](std::size_t i) { return kLeft + step * (static_cast<double>(i) + 0.5); };
  std::string out = fmt::format("<svg viewBox='0 0 {} {}' role='img' aria-label='{}'>{}", kWidth, kHeight,
                                escape(chart.title), axes(chart, most));
  std::vector<double> base(chart.labels.size(), 0);
  for (std::size_t k = 0; k < chart.series.size(); ++k) {
    const char* colour = kColours[k % std::size(kColours)];
    std::string points;
    for (std::size_t i = 0; i < chart.labels.size(); ++i) {
      const double value = chart.series[k].values[i];
      if (chart.stacked) {
        const double height = plot * value / most, y = kHeight - kBottom - plot * base[i] / most - height;
        out += fmt::format("<rect x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}' fill='{}'/>",
                           x_of(i) - step * 0.3, y, step * 0.6, height, colour);
        base[i] += value;
      } else {
        const double y = kHeight - kBottom - plot * value / most;
        points += fmt::format("{:.1f},{:.1f} ", x_of(i), y);
        out += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='2.5' fill='{}'/>", x_of(i), y, colour);
      }
    }
    if (!chart.stacked)
      out +=
          fmt::format("<polyline points='{}' fill='none' stroke='{}' stroke-width='1.6'/>", points, colour);
    const double y = kTop + 16 * static_cast<double>(k);
    out += fmt::format(
        "<rect x='{:.1f}' y='{:.1f}' width='10' height='10' fill='{}'/><text x='{:.1f}' y='{:.1f}'>{}</text>",
        kWidth - kRight + 12, y, colour, kWidth - kRight + 28, y + 9, escape(chart.series[k].name));
  }
  const std::size_t every = std::max<std::size_t>(1, chart.labels.size() / 8);
  for (std::size_t i = 0; i < chart.labels.size(); i += every) {
    out += fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='middle'>{}</text>", x_of(i),
                       kHeight - kBottom + 18, escape(chart.labels[i]));
  }
  return out + "</svg>";
}

std::string html_table(const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return "";
  std::string out = "<table><thead><tr>";
  for (const auto& cell : rows[0]) out += "<th>" + escape(cell) + "</th>";
  out += "</tr></thead><tbody>";
  for (std::size_t i = 1; i < rows.size(); ++i) {
    out += "<tr>";
    for (const auto& cell : rows[i]) out += "<td>" + escape(cell) + "</td>";
    out += "</tr>";
  }
  return out + "</tbody></table>";
}

}  // namespace

std::string to_html(const Report& report) {
  std::string out = fmt::format(
      "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
      "content='width=device-width'><title>tmux-orc: {0}</title><style>"
      "body{{font:15px/1.5 system-ui,sans-serif;color:#1a202c;max-width:60rem;margin:2rem auto;padding:0 "
      "1rem}}h1{{margin-bottom:0}}p.sub{{color:#718096;margin-top:0}}"
      "table{{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px;display:block;"
      "overflow-x:auto}}th,td{{padding:.2rem .6rem;border-bottom:1px solid #e2e8f0;text-align:right}}"
      "th:first-child,td:first-child{{text-align:left}}svg{{width:100%;font:11px "
      "system-ui,sans-serif}}section{{break-inside:avoid;margin-bottom:2rem}}"
      "@media print{{body{{margin:0;max-width:none}}}}</style></head><body><h1>{0}</h1><p "
      "class='sub'>{1}</p>",
      escape(report.title), escape(report.subtitle));
  for (const Section& s : report.sections) {
    out += "<section><h2>" + escape(s.title) + "</h2>";
    for (const std::string& note : s.notes) out += "<p>" + escape(note) + "</p>";
    if (s.chart && !s.chart->labels.empty()) out += svg(*s.chart);
    out += html_table(s.rows) + "</section>";
  }
  return out + "</body></html>\n";
}

}  // namespace orc
