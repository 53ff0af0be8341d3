// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/notify/delivery.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

#include "push_format.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/base/unique_fd.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/tmux/spawn.h"
#include "tmux_orc/tmux/tmux_client.h"
#include "webhook.h"

namespace orc {
namespace {

constexpr double kDesktopTime_s = 5;

// One string of an environment may have 128 KB in Linux, its end and name included; more would keep the
// command from starting, and everybody in the message untold. All of it comes on standard input.
constexpr std::size_t kMostVariable = 100 * 1024;
std::string variable(const char* name, std::string_view value) {
  std::size_t end = std::min(value.size(), kMostVariable);
  while (end > 0 && end < value.size() && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return fmt::format("{}={}", name, value.substr(0, end));
}

class NullSink final : public OutputSink {
 public:
  void on_output(std::string_view) override {}
};

Result<void> run_quietly(const std::vector<std::string>& argv, std::string_view input, double seconds,
                         const std::vector<std::string>& environment, const Cancel* cancel) {
  NullSink sink;
  ORC_TRY(done, run_process(argv, input, Steady::now() + from_seconds(seconds), sink, environment, cancel));
  if (done->status != 0)
    return fail(ErrorKind::kCommand, fmt::format("{} ended with {}: {}", argv[0], done->status,
                                                 printable(trim(done->errors).substr(0, 300))));
  return {};
}

// "%5 run `make`?", a line an item that asks something; the text of an agent, so a script must quote it.
std::string asks_of(const nlohmann::ordered_json& items) {
  std::string out;
  for (const auto& item : items) {
    const auto asks = item.find("asks");
    if (asks == item.end() || !asks->is_object()) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : "\n", item.value("pane", ""), asks->value("line", ""));
  }
  return out;
}

// What a shell script wants to know, as fixed names: TMUX_ORC_COUNT, TMUX_ORC_WAITING ...
std::vector<std::string> command_environment(const OutMessage& m) {
  std::vector<std::string> environment = {variable("TMUX_ORC_SUMMARY", m.summary),
                                          variable("TMUX_ORC_TEXT", m.text)};
  if (m.id != 0) environment.push_back(fmt::format("TMUX_ORC_ID={}", m.id));
  std::map<std::string, int> counts;
  std::size_t all = 0;
  if (const auto j = parse_json(m.json); j && j->contains("items")) {
    all = (*j)["items"].size();
    for (const auto& item : (*j)["items"]) ++counts[item.value("concern", "")];
    environment.push_back(variable("TMUX_ORC_ASKS", asks_of((*j)["items"])));
  }
  environment.push_back(fmt::format("TMUX_ORC_COUNT={}", all));
  for (const auto& [concern, count] : counts) {
    std::string name = concern;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
    environment.push_back(fmt::format("TMUX_ORC_{}={}", name, count));
  }
  return environment;
}

std::vector<std::string> clients_of(const TmuxServers& tmux, const ServerAddress& server,
                                    const Cancel* cancel) {
  std::vector<std::string> out;
  const auto said = run_tmux_words(tmux, server, {"list-clients", "-F", "#{client_tty}"}, cancel);
  if (!said) return out;
  for (const std::string_view line : split_lines(*said)) {
    if (line.starts_with("/dev/")) out.emplace_back(line);
  }
  return out;
}

// The terminal's own notification: OSC 9 (iTerm2, WezTerm, kitty, Windows Terminal), OSC 777 (urxvt, foot,
// Ghostty). tmux would keep it for itself, so it goes to the client's terminal. Only to a terminal of ours,
// and never waiting.
bool write_osc(const std::string& tty, const std::string& osc, const std::string& text) {
  const UniqueFd fd(::open(tty.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISCHR(info.st_mode) || info.st_uid != ::getuid())
    return false;
  std::string bytes;
  if (osc != "777") bytes += "\x1b]9;" + text + "\x07";
  if (osc != "9") bytes += "\x1b]777;notify;tmux-orc;" + text + "\x07";
  return ::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

// notify-send where there is a desktop, and a line on every attached client.
Result<void> send_desktop(const TmuxServers& tmux, const NotifyChannel& c, const OutMessage& m,
                          const Cancel* cancel) {
  const auto sent =
      run_quietly({"notify-send", "--app-name=tmux-orc", "--", "tmux-orc", escape_markup(m.summary)}, "",
                  kDesktopTime_s, {}, cancel);
  std::string shown = m.summary;
  std::replace(shown.begin(), shown.end(), '#', ' ');  // display-message expands formats
  std::replace(shown.begin(), shown.end(), '%', ' ');  // and times
  bool told = sent.has_value();
  for (const ServerAddress& server : tmux.servers) {
    for (const std::string& tty : clients_of(tmux, server, cancel)) {
      told = run_tmux_words(tmux, server, {"display-message", "-c", tty, "-d", "5000", "tmux-orc: " + shown},
                            cancel)
                 .has_value() ||
             told;
      if (c.osc != "off" && server.host->is_here()) told = write_osc(tty, c.osc, shown) || told;
    }
  }
  if (told) return {};
  return fail(ErrorKind::kUnavailable,
              fmt::format("nobody is there: no tmux client is attached, and {}", sent.error().message));
}

}  // namespace

Result<std::string> run_tmux_words(const TmuxServers& tmux, const ServerAddress& server,
                                   const std::vector<std::string>& words, const Cancel* cancel) {
  const TmuxClient client(server, tmux.tmux_binary);
  return client.ask(words, client.limit(), "", cancel);
}

Result<void> send_once(const TmuxServers& tmux, const NotifyChannel& c, const OutMessage& m,
                       const Cancel* cancel) {
  switch (c.type) {
    case NotifyChannel::Type::kCommand:
      return run_quietly(c.command, json_with_id(m) + "\n", c.timeout_s, command_environment(m), cancel);
    case NotifyChannel::Type::kWebhook: {
      const WebhookRequest request = webhook_request(c, json_with_id(m));
      return post_json(request.url, request.body, c.timeout_s, cancel);
    }
    case NotifyChannel::Type::kDesktop:
      return send_desktop(tmux, c, m, cancel);
    case NotifyChannel::Type::kStatusline:
      return fail(ErrorKind::kInvalid, "a status line shows what is; see it with: tmux-orc statusline");
    case NotifyChannel::Type::kPmPane:
      break;
  }
  return fail(ErrorKind::kInvalid, "a PM's pane is told when its agent is idle, not on demand");
}

}  // namespace orc
