#include "tmux_orc/daemon/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tmux_orc/base/text.h"
#include "tmux_orc/daemon/webhook.h"
#include "tmux_orc/discover/ps_source.h"
#include "tmux_orc/publish/json.h"
#include "tmux_orc/tmux/spawn.h"

namespace orc {
namespace {

constexpr std::size_t kMostJobs = 1000;
constexpr int kPmTries = 3;
constexpr auto kTmuxTime = std::chrono::seconds(5);

Deadline in_seconds(double s) {
  return Steady::now() + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(s));
}

Result<void> run_quietly(const std::vector<std::string>& argv, std::string_view input, double seconds,
                         const std::vector<std::string>& environment = {}) {
  StringSink sink;
  const auto done = run_process(argv, input, in_seconds(seconds), sink, environment);
  if (!done) return tl::unexpected(done.error());
  if (done->status != 0)
    return fail(ErrorKind::kCommand,
                fmt::format("{} ended with {}: {}", argv[0], done->status, printable(trim(done->errors))));
  return {};
}

Result<void> send_command(const Channel& c, const Message& m) {
  std::map<Concern, int> counts;
  for (const NotifyItem& i : m.items) ++counts[i.concern];
  std::vector<std::string> environment = {"TMUX_ORC_SUMMARY=" + message_summary(m),
                                          "TMUX_ORC_TEXT=" + message_text(m),
                                          "TMUX_ORC_COUNT=" + std::to_string(m.items.size())};
  for (const auto& [concern, count] : counts) {
    std::string name(to_string(concern));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char ch) { return std::toupper(ch); });
    environment.push_back(fmt::format("TMUX_ORC_{}={}", name, count));
  }
  return run_quietly(c.command, message_json(m) + "\n", c.timeout_s, environment);
}

// Runs tmux commands on every watched server that answers; an error only if none did.
Result<void> on_servers(const DispatcherSetup& s, const std::function<std::vector<std::string>()>& words) {
  Result<void> last = fail(ErrorKind::kUnavailable, "no server to tell");
  bool any = false;
  for (const ServerAddress& server : s.servers) {
    last = run_quietly(tmux_command(server, s.tmux_binary)(words()), "", 5);
    any = any || last.has_value();
  }
  return any ? Result<void>() : last;
}

// notify-send where there is a desktop, and a line on every attached client: terminals differ in what they
// make of OSC 9.
Result<void> send_desktop(const DispatcherSetup& s, const Message& m) {
  const std::string text = message_summary(m);
  const auto sent = run_quietly({"notify-send", "--app-name=tmux-orc", "tmux-orc", text}, "", 5);
  std::string shown = text;
  std::replace(shown.begin(), shown.end(), '#', ' ');  // display-message expands formats
  const auto told = on_servers(s, [&] {
    return std::vector<std::string>{"display-message", "-d", "5000", "tmux-orc: " + shown};
  });
  return sent || told ? Result<void>() : told;
}

// A user option that the status line can show: set -g status-right '#{@orc_status}'.
Result<void> send_statusline(const DispatcherSetup& s, const Message& m) {
  std::string text = message_summary(m);
  std::replace(text.begin(), text.end(), '#', ' ');
  return on_servers(s, [&] { return std::vector<std::string>{"set-option", "-g", "@orc_status", text}; });
}

}  // namespace

std::string message_json(const Message& m) {
  nlohmann::ordered_json items = nlohmann::ordered_json::array();
  for (const NotifyItem& i : m.items) {
    items.push_back({{"concern", to_string(i.concern)},
                     {"agent", i.agent},
                     {"server", i.pane.server_name},
                     {"target", printable(i.pane.target())},
                     {"pane", fmt::format("%{}", i.pane.key.pane)},
                     {"window", printable(i.pane.window_name)},
                     {"role", i.pane.role == Role::kPm ? "pm" : "agent"},
                     {"detail", i.detail},
                     {"since_ms", i.since_ms},
                     {"resets_at_ms", i.resets_at_ms},
                     {"repeated", i.repeated}});
  }
  return dump({{"text", message_text(m)},
               {"summary", message_summary(m)},
               {"at_ms", m.at_ms},
               {"items", std::move(items)}});
}

Result<void> send_once(const DispatcherSetup& s, const Channel& c, const Message& m) {
  switch (c.type) {
    case Channel::Type::kCommand:
      return send_command(c, m);
    case Channel::Type::kWebhook:
      return post_json(c.url, message_json(m), c.timeout_s);
    case Channel::Type::kDesktop:
      return send_desktop(s, m);
    case Channel::Type::kStatusline:
      return send_statusline(s, m);
    case Channel::Type::kPmPane:
      break;
  }
  return fail(ErrorKind::kInvalid, "a PM's pane is told when its agent is idle, not on demand");
}

Dispatcher::Dispatcher(DispatcherSetup setup) : setup_(std::move(setup)) {
  for (const ServerAddress& server : setup_.servers) {
    // Asked anew at every look: what is typed hangs on it.
    auto far = server.ssh ? std::make_unique<PsSource>(server.ssh, Steady::duration::zero()) : nullptr;
    const ProcessSource& processes = far ? *far : *setup_.processes;
    PaneHand hand(tmux_command(server, setup_.tmux_binary), setup_.classifier, processes);
    hands_.try_emplace(server.name, std::move(far), std::move(hand));
  }
  thread_ = std::thread([this] { run(); });
}

Dispatcher::~Dispatcher() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Dispatcher::send(std::vector<Message> messages) {
  if (messages.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (Message& m : messages) {
      if (jobs_.size() < kMostJobs)
        jobs_.push_back({std::move(m), 0, Steady::now()});
      else
        problem_ = "notifications: too many wait, some were dropped";
    }
  }
  wake_.notify_one();
}

void Dispatcher::look(std::shared_ptr<const Snapshot> snapshot, bool active) {
  const std::lock_guard lock(mutex_);
  snapshot_ = active ? std::move(snapshot) : nullptr;
  if (snapshot_) wake_.notify_one();
}

std::string Dispatcher::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

const Channel* Dispatcher::find(const std::string& name) const {
  const auto& channels = setup_.settings.channels;
  const auto found =
      std::find_if(channels.begin(), channels.end(), [&](const Channel& c) { return c.name == name; });
  return found == channels.end() ? nullptr : &*found;
}

const PaneHand* Dispatcher::hand_for(const std::string& server) const {
  const auto found = hands_.find(server);
  return found == hands_.end() ? nullptr : &found->second.hand;
}

void Dispatcher::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const auto next = std::min_element(jobs_.begin(), jobs_.end(),
                                       [](const Job& a, const Job& b) { return a.due < b.due; });
    const auto due = next == jobs_.end() ? Steady::now() + std::chrono::hours(1) : next->due;
    if (next != jobs_.end() && due <= Steady::now()) {
      Job job = std::move(*next);
      jobs_.erase(next);
      lock.unlock();
      send_job(std::move(job));
      lock.lock();
      continue;
    }
    if (auto snapshot = std::exchange(snapshot_, nullptr)) {
      lock.unlock();
      deliver_to_pms(*snapshot);
      restart_crashed(*snapshot);
      lock.lock();
      continue;
    }
    wake_.wait_until(lock, due);
  }
}

void Dispatcher::note(const Message& m, bool delivered, const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    problem_ = delivered ? "" : fmt::format("notifications: {}: {}", m.channel, text);
  }
  if (setup_.log)
    setup_.log({m.at_ms, m.channel, m.session,
                delivered ? message_summary(m) : message_summary(m) + ": " + text, delivered});
}

void Dispatcher::send_job(Job job) {
  const Channel* channel = find(job.message.channel);
  if (channel == nullptr) return;
  if (channel->type == Channel::Type::kPmPane) return queue_for_pm(job.message);
  const auto done = send_once(setup_, *channel, job.message);
  if (done) return note(job.message, true, "");
  // What may be well in a while is tried again: after 2 s, 4 s, 8 s ...
  const bool again = done.error().kind == ErrorKind::kUnavailable || done.error().kind == ErrorKind::kTimeout;
  if (channel->type != Channel::Type::kWebhook || !again || job.tries >= channel->retries)
    return note(job.message, false, done.error().message);
  job.due = in_seconds(2 << job.tries);
  ++job.tries;
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
}

void Dispatcher::queue_for_pm(const Message& m) {
  if (store_ == nullptr) {
    auto opened = NotifyStore::open(setup_.database);
    if (!opened) return note(m, false, opened.error().message);
    store_ = std::move(*opened);
  }
  if (auto ok = store_->queue({0, m.at_ms, m.server, m.session, message_text(m), 0}); !ok)
    note(m, false, ok.error().message);
}

void Dispatcher::deliver_to_pms(const Snapshot& s) {
  const bool wanted = std::any_of(setup_.settings.channels.begin(), setup_.settings.channels.end(),
                                  [](const Channel& c) { return c.type == Channel::Type::kPmPane; });
  if (!wanted) return;
  if (store_ == nullptr) {
    auto opened = NotifyStore::open(setup_.database);
    if (!opened) return;
    store_ = std::move(*opened);
  }
  const auto queue = store_->queued();
  if (!queue) return;
  std::set<std::pair<std::string, std::string>>
      served;  // one message a session and round: the next when it is idle again
  for (const QueuedMessage& q : *queue) {
    const PaneHand* hand = hand_for(q.server);
    if (served.contains({q.server, q.session}) || hand == nullptr) continue;
    const auto pm = std::find_if(s.agents.begin(), s.agents.end(), [&](const AgentStatus& a) {
      return a.pane.role == Role::kPm && a.pane.server_name == q.server && a.pane.session == q.session &&
             a.verdict.state == State::kIdle;
    });
    if (pm == s.agents.end()) continue;
    served.insert({q.server, q.session});
    std::string why;
    const auto outcome = hand->deliver(pm->pane.key.pane, q.text, &why);
    Message m;
    m.channel = "pm-pane";
    m.session = q.session;
    m.at_ms = q.at_ms;
    const std::string first = q.text.substr(0, q.text.find('\n'));
    if (outcome == PaneHand::Outcome::kNotNow) continue;
    const bool delivered = outcome == PaneHand::Outcome::kDelivered;
    if (delivered || q.tries + 1 >= kPmTries)
      static_cast<void>(store_->remove(q.id));
    else
      static_cast<void>(store_->set_tries(q.id, q.tries + 1));
    if (setup_.log)
      setup_.log({q.at_ms, "pm-pane", q.session, delivered ? first : first + ": " + why, delivered});
  }
}

// One try an episode, with a cap an hour; every one is written down, dry runs too.
void Dispatcher::restart_crashed(const Snapshot& s) {
  const NotifySettings& n = setup_.settings;
  if (n.restart_crashed == "off") return;
  for (const AgentStatus& a : s.agents) {
    const PaneHand* hand = hand_for(a.pane.server_name);
    if (a.verdict.state != State::kCrashed || hand == nullptr) continue;
    auto& [episode, times] = restarts_[a.pane.key];
    if (episode == a.since_ms) continue;
    std::erase_if(times, [&](std::int64_t at) { return s.at_ms - at > 3'600'000; });
    std::string why;
    auto outcome = PaneHand::Outcome::kNotNow;
    if (std::ssize(times) >= n.restart_cap_per_hour)
      why = fmt::format("{} restarts in the last hour are the most", n.restart_cap_per_hour);
    else
      outcome = hand->restart(a.pane.key.pane, n.restart_command, n.restart_crashed == "dry-run", &why);
    episode = a.since_ms;
    const bool done = outcome == PaneHand::Outcome::kDelivered;
    if (done) times.push_back(s.at_ms);
    if (setup_.log)
      setup_.log({s.at_ms, "restart", printable(a.pane.target()),
                  fmt::format("{}: {}{}", a.verdict.agent, n.restart_command,
                              done ? "" : " (not done: " + why + ")"),
                  done});
  }
}

}  // namespace orc
