#include "pane_access.h"

#include <fmt/format.h>

#include <algorithm>

#include "setup.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/tmux/server.h"
#include "tmux_orc/tui/jump.h"

namespace orc::cli {
namespace {

Error no_pane(const std::string& pane) {
  return {ErrorKind::kInvalid, fmt::format("no pane '{}'; `tmux-orc status` lists them (%N or "
                                           "session:window.pane)",
                                           printable(pane))};
}

}  // namespace

Result<bool> PaneAccess::find(const ServerAddress& address, const std::string& pane) {
  auto live = std::make_shared<LiveServer>(address, look_settings(plan_.options, *plan_.classifier),
                                           processes_, std::make_shared<SeenAgents>(), clock_);
  const auto listing = live->lister.list(Steady::now() + round_time(plan_.settings));
  if (!listing) return tl::unexpected(listing.error());
  const auto found = std::find_if(listing->panes.begin(), listing->panes.end(), [&](const PaneRef& p) {
    return fmt::format("%{}", p.key.pane) == pane || p.target() == pane;
  });
  if (found == listing->panes.end()) return false;
  if (live_ != nullptr)
    return fail(ErrorKind::kInvalid, fmt::format("'{}' is on {} and on {}: name one with --server",
                                                 printable(pane), address_.name, address.name));
  pane_ = found->key.pane;
  server_ = address.name;
  address_ = address;
  live_ = std::move(live);
  return true;
}

// A server that is not reached hides nothing: the pane may be on another.
Result<void> PaneAccess::search(const std::vector<ServerAddress>& servers, const std::string& pane) {
  std::optional<Error> problem;
  for (const ServerAddress& s : servers) {
    const auto found = find(s, pane);
    if (!found && found.error().kind == ErrorKind::kInvalid) return tl::unexpected(found.error());
    if (!found) problem = found.error();
  }
  if (live_ != nullptr) return {};
  return tl::unexpected(problem ? *problem : no_pane(pane));
}

Result<std::unique_ptr<PaneAccess>> PaneAccess::open(const Globals& globals, const std::string& pane,
                                                     const std::string& server, PaneHand::Keyboard keyboard) {
  auto paths = paths_of(globals);
  if (!paths) return tl::unexpected(paths.error());
  auto plan = make_setup(globals, {});
  if (!plan) return tl::unexpected(plan.error());
  std::unique_ptr<PaneAccess> out(new PaneAccess(std::move(*plan), std::move(*paths)));
  const bool named = !globals.socket_name.empty() || !globals.socket_path.empty();
  const tui::Seat seat = tui::own_seat("");
  if (!server.empty()) {
    const auto address = tui::server_named(server, out->plan_.servers);
    if (!address) return tl::unexpected(address.error());
    if (auto ok = out->search({*address}, pane); !ok) return tl::unexpected(ok.error());
  } else {
    if (!named && !seat.socket.empty() && pane.starts_with('%'))
      static_cast<void>(out->find(resolve_server("", seat.socket), pane));
    if (out->live_ == nullptr)
      if (auto ok = out->search(out->plan_.servers, pane); !ok) return tl::unexpected(ok.error());
  }
  out->hand_ = std::make_unique<PaneHand>(out->live_, out->plan_.classifier, nullptr, keyboard);
  return out;
}

}  // namespace orc::cli
