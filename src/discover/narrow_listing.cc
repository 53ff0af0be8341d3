// SPDX-License-Identifier: Apache-2.0
// A pulse's listing: little of every pane, everything of those that had output.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>

#include "tmux_orc/base/text.h"
#include "tmux_orc/discover/discover.h"

namespace orc {
namespace {

// One pane's facts cost tmux 45 us by a display-message of their own, 13 more in the listing of all.
constexpr std::size_t kAloneCostsMore = 4;
constexpr auto kClientsEvery = std::chrono::seconds(1);
// A pane is dead when its terminal is closed, and tmux learns how its program ended some ms later: each pulse
// asks again, some seconds long. Then only the whole listings do.
constexpr int kMostEndsAsked = 10;

Command facts_command(PaneId pane, const std::string& format) {
  return {"display-message", "-p", "-t", fmt::format("%{}", pane), format};
}

// Of the 16 364 bytes that a message to tmux holds: the formats of the listing and the riders' captures, 30
// bytes each, stand there, too.
constexpr std::size_t kMostFactsBytes = 10'000;

bool fit_in_a_message(std::size_t panes) {
  static const std::size_t kOfOne = [] {
    std::size_t bytes = 0;
    for (const std::string& word : facts_command(std::numeric_limits<PaneId>::max(),
                                                 one_pane_format(random_hex(), false, Activity::kPane)))
      bytes += word.size() + 1;
    return bytes;
  }();
  return panes * kOfOne <= kMostFactsBytes;
}

}  // namespace

void Lister::remember(const Listing& whole) {
  const auto before = std::exchange(facts_, {});
  for (const PaneRef& p : whole.panes) {
    const auto known = before.find(p.key.pane);
    facts_[p.key.pane] = {p, whole.listed_s,
                          ends_asked(p, known == before.end() ? 0 : known->second.ends_asked)};
  }
  whole_at_ = clock_.steady();
  looked_s_ = whole.listed_s;
}

// How often a pane was listed as dead with nobody knowing how it ended.
int Lister::ends_asked(const PaneRef& pane, int before) {
  const bool is_open = pane.facts.dead && !pane.facts.dead_status;
  return is_open ? std::min(before + 1, kMostEndsAsked) : 0;
}

bool Lister::may_be_narrow(std::size_t riding) const {
  return !facts_.empty() && clock_.steady() - whole_at_ < kWholeEvery &&
         riding * kAloneCostsMore <= facts_.size();
}

// The facts that came, with the names that are known.
bool Lister::take_facts(Listing& listing) {
  for (PaneRef& p : listing.panes) {
    const auto known = names_.find(p.key.pane);
    if (known == names_.end() || known->second.window != p.facts.window) return false;
  }
  put_names(listing);
  set_roles(listing);
  for (PaneRef& p : listing.panes) {
    Facts& known = facts_[p.key.pane];
    known = {p, listing.listed_s, ends_asked(p, known.ends_asked)};
  }
  return true;
}

Result<std::optional<Listing>> Lister::list_narrow(Deadline deadline, const Batch& riders,
                                                   const std::function<void()>& on_sent,
                                                   std::span<const PaneId> riding) {
  const std::string nonce = random_hex();
  const Activity by = activity();
  const std::string facts = one_pane_format(nonce, false, by);
  const bool ask_clients = clock_.steady() - clients_at_ >= kClientsEvery;
  Batch batch = {{"display-message", "-p", header_format(nonce)},
                 {"list-panes", "-a", "-F", narrow_format(nonce, ask_clients, by)}};
  // The format of a pane's facts has 430 bytes, so those of many are asked by one that tmux itself chooses
  // by: 4 us more for each pane of the server, but not 13 for all.
  const bool by_change = !fit_in_a_message(riding.size());
  if (by_change) batch[1].back() = changes_format(nonce, ask_clients, by, looked_s_);
  if (ask_clients) batch.push_back({"list-clients", "-F", clients_format(nonce)});
  for (std::size_t i = 0; !by_change && i < riding.size(); ++i)
    batch.push_back(facts_command(riding[i], facts));
  batch.push_back({"display-message", "-p", end_mark(nonce)});
  ORC_TRY(answer, read(nonce, batch, false, deadline, riders, on_sent));
  Listing& listing = answer->listing;
  if (listing.server != server_ || !take_facts(listing)) return std::optional<Listing>();
  looked_s_ = listing.listed_s;
  if (ask_clients) {
    clients_ = std::move(answer->parsed.clients);
    clients_at_ = clock_.steady();
  }

  const auto stands = [&](const NarrowPane& now) {
    const auto found = facts_.find(now.pane);
    if (found == facts_.end()) return false;
    const Facts& known = found->second;
    if (known.ends_asked > 0 && known.ends_asked < kMostEndsAsked) return false;
    return now.activity_s == known.pane.facts.activity_s && now.activity_s < known.listed_s &&
           now.dead.value_or(known.pane.facts.dead) == known.pane.facts.dead;
  };
  std::unordered_set<PaneId> fresh;
  for (const PaneRef& p : listing.panes) fresh.insert(p.key.pane);
  Batch more = {{"display-message", "-p", header_format(nonce)}};
  for (const NarrowPane& p : answer->parsed.narrow) {
    if (!fresh.contains(p.pane) && !stands(p)) more.push_back(facts_command(p.pane, facts));
  }
  const std::size_t surprises = more.size() - 1;
  if (surprises * kAloneCostsMore > answer->parsed.narrow.size() || !fit_in_a_message(surprises))
    return std::optional<Listing>();
  if (surprises > 0) {
    more.push_back({"display-message", "-p", end_mark(nonce)});
    ORC_TRY(again, read(nonce, more, false, deadline, {}, {}));
    if (again->listing.server != server_ || !take_facts(again->listing)) return std::optional<Listing>();
    listing.bytes += again->listing.bytes;
    listing.strays += again->listing.strays;
    listing.skipped += again->listing.skipped;
  }

  listing.panes.clear();
  listing.panes.reserve(answer->parsed.narrow.size());
  for (const NarrowPane& p : answer->parsed.narrow) {
    const auto found = facts_.find(p.pane);
    if (found == facts_.end()) continue;  // gone since
    if (p.in_mode) found->second.pane.in_mode = *p.in_mode;
    PaneRef& pane = listing.panes.emplace_back(found->second.pane);
    pane.quiet_s = pane.facts.activity_s > 0 ? listing.listed_s - pane.facts.activity_s : 0;
  }
  if (facts_.size() > listing.panes.size()) {
    std::unordered_set<PaneId> there;
    for (const PaneRef& p : listing.panes) there.insert(p.key.pane);
    std::erase_if(facts_, [&](const auto& entry) { return !there.contains(entry.first); });
  }
  watch_clients(listing, clients_);
  return std::optional<Listing>(std::move(listing));
}

}  // namespace orc
