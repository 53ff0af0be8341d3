// SPDX-License-Identifier: Apache-2.0
#include "columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

#include "ansi.h"
#include "tmux_orc/about/place.h"
#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/state_style.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"

namespace orc::tui {
namespace {

constexpr int kStripPieces = 12;  // of five minutes
constexpr int kAny = 1 << 20;

Line plain(std::string text) { return {{std::move(text), {}}}; }

Line sign_cell(const AgentStatus& a, const RowContext& c) {
  return {{std::string(c.look.sign(a.verdict.state)), c.look.state(a.verdict.state)}};
}

Line state_cell(const AgentStatus& a, const RowContext& c) {
  return {{state_words(a, c.model.now_ms()), c.look.state(a.verdict.state)}};
}

Line since_cell(const AgentStatus& a, const RowContext& c) {
  const std::string mark = a.since_exact ? "" : c.look.either("≥", ">");
  return plain(mark + format_duration_ms(c.model.now_ms() - a.since_ms));
}

Line agent_cell(const AgentStatus& a, const RowContext&) {
  return plain(a.verdict.agent.empty() ? "-" : a.verdict.agent);
}

Line place_cell(const AgentStatus& a, const RowContext& c) {
  Line line = plain(printable(a.pane.target()));
  if (a.pane.role == Role::kPm) line.push_back({" pm", Style{}.with(kBold)});
  if (c.model.is_muted(a.pane.key)) line.push_back({" muted", Style{}.with(kDim)});
  return line;
}

Line project_cell(const AgentStatus& a, const RowContext&) { return plain(printable(place_text(a.about))); }

Line model_cell(const AgentStatus& a, const RowContext&) { return plain(printable(a.about.model)); }
Line context_cell(const AgentStatus& a, const RowContext&) {
  if (!a.usage || !a.usage->context_percent) return {};
  return plain(fmt::format("{:.0f}%", *a.usage->context_percent));
}

Line window_cell(const AgentStatus& a, const RowContext&) { return plain(printable(a.pane.window_name)); }
Line server_cell(const AgentStatus& a, const RowContext&) { return plain(printable(a.pane.server_name)); }

// What it asks is worth more than its title.
Line title_cell(const AgentStatus& a, const RowContext& c) {
  if (a.verdict.asks) return {{asks_text(a.verdict), c.look.state(a.verdict.state)}};
  return {{printable(a.pane.facts.title), Style{}.with(kDim)}};
}

// A piece of the hour is a block in its state's colour; without colours it is the state's sign.
Line hour_cell(const AgentStatus& a, const RowContext& c) {
  Line line;
  const HourStrip* strip = c.model.strip(a.pane.key);
  if (strip == nullptr) return line;
  for (const auto& state : strip->pieces(c.model.now_ms(), kStripPieces)) {
    if (!state)
      line.push_back({" ", {}});
    else if (c.look.color && !c.look.ascii)
      line.push_back({"▄", c.look.state(*state)});
    else
      line.push_back({std::string(c.look.sign(*state)), {}});
  }
  return line;
}

bool any_agent(const ViewModel& m, bool (*is_so)(const AgentStatus&)) {
  return m.snapshot() != nullptr && std::ranges::any_of(m.snapshot()->agents, is_so);
}

bool knows_projects(const ViewModel& m) {
  return any_agent(m, [](const AgentStatus& a) { return !a.about.project.empty(); });
}
bool knows_models(const ViewModel& m) {
  return any_agent(m, [](const AgentStatus& a) { return !a.about.model.empty(); });
}
bool knows_contexts(const ViewModel& m) {
  return any_agent(m, [](const AgentStatus& a) { return a.usage && a.usage->context_percent; });
}

bool several_servers(const ViewModel& m) {
  return m.snapshot() != nullptr && m.snapshot()->servers.size() > 1;
}

constexpr Column kColumns[] = {
    {"", 1, 1, 0, false, &sign_cell},
    {"STATE", 9, 19, 4, false, &state_cell},
    {"SINCE", 6, 7, 1, true, &since_cell},
    {"AGENT", 6, 9, 3, false, &agent_cell},
    {"CTX", 4, 4, 9, true, &context_cell, &knows_contexts, 100},
    {"MODEL", 8, 20, 10, false, &model_cell, &knows_models, 130},
    {"PROJECT", 10, 24, 4, false, &project_cell, &knows_projects},
    {"PANE", 14, 24, 0, false, &place_cell},
    {"SERVER", 7, 12, 6, false, &server_cell, &several_servers},
    {"WINDOW", 8, 16, 5, false, &window_cell},
    {"LAST HOUR", kStripPieces, kStripPieces, 7, false, &hour_cell},
    {"TITLE", 10, kAny, 8, false, &title_cell},
};

}  // namespace

// The table has the terminal's codes: they are read as those of a pane are.
Style Look::state(State s) const {
  Style style = parse_ansi(fmt::format("\x1b[{}mx", style_of(s).sgr))[0][0].style;
  if (!color) style.fg = style.bg = -1;
  return style;
}

std::string_view Look::sign(State s) const { return ascii ? style_of(s).plain : style_of(s).sign; }

std::string state_words(const AgentStatus& a, std::int64_t now_ms) {
  std::string text(to_string(a.verdict.state));
  if (a.stuck)
    text += "/stuck";
  else if (!a.verdict.detail.empty())
    text += "/" + printable(a.verdict.detail);
  if (a.done) text += ", done";
  if (a.resets_at_ms > now_ms) text += local_text(a.resets_at_ms, " →%H:%M");
  return text;
}

std::vector<PlacedColumn> place_columns(const ViewModel& model, int width) {
  std::vector<PlacedColumn> placed;
  for (const Column& c : kColumns) {
    if (c.from <= width && (c.wanted == nullptr || c.wanted(model))) placed.push_back({&c, 0, c.least});
  }
  const auto total = [&] {
    int sum = static_cast<int>(placed.size()) - 1;
    for (const PlacedColumn& p : placed) sum += p.width;
    return sum;
  };
  while (total() > width) {
    const auto worst = std::max_element(placed.begin(), placed.end(), [](const auto& a, const auto& b) {
      return a.column->drop < b.column->drop;
    });
    if (worst->column->drop == 0) break;
    placed.erase(worst);
  }
  // The pane's place takes what is left where nothing else could.
  for (PlacedColumn& p : placed) {
    p.width += std::clamp(width - total(), 0, p.column->most - p.width);
  }
  if (total() < width) {
    for (PlacedColumn& p : placed) {
      if (p.column->cell == &place_cell) p.width += width - total();
    }
  }
  int x = 0;
  for (PlacedColumn& p : placed) {
    p.x = x;
    x += p.width + 1;
  }
  return placed;
}

}  // namespace orc::tui
