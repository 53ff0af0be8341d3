// SPDX-License-Identifier: Apache-2.0
// tmux-orc classify: verdicts for saved screens, one JSON object a line.
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command.h"
#include "rule_source.h"
#include "screen_file.h"
#include "tmux_orc/check/as_round.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

struct ClassifyOptions {
  std::vector<std::string> files;
  std::string agent;
  bool asks = false;
};

std::string to_line(const std::string& file, const Verdict& v, bool asks) {
  nlohmann::ordered_json j;
  j["file"] = file;
  j["agent"] = v.agent;
  j["state"] = to_string(v.state);
  j["detail"] = v.detail;
  j["rule"] = v.rule;
  j["confidence"] = std::round(v.confidence * 100) / 100;
  if (asks) j["asks"] = v.asks ? to_json(*v.asks) : nlohmann::ordered_json();
  return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int run(const Globals& globals, const ClassifyOptions& options) {
  auto classifier = load_classifier(globals);
  if (!classifier) return report(classifier.error());
  int exit_code = kOk;
  for (const std::string& file : options.files) {
    auto content = read_input(file);
    if (!content) {
      exit_code = report(content.error());
      continue;
    }
    auto saved = parse_screen(*content, (*classifier)->processes());
    if (!saved) {
      exit_code = report(saved.error());
      continue;
    }
    if (!options.agent.empty()) saved->screen.agent_hint = options.agent;
    fmt::print("{}\n", to_line(file, classify_as_round(**classifier, saved->screen).verdict, options.asks));
  }
  return exit_code;
}

void add_classify(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<ClassifyOptions>();
  auto* sub = app.add_subcommand("classify", "Say what state saved screens show, one JSON object a line");
  sub->add_option("FILE", options->files,
                  "Text of a screen, or a JSON record as `tmux-orc record` writes; - is "
                  "standard input (the default)");
  sub->add_option("--agent", options->agent, "Which agent it is; else taken from processes, title and text");
  sub->add_flag("--asks", options->asks, "with what it asks, as the API has it");
  sub->footer("Example: tmux capture-pane -p | tmux-orc classify");
  sub->callback([options, &globals, &action] {
    if (options->files.empty()) options->files.emplace_back("-");
    action = [options, &globals] { return run(globals, *options); };
  });
}

const Registration kClassify(50, add_classify, {{"classify", kNoServer | kNoJson}});

}  // namespace
}  // namespace orc::cli
