// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/act/answer_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

#include "tmux_orc/base/files.h"
#include "tmux_orc/base/secrets.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

constexpr int kLongest = 200;  // columns of a text that is kept

std::string bounded(const std::string& text) { return fit_width(printable(blank_secrets(text)), kLongest); }

Result<void> append(const std::string& file, const std::string& line) {
  const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  // One write: a line is never torn by another's.
  if (fd.get() < 0 || ::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return fail(ErrorKind::kIo, fmt::format("cannot write {}: {}", file, std::strerror(errno)));
  return {};
}

void read_lines(const std::string& text, std::vector<AnswerEntry>& out,
                std::map<std::string, std::size_t>& at) {
  for (const auto line : split_lines(text)) {
    const auto j = parse_json(line);
    if (!j || !j->is_object()) continue;  // the last one of a full disk
    const auto get = [&](const char* name) { return text_member(*j, name); };
    AnswerEntry e{get("id"),           0,
                  get("by"),           get("server"),
                  get("pane"),         get("agent"),
                  get("title"),        get("choice"),
                  j->contains("text"), get("outcome"),
                  get("why")};
    if (e.is_text) e.choice = get("text");
    if (const auto found = j->find("at_ms"); found != j->end() && found->is_number_integer())
      e.at_ms = found->get<std::int64_t>();
    const auto [place, is_new] = at.try_emplace(e.id, out.size());
    if (is_new)
      out.push_back(std::move(e));
    else
      out[place->second] = std::move(e);
  }
}

}  // namespace

ordered_json to_json(const AnswerEntry& e) {
  return {{"id", e.id},
          {"at_ms", e.at_ms},
          {"by", e.by},
          {"server", bounded(e.server)},
          {"pane", e.pane},
          {"agent", e.agent},
          {"title", bounded(e.title)},
          {e.is_text ? "text" : "choice", bounded(e.choice)},
          {"outcome", e.outcome},
          {"why", bounded(e.why)}};
}

Result<void> AnswerLog::add(const AnswerEntry& entry) const {
  const std::string folder = std::filesystem::path(file_).parent_path().string();
  ORC_DO(make_private_folder(folder));
  ORC_TRY(lock, hold_lock(file_ + ".lock"));
  struct stat st {};
  if (::stat(file_.c_str(), &st) == 0 && static_cast<std::size_t>(st.st_size) > most_ &&
      std::rename(file_.c_str(), (file_ + ".1").c_str()) != 0)
    return fail(ErrorKind::kIo, fmt::format("cannot rename {}: {}", file_, std::strerror(errno)));
  return append(file_, dump(to_json(entry)) + "\n");
}

Result<std::vector<AnswerEntry>> AnswerLog::last(std::size_t most) const {
  std::vector<AnswerEntry> out;
  std::map<std::string, std::size_t> at;
  for (const std::string& file : {file_ + ".1", file_}) {
    const auto text = read_file(file);
    if (text)
      read_lines(*text, out, at);
    else if (text.error().kind != ErrorKind::kUnavailable)
      return tl::unexpected(text.error());
  }
  if (out.size() > most) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(most));
  return out;
}

}  // namespace orc
