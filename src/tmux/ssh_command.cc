// SPDX-License-Identifier: Apache-2.0
#include "ssh_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tmux_orc/base/text.h"

namespace orc::ssh {
namespace {

std::vector<std::string> common(const SshSettings& settings, const std::string& control_path) {
  std::vector<std::string> argv = {"ssh"};
  if (!settings.config_file.empty()) argv.insert(argv.end(), {"-F", settings.config_file});
  argv.insert(argv.end(), {"-o", "BatchMode=yes", "-o", "ControlPath=" + control_path});
  return argv;
}

bool is_plain_path(std::string_view path) {
  return path.starts_with('/') && std::none_of(path.begin(), path.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\'';
         });
}

}  // namespace

std::string quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

std::vector<std::string> master(const SshSettings& settings, const std::string& control_path) {
  auto argv = common(settings, control_path);
  argv.insert(argv.end(),
              {"-o",
               "ControlMaster=yes",
               "-o",
               "ControlPersist=no",
               "-o",
               "StreamLocalBindUnlink=yes",
               "-o",
               "ServerAliveInterval=5",
               "-o",
               "ServerAliveCountMax=3",
               "-o",
               "RemoteCommand=none",
               "-o",
               fmt::format("ConnectTimeout={}", std::max(1, static_cast<int>(settings.connect_timeout_s))),
               "-o",
               "ForwardAgent=no",
               "-o",
               "ForwardX11=no",
               "-T",
               "--",
               settings.destination,
               "cat"});
  return argv;
}

std::vector<std::string> run(const SshSettings& settings, const std::string& control_path,
                             const std::vector<std::string>& command) {
  auto argv = common(settings, control_path);
  argv.insert(argv.end(), {"-o", "ControlMaster=no", "-o", "RemoteCommand=none", "-o", "ForwardAgent=no",
                           "-o", "ForwardX11=no", "-T", "--", settings.destination});
  std::string line;
  for (const std::string& word : command) line += (line.empty() ? "" : " ") + ssh::quoted(word);
  argv.push_back(std::move(line));
  return argv;
}

std::vector<std::string> forward(const SshSettings& settings, const std::string& control_path,
                                 const std::string& local_socket, const std::string& far_socket,
                                 bool cancel) {
  auto argv = common(settings, control_path);
  argv.insert(argv.end(), {"-O", cancel ? "cancel" : "forward", "-L", local_socket + ":" + far_socket, "--",
                           settings.destination});
  return argv;
}

// A login without a terminal may lack the folders where people install tmux.
std::string facts_script(const SshSettings& settings) {
  const std::string socket =
      settings.socket_path.empty()
          ? fmt::format("$(cd -- \"${{TMUX_TMPDIR:-/tmp}}\" && pwd -P)/tmux-$(id -u)/{}",
                        settings.socket_name)
          : settings.socket_path;
  return fmt::format(
      "PATH=\"$PATH:/usr/local/bin:/opt/homebrew/bin:$HOME/.local/bin\"\n"
      "echo \"orc-tmux $(command -v tmux)\"\n"
      "echo \"orc-socket {}\"\n",
      socket);
}

Result<Facts> parse_facts(std::string_view answer) {
  Facts facts;
  for (const std::string_view line : split_lines(answer)) {  // a login script may print more
    if (line.starts_with("orc-tmux ")) facts.tmux = line.substr(9);
    if (line.starts_with("orc-socket ")) facts.socket = line.substr(11);
  }
  if (facts.tmux.empty()) return fail(ErrorKind::kUnavailable, "there is no tmux in $PATH there");
  if (!is_plain_path(facts.tmux) || !is_plain_path(facts.socket)) {
    return fail(ErrorKind::kProtocol, "what it says of tmux is not understood: " + printable(answer));
  }
  return facts;
}

}  // namespace orc::ssh
