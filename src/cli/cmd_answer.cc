// SPDX-License-Identifier: Apache-2.0
// tmux-orc answer, tmux-orc answers: a person answers an agent's question without going there, and who
// answered what.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command.h"
#include "number.h"
#include "own_eyes.h"
#include "setup.h"
#include "terminal.h"
#include "tmux_orc/act/answerer.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

using nlohmann::ordered_json;

constexpr const char* kSwitchedOff = "answers are switched off (actions.answer)";

struct AnswerOptions {
  std::string pane, choice, server, id, by = "cli";
  std::optional<std::string> text;
};

void print_question(const PaneHand::Question& q) {
  const PaneId pane = q.pane.key.pane;
  fmt::print("%{} {} is {}{}{}\n", pane, printable(q.verdict.agent), to_string(q.verdict.state),
             q.verdict.detail.empty() ? "" : "/", q.verdict.detail);
  if (q.ask.id != 0) fmt::print("\n{}\n", printable(q.ask.title));
  for (const auto line : split_lines(q.ask.subject)) fmt::print("    {}\n", printable(line));
  for (std::size_t i = 0; i < q.ask.options.size(); ++i)
    fmt::print("{}", for_locale(fmt::format(" {} {}\n", static_cast<int>(i) == q.ask.selected ? "❯" : " ",
                                            printable(describe(q.ask.options[i])))));
  if (q.refusal.empty())
    fmt::print("\nAnswer: tmux-orc answer %{} CHOICE --id {:016x}\n", pane, q.ask.id);
  else if (q.takes_text)
    fmt::print("\nIt asks nothing. A text for its prompt: tmux-orc answer %{} --text '...'\n", pane);
  else
    fmt::print("\nNot to be answered from here: {}.\n", q.refusal);
}

int show_question(const Globals& globals, const PaneHand& hand, PaneId pane, bool switched_off) {
  auto question = hand.question(pane);
  if (!question) return report(question.error());
  if (switched_off) {
    question->refusal = kSwitchedOff;
    question->takes_text = false;
  }
  if (globals.json)
    fmt::print("{}\n", dump(to_json(*question), 2));
  else
    print_question(*question);
  return question->refusal.empty() || question->takes_text ? kOk : kNo;
}

int give_answer(const Globals& globals, const OwnEyes& eyes, const PaneHand& hand,
                const AnswerRequest& request) {
  const auto result = answer(hand, AnswerLog(eyes.paths().answer_log()), eyes.clock(), request);
  if (!result) return report(result.error());
  const bool done = result->outcome == PaneHand::Outcome::kDelivered;
  if (globals.json)
    fmt::print("{}\n", dump(to_json(*result), 2));
  else if (done)
    fmt::print("Answered %{}: {}\n", request.pane, printable(result->chosen));
  else
    complain(fmt::format("{}: {}", to_string(result->outcome), result->why));
  return done ? kOk : kNo;
}

Result<AnswerRequest> request_of(const AnswerOptions& o) {
  AnswerRequest request;
  if (o.text && !o.choice.empty()) return fail(ErrorKind::kInvalid, "either an option or --text, not both");
  if (!o.id.empty()) {
    ORC_TRY(id, parse_ask_id(o.id));
    request.ask = *id;
  }
  request.by = o.by;
  request.choice = o.choice;
  request.text = o.text;
  return request;
}

int run_answer(const Globals& globals, const AnswerOptions& o) {
  auto request = request_of(o);
  if (!request) return report(request.error());
  const auto eyes = OwnEyes::open(globals);
  if (!eyes) return report(eyes.error());
  const auto found = (*eyes)->find(o.pane, o.server);
  if (!found) return report(found.error());
  request->pane = found->pane;
  const PaneHand hand(found->server, (*eyes)->classifier(), nullptr, PaneHand::Keyboard::kOurs);
  const bool off = !(*eyes)->settings().answer;
  if (o.choice.empty() && !o.text) return show_question(globals, hand, found->pane, off);
  if (off) {
    complain(fmt::format("refused: {}", kSwitchedOff));
    return kNo;
  }
  return give_answer(globals, **eyes, hand, *request);
}

int run_answers(const Globals& globals, int last) {
  const auto paths = paths_of(globals);
  if (!paths) return report(paths.error());
  const auto entries = AnswerLog(paths->answer_log()).last(static_cast<std::size_t>(last));
  if (!entries) return report(entries.error());
  if (globals.json) {
    ordered_json list = ordered_json::array();
    for (const AnswerEntry& e : *entries) list.push_back(to_json(e));
    fmt::print("{}\n", dump(list, 2));
    return kOk;
  }
  if (entries->empty()) {
    fmt::print("Nobody has answered anything from here.\n");
    return kOk;
  }
  std::vector<std::vector<std::string>> rows = {
      {"Time", "By", "Pane", "Agent", "Answer", "Outcome", "Question"}};
  for (const AnswerEntry& e : *entries) {
    rows.push_back({local_text(e.at_ms, "%Y-%m-%d %H:%M:%S"), printable(e.by),
                    printable(e.server.empty() ? e.pane : e.server + " " + e.pane), printable(e.agent),
                    printable(e.choice), printable(e.why.empty() ? e.outcome : e.outcome + ": " + e.why),
                    printable(e.title)});
  }
  fmt::print("{}", for_locale(table(rows)));
  return kOk;
}

void add_answer(CLI::App& app, Globals& globals, Action& action) {
  auto o = std::make_shared<AnswerOptions>();
  auto* sub =
      app.add_subcommand("answer", "Answer an agent's question, if it is still the one that was seen");
  sub->add_option("PANE", o->pane, "%N or session:window.pane")->required();
  sub->add_option("CHOICE", o->choice,
                  "an option's key (2, y), or the beginning of its text; none: show the question");
  sub->add_option("--text", o->text, "instead: this into the empty prompt of an idle agent");
  sub->add_option("--id", o->id, "only if it is this question")->type_name("ID");
  sub->add_option("--server", o->server, "the tmux server, where several have such a pane")
      ->type_name("NAME");
  sub->add_option("--by", o->by, "who answers")->check(CLI::IsMember({"cli", "cockpit"}))->group("");
  sub->footer(
      "Exit code: 0 answered, 1 not now (the reason is said), 2 wrong use, 3 no server.\n"
      "Example: tmux-orc answer %12 2");
  sub->callback([o, &globals, &action] { action = [o, &globals] { return run_answer(globals, *o); }; });

  auto last = std::make_shared<int>(20);
  auto* list = app.add_subcommand("answers", "Who answered what from here, and what became of it");
  takes_whole(list->add_option("--last", *last, "how many"), 1, 100000);
  list->footer("Example: tmux-orc answers --last 50");
  list->callback(
      [last, &globals, &action] { action = [last, &globals] { return run_answers(globals, *last); }; });
}

const Registration kAnswer(13, add_answer, {{"answers", kNoServer}});

}  // namespace
}  // namespace orc::cli
