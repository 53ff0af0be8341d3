// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/witness/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cstddef>

namespace orc {

FileWatch::FileWatch() : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

int FileWatch::watch_file(const std::string& path) {
  if (!inotify_) return -1;
  return ::inotify_add_watch(inotify_.get(), path.c_str(),
                             IN_MODIFY | IN_DELETE_SELF | IN_MOVE_SELF | IN_DONT_FOLLOW);
}

int FileWatch::watch_folder(const std::string& path) {
  if (!inotify_) return -1;
  return ::inotify_add_watch(
      inotify_.get(), path.c_str(),
      IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
}

void FileWatch::remove(int watch) { ::inotify_rm_watch(inotify_.get(), watch); }

bool FileWatch::take_events(const std::function<void(const Event&)>& take) {
  alignas(inotify_event) char buffer[16384];
  bool any = false;
  for (;;) {
    const ssize_t n = inotify_ ? ::read(inotify_.get(), buffer, sizeof buffer) : -1;
    if (n <= 0) return any;
    any = true;
    for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += sizeof(inotify_event) + event->len;
      // One that was moved goes on being watched where it is now, which is nobody's affair.
      if ((event->mask & IN_MOVE_SELF) != 0) remove(event->wd);
      take({event->wd, event->len == 0 ? "" : event->name,
            (event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0,
            (event->mask & IN_Q_OVERFLOW) != 0});
    }
  }
}

}  // namespace orc
