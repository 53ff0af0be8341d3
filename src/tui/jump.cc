// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tui/jump.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <tuple>
#include <utility>

#include "tmux_orc/base/text.h"
#include "tmux_orc/tmux/tmux_client.h"

namespace orc::tui {
namespace {

struct Client {
  std::string name, session, pane;
  std::int64_t activity = 0;
};

Result<std::string> run_tmux(const TmuxClient& tmux, const std::vector<std::string>& words) {
  auto said = tmux.ask(words, tmux.limit());
  if (!said && said.error().message.find("can't find pane") != std::string::npos)
    return fail(ErrorKind::kCommand, "the pane is gone");
  return said;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// Terminals only: a program that speaks control mode is nobody's screen.
Result<std::vector<Client>> clients_of(const TmuxClient& tmux) {
  constexpr const char* kFormat =
      "#{client_control_mode} #{session_id} #{pane_id} #{client_activity} #{client_name}";
  ORC_TRY(text, run_tmux(tmux, {"list-clients", "-F", kFormat}));
  std::vector<Client> out;
  for (const auto line : split_lines(*text)) {
    const auto f = fields_of(line);
    if (f.size() != 5 || f[0] != "0") continue;
    Client c{std::string(f[4]), std::string(f[1]), std::string(f[2]), 0};
    std::from_chars(f[3].data(), f[3].data() + f[3].size(), c.activity);
    out.push_back(std::move(c));
  }
  return out;
}

Result<Client> own_client(const TmuxClient& tmux, const Seat& seat) {
  ORC_TRY(clients, clients_of(tmux));
  const auto rank = [&](const Client& c) {
    return std::tuple(!seat.client.empty() && c.name == seat.client, c.session == seat.session, c.activity);
  };
  const auto best = std::max_element(clients->begin(), clients->end(),
                                     [&](const Client& a, const Client& b) { return rank(a) < rank(b); });
  if (best == clients->end()) return fail(ErrorKind::kUnavailable, "no terminal shows this tmux server");
  return *best;
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat x {
  }, y{};
  return a == b || (::stat(a.c_str(), &x) == 0 && ::stat(b.c_str(), &y) == 0 && x.st_dev == y.st_dev &&
                    x.st_ino == y.st_ino);
}

// The command that shows a pane on another terminal. A server may be too new for the tmux of $PATH: one
// question tells, and then it is the server's own program that does it.
std::string attach_by_hand(const ServerAddress& server, const std::string& binary,
                           const std::string& target) {
  const TmuxClient tmux(server, binary);
  static_cast<void>(run_tmux(tmux, {"display-message", "-p", ""}));
  return fmt::format("{} -S {} attach -t {}", tmux.program() == binary ? "tmux" : tmux.program(),
                     server.socket_path, target);
}

bool sits_in(const Seat& seat, const ServerAddress& server) {
  return !seat.socket.empty() && server.host->is_here() && same_file(seat.socket, server.socket_path);
}

}  // namespace

Seat own_seat(const std::string& client) {
  Seat seat;
  seat.client = client;
  const char* tmux = std::getenv("TMUX");
  if (tmux == nullptr) return seat;
  // SOCKET,PID,SESSION; a path may hold commas, too.
  const std::string text = tmux;
  const std::size_t last = text.rfind(',');
  const std::size_t before =
      last == std::string::npos || last == 0 ? std::string::npos : text.rfind(',', last - 1);
  if (before == std::string::npos) return seat;
  seat.socket = text.substr(0, before);
  seat.session = "$" + text.substr(last + 1);
  return seat;
}

Result<Jumped> jump_to(const ServerAddress& server, const std::string& binary, PaneId pane,
                       const Seat& seat) {
  const std::string target = fmt::format("%{}", pane);
  if (!server.host->is_here())
    return fail(ErrorKind::kInvalid,
                fmt::format("{} is on the machine of {}: {}", target, server.name,
                            server.host->by_hand("tmux attach -t " + target, Host::Typed::kOnTerminal)));
  const bool inside = sits_in(seat, server);
  if (!inside && !seat.socket.empty()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} is on the tmux server {}, and this terminal on another: {}", target,
                            server.name, attach_by_hand(server, binary, target)));
  }
  // -Z: a zoomed window stays zoomed, on the pane that is wanted.
  std::vector<std::string> words = {"select-window", "-t", target, ";", "select-pane", "-Z", "-t", target};
  const TmuxClient tmux(server, binary);
  Jumped jumped;
  if (inside) {
    ORC_TRY(client, own_client(tmux, seat));
    words.insert(words.end(), {";", "switch-client", "-Z", "-c", client->name, "-t", target});
    jumped.client = client->name;
    jumped.from = client->pane;
  }
  ORC_DO(run_tmux(tmux, words));
  // By now it is known which program speaks with this server.
  if (!inside)
    jumped.attach = {tmux.program(), "-N", "-S", server.socket_path, "attach-session", "-t", target};
  return jumped;
}

Result<std::string> shown_pane(const ServerAddress& server, const std::string& binary, const Seat& seat) {
  if (!sits_in(seat, server)) return std::string();
  ORC_TRY(client, own_client(TmuxClient(server, binary), seat));
  return client->pane;
}

Result<ServerAddress> server_named(const std::string& name, const std::vector<ServerAddress>& servers) {
  const auto found =
      std::find_if(servers.begin(), servers.end(), [&](const ServerAddress& s) { return s.name == name; });
  if (found != servers.end()) return *found;
  // A monitor that was started with -L or -S watches a server that the configuration does not name.
  ServerAddress local = name.starts_with('/') ? resolve_server("", name) : resolve_server(name, "");
  struct stat st {};
  if (::stat(local.socket_path.c_str(), &st) == 0) return local;
  return fail(ErrorKind::kUnavailable, fmt::format("the configuration names no server {}", printable(name)));
}

}  // namespace orc::tui
