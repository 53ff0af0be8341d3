#include "screen_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tmux_orc/base/text.h"
#include "tmux_orc/discover/processes.h"

namespace orc::cli {
namespace {

using nlohmann::json;

std::string text_field(const json& j, const char* key) {
  const auto found = j.find(key);
  return found != j.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Numbers may be given as numbers, as text ("0") or as true and false.
std::optional<int> number_field(const json& j, const char* key) {
  const auto found = j.find(key);
  if (found == j.end()) return std::nullopt;
  if (found->is_boolean()) return found->get<bool>() ? 1 : 0;
  if (found->is_number()) return static_cast<int>(found->get<double>());
  if (found->is_string()) {
    const auto text = found->get<std::string>();
    char* end = nullptr;
    const long value = std::strtol(text.c_str(), &end, 10);
    if (end != text.c_str() && *end == '\0') return static_cast<int>(value);
  }
  return std::nullopt;
}

std::vector<Process> process_field(const json& j) {
  std::vector<Process> tree;
  const auto found = j.find("process_tree");
  if (found == j.end() || !found->is_array()) return tree;
  for (const json& p : *found) {
    if (!p.is_object()) continue;
    tree.push_back({number_field(p, "depth").value_or(0), number_field(p, "pid").value_or(0),
                    text_field(p, "comm"), text_field(p, "args")});
  }
  return tree;
}

void weigh(const json& j, const std::vector<AgentProcess>& agents, Screen& screen) {
  auto tree = process_field(j);
  if (tree.empty()) {
    // pane_current_command alone can prove that an agent is in front. It cannot prove that none is there:
    // agents run shells as tools.
    const std::string command = text_field(j, "pane_current_command");
    if (command.empty()) return;
    const std::string agent = agent_of_process({0, 0, command, command}, agents);
    if (!agent.empty()) {
      screen.processes = ProcessEvidence::kAgent;
      screen.agent_hint = agent;
    }
    return;
  }
  const ProcessVerdict verdict = weigh_processes(tree, agents);
  screen.processes = verdict.evidence;
  screen.agent_hint = verdict.agent;
}

}  // namespace

Result<std::string> read_input(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorKind::kInvalid, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return fail(ErrorKind::kIo, fmt::format("cannot read {}", path));
  return text;
}

Result<SavedScreen> parse_screen(const std::string& content, const std::vector<AgentProcess>& agents) {
  SavedScreen out;
  const std::string_view start = trim(content);
  const json j =
      start.starts_with('{') ? json::parse(content, nullptr, false) : json(json::value_t::discarded);
  const bool is_corpus = j.is_object() && (j.contains("capture_text") || j.contains("pane_title") ||
                                           j.contains("scrollback_text") || j.contains("process_tree"));
  if (!is_corpus) {
    out.screen.text = content;
    return out;
  }
  Screen& s = out.screen;
  s.text = text_field(j, "capture_text");
  s.scrollback = text_field(j, "scrollback_text");
  if (trim(s.text).empty()) s.text = s.scrollback;
  s.title = text_field(j, "pane_title");
  s.width = number_field(j, "cols").value_or(0);
  s.height = number_field(j, "rows").value_or(0);
  s.alternate = number_field(j, "alternate_on").value_or(0) != 0;
  s.dead = number_field(j, "pane_dead").value_or(0) != 0;
  s.dead_status = number_field(j, "pane_dead_status");
  s.cursor_x = number_field(j, "cursor_x");
  s.cursor_y = number_field(j, "cursor_y");
  if (const auto visible = number_field(j, "cursor_flag")) s.cursor_visible = *visible != 0;
  weigh(j, agents, s);
  out.truth.label = text_field(j, "label");
  out.truth.agent_by_process = s.processes == ProcessEvidence::kAgent;
  if (const auto accept = j.find("accept"); accept != j.end() && accept->is_array()) {
    for (const json& other : *accept) {
      if (other.is_string()) out.truth.accept.push_back(other.get<std::string>());
    }
  }
  return out;
}

}  // namespace orc::cli
