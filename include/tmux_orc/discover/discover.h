// SPDX-License-Identifier: Apache-2.0
// Discovery: one list-panes over all sessions of a server gives the PaneRefs of a round.
// Thread-safety: Lister is used by one thread at a time; parse_listing() is pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/tmux/server_link.h"

namespace orc {

struct DiscoverSettings {
  std::vector<std::string> pm_windows = {"pm", "project-manager", "orchestrator"};
  std::vector<std::string> agent_windows;  // more window names that mark agents, as in window_matches()
  friend bool operator==(const DiscoverSettings&, const DiscoverSettings&) = default;
};

// A person's terminal. Programs that attach in control mode show nothing to anybody that tmux knows of.
struct AttachedClient {
  std::int64_t input_s = 0;  // second of its last input, by the server's clock
  std::uint32_t window = 0;  // what it shows
  PaneId pane = 0;           // the active pane there
  bool zoomed = false;       // which is all that is shown
};

struct Listing {
  std::vector<PaneRef> panes;  // every pane of the server once, also those without an agent
  ServerId server = 0;
  int server_pid = 0;         // on the server's machine
  std::size_t attached = 0;   // clients
  std::int64_t listed_s = 0;  // second of the server's own clock, right before the panes were listed
  std::uint64_t bytes = 0;
  std::size_t skipped = 0;  // records that could not be understood
  std::size_t strays = 0;   // lines that are not ours: tmux runs the user's hooks after our commands
  std::string rest;         // output of the riders, raw
};

// The formats of a listing (header, a record a pane, a record a client, end mark) and its parser. Strings are
// framed by `nonce`, which pane text cannot know, so that no title or name can break a record; numbers are
// separated by one space each, so that an empty one moves no other. Lines between that are not ours are
// counted.
// What a pane's last output is known by: its window's, or from 3.8 its own (`pane_last_output_time`), so that
// its neighbours' is not taken for it. Both are whole seconds.
enum class Activity { kWindow, kPane };
std::string listing_format(const std::string& nonce, bool with_names, Activity activity = Activity::kWindow);
// The same for display-message with a pane's number, which may be gone meanwhile: asked for the
// window_activity of nothing, tmux 3.2 and 3.2a end, with all that runs in them. So whatever version was
// there last: another may have taken its socket.
std::string one_pane_format(const std::string& nonce, bool with_names, Activity activity);
// One pane in a pulse's listing. Any output of it moves its activity, so equal ones older than the
// second of the listing mean that nothing on the screen, in the history or in the title has changed. What
// moves without output, its end and copy mode, is asked once a second.
struct NarrowPane {
  PaneId pane = 0;
  std::int64_t activity_s = 0;
  std::optional<bool> dead, in_mode;  // if they were asked
};
struct ParsedListing {
  std::vector<PaneRef> panes;
  std::vector<NarrowPane> narrow;  // in tmux's order, each once
  std::vector<AttachedClient> clients;
  int server_pid = 0;
  std::int64_t start_time = 0;
  std::int64_t now_s = 0;  // the server's clock
  std::string version;     // of the server
  std::size_t skipped = 0, strays = 0;
  bool begun = false;     // the header was there
  bool complete = false;  // and the end mark; otherwise `panes` is empty
  std::size_t end = 0;    // where the records end and the riders' output begins
};
std::string header_format(const std::string& nonce);
std::string clients_format(const std::string& nonce);
std::string narrow_format(const std::string& nonce, bool with_ends, Activity activity = Activity::kWindow);
// The narrow one, and behind it the whole record of each pane with output in the second `since_s` or later.
std::string changes_format(const std::string& nonce, bool with_ends, Activity activity, std::int64_t since_s);
std::string end_mark(const std::string& nonce);
// The commands that print all of it.
Batch listing_batch(const std::string& nonce, bool with_names, Activity activity = Activity::kWindow);
ParsedListing parse_listing(std::string_view text, const std::string& nonce, bool with_names);

// What lists panes: a server, or a fake in tests.
class PaneLister {
 public:
  virtual ~PaneLister() = default;
  virtual Result<Listing> list(Deadline deadline, const Batch& riders = {},
                               const std::function<void()>& on_sent = {}) = 0;
  // The same for a pulse, which may ask less of panes that had no output since they were listed. `riding`:
  // the panes that the riders capture.
  virtual Result<Listing> list_changes(Deadline deadline, const Batch& riders,
                                       const std::function<void()>& on_sent,
                                       std::span<const PaneId> /*riding*/) {
    return list(deadline, riders, on_sent);
  }
  // One pane with its names, from any thread; kCommand if there is none of that number.
  virtual Result<Listing> list_one(PaneId pane, Deadline deadline, const Batch& riders) = 0;
};

class Lister final : public PaneLister {
 public:
  Lister(ServerLink& link, DiscoverSettings settings, const Clock& clock)
      : link_(link), settings_(std::move(settings)), clock_(clock) {}

  // Lists the panes. Any failure means "unknown", never "no panes". Names (session, window, option) are asked
  // for only when a pane is new, moved, or names_max_age has passed: they are half of the listing's cost.
  // `riders` are more commands for the same batch, so that a round whose changes can be guessed needs only
  // one connection; tmux runs them in the same breath as the listing, nothing can change between. If one of
  // them fails, or a hook of the user's, the listing still counts: what counts is its end mark. A server
  // without sessions (exit-empty off) is listed and has no panes. `on_sent` is called while tmux works on the
  // batch. If native fails, spawn has its turn.
  Result<Listing> list(Deadline deadline, const Batch& riders = {},
                       const std::function<void()>& on_sent = {}) override;
  // Asks only when each window had its last output, and everything of the riding ones and of those with
  // output since, or that ended nobody knows how; clients, modes and which panes are dead at most once a
  // second. All of it after kWholeEvery, for a new pane, and where most of them change.
  Result<Listing> list_changes(Deadline deadline, const Batch& riders, const std::function<void()>& on_sent,
                               std::span<const PaneId> riding) override;
  Result<Listing> list_one(PaneId pane, Deadline deadline, const Batch& riders) override;

  static constexpr auto kWholeEvery = std::chrono::seconds(30);

 private:
  struct Names {
    std::string session, window_name, agent_option;
    int window_index = 0, pane_index = 0, session_id = 0;
    std::uint32_t window = 0;
  };
  struct Answer {
    Listing listing;  // its panes without names
    ParsedListing parsed;
  };
  struct Facts {  // of a pane, with its names
    PaneRef pane;
    std::int64_t listed_s = 0;
    int ends_asked = 0;
  };
  Result<Answer> read(const std::string& nonce, Batch which, bool with_names, Deadline deadline,
                      const Batch& riders, const std::function<void()>& on_sent) const;
  Activity activity() const;
  bool may_be_narrow(std::size_t riding) const;
  // Nothing: everything has to be asked.
  Result<std::optional<Listing>> list_narrow(Deadline deadline, const Batch& riders,
                                             const std::function<void()>& on_sent,
                                             std::span<const PaneId> riding);
  static int ends_asked(const PaneRef& pane, int before);
  // False: some of them are not known well enough.
  bool take_facts(Listing& listing);
  void watch_clients(Listing& listing, const std::vector<AttachedClient>& clients) const;
  void remember(const Listing& whole);
  Result<Listing> list_now(Deadline deadline, const Batch& riders, const std::function<void()>& on_sent);
  // `which`: the commands that print the header and the panes' records.
  Result<Listing> ask(const std::string& nonce, Batch which, bool with_names, Deadline deadline,
                      const Batch& riders, const std::function<void()>& on_sent) const;
  template <typename Ask>
  Result<Listing> try_transports(Deadline deadline, Ask ask);
  Result<Listing> list_once(bool with_names, Deadline deadline, const Batch& riders,
                            const std::function<void()>& on_sent);
  bool has_no_sessions(Deadline deadline) const;
  bool names_known(const Listing& listing) const;
  void take_names(const Listing& listing);
  void put_names(Listing& listing) const;
  void set_roles(Listing& listing) const;

  ServerLink& link_;
  const DiscoverSettings settings_;
  const Clock& clock_;
  ServerId server_ = 0;
  std::map<PaneId, Names> names_;
  Steady::time_point names_at_{};
  // For pulses: what was listed last of each pane, and when everything was.
  std::unordered_map<PaneId, Facts> facts_;
  std::vector<AttachedClient> clients_;
  std::int64_t looked_s_ = 0;  // second of the last look, by the server's clock
  Steady::time_point whole_at_{}, clients_at_{};
};

// Roles by window name: a configured pattern as a whole word, with or without a number behind it ("worker" is
// "worker-1", too), or with * and ? as the whole name; case-insensitive.
bool window_matches(std::string_view window_name, const std::vector<std::string>& patterns);

}  // namespace orc
