#include "tmux_orc/daemon/mutes.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "tmux_orc/base/files.h"
#include "tmux_orc/publish/json.h"

namespace orc {

namespace {

// A number alone: until when, on every server.
std::optional<Mute> mute_of(const nlohmann::ordered_json& j) {
  if (j.is_number_integer()) return Mute{j.get<std::int64_t>(), 0};
  if (!j.is_object() || !j.contains("until_ms") || !j["until_ms"].is_number_integer()) return std::nullopt;
  Mute m{j["until_ms"].get<std::int64_t>(), 0};
  if (j.contains("server_id") && j["server_id"].is_string()) {
    m.server = std::strtoull(j["server_id"].get<std::string>().c_str(), nullptr, 16);
  }
  return m;
}

// Two writers within one tick of the file system's clock (4 ms) give two files.
bool is_same_file(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

bool is_over(const Mute& m, std::int64_t now_ms) { return m.until_ms != 0 && m.until_ms <= now_ms; }

}  // namespace

Result<std::map<std::string, Mute>> Mutes::list() {
  const auto text = read_file(path_);
  if (!text) {
    if (text.error().kind == ErrorKind::kUnavailable) return std::map<std::string, Mute>{};
    return tl::unexpected(text.error());
  }
  std::map<std::string, Mute> out;
  const auto j = parse_json(*text);
  if (!j || !j->is_object()) return fail(ErrorKind::kIo, fmt::format("{} is damaged; remove it", path_));
  for (const auto& [target, value] : j->items()) {
    if (const auto m = mute_of(value)) out[target] = *m;
  }
  return out;
}

Result<void> Mutes::write(const std::map<std::string, Mute>& all) {
  nlohmann::ordered_json j = nlohmann::ordered_json::object();
  for (const auto& [target, m] : all) {
    if (m.server == 0) {
      j[target] = m.until_ms;
    } else {
      j[target] = {{"until_ms", m.until_ms}, {"server_id", fmt::format("{:016x}", m.server)}};
    }
  }
  return write_file_atomically(path_, dump(j) + "\n", true);
}

Result<void> Mutes::mute(const std::string& target, Mute mute, std::int64_t now_ms) {
  const auto lock = hold_lock(path_ + ".lock");
  if (!lock) return tl::unexpected(lock.error());
  auto all = list();
  if (!all) return tl::unexpected(all.error());
  std::erase_if(*all, [&](const auto& entry) { return is_over(entry.second, now_ms); });
  (*all)[target] = mute;
  return write(*all);
}

Result<bool> Mutes::unmute(const std::string& target) {
  const auto lock = hold_lock(path_ + ".lock");
  if (!lock) return tl::unexpected(lock.error());
  auto all = list();
  if (!all) return tl::unexpected(all.error());
  if (all->erase(target) == 0) return false;
  if (auto ok = write(*all); !ok) return tl::unexpected(ok.error());
  return true;
}

bool Mutes::is_muted(const PaneRef& pane, std::int64_t now_ms) {
  struct stat info{};
  const bool there = ::stat(path_.c_str(), &info) == 0;
  if (!there) {
    known_.clear();
    read_ = {};
  } else if (!is_same_file(info, read_)) {
    if (auto all = list()) known_ = std::move(*all);
    read_ = info;
  }
  if (known_.empty()) return false;
  for (const std::string& target : {fmt::format("%{}", pane.key.pane), pane.session, pane.target()}) {
    const auto found = known_.find(target);
    if (found == known_.end() || is_over(found->second, now_ms)) continue;
    if (found->second.server == 0 || found->second.server == pane.key.server) return true;
  }
  return false;
}

}  // namespace orc
