#include "one_pane.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

#include <algorithm>

#include "setup.h"
#include "status_source.h"
#include "tmux_orc/api/api_client.h"
#include "tmux_orc/api/query.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/check/explanation_json.h"
#include "tmux_orc/daemon/memory_file.h"
#include "tmux_orc/evidence/live_server.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;

constexpr auto kEyesPatience = std::chrono::seconds(4);  // a monitor's look may take 2 s
constexpr int kAskEvery_ms = 5;

// Nothing: the monitor cannot tell, and a look of our own may.
Result<std::optional<ordered_json>> ask_eyes(const Paths& paths, const std::string& pane,
                                             const std::string& server, bool with_record) {
  const std::string target = fmt::format("/api/v1/explain?pane={}&server={}{}", query_escape(pane),
                                         query_escape(server), with_record ? "&record=1" : "");
  const auto until = Steady::now() + kEyesPatience;
  while (Steady::now() < until) {
    const auto reply = api_request(paths.api_socket(), "GET", target, kEyesPatience);
    if (!reply || reply->status == 404) return std::nullopt;
    auto j = parse_json(reply->body);
    if (!j) return tl::unexpected(j.error());
    if (reply->status == 200) {
      (*j)["asked"] = "monitor";
      return std::optional(std::move(*j));
    }
    if (reply->status == 409)
      return fail(ErrorKind::kInvalid, fmt::format("more than one server has a pane {}: say --server; {}",
                                                   pane, j->value("error", "")));
    if (reply->status != 202) return std::nullopt;
    ::poll(nullptr, 0, kAskEvery_ms);
  }
  return std::nullopt;
}

// What the last monitor knew of panes in which an agent was alive.
std::shared_ptr<SeenAgents> remembered(const Paths& paths) {
  auto seen = std::make_shared<SeenAgents>();
  if (const auto memory = load_memory(paths.memory_file())) {
    for (const RememberedPane& p : memory->panes) {
      if (!p.seen_agent.empty()) seen->restore(p.status.pane.key, p.seen_agent);
    }
  }
  return seen;
}

// Looks of our own at the servers of a plan.
class OwnEyes {
 public:
  OwnEyes(const Paths& paths, Plan plan)
      : plan_(std::move(plan)),
        seen_(remembered(paths)),
        deadline_(Steady::now() + first_round_time(plan_)) {}

  struct Found {
    LiveServer* server = nullptr;
    PaneId pane = 0;
  };
  // The one pane that is called so.
  Result<Found> find(const std::string& pane, const std::string& server) {
    std::vector<std::string> of;
    Found found;
    std::optional<Error> problem;
    for (const ServerAddress& address : plan_.servers) {
      if (!server.empty() && address.name != server) continue;
      live_.push_back(std::make_unique<LiveServer>(address, look_settings(plan_.options, *plan_.classifier),
                                                   processes_, seen_, clock_));
      const auto id = number_of(*live_.back(), pane);
      if (!id) {
        problem = id.error();
      } else if (*id) {
        of.push_back(address.name);
        found = {live_.back().get(), **id};
      }
    }
    if (of.size() == 1) return found;
    if (of.size() > 1)
      return fail(ErrorKind::kInvalid, fmt::format("more than one server has a pane {}: say --server; {}",
                                                   printable(pane), fmt::join(of, ", ")));
    if (live_.empty())
      return fail(ErrorKind::kInvalid, fmt::format("no server is called '{}'", printable(server)));
    if (problem) return tl::unexpected(*problem);
    return fail(ErrorKind::kInvalid,
                fmt::format("no pane '{}' on {}; `tmux-orc status` lists them (%N or session:window.pane)",
                            printable(pane), live_.size() == 1 ? "this server" : "any server"));
  }

  Result<ordered_json> explain(const Found& found, bool with_record) const {
    const auto look = found.server->observer.observe_one(found.pane, deadline_);
    if (!look) return tl::unexpected(look.error());
    ordered_json j = explain_look(*plan_.classifier, *look, clock_.wall_ms(), with_record);
    j["asked"] = "own look";
    return j;
  }

  Result<std::string> capture(const Found& found, const std::string& how) const {
    if (auto ready = found.server->link.ensure_ready(deadline_); !ready) return tl::unexpected(ready.error());
    StringSink sink;
    auto done = found.server->link.current()->run({{"capture-pane", fmt::format("-pt%{}", found.pane), how}},
                                                  deadline_, sink);
    if (!done) return tl::unexpected(done.error());
    if (done->status != 0) return fail(ErrorKind::kCommand, std::string(trim(done->errors)));
    return std::move(sink.text);
  }

 private:
  Result<std::optional<PaneId>> number_of(LiveServer& server, const std::string& pane) const {
    auto listing = server.lister.list(deadline_);
    if (!listing) return tl::unexpected(listing.error());
    const auto found = std::find_if(listing->panes.begin(), listing->panes.end(),
                                    [&](const PaneRef& p) { return p.is_called(pane); });
    return found == listing->panes.end() ? std::nullopt : std::optional(found->key.pane);
  }

  const Plan plan_;
  const std::shared_ptr<SeenAgents> seen_;
  const Deadline deadline_;
  const SystemClock clock_;
  const ProcSource processes_;
  std::vector<std::unique_ptr<LiveServer>> live_;
};

Result<std::unique_ptr<OwnEyes>> own_eyes(const Globals& globals) {
  const auto paths = paths_of(globals);
  if (!paths) return tl::unexpected(paths.error());
  auto plan = make_plan(plan_request(globals, {}), *paths);
  if (!plan) return tl::unexpected(plan.error());
  return std::make_unique<OwnEyes>(*paths, std::move(*plan));
}

}  // namespace

Result<ordered_json> explain_pane(const Globals& globals, const std::string& pane, const std::string& server,
                                  bool with_record) {
  const auto paths = paths_of(globals);
  if (!paths) return tl::unexpected(paths.error());
  if (!asks_for_own_rounds(globals, {})) {
    auto told = ask_eyes(*paths, pane, server, with_record);
    if (!told) return tl::unexpected(told.error());
    if (*told) return std::move(**told);
  }
  auto made = own_eyes(globals);
  if (!made) return tl::unexpected(made.error());
  OwnEyes& eyes = **made;
  const auto found = eyes.find(pane, server);
  if (!found) return tl::unexpected(found.error());
  return eyes.explain(*found, with_record);
}

Result<ForPeople> capture_for_people(const Globals& globals, const std::string& pane,
                                     const std::string& server) {
  auto made = own_eyes(globals);
  if (!made) return tl::unexpected(made.error());
  OwnEyes& eyes = **made;
  const auto found = eyes.find(pane, server);
  if (!found) return tl::unexpected(found.error());
  auto ansi = eyes.capture(*found, "-e");
  if (!ansi) return tl::unexpected(ansi.error());
  auto scrollback = eyes.capture(*found, "-S-200");
  if (!scrollback) return tl::unexpected(scrollback.error());
  return ForPeople{std::move(*ansi), std::move(*scrollback)};
}

}  // namespace orc::cli
