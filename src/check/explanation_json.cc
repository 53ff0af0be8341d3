// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/check/explanation_json.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/check/as_round.h"
#include "tmux_orc/evidence/record.h"
#include "tmux_orc/figures/json.h"

namespace orc {

using nlohmann::ordered_json;

ordered_json to_json(const Explanation& e) {
  ordered_json j = {{"agent", e.verdict.agent},
                    {"state", to_string(e.verdict.state)},
                    {"detail", e.verdict.detail},
                    {"rule", e.verdict.rule},
                    {"against", e.verdict.against},
                    {"note", e.verdict.note},
                    {"confidence", e.verdict.confidence},
                    {"evidence", e.steps},
                    {"regions", ordered_json::object()},
                    {"tried", ordered_json::array()},
                    {"asks", e.verdict.asks ? to_json(*e.verdict.asks) : ordered_json()}};
  for (const auto& [name, text] : e.regions) j["regions"][name] = text;
  for (const auto& t : e.tried) {
    j["tried"].push_back(
        {{"rule", t.rule}, {"state", to_string(t.state)}, {"matched", t.matched}, {"evidence", t.evidence}});
  }
  return j;
}

Result<Explanation> explanation_from_json(const ordered_json& j) try {
  Explanation e;
  e.verdict.agent = j.at("agent").get<std::string>();
  e.verdict.state = state_from_string(j.at("state").get<std::string>()).value_or(State::kUnknown);
  e.verdict.detail = j.at("detail").get<std::string>();
  e.verdict.rule = j.at("rule").get<std::string>();
  e.verdict.note = j.value("note", "");
  e.verdict.against = j.value("against", "");
  e.verdict.confidence = j.at("confidence").get<double>();
  if (const auto asks = j.find("asks"); asks != j.end() && asks->is_object()) {
    ORC_TRY(ask, ask_from_json(*asks));
    e.verdict.asks = std::move(*ask);
  }
  e.steps = j.at("evidence").get<std::vector<std::string>>();
  for (const auto& [name, text] : j.at("regions").items())
    e.regions.emplace_back(name, text.get<std::string>());
  for (const auto& t : j.at("tried")) {
    e.tried.push_back({t.at("rule").get<std::string>(),
                       state_from_string(t.at("state").get<std::string>()).value_or(State::kUnknown),
                       t.at("matched").get<bool>(), t.at("evidence").get<std::vector<std::string>>()});
  }
  return e;
} catch (const nlohmann::json::exception& error) {
  return fail(ErrorKind::kProtocol, fmt::format("no explanation: {}", error.what()));
}

ordered_json explain_look(const Classifier& classifier, const Observer::Look& look, std::int64_t at_ms,
                          bool with_record) {
  ordered_json j = {{"at_ms", at_ms},
                    {"pane", fmt::format("%{}", look.pane.key.pane)},
                    {"target", look.pane.target()},
                    {"window_name", look.pane.window_name},
                    {"server", look.pane.server_name},
                    {"server_id", fmt::format("{:016x}", look.pane.key.server)}};
  j.update(to_json(explain_as_round(classifier, look.evidence)));
  if (with_record) j["record"] = to_record(look.evidence);
  return j;
}

}  // namespace orc
