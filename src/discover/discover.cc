// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/discover/discover.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr auto kNamesMaxAge = std::chrono::seconds(30);

// Fields in the order of listing_format(), up to the first string. Each costs the server 1.2 us a pane; a
// pane's exit status matters only when it is dead.
constexpr std::string_view kPlace = "#{pane_id} #{window_id} #{pane_pid} #{pane_width} #{pane_height} ";
constexpr std::string_view kNumbers =
    " #{history_size} #{cursor_x} #{cursor_y} #{cursor_flag} #{alternate_on} #{pane_in_mode} "
    "#{?pane_dead,1 e#{pane_dead_status} s#{pane_dead_signal},0}";

// tmux keeps a title of 1 MB (any `cat` of a hostile file sets one), and window names as long: they are cut
// by tmux, in columns, and here, in bytes, since marks without a width may stand between. With each '#'
// doubled first, or what looks like a style ("#[" and 1 MB) has no width for tmux and is not cut.
constexpr std::string_view kTitle = "#{=256;q/e:pane_title}", kSession = "#{=128;q/e:session_name}",
                           kWindow = "#{=128;q/e:window_name}", kOption = "#{=64;q/e:@orc_agent}";
constexpr std::size_t kMostNameBytes = 1024, kLongestVersion = 32;
constexpr PaneId kNoPane = std::numeric_limits<PaneId>::max();
// Enough against stray lines, and a third of the bytes: 1000 panes are two passes of tmux's loop, not three.
constexpr std::size_t kShortNonce = 8;

std::string bounded(std::string_view name) {
  if (name.size() <= kMostNameBytes) return std::string(name);
  std::size_t end = kMostNameBytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;  // not in a character
  return std::string(name.substr(0, end));
}

// A name as it was before each '#' was doubled.
std::string name_of(std::string_view quoted) {
  std::string out;
  out.reserve(std::min(quoted.size(), 2 * kMostNameBytes));
  for (std::size_t at = 0; at < quoted.size() && out.size() <= kMostNameBytes; ++at) {
    out += quoted[at];
    if (quoted[at] == '#' && at + 1 < quoted.size() && quoted[at + 1] == '#') ++at;
  }
  return bounded(out);
}

// Takes a record's numbers apart at each single space: tmux leaves out what it does not know (from 3.8 the
// pid of a dead pane), and the others must not move up.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}
  template <typename T>
  bool number(T& value) {
    return read(word(), value);
  }
  template <typename T>
  bool number_or_nothing(T& value) {
    const std::string_view text = word();
    return text.empty() || read(text, value);
  }
  bool flag(bool& value) {
    int n = 0;
    if (!number(n)) return false;
    value = n != 0;
    return true;
  }
  // A letter with a number behind it, or with nothing: tmux does not know it.
  bool tagged(char tag, std::optional<int>& value) {
    const std::string_view text = word();
    value.reset();
    if (!text.starts_with(tag)) return false;
    int n = 0;
    if (read(text.substr(1), n)) value = n;
    return true;
  }

  std::string rest() const { return printable(rest_.substr(0, kLongestVersion)); }

 private:
  std::string_view word() {
    const std::string_view text = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(std::min(rest_.size(), text.size() + 1));
    return text;
  }
  template <typename T>
  static bool read(std::string_view text, T& value) {
    if (!text.empty() && (text[0] == '%' || text[0] == '@' || text[0] == '$')) text.remove_prefix(1);
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
  }

  std::string_view rest_;
};

bool parse_numbers(std::string_view text, bool with_names, PaneRef& pane) {
  Fields in(text);
  PaneFacts& f = pane.facts;
  const bool ok = in.number(pane.key.pane) && in.number(f.window) && in.number_or_nothing(f.pid) &&
                  in.number(f.width) && in.number(f.height) && in.number(f.activity_s) &&
                  in.number(f.history) && in.number(f.cursor_x) && in.number(f.cursor_y) &&
                  in.flag(f.cursor_visible) && in.flag(f.alternate) && in.flag(pane.in_mode) &&
                  in.flag(f.dead);
  if (!ok) return false;
  if (f.dead) {
    std::optional<int> signal;
    if (!in.tagged('e', f.dead_status) || !in.tagged('s', signal)) return false;
    if (signal) f.dead_status = 128 + *signal;
  }
  return !with_names ||
         (in.number(pane.window_index) && in.number(pane.pane_index) && in.number(pane.session_id));
}

// One record: NONCE numbers NONCE string ... NONCE title NONCE NONCE \n. Taken field by field, since an empty
// field and one that begins with a newline look together like the end. Moves `at` behind the record; false if
// it is malformed, with `at` behind the next end mark.
bool parse_record(std::string_view text, std::size_t& at, const std::string& nonce, bool with_names,
                  PaneRef& pane) {
  const std::string end_mark = nonce + "\n";
  std::vector<std::string_view> parts;
  std::size_t start = at + nonce.size();
  while (parts.size() < (with_names ? 5u : 2u)) {
    const std::size_t end = text.find(nonce, start);
    if (end == std::string_view::npos) break;
    parts.push_back(text.substr(start, end - start));
    start = end + nonce.size();
  }
  const bool framed = parts.size() == (with_names ? 5u : 2u) && text.substr(start).starts_with(end_mark);
  if (!framed) {
    const std::size_t next = text.find(nonce + end_mark, at + nonce.size());
    at = next == std::string_view::npos ? text.size() : next + nonce.size() + end_mark.size();
    return false;
  }
  at = start + end_mark.size();
  if (!parts[0].empty() && parts[0][0] == ' ') return pane.key.pane = kNoPane, true;  // gone meanwhile
  if (!parse_numbers(parts[0], with_names, pane)) return false;
  if (with_names) {
    pane.session = name_of(parts[1]);
    pane.window_name = name_of(parts[2]);
    pane.agent_option = name_of(parts[3]);
  }
  pane.facts.title = name_of(parts.back());
  return true;
}

// N n pane activity [dead in_mode] \n, N the nonce's first half.
bool parse_narrow(std::string_view text, std::size_t& at, ParsedListing& parsed, std::set<PaneId>& seen) {
  const std::size_t start = at + kShortNonce + 1, end = std::min(text.find('\n', start), text.size());
  at = std::min(end + 1, text.size());
  Fields in(text.substr(start, end - start));
  NarrowPane p;
  if (!in.number(p.pane) || !in.number(p.activity_s)) return false;
  bool dead = false, in_mode = false;
  if (in.flag(dead)) p.dead = dead;
  if (in.flag(in_mode)) p.in_mode = in_mode;
  if (seen.insert(p.pane).second) parsed.narrow.push_back(p);
  return true;
}

// NONCE c input window pane zoomed control NONCE \n: of a client.
bool parse_client(std::string_view text, std::size_t& at, const std::string& nonce,
                  std::vector<AttachedClient>& clients) {
  const std::size_t start = at + nonce.size() + 1, end = text.find(nonce + "\n", start);
  if (end == std::string_view::npos) {
    at = text.size();
    return false;
  }
  at = end + nonce.size() + 1;
  Fields in(text.substr(start, end - start));
  AttachedClient c;
  bool control = false;
  if (!in.number(c.input_s) || !in.number(c.window) || !in.number(c.pane) || !in.flag(c.zoomed) ||
      !in.flag(control))
    return false;
  if (!control) clients.push_back(c);
  return true;
}

bool shows(const AttachedClient& client, const PaneRef& pane) {
  return client.window == pane.facts.window && (!client.zoomed || client.pane == pane.key.pane);
}

class ListingSink final : public OutputSink {
 public:
  explicit ListingSink(const std::function<void()>& on_sent) : on_sent_(on_sent) {}
  void on_output(std::string_view bytes) override { text.append(bytes); }
  void on_sent() override {
    if (on_sent_) on_sent_();
  }
  std::string text;

 private:
  const std::function<void()>& on_sent_;
};

}  // namespace

namespace {

constexpr int kFirstWithPaneOutput = 308;

// A pane without any output, and a development version from before it, have its window's.
std::string activity_word(Activity activity) {
  return activity == Activity::kWindow
             ? "#{window_activity}"
             : "#{?pane_last_output_time,#{pane_last_output_time},#{window_activity}}";
}

}  // namespace

// %s is the server's own clock: display-message expands times as strftime() does.
std::string header_format(const std::string& nonce) {
  return nonce + "#{pid} #{start_time} %s #{version}" + nonce;
}
std::string clients_format(const std::string& nonce) {
  return nonce + "c#{client_activity} #{window_id} #{pane_id} #{window_zoomed_flag} #{client_control_mode}" +
         nonce;
}
// Each variable costs tmux 0.9 us a pane here, where one and the record take 2.6.
std::string narrow_format(const std::string& nonce, bool with_ends, Activity activity) {
  return nonce.substr(0, kShortNonce) + "n#{pane_id} " + activity_word(activity) +
         (with_ends ? " #{pane_dead} #{pane_in_mode}" : "");
}
std::string end_mark(const std::string& nonce) { return nonce + "." + nonce; }

namespace {

std::string record_format(const std::string& nonce, bool with_names, const std::string& activity) {
  std::string format = fmt::format("{}{}{}{}", nonce, kPlace, activity, kNumbers);
  if (with_names) {
    format += fmt::format(" #{{window_index}} #{{pane_index}} #{{session_id}}{0}{1}{0}{2}{0}{3}", nonce,
                          kSession, kWindow, kOption);
  }
  return fmt::format("{0}{1}{2}{1}{1}", format, nonce, kTitle);
}

}  // namespace

std::string listing_format(const std::string& nonce, bool with_names, Activity activity) {
  return record_format(nonce, with_names, activity_word(activity));
}

std::string one_pane_format(const std::string& nonce, bool with_names, Activity activity) {
  return record_format(nonce, with_names, fmt::format("#{{?pane_id,{},}}", activity_word(activity)));
}

std::string changes_format(const std::string& nonce, bool with_ends, Activity activity,
                           std::int64_t since_s) {
  return fmt::format("{}#{{?#{{e|>=|:{},{}}},\n{},}}", narrow_format(nonce, with_ends, activity),
                     activity_word(activity), since_s, listing_format(nonce, false, activity));
}

ParsedListing parse_listing(std::string_view text, const std::string& nonce, bool with_names) {
  ParsedListing parsed;
  // Header: NONCE pid start now version NONCE \n. Record: NONCE ... NONCE NONCE \n.
  std::size_t at = text.find(nonce + "\n");
  if (!text.starts_with(nonce) || at == std::string_view::npos) return parsed;
  Fields header(text.substr(nonce.size(), at - nonce.size()));
  if (!header.number(parsed.server_pid) || !header.number(parsed.start_time) ||
      !header.number(parsed.now_s)) {
    return parsed;
  }
  parsed.version = header.rest();
  parsed.begun = true;
  at += nonce.size() + 1;
  const std::string end = end_mark(nonce) + "\n";
  std::set<PaneId> seen, seen_narrow;  // -a repeats the panes of linked windows
  const std::string narrow = nonce.substr(0, kShortNonce) + "n";
  while (at < text.size() && !parsed.complete) {
    PaneRef pane;
    if (text.substr(at).starts_with(end)) {
      at += end.size();
      parsed.complete = true;
    } else if (text.substr(at).starts_with(narrow)) {
      if (!parse_narrow(text, at, parsed, seen_narrow)) ++parsed.skipped;
    } else if (!text.substr(at).starts_with(nonce)) {
      ++parsed.strays;
      at = std::min(text.find('\n', at), text.size() - 1) + 1;
    } else if (text.substr(at + nonce.size()).starts_with('c')) {
      if (!parse_client(text, at, nonce, parsed.clients)) ++parsed.strays;
    } else if (!parse_record(text, at, nonce, with_names, pane)) {
      ++parsed.skipped;
    } else if (pane.key.pane != kNoPane && seen.insert(pane.key.pane).second) {
      parsed.panes.push_back(std::move(pane));
    }
  }
  if (!parsed.complete) {
    parsed.panes.clear();
    parsed.narrow.clear();
  }
  parsed.end = at;
  return parsed;
}

Batch listing_batch(const std::string& nonce, bool with_names, Activity activity) {
  return {{"display-message", "-p", header_format(nonce)},
          {"list-panes", "-a", "-F", listing_format(nonce, with_names, activity)},
          {"list-clients", "-F", clients_format(nonce)},
          {"display-message", "-p", end_mark(nonce)}};
}

namespace {

// "worker-1" -> "worker": names of windows are numbered. Not "pm2", which is a program of its own.
std::string_view without_number(std::string_view name) {
  const std::size_t end = name.find_last_not_of("0123456789");
  if (end == std::string_view::npos || end + 1 == name.size()) return name;
  return std::string_view("-_.:# ").find(name[end]) == std::string_view::npos ? name : name.substr(0, end);
}

}  // namespace

bool window_matches(std::string_view window_name, const std::vector<std::string>& patterns) {
  const std::string name = absl::AsciiStrToLower(std::string(window_name));
  const std::string_view unnumbered = without_number(name);
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) {
    const std::string pattern = absl::AsciiStrToLower(p);
    if (pattern.find_first_of("*?") != std::string::npos) return glob_match(pattern, name);
    return contains_whole_word(name, pattern) || contains_whole_word(unnumbered, pattern);
  });
}

Result<Listing> Lister::ask(const std::string& nonce, Batch batch, bool with_names, Deadline deadline,
                            const Batch& riders, const std::function<void()>& on_sent) const {
  ORC_TRY(answer, read(nonce, std::move(batch), with_names, deadline, riders, on_sent));
  watch_clients(answer->listing, answer->parsed.clients);
  return std::move(answer->listing);
}

Result<Lister::Answer> Lister::read(const std::string& nonce, Batch batch, bool with_names, Deadline deadline,
                                    const Batch& riders, const std::function<void()>& on_sent) const {
  batch.insert(batch.end(), riders.begin(), riders.end());
  Answer answer;
  Listing& listing = answer.listing;
  ListingSink sink(on_sent);
  ORC_TRY(done, link_.current()->run(batch, deadline, sink));
  answer.parsed = parse_listing(sink.text, nonce, with_names);
  ParsedListing& parsed = answer.parsed;
  if (parsed.begun) link_.saw_version(parsed.version);
  if (!parsed.complete && !(parsed.begun && done->status != 0 && has_no_sessions(deadline))) {
    return fail(ErrorKind::kProtocol, fmt::format("list-panes failed: {}", printable(trim(done->errors))));
  }
  listing.server =
      fnv1a(fmt::format("{} {} {}", link_.address().key(), parsed.server_pid, parsed.start_time));
  listing.listed_s = parsed.now_s;
  listing.bytes = sink.text.size();
  listing.skipped = parsed.skipped;
  listing.strays = parsed.strays;
  listing.server_pid = parsed.server_pid;
  listing.panes = std::move(parsed.panes);
  if (!riders.empty()) listing.rest = sink.text.substr(parsed.end);
  for (PaneRef& pane : listing.panes) {
    pane.key.server = listing.server;
    pane.server_name = link_.address().name;
    if (pane.facts.activity_s > 0) pane.quiet_s = listing.listed_s - pane.facts.activity_s;
  }
  return answer;
}

void Lister::watch_clients(Listing& listing, const std::vector<AttachedClient>& clients) const {
  listing.attached = clients.size();
  for (PaneRef& pane : listing.panes) {
    pane.viewed_ago_s.reset();
    for (const AttachedClient& c : clients) {
      if (!shows(c, pane)) continue;
      const std::int64_t ago = std::max<std::int64_t>(0, listing.listed_s - c.input_s);
      pane.viewed_ago_s = std::min(ago, pane.viewed_ago_s.value_or(ago));
    }
  }
}

// list-panes fails where there is no session, and with it whatever comes behind. The format's loop over all
// sessions does not.
bool Lister::has_no_sessions(Deadline deadline) const {
  const std::string nonce = random_hex();
  StringSink sink;
  const auto done =
      link_.current()->run({{"display-message", "-p", nonce + "#{S:x}" + nonce}}, deadline, sink);
  return done && sink.text.starts_with(nonce + nonce + "\n");
}

Result<Listing> Lister::list_once(bool with_names, Deadline deadline, const Batch& riders,
                                  const std::function<void()>& on_sent) {
  const std::string nonce = random_hex();
  ORC_TRY(answer,
          read(nonce, listing_batch(nonce, with_names, activity()), with_names, deadline, riders, on_sent));
  clients_ = std::move(answer->parsed.clients);
  clients_at_ = clock_.steady();
  watch_clients(answer->listing, clients_);
  return std::move(answer->listing);
}

Activity Lister::activity() const {
  return link_.version() >= kFirstWithPaneOutput ? Activity::kPane : Activity::kWindow;
}

bool Lister::names_known(const Listing& listing) const {
  if (listing.server != server_ || clock_.steady() - names_at_ > kNamesMaxAge) return false;
  return std::all_of(listing.panes.begin(), listing.panes.end(), [&](const PaneRef& pane) {
    const auto found = names_.find(pane.key.pane);
    return found != names_.end() && found->second.window == pane.facts.window;
  });
}

void Lister::take_names(const Listing& listing) {
  names_.clear();
  for (const PaneRef& p : listing.panes) {
    names_[p.key.pane] = {p.session,    p.window_name, p.agent_option, p.window_index,
                          p.pane_index, p.session_id,  p.facts.window};
  }
  server_ = listing.server;
  names_at_ = clock_.steady();
}

void Lister::put_names(Listing& listing) const {
  for (PaneRef& p : listing.panes) {
    const Names& n = names_.at(p.key.pane);
    p.session = n.session;
    p.window_name = n.window_name;
    p.agent_option = n.agent_option;
    p.window_index = n.window_index;
    p.pane_index = n.pane_index;
    p.session_id = n.session_id;
  }
}

void Lister::set_roles(Listing& listing) const {
  for (PaneRef& pane : listing.panes) {
    pane.role = window_matches(pane.window_name, settings_.pm_windows) ? Role::kPm : Role::kAgent;
    // A window named as an agent's marks its pane even before a process is seen there.
    if (pane.agent_option.empty() &&
        (pane.role == Role::kPm || window_matches(pane.window_name, settings_.agent_windows))) {
      pane.agent_option = "?";
    }
  }
}

Result<Listing> Lister::list_now(Deadline deadline, const Batch& riders,
                                 const std::function<void()>& on_sent) {
  const bool names_needed = names_.empty() || clock_.steady() - names_at_ > kNamesMaxAge;
  ORC_TRY(listing, list_once(names_needed, deadline, riders, on_sent));
  if (!names_needed && !names_known(*listing)) {
    listing = list_once(true, deadline, {}, {});
    if (!listing) return listing;
    take_names(*listing);
  } else if (names_needed) {
    take_names(*listing);
  } else {
    put_names(*listing);
  }
  set_roles(*listing);
  remember(*listing);
  return listing;
}

template <typename Ask>
Result<Listing> Lister::try_transports(Deadline deadline, Ask ask) {
  ORC_DO(link_.ensure_ready(deadline));
  // Once more over spawn if native failed: the link has switched by then.
  for (bool first = true;; first = false) {
    const std::shared_ptr<Transport> transport = link_.current();
    auto listing = ask(first ? transport->first_try(deadline) : deadline);
    // A pane that is gone is an answer.
    if (listing || !first || !transport->may_fall_back() || listing.error().kind == ErrorKind::kCommand)
      return listing;
    link_.report_failure(*transport, listing.error());
  }
}

Result<Listing> Lister::list(Deadline deadline, const Batch& riders, const std::function<void()>& on_sent) {
  return try_transports(deadline, [&](Deadline by) { return list_now(by, riders, on_sent); });
}

Result<Listing> Lister::list_changes(Deadline deadline, const Batch& riders,
                                     const std::function<void()>& on_sent, std::span<const PaneId> riding) {
  return try_transports(deadline, [&](Deadline by) -> Result<Listing> {
    if (may_be_narrow(riding.size())) {
      ORC_TRY(narrow, list_narrow(by, riders, on_sent, riding));
      if (*narrow) return std::move(**narrow);
      return list_now(by, {}, {});
    }
    return list_now(by, riders, on_sent);
  });
}

Result<Listing> Lister::list_one(PaneId pane, Deadline deadline, const Batch& riders) {
  return try_transports(deadline, [&](Deadline by) -> Result<Listing> {
    const std::string nonce = random_hex(), target = fmt::format("%{}", pane);
    auto listing = ask(nonce,
                       {{"display-message", "-p", header_format(nonce)},
                        {"display-message", "-p", "-t", target, one_pane_format(nonce, true, activity())},
                        {"display-message", "-p", end_mark(nonce)}},
                       true, by, riders, {});
    const auto gone = [&] { return fail(ErrorKind::kCommand, fmt::format("there is no pane {}", target)); };
    if (!listing) return listing;
    // For a pane that is gone display-message succeeds with empty fields.
    if (listing->panes.size() != 1 || listing->panes[0].key.pane != pane) return gone();
    set_roles(*listing);
    return listing;
  });
}

}  // namespace orc
