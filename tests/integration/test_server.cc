// SPDX-License-Identifier: Apache-2.0
#include "test_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tmux_orc/base/text.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc::test {
namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// What window_showing() writes ends with this as their title, which proves that all before it is drawn.
std::string drawn_title(int number) { return fmt::format("drawn-{}", number); }

}  // namespace

TempDir::TempDir() {
  char name[] = "/tmp/orc-it-XXXXXX";
  if (::mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

TestServer::TestServer(int cols, int rows, std::vector<std::string> first) : cols_(cols), rows_(rows) {
  ::unsetenv("TMUX");
  ::unsetenv("TMUX_PANE");
  std::ofstream(dir_.file("conf"))
      << "set -g status off\nset -g history-limit 200\nset -g remain-on-exit off\n"
         "set -g exit-empty off\nset -g automatic-rename off\nset -g allow-rename off\n";
  start(std::move(first));
}

TestServer::~TestServer() { finish(); }

void TestServer::start(std::vector<std::string> first) {
  std::vector<std::string> words = {
      "-f", dir_.file("conf"),    "new-session", "-d", "-s", "main", "-x", std::to_string(cols_),
      "-y", std::to_string(rows_)};
  words.insert(words.end(), first.begin(), first.end());
  tmux(words);
  pid_ = static_cast<pid_t>(std::stol(tmux({"display-message", "-p", "#{pid}"})));
  if (!alive()) throw std::runtime_error("the test's tmux server does not live");
}

// The pid may have been given to another process since: its command line must name our socket.
bool TestServer::alive() const {
  if (pid_ <= 0) return false;
  const std::string line = slurp(fmt::format("/proc/{}/cmdline", pid_));
  return line.find(socket()) != std::string::npos;
}

void TestServer::finish() {
  if (alive()) {
    ::kill(pid_, SIGCONT);
    try_tmux({"kill-server"});
    if (!wait_until([this] { return !alive(); }, 3s) && alive()) ::kill(pid_, SIGKILL);
    wait_until([this] { return !alive(); }, 3s);
  }
}

void TestServer::stop() {
  if (!alive() || ::kill(pid_, SIGSTOP) != 0) throw std::runtime_error("cannot stop the server");
  const auto stopped = [this] {
    const std::string stat = slurp(fmt::format("/proc/{}/stat", pid_));
    return stat.find(") T ") != std::string::npos;
  };
  if (!wait_until(stopped)) throw std::runtime_error("the server does not stop");
}

void TestServer::go_on() {
  if (!alive() || ::kill(pid_, SIGCONT) != 0) throw std::runtime_error("cannot let the server go on");
}

void TestServer::kill_hard() {
  if (alive()) ::kill(pid_, SIGKILL);
  if (!wait_until([this] { return !alive(); })) throw std::runtime_error("the server does not die");
}

bool TestServer::try_tmux(const std::vector<std::string>& words, std::string* output) const {
  std::vector<std::string> argv = {"tmux", "-u", "-S", socket()};
  argv.insert(argv.end(), words.begin(), words.end());
  StringSink sink;
  const auto done = run_process(argv, "", Steady::now() + 20s, sink);
  if (!sink.text.empty() && sink.text.back() == '\n') sink.text.pop_back();
  if (output != nullptr) *output = sink.text + (done ? done->errors : done.error().message);
  return done && done->status == 0;
}

std::string TestServer::tmux(const std::vector<std::string>& words) const {
  std::string output;
  if (!try_tmux(words, &output))
    throw std::runtime_error(fmt::format("tmux {}: {}", fmt::join(words, " "), output));
  return output;
}

PaneId TestServer::window(const std::vector<std::string>& command, const std::string& name) {
  std::vector<std::string> words = {"new-window", "-d", "-P", "-F", "#{pane_id}", "-t", "main:", "-n", name};
  words.insert(words.end(), command.begin(), command.end());
  return static_cast<PaneId>(std::stoul(tmux(words).substr(1)));
}

PaneId TestServer::window_showing(const std::string& bytes) {
  const int number = files_++;
  const std::string fifo = dir_.file(fmt::format("feed-{}", number));
  if (::mkfifo(fifo.c_str(), 0600) != 0) throw std::runtime_error("mkfifo failed");
  // "<>" keeps the FIFO open for both, so that cat never sees its end.
  const PaneId pane = window({"sh", "-c", "stty -echo -onlcr; exec cat <>'" + fifo + "'"});
  feeds_[pane] = fifo;
  write_to(pane, bytes);
  return pane;
}

void TestServer::feed(PaneId pane, std::string bytes) {
  const int fd = ::open(feeds_.at(pane).c_str(), O_WRONLY | O_CLOEXEC);
  while (fd >= 0 && !bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n <= 0) break;
    bytes.erase(0, static_cast<std::size_t>(n));
  }
  ::close(fd);
}

void TestServer::write_to(PaneId pane, const std::string& bytes) {
  const std::string title = drawn_title(files_++);
  feed(pane, bytes + "\x1b]2;" + title + "\x1b\\");
  const bool drawn = wait_until([&] {
    return tmux({"display-message", "-p", "-t", pane_name(pane), "#{pane_title}"}) == title;
  });
  if (!drawn) throw std::runtime_error("the pane did not draw what it should");
}

void TestServer::write_visibly(PaneId pane, const std::string& bytes, const std::string& mark) {
  feed(pane, bytes);
  if (!wait_until([&] { return capture(pane).find(mark) != std::string::npos; })) {
    throw std::runtime_error("the pane does not show " + mark);
  }
}

std::vector<std::string> TestServer::agent_command(const std::string& name, const std::string& state,
                                                   const std::string& how) const {
  return {ORC_PROGRAM, "__replay", name, state, how, "0"};
}

PaneId TestServer::agent(const std::string& name, const std::string& state, const std::string& how) {
  return window(agent_command(name, state, how), name);
}

std::string TestServer::capture(PaneId pane, const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"capture-pane", "-p", "-t", pane_name(pane)};
  words.insert(words.end(), more.begin(), more.end());
  return tmux(words) + "\n";
}

std::vector<PaneId> TestServer::pane_ids() const {
  std::istringstream lines(tmux({"list-panes", "-a", "-F", "#{pane_id}"}));
  std::vector<PaneId> ids;
  for (std::string line; std::getline(lines, line);)
    ids.push_back(static_cast<PaneId>(std::stoul(line.substr(1))));
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::string pane_name(PaneId pane) { return fmt::format("%{}", pane); }

bool wait_until(const std::function<bool()>& holds, std::chrono::milliseconds most) {
  const auto until = Steady::now() + most;
  for (;;) {
    if (holds()) return true;
    if (Steady::now() >= until) return false;
    std::this_thread::sleep_for(5ms);
  }
}

void wait_for_next_second() {
  using namespace std::chrono;
  const auto now = system_clock::now();
  std::this_thread::sleep_until(ceil<seconds>(now + 1ms) + 10ms);
}

void CollectingSink::commit() {
  for (Capture& c : pending_) {
    ++ended[c.index];
    captures[c.index] = std::move(c);
  }
  pending_.clear();
}

std::unique_ptr<ServerLink> ready_link(const ServerAddress& address, TransportChoice choice) {
  static const SystemClock clock;
  auto link = std::make_unique<ServerLink>(address, "tmux", choice, PoolSettings{}, clock);
  if (auto ready = link->ensure_ready(Steady::now() + 10s); !ready)
    throw std::runtime_error(ready.error().message);
  const std::string_view wanted = choice == TransportChoice::kSpawn ? "spawn" : "native";
  if (link->current()->name() != wanted) throw std::runtime_error("not the transport that was asked for");
  return link;
}

std::shared_ptr<const Classifier> built_in_classifier() {
  auto rules = load_rules("");
  if (!rules) throw std::runtime_error(rules.error().message);
  auto classifier = Classifier::build(std::move(*rules));
  if (!classifier) throw std::runtime_error(classifier.error().message);
  return std::shared_ptr<const Classifier>(std::move(*classifier));
}

Watch::Watch(std::vector<ServerAddress> servers, MonitorOptions options)
    : classifier_(built_in_classifier()),
      monitor_(std::make_unique<Monitor>(std::move(servers), std::move(options), classifier_, processes_,
                                         clock_)) {}

void Watch::reload(std::vector<ServerAddress> servers, MonitorOptions options) {
  const MonitorMemory memory = monitor_->memory();
  monitor_ = std::make_unique<Monitor>(std::move(servers), std::move(options), classifier_, processes_,
                                       clock_, monitor_.get());
  monitor_->restore(memory);
}

std::shared_ptr<const Snapshot> Watch::round(std::chrono::milliseconds time) {
  const auto start = Steady::now();
  auto snapshot = monitor_->run_round(start + time, true);
  last_round_ms_ = ms_between(start, Steady::now());
  return snapshot;
}

std::shared_ptr<const Snapshot> Watch::rounds_until(const std::function<bool(const Snapshot&)>& holds,
                                                    std::chrono::milliseconds most) {
  std::shared_ptr<const Snapshot> last;
  wait_until([&] { return holds(*(last = round())); }, most);
  return last;
}

MonitorOptions at_once(TransportChoice transport, bool async, bool cache) {
  MonitorOptions options;
  options.async = async;
  options.transport = transport;
  options.cache.enabled = cache;
  options.aggregate.confirm_s = 0;
  return options;
}

const AgentStatus* find_agent(const Snapshot& snapshot, PaneId pane) {
  for (const AgentStatus& a : snapshot.agents) {
    if (a.pane.key.pane == pane) return &a;
  }
  return nullptr;
}

std::string verdict_of(const Snapshot& snapshot, PaneId pane) {
  const AgentStatus* a = find_agent(snapshot, pane);
  return a == nullptr ? "-" : fmt::format("{} {}", a->verdict.agent, to_string(a->verdict.state));
}

}  // namespace orc::test
