// Mutes: panes and sessions nobody wants to hear of for a while. A small file, written by the command line
// and read by every daemon. Thread-safe between processes; one object is for one thread.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <string>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"

namespace orc {

class Mutes {
 public:
  explicit Mutes(std::string path) : path_(std::move(path)) {}
  // `target`: "%5", "session" or "session:window.pane". until_ms 0: until it is unmuted.
  Result<void> mute(const std::string& target, std::int64_t until_ms);
  Result<bool> unmute(const std::string& target);  // false: it was not muted
  Result<std::map<std::string, std::int64_t>> list();
  // Reads the file again if it changed.
  bool is_muted(const PaneRef& pane, std::int64_t now_ms);

 private:
  const std::string path_;
  std::map<std::string, std::int64_t> known_;
  timespec read_at_{};
};

}  // namespace orc
