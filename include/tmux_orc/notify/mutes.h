// SPDX-License-Identifier: Apache-2.0
// Mutes: panes and sessions nobody wants to hear of for a while. A small file, written by the command line
// and read by every daemon. Thread-safe between processes; one object is for one thread.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"

namespace orc {

struct Mute {
  std::string target;         // "%5", "session" or "session:window.pane"
  ServerId server = 0;        // the one life of a server that a pane's number belongs to; 0: every server's
  std::int64_t until_ms = 0;  // 0: until it is unmuted
  friend bool operator==(const Mute&, const Mute&) = default;
};

class Mutes {
 public:
  explicit Mutes(std::string path) : path_(std::move(path)) {}
  // What ended before `now_ms` is forgotten.
  Result<void> mute(const Mute& mute, std::int64_t now_ms);
  // On this server; 0: on all. False: it was not muted.
  Result<bool> unmute(const std::string& target, ServerId server);
  Result<std::vector<Mute>> list();
  // Reads the file again if it changed. A file that cannot be read leaves what is known, and is a problem().
  void refresh();
  // As of the last refresh().
  bool is_muted(const PaneRef& pane, std::int64_t now_ms) const;
  // What refresh() could not read; empty when all is well.
  const std::string& problem() const { return problem_; }

 private:
  Result<void> write(const std::vector<Mute>& all);

  const std::string path_;
  std::vector<Mute> known_;
  std::string problem_;
  struct stat read_ {};
};

}  // namespace orc
