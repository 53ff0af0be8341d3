// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/witness/session_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/temp_dir.h"
#include "tmux_orc/witness/session_place.h"
#include "tmux_orc/witness/tail_reader.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

// As version 2.1.332 writes it, shortened; with what nobody here may keep.
std::string claude_line(const std::string& id, int in, int cached, int out,
                        const std::string& time = "2026-11-27T04:23:30.864Z") {
  return R"({"parentUuid":"fa6e","isSidechain":false,"type":"assistant","timestamp":")" + time +
         R"(","message":{"id":")" + id +
         R"(","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{"type":"text","text":"SECRET \"usage\":{\"input_tokens\":7}"}],"stop_reason":"end_turn","usage":{"input_tokens":)" +
         std::to_string(in) + R"(,"cache_creation_input_tokens":3,"cache_read_input_tokens":)" +
         std::to_string(cached) + R"(,"output_tokens":)" + std::to_string(out) +
         R"(,"output_tokens_details":{"thinking_tokens":9}}},"sessionId":"c0ffee","version":"2.1.332"})";
}

TEST(ClaudeLog, SumsWhatItsMessagesUsed) {
  const auto log = make_session_log("claude");
  log->take_line(R"({"type":"user","message":{"role":"user","content":"SECRET \"usage\""}})");
  log->take_line(claude_line("msg_1", 100, 1000, 5));
  log->take_line(claude_line("msg_1", 100, 1000, 25));  // the same message, another block of it
  log->take_line(claude_line("msg_2", 10, 2000, 7, "2026-11-27T05:00:00.000Z"));
  const Usage u = log->usage(true);
  EXPECT_EQ(u.tokens_in, 1103u + 2013u);
  EXPECT_EQ(u.tokens_out, 32u);
  EXPECT_FALSE(u.context_percent.has_value()) << "it does not say how large its window is";
  EXPECT_FALSE(u.cost_usd.has_value());
  EXPECT_EQ(log->model(), "claude-opus-5-5");
  ASSERT_EQ(log->hours().size(), 2u);
  EXPECT_EQ(log->hours().begin()->second, (Spent{1103, 25, 0}));
  EXPECT_FALSE(log->usage(false).tokens_in.has_value()) << "of a part there is no sum";
}

TEST(ClaudeLog, ALineOfAMessageNeverTakesAnythingAway) {
  const auto log = make_session_log("claude");
  log->take_line(claude_line("msg_1", 100, 0, 25, "2026-11-27T04:59:59.000Z"));
  log->take_line(claude_line("msg_2", 10, 0, 1, "2026-11-27T04:59:59.500Z"));  // a sub-agent's, between
  log->take_line(claude_line("msg_1", 90, 0, 20, "2026-11-27T05:00:00.000Z"));
  log->take_line(claude_line("msg_1", 100, 0, 30, "2026-11-27T05:00:01.000Z"));
  EXPECT_EQ(log->usage(true).tokens_in, 103u + 13u);
  EXPECT_EQ(log->usage(true).tokens_out, 31u);
  ASSERT_EQ(log->hours().size(), 2u);
  EXPECT_EQ(log->hours().rbegin()->second, (Spent{0, 5, 0}));
}

TEST(ClaudeLog, HostileLinesCountNothing) {
  const auto log = make_session_log("claude");
  const std::string whole = claude_line("m", 1, 1, 1);
  for (std::size_t n = 0; n < whole.size(); ++n) log->take_line(whole.substr(0, n));
  log->take_line(std::string(200'000, '['));
  log->take_line(R"({"type":"assistant","message":{"usage":{"input_tokens":-5,"output_tokens":1e300}}})");
  log->take_line(R"({"type":"assistant","message":{"usage":{"input_tokens":99999999999999999999}}})");
  log->take_line(R"({"type":["assistant"],"message":{"usage":{"input_tokens":5}}})");
  log->take_line(R"({"type":"assistant","timestamp":7,"message":{"model":{},"usage":[5]}})");
  const Usage u = log->usage(true);
  EXPECT_EQ(u.tokens_in.value_or(0), 0u);
  EXPECT_TRUE(log->hours().empty());
}

// Beside a moment of the far future every hour would be an old one, and dropped.
TEST(ClaudeLog, AMomentThatCannotBeIsNone) {
  const auto log = make_session_log("claude");
  log->take_line(claude_line("msg_1", 100, 0, 5));
  for (const char* time :
       {"infinite-future", "infinite-past", "9999-11-27T04:23:30.864Z", "1917-11-07T00:00:00Z"})
    log->take_line(claude_line(time, 10, 0, 1, time));
  EXPECT_EQ(log->usage(true).tokens_in, 103u + 4 * 13u);
  ASSERT_EQ(log->hours().size(), 1u);
  EXPECT_EQ(log->hours().begin()->second, (Spent{103, 5, 0}));
}

TEST(ClaudeLog, TheNumberOfHoursIsBounded) {
  const auto log = make_session_log("claude");
  for (int day = 1; day <= 28; ++day)
    for (int hour = 0; hour < 24; ++hour)
      log->take_line(claude_line(std::to_string(day * 24 + hour), 1, 1, 1,
                                 "2026-11-" + std::string(day < 10 ? "0" : "") + std::to_string(day) + "T" +
                                     (hour < 10 ? "0" : "") + std::to_string(hour) + ":00:00Z"));
  EXPECT_EQ(log->hours().size(), 193u) << "eight days";
  EXPECT_EQ(log->usage(true).tokens_out, 28u * 24);
}

std::string codex_tokens(int in, int out, int last, const std::string& limits) {
  return R"({"timestamp":"2026-11-27T04:24:44.178Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":)" +
         std::to_string(in) + R"(,"cached_input_tokens":0,"output_tokens":)" + std::to_string(out) +
         R"(,"total_tokens":1240},"last_token_usage":{"input_tokens":1200,"output_tokens":40,"total_tokens":)" +
         std::to_string(last) + R"(},"model_context_window":258400},"rate_limits":)" + limits + "}}";
}

TEST(CodexLog, SaysTokensContextAndQuotas) {
  const auto log = make_session_log("codex");
  log->take_line(
      R"({"timestamp":"2026-11-27T04:24:43.719Z","type":"session_meta","payload":{"id":"x","cwd":"/srv/shop","base_instructions":{"text":"SECRET"}}})");
  log->take_line(
      R"({"timestamp":"2026-11-27T04:24:43.8Z","type":"turn_context","payload":{"cwd":"/srv/shop","model":"gpt-6"}})");
  log->take_line(codex_tokens(1200, 40, 1240, "null"));
  log->take_line(codex_tokens(
      2400, 80, 25840,
      R"({"limit_id":"codex","primary":{"used_percent":12.5,"window_minutes":300,"resets_at":1795760000},
      "secondary":{"used_percent":40,"window_minutes":10080,"resets_in_seconds":60},"plan_type":"plus"})"));
  const Usage u = log->usage(true);
  EXPECT_EQ(u.tokens_in, 2400u) << "sums of the session, not of the message";
  EXPECT_EQ(u.tokens_out, 80u);
  EXPECT_DOUBLE_EQ(u.context_percent.value(), 10);
  ASSERT_EQ(u.quotas.size(), 2u);
  EXPECT_EQ(u.quotas[0], (Quota{"5h", 12.5, 1'795'760'000'000}));
  EXPECT_EQ(u.quotas[1], (Quota{"week", 40, 1'795'753'544'178}));
  EXPECT_EQ(log->model(), "gpt-6");
  EXPECT_EQ(log->cwd(), "/srv/shop");
  EXPECT_EQ(log->hours().begin()->second, (Spent{2400, 80, 0}));
}

TEST(CodexLog, SaysHowATurnEnded) {
  const auto log = make_session_log("codex");
  const auto event = [&](const std::string& payload) {
    log->take_line(R"({"timestamp":"2026-11-27T04:24:44.178Z","type":"event_msg","payload":)" + payload +
                   "}");
    return log->turn();
  };
  EXPECT_EQ(event(R"({"type":"task_started","turn_id":"x"})").state, OwnState::kBusy);
  EXPECT_EQ(event(R"({"type":"agent_message","message":"SECRET"})").state, OwnState::kBusy);
  EXPECT_EQ(event(R"({"type":"task_complete","last_agent_message":"SECRET"})").state, OwnState::kIdle);
  EXPECT_EQ(event(R"({"type":"turn_aborted","reason":"interrupted"})").word, "interrupted");
}

TEST(PiLog, SaysTokensCostAndTheEnd) {
  const auto log = make_session_log("pi");
  log->take_line(R"({"type":"session","id":"x","timestamp":"2026-11-27T04:00:00.000Z","cwd":"/srv/shop"})");
  log->take_line(
      R"({"type":"message","timestamp":"2026-11-27T04:00:01.000Z","message":{"role":"user","content":"SECRET"}})");
  EXPECT_EQ(log->turn().state, OwnState::kBusy);
  log->take_line(
      R"({"type":"message","timestamp":"2026-11-27T04:00:02.000Z","message":{"role":"assistant","model":"m-1","content":[],"usage":{"input":10,"output":2,"cacheRead":5,"cacheWrite":1,"cost":{"input":0.1,"total":0.25}},"stopReason":"aborted"}})");
  EXPECT_EQ(log->usage(true).tokens_in, 16u);
  EXPECT_EQ(log->usage(true).cost_usd, 0.25);
  EXPECT_EQ(log->turn().word, "interrupted");
  EXPECT_EQ(make_session_log("nobody"), nullptr);
}

class Tail : public testing::Test {
 protected:
  std::string file() const { return dir_.path() + "/log"; }
  void append(const std::string& text) const {
    std::ofstream(file(), std::ios::app | std::ios::binary) << text;
  }
  // Steps until nothing more comes.
  TailReader::Step read() {
    for (int i = 0; i < 1000; ++i) {
      const auto step = reader_->step([&](std::string_view line) { lines_.emplace_back(line); });
      if (step == TailReader::Step::kAnew) ++anew_;
      if (step != TailReader::Step::kMore && step != TailReader::Step::kAnew) return step;
    }
    return TailReader::Step::kMore;
  }
  std::vector<std::string> take() {
    read();
    return std::exchange(lines_, {});
  }
  TempDir dir_;
  std::unique_ptr<TailReader> reader_ = std::make_unique<TailReader>(dir_.path() + "/log");
  std::vector<std::string> lines_;
  int anew_ = 0;
};
using Lines = std::vector<std::string>;

TEST_F(Tail, GivesEachWholeLineOnce) {
  EXPECT_EQ(read(), TailReader::Step::kNoFile);
  append("one\ntwo\nthr");
  EXPECT_EQ(take(), (Lines{"one", "two"}));
  EXPECT_EQ(take(), Lines{});
  append("ee\n");
  EXPECT_EQ(take(), (Lines{"three"}));
  EXPECT_TRUE(reader_->from_start());
}

TEST_F(Tail, ACutOrAnotherFileIsReadAnew) {
  append("one\ntwo\n");
  take();
  fs::resize_file(file(), 0);
  append("x\n");
  EXPECT_EQ(take(), (Lines{"x"}));
  EXPECT_EQ(anew_, 1);
  dir_.write("other", "y\nz\n1234567\n");
  fs::rename(dir_.path() + "/other", file());
  EXPECT_EQ(take(), (Lines{"y", "z", "1234567"}));
  EXPECT_EQ(anew_, 2);
  fs::remove(file());
  EXPECT_EQ(read(), TailReader::Step::kNoFile);
}

TEST_F(Tail, LongLinesAreReadAndVeryLongOnesLeftOut) {
  const std::string longer(500'000, 'l'), too_long(3'000'000, 't');
  append("one\n" + longer + "\n" + too_long + "\ntwo\n");
  const Lines lines = take();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].size(), longer.size());
  EXPECT_EQ(lines[2], "two");
  append(too_long);
  EXPECT_EQ(take(), Lines{});
  append("\nend\n");
  EXPECT_EQ(take(), Lines{"end"});
}

TEST_F(Tail, OfALargeFileOnlyTheEnd) {
  {
    std::ofstream out(file(), std::ios::binary);
    const std::string line(999, 'x');
    for (int i = 0; i < 70'000; ++i) out << line << '\n';
    out << "last\n";
  }
  const Lines lines = take();
  EXPECT_FALSE(reader_->from_start());
  EXPECT_LT(lines.size(), 1100u);
  EXPECT_EQ(lines.back(), "last");
  EXPECT_EQ(lines.front().size(), 999u) << "the half line that it begins with is left out";
}

TEST_F(Tail, OddFilesAreNotRead) {
  dir_.write("real", "one\n");
  fs::create_symlink(dir_.path() + "/real", file());
  EXPECT_EQ(read(), TailReader::Step::kNoFile);
  fs::remove(file());
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  EXPECT_EQ(read(), TailReader::Step::kNoFile);
}

TEST(SessionPlace, ReadsNamesAsTheAgentsWriteThem) {
  EXPECT_EQ(claude_project_name("/srv/dev/work/my_app.v2"), "-srv-dev-work-my-app-v2");
  EXPECT_EQ(codex_thread_name("⠧ Fix the login | codex"), "Fix the login");
  EXPECT_EQ(codex_thread_name("[ ! ] Action Required | Fix it | codex"), "Fix it");
  EXPECT_EQ(codex_thread_name("is it done, please | shop"), "is it done, please");
  EXPECT_EQ(codex_thread_name("a | b | shop"), "a | b");
  EXPECT_EQ(codex_thread_name("[ ! ] Action Required | shop"), "");
  EXPECT_EQ(codex_thread_name("codex"), "");
  EXPECT_EQ(codex_thread_name("box"), "");
  EXPECT_EQ(uuid_time_ms("01a21b3f-881a-7732-8edf-9e9ecdbe78d4"), 1'795'753'478'170);
  EXPECT_EQ(uuid_time_ms("01a21b3f-881a-4732-8edf-9e9ecdbe78d4"), 0) << "another version";
  EXPECT_EQ(uuid_time_ms("../../../etc/passwd"), 0);
}

// A home with logs, and a /proc that says whose they are.
class Places : public testing::Test {
 protected:
  static constexpr const char* kThread = "01a21b3f-881a-7732-8edf-9e9ecdbe78d4";
  void SetUp() override {
    dir_.write("proc/7/environ", "HOME=" + home() + std::string("\0", 1));
    fs::create_directories(dir_.path() + "/proc/self/ns");
  }
  std::string home() const { return dir_.path() + "/home"; }
  std::string of(const std::string& agent, const std::string& title = "") const {
    return session_log_of({agent, 7, 100, 14, "/srv/shop", title, ""}, dir_.path() + "/proc");
  }
  void thread(const std::string& id, const std::string& name, const std::string& cwd) const {
    std::ofstream(dir_.write("home/.codex/session_index.jsonl",
                             index_ += R"({"id":")" + id + R"(","thread_name":")" + name + "\"}\n"));
    dir_.write("home/.codex/session_index.jsonl", index_);
    dir_.write("home/.codex/sessions/2026/11/27/rollout-2026-11-27T04-24-38-" + id + ".jsonl",
               R"({"type":"session_meta","payload":{"cwd":")" + cwd + "\"}}\n");
  }
  TempDir dir_;
  mutable std::string index_;
};

TEST_F(Places, ClaudeSaysItsSession) {
  const auto says = [&](const std::string& session, const std::string& started) {
    dir_.write("home/.claude/sessions/7.json", R"({"pid":7,"sessionId":")" + session +
                                                   R"(","cwd":"/srv/shop","procStart":")" + started +
                                                   R"(","tmux":"main:@1.%14","status":"idle"})");
  };
  says("c0ffee", "100");
  const std::string expected = home() + "/.claude/projects/-srv-shop/c0ffee.jsonl";
  EXPECT_EQ(of("claude"), expected);
  const std::string elsewhere = dir_.write("home/.claude/projects/-srv-old/c0ffee.jsonl", "{}\n");
  EXPECT_EQ(of("claude"), elsewhere) << "begun in another folder";
  dir_.write("home/.claude/projects/-srv-shop/c0ffee.jsonl", "{}\n");
  EXPECT_EQ(of("claude"), expected);
  says("c0ffee", "99");
  EXPECT_EQ(of("claude"), "") << "of another life of the number";
  says("../../../etc/passwd", "100");
  EXPECT_EQ(of("claude"), "") << "no way out of the folder";
}

TEST_F(Places, CodexIsFoundByTheThreadsNameAndTheFolder) {
  thread(kThread, "Fix the login", "/srv/shop");
  const std::string file =
      home() + "/.codex/sessions/2026/11/27/rollout-2026-11-27T04-24-38-" + kThread + ".jsonl";
  EXPECT_EQ(of("codex", "⠧ Fix the login | shop"), file);
  EXPECT_EQ(of("codex", "⠧ Fix the lo… | shop"), file);
  EXPECT_EQ(of("codex", "Another | shop"), "");
  EXPECT_EQ(of("codex", "codex"), "") << "no thread yet";
  thread("01a21b3f-881b-7732-8edf-9e9ecdbe78d4", "Fix the login", "/srv/notes");
  EXPECT_EQ(of("codex", "Fix the login | shop"), file) << "the other one is of another folder";
  thread("01a21b3f-881c-7732-8edf-9e9ecdbe78d4", "Fix the login", "/srv/shop");
  EXPECT_EQ(of("codex", "Fix the login | shop"), "") << "two of one name in one folder: nobody knows";
}

TEST_F(Places, PiWritesIntoAFolderOfItsOwn) {
  EXPECT_EQ(of("pi"), "");
  const std::string file = dir_.write("home/.pi/agent/sessions/--srv-shop--/2026_x.jsonl", "{}\n");
  EXPECT_EQ(of("pi"), file);
  // From before this process began.
  fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(24 * 3650));
  EXPECT_EQ(of("pi"), "");
}

}  // namespace
}  // namespace orc
