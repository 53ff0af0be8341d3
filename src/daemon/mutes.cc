#include "tmux_orc/daemon/mutes.h"

#include <fmt/format.h>

#include "tmux_orc/base/files.h"
#include "tmux_orc/publish/json.h"

namespace orc {

Result<std::map<std::string, std::int64_t>> Mutes::list() {
  const auto text = read_file(path_);
  if (!text) {
    if (text.error().kind == ErrorKind::kUnavailable) return std::map<std::string, std::int64_t>{};
    return tl::unexpected(text.error());
  }
  std::map<std::string, std::int64_t> out;
  const auto j = parse_json(*text);
  if (!j || !j->is_object()) return fail(ErrorKind::kIo, fmt::format("{} is damaged; remove it", path_));
  for (const auto& [target, until] : j->items()) {
    if (until.is_number_integer()) out[target] = until.get<std::int64_t>();
  }
  return out;
}

Result<void> Mutes::mute(const std::string& target, std::int64_t until_ms) {
  auto all = list();
  if (!all) return tl::unexpected(all.error());
  (*all)[target] = until_ms;
  return write_file_atomically(path_, dump(nlohmann::ordered_json(*all)) + "\n", true);
}

Result<bool> Mutes::unmute(const std::string& target) {
  auto all = list();
  if (!all) return tl::unexpected(all.error());
  if (all->erase(target) == 0) return false;
  if (auto ok = write_file_atomically(path_, dump(nlohmann::ordered_json(*all)) + "\n", true); !ok)
    return tl::unexpected(ok.error());
  return true;
}

bool Mutes::is_muted(const PaneRef& pane, std::int64_t now_ms) {
  struct stat info {};
  const bool there = ::stat(path_.c_str(), &info) == 0;
  if (!there) {
    known_.clear();
    read_at_ = {};
  } else if (info.st_mtim.tv_sec != read_at_.tv_sec || info.st_mtim.tv_nsec != read_at_.tv_nsec) {
    if (auto all = list()) known_ = std::move(*all);
    read_at_ = info.st_mtim;
  }
  if (known_.empty()) return false;
  for (const std::string& target : {fmt::format("%{}", pane.key.pane), pane.session, pane.target()}) {
    const auto found = known_.find(target);
    if (found != known_.end() && (found->second == 0 || found->second > now_ms)) return true;
  }
  return false;
}

}  // namespace orc
