// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/proc.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {

std::uint64_t process_started(int pid, const std::string& proc) {
  const UniqueFd fd(::open(fmt::format("{}/{}/stat", proc, pid).c_str(), O_RDONLY | O_CLOEXEC));
  char text[4096];
  const ssize_t n = fd ? ::read(fd.get(), text, sizeof text) : 0;
  const std::string_view stat(text, n > 0 ? static_cast<std::size_t>(n) : 0);
  std::size_t at = stat.rfind(')');  // a name may hold anything
  for (int field = 2; field < 22 && at != std::string_view::npos; ++field) at = stat.find(' ', at + 1);
  std::uint64_t started = 0;
  if (at != std::string_view::npos) std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), started);
  return started;
}

double process_age_s(std::uint64_t started) {
  return static_cast<double>(SystemClock().uptime_ms()) / 1000 -
         static_cast<double>(started) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::string link_target(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
  return n > 0 ? std::string(target, static_cast<std::size_t>(n)) : "";
}

}  // namespace orc
