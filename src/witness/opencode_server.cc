// SPDX-License-Identifier: Apache-2.0
#include "opencode_server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "tmux_orc/api/http_call.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/proc.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestAnswer = 512 * 1024;  // a permission names files and holds a diff
constexpr std::size_t kLongestTable = 256 * 1024;
constexpr int kDeepest = 3;  // node starts a shim, that the program
constexpr std::size_t kMostSockets = 4096;
constexpr std::string_view kChanges[] = {"\"session.status\"", "\"session.idle\"", "\"session.error\"",
                                         "\"permission.", "\"question."};
constexpr std::size_t kLongestChange = 17;
constexpr int kMostReads = 16;  // of what a flood sends; the rest is read in the next turn

// Of /proc: no length is known before.
std::string read_proc(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 16384> part{};
  while (fd && text.size() < kLongestTable) {
    const ssize_t n = ::read(fd.get(), part.data(), part.size());
    if (n <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(n));
  }
  return text;
}

std::optional<int> number_of(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Inodes of the sockets that listen at the port: on 127.0.0.1, or on every address.
std::set<std::string> listeners(const std::string& proc, int pid, int port) {
  std::set<std::string> inodes;
  const std::string table = read_proc(fmt::format("{}/{}/net/tcp", proc, pid));
  const std::string wanted[] = {fmt::format("0100007F:{:04X}", port), fmt::format("00000000:{:04X}", port)};
  for (const std::string_view line : split_lines(table)) {
    constexpr std::size_t kLocal = 1, kState = 3, kInode = 9;
    const auto words = words_of(line, kInode + 1);
    if (words.size() <= kInode || words[kState] != "0A") continue;
    if (words[kLocal] == wanted[0] || words[kLocal] == wanted[1])
      inodes.insert(fmt::format("socket:[{}]", words[kInode]));
  }
  return inodes;
}

bool has_one_of(const std::string& proc, int pid, const std::set<std::string>& sockets) {
  const std::string folder = fmt::format("{}/{}/fd", proc, pid);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), &::closedir);
  std::size_t count = 0;
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    if (++count > kMostSockets) return false;
    if (entry->d_name[0] != '.' && sockets.contains(link_target(folder + "/" + entry->d_name))) return true;
  }
  return false;
}

bool any_has(const std::string& proc, int pid, const std::set<std::string>& sockets, int depth) {
  if (has_one_of(proc, pid, sockets)) return true;
  if (depth == 0) return false;
  const std::string children = read_proc(fmt::format("{}/{}/task/{}/children", proc, pid, pid));
  for (const std::string_view word : words_of(children, std::string_view::npos)) {
    const auto child = number_of(word);
    if (child && any_has(proc, *child, sockets, depth - 1)) return true;
  }
  return false;
}

bool wait_until(int fd, short what, Deadline by) {
  pollfd p{fd, what, 0};
  return ::poll(&p, 1, poll_timeout(by, Steady::now())) > 0;
}

UniqueFd connect_to(int port, Deadline by) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd) return {};
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      (errno != EINPROGRESS || !wait_until(fd.get(), POLLOUT, by)))
    return {};
  return fd;
}

std::optional<std::string> body_of(int port, const std::string& path, Deadline by) {
  using boost::asio::ip::tcp;
  const std::chrono::milliseconds left(poll_timeout(by, Steady::now()));
  HttpReply reply = http_call<tcp>(
      {boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)},
      {.target = path, .host = fmt::format("127.0.0.1:{}", port), .most = kLongestAnswer, .timeout = left});
  if (reply.error || reply.status != 200) return std::nullopt;
  return std::move(reply.body);
}

// The kinds of the sessions' states; nothing else of the document is built.
std::optional<std::set<std::string>> kinds_of(std::string_view document) {
  const json j = json::parse(
      document,
      [](int depth, json::parse_event_t event, json& parsed) {
        return event != json::parse_event_t::key || depth == 1 || parsed == "type";
      },
      false);
  if (!j.is_object()) return std::nullopt;
  std::set<std::string> kinds;
  for (const auto& session : j) {
    const auto type = session.is_object() ? session.find("type") : session.end();
    if (session.is_object() && type != session.end() && type->is_string()) kinds.insert(*type);
  }
  return kinds;
}

// How many elements the list has; none of them is built.
std::optional<std::size_t> length_of(std::string_view document) {
  std::size_t count = 0;
  const json j = json::parse(
      document,
      [&](int depth, json::parse_event_t event, json&) {
        const bool is_element = depth == 1 && event == json::parse_event_t::object_start;
        count += is_element ? 1 : 0;
        return depth == 0;
      },
      false);
  if (!j.is_array()) return std::nullopt;
  return count;
}

}  // namespace

int opencode_port(const std::string& proc, int pid) {
  const std::string all = read_proc(fmt::format("{}/{}/cmdline", proc, pid));
  bool is_next = false;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\0', at), all.size());
    std::string_view word(all.data() + at, end - at);
    at = end + 1;
    const bool is_value = std::exchange(is_next, word == "--port");
    constexpr std::string_view kGiven = "--port=";
    if (word.starts_with(kGiven))
      word.remove_prefix(kGiven.size());
    else if (!is_value)
      continue;
    const auto port = number_of(word);
    return port && *port > 0 && *port < 65536 ? *port : 0;
  }
  return 0;
}

bool listens_at(const std::string& proc, int pid, int port) {
  const std::string ours = link_target(proc + "/self/ns/net");
  if (!ours.empty() && link_target(fmt::format("{}/{}/ns/net", proc, pid)) != ours) return false;
  const auto sockets = listeners(proc, pid, port);
  return !sockets.empty() && any_has(proc, pid, sockets, kDeepest);
}

std::optional<OwnWord> opencode_word(std::string_view status, std::string_view permissions,
                                     std::string_view questions) {
  const auto kinds = kinds_of(status);
  const auto allowed = length_of(permissions), asked = length_of(questions);
  if (!kinds || !allowed || !asked) return std::nullopt;
  if (*asked > 0) return OwnWord{OwnState::kWaiting, "question", "question", 0};
  if (*allowed > 0) return OwnWord{OwnState::kWaiting, "permission", "", 0};
  if (kinds->contains("retry")) return OwnWord{OwnState::kBusy, "retry", "retrying", 0};
  if (kinds->contains("busy")) return OwnWord{OwnState::kBusy, "busy", "", 0};
  return OwnWord{OwnState::kIdle, "idle", "", 0};
}

std::optional<OwnWord> ask_opencode(int port, std::chrono::milliseconds patience) {
  const Deadline by = Steady::now() + patience;
  const auto status = body_of(port, "/session/status", by);
  const auto permissions = status ? body_of(port, "/permission", by) : std::nullopt;
  const auto questions = permissions ? body_of(port, "/question", by) : std::nullopt;
  return questions ? opencode_word(*status, *permissions, *questions) : std::nullopt;
}

std::unique_ptr<OpencodeEvents> OpencodeEvents::open(int port, std::chrono::milliseconds patience) {
  UniqueFd fd = connect_to(port, Steady::now() + patience);
  const std::string request =
      fmt::format("GET /event HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept: text/event-stream\r\n\r\n", port);
  if (!fd || ::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) != std::ssize(request))
    return nullptr;
  return std::make_unique<OpencodeEvents>(std::move(fd));
}

OpencodeEvents::Says OpencodeEvents::read() {
  Says says = Says::kNothing;
  std::array<char, 16384> part{};
  for (int i = 0; i < kMostReads; ++i) {
    const ssize_t n = ::recv(fd_.get(), part.data(), part.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n <= 0) return Says::kEnd;
    tail_.append(part.data(), static_cast<std::size_t>(n));
    if (std::any_of(std::begin(kChanges), std::end(kChanges),
                    [&](std::string_view name) { return tail_.find(name) != std::string::npos; })) {
      says = Says::kChange;
      tail_.clear();
    }
    if (tail_.size() >= kLongestChange) tail_.erase(0, tail_.size() - kLongestChange + 1);
  }
  return says;
}

}  // namespace orc
