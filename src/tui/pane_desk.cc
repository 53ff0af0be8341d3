// SPDX-License-Identifier: Apache-2.0
#include "pane_desk.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/tmux/spawn.h"
#include "tmux_orc/tui/jump.h"

namespace orc::tui {
namespace {

constexpr auto kPreviewEvery = std::chrono::milliseconds(500);
constexpr auto kPreviewPatience = std::chrono::seconds(2);
constexpr auto kProgramPatience = std::chrono::seconds(15);

}  // namespace

PaneDesk::PaneDesk(const CockpitSetup& setup, Mailbox& mailbox) : setup_(setup), mailbox_(mailbox) {
  thread_ = std::thread([this] { run(); });
}

PaneDesk::~PaneDesk() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void PaneDesk::preview(std::optional<PaneRef> pane) {
  {
    MutexLock lock(mutex_);
    const bool same = pane.has_value() == target_.has_value() && (!pane || pane->key == target_->key);
    target_ = std::move(pane);
    if (same) return;
    fresh_ = true;
  }
  wake_.notify_one();
}

void PaneDesk::add(Task task) {
  {
    MutexLock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void PaneDesk::run() {
  auto due = Steady::now();
  MutexLock lock(mutex_);
  for (;;) {
    const auto has_work = [&]() ORC_REQUIRES(mutex_) { return stop_ || fresh_ || !tasks_.empty(); };
    if (target_)
      wake_.wait_until(mutex_, due, has_work);
    else
      wake_.wait(mutex_, has_work);
    if (stop_) return;
    if (!tasks_.empty()) {
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      mailbox_.post(do_task(task));
      lock.lock();
      continue;
    }
    const bool look_now = std::exchange(fresh_, false) || Steady::now() >= due;
    if (!look_now || !target_) continue;
    const PaneRef pane = *target_;
    lock.unlock();
    look(pane);
    due = Steady::now() + kPreviewEvery;
    lock.lock();
  }
}

Result<ServerAddress> PaneDesk::address_of(const PaneRef& pane) {
  if (!planned_) {
    ORC_TRY(planned, plan_servers(setup_.request, setup_.paths));
    planned_ = std::move(*planned);
  }
  return server_named(pane.server_name, planned_->servers);
}

Result<std::string> PaneDesk::capture(const PaneRef& pane) {
  ORC_TRY(address, address_of(pane));
  auto& link = links_[address->key()];
  if (!link) {
    link = std::make_unique<ServerLink>(*address, planned_->tmux_binary, TransportChoice::kAuto,
                                        PoolSettings{1, 5}, clock_);
  }
  const auto deadline = Steady::now() + kPreviewPatience;
  ORC_DO(link->ensure_ready(deadline));
  StringSink sink;
  const std::shared_ptr<Transport> transport = link->current();
  const auto done =
      transport->run({{"capture-pane", "-ept" + fmt::format("%{}", pane.key.pane)}}, deadline, sink);
  if (!done) {
    link->report_failure(*transport, done.error());
    return tl::unexpected(done.error());
  }
  if (done->status != 0) return fail(ErrorKind::kCommand, "the pane is gone");
  return std::move(sink.text);
}

void PaneDesk::look(const PaneRef& pane) {
  const auto text = capture(pane);
  News news;
  news.preview =
      text ? Preview{pane.key, parse_ansi(*text), ""} : Preview{pane.key, {}, text.error().message};
  mailbox_.post(std::move(news));
}

News PaneDesk::do_task(const Task& task) {
  switch (task.kind) {
    case Task::kJump:
      return do_jump(task.pane);
    case Task::kExplain:
      return do_explain(task.pane);
    case Task::kRecord:
      return do_record(task.pane);
    case Task::kAsk:
      return do_ask(task.pane);
    case Task::kAnswer:
      return do_answer(task.pane, task.given);
  }
  return {};
}

News PaneDesk::do_jump(const PaneRef& pane) {
  News news;
  const auto address = address_of(pane);
  auto jumped = address ? jump_to(*address, planned_->tmux_binary, pane.key.pane, own_seat(setup_.client))
                        : tl::unexpected(address.error());
  if (!jumped) {
    news.message = jumped.error().message;
    return news;
  }
  news.jumped = true;
  news.attach = std::move(jumped->attach);
  return news;
}

// What another command of this program says.
Result<std::string> PaneDesk::run_program(std::vector<std::string> words, bool says_no_in_json) {
  const PlanRequest& r = setup_.request;
  std::vector<std::string> argv = {setup_.program, "--environment", setup_.paths.environment};
  for (const auto& [option, value] : {std::pair("--config", r.config_path), std::pair("-L", r.socket_name),
                                      std::pair("-S", r.socket_path)}) {
    if (!value.empty()) argv.insert(argv.end(), {option, value});
  }
  argv.insert(argv.end(), words.begin(), words.end());
  StringSink sink;
  ORC_TRY(done, run_process(argv, "", Steady::now() + kProgramPatience, sink));
  if (done->status == 1 && says_no_in_json && sink.text.starts_with('{')) return std::move(sink.text);
  if (done->status != 0) {
    std::string_view said = trim(done->errors);
    if (constexpr std::string_view kName = "tmux-orc: "; said.starts_with(kName))
      said.remove_prefix(kName.size());
    return fail(ErrorKind::kCommand, printable(said));
  }
  return std::move(sink.text);
}

News PaneDesk::do_ask(const PaneRef& pane) {
  News news;
  const auto text = run_program(
      {"answer", fmt::format("%{}", pane.key.pane), "--server", pane.server_name, "--json"}, true);
  const auto j = text ? parse_json(*text) : tl::unexpected(text.error());
  const auto form = j && j->is_object() ? AnswerForm::of(pane, *j, clock_.wall_ms())
                    : j                 ? fail(ErrorKind::kProtocol, "the answer cannot be read")
                                        : tl::unexpected(j.error());
  if (form)
    news.form = *form;
  else
    news.message = form.error().message;
  return news;
}

News PaneDesk::do_answer(const PaneRef& pane, const Given& given) {
  News news;
  std::vector<std::string> words = {
      "answer", fmt::format("%{}", pane.key.pane), "--server", pane.server_name, "--by", "cockpit"};
  if (given.ask == 0)
    words.push_back("--text=" + given.words);
  else
    words.insert(words.end(), {"--id", fmt::format("{:016x}", given.ask), "--", given.words});
  const auto text = run_program(std::move(words));
  news.message = text ? printable(trim(*text)) : text.error().message;
  return news;
}

News PaneDesk::do_explain(const PaneRef& pane) {
  News news;
  const auto text = run_program({"explain", fmt::format("%{}", pane.key.pane), "--server", pane.server_name});
  if (!text) {
    news.message = text.error().message;
    return news;
  }
  Overlay overlay{printable(pane.target()), {}, 0};
  for (const auto line : split_lines(*text)) overlay.lines.push_back(printable(line));
  news.overlay = std::move(overlay);
  return news;
}

News PaneDesk::do_record(const PaneRef& pane) {
  News news;
  const std::string folder = setup_.paths.root + "/records";
  const std::string file =
      fmt::format("{}/{}-{}.json", folder, local_text(clock_.wall_ms(), "%Y%m%d-%H%M%S"), pane.key.pane);
  const auto made = make_private_folder(folder);
  const auto done = made ? run_program({"record", fmt::format("%{}", pane.key.pane), "--server",
                                        pane.server_name, "-o", file})
                         : tl::unexpected(made.error());
  news.message = done ? "recorded to " + file + "; read it before you send it" : done.error().message;
  return news;
}

}  // namespace orc::tui
