// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/text.h"
#include "tmux_orc/report/reports.h"

namespace orc {

nlohmann::ordered_json to_json(const UsageSum& u) {
  return {{"agent", u.agent},
          {"project", printable(u.project)},
          {"model", printable(u.model)},
          {"sessions", u.sessions},
          {"tokens_in", u.tokens_in},
          {"tokens_out", u.tokens_out},
          {"cost_usd", u.cost_usd ? nlohmann::ordered_json(*u.cost_usd) : nlohmann::ordered_json()}};
}

}  // namespace orc
