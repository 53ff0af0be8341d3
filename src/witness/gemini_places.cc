// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "log_fields.h"
#include "places.h"
#include "tmux_orc/base/proc.h"
#include "tmux_orc/witness/own_words.h"

namespace orc::places {
namespace {

using log_fields::at;
using log_fields::text;
using nlohmann::json;

constexpr std::size_t kMostProjects = 1 << 20;   // bytes: some ten thousand folders
constexpr std::int64_t kAnotherNow_ms = 10'000;  // two that are written by turns are two agents
constexpr std::size_t kMostProcesses = 8;        // qwen starts itself again twice

// "/srv/shop" -> "shop", as projects.json has it.
std::string project_of(const std::string& home, const std::string& cwd) {
  const auto content = read_own_file(home + "/projects.json", kMostProjects);
  if (!content) return "";
  const json j = json::parse(
      *content,
      [&cwd](int, json::parse_event_t event, json& parsed) {
        if (event != json::parse_event_t::key) return true;
        const auto& name = parsed.get_ref<const std::string&>();
        return name == "projects" || name == cwd;
      },
      false);
  const std::string name = text(at(at(j, "projects"), cwd.c_str()));
  return is_plain_name(name) ? name : "";
}

// The process and those that it started: an agent that starts itself again writes with the last one's number.
std::vector<int> process_and_below(const std::string& proc, int pid) {
  std::vector<int> out{pid};
  for (std::size_t i = 0; i < out.size() && out.size() < kMostProcesses; ++i) {
    const auto children =
        read_own_file(fmt::format("{}/{}/task/{}/children", proc, out[i], out[i]), kLongestSession);
    std::istringstream numbers(children.value_or(""));
    for (int child = 0; out.size() < kMostProcesses && numbers >> child;) out.push_back(child);
  }
  return out;
}

struct QwenSession {
  std::string id, cwd;
};

// ~/.qwen/sessions/PID.json: {"pid","procStart":"BOOT:START","pidNs","sessionId","cwd","ipcToken",...}.
std::optional<QwenSession> qwen_session(const std::string& home, const std::string& proc, int pid) {
  static const log_fields::NamedFields kFields = {"pid", "procStart", "pidNs", "sessionId", "cwd"};
  const auto content = read_own_file(fmt::format("{}/sessions/{}.json", home, pid), kLongestSession);
  if (!content) return std::nullopt;
  const json j = kFields.read(*content);
  const std::uint64_t started = process_started(pid, proc);
  const std::string space = pid_space_of(proc, "self");
  if (at(j, "pid") != pid || started == 0 || !text(at(j, "procStart")).ends_with(fmt::format(":{}", started)))
    return std::nullopt;
  if (!space.empty() && at(j, "pidNs").is_number_integer() &&
      space.find(fmt::format("[{}]", at(j, "pidNs").get<std::int64_t>())) == std::string::npos)
    return std::nullopt;
  QwenSession out{text(at(j, "sessionId")), text(at(j, "cwd"))};
  return is_plain_name(out.id) && out.cwd.starts_with('/') ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

// The newest of its folder, which names neither process nor pane. Another one when the person begins one.
std::string gemini_log(const SessionSeeker& who, const std::string& proc) {
  std::string home = home_of(variables_of(proc, who.pid, {"GEMINI_CLI_HOME", "HOME"}), "GEMINI_CLI_HOME", "");
  if (home.empty()) return "";
  home += "/.gemini";
  const std::string project = project_of(home, who.cwd);
  if (project.empty()) return "";
  std::string newest = newest_of(fmt::format("{}/tmp/{}/chats", home, project), "session-", ".jsonl",
                                 process_began_ms(who.started) - kSlack_ms);
  if (who.now.empty() || newest.empty() || newest == who.now) return newest;
  // Begun later: the person cleared the last one. An older one may be another agent's, out of our sight.
  const auto now = written_ms(who.now);
  const bool is_later = newest > who.now;  // the names begin with the time
  return !now || is_later || written_ms(newest).value_or(0) >= *now + kAnotherNow_ms ? newest : who.now;
}

std::string qwen_log(const SessionSeeker& who, const std::string& proc) {
  auto variables = variables_of(proc, who.pid, {"QWEN_RUNTIME_DIR", "QWEN_HOME", "HOME"});
  const std::string home = home_of(variables, "QWEN_HOME", "/.qwen");
  const std::string runtime =
      home_of({{"QWEN_RUNTIME_DIR", variables["QWEN_RUNTIME_DIR"]}}, "QWEN_RUNTIME_DIR", "");
  if (home.empty()) return "";
  for (const int pid : process_and_below(proc, who.pid)) {
    const auto session = qwen_session(home, proc, pid);
    if (session)
      return fmt::format("{}/projects/{}/chats/{}.jsonl", runtime.empty() ? home : runtime,
                         claude_project_name(session->cwd), session->id);
  }
  return "";
}

}  // namespace orc::places
