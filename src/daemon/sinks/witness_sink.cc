// SPDX-License-Identifier: Apache-2.0
#include "witness_sink.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "disagreement_file.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {
constexpr auto kRecordTime = std::chrono::seconds(2);
}  // namespace

void WitnessSink::configure(const Plan& plan, const Monitor& monitor) {
  most_a_day_ = plan.settings.record_disagreements;
  servers_ = monitor.servers();
}

// One of the two is read wrongly: worth a line, and a screen if that is wanted.
void WitnessSink::take(const Looked& looked) {
  for (const auto& d : state_.witnesses.take(*looked.snapshot)) {
    state_.metrics.count_disagreement(d.agent, d.word);
    log_.info("{} {}: {} says {}, its screen says {}", d.pane.server_name, printable(d.pane.target()),
              d.agent, printable(d.word), d.screen);
    if (most_a_day_ == 0) continue;
    for (const auto& server : servers_) {
      if (server->link.address().name == d.pane.server_name) record(d, server);
    }
  }
}

void WitnessSink::record(const WitnessLedger::Disagreement& d, const std::shared_ptr<LiveServer>& server) {
  const std::int64_t at_ms = clock_.wall_ms();
  const std::string folder = state_.paths().root + "/records";
  const auto keep = [=, most = most_a_day_, &log = log_] {
    const auto look = server->observer.observe_one(d.pane.key.pane, Steady::now() + kRecordTime);
    const auto file =
        look ? keep_disagreement(folder, most, *look, d.agent, d.word, at_ms) : tl::unexpected(look.error());
    if (!file)
      log.warning("a disagreement is not recorded: {}", file.error().message);
    else if (!file->empty())
      log.info("its screen is in {}", *file);
    return ApiResponse{200, "{}"};
  };
  desk_.ask(fmt::format("disagreement {} %{} {}", d.pane.server_name, d.pane.key.pane, at_ms), {}, keep);
}

}  // namespace orc
