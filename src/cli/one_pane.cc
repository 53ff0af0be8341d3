#include "one_pane.h"

#include <fmt/format.h>

#include <algorithm>

#include "setup.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/evidence/live_server.h"

namespace orc::cli {
namespace {

Result<PaneId> find_pane(LiveServer& server, const std::string& pane, Deadline deadline) {
  auto listing = server.lister.list(deadline);
  if (!listing) return tl::unexpected(listing.error());
  const auto found = std::find_if(listing->panes.begin(), listing->panes.end(), [&](const PaneRef& p) {
    return fmt::format("%{}", p.key.pane) == pane || p.target() == pane;
  });
  if (found == listing->panes.end()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("no pane '{}' on this server; `tmux-orc status` lists them (%N or "
                            "session:window.pane)",
                            printable(pane)));
  }
  return found->key.pane;
}

Result<std::string> capture(LiveServer& server, PaneId pane, const std::string& how, Deadline deadline) {
  StringSink sink;
  auto done =
      server.link.current()->run({{"capture-pane", fmt::format("-pt%{}", pane), how}}, deadline, sink);
  if (!done) return tl::unexpected(done.error());
  if (done->status != 0) return fail(ErrorKind::kCommand, std::string(trim(done->errors)));
  return std::move(sink.text);
}

// A server of our own for one question.
struct OneServer {
  explicit OneServer(Plan plan)
      : live(plan.servers.front(), look_settings(plan.options, *plan.classifier), processes,
             std::make_shared<SeenAgents>(), clock),
        deadline(Steady::now() + round_time(plan.settings)) {}
  const SystemClock clock;
  const ProcSource processes;
  LiveServer live;
  const Deadline deadline;
};

}  // namespace

Result<Observer::Look> look_at(const Globals& globals, const std::string& pane) {
  auto plan = make_setup(globals, {});
  if (!plan) return tl::unexpected(plan.error());
  OneServer server(std::move(*plan));
  const auto id = find_pane(server.live, pane, server.deadline);
  if (!id) return tl::unexpected(id.error());
  return server.live.observer.observe_one(*id, server.deadline);
}

Result<ForPeople> capture_for_people(const Globals& globals, PaneId pane) {
  auto plan = make_setup(globals, {});
  if (!plan) return tl::unexpected(plan.error());
  OneServer server(std::move(*plan));
  if (auto ready = server.live.link.ensure_ready(server.deadline); !ready)
    return tl::unexpected(ready.error());
  auto ansi = capture(server.live, pane, "-e", server.deadline);
  auto scrollback = capture(server.live, pane, "-S-200", server.deadline);
  if (!ansi) return tl::unexpected(ansi.error());
  if (!scrollback) return tl::unexpected(scrollback.error());
  return ForPeople{std::move(*ansi), std::move(*scrollback)};
}

}  // namespace orc::cli
