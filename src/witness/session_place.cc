// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/witness/session_place.h"

#include <absl/time/time.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "places.h"
#include "tmux_orc/base/proc.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/witness/own_words.h"

namespace orc {
namespace places {

void each_name(const std::string& folder, const std::function<void(const char*)>& take) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), &::closedir);
  if (!dir) return;
  constexpr std::size_t kMost = 5000;
  std::size_t count = 0;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (++count > kMost) return;
    if (entry->d_name[0] != '.') take(entry->d_name);
  }
}

std::optional<std::int64_t> written_ms(const std::string& file) {
  struct stat st {};
  if (::lstat(file.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
  return st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1'000'000;
}

std::string home_of(std::map<std::string, std::string> variables, const char* own, const char* below_home) {
  std::string folder = variables[own];
  if (folder.empty() && !variables["HOME"].empty()) folder = variables["HOME"] + below_home;
  return folder.starts_with('/') ? folder : "";  // relative to a folder that it may have left
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() < 200 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

std::string newest_of(const std::string& folder, std::string_view begin, std::string_view end,
                      std::int64_t since_ms) {
  std::string newest;
  std::int64_t newest_ms = since_ms;
  each_name(folder, [&](std::string_view name) {
    const std::string file = folder + "/" + std::string(name);
    const auto written = name.starts_with(begin) && name.ends_with(end) ? written_ms(file) : std::nullopt;
    if (!written || *written < newest_ms) return;
    newest = file;
    newest_ms = *written;
  });
  return newest;
}

}  // namespace places

namespace {

using places::each_name;
using places::home_of;
using places::is_plain_name;
using places::kLongestSession;
using places::kSlack_ms;
using places::newest_of;
using places::written_ms;

using nlohmann::json;

constexpr std::size_t kEndOfIndex = 64 * 1024;      // some 400 threads
constexpr std::size_t kHeadOfRollout = 256 * 1024;  // its first line holds the instructions
constexpr int kMostThreads = 8;                     // of one name
constexpr std::int64_t kDay_ms = 86'400'000;

// A piece of a file of ours, however long that is: from its end, or from its start.
std::string piece_of(const std::string& path, std::size_t most, bool of_end) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != ::geteuid()) return "";
  const auto size = static_cast<std::size_t>(st.st_size);
  std::string text(std::min(size, most), '\0');
  const ssize_t n =
      ::pread(fd.get(), text.data(), text.size(), of_end ? static_cast<off_t>(size - text.size()) : 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

bool is_open_to_write(const std::string& proc, const std::string& process, const std::string& number) {
  const auto info = read_own_file(fmt::format("{}/{}/fdinfo/{}", proc, process, number), 4096);
  const std::size_t at = info ? info->find("flags:") : std::string::npos;
  if (at == std::string::npos) return false;
  const std::size_t end = std::min(info->find('\n', at), info->size());
  return end > at && ((*info)[end - 1] - '0') % 4 != O_RDONLY;  // octal
}

bool writes(const std::string& proc, const std::string& process, const std::string& file) {
  const std::string folder = fmt::format("{}/{}/fd", proc, process);
  std::array<char, 4096> link{};
  bool found = false;
  each_name(folder, [&](const std::string& number) {
    if (found) return;
    const ssize_t n = ::readlink((folder + "/" + number).c_str(), link.data(), link.size());
    found = n > 0 && std::string_view(link.data(), static_cast<std::size_t>(n)) == file &&
            is_open_to_write(proc, process, number);
  });
  return found;
}

std::string text_of(const json& j, const char* key) {
  const auto found = j.is_object() ? j.find(key) : j.end();
  return j.is_object() && found != j.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// ---- claude: the session file names it -----------------------------------------------------------------

std::string claude_log(const SessionSeeker& who, const std::string& proc) {
  const std::string file = claude_session_file(proc, who.pid);
  const auto content = file.empty() ? std::nullopt : read_own_file(file, kLongestSession);
  const auto session = content ? parse_claude_session(*content) : std::nullopt;
  if (!session || !is_plain_name(session->session_id) ||
      !is_of(*session, {who.pid, who.started, who.pane, pid_space_of(proc, "self")}))
    return "";
  const std::string config = file.substr(0, file.rfind("/sessions/"));
  const std::string name = "/" + session->session_id + ".jsonl";
  std::string expected = config + "/projects/" + claude_project_name(session->cwd) + name;
  if (written_ms(expected)) return expected;
  std::string found;  // begun in another folder
  each_name(config + "/projects", [&](const char* project) {
    const std::string candidate = config + "/projects/" + project + name;
    if (found.empty() && written_ms(candidate)) found = candidate;
  });
  return found.empty() ? expected : found;
}

// ---- codex: its daemon writes it; the thread's name in the title says which -------------------------------

std::string rollout_of_thread(const std::string& home, const std::string& id) {
  const std::int64_t at_ms = uuid_time_ms(id);
  if (at_ms == 0 || !is_plain_name(id)) return "";
  std::string found;
  for (const int day : {0, -1, 1}) {  // the folder's date is a local one
    const std::string folder =
        home + absl::FormatTime("/sessions/%Y/%m/%d", absl::FromUnixMillis(at_ms + day * kDay_ms),
                                absl::UTCTimeZone());
    each_name(folder, [&](std::string_view name) {
      if (name.starts_with("rollout-") && name.ends_with("-" + id + ".jsonl"))
        found = folder + "/" + std::string(name);
    });
    if (!found.empty()) break;
  }
  return found;
}

bool is_rollout_of(const std::string& file, const std::string& cwd) {
  const std::string head = piece_of(file, kHeadOfRollout, false);
  const json j = json::parse(
      head.substr(0, head.find('\n')),
      [](int, json::parse_event_t event, json& parsed) {
        if (event != json::parse_event_t::key) return true;
        const auto& name = parsed.get_ref<const std::string&>();
        return name == "payload" || name == "cwd" || name == "type";
      },
      false);
  const auto payload = j.is_object() ? j.find("payload") : j.end();
  return j.is_object() && payload != j.end() && text_of(*payload, "cwd") == cwd;
}

bool is_name(const std::string& thread, const std::string& shown) {
  for (const std::string_view cut : {"…", "..."}) {
    if (shown.size() > cut.size() && shown.ends_with(cut) &&
        thread.starts_with(std::string_view(shown).substr(0, shown.size() - cut.size())))
      return true;
  }
  return thread == shown;
}

std::string codex_log(const SessionSeeker& who, const std::string& proc) {
  const std::string home =
      home_of(variables_of(proc, who.pid, {"CODEX_HOME", "HOME"}), "CODEX_HOME", "/.codex");
  const std::string name = codex_thread_name(who.title);
  if (home.empty() || name.empty()) return "";
  const std::string index = piece_of(home + "/session_index.jsonl", kEndOfIndex, true);
  std::vector<std::string> ids;  // the newest last
  for (const std::string_view line : split_lines(index)) {
    const json j = json::parse(line, nullptr, false);
    if (is_name(text_of(j, "thread_name"), name)) ids.push_back(text_of(j, "id"));
  }
  std::reverse(ids.begin(), ids.end());
  std::string found;
  int tried = 0;
  for (auto id = ids.begin(); id != ids.end() && tried < kMostThreads; ++id) {
    if (std::find(ids.begin(), id, *id) != id) continue;
    ++tried;
    const std::string file = rollout_of_thread(home, *id);
    const auto written = file.empty() ? std::nullopt : written_ms(file);
    // One that was not written since this process began is not its own.
    if (!written || *written + kSlack_ms < process_began_ms(who.started) || !is_rollout_of(file, who.cwd))
      continue;
    if (!found.empty()) return "";  // two threads of one name in one folder
    found = file;
  }
  return found;
}

// ---- pi: the newest of its folder -------------------------------------------------------------------------

std::string pi_log(const SessionSeeker& who, const std::string& proc) {
  std::string home = home_of(variables_of(proc, who.pid, {"PI_CODING_AGENT_DIR", "HOME"}),
                             "PI_CODING_AGENT_DIR", "/.pi/agent");
  if (home.empty() || who.cwd.size() < 2) return "";
  std::string project = who.cwd.substr(1);
  std::replace_if(
      project.begin(), project.end(), [](char c) { return c == '/' || c == '\\' || c == ':'; }, '-');
  const std::string folder = fmt::format("{}/sessions/--{}--", home, project);
  return newest_of(folder, "", ".jsonl", process_began_ms(who.started) - kSlack_ms);
}

}  // namespace

std::string pid_space_of(const std::string& proc, const std::string& process) {
  return link_target(fmt::format("{}/{}/ns/pid", proc, process));
}

std::string claude_session_file(const std::string& proc, int pid) {
  const std::string folder =
      home_of(variables_of(proc, pid, {"CLAUDE_CONFIG_DIR", "HOME"}), "CLAUDE_CONFIG_DIR", "/.claude");
  return folder.empty() ? "" : fmt::format("{}/sessions/{}.json", folder, pid);
}

std::int64_t process_began_ms(std::uint64_t started) {
  return SystemClock().wall_ms() - static_cast<std::int64_t>(process_age_s(started) * 1000);
}

int writer_of(const std::string& file, int guess, const std::string& proc) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(file.c_str(), nullptr), &std::free);
  if (real == nullptr) return 0;
  const std::string path = real.get(), own = std::to_string(::getpid());
  if (guess > 0 && writes(proc, std::to_string(guess), path)) return guess;
  int found = 0;
  each_name(proc, [&](const std::string& name) {
    int pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (found != 0 || error != std::errc{} || end != name.data() + name.size() || name == own) return;
    if (writes(proc, name, path)) found = pid;
  });
  return found;
}

std::string claude_project_name(std::string_view cwd) {
  std::string name(cwd);
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')); },
      '-');
  return name;
}

std::string codex_thread_name(std::string_view title) {
  const std::size_t end = title.rfind(" | ");  // the folder's name follows
  if (end == std::string_view::npos) return "";
  title = title.substr(0, end);
  for (const std::string_view sign : {"[ ! ] Action Required", "[ . ] Action Required"}) {
    if (title == sign) return "";
    if (title.starts_with(sign)) title.remove_prefix(std::min(title.size(), sign.size() + 3));
  }
  std::size_t at = 0;
  const char32_t first = utf8_next(title, at);
  if (first >= 0x2800 && first <= 0x28FF && at < title.size() && title[at] == ' ')
    title.remove_prefix(at + 1);
  return std::string(trim(title));
}

std::int64_t uuid_time_ms(std::string_view id) {
  if (id.size() != 36 || id[8] != '-' || id[14] != '7') return 0;
  const std::string digits = std::string(id.substr(0, 8)) + std::string(id.substr(9, 4));
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return error == std::errc{} && end == digits.data() + digits.size() ? value : 0;
}

std::string session_log_of(const SessionSeeker& who, const std::string& proc) {
  if (who.pid <= 0 || who.started == 0) return "";
  if (who.agent == "claude") return claude_log(who, proc);
  if (who.agent == "codex") return codex_log(who, proc);
  if (who.agent == "pi") return pi_log(who, proc);
  if (who.agent == "gemini") return places::gemini_log(who, proc);
  if (who.agent == "qwen") return places::qwen_log(who, proc);
  return "";
}

}  // namespace orc
