// SPDX-License-Identifier: Apache-2.0
#include "fake_tmux.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace orc::test {
namespace {

enum : std::uint32_t {
  kIdentifyFirst = 100,
  kIdentifyDone = 106,
  kIdentifyLast = 112,
  kCommand = 200,
  kExit = 203,
  kExited = 204,
  kExiting = 205,
  kWriteOpen = 303,
  kWrite = 304,
  kWriteReady = 305,
};
constexpr std::size_t kHeader = 16, kLargest = 16384;
constexpr std::uint32_t kPeer = 8, kServersPid = 0xffffffff;

struct Output {
  std::string text, errors;
  int status = 0;
};

// One server at one moment: runs command lists.
class Engine {
 public:
  Engine(const TmuxVersion& version, const FakeState& state) : version_(version), state_(state) {}

  Output run(const std::vector<std::vector<std::string>>& commands) {
    for (const auto& words : commands) {
      if (!known(words[0])) return {"", "unknown command: " + words[0] + "\n", 1};
    }
    Output out;
    for (const auto& words : commands) {
      asked[words[0]]++;
      if (!run_one(words, out)) {
        out.status = 1;
        break;
      }
    }
    return out;
  }
  mutable bool crashed = false;
  std::map<std::string, int> asked;
  std::map<int, int> captured;
  std::vector<std::string> formats;

 private:
  static bool known(const std::string& word) {
    static const std::set<std::string> all = {"display-message", "display",      "list-panes",
                                              "list-clients",    "capture-pane", "capturep"};
    return all.contains(word);
  }

  // -x VALUE, -xVALUE, and flags that take none before them: -pt%5.
  static std::map<char, std::string> options_of(const std::vector<std::string>& words,
                                                const std::string& with_value, std::string& rest) {
    std::map<char, std::string> out;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i].size() < 2 || words[i][0] != '-') {
        rest = words[i];
        continue;
      }
      for (std::size_t at = 1; at < words[i].size(); ++at) {
        const char flag = words[i][at];
        if (with_value.find(flag) == std::string::npos) {
          out[flag] = "";
          continue;
        }
        out[flag] = at + 1 < words[i].size() ? words[i].substr(at + 1)
                    : i + 1 < words.size()   ? words[++i]
                                             : "";
        break;
      }
    }
    return out;
  }

  const FakePane* pane_of(const std::string& target) const {
    if (target.empty()) return state_.panes.empty() ? nullptr : &state_.panes.front();
    for (const FakePane& p : state_.panes) {
      if (target == "%" + std::to_string(p.id)) return &p;
    }
    return nullptr;
  }

  bool run_one(const std::vector<std::string>& words, Output& out) {
    std::string rest;
    const std::string& name = words[0];
    if (name.starts_with("display")) {
      const auto options = options_of(words, "tF", rest);
      // For a pane that is gone it succeeds, with empty fields.
      out.text += expand(rest, pane_of(options.contains('t') ? options.at('t') : "")) + "\n";
      formats.push_back(rest);
      return true;
    }
    if (name == "list-panes") return list_panes(options_of(words, "Ft", rest).at('F'), out);
    if (name == "list-clients") {
      const std::string format = options_of(words, "Ft", rest).at('F');
      const std::size_t nonce = format.find("c#{");
      for (const std::string& c : state_.clients)
        out.text += format.substr(0, nonce) + "c" + c + format.substr(0, nonce) + "\n";
      return true;
    }
    return capture(options_of(words, "tSE", rest), out);
  }

  bool list_panes(const std::string& format, Output& out) {
    if (state_.panes.empty()) {
      out.errors += "no current target\n";
      return false;
    }
    formats.push_back(format);
    for (const FakePane& p : state_.panes) out.text += expand(format, &p) + "\n";
    if (!state_.stray.empty()) out.text += state_.stray + "\n";
    return true;
  }

  bool capture(const std::map<char, std::string>& options, Output& out) {
    const FakePane* p = pane_of(options.contains('t') ? options.at('t') : "");
    if (p == nullptr) {
      out.errors += "can't find pane: " + options.at('t') + "\n";
      return false;
    }
    ++captured[p->id];
    const auto row = [&](char flag, int otherwise) {
      return options.contains(flag) ? std::stoi(options.at(flag)) : otherwise;
    };
    const int first = std::clamp(row('S', 0), 0, p->height - 1),
              last = std::min(row('E', p->height - 1), p->height - 1);
    std::vector<std::string> rows(static_cast<std::size_t>(p->height));
    std::size_t at = 0;
    for (std::string& r : rows) {
      const std::size_t end = std::min(p->text.find('\n', at), p->text.size());
      r = p->text.substr(std::min(at, p->text.size()), end - std::min(at, end));
      at = end + 1;
      if (at > p->text.size()) break;
    }
    for (int i = first; i <= last; ++i) out.text += rows[static_cast<std::size_t>(i)] + "\n";
    return true;
  }

  std::string value(const std::string& name, const FakePane* p) const {
    const auto n = [](auto v) { return std::to_string(v); };
    if (name == "pid") return n(state_.pid);
    if (name == "start_time") return n(state_.started_s);
    if (name == "version") return version_.name;
    if (p == nullptr && name == "window_activity" && version_.null_times_end_it) crashed = true;
    if (p == nullptr) return "";
    if (name == "pane_id") return "%" + n(p->id);
    if (name == "window_id") return "@" + n(p->window);
    if (name == "session_id") return "$0";
    if (name == "pane_pid") return p->dead && !version_.pid_of_the_dead ? "" : n(p->pid);
    if (name == "pane_width") return n(p->width);
    if (name == "pane_height") return n(p->height);
    if (name == "window_activity") return n(p->window_activity_s);
    if (name == "pane_last_output_time")
      return version_.pane_output_time && p->output_s > 0 ? n(p->output_s) : "";
    if (name == "history_size") return n(p->history);
    if (name == "cursor_x") return n(p->cursor_x);
    if (name == "cursor_y") return n(p->cursor_y);
    if (name == "cursor_flag") return n(p->cursor);
    if (name == "alternate_on") return n(p->alternate);
    if (name == "pane_in_mode") return n(p->in_mode);
    if (name == "pane_dead") return n(p->dead);
    if (name == "pane_dead_status") return p->dead && p->dead_status ? n(*p->dead_status) : "";
    if (name == "pane_dead_signal")
      return p->dead && p->dead_signal && version_.signal_of_the_dead ? n(*p->dead_signal) : "";
    if (name == "window_index") return n(p->window);
    if (name == "pane_index") return "0";
    if (name == "session_name") return p->session;
    if (name == "window_name") return p->window_name;
    if (name == "pane_title") return p->title;
    if (name == "@orc_agent") return p->agent_option;
    return "";  // what a version does not know is empty
  }

  // Up to the ',' or '}' that belongs to this level.
  static std::size_t end_of(const std::string& f, std::size_t at, char stop) {
    for (int depth = 0; at < f.size(); ++at) {
      if (f.compare(at, 2, "#{") == 0) ++depth;
      if (depth == 0 && f[at] == stop) break;
      if (f[at] == '}') --depth;
    }
    return at;
  }

  std::string expand_one(const std::string& inside, const FakePane* p) const {
    if (inside.starts_with('?')) {
      const std::size_t a = end_of(inside, 1, ','), b = end_of(inside, a + 1, ',');
      const std::string asked_for = inside.substr(1, a - 1);
      const std::string condition = asked_for.starts_with("#{") ? expand(asked_for, p) : value(asked_for, p);
      const bool holds = !condition.empty() && condition != "0";
      return expand(holds ? inside.substr(a + 1, b - a - 1) : inside.substr(std::min(b + 1, inside.size())),
                    p);
    }
    if (inside.starts_with("e|>=|:")) {
      const std::size_t comma = end_of(inside, 6, ',');
      return std::stoll("0" + expand(inside.substr(6, comma - 6), p)) >= std::stoll(inside.substr(comma + 1))
                 ? "1"
                 : "0";
    }
    if (inside.starts_with("S:")) {
      std::set<std::string> sessions;
      for (const FakePane& q : state_.panes) sessions.insert(q.session);
      std::string out;
      for (std::size_t i = 0; i < sessions.size(); ++i) out += inside.substr(2);
      return out;
    }
    if (inside.starts_with('=')) {
      const std::size_t colon = inside.rfind(':');
      std::string out;
      for (const char c : value(inside.substr(colon + 1), p)
                              .substr(0, static_cast<std::size_t>(std::atoi(inside.c_str() + 1))))
        out += c == '#' && inside.find("q/e") < colon ? "##" : std::string(1, c);
      return out;
    }
    return value(inside, p);
  }

  std::string expand(const std::string& f, const FakePane* p) const {
    std::string out;
    for (std::size_t at = 0; at < f.size();) {
      if (f.compare(at, 2, "#{") == 0) {
        const std::size_t end = end_of(f, at + 2, '}');
        out += expand_one(f.substr(at + 2, end - at - 2), p);
        at = end + 1;
      } else if (f.compare(at, 2, "%s") == 0) {
        out += std::to_string(state_.now_s);
        at += 2;
      } else {
        out += f[at++];
      }
    }
    return out;
  }

  const TmuxVersion& version_;
  const FakeState& state_;
};

template <typename T>
void put(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <typename T>
T get(const std::string& from, std::size_t at) {
  T value{};
  std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

}  // namespace

const TmuxVersion& tmux_version(const std::string& name) {
  for (const TmuxVersion& v : kTmuxVersions) {
    if (name == v.name) return v;
  }
  throw std::runtime_error("no such version: " + name);
}

class FakeTmux::Impl {
 public:
  Impl(std::string path, const TmuxVersion& version, FakeState state)
      : path_(std::move(path)), version_(&version), state_(std::move(state)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) throw std::runtime_error("the socket's path is too long");
    std::memcpy(address.sun_path, path_.c_str(), path_.size());
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 128) != 0 || ::pipe2(stop_, O_CLOEXEC) != 0)
      throw std::runtime_error("cannot listen at " + path_);
    thread_ = std::thread([this] { serve(); });
  }
  ~Impl() {
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
    ::unlink(path_.c_str());
  }

  const std::string path_;
  std::mutex mutex_;
  const TmuxVersion* version_;
  FakeState state_;
  std::map<std::string, int> asked_;
  std::map<int, int> captured_;
  std::vector<std::string> formats_;
  bool crashed_ = false;

 private:
  // False: the server ends.
  bool wait_for(int fd) const {
    pollfd p[] = {{fd, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    while (::poll(p, 2, -1) < 0) {
    }
    return p[1].revents == 0;
  }

  void serve() {
    while (wait_for(listener_)) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      if (!is_down()) talk(fd);
      ::close(fd);
    }
  }

  bool is_down() {
    const std::lock_guard lock(mutex_);
    return crashed_;
  }

  // One client, until it goes or is dropped.
  void talk(int fd) {
    std::string in;
    Output answer;
    bool identified = false;
    std::set<int> open;
    for (char buffer[65536]; wait_for(fd);) {
      const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) return;
      in.append(buffer, static_cast<std::size_t>(n));
      while (in.size() >= kHeader) {
        const auto length = length_of(in);
        if (!length) return;
        if (in.size() < *length) break;
        const auto type = get<std::uint32_t>(in, 0);
        const std::string payload = in.substr(kHeader, *length - kHeader);
        in.erase(0, *length);
        if (type >= kIdentifyFirst && type <= kIdentifyLast) {
          identified = identified || type == kIdentifyDone;
        } else if (type == kCommand && identified) {
          answer = run(payload);
          if (is_down()) return;
          // Streams are opened when something is written to them; nothing is written before the client is
          // ready.
          for (const int stream : {1, 2}) {
            if ((stream == 1 ? answer.text : answer.errors).empty()) continue;
            std::string open_it;
            for (const int word : {stream, stream, 0}) put(open_it, word);
            send(fd, kWriteOpen, open_it);
            open.insert(stream);
          }
          if (open.empty()) finish(fd, answer);
        } else if (type == kWriteReady) {
          const int stream = get<int>(payload, 0);
          write(fd, stream, stream == 1 ? answer.text : answer.errors);
          open.erase(stream);
          if (open.empty()) finish(fd, answer);
        } else if (type == kExiting) {
          send(fd, kExited, "");
        } else {
          return;
        }
      }
    }
  }

  // Nothing: a frame that this version cannot read.
  std::optional<std::size_t> length_of(const std::string& in) {
    const std::lock_guard lock(mutex_);
    const std::size_t length =
        version_->long_length ? get<std::uint32_t>(in, 4) & 0x7fffffffu : get<std::uint16_t>(in, 4);
    if (length < kHeader || length > kLargest) return std::nullopt;
    return length;
  }

  void send(int fd, std::uint32_t type, const std::string& payload) {
    std::string frame;
    put(frame, type);
    {
      const std::lock_guard lock(mutex_);
      if (version_->long_length) {
        put(frame, static_cast<std::uint32_t>(kHeader + payload.size()));
      } else {
        put(frame, static_cast<std::uint16_t>(kHeader + payload.size()));
        put(frame, std::uint16_t{0});
      }
    }
    put(frame, kPeer);
    put(frame, kServersPid);
    frame += payload;
    for (std::size_t at = 0; at < frame.size();) {
      const ssize_t n = ::send(fd, frame.data() + at, frame.size() - at, MSG_NOSIGNAL);
      if (n <= 0) return;
      at += static_cast<std::size_t>(n);
    }
  }

  void write(int fd, int stream, const std::string& text) {
    constexpr std::size_t kMost = kLargest - kHeader - sizeof stream;
    for (std::size_t at = 0; at < text.size(); at += kMost) {
      std::string payload;
      put(payload, stream);
      send(fd, kWrite, payload + text.substr(at, kMost));
    }
  }

  void finish(int fd, const Output& answer) {
    std::string status;
    put(status, answer.status);
    send(fd, kExit, status);
  }

  Output run(const std::string& payload) {
    std::vector<std::string> words;
    for (std::size_t at = sizeof(int); at < payload.size();) {
      words.emplace_back(payload.c_str() + at);
      at += words.back().size() + 1;
    }
    const std::lock_guard lock(mutex_);
    const int argc = get<int>(payload, 0);
    if (payload.back() != '\0' || argc != static_cast<int>(words.size()) ||
        (version_->most_words > 0 && argc > version_->most_words))
      return {"", "command too long\n", 1};
    std::vector<std::vector<std::string>> commands(1);
    for (std::string& word : words) {
      const bool ends = word.ends_with(';');
      if (ends) word.pop_back();
      if (!word.empty()) commands.back().push_back(word);
      if (ends) commands.emplace_back();
    }
    std::erase_if(commands, [](const auto& c) { return c.empty(); });
    Engine engine(*version_, state_);
    Output out = engine.run(commands);
    crashed_ = crashed_ || engine.crashed;
    for (const auto& [name, n] : engine.asked) asked_[name] += n;
    for (const auto& [pane, n] : engine.captured) captured_[pane] += n;
    formats_.insert(formats_.end(), engine.formats.begin(), engine.formats.end());
    return out;
  }

  int listener_ = -1;
  int stop_[2] = {-1, -1};
  std::thread thread_;
};

FakeTmux::FakeTmux(std::string socket_path, const TmuxVersion& version, FakeState state)
    : impl_(std::make_unique<Impl>(std::move(socket_path), version, std::move(state))) {}
FakeTmux::~FakeTmux() = default;
const std::string& FakeTmux::socket_path() const { return impl_->path_; }

void FakeTmux::edit(const std::function<void(FakeState&)>& change) {
  const std::lock_guard lock(impl_->mutex_);
  change(impl_->state_);
}
void FakeTmux::become(const TmuxVersion& version, const std::function<void(FakeState&)>& change) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->version_ = &version;
  change(impl_->state_);
}
bool FakeTmux::crashed() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->crashed_;
}
std::map<std::string, int> FakeTmux::take_commands() {
  const std::lock_guard lock(impl_->mutex_);
  return std::exchange(impl_->asked_, {});
}
std::map<int, int> FakeTmux::take_captures() {
  const std::lock_guard lock(impl_->mutex_);
  return std::exchange(impl_->captured_, {});
}
std::vector<std::string> FakeTmux::take_formats() {
  const std::lock_guard lock(impl_->mutex_);
  return std::exchange(impl_->formats_, {});
}

}  // namespace orc::test
