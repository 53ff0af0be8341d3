// SPDX-License-Identifier: Apache-2.0
#include "view_model.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

#include "tmux_orc/about/place.h"
#include "tmux_orc/aggregate/aggregator.h"
#include "tmux_orc/base/ask_text.h"
#include "tmux_orc/base/need.h"
#include "tmux_orc/base/text.h"

namespace orc::tui {
namespace {

constexpr std::int64_t kMessage_ms = 5'000;
constexpr std::size_t kMostChanges = 200;

auto place_of(const AgentStatus& a) {
  return std::tuple<const std::string&, const std::string&, int, int, PaneId>(
      a.pane.server_name, a.pane.session, a.pane.window_index, a.pane.pane_index, a.pane.key.pane);
}

std::vector<std::string> words_of(const std::string& text) {
  return absl::StrSplit(absl::AsciiStrToLower(text), ' ', absl::SkipEmpty());
}

}  // namespace

std::string_view to_string(Grouping grouping) {
  constexpr std::string_view kNames[] = {"none", "session", "project", "server"};
  return kNames[static_cast<std::size_t>(grouping)];
}

std::string_view to_string(Sorting sorting) {
  constexpr std::string_view kNames[] = {"need", "since", "place", "agent"};
  return kNames[static_cast<std::size_t>(sorting)];
}

ViewModel::ViewModel(Form form, Remembered remembered) : form_(form), remembered_(std::move(remembered)) {}

void ViewModel::resize(int width, int height) {
  width_ = width;
  height_ = height;
  keep_visible();
}

const std::vector<AgentStatus>& ViewModel::agents() const {
  static const std::vector<AgentStatus> kNone;
  return snapshot_ ? snapshot_->agents : kNone;
}

void ViewModel::take(std::shared_ptr<const Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  std::set<PaneKey> there;
  for (const AgentStatus& a : agents()) {
    there.insert(a.pane.key);
    strips_[a.pane.key].note(a.since_ms, a.verdict.state, snapshot_->at_ms);
  }
  const auto& servers = snapshot_->servers;
  if (!servers.empty() &&
      std::none_of(servers.begin(), servers.end(), [](const auto& f) { return f.reachable; })) {
    trouble_.clear();
    for (const ServerFigures& f : servers) trouble_ += f.name + ": " + printable(f.note) + "\n";
  } else {
    trouble_.clear();
  }
  std::erase_if(strips_, [&](const auto& strip) { return !there.contains(strip.first); });
  rebuild();
  look_at_form();
}

void ViewModel::take_changes(const std::vector<Transition>& changes) {
  for (const Transition& t : changes) {
    const auto late = std::find_if(changes_.rbegin(), changes_.rend(),
                                   [&](const Transition& known) { return known.at_ms <= t.at_ms; });
    changes_.insert(late.base(), t);
    if (changes_.size() > kMostChanges) changes_.pop_front();
    if (t.gone) continue;
    strips_[t.pane.key].note(t.at_ms, t.to.state, std::max(now_ms_, t.at_ms));
  }
}

void ViewModel::say(std::string message) {
  message_ = std::move(message);
  message_until_ms_ = now_ms_ + kMessage_ms;
}

const HourStrip* ViewModel::strip(const PaneKey& pane) const {
  const auto found = strips_.find(pane);
  return found == strips_.end() ? nullptr : &found->second;
}

const AgentStatus* ViewModel::selected_agent() const {
  if (selected_ >= rows_.size() || rows_[selected_].kind != Row::kAgent) return nullptr;
  return &agents()[rows_[selected_].agent];
}

const AgentStatus* ViewModel::previewed() const {
  return layout().preview.height > 0 ? selected_agent() : nullptr;
}

const Preview* ViewModel::preview() const {
  const AgentStatus* agent = previewed();
  return agent != nullptr && preview_ && preview_->pane == agent->pane.key ? &*preview_ : nullptr;
}

// ---- rows ----

bool ViewModel::matches(const AgentStatus& a) const {
  std::string text =
      fmt::format("{} {} {} {} {} {}/{} %{} {} {}", a.pane.server_name, a.pane.target(), a.pane.window_name,
                  a.pane.facts.title, a.verdict.agent, to_string(a.verdict.state), a.verdict.detail,
                  a.pane.key.pane, place_text(a.about), a.about.model);
  if (a.stuck) text += " stuck";
  if (a.done) text += " done";
  text += " " + asks_text(a.verdict);
  absl::AsciiStrToLower(&text);
  const auto words = words_of(remembered_.filter);
  return std::all_of(words.begin(), words.end(),
                     [&](const std::string& w) { return text.find(w) != std::string::npos; });
}

bool ViewModel::before(const AgentStatus& a, const AgentStatus& b) const {
  switch (remembered_.sorting) {
    case Sorting::kNeed: {
      const int x = attention_rank(a), y = attention_rank(b);
      if (x != y) return x < y;
      // Who waits longest comes first; the others keep their places, so that the list stands still.
      if (needs_person(a) && a.since_ms != b.since_ms) return a.since_ms < b.since_ms;
      break;
    }
    case Sorting::kSince:
      if (a.since_ms != b.since_ms) return a.since_ms > b.since_ms;
      break;
    case Sorting::kAgent:
      if (a.verdict.agent != b.verdict.agent) return a.verdict.agent < b.verdict.agent;
      break;
    case Sorting::kPlace:
      break;
  }
  return place_of(a) < place_of(b);
}

std::string ViewModel::group_of(const AgentStatus& a) const {
  switch (remembered_.grouping) {
    case Grouping::kSession:
      return snapshot_->servers.size() > 1 ? a.pane.server_name + ":" + a.pane.session : a.pane.session;
    case Grouping::kProject:
      return a.about.project.empty() ? "no project" : a.about.project;
    case Grouping::kServer:
      return a.pane.server_name;
    default:
      return "";
  }
}

void ViewModel::rebuild() {
  const auto& all = agents();
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (matches(all[i])) shown.push_back(i);
  }
  std::stable_sort(shown.begin(), shown.end(),
                   [&](std::size_t a, std::size_t b) { return before(all[a], all[b]); });
  // Groups in the order of their first agent, so that the one with the greatest need stands first.
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::size_t>> groups;
  for (const std::size_t i : shown) {
    const std::string group = group_of(all[i]);
    auto& members = groups[group];
    if (members.empty()) order.push_back(group);
    members.push_back(i);
  }
  rows_.clear();
  for (const std::string& group : order) add_rows(group, groups[group]);
  find_choice();
}

void ViewModel::add_rows(const std::string& group, const std::vector<std::size_t>& members) {
  const auto& all = agents();
  if (remembered_.grouping != Grouping::kNone) {
    Row head;
    head.kind = Row::kGroup;
    head.group = group;
    head.folded = remembered_.folded.contains(group);
    head.count = members.size();
    for (const std::size_t i : members) ++head.counts[all[i].verdict.state];
    rows_.push_back(head);
    if (head.folded) return;
  }
  // The one that is selected stays a row of its own: it must not vanish under the person's eyes. A filter
  // shows what it finds.
  const auto folds = [&](std::size_t i) {
    const bool chosen = choice_ && choice_->kind == Row::kAgent && choice_->pane == all[i].pane.key;
    return all[i].verdict.state == State::kIdle && !chosen;
  };
  const bool fold_idle = remembered_.idle_folded && remembered_.filter.empty();
  const auto idle = static_cast<std::size_t>(std::count_if(members.begin(), members.end(), folds));
  bool told = false;
  for (const std::size_t i : members) {
    if (!fold_idle || idle < 2 || !folds(i)) {
      Row row;
      row.group = group;
      row.agent = i;
      rows_.push_back(row);
    } else if (!std::exchange(told, true)) {
      Row row;
      row.kind = Row::kIdle;
      row.group = group;
      row.count = idle;
      rows_.push_back(row);
    }
  }
}

// ---- selection ----

ViewModel::Choice ViewModel::choice_of(std::size_t row) const {
  const Row& r = rows_[row];
  return {r.kind, r.kind == Row::kAgent ? agents()[r.agent].pane.key : PaneKey{}, r.group};
}

// The row of what was chosen. If it is gone, the row that came to its place.
void ViewModel::find_choice() {
  if (rows_.empty()) {
    selected_ = top_ = 0;
    return;
  }
  if (!choice_) {
    selected_ = 0;
    return keep_visible();
  }
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Choice c = choice_of(i);
    const bool same = c.kind == choice_->kind &&
                      (c.kind == Row::kAgent ? c.pane == choice_->pane : c.group == choice_->group);
    if (!same) continue;
    selected_ = i;
    return keep_visible();
  }
  selected_ = std::min(selected_, rows_.size() - 1);
  choice_ = choice_of(selected_);
  keep_visible();
}

void ViewModel::select(std::size_t row) {
  if (rows_.empty()) return;
  selected_ = std::min(row, rows_.size() - 1);
  choice_ = choice_of(selected_);
  rebuild();  // an idle one that was left folds away
}

void ViewModel::keep_visible() {
  const auto height = static_cast<std::size_t>(std::max(layout().list.height, 1));
  if (form_ == Form::kPlain) top_ = std::min(top_, rows_.size());
  if (selected_ < top_) top_ = selected_;
  if (selected_ >= top_ + height) top_ = selected_ - height + 1;
  top_ = std::min(top_, rows_.size() > height ? rows_.size() - height : 0);
}

void ViewModel::move(int by) {
  if (rows_.empty()) return;
  const auto last = static_cast<std::int64_t>(rows_.size()) - 1;
  select(
      static_cast<std::size_t>(std::clamp<std::int64_t>(static_cast<std::int64_t>(selected_) + by, 0, last)));
}

void ViewModel::next_in_need(int step) {
  const auto count = static_cast<int>(rows_.size());
  for (int i = 1; i <= count; ++i) {
    const int at = ((static_cast<int>(selected_) + step * i) % count + count) % count;
    const Row& row = rows_[static_cast<std::size_t>(at)];
    if (row.kind != Row::kAgent || !needs_person(agents()[row.agent])) continue;
    return select(static_cast<std::size_t>(at));
  }
  say("nobody needs you");
}

bool ViewModel::fold(bool folded) {
  if (selected_ >= rows_.size()) return false;
  const Row row = rows_[selected_];
  if (row.kind == Row::kIdle) {
    remembered_.idle_folded = folded;
  } else if (remembered_.grouping != Grouping::kNone) {
    if (folded)
      remembered_.folded.insert(row.group);
    else
      remembered_.folded.erase(row.group);
    choice_ = Choice{Row::kGroup, {}, row.group};
  } else {
    return false;
  }
  rebuild();
  return true;
}

// ---- keys ----

// One entry a key: what it is called, what it does. The help shows this table.
struct Bindings {
  struct Binding {
    std::u32string chars;
    std::vector<Key::Code> codes;
    const char* names;
    const char* what;
    void (*act)(ViewModel&, ViewModel::Effects&);
    bool narrow = true;  // a sidebar has it too
  };

  static const std::vector<Binding>& all() {
    static const std::vector<Binding> kAll = {
        {U"k", {Key::kUp}, "Up k", "one up", [](ViewModel& m, auto&) { m.move(-1); }},
        {U"j", {Key::kDown}, "Down j", "one down", [](ViewModel& m, auto&) { m.move(1); }},
        {U"", {Key::kPageUp}, "PgUp", "a page up", [](ViewModel& m, auto&) { m.move(-page(m)); }},
        {U" ", {Key::kPageDown}, "PgDn Space", "a page down", [](ViewModel& m, auto&) { m.move(page(m)); }},
        {U"G", {Key::kEnd}, "End G", "to the last", [](ViewModel& m, auto&) { m.select(m.rows_.size()); }},
        {U"", {Key::kHome}, "Home", "to the first", [](ViewModel& m, auto&) { m.select(0); }},
        {U"",
         {Key::kEnter},
         "Enter",
         "jump to the pane; fold or unfold a group",
         [](ViewModel& m, auto& e) { e = m.open_selected(); }},
        {U"n", {}, "n", "to the next that needs you", [](ViewModel& m, auto&) { m.next_in_need(1); }},
        {U"N", {}, "N", "to the one before", [](ViewModel& m, auto&) { m.next_in_need(-1); }},
        {U"l", {Key::kRight}, "Right l", "unfold", [](ViewModel& m, auto&) { m.fold(false); }},
        {U"h", {Key::kLeft}, "Left h", "fold", [](ViewModel& m, auto&) { m.fold(true); }},
        {U"i", {}, "i", "fold idle agents, or show them", &toggle_idle},
        {U"g", {}, "g", "group by session, project, server", &next_grouping},
        {U"s", {}, "s", "sort by need, since, place, agent", &next_sorting},
        {U"/", {}, "/", "filter: words that must all be there", &start_filter},
        {U"", {Key::kEscape}, "Esc", "clear the filter", &clear_filter},
        {U"p", {}, "p", "preview on and off", &toggle_preview, false},
        {U"a",
         {},
         "a",
         "answer what it asks, or send it a text",
         [](ViewModel& m, auto& e) { m.ask(Effect::kAsk, e); },
         false},
        {U"e",
         {},
         "e",
         "explain its state",
         [](ViewModel& m, auto& e) { m.ask(Effect::kExplain, e); },
         false},
        {U"m",
         {},
         "m",
         "mute it, or hear of it again",
         [](ViewModel& m, auto& e) { m.ask(Effect::kMute, e); }},
        {U"r",
         {},
         "r",
         "record a wrong verdict to a file",
         [](ViewModel& m, auto& e) { m.ask(Effect::kRecord, e); },
         false},
        {U"",
         {Key::kRedraw},
         "Ctrl-L",
         "draw anew",
         [](ViewModel&, auto& e) {
           e.push_back({Effect::kRedraw, {}, {}});
         }},
        {U"?", {}, "?", "this help", &show_help},
        {U"qQ",
         {Key::kInterrupt},
         "q",
         "leave",
         [](ViewModel&, auto& e) {
           e.push_back({Effect::kQuit, {}, {}});
         }},
    };
    return kAll;
  }

  static int page(const ViewModel& m) { return std::max(m.layout().list.height - 1, 1); }
  static void toggle_idle(ViewModel& m, ViewModel::Effects&) {
    m.remembered_.idle_folded = !m.remembered_.idle_folded;
    m.rebuild();
  }
  static void next_grouping(ViewModel& m, ViewModel::Effects&) {
    m.remembered_.grouping = static_cast<Grouping>((static_cast<int>(m.remembered_.grouping) + 1) % 4);
    m.rebuild();
    m.say(fmt::format("grouped by {}", to_string(m.remembered_.grouping)));
  }
  static void next_sorting(ViewModel& m, ViewModel::Effects&) {
    m.remembered_.sorting = static_cast<Sorting>((static_cast<int>(m.remembered_.sorting) + 1) % 4);
    m.rebuild();
    m.say(fmt::format("sorted by {}", to_string(m.remembered_.sorting)));
  }
  static void start_filter(ViewModel& m, ViewModel::Effects&) {
    m.filter_before_ = m.remembered_.filter;
    m.typing_ = true;
  }
  static void clear_filter(ViewModel& m, ViewModel::Effects&) {
    m.remembered_.filter.clear();
    m.rebuild();
  }
  static void toggle_preview(ViewModel& m, ViewModel::Effects&) {
    m.remembered_.preview = !m.remembered_.preview;
    if (m.remembered_.preview && m.layout().preview.height == 0) m.say("there is no room for a preview");
    m.keep_visible();
  }
  static void show_help(ViewModel& m, ViewModel::Effects&) {
    Overlay overlay{"Keys", {}, 0};
    for (const KeyHelp& help : key_help(m.form_))
      overlay.lines.push_back(fmt::format("{:<11} {}", help.keys, help.what));
    m.show(std::move(overlay));
  }
};

std::vector<KeyHelp> key_help(Form form) {
  std::vector<KeyHelp> out;
  for (const auto& b : Bindings::all()) {
    if (form == Form::kFull || b.narrow) out.push_back({b.names, b.what});
  }
  return out;
}

void ViewModel::ask(Effect::Kind kind, Effects& effects) {
  if (const AgentStatus* agent = selected_agent())
    effects.push_back({kind, agent->pane, {}});
  else
    say("no agent is selected");
}

ViewModel::Effects ViewModel::open_selected() {
  Effects effects;
  if (selected_ >= rows_.size()) return effects;
  const Row& row = rows_[selected_];
  if (row.kind == Row::kAgent)
    ask(Effect::kJump, effects);
  else
    fold(row.kind == Row::kGroup && !row.folded);
  return effects;
}

bool ViewModel::press_overlay(const Key& key) {
  if (!overlay_) return false;
  const int last = std::max(0, static_cast<int>(overlay_->lines.size()) - 1);
  const int page = std::max(height_ - 6, 1);
  const bool down =
      key.code == Key::kDown || key.code == Key::kWheelDown || (key.code == Key::kChar && key.ch == 'j');
  const bool up =
      key.code == Key::kUp || key.code == Key::kWheelUp || (key.code == Key::kChar && key.ch == 'k');
  const bool page_down = key.code == Key::kPageDown || (key.code == Key::kChar && key.ch == ' ');
  if (down || up || page_down || key.code == Key::kPageUp) {
    const int by = down ? 1 : up ? -1 : page_down ? page : -page;
    overlay_->top = std::clamp(overlay_->top + by, 0, last);
  } else if (key.code != Key::kInterrupt) {
    overlay_.reset();
  } else {
    return false;
  }
  return true;
}

void ViewModel::show(AnswerForm form) {
  const AgentStatus* agent = selected_agent();
  const bool wanted = agent != nullptr && agent->pane.key == form.pane().key && !typing_ && !overlay_;
  if (wanted) form_to_answer_ = std::move(form);
  say("");
}

// A form that no longer says what stands in the pane is taken away before a key is pressed in it.
void ViewModel::look_at_form() {
  if (!form_to_answer_ || !snapshot_) return;
  for (const AgentStatus& a : agents()) {
    if (a.pane.key != form_to_answer_->pane().key) continue;
    const std::string why = form_to_answer_->void_since(a, snapshot_->at_ms);
    if (why.empty()) return;
    form_to_answer_.reset();
    return say(why);
  }
}

bool ViewModel::press_answer(const Key& key, Effects& effects) {
  if (!form_to_answer_) return false;
  switch (form_to_answer_->press(key)) {
    case AnswerForm::Outcome::kStays:
      return true;
    case AnswerForm::Outcome::kGiven:
      effects.push_back({Effect::kAnswer, form_to_answer_->pane(), form_to_answer_->given()});
      break;
    case AnswerForm::Outcome::kLeft:
      break;
  }
  form_to_answer_.reset();
  return true;
}

bool ViewModel::press_filter(const Key& key) {
  if (!typing_) return false;
  std::string& filter = remembered_.filter;
  switch (key.code) {
    case Key::kEnter:
      typing_ = false;
      break;
    case Key::kEscape:
      typing_ = false;
      filter = filter_before_;
      break;
    case Key::kBackspace:
      while (!filter.empty() && (static_cast<unsigned char>(filter.back()) & 0xC0) == 0x80) filter.pop_back();
      if (!filter.empty()) filter.pop_back();
      break;
    case Key::kChar:
      if (filter.size() < 200) filter += printable(utf8_of(key.ch));
      break;
    default:
      return key.code != Key::kInterrupt && key.code != Key::kUp && key.code != Key::kDown;
  }
  rebuild();
  return true;
}

void ViewModel::press_mouse(const Key& key, Effects& effects) {
  if (key.code == Key::kWheelUp || key.code == Key::kWheelDown) {
    move(key.code == Key::kWheelUp ? -3 : 3);
    return;
  }
  const Rect list = layout().list;
  if (!list.contains(key.x, key.y)) return;
  const std::size_t row = top_ + static_cast<std::size_t>(key.y - list.y);
  if (row >= rows_.size()) return;
  select(row);
  if (key.code == Key::kDoubleClick || rows_[selected_].kind != Row::kAgent) effects = open_selected();
}

std::vector<Effect> ViewModel::press(const Key& key) {
  Effects effects;
  if (form_ == Form::kPlain) {  // nothing to choose: it only shows
    const bool leaves =
        key.code == Key::kInterrupt || (key.code == Key::kChar && (key.ch == U'q' || key.ch == U'Q'));
    if (leaves) effects.push_back({Effect::kQuit, {}, {}});
    if (key.code == Key::kRedraw) effects.push_back({Effect::kRedraw, {}, {}});
    return effects;
  }
  if (press_answer(key, effects) || press_overlay(key) || press_filter(key)) return effects;
  if (key.code >= Key::kClick && key.code <= Key::kWheelDown) {
    press_mouse(key, effects);
    return effects;
  }
  for (const auto& b : Bindings::all()) {
    const bool hit = key.code == Key::kChar
                         ? b.chars.find(key.ch) != std::u32string::npos
                         : std::find(b.codes.begin(), b.codes.end(), key.code) != b.codes.end();
    if (!hit || (form_ != Form::kFull && !b.narrow)) continue;
    b.act(*this, effects);
    return effects;
  }
  return effects;
}

}  // namespace orc::tui
