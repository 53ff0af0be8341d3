// SPDX-License-Identifier: Apache-2.0
#include "fake_server.h"

#include <fmt/format.h>

namespace orc::perf {
namespace {

constexpr std::int64_t kLongAgo_s = 1'600'000'000;  // when the server started and still panes painted last
constexpr int kFirstPid = 100'000;

std::string_view from_row(std::string_view text, int row) {
  for (; row > 0; --row) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text;
}

}  // namespace

FakeServer::FakeServer(ServerId id, std::size_t panes, double painting,
                       const std::vector<RecordedPane>& recorded)
    : id_(id) {
  std::vector<const RecordedPane*> still, moving;
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    (paints(i, painting) ? moving : still).push_back(&recorded[i]);
  }
  for (std::size_t i = 0; i < panes; ++i) {
    const bool moves = !moving.empty() && (still.empty() || paints(i, painting));
    const auto& from = moves ? moving : still;
    panes_.push_back({from[i % from.size()], moves});
    painting_ += moves ? 1 : 0;
  }
}

std::string FakeServer::listing(const std::string& nonce, std::int64_t now_s) const {
  std::string out = fmt::format("{}{} {} {}{}\n", nonce, kFirstPid - 1, kLongAgo_s, now_s, nonce);
  for (std::size_t i = 0; i < panes_.size(); ++i) {
    const PaneFacts& f = panes_[i].recorded->pane.facts;
    fmt::format_to(std::back_inserter(out), "{}%{} @{} {} {} {} {} {} {} {} {} {} 0 0{}{}{}{}\n", nonce, i, i,
                   kFirstPid + static_cast<int>(i), f.width, f.height, panes_[i].paints ? now_s : kLongAgo_s,
                   f.history, f.cursor_x, f.cursor_y, f.cursor_visible ? 1 : 0, f.alternate ? 1 : 0, nonce,
                   f.title, nonce, nonce);
  }
  return out + end_mark(nonce) + "\n";
}

std::string FakeServer::captures(std::span<const CaptureRequest> requests, const std::string& nonce) const {
  std::string out;
  for (const CaptureRequest& r : requests) {
    const Pane& pane = panes_[r.pane];
    const bool second = pane.paints && frame_ % 2 != 0;
    out += from_row(second ? pane.recorded->earlier : pane.recorded->text, r.first_row);
  }
  return out + nonce + " end\n";
}

std::string FakeServer::ps() const {
  std::string rows, args;
  for (std::size_t i = 0; i < panes_.size(); ++i) {
    const int pid = kFirstPid + static_cast<int>(i);
    const std::string& agent = panes_[i].recorded->processes.agent;
    fmt::format_to(std::back_inserter(rows), "{} {} S+ {}\n", pid, kFirstPid - 1,
                   agent.empty() ? "sleep" : agent);
    fmt::format_to(std::back_inserter(args), "{} {}\n", pid, agent.empty() ? "sleep" : agent);
  }
  return rows + "\n" + args;
}

void FakeServer::put_names(PaneRef& pane) const {
  const PaneRef& recorded = panes_[pane.key.pane].recorded->pane;
  pane.key.server = id_;
  pane.session = recorded.session;
  pane.window_name = recorded.window_name;
  pane.window_index = recorded.window_index;
  pane.agent_option = recorded.agent_option;
  pane.role = recorded.role;
}

void FakeProcesses::refresh() const {
  table_ = parse_ps(text_.empty() ? server_.ps() : text_);
  fresh_ = true;
}

std::vector<Process> FakeProcesses::tree(int pid, bool (*)(const Process&, const void*), const void*) const {
  if (!fresh_) refresh();
  const auto found = table_.processes.find(pid);
  return found == table_.processes.end() ? std::vector<Process>{} : std::vector<Process>{found->second};
}

}  // namespace orc::perf
