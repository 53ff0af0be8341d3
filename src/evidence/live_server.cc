#include "tmux_orc/evidence/live_server.h"

#include <utility>

namespace orc {
namespace {

// One `ps` a round: a round takes less than this, and rounds are further apart.
constexpr auto kPsMaxAge = std::chrono::milliseconds(500);

}  // namespace

LiveServer::LiveServer(ServerAddress address, const LookSettings& s, const ProcessSource& here,
                       std::shared_ptr<const SeenAgents> memory_of_all, const Clock& clock)
    : memory(std::move(memory_of_all)),
      far(address.ssh ? std::make_unique<PsSource>(address.ssh, kPsMaxAge) : nullptr),
      processes(far ? *far : here),
      link(std::move(address), s.tmux_binary, s.transport, s.pool, clock),
      lister(link, s.discover, clock),
      reader(link),
      process_witness(processes, s.agents),
      observer(&lister, reader, {&process_witness}, *memory) {}

}  // namespace orc
