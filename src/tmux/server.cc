// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tmux/server.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tmux_orc/base/os.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {
namespace {

// The paths of sockets that somebody listens on, as the kernel knows them: a line of /proc/net/unix is "slot:
// refs protocol flags type state inode path".
std::set<std::string> listening_sockets() {
  constexpr unsigned kAccepting = 0x10000;
  std::set<std::string> out;
  std::ifstream in("/proc/net/unix");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string skip, flags, path;
    words >> skip >> skip >> skip >> flags >> skip >> skip >> skip;
    std::getline(words >> std::ws, path);
    if (!path.empty() && (std::strtoul(flags.c_str(), nullptr, 16) & kAccepting) != 0) out.insert(path);
  }
  return out;
}

// The process that listens on the socket, 0 if none does.
int listener(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return 0;
  std::memcpy(address.sun_path, path.data(), path.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 0;
  return peer_of(fd.get()).value_or(Peer{}).pid;
}

bool is_program(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

// tmux takes the first of $TMUX_TMPDIR and /tmp that exists, by its real path.
std::string socket_folder() {
  const char* base = std::getenv("TMUX_TMPDIR");
  char resolved[PATH_MAX];
  for (const char* candidate : {base == nullptr ? "" : base, "/tmp"}) {
    if (::realpath(candidate, resolved) != nullptr) return fmt::format("{}/tmux-{}", resolved, ::getuid());
  }
  return fmt::format("/tmp/tmux-{}", ::getuid());
}

std::vector<std::string> find_sockets(const std::string& pattern) {
  std::vector<std::string> out;
  std::set<std::string> listening;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(socket_folder(), error)) {
    const std::string path = entry.path().string();
    struct stat st {};
    if (::fnmatch(pattern.c_str(), entry.path().filename().c_str(), FNM_PERIOD) != 0) continue;
    if (::lstat(path.c_str(), &st) != 0 || !S_ISSOCK(st.st_mode) || st.st_uid != ::getuid()) continue;
    if (listening.empty()) listening = listening_sockets();
    // One that the kernel lists elsewhere (another network namespace) may be there all the same.
    if (listening.contains(path) || listener(path) != 0) out.push_back(path);
  }
  std::sort(out.begin(), out.end());
  return out;
}

int server_process(const std::string& socket_path) { return listener(socket_path); }

ServerAddress resolve_server(const std::string& socket_name, const std::string& socket_path) {
  if (!socket_path.empty()) return {socket_path, socket_path};
  if (!socket_name.empty()) return {socket_name, socket_folder() + "/" + socket_name};
  if (const char* tmux = std::getenv("TMUX"); tmux != nullptr && *tmux != '\0') {
    const std::string value = tmux;  // "socket,pid,session"
    const std::string path = value.substr(0, value.find(','));
    const auto slash = path.rfind('/');
    return {slash == std::string::npos ? path : path.substr(slash + 1), path};
  }
  return {"default", socket_folder() + "/default"};
}

std::string ServerAddress::key() const { return host->is_here() ? socket_path : host->key(); }

Result<void> check_socket(const ServerAddress& server, Deadline deadline) {
  if (auto ok = server.host->ready(deadline); !ok || !server.host->is_here()) return ok;
  struct stat st {};
  if (::stat(server.socket_path.c_str(), &st) != 0) {
    if (errno == ENOENT) {
      return fail(
          ErrorKind::kUnavailable,
          fmt::format("no tmux server at {} (start one with `tmux`, or choose another with -L NAME or "
                      "-S PATH)",
                      server.socket_path));
    }
    return fail(ErrorKind::kUnavailable, fmt::format("{}: {}", server.socket_path, std::strerror(errno)));
  }
  if (!S_ISSOCK(st.st_mode)) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} is not a socket; -S wants the path of a tmux socket", server.socket_path));
  }
  if (st.st_uid != ::getuid()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} belongs to uid {}, not to us (uid {}): refused. Run tmux-orc as that user",
                            server.socket_path, st.st_uid, ::getuid()));
  }
  return {};
}

Result<std::string> find_tmux() {
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  for (std::size_t start = 0; start <= folders.size();) {
    std::size_t end = folders.find(':', start);
    if (end == std::string::npos) end = folders.size();
    std::string candidate = folders.substr(start, end - start) + "/tmux";
    if (is_program(candidate)) return candidate;
    start = end + 1;
  }
  return fail(ErrorKind::kUnavailable,
              "tmux is not in $PATH (on Debian: apt install tmux; or say where it is: tmux.binary)");
}

Result<std::string> choose_tmux(const std::string& wanted) {
  if (wanted.empty()) return find_tmux();
  if (wanted.starts_with('/') && is_program(wanted)) return wanted;
  return fail(ErrorKind::kInvalid, fmt::format("tmux.binary '{}' is not the path of a program", wanted));
}

int version_number(const std::string& version) {
  std::size_t i = 0;
  while (i < version.size() && std::isdigit(static_cast<unsigned char>(version[i])) == 0) ++i;
  int major = 0, minor = 0;
  if (std::sscanf(version.c_str() + i, "%d.%d", &major, &minor) != 2 || major > 90) return 9900;
  return major * 100 + minor;
}

}  // namespace orc
