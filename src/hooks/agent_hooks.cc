// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/hooks/agent_hooks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "json_text.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kFileMark =
    "// Written by `tmux-orc hooks install`; `tmux-orc hooks remove` removes it.\n";
constexpr std::size_t kMostDiffCells = 4'000'000;  // lines times lines

std::string quoted_for_shell(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

bool is_plain_path(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '.' || c == '_' || c == '-';
  });
}

bool is_ours(const JsonNode& hook) {
  const JsonNode* command = hook.find("command");
  if (command == nullptr || command->kind != JsonNode::Kind::kString) return false;
  const std::string& line = command->text;
  return line.find("tmux-orc-hook") != std::string::npos ||
         line.find("tmux-orc hook ") != std::string::npos ||
         line.find("tmux-orc' hook ") != std::string::npos;
}

Result<JsonNode> read_settings(const std::string& text) {
  ORC_TRY(root, read_json_text(trim(text).empty() ? std::string_view("{}") : std::string_view(text)));
  if (root->kind != JsonNode::Kind::kObject) return fail(ErrorKind::kInvalid, "it is no JSON object");
  const JsonNode* hooks = root->find("hooks");
  if (hooks != nullptr && hooks->kind != JsonNode::Kind::kObject)
    return fail(ErrorKind::kInvalid, "its \"hooks\" are no object");
  return root;
}

// A hook of ours in the document: {"hooks": {EVENT: [{"hooks": [it]}]}}.
struct Found {
  std::size_t event = 0, group = 0, hook = 0;  // indices, each in the one before
};

std::optional<Found> find_ours(const JsonNode& hooks) {
  for (std::size_t e = 0; e < hooks.children.size(); ++e) {
    const JsonNode& event = hooks.children[e];
    for (std::size_t g = 0; g < event.children.size(); ++g) {
      const JsonNode* list = event.children[g].find("hooks");
      if (list == nullptr) continue;
      for (std::size_t h = 0; h < list->children.size(); ++h) {
        if (is_ours(list->children[h])) return Found{e, g, h};
      }
    }
  }
  return std::nullopt;
}

// What is empty without it goes, too.
std::string without_one(const std::string& text, const JsonNode& root, const Found& at) {
  const JsonNode& hooks = *root.find("hooks");
  const JsonNode& event = hooks.children[at.event];
  const JsonNode& list = *event.children[at.group].find("hooks");
  if (list.children.size() > 1) return without_child(text, list, at.hook);
  if (event.children.size() > 1) return without_child(text, event, at.group);
  if (hooks.children.size() > 1) return without_child(text, hooks, at.event);
  const auto key = std::find(root.keys.begin(), root.keys.end(), "hooks");
  return without_child(text, root, static_cast<std::size_t>(key - root.keys.begin()));
}

Result<std::string> without_settings(std::string text) {
  for (;;) {
    ORC_TRY(root, read_settings(text));
    const JsonNode* hooks = root->find("hooks");
    const auto ours = hooks == nullptr ? std::nullopt : find_ours(*hooks);
    if (!ours) return text;
    text = without_one(text, *root, *ours);
  }
}

Result<std::string> with_event(const std::string& text, const std::string& event, const std::string& line) {
  ORC_TRY(root, read_settings(text));
  const ordered_json group = {{"hooks", {{{"type", "command"}, {"command", line}}}}};
  const JsonNode* hooks = root->find("hooks");
  if (hooks == nullptr) return with_child(text, *root, "hooks", {{event, {group}}});
  const JsonNode* list = hooks->find(event);
  if (list == nullptr) return with_child(text, *hooks, event, ordered_json::array({group}));
  if (list->kind != JsonNode::Kind::kArray)
    return fail(ErrorKind::kInvalid, fmt::format("its hooks of \"{}\" are no list", event));
  return with_child(text, *list, "", group);
}

// Ours alone, once an event, and each the wanted one.
bool has_just(const AgentHooks& hooks, const JsonNode& root, const std::string& line) {
  const JsonNode* all = root.find("hooks");
  std::size_t ours = 0, wanted = 0;
  for (std::size_t e = 0; all != nullptr && e < all->children.size(); ++e) {
    for (const JsonNode& group : all->children[e].children) {
      const JsonNode* list = group.find("hooks");
      if (list == nullptr) continue;
      for (const JsonNode& hook : list->children) {
        if (!is_ours(hook)) continue;
        ++ours;
        const bool known =
            std::find(hooks.events.begin(), hooks.events.end(), all->keys[e]) != hooks.events.end();
        wanted += known && hook.find("command")->text == line ? 1 : 0;
      }
    }
  }
  return ours == hooks.events.size() && wanted == ours;
}

Result<std::string> with_settings(const AgentHooks& hooks, const std::string& before,
                                  const std::string& line) {
  if (const auto root = read_settings(before); root && has_just(hooks, *root, line)) return before;
  auto text = without_settings(trim(before).empty() ? "{\n}\n" : before);
  for (const std::string& event : hooks.events) {
    if (!text) return text;
    text = with_event(*text, event, line);
  }
  if (text && !read_settings(*text)) return fail(ErrorKind::kInvalid, "its form is not understood");
  return text;
}

// A child of its own, nobody waits for it and nothing of it is shown.
constexpr std::string_view kCall = R"(import { spawn } from "node:child_process";

const program = @PROGRAM@;

function look() {
  try {
    const child = spawn(program[0], program.slice(1), { stdio: "ignore", detached: true });
    child.on("error", () => {});
    child.unref();
  } catch {}
}
)";

constexpr std::string_view kOpencode = R"(
const events = @EVENTS@;

export const TmuxOrc = async () => ({
  event: async ({ event }) => {
    if (events.includes(event.type)) look();
  },
});
)";

constexpr std::string_view kPi = R"(
export default function (pi) {
  for (const event of @EVENTS@) pi.on(event, async () => look());
}
)";

std::string filled(std::string_view text, std::string_view name, const std::string& value) {
  std::string out(text);
  const std::size_t at = out.find(name);
  return at == std::string::npos ? out : out.replace(at, name.size(), value);
}

std::vector<std::string> words_of(const std::string& program) {
  return program.ends_with("-hook") ? std::vector<std::string>{program}
                                    : std::vector<std::string>{program, "hook"};
}

std::string file_text(const AgentHooks& hooks, const std::string& program) {
  return std::string(kFileMark) + filled(kCall, "@PROGRAM@", ordered_json(words_of(program)).dump()) +
         filled(hooks.agent == "pi" ? kPi : kOpencode, "@EVENTS@", ordered_json(hooks.events).dump());
}

Result<void> check_file(const std::string& text) {
  if (text.empty() || text.starts_with(kFileMark)) return {};
  return fail(ErrorKind::kInvalid, "it was not written by tmux-orc");
}

// Longest common part of two lists of lines, as a table of its length from each place on.
std::vector<std::vector<int>> common(const std::vector<std::string_view>& a,
                                     const std::vector<std::string_view>& b) {
  std::vector<std::vector<int>> longest(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;)
      longest[i][j] =
          a[i] == b[j] ? longest[i + 1][j + 1] + 1 : std::max(longest[i + 1][j], longest[i][j + 1]);
  }
  return longest;
}

struct DiffLine {
  char sign;
  std::string_view text;
};

std::vector<DiffLine> diff_lines(const std::vector<std::string_view>& a,
                                 const std::vector<std::string_view>& b) {
  std::vector<DiffLine> out;
  if (a.size() * b.size() > kMostDiffCells) {
    for (const auto line : a) out.push_back({'-', line});
    for (const auto line : b) out.push_back({'+', line});
    return out;
  }
  const auto longest = common(a, b);
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      out.push_back({' ', a[i]});
      ++i, ++j;
    } else if (i < a.size() && (j == b.size() || longest[i + 1][j] >= longest[i][j + 1])) {
      out.push_back({'-', a[i++]});
    } else {
      out.push_back({'+', b[j++]});
    }
  }
  return out;
}

}  // namespace

const std::vector<AgentHooks>& agents_with_hooks() {
  static const std::vector<AgentHooks> kAgents = {
      {"claude",
       AgentHooks::Kind::kSettings,
       "CLAUDE_CONFIG_DIR",
       ".claude",
       "settings.json",
       {"UserPromptSubmit", "PermissionRequest", "Notification", "Stop", "SessionEnd"},
       ""},
      {"codex",
       AgentHooks::Kind::kSettings,
       "CODEX_HOME",
       ".codex",
       "hooks.json",
       {"UserPromptSubmit", "PermissionRequest", "Stop"},
       "Codex asks at its next start whether these hooks are to be trusted."},
      {"gemini",
       AgentHooks::Kind::kSettings,
       "",
       ".gemini",
       "settings.json",
       {"BeforeAgent", "AfterAgent", "Notification", "SessionEnd"},
       ""},
      {"qwen",
       AgentHooks::Kind::kSettings,
       "",
       ".qwen",
       "settings.json",
       {"UserPromptSubmit", "PermissionRequest", "Notification", "Stop", "SessionEnd"},
       ""},
      {"opencode",
       AgentHooks::Kind::kFile,
       "OPENCODE_CONFIG_DIR",
       ".config/opencode",
       "plugins/tmux-orc.js",
       {"session.status", "session.idle", "session.error", "permission.asked", "question.asked"},
       ""},
      {"pi",
       AgentHooks::Kind::kFile,
       "PI_CODING_AGENT_DIR",
       ".pi/agent",
       "extensions/tmux-orc.js",
       {"agent_start", "agent_end", "session_shutdown"},
       ""},
  };
  return kAgents;
}

Result<AgentHooks> hooks_of(std::string_view agent) {
  std::string names;
  for (const AgentHooks& hooks : agents_with_hooks()) {
    if (hooks.agent == agent) return hooks;
    names += (names.empty() ? "" : ", ") + hooks.agent;
  }
  return fail(
      ErrorKind::kInvalid,
      fmt::format("no hooks of '{}' are known; there are those of {}. Its screen is read without them.",
                  printable(agent), names));
}

Result<std::string> folder_of_agent(const AgentHooks& hooks, const Variable& variable) {
  std::string folder = hooks.folder_variable.empty() ? "" : variable(hooks.folder_variable.c_str());
  const std::string home = variable("HOME");
  if (folder.empty() && !home.empty()) folder = home + "/" + hooks.folder;
  if (!folder.starts_with('/'))
    return fail(ErrorKind::kInvalid,
                fmt::format("the folder of {}'s settings must be an absolute path, it is '{}'", hooks.agent,
                            printable(folder)));
  return folder;
}

std::string hook_line(const std::string& program) {
  const std::vector<std::string> words = words_of(program);
  const std::string path = is_plain_path(words[0]) ? words[0] : quoted_for_shell(words[0]);
  return path + (words.size() > 1 ? " hook" : "") + " >/dev/null 2>&1 || true";
}

Result<std::string> with_hooks(const AgentHooks& hooks, const std::string& text, const std::string& program) {
  if (hooks.kind == AgentHooks::Kind::kSettings) return with_settings(hooks, text, hook_line(program));
  ORC_DO(check_file(text));
  return file_text(hooks, program);
}

Result<std::string> without_hooks(const AgentHooks& hooks, const std::string& text) {
  if (text.empty()) return text;
  if (hooks.kind == AgentHooks::Kind::kFile) {
    ORC_DO(check_file(text));
    return "";
  }
  auto out = without_settings(text);
  if (!out || *out == text) return out;
  const auto root = read_settings(*out);
  const bool is_bare = root && root->children.empty() && trim(*out).size() == root->end - root->begin &&
                       trim(out->substr(root->begin + 1, root->end - root->begin - 2)).empty();
  return is_bare ? "" : out;
}

Result<std::size_t> count_hooks(const AgentHooks& hooks, const std::string& text) {
  if (hooks.kind == AgentHooks::Kind::kFile) return text.starts_with(kFileMark) ? hooks.events.size() : 0;
  ORC_TRY(root, read_settings(text));
  const JsonNode* all = root->find("hooks");
  std::size_t count = 0;
  for (const std::string& event : hooks.events) {
    const JsonNode* list = all == nullptr ? nullptr : all->find(event);
    if (list == nullptr) continue;
    JsonNode alone;
    alone.children = {*list};
    count += find_ours(alone) ? 1 : 0;
  }
  return count;
}

std::string line_diff(const std::string& before, const std::string& after) {
  constexpr std::size_t kAround = 3;
  const auto lines = diff_lines(split_lines(before), split_lines(after));
  std::vector<bool> shown(lines.size(), false);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].sign == ' ') continue;
    for (std::size_t j = i - std::min(i, kAround); j < std::min(lines.size(), i + kAround + 1); ++j)
      shown[j] = true;
  }
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!shown[i]) continue;
    if (!out.empty() && !shown[i - 1]) out += " ...\n";
    out += lines[i].sign + printable(lines[i].text) + "\n";
  }
  return out;
}

}  // namespace orc
