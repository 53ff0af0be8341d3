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

struct Mute {
  std::int64_t until_ms = 0;  // 0: until it is unmuted
  ServerId server = 0;        // the one life of a server that a pane's number belongs to; 0: every server's
  friend bool operator==(const Mute&, const Mute&) = default;
};

class Mutes {
 public:
  explicit Mutes(std::string path) : path_(std::move(path)) {}
  // `target`: "%5", "session" or "session:window.pane". What ended before `now_ms` is forgotten.
  Result<void> mute(const std::string& target, Mute mute, std::int64_t now_ms);
  Result<bool> unmute(const std::string& target);  // false: it was not muted
  Result<std::map<std::string, Mute>> list();
  // Reads the file again if it changed. A file that cannot be read leaves what is known.
  bool is_muted(const PaneRef& pane, std::int64_t now_ms);

 private:
  Result<void> write(const std::map<std::string, Mute>& all);

  const std::string path_;
  std::map<std::string, Mute> known_;
  struct stat read_{};
};

}  // namespace orc
