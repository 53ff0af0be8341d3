#include "tmux_orc/daemon/memory_file.h"

#include <fmt/format.h>

#include "tmux_orc/base/files.h"
#include "tmux_orc/figures/json.h"

namespace orc {

Result<void> save_memory(const std::string& path, const MonitorMemory& memory) {
  Snapshot panes;
  nlohmann::ordered_json more = nlohmann::ordered_json::array();
  for (const RememberedPane& p : memory.panes) {
    if (!p.is_agent && p.seen_agent.empty()) continue;  // never an agent: nothing to remember
    panes.agents.push_back(p.status);
    nlohmann::ordered_json limits = nlohmann::ordered_json::array();
    for (const KnownLimit& l : p.limits)
      limits.push_back({{"phrase", l.phrase}, {"resets_at_ms", l.resets_at_ms}});
    more.push_back({{"is_agent", p.is_agent},
                    {"seen_agent", p.seen_agent},
                    {"limits", std::move(limits)},
                    {"worked_ms", p.worked_ms},
                    {"seen_ms", p.seen_ms},
                    {"still_s", p.stillness.still_s},
                    {"still_looks", p.stillness.known}});
  }
  nlohmann::ordered_json j = {{"version", 1}, {"lives", nlohmann::ordered_json::object()}};
  for (const auto& [socket, life] : memory.lives) j["lives"][socket] = fmt::format("{:016x}", life);
  j["panes"] = to_json(panes);
  j["more"] = std::move(more);
  return write_file_atomically(path, dump(j) + "\n", false);
}

Result<MonitorMemory> load_memory(const std::string& path) {
  const auto text = read_file(path);
  if (!text) {
    if (text.error().kind == ErrorKind::kUnavailable) return MonitorMemory{};
    return tl::unexpected(text.error());
  }
  MonitorMemory memory;
  try {
    const auto j = nlohmann::ordered_json::parse(*text);
    for (const auto& [socket, life] : j.at("lives").items()) {
      memory.lives[socket] = std::stoull(life.get<std::string>(), nullptr, 16);
    }
    const auto panes = snapshot_from_json(j.at("panes"));
    if (!panes) return tl::unexpected(panes.error());
    for (std::size_t i = 0; i < panes->agents.size(); ++i) {
      const auto& more = j.at("more").at(i);
      RememberedPane p{panes->agents[i], more.at("is_agent").get<bool>(),
                       more.at("seen_agent").get<std::string>()};
      p.worked_ms = more.value("worked_ms", std::int64_t{0});
      p.seen_ms = more.value("seen_ms", std::int64_t{0});
      p.stillness = {more.value("still_looks", std::vector<std::uint64_t>{}), more.value("still_s", 0.0)};
      for (const auto& l : more.value("limits", nlohmann::ordered_json::array())) {
        p.limits.push_back({l.at("phrase").get<std::string>(), l.at("resets_at_ms").get<std::int64_t>()});
      }
      memory.panes.push_back(std::move(p));
    }
  } catch (const std::exception& e) {
    return fail(ErrorKind::kProtocol,
                fmt::format("{} cannot be understood ({}); starting without it", path, e.what()));
  }
  return memory;
}

}  // namespace orc
