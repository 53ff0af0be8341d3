#include "tmux_orc/discover/discover.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "tmux_orc/base/text.h"
#include "tmux_orc/tmux/names.h"

namespace orc {
namespace {

constexpr auto kNamesMaxAge = std::chrono::seconds(30);

// Fields in the order of listing_format(), up to the first string. Each costs the server 1.2 us a pane; a
// pane's exit status matters only when it is dead.
constexpr std::string_view kNumbers =
    "#{pane_id} #{window_id} #{pane_pid} #{pane_width} #{pane_height} #{window_activity} "
    "#{history_size} #{cursor_x} #{cursor_y} #{cursor_flag} #{alternate_on} "
    "#{?pane_dead,1 e#{pane_dead_status} s#{pane_dead_signal},0}";

class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}
  template <typename T>
  bool number(T& value) {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '%' || rest_[0] == '@' || rest_[0] == '$'))
      rest_.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }
  bool flag(bool& value) {
    int n = 0;
    if (!number(n)) return false;
    value = n != 0;
    return true;
  }
  // A letter with a number behind it, or with nothing: tmux does not know it.
  bool tagged(char tag, std::optional<int>& value) {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    if (!rest_.starts_with(tag)) return false;
    rest_.remove_prefix(1);
    int n = 0;
    value.reset();
    if (!rest_.empty() && rest_[0] != ' ' && number(n)) value = n;
    return true;
  }

 private:
  std::string_view rest_;
};

bool parse_numbers(std::string_view text, bool with_names, PaneRef& pane) {
  Fields in(text);
  PaneFacts& f = pane.facts;
  const bool ok = in.number(pane.key.pane) && in.number(f.window) && in.number(f.pid) && in.number(f.width) &&
                  in.number(f.height) && in.number(f.activity_s) && in.number(f.history) &&
                  in.number(f.cursor_x) && in.number(f.cursor_y) && in.flag(f.cursor_visible) &&
                  in.flag(f.alternate) && in.flag(f.dead);
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
  if (!parse_numbers(parts[0], with_names, pane)) return false;
  if (with_names) {
    pane.session = bounded_name(parts[1]);
    pane.window_name = bounded_name(parts[2]);
    pane.agent_option = bounded_name(parts[3]);
  }
  pane.facts.title = bounded_name(parts.back());
  return true;
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

// %s is the server's own clock: display-message expands times as strftime() does.
std::string header_format(const std::string& nonce) { return nonce + " #{pid} #{start_time} %s" + nonce; }

std::string listing_format(const std::string& nonce, bool with_names) {
  std::string format = nonce + std::string(kNumbers);
  if (with_names) {
    format += " #{window_index} #{pane_index} #{session_id}" + nonce + name_format("session_name") + nonce +
              name_format("window_name") + nonce + name_format("@orc_agent");
  }
  return format + nonce + name_format("pane_title") + nonce + nonce;
}

ParsedListing parse_listing(std::string_view text, const std::string& nonce, bool with_names) {
  ParsedListing parsed;
  // Header: NONCE pid start NONCE \n. Record: NONCE ... NONCE NONCE \n.
  std::size_t at = text.find(nonce + "\n");
  if (!text.starts_with(nonce) || at == std::string_view::npos) return parsed;
  Fields header(text.substr(nonce.size(), at - nonce.size()));
  if (!header.number(parsed.server_pid) || !header.number(parsed.start_time) ||
      !header.number(parsed.now_s)) {
    return parsed;
  }
  parsed.complete = true;
  at += nonce.size() + 1;
  std::set<PaneId> seen;  // -a repeats the panes of linked windows
  while (text.substr(at).starts_with(nonce)) {
    PaneRef pane;
    if (!parse_record(text, at, nonce, with_names, pane)) {
      ++parsed.skipped;
    } else if (seen.insert(pane.key.pane).second) {
      parsed.panes.push_back(std::move(pane));
    }
  }
  parsed.end = at;
  return parsed;
}

bool window_matches(std::string_view window_name, const std::vector<std::string>& patterns) {
  const std::string name = absl::AsciiStrToLower(std::string(window_name));
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) {
    return contains_whole_word(name, absl::AsciiStrToLower(p));
  });
}

Result<Listing> Lister::list_once(bool with_names, Deadline deadline, const Batch& riders,
                                  const std::function<void()>& on_sent) {
  const std::string nonce = random_hex();
  Batch batch = {{"display-message", "-p", header_format(nonce)},
                 {"list-panes", "-a", "-F", listing_format(nonce, with_names)}};
  batch.insert(batch.end(), riders.begin(), riders.end());
  Listing listing;
  ListingSink sink(on_sent);
  auto done = link_.current().run(batch, deadline, sink);
  if (!done) return tl::unexpected(done.error());
  auto parsed = parse_listing(sink.text, nonce, with_names);
  const bool listed = parsed.complete && (done->status == 0 || (!riders.empty() && !parsed.panes.empty()));
  if (!listed) {
    return fail(ErrorKind::kProtocol, fmt::format("list-panes failed: {}", printable(trim(done->errors))));
  }
  listing.server =
      fnv1a(fmt::format("{} {} {}", link_.address().key(), parsed.server_pid, parsed.start_time));
  listing.listed_s = parsed.now_s;
  listing.bytes = sink.text.size();
  listing.skipped = parsed.skipped;
  listing.panes = std::move(parsed.panes);
  if (!riders.empty()) listing.rest = sink.text.substr(parsed.end);
  for (PaneRef& pane : listing.panes) {
    pane.key.server = listing.server;
    pane.server_name = link_.address().name;
    if (pane.facts.activity_s > 0) pane.quiet_s = listing.listed_s - pane.facts.activity_s;
  }
  return listing;
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

Result<Listing> Lister::list(Deadline deadline, const Batch& riders, const std::function<void()>& on_sent) {
  const bool names_needed = names_.empty() || clock_.steady() - names_at_ > kNamesMaxAge;
  auto listing = list_once(names_needed, deadline, riders, on_sent);
  if (!listing) return listing;
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
  return listing;
}

}  // namespace orc
