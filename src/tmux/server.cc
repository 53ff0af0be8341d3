#include "tmux_orc/tmux/server.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace orc {
namespace {

std::string socket_folder() {
  const char* base = std::getenv("TMUX_TMPDIR");
  if (base == nullptr || *base == '\0') base = "/tmp";
  char resolved[PATH_MAX];
  if (::realpath(base, resolved) != nullptr) base = resolved;  // tmux does the same
  return fmt::format("{}/tmux-{}", base, ::getuid());
}

}  // namespace

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

std::string ServerAddress::key() const {
  if (!ssh) return socket_path;
  const SshSettings& s = ssh->settings();
  return fmt::format("ssh {} {}", s.destination, s.socket_path.empty() ? s.socket_name : s.socket_path);
}

ServerAddress remote_server(const std::string& name, SshSettings settings) {
  return {name, "", std::make_shared<SshHost>(std::move(settings))};
}

TmuxCommand tmux_command(const ServerAddress& server, const std::string& tmux_binary) {
  if (server.ssh)
    return [host = server.ssh](const std::vector<std::string>& words) { return host->tmux_argv(words); };
  return [tmux_binary, socket = server.socket_path](const std::vector<std::string>& words) {
    std::vector<std::string> argv = {tmux_binary, "-u", "-N", "-S", socket};
    argv.insert(argv.end(), words.begin(), words.end());
    return argv;
  };
}

Result<void> check_socket(const ServerAddress& server, Deadline deadline) {
  if (server.ssh) return server.ssh->ready(deadline);
  struct stat st{};
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
    struct stat st{};
    if (::stat(candidate.c_str(), &st) == 0 && S_ISREG(st.st_mode) &&
        ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
    start = end + 1;
  }
  return fail(ErrorKind::kUnavailable, "tmux is not in $PATH (on Debian: apt install tmux)");
}

int version_number(const std::string& version) {
  std::size_t i = 0;
  while (i < version.size() && std::isdigit(static_cast<unsigned char>(version[i])) == 0) ++i;
  int major = 0, minor = 0;
  if (std::sscanf(version.c_str() + i, "%d.%d", &major, &minor) != 2 || major > 90) return 9900;
  return major * 100 + minor;
}

}  // namespace orc
