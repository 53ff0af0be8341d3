// SPDX-License-Identifier: Apache-2.0
#include "answer_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"

namespace orc::tui {
namespace {

constexpr std::size_t kLongestText = 2000;
constexpr std::size_t kMostSubject = 12;  // rows of what a question is about

bool flag_of(const nlohmann::ordered_json& j, const char* key) {
  const auto found = j.find(key);
  return found != j.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

Result<AnswerForm> AnswerForm::of(const PaneRef& pane, const nlohmann::ordered_json& question,
                                  std::int64_t now_ms) {
  AnswerForm form;
  form.pane_ = pane;
  form.at_ms_ = now_ms;
  form.agent_ = printable(text_member(question, "agent"));
  if (flag_of(question, "answerable")) {
    const auto asks = question.find("asks");
    if (asks != question.end() && asks->is_object())
      if (auto read = ask_from_json(*asks)) form.ask_ = std::move(*read);
    if (form.ask_.id != 0 && !form.ask_.options.empty()) {
      form.pointer_ = static_cast<std::size_t>(std::max(form.ask_.selected, 0));
      return form;
    }
  }
  form.ask_ = {};
  if (flag_of(question, "takes_text")) return form;
  const std::string why = printable(text_member(question, "why"));
  return fail(ErrorKind::kInvalid, why.empty() ? "there is nothing to answer" : why);
}

std::string AnswerForm::title() const {
  return fmt::format("{} {} %{}", printable(pane_.target()), agent_, pane_.key.pane);
}

Given AnswerForm::given() const {
  if (is_text()) return {0, text_};
  const AskOption& option = ask_.options[pointer_];
  return {ask_.id, option.key.empty() ? option.text : option.key};
}

void AnswerForm::press_text(const Key& key) {
  if (key.code == Key::kChar && text_.size() < kLongestText) text_ += printable(utf8_of(key.ch));
  if (key.code != Key::kBackspace) return;
  while (!text_.empty() && (static_cast<unsigned char>(text_.back()) & 0xC0) == 0x80) text_.pop_back();
  if (!text_.empty()) text_.pop_back();
}

AnswerForm::Outcome AnswerForm::press(const Key& key) {
  if (key.code == Key::kEscape || key.code == Key::kInterrupt) return Outcome::kLeft;
  if (is_text()) {
    if (key.code == Key::kEnter) return trim(text_).empty() ? Outcome::kLeft : Outcome::kGiven;
    press_text(key);
    return Outcome::kStays;
  }
  if (key.code == Key::kEnter) return Outcome::kGiven;
  const std::string pressed = key.code == Key::kChar ? utf8_of(key.ch) : "";
  const auto named = std::find_if(ask_.options.begin(), ask_.options.end(),
                                  [&](const AskOption& o) { return !pressed.empty() && o.key == pressed; });
  if (named != ask_.options.end()) {
    pointer_ = static_cast<std::size_t>(named - ask_.options.begin());
    return Outcome::kGiven;
  }
  if (pressed == "q") return Outcome::kLeft;
  const std::size_t count = ask_.options.size();
  if (key.code == Key::kDown || key.code == Key::kRight || pressed == "j") pointer_ = (pointer_ + 1) % count;
  if (key.code == Key::kUp || key.code == Key::kLeft || pressed == "k")
    pointer_ = (pointer_ + count - 1) % count;
  return Outcome::kStays;
}

std::string AnswerForm::void_since(const AgentStatus& agent, std::int64_t seen_at_ms) const {
  if (seen_at_ms <= at_ms_ || agent.pane.key != pane_.key) return "";
  if (is_text()) return agent.verdict.state == State::kIdle ? "" : "it is no longer idle";
  if (agent.verdict.state != State::kWaiting) return "its question is gone";
  return agent.verdict.asks && agent.verdict.asks->id != ask_.id ? "it asks something else now" : "";
}

std::vector<Line> AnswerForm::options(bool ascii) const {
  std::vector<Line> out;
  for (std::size_t i = 0; i < ask_.options.size(); ++i) {
    const AskOption& o = ask_.options[i];
    const bool here = i == pointer_;
    const std::string sign = here ? (ascii ? "> " : "❯ ") : "  ";
    out.push_back({{sign + (o.key.empty() ? o.text : fmt::format("{}. {}", o.key, o.text)),
                    here ? Style{}.with(kReverse) : Style{}}});
  }
  return out;
}

std::vector<Line> AnswerForm::lines(int width, int height, bool ascii) const {
  const Style dim = Style{}.with(kDim);
  if (is_text()) {
    // The end of a long text is what is being written.
    std::string shown = text_;
    while (display_width(shown) > width - 2) {
      std::size_t first = 0;
      utf8_next(shown, first);
      shown.erase(0, first);
    }
    return {{{"A text for its empty prompt:", {}}},
            {},
            {{shown, Style{}.with(kBold)}, {" ", Style{}.with(kReverse)}},
            {},
            {{"Enter sends it  Esc leaves", dim}}};
  }
  std::vector<Line> head, tail = options(ascii);
  tail.insert(tail.begin(), Line{});
  tail.push_back({});
  tail.push_back({{"Enter or an option's key answers  Esc leaves", dim}});
  if (!ask_.title.empty()) head.push_back({{ask_.title, Style{}.with(kBold)}});
  const auto subject = split_lines(ask_.subject);
  for (std::size_t i = 0; i < std::min(subject.size(), kMostSubject); ++i)
    head.push_back({{"  " + std::string(subject[i]), {}}});
  const auto room = static_cast<std::size_t>(std::max(height - static_cast<int>(tail.size()), 0));
  if (head.size() > room || subject.size() > kMostSubject) {
    head.resize(std::min(head.size(), room));
    if (!head.empty()) head.back() = {{ascii ? "  ..." : "  …", dim}};
  }
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

}  // namespace orc::tui
