// SPDX-License-Identifier: Apache-2.0
// FileWatch: tells that files changed, by Linux's inotify. Where the kernel gives none, nothing can be
// watched. For one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tmux_orc/base/unique_fd.h"

namespace orc {

class FileWatch {
 public:
  struct Event {
    int watch = 0;
    std::string_view name;  // of the file, where a folder is watched; good during the call
    bool gone = false;      // what was watched was deleted or moved away: its watch is over
    bool lost = false;      // some events were: each watch may have had one, and `watch` names none
  };

  FileWatch();

  // A file that grows or changes; a folder whose files do. The watch's number, or -1. The same path gives the
  // same one.
  int watch_file(const std::string& path);
  int watch_folder(const std::string& path);
  void remove(int watch);

  // Gives what happened since the last call; true if something did. Waits for nothing.
  bool take_events(const std::function<void(const Event&)>& take);
  // Readable once something happened; -1 where the kernel gives none.
  int fd() const { return inotify_.get(); }

 private:
  UniqueFd inotify_;
};

}  // namespace orc
