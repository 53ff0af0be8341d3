// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/notify/mutes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "tmux_orc/base/files.h"
#include "tmux_orc/figures/json.h"

namespace orc {

namespace {

// "web": until when, or "%5@SERVER": the same.
std::optional<Mute> mute_of(const std::string& key, const nlohmann::ordered_json& until) {
  if (!until.is_number_integer()) return std::nullopt;
  const std::size_t at = key.starts_with('%') ? key.find('@') : std::string::npos;
  Mute m{key.substr(0, at), 0, until.get<std::int64_t>()};
  if (at != std::string::npos) m.server = std::strtoull(key.c_str() + at + 1, nullptr, 16);
  return m;
}

std::string key_of(const Mute& m) {
  return m.server == 0 ? m.target : fmt::format("{}@{:016x}", m.target, m.server);
}

// Two writers within one tick of the file system's clock (4 ms) give two files.
bool is_same_file(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

bool is_over(const Mute& m, std::int64_t now_ms) { return m.until_ms != 0 && m.until_ms <= now_ms; }

}  // namespace

Result<std::vector<Mute>> Mutes::list() {
  const auto text = read_file(path_, 1 << 20);
  if (!text) {
    if (text.error().kind == ErrorKind::kUnavailable) return std::vector<Mute>{};
    return tl::unexpected(text.error());
  }
  std::vector<Mute> out;
  const auto j = parse_json(*text);
  if (!j || !j->is_object()) return fail(ErrorKind::kIo, fmt::format("{} is damaged; remove it", path_));
  for (const auto& [key, until] : j->items()) {
    if (auto m = mute_of(key, until)) out.push_back(std::move(*m));
  }
  return out;
}

Result<void> Mutes::write(const std::vector<Mute>& all) {
  nlohmann::ordered_json j = nlohmann::ordered_json::object();
  for (const Mute& m : all) j[key_of(m)] = m.until_ms;
  return write_file_atomically(path_, dump(j) + "\n", true);
}

Result<void> Mutes::mute(const Mute& mute, std::int64_t now_ms) {
  ORC_TRY(lock, hold_lock(path_ + ".lock"));
  ORC_TRY(all, list());
  std::erase_if(*all, [&](const Mute& m) { return is_over(m, now_ms) || key_of(m) == key_of(mute); });
  all->push_back(mute);
  return write(*all);
}

Result<bool> Mutes::unmute(const std::string& target, ServerId server) {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) return false;
  ORC_TRY(lock, hold_lock(path_ + ".lock"));
  ORC_TRY(all, list());
  const auto gone = std::erase_if(*all, [&](const Mute& m) {
    return m.target == target && (server == 0 || m.server == 0 || m.server == server);
  });
  if (gone == 0) return false;
  ORC_DO(write(*all));
  return true;
}

void Mutes::refresh() {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) {
    known_.clear();
    read_ = {};
    problem_.clear();
  } else if (!is_same_file(info, read_)) {
    auto all = list();
    problem_ = all ? "" : "mutes: " + all.error().message;
    if (all) known_ = std::move(*all);
    read_ = info;
  }
}

bool Mutes::is_muted(const PaneRef& pane, std::int64_t now_ms) const {
  return std::any_of(known_.begin(), known_.end(), [&](const Mute& m) {
    const bool meant = m.target == pane.session || pane.is_called(m.target);
    return meant && !is_over(m, now_ms) && (m.server == 0 || m.server == pane.key.server);
  });
}

}  // namespace orc
