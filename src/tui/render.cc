// SPDX-License-Identifier: Apache-2.0
#include "render.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"

namespace orc::tui {
namespace {

constexpr std::int64_t kStale_ms = 15'000;  // older figures say so

// Counts with their signs, greatest need first: "◆ 2 waiting".
Line counts_line(const std::map<State, std::size_t>& counts, const Look& look, bool words) {
  std::vector<std::pair<State, std::size_t>> sorted(counts.begin(), counts.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return attention_rank(a.first) < attention_rank(b.first); });
  Line line;
  for (const auto& [state, count] : sorted) {
    if (count == 0) continue;
    line.push_back({fmt::format("{}{} {}{}{}", line.empty() ? "" : "  ", look.sign(state), count,
                                words ? " " : "", words ? to_string(state) : ""),
                    look.state(state)});
  }
  return line;
}

class Painter {
 public:
  Painter(const ViewModel& model, const Look& look)
      : model_(model), look_(look), layout_(model.layout()), grid_(model.width(), model.height()) {}

  Grid run() {
    if (grid_.width() < 1 || grid_.height() < 1) return grid_;
    bar();
    list();
    if (layout_.preview.height > 0) preview();
    if (layout_.changes.height > 0) changes();
    footer();
    if (model_.overlay()) overlay(*model_.overlay());
    if (model_.answer_form()) form(*model_.answer_form());
    return std::move(grid_);
  }

 private:
  std::string cut(const std::string& text, int columns) const {
    if (!look_.ascii) return fit_width(text, columns);
    if (display_width(text) <= columns) return text;
    const std::string with_ellipsis = fit_width(text, std::max(columns, 1));
    return with_ellipsis.substr(0, with_ellipsis.size() - std::string_view("…").size()) + "~";
  }

  // A line with its spans cut to `columns`, an ellipsis where something is missing.
  void put_cut(int x, int y, const Line& line, int columns, bool right) {
    int left = columns;
    const int width = width_of(line);
    if (right && width < columns) x += columns - width;
    for (const Span& span : line) {
      if (left <= 0) return;
      const std::string text = cut(look_.ascii ? plain_text(span.text) : printable(span.text), left);
      const int used = grid_.put(x, y, text, span.style, left);
      x += used;
      left -= used;
    }
  }

  // What a terminal without UTF-8 can show.
  static std::string plain_text(const std::string& text) {
    std::string out;
    const std::string safe = printable(text);
    for (std::size_t pos = 0; pos < safe.size();) {
      const char32_t c = utf8_next(safe, pos);
      if (c < 0x80)
        out += static_cast<char>(c);
      else
        out.append(static_cast<std::size_t>(width_of(c)), '?');
    }
    return out;
  }

  void bar() {
    const Rect& r = layout_.bar;
    const Snapshot* s = model_.snapshot();
    Line left;
    if (model_.form() != Form::kSidebar) left.push_back({"tmux-orc  ", Style{}.with(kBold)});
    const Line counts = s != nullptr ? counts_line(s->counts, look_, true) : Line{};
    const Line short_counts = s != nullptr ? counts_line(s->counts, look_, false) : Line{};
    std::string right = model_.source();
    if (s != nullptr && model_.now_ms() - s->at_ms > kStale_ms)
      right += fmt::format(" {} old", format_duration_ms(model_.now_ms() - s->at_ms));
    const int room = r.width - width_of(left);
    int right_width = display_width(right);
    // First the source goes, then the words of the counts.
    if (width_of(counts) + 2 + right_width > room && width_of(counts) > room - 2) right_width = 0;
    const bool words = width_of(counts) <= room - (right_width > 0 ? right_width + 2 : 0);
    for (const Span& span : words ? counts : short_counts) left.push_back(span);
    if (width_of(left) + 2 + right_width > r.width) right_width = 0;
    put_cut(r.x, r.y, left, r.width, false);
    if (right_width > 0)
      grid_.put(r.width - right_width, r.y, look_.ascii ? plain_text(right) : right, Style{}.with(kDim));
  }

  void list() {
    const auto columns = place_columns(model_, layout_.list.width);
    if (layout_.header.height > 0) {
      for (const PlacedColumn& p : columns)
        put_cut(layout_.header.x + p.x, layout_.header.y, {{p.column->name, Style{}.with(kBold | kDim)}},
                p.width, p.column->right);
    }
    const Rect& r = layout_.list;
    if (model_.rows().empty()) return nobody(r);
    const auto shown = static_cast<std::size_t>(std::max(r.height, 0));
    for (std::size_t i = 0; i < shown && model_.top() + i < model_.rows().size(); ++i) {
      const int y = r.y + static_cast<int>(i);
      const std::size_t at = model_.top() + i;
      row(model_.rows()[at], y, columns);
      if (at == model_.selected() && model_.form() != Form::kPlain)
        grid_.add_style(r.x, y, r.width, kReverse);
    }
    const std::size_t below = model_.rows().size() - std::min(model_.rows().size(), model_.top() + shown);
    if (below > 0 && r.height > 1) more(r, below);
  }

  // The last row tells how many there are below it; the scrolled list shows them all the same.
  void more(const Rect& r, std::size_t below) {
    const std::string text = fmt::format(" {} more ", below);
    grid_.put(r.x + r.width - display_width(text), r.y + r.height - 1, text, Style{}.with(kDim));
  }

  void nobody(const Rect& r) {
    std::string text = model_.trouble();
    if (text.empty() && !model_.remembered().filter.empty() && !model_.agents().empty())
      text = "no agent matches the filter; Esc clears it";
    if (text.empty() && model_.snapshot() != nullptr) text = "no agent is seen";
    if (text.empty()) text = "looking ...";
    int y = r.y;
    for (const std::string& line : wrap(text, r.width - 2)) {
      if (y >= r.y + r.height) return;
      grid_.put(r.x + 1, y++, look_.ascii ? plain_text(line) : line, Style{}.with(kDim));
    }
  }

  static std::vector<std::string> wrap(const std::string& text, int width) {
    std::vector<std::string> out;
    for (const auto piece : split_lines(text)) {
      std::string line;
      std::size_t at = 0;
      while (at <= piece.size()) {
        const std::size_t end = std::min(piece.find(' ', at), piece.size());
        const std::string word(piece.substr(at, end - at));
        if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
          out.push_back(line);
          line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
        at = end + 1;
      }
      out.push_back(line);
    }
    return out;
  }

  void row(const Row& row, int y, const std::vector<PlacedColumn>& columns) {
    const Rect& r = layout_.list;
    if (row.kind == Row::kAgent) {
      const AgentStatus& agent = model_.agents()[row.agent];
      for (const PlacedColumn& p : columns)
        put_cut(r.x + p.x, y, p.column->cell(agent, {model_, look_}), p.width, p.column->right);
    } else if (row.kind == Row::kIdle) {
      const std::string text = fmt::format("{} {} idle", look_.sign(State::kIdle), row.count);
      put_cut(r.x, y, {{text, Style{}.with(kDim)}}, r.width, false);
    } else {
      const std::string mark = row.folded ? look_.either("▸", "+") : look_.either("▾", "-");
      Line line = {{fmt::format("{} {}  ", mark, printable(row.group)), Style{}.with(kBold)}};
      for (Span& span : counts_line(row.counts, look_, true)) line.push_back(std::move(span));
      put_cut(r.x, y, line, r.width, false);
    }
  }

  void rule(const Rect& r, const std::string& title) {
    const std::string line = look_.either("─", "-");
    for (int x = r.x; x < r.x + r.width; ++x) grid_.put(x, r.y, line, Style{}.with(kDim));
    if (!title.empty())
      grid_.put(r.x + 1, r.y, " " + cut(look_.ascii ? plain_text(title) : title, r.width - 4) + " ",
                Style{}.with(kDim));
  }

  static std::string preview_title(const AgentStatus& a) {
    const std::string asks = asks_text(a.verdict);
    return printable(a.pane.target()) + "  " + printable(a.pane.window_name) +
           (asks.empty() ? "" : "  " + asks);
  }

  void preview() {
    const Rect& r = layout_.preview;
    if (layout_.beside) {
      for (int y = r.y; y < r.y + r.height; ++y)
        grid_.put(r.x - 1, y, look_.either("│", "|"), Style{}.with(kDim));
    }
    const AgentStatus* agent = model_.previewed();
    rule(r, agent == nullptr ? "" : preview_title(*agent));
    const Preview* preview = model_.preview();
    if (preview == nullptr) return;
    if (!preview->problem.empty()) {
      put_cut(r.x + 1, r.y + 1, {{preview->problem, Style{}.with(kDim)}}, r.width - 1, false);
      return;
    }
    // Agents work at the bottom of their screen: the last rows that have something are shown.
    std::size_t end = preview->rows.size();
    while (end > 0 && is_blank(preview->rows[end - 1])) --end;
    const auto room = static_cast<std::size_t>(std::max(r.height - 1, 0));
    const std::size_t begin = end > room ? end - room : 0;
    for (std::size_t i = begin; i < end; ++i)
      grid_.put(r.x, r.y + 1 + static_cast<int>(i - begin), shown_cells(preview->rows[i]), r.width);
  }

  static bool is_blank(const CellRow& row) {
    return std::all_of(row.begin(), row.end(), [](const Cell& c) {
      return c.ch == U' ' && c.style.bg == -1 && (c.style.attributes & kReverse) == 0;
    });
  }

  // A pane's cells as this terminal can show them.
  CellRow shown_cells(CellRow cells) const {
    for (Cell& c : cells) {
      if (!look_.color) c.style.fg = c.style.bg = -1;
      if (!look_.ascii || c.ch < 0x80) continue;
      c.mark = 0;
      c.ch = (c.ch >= 0x2500 && c.ch < 0x2580) ? box_in_ascii(c.ch) : U'?';
    }
    if (!look_.ascii) return cells;
    // Each of a wide character's two columns is a cell of its own.
    for (Cell& c : cells) {
      if (c.width == 0) c.ch = U' ';
      c.width = 1;
    }
    return cells;
  }
  static char32_t box_in_ascii(char32_t c) {
    return c == 0x2500 || c == 0x2501 ? U'-' : c <= 0x2503 ? U'|' : U'+';
  }

  void changes() {
    const Rect& r = layout_.changes;
    rule(r, "changes");
    const auto room = static_cast<std::size_t>(std::max(r.height - 1, 0));
    const auto& all = model_.changes();
    const std::size_t begin = all.size() > room ? all.size() - room : 0;
    for (std::size_t i = begin; i < all.size(); ++i) {
      const Transition& t = all[i];
      const auto words = [](const Verdict& v) {
        return std::string(to_string(v.state)) + (v.detail.empty() ? "" : "/" + printable(v.detail));
      };
      Line line = {
          {clock_text(t.at_ms) + "  ", Style{}.with(kDim)},
          {fmt::format("{:<9} {:<20} ", t.to.agent.empty() ? "-" : t.to.agent, printable(t.pane.target())),
           {}},
          {t.from.agent.empty() ? "new" : words(t.from),
           t.from.agent.empty() ? Style{} : look_.state(t.from.state)},
          {look_.either(" → ", " > "), Style{}.with(kDim)}};
      line.push_back(t.gone ? Span{"gone", Style{}.with(kDim)} : Span{words(t.to), look_.state(t.to.state)});
      put_cut(r.x, r.y + 1 + static_cast<int>(i - begin), line, r.width, false);
    }
  }

  void footer() {
    const Rect& r = layout_.footer;
    if (r.height == 0) return;
    const std::string& filter = model_.remembered().filter;
    if (model_.typing()) {
      const int used = grid_.put(r.x, r.y, "/" + filter, Style{}.with(kBold), r.width - 1);
      grid_.put(r.x + used, r.y, " ", Style{}.with(kReverse));
    } else if (const std::string message = model_.message(); !message.empty()) {
      put_cut(r.x, r.y, {{message, Style{}.with(kBold)}}, r.width, false);
    } else if (!filter.empty()) {
      put_cut(r.x, r.y, {{"filter: " + filter, Style{}.with(kBold)}, {"  Esc clears", Style{}.with(kDim)}},
              r.width, false);
    } else {
      hints(r);
    }
  }

  // As many keys as fit whole.
  void hints(const Rect& r) {
    static const std::vector<const char*> kPlain = {"q leaves"}, kSidebar = {"Enter jump", "? keys"},
                                          kFull = {"Enter jump", "n next",   "a answer", "/ filter", "? keys",
                                                   "q leave",    "g group",  "s sort",   "i idle",   "m mute",
                                                   "e explain",  "r record", "p preview"};
    const auto& all = model_.form() == Form::kPlain     ? kPlain
                      : model_.form() == Form::kSidebar ? kSidebar
                                                        : kFull;
    std::string text;
    for (const char* hint : all) {
      const std::string longer = text + (text.empty() ? "" : "  ") + hint;
      if (display_width(longer) > r.width) break;
      text = longer;
    }
    grid_.put(r.x, r.y, text, Style{}.with(kDim));
  }

  void overlay(const Overlay& o) {
    int widest = display_width(o.title) + 4;
    for (const std::string& line : o.lines) widest = std::max(widest, display_width(printable(line)));
    std::vector<Line> shown;
    for (auto i = static_cast<std::size_t>(std::max(o.top, 0)); i < o.lines.size(); ++i)
      shown.push_back({{o.lines[i], {}}});
    const Rect r = window(o.title, shown, widest, static_cast<int>(o.lines.size()));
    const int below = static_cast<int>(shown.size()) - (r.height - 2);
    if (below > 0) {
      const std::string text = fmt::format(" {} more ", below);
      grid_.put(r.x + r.width - 2 - display_width(text), r.y + r.height - 1, text, Style{}.with(kDim));
    }
  }

  void form(const AnswerForm& f) {
    const auto lines = f.lines(grid_.width() - 4, grid_.height() - 2, look_.ascii);
    int widest = display_width(f.title()) + 4;
    for (const Line& line : lines) widest = std::max(widest, width_of(line));
    // A line to write on has room.
    window(f.title(), lines, std::max(widest, 50), static_cast<int>(lines.size()));
  }

  // A frame over the middle, `rows` high where the screen is, with lines in it.
  Rect window(const std::string& title, const std::vector<Line>& lines, int columns, int rows) {
    const int width = std::min(columns + 4, grid_.width());
    const int height = std::min(rows + 2, grid_.height());
    const Rect r{(grid_.width() - width) / 2, (grid_.height() - height) / 2, width, height};
    grid_.fill(r.x, r.y, r.width, r.height, {});
    frame(r, title);
    for (int i = 0; i < height - 2 && static_cast<std::size_t>(i) < lines.size(); ++i)
      put_cut(r.x + 2, r.y + 1 + i, lines[static_cast<std::size_t>(i)], r.width - 4, false);
    return r;
  }

  void frame(const Rect& r, const std::string& title) {
    const Style dim = Style{}.with(kDim);
    const int right = r.x + r.width - 1, bottom = r.y + r.height - 1;
    for (int x = r.x; x <= right; ++x) {
      grid_.put(x, r.y, look_.either("─", "-"), dim);
      grid_.put(x, bottom, look_.either("─", "-"), dim);
    }
    for (int y = r.y; y <= bottom; ++y) {
      grid_.put(r.x, y, look_.either("│", "|"), dim);
      grid_.put(right, y, look_.either("│", "|"), dim);
    }
    grid_.put(r.x, r.y, look_.either("┌", "+"), dim);
    grid_.put(right, r.y, look_.either("┐", "+"), dim);
    grid_.put(r.x, bottom, look_.either("└", "+"), dim);
    grid_.put(right, bottom, look_.either("┘", "+"), dim);
    grid_.put(r.x + 2, r.y, " " + cut(title, r.width - 6) + " ", Style{}.with(kBold));
  }

  const ViewModel& model_;
  const Look& look_;
  const Layout layout_;
  Grid grid_;
};

}  // namespace

Grid render(const ViewModel& model, const Look& look) { return Painter(model, look).run(); }

}  // namespace orc::tui
