// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/hooks/hook_call.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace orc {
namespace {

constexpr int kMostEnvironments = 16;

void send_to(int fd, const char* path, const char* text, std::size_t size) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length + 1);
  ::sendto(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
           sizeof address);
}

}  // namespace

bool is_hook_message(const char* text, std::size_t size) {
  if (size == 0) return true;
  if (size < 2 || size > kMostHookBytes || text[0] != '%') return false;
  for (std::size_t i = 1; i < size; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

void call_monitors(const char* home, const char* pane) {
  if (home == nullptr || *home != '/') return;
  std::size_t size = pane == nullptr ? 0 : ::strnlen(pane, kMostHookBytes + 1);
  if (!is_hook_message(pane, size)) size = 0;
  char path[512];
  const auto fits = [&](int n) { return n > 0 && n < static_cast<int>(sizeof path); };
  if (!fits(std::snprintf(path, sizeof path, "%s/.tmux-orchestrator/run", home))) return;
  DIR* const environments = ::opendir(path);
  const int fd = environments == nullptr ? -1 : ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  for (int i = 0; fd >= 0 && i < kMostEnvironments;) {
    const dirent* const entry = ::readdir(environments);
    if (entry == nullptr) break;
    if (entry->d_name[0] == '.') continue;
    ++i;
    if (fits(std::snprintf(path, sizeof path, "%s/.tmux-orchestrator/run/%s/%s", home, entry->d_name,
                           kHookSocketName)))
      send_to(fd, path, pane, size);
  }
  if (fd >= 0) ::close(fd);
  if (environments != nullptr) ::closedir(environments);
}

}  // namespace orc
