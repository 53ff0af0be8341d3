// SPDX-License-Identifier: Apache-2.0
// tmux-orc evidence: which agents say of themselves what they do, and how often the screen agrees.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command.h"
#include "setup.h"
#include "status_source.h"
#include "status_view.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/figures/witnesses.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;

// Now: whose own word is known, of whom there is the screen alone.
struct Panes {
  std::vector<std::string> answer, silent;
};

Panes panes_of(const Snapshot& s, const std::string& agent) {
  Panes out;
  for (const AgentStatus& a : s.agents) {
    if (a.verdict.agent != agent) continue;
    const bool speaks = testimony_of(a.verdict).accord != Accord::kScreenAlone;
    (speaks ? out.answer : out.silent).push_back(fmt::format("%{}", a.pane.key.pane));
  }
  return out;
}

std::string list_text(const std::vector<std::string>& panes) {
  std::string out;
  for (const std::string& p : panes) out += (out.empty() ? "" : " ") + p;
  return out.empty() ? "-" : fit_width(out, 40);
}

std::string evidence_text(const ordered_json& witnesses, const Snapshot& s) {
  std::vector<std::vector<std::string>> rows = {
      {"AGENT", "OWN WORD", "SCREEN ALONE", "LAST WORD", "AGREE", "DISAGREED"}};
  for (const auto& w : witnesses) {
    const std::string agent = w.value("agent", "");
    const Panes panes = panes_of(s, agent);
    const auto changed_ms = w.value("changed_ms", std::int64_t{0});
    const std::string episodes = disagreements_text(w);
    rows.push_back({printable(agent), list_text(panes.answer), list_text(panes.silent),
                    changed_ms == 0 ? "-" : format_duration_ms(s.at_ms - changed_ms) + " ago",
                    agreement_text(w), episodes.empty() ? "-" : episodes});
  }
  if (rows.size() == 1) return "No agent is there.\n";
  return table(rows, {false, false, false, true, true});
}

ordered_json evidence_json(const ordered_json& witnesses, const Snapshot& s) {
  ordered_json out = witnesses;
  for (auto& w : out) {
    const Panes panes = panes_of(s, w.value("agent", ""));
    w["own_word"] = panes.answer;
    w["screen_alone"] = panes.silent;
  }
  return {{"at_ms", s.at_ms}, {"witnesses", std::move(out)}};
}

int show(const Globals& globals, const RunFlags& flags) {
  auto source = open_status_source(globals, flags);
  if (!source) return report(source.error());
  const auto look = look_at(**source);
  if (!look) return report(look.error());
  if (!look->status.contains("witnesses"))
    return report({ErrorKind::kUnavailable, "the monitor is of an older version"});
  const ordered_json& witnesses = look->status["witnesses"];
  if (globals.json)
    fmt::print("{}\n", dump(evidence_json(witnesses, look->snapshot), 2));
  else
    fmt::print("{}", evidence_text(witnesses, look->snapshot));
  return kOk;
}

void add_evidence(CLI::App& app, Globals& globals, Action& action) {
  auto flags = std::make_shared<RunFlags>();
  auto* sub = app.add_subcommand(
      "evidence", "Which agents say of themselves what they do, and whether their screens agree");
  sub->footer(
      "OWN WORD: panes whose agent says it itself. AGREE: of the looks at which both said something. "
      "DISAGREED: for\n"
      "more than two seconds, by the agent's word, since the monitor's start.\n"
      "Exit code: 0 told, 3 no tmux server reached.\n"
      "Example: tmux-orc evidence --json | jq '.witnesses[].disagreements'");
  sub->callback([flags, &globals, &action] { action = [flags, &globals] { return show(globals, *flags); }; });
}

const Registration kEvidence(62, add_evidence);

}  // namespace
}  // namespace orc::cli
