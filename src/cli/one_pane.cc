#include "one_pane.h"

#include <fmt/format.h>

#include <algorithm>

#include "setup.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/discover/discover.h"
#include "tmux_orc/discover/processes.h"

namespace orc::cli {
namespace {

Result<PaneRef> find_pane(const Listing& listing, const std::string& pane) {
  const auto found = std::find_if(listing.panes.begin(), listing.panes.end(), [&](const PaneRef& p) {
    return fmt::format("%{}", p.key.pane) == pane || p.target() == pane;
  });
  if (found == listing.panes.end()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("no pane '{}' on this server; `tmux-orc status` lists them (%N or "
                            "session:window.pane)",
                            printable(pane)));
  }
  return *found;
}

Result<std::string> capture(ServerLink& link, PaneId pane, std::vector<std::string> more) {
  Command command = {"capture-pane", fmt::format("-pt%{}", pane)};
  command.insert(command.end(), more.begin(), more.end());
  StringSink sink;
  auto done = link.current().run({command}, Steady::now() + std::chrono::seconds(5), sink);
  if (!done) return tl::unexpected(done.error());
  if (done->status != 0) return fail(ErrorKind::kCommand, std::string(trim(done->errors)));
  return std::move(sink.text);
}

}  // namespace

Result<LivePane> read_pane(const Globals& globals, const std::string& pane) {
  auto setup = make_setup(globals, {});
  if (!setup) return tl::unexpected(setup.error());
  const SystemClock clock;
  ServerLink link(setup->servers.front(), setup->options.tmux_binary, setup->options.transport,
                  setup->options.pool, clock);
  const auto deadline = Steady::now() + std::chrono::seconds(5);
  if (auto ready = link.ensure_ready(deadline); !ready) return tl::unexpected(ready.error());
  auto listing = Lister(link, setup->options.discover, clock).list(deadline);
  if (!listing) return tl::unexpected(listing.error());
  auto ref = find_pane(*listing, pane);
  if (!ref) return tl::unexpected(ref.error());
  LivePane out;
  out.ref = *ref;
  auto text = capture(link, ref->key.pane, {});
  auto ansi = capture(link, ref->key.pane, {"-e"});
  auto scrollback = capture(link, ref->key.pane, {"-S-200"});
  for (const auto* part : {&text, &ansi, &scrollback}) {
    if (!*part) return tl::unexpected(part->error());
  }
  out.text = std::move(*text);
  out.ansi = std::move(*ansi);
  out.scrollback = std::move(*scrollback);
  out.processes = ProcSource().tree(
      ref->facts.pid, [](const Process&, const void*) { return false; }, nullptr);
  return out;
}

}  // namespace orc::cli
