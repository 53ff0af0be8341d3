// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tmux/ssh_host.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <thread>
#include <utility>

#include "ssh_command.h"
#include "tmux_orc/base/cancel.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/wakeup.h"
#include "tmux_orc/exec/child.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {
namespace {

constexpr auto kPingEvery = std::chrono::seconds(5);
constexpr auto kLearnTime = std::chrono::seconds(10);
constexpr double kFirstReconnect_s = 1, kLongestReconnect_s = 60;

// A folder for the control socket and the forwarded one. Short: a socket's path has at most 107 bytes.
std::string make_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  for (const std::string& base : {std::string(runtime == nullptr ? "" : runtime), std::string("/tmp")}) {
    if (base.empty() || base.size() > 40) continue;
    std::string path = base + "/tmux-orc-ssh-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) return path;
  }
  return "";
}

}  // namespace

class SshHost::Impl {
 public:
  explicit Impl(SshSettings s)
      : settings(std::move(s)), folder_(make_folder()), why_("the connection is being made") {}

  ~Impl() {
    {
      MutexLock lock(mutex_);
      stop_ = true;
    }
    cancel_.cancel();
    wakeup_.wake();
    if (thread_.joinable()) thread_.join();
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  Result<void> ready(Deadline deadline) {
    MutexLock lock(mutex_);
    if (!thread_.joinable())
      thread_ = std::thread([this] { run(); });  // most commands read settings and ask nothing
    if (!asked_) {
      changed_.wait_until(mutex_, deadline, [&]() ORC_REQUIRES(mutex_) { return tried_ || up_; });
      asked_ = true;
    }
    if (up_) return {};
    return fail(ErrorKind::kUnavailable, why_);
  }

  void suspect() {
    {
      MutexLock lock(mutex_);
      if (!up_) return;
      up_ = false;
      why_ = fmt::format("{} does not answer within {:g} s", settings.destination, settings.answer_timeout_s);
    }
    wakeup_.wake();
  }

  std::string control_path() const { return folder_ + "/c"; }

  struct Connection {
    std::uint64_t generation = 0;
    ssh::Facts facts;
    std::string forwarded;
  };
  Connection connection() const {
    MutexLock lock(mutex_);
    return connection_;
  }

  const SshSettings settings;

 private:
  bool stopped() const {
    MutexLock lock(mutex_);
    return stop_;
  }
  void set_down(const std::string& why) {
    {
      MutexLock lock(mutex_);
      up_ = false;
      tried_ = true;
      why_ = why;
    }
    changed_.notify_all();
  }
  void set_up() {
    {
      MutexLock lock(mutex_);
      up_ = true;
    }
    changed_.notify_all();
  }

  void run() {
    for (double retry_s = kFirstReconnect_s; !stopped();) {
      const auto began = Steady::now();
      set_down(fmt::format("{}: {}", settings.destination, connect_once()));
      // One that held for a while is tried again at once; one that cannot be made, ever more rarely.
      if (Steady::now() - began > from_seconds(kLongestReconnect_s)) retry_s = kFirstReconnect_s;
      pause(Steady::now() + from_seconds(retry_s));
      retry_s = std::min(retry_s * 2, kLongestReconnect_s);
    }
  }

  void pause(Deadline until) {
    while (!stopped() && Steady::now() < until) wakeup_.wait_until(until);
  }

  // One life of the connection; gives why it ended.
  std::string connect_once() {
    if (folder_.empty()) return "no folder for its sockets could be made in /tmp";
    auto child = Child::start(ssh::master(settings, control_path()));
    if (!child) return child.error().message;
    echo_.clear();
    said_.clear();
    if (!answers(*child, Steady::now() + from_seconds(settings.connect_timeout_s)))
      return why_ended(*child, "cannot be reached");
    if (auto ok = learn(); !ok) return ok.error().message;
    set_up();
    while (child->out && !stopped()) {
      if (up()) wait_for_ping(*child);
      if (stopped()) return "stopped";
      if (answers(*child, Steady::now() + from_seconds(settings.answer_timeout_s))) {
        mend_forward();
        set_up();
      } else if (child->out) {
        suspect();
      }
    }
    return why_ended(*child, "the connection was lost");
  }

  bool up() const {
    MutexLock lock(mutex_);
    return up_;
  }

  // Sleeps until the next ping is due, or something looks wrong.
  void wait_for_ping(Child& child) {
    const auto until = Steady::now() + kPingEvery;
    while (child.out && !stopped() && up() && Steady::now() < until) exchange(child, until);
  }

  // Sends a line and waits for its echo. ssh's `cat` there gives back what it gets, in order.
  bool answers(Child& child, Deadline deadline) {
    const std::string line = random_hex() + "\n";
    std::string_view left = line;
    while (child.out && !stopped() && Steady::now() < deadline) {
      if (!left.empty() && !child.feed(left)) return false;
      exchange(child, deadline);
      if (echo_.find(line) != std::string::npos) {
        echo_.clear();
        return true;
      }
    }
    return false;
  }

  void exchange(Child& child, Deadline until) {
    pollfd fds[3] = {{child.out.get(), POLLIN, 0}, {child.err.get(), POLLIN, 0}, {wakeup_.fd(), POLLIN, 0}};
    if (::poll(fds, 3, poll_timeout(until, Steady::now())) <= 0) return;
    if (fds[0].revents != 0) drain(child.out, [&](std::string_view s) { keep(echo_, s); });
    if (fds[1].revents != 0) drain(child.err, [&](std::string_view s) { keep(said_, s); });
    if (fds[2].revents != 0) wakeup_.clear();
  }
  // Bounded: a far login script may print anything.
  static void keep(std::string& text, std::string_view more) {
    text.append(more);
    if (text.size() > 65536) text.erase(0, text.size() - 4096);
  }

  std::string why_ended(Child& child, const char* otherwise) {
    if (!child.out && child.err) drain(child.err, [&](std::string_view s) { keep(said_, s); });
    const auto lines = split_lines(said_);
    const auto last =
        std::find_if(lines.rbegin(), lines.rend(), [](std::string_view l) { return !trim(l).empty(); });
    return last == lines.rend() ? otherwise : printable(trim(*last));
  }

  // What must be known of the machine before it can be used, and the way to its tmux.
  Result<void> learn() {
    const auto by = Steady::now() + kLearnTime;
    StringSink answer;
    ORC_DO(run_process(ssh::run(settings, control_path(), {"sh", "-s"}), ssh::facts_script(settings), by,
                       answer, {}, &cancel_));
    ORC_TRY(facts, ssh::parse_facts(answer.text));
    Connection c{0, std::move(*facts), ""};
    ::unlink(forwarded_path().c_str());
    if (forward(c.facts.socket, false, by)) c.forwarded = forwarded_path();
    connected(std::move(c));
    return {};
  }

  std::string forwarded_path() const { return folder_ + "/s"; }

  bool forward(const std::string& far_socket, bool cancel, Deadline by) {
    if (far_socket.find(':') != std::string::npos) return false;  // ssh would take it for the end of the path
    StringSink ignored;
    const auto done =
        run_process(ssh::forward(settings, control_path(), forwarded_path(), far_socket, cancel), "", by,
                    ignored, {}, &cancel_);
    return done && done->status == 0;
  }

  // Others look at the connection anew: what they know of it belongs to the last one.
  void connected(Connection c) {
    MutexLock lock(mutex_);
    c.generation = connection_.generation + 1;
    connection_ = std::move(c);
  }

  // The forwarded socket's file may vanish while the connection holds (a cleaner of /tmp): ssh, which listens
  // at it still, has to be told to let go of it before it makes another.
  void mend_forward() {
    Connection c = connection();
    if (c.forwarded.empty() || ::access(c.forwarded.c_str(), F_OK) == 0) return;
    const auto by = Steady::now() + kLearnTime;
    static_cast<void>(forward(c.facts.socket, true, by));
    if (!forward(c.facts.socket, false, by)) return;  // tried again with the next ping
    connected(std::move(c));
  }

  const std::string folder_;
  Cancel cancel_;  // of what is asked there while the connection is being made
  const Wakeup wakeup_;
  std::string echo_, said_;  // the thread's alone: what `cat` gave back, what ssh complained about
  mutable Mutex mutex_;
  Condition changed_;
  bool stop_ ORC_GUARDED_BY(mutex_) = false;
  bool up_ ORC_GUARDED_BY(mutex_) = false;
  bool tried_ ORC_GUARDED_BY(mutex_) = false;
  bool asked_ ORC_GUARDED_BY(mutex_) = false;
  std::string why_ ORC_GUARDED_BY(mutex_);
  Connection connection_ ORC_GUARDED_BY(mutex_);
  std::thread thread_;  // from the first question on
};

SshHost::SshHost(SshSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
SshHost::~SshHost() = default;

std::string SshHost::key() const {
  const SshSettings& s = impl_->settings;
  return fmt::format("ssh {} {}", s.destination, s.socket_path.empty() ? s.socket_name : s.socket_path);
}
bool SshHost::is_as(const Host& other) const {
  const auto* ssh = dynamic_cast<const SshHost*>(&other);
  return ssh != nullptr && ssh->impl_->settings == impl_->settings;
}

Result<void> SshHost::ready(Deadline deadline) { return impl_->ready(deadline); }
std::uint64_t SshHost::generation() const { return impl_->connection().generation; }
Deadline SshHost::limit(Deadline deadline) const {
  return std::min(deadline, Steady::now() + from_seconds(impl_->settings.answer_timeout_s));
}
void SshHost::unanswered(Deadline by, Deadline deadline) {
  if (by < deadline) impl_->suspect();
}

std::vector<std::string> SshHost::argv(const std::vector<std::string>& command) const {
  return ssh::run(impl_->settings, impl_->control_path(), command);
}
std::string SshHost::forward(const std::string&) const { return impl_->connection().forwarded; }
Host::Tmux SshHost::tmux() const {
  const ssh::Facts facts = impl_->connection().facts;
  return {facts.tmux, facts.socket};
}
std::string SshHost::by_hand(const std::string& command, Typed how) const {
  return fmt::format("ssh {} {} {}", how == Typed::kOnTerminal ? "-t" : "-o BatchMode=yes",
                     impl_->settings.destination, command);
}

}  // namespace orc
