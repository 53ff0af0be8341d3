// tmux-orc record: saves a pane as a JSON record, with secrets blanked, to report a wrong verdict.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "command.h"
#include "one_pane.h"
#include "secrets.h"
#include "tmux_orc/evidence/record.h"
#include "tmux_orc/figures/json.h"

namespace orc::cli {
namespace {

// Texts of any depth.
void blank_all(nlohmann::ordered_json& j) {
  if (j.is_string())
    j = blank_secrets(j.get<std::string>());
  if (!j.is_structured()) return;
  for (auto& child : j) blank_all(child);
}

nlohmann::ordered_json record_of(const Observer::Look& look, const ForPeople& more) {
  nlohmann::ordered_json j = {{"agent", ""}, {"agent_version", ""}, {"label", ""}, {"variant", ""}};
  j.update(to_record(look.evidence));
  j["capture_ansi"] = more.ansi;
  j["scrollback_text"] = more.scrollback;
  j["window_name"] = look.pane.window_name;
  blank_all(j);
  j["how"] = "tmux-orc record";
  return j;
}

int run(const Globals& globals, const std::string& pane, const std::string& out) {
  auto look = look_at(globals, pane);
  if (!look) return report(look.error());
  auto more = capture_for_people(globals, look->pane.key.pane);
  if (!more) return report(more.error());
  const std::string text = dump(record_of(*look, *more), 1) + "\n";
  if (out.empty() || out == "-") {
    fmt::print("{}", text);
    return kOk;
  }
  std::ofstream file(out, std::ios::binary);
  file << text;
  file.close();
  if (!file) return report({ErrorKind::kIo, fmt::format("cannot write {}: {}", out, std::strerror(errno))});
  fmt::print(stderr,
             "Recorded to {}. Secrets that were recognised are blanked; read it before you send it.\n", out);
  return kOk;
}

void add_record(CLI::App& app, Globals& globals, Action& action) {
  auto pane = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  auto* sub =
      app.add_subcommand("record", "Save a pane's screen, secrets blanked, to report a wrong verdict");
  sub->add_option("PANE", *pane, "%N or session:window.pane")->required();
  sub->add_option("-o,--output", *out, "file to write (default: standard output)");
  sub->footer("Example: tmux-orc record %12 -o wrong.json && tmux-orc explain wrong.json");
  sub->callback([=, &globals, &action] { action = [=, &globals] { return run(globals, *pane, *out); }; });
}

const Registration kRecord(70, add_record, {{"record", kNoJson}});

}  // namespace
}  // namespace orc::cli
