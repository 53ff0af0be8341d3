// SPDX-License-Identifier: Apache-2.0
#include "server_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orc {
namespace {

bool is_plain(const std::string& text, std::string_view also) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || also.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// ssh gets these as words of a command line, and tmux's socket is named in a script for the far shell.
void check_far_server(YamlReader& in, const YAML::Mark& mark, ServerSetting& s) {
  if (!is_plain(s.ssh, "@._-:[]%+") || s.ssh.front() == '-')
    in.problem(mark, fmt::format("ssh '{}' must be user@host or a host from your ssh configuration", s.ssh));
  if (!s.socket_name.empty() && (!is_plain(s.socket_name, "._-") || s.socket_name.front() == '.'))
    in.problem(mark, fmt::format("socket_name '{}': on another machine only letters, digits, '.', '_', '-'",
                                 s.socket_name));
  if (!s.socket_path.empty() && (!is_plain(s.socket_path, "/._-+@,= ") || s.socket_path.front() != '/'))
    in.problem(mark,
               fmt::format("socket_path '{}': on another machine an absolute path without special characters",
                           s.socket_path));
  if (s.socket_name.empty() && s.socket_path.empty()) s.socket_name = "default";
}

// Its servers are called as their sockets; the configuration's name for them is the pattern.
void check_pattern(YamlReader& in, const YAML::Mark& mark, ServerSetting& s) {
  if (s.socket_pattern.empty()) return;
  if (s.socket_pattern.find('/') != std::string::npos)
    in.problem(mark, fmt::format("socket_pattern '{}': a name in tmux's socket folder, without '/'",
                                 s.socket_pattern));
  if (!s.name.empty() && s.name != s.socket_pattern)
    in.problem(mark, "a server with socket_pattern has no name: each is called as its socket");
  s.name = s.socket_pattern;
}

void check_server(YamlReader& in, const YAML::Mark& mark, ServerSetting& s) {
  if (s.ssh.empty()) {
    const auto ways = {!s.socket_name.empty(), !s.socket_path.empty(), !s.socket_pattern.empty()};
    if (std::count(ways.begin(), ways.end(), true) != 1)
      in.problem(mark, "a server needs one of socket_name, socket_path and socket_pattern");
    check_pattern(in, mark, s);
    if (!s.ssh_config.empty()) in.problem(mark, "ssh_config is for a server with ssh: user@host");
    if (s.name.empty()) s.name = s.socket_name.empty() ? s.socket_path : s.socket_name;
    return;
  }
  if (!s.socket_name.empty() && !s.socket_path.empty())
    in.problem(mark, "a server has socket_name or socket_path, not both");
  if (!s.socket_pattern.empty()) in.problem(mark, "socket_pattern is for servers of this machine");
  check_far_server(in, mark, s);
  if (s.name.empty()) s.name = s.ssh;
}

void read_server(YamlReader& in, const YAML::Node& item, std::vector<ServerSetting>& out) {
  ServerSetting server;
  in.record(item, "servers[]", server_keys(), server);
  check_server(in, item.Mark(), server);
  if (server.ssh.empty()) make_absolute(server.socket_path, in.file());
  make_absolute(server.ssh_config, in.file());
  const auto same = [&](const ServerSetting& other) { return other.name == server.name; };
  if (std::any_of(out.begin(), out.end(), same))
    in.problem(item.Mark(),
               fmt::format("two servers are called '{}'; give one a name of its own", server.name));
  out.push_back(std::move(server));
}

// agents.processes: {claude: {names: [...], paths: [...]}}. Whether the agent has rules is told when those
// are read.
void read_processes(YamlReader& in, const YAML::Node& node, std::vector<AgentProcess>& out) {
  if (node.IsNull()) return;
  if (!node.IsMap())
    return in.problem(node.Mark(), "agents.processes wants {AGENT: {names: [...], paths: [...]}}");
  out.clear();
  for (const auto& entry : node) {
    AgentProcess process;
    in.text(entry.first, process.agent);
    in.record(entry.second, "agents.processes." + process.agent, process_keys(), process);
    out.push_back(std::move(process));
  }
}

}  // namespace

const std::vector<FieldKey<ServerSetting>>& server_keys() {
  using S = ServerSetting;
  static const std::vector<FieldKey<S>> keys = {
      key<S>("name", field(&S::name), "what it is called; if it is not given, as its socket or machine"),
      key<S>("socket_name", field(&S::socket_name), "as tmux -L"),
      key<S>("socket_path", field(&S::socket_path), "as tmux -S"),
      key<S>("socket_pattern", field(&S::socket_pattern), "all sockets of tmux's folder with such a name"),
      key<S>("ssh", field(&S::ssh), "user@host, or a host of your ssh configuration"),
      key<S>("ssh_config", field(&S::ssh_config), "as ssh -F"),
      number<S>("timeout", field(&S::timeout_s), 0.1, 60, "ssh: seconds until the machine counts as down"),
  };
  return keys;
}

const std::vector<FieldKey<AgentProcess>>& process_keys() {
  using P = AgentProcess;
  static const std::vector<FieldKey<P>> keys = {
      key<P>("names", field(&P::names), "names of the program"),
      key<P>("paths", field(&P::paths), "parts of a script's path"),
  };
  return keys;
}

SettingKey::Records servers_field() {
  return {[](YamlReader& in, const YAML::Node& node, Settings& s) {
            s.servers.clear();
            in.list(node, "servers wants a list of {name, socket_name | socket_path | socket_pattern}",
                    [&](const YAML::Node& item) { read_server(in, item, s.servers); });
          },
          [](const Settings& s, Secrets secrets) { return list_json(s.servers, server_keys(), 1, secrets); }};
}

SettingKey::Records processes_field() {
  return {[](YamlReader& in, const YAML::Node& node, Settings& s) {
            read_processes(in, node, s.agent_processes);
          },
          [](const Settings& s, Secrets secrets) {
            auto out = nlohmann::ordered_json::object();
            for (const AgentProcess& process : s.agent_processes)
              out[process.agent] = record_json(process_keys(), process, 2, secrets);
            return out;
          }};
}

// A daemon works in "/": a relative path is taken as one below the folder of the file that it stands in.
void make_absolute(std::string& path, const std::string& file) {
  if (path.empty() || path.front() == '/') return;
  std::error_code error;
  const auto folder = std::filesystem::absolute(file, error).parent_path();
  path = (folder / path).lexically_normal().string();
}

}  // namespace orc
