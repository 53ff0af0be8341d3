// SPDX-License-Identifier: Apache-2.0
// tmux-orc record: saves a pane as a JSON record, with secrets blanked, to report a wrong verdict.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command.h"
#include "one_pane.h"
#include "terminal.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/classify/vocabulary.h"
#include "tmux_orc/evidence/record.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

struct RecordOptions {
  std::string pane, server, output, label, variant;
};

nlohmann::ordered_json record_of(const nlohmann::ordered_json& explained, const ForPeople& more,
                                 const RecordOptions& options) {
  nlohmann::ordered_json j = {
      {"agent", ""}, {"agent_version", ""}, {"label", options.label}, {"variant", options.variant}};
  j.update(explained.at("record"));
  j["capture_ansi"] = more.ansi;
  j["scrollback_text"] = more.scrollback;
  j["window_name"] = explained.at("window_name");
  blank_record(j);
  j["how"] = "tmux-orc record";
  return j;
}

// A label that nobody knows would be a miss in every test.
Result<void> check_label(const std::string& label) {
  if (label.empty() || is_label(label)) return {};
  std::vector<std::string> names;
  for (const Label& l : labels()) names.emplace_back(l.name);
  const std::string near = nearest(label, names);
  return fail(ErrorKind::kInvalid, fmt::format("unknown label '{}'{}; labels: {}", printable(label),
                                               near.empty() ? "" : fmt::format(", did you mean '{}'?", near),
                                               fmt::join(names, ", ")));
}

int run(const Globals& globals, const RecordOptions& options) {
  if (const auto ok = check_label(options.label); !ok) return report(ok.error());
  const auto explained = explain_pane(globals, options.pane, options.server, true);
  if (!explained) return report(explained.error());
  const auto more = capture_for_people(globals, explained->value("pane", ""), explained->value("server", ""));
  if (!more) return report(more.error());
  const std::string text = dump(record_of(*explained, *more, options), 1) + "\n";
  const std::string& out = options.output;
  if (out.empty() || out == "-") {
    fmt::print("{}", text);
    return kOk;
  }
  std::ofstream file(out, std::ios::binary);
  file << text;
  file.close();
  if (!file) return report({ErrorKind::kIo, fmt::format("cannot write {}: {}", out, std::strerror(errno))});
  to_stderr(fmt::format(
      "Recorded to {}. Secrets that were recognised are blanked; read it before you send it.", out));
  return kOk;
}

void add_record(CLI::App& app, Globals& globals, Action& action) {
  auto o = std::make_shared<RecordOptions>();
  auto* sub =
      app.add_subcommand("record", "Save a pane's screen, secrets blanked, to report a wrong verdict");
  sub->add_option("PANE", o->pane, "%N or session:window.pane")->required();
  sub->add_option("--server", o->server, "where more than one server has such a pane");
  sub->add_option("-o,--output", o->output, "file to write (default: standard output)");
  sub->add_option("--label", o->label,
                  "what the pane truly is: waiting, working, idle ...; for `rules test`");
  sub->add_option("--variant", o->variant, "a word for what is special about this screen");
  sub->footer(
      "Labels: `tmux-orc rules list` has them all.\n"
      "Example: tmux-orc record %12 --label waiting -o wrong.json && tmux-orc explain wrong.json");
  sub->callback([=, &globals, &action] { action = [=, &globals] { return run(globals, *o); }; });
}

const Registration kRecord(70, add_record, {{"record", kNoJson}});

}  // namespace
}  // namespace orc::cli
