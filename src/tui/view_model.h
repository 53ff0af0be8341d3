// SPDX-License-Identifier: Apache-2.0
// ViewModel: what the cockpit shows, and what a key does to it. Snapshots, changes, previews and keys go in;
// rows, a selection that sticks to its pane, and effects for the world outside come out. Pure: no clock, no
// terminal, no tmux. For one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ansi.h"
#include "answer_form.h"
#include "hour_strip.h"
#include "keys.h"
#include "layout.h"
#include "tmux_orc/base/model.h"

namespace orc::tui {

enum class Grouping : std::uint8_t { kNone, kSession, kProject, kServer };
enum class Sorting : std::uint8_t { kNeed, kSince, kPlace, kAgent };
std::string_view to_string(Grouping grouping);
std::string_view to_string(Sorting sorting);

// What stays for the next time it is opened.
struct Remembered {
  Grouping grouping = Grouping::kNone;
  Sorting sorting = Sorting::kNeed;
  std::string filter;
  std::set<std::string> folded;  // groups
  bool idle_folded = true;
  bool preview = true;
  friend bool operator==(const Remembered&, const Remembered&) = default;
};

struct Row {
  enum Kind : std::uint8_t { kAgent, kGroup, kIdle } kind = kAgent;
  std::string group;      // "" without grouping
  std::size_t agent = 0;  // kAgent: index in agents()
  bool folded = false;    // kGroup
  // kGroup: all of its agents by state; kIdle: how many are folded away here.
  std::map<State, std::size_t> counts;
  std::size_t count = 0;
};

// What the world outside is asked to do.
struct Effect {
  enum Kind : std::uint8_t { kQuit, kJump, kMute, kExplain, kRecord, kAsk, kAnswer, kRedraw } kind = kQuit;
  PaneRef pane;
  Given given{};  // kAnswer
};

struct Preview {
  PaneKey pane;
  std::vector<CellRow> rows;
  std::string problem;  // why there is none
};

// A text over the rest: help, an explanation.
struct Overlay {
  std::string title;
  std::vector<std::string> lines;
  int top = 0;
};

class ViewModel {
 public:
  explicit ViewModel(Form form, Remembered remembered = {});

  // ---- in ----
  void resize(int width, int height);
  void tick(std::int64_t now_ms) { now_ms_ = now_ms; }
  void take(std::shared_ptr<const Snapshot> snapshot);
  void take_changes(const std::vector<Transition>& changes);
  void take_preview(Preview preview) { preview_ = std::move(preview); }
  void set_muted(std::set<PaneKey> muted) { muted_ = std::move(muted); }
  void set_source(std::string source) { source_ = std::move(source); }      // where the figures come from
  void set_trouble(std::string trouble) { trouble_ = std::move(trouble); }  // why there is no snapshot
  // Shown in the footer for some seconds.
  void say(std::string message);
  void show(Overlay overlay) { overlay_ = std::move(overlay); }
  // The question that was asked for, unless the person went on meanwhile.
  void show(AnswerForm form);
  std::vector<Effect> press(const Key& key);

  // ---- out ----
  Form form() const { return form_; }
  int width() const { return width_; }
  int height() const { return height_; }
  std::int64_t now_ms() const { return now_ms_; }
  Layout layout() const { return layout_of(form_, width_, height_, remembered_.preview); }
  const Snapshot* snapshot() const { return snapshot_.get(); }
  const std::vector<AgentStatus>& agents() const;
  const std::vector<Row>& rows() const { return rows_; }
  std::size_t selected() const { return selected_; }  // index in rows(); 0 if there is none
  std::size_t top() const { return top_; }            // the first row that is shown
  // The pane to preview: the selected one's, if a preview is on the screen.
  const AgentStatus* selected_agent() const;
  const AgentStatus* previewed() const;
  const Preview* preview() const;
  const std::deque<Transition>& changes() const { return changes_; }  // oldest first
  const HourStrip* strip(const PaneKey& pane) const;
  bool is_muted(const PaneKey& pane) const { return muted_.contains(pane); }
  const Remembered& remembered() const { return remembered_; }
  bool typing() const { return typing_; }
  const std::string& source() const { return source_; }
  const std::string& trouble() const { return trouble_; }
  std::string message() const { return now_ms_ < message_until_ms_ ? message_ : ""; }
  const std::optional<Overlay>& overlay() const { return overlay_; }
  const std::optional<AnswerForm>& answer_form() const { return form_to_answer_; }

 private:
  friend struct Bindings;
  using Effects = std::vector<Effect>;
  struct Choice {  // what is selected, in words that outlive a change of the rows
    Row::Kind kind = Row::kAgent;
    PaneKey pane;
    std::string group;
  };
  void rebuild();
  void add_rows(const std::string& group, const std::vector<std::size_t>& agents);
  bool matches(const AgentStatus& agent) const;
  bool before(const AgentStatus& a, const AgentStatus& b) const;
  std::string group_of(const AgentStatus& agent) const;
  Choice choice_of(std::size_t row) const;
  void find_choice();
  void select(std::size_t row);
  void keep_visible();
  void move(int by);
  void next_in_need(int step);
  bool fold(bool folded);
  bool press_overlay(const Key& key);
  bool press_answer(const Key& key, Effects& effects);
  void look_at_form();
  bool press_filter(const Key& key);
  void press_mouse(const Key& key, Effects& effects);
  void ask(Effect::Kind kind, Effects& effects);
  Effects open_selected();

  const Form form_;
  int width_ = 80, height_ = 24;
  std::int64_t now_ms_ = 0;
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<Row> rows_;
  std::size_t selected_ = 0, top_ = 0;
  std::optional<Choice> choice_;  // nothing: the first row, whatever it is, until a person moves
  std::optional<Preview> preview_;
  std::deque<Transition> changes_;
  std::map<PaneKey, HourStrip> strips_;
  std::set<PaneKey> muted_;
  Remembered remembered_;
  bool typing_ = false;
  std::string filter_before_;  // what Escape brings back
  std::string source_, trouble_, message_;
  std::int64_t message_until_ms_ = 0;
  std::optional<Overlay> overlay_;
  std::optional<AnswerForm> form_to_answer_;
};

// The keys and what they do, for the help and the footer.
struct KeyHelp {
  std::string keys, what;
};
std::vector<KeyHelp> key_help(Form form);

}  // namespace orc::tui
