// SPDX-License-Identifier: Apache-2.0
// The sessions of Gemini CLI 0.61 and Qwen Code 0.24, as they write them, shortened; with what nobody here
// may keep.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "support/temp_dir.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/proc.h"
#include "tmux_orc/witness/session_log.h"
#include "tmux_orc/witness/session_place.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

std::string gemini_user(const std::string& words = "SECRET") {
  return R"({"id":"u","timestamp":"2026-11-27T19:40:57.815Z","type":"user","content":[{"text":")" + words +
         R"("}]})";
}

std::string gemini_answer(const std::string& id, const std::string& tokens, const std::string& rest = "") {
  return R"({"id":")" + id +
         R"(","timestamp":"2026-11-27T19:41:13.945Z","type":"gemini","content":"SECRET \"tokens\":{\"input\":7}","thoughts":[{"subject":"SECRET","description":"SECRET","timestamp":"2026-11-27T19:41:13.940Z"}],"tokens":)" +
         tokens + R"(,"model":"gemini-2.5-pro")" + rest + "}";
}

constexpr const char* kTokens =
    R"({"input":1200,"output":40,"cached":1000,"thoughts":5,"tool":2,"total":1247})";
constexpr const char* kCancelled =
    R"({"id":"i","timestamp":"2026-11-27T19:41:26.626Z","type":"info","content":"Request cancelled."})";

TEST(GeminiLog, SumsWhatItsAnswersUsed) {
  const auto log = make_session_log("gemini");
  log->take_line(R"({"sessionId":"df125049","projectHash":"aa9d","startTime":"2026-11-27T19:39:55.290Z"})");
  log->take_line(gemini_user());
  log->take_line(gemini_answer("a", "null"));
  log->take_line(gemini_answer("a", kTokens));
  // Once more, when its tools have run.
  log->take_line(
      gemini_answer("a", kTokens, R"(,"toolCalls":[{"id":"t","name":"run","args":{"tokens":{"input":9}}}])"));
  log->take_line(gemini_answer("b", kTokens));
  // Its whole history, after a change of it.
  log->take_line(R"({"$set":{"messages":[)" + gemini_answer("c", kTokens) + "]}}");
  log->take_line(R"({"$rewindTo":"b"})");
  const Usage u = log->usage(true);
  EXPECT_EQ(u.tokens_in, 2u * 1202);
  EXPECT_EQ(u.tokens_out, 2u * 45);
  EXPECT_FALSE(u.context_percent.has_value()) << "it does not say how large its window is";
  EXPECT_EQ(log->model(), "gemini-2.5-pro");
  ASSERT_EQ(log->hours().size(), 1u);
  EXPECT_EQ(log->hours().begin()->second, (Spent{2404, 90, 0}));
}

std::string word_after(SessionLog& log, const std::string& line) {
  log.take_line(line);
  return log.turn().word;
}

// An answer and the announcement of a tool look alike: no end is told, and no going on.
TEST(GeminiLog, SaysOfATurnOnlyHowItBrokeOff) {
  const auto log = make_session_log("gemini");
  EXPECT_EQ(word_after(*log, gemini_user()), "");
  EXPECT_EQ(word_after(*log, gemini_answer("a", kTokens)), "");
  EXPECT_EQ(word_after(*log, kCancelled), "interrupted");
  EXPECT_EQ(log->turn().state, OwnState::kIdle);
  EXPECT_GT(log->turn().at_ms, 0);
  EXPECT_EQ(word_after(*log, R"({"$set":{"lastUpdated":"2026-11-27T19:41:26.626Z"}})"), "interrupted");
  EXPECT_EQ(word_after(*log, gemini_user(R"(\"type\":\"info\",\"content\":\"Request cancelled.\")")), "");
  EXPECT_EQ(
      word_after(
          *log,
          R"({"id":"e","timestamp":"2026-11-27T22:25:26.635Z","type":"error","content":"[API Error: SECRET]"})"),
      "error");
  EXPECT_EQ(word_after(*log, gemini_answer("b", kTokens)), "");
}

std::string gemini_tools(const std::string& first, const std::string& second) {
  const auto call = [](const std::string& status) {
    return R"({"id":"t","name":"run_shell_command","args":{"command":"SECRET","status":"cancelled"},"result":[{"functionResponse":{"response":{"status":"cancelled"}}}],"status":")" +
           status + R"(","timestamp":"2026-11-28T08:13:42.112Z"})";
  };
  return gemini_answer("a", kTokens, R"(,"toolCalls":[)" + call(first) + "," + call(second) + "]");
}

// Written behind "Request cancelled." where a running tool was stopped; alone where few words are wanted.
TEST(GeminiLog, AnswerWhoseToolsWereAllCancelledBrokeOff) {
  const auto log = make_session_log("gemini");
  EXPECT_EQ(word_after(*log, kCancelled), "interrupted");
  EXPECT_EQ(word_after(*log, gemini_tools("cancelled", "cancelled")), "interrupted");
  EXPECT_EQ(log->turn().at_ms, 1795853622112);
  EXPECT_EQ(word_after(*log, gemini_tools("cancelled", "success")), "");
  EXPECT_EQ(word_after(*log, gemini_tools("success", "error")), "");
  EXPECT_EQ(word_after(*log, gemini_answer("b", kTokens, R"(,"toolCalls":[])")), "");
  EXPECT_EQ(word_after(*log, gemini_answer("b", kTokens, R"(,"toolCalls":"cancelled")")), "");
}

std::string qwen_line(const std::string& type, const std::string& rest) {
  return R"({"uuid":"83ae095d","parentUuid":"604a","sessionId":"e5e08f8e","timestamp":"2026-11-27T19:48:05.311Z","type":")" +
         type + R"(","cwd":"/srv/shop","version":"0.24.4")" + rest + "}";
}

std::string qwen_call(const std::string& event, int in, int out, int all, const std::string& rest = "") {
  return qwen_line(
      "system", R"(,"subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":"qwen-code.)" + event +
                    R"(","model":"mock-1","input_token_count":)" + std::to_string(in) +
                    R"(,"output_token_count":)" + std::to_string(out) + R"(,"total_token_count":)" +
                    std::to_string(all) + R"(,"response_text":"SECRET")" + rest + "}}");
}

std::string qwen_answer(const std::string& parts, const std::string& rest) {
  return qwen_line("assistant",
                   R"(,"model":"qwen-plus","message":{"role":"model","parts":[)" + parts + "]}" + rest);
}

constexpr const char* kText = R"({"text":"SECRET"})";
constexpr const char* kCall = R"({"functionCall":{"id":"c","name":"run","args":{"model":"SECRET"}}})";
constexpr const char* kUsage = R"(,"usageMetadata":{"promptTokenCount":1200,"totalTokenCount":1240})";

TEST(QwenLog, SumsWhatItsCallsUsed) {
  const auto log = make_session_log("qwen");
  log->take_line(qwen_line("user", R"(,"message":{"role":"user","parts":[{"text":"SECRET"}]})"));
  log->take_line(qwen_call("api_response", 1200, 40, 1240));  // what it thought is within the output
  log->take_line(qwen_answer(kText, std::string(kUsage) + R"(,"contextWindowSize":12400)"));
  log->take_line(qwen_call("api_response", 100, 10, 130, R"(,"thoughts_token_count":20)"));  // beside it
  log->take_line(qwen_call("api_response", 7, 3, 10, R"(,"model":"small","subagent_name":"memory")"));
  log->take_line(qwen_call("tool_call", 9, 9, 9));
  const Usage u = log->usage(true);
  EXPECT_EQ(u.tokens_in, 1307u);
  EXPECT_EQ(u.tokens_out, 73u);
  EXPECT_DOUBLE_EQ(u.context_percent.value(), 10);
  EXPECT_EQ(log->model(), "mock-1") << "not that of its helper";
  ASSERT_EQ(log->hours().size(), 2u);
  EXPECT_EQ(log->hours().rbegin()->first.second, "small");
  EXPECT_EQ(log->hours().rbegin()->second, (Spent{7, 3, 0}));
}

TEST(QwenLog, SaysHowATurnEnded) {
  const auto log = make_session_log("qwen");
  EXPECT_EQ(word_after(*log, qwen_line("user", "")), "")
      << "one that is stopped while the model thinks leaves no line";
  EXPECT_EQ(word_after(*log, qwen_answer(kText + std::string(",") + kCall, kUsage)), "");
  EXPECT_EQ(word_after(*log, qwen_line("tool_result", R"(,"toolCallResult":{"status":"success"})")), "");
  EXPECT_EQ(word_after(*log, qwen_answer(kText, kUsage)), "complete");
  EXPECT_EQ(log->turn().state, OwnState::kIdle);
  EXPECT_EQ(word_after(*log, qwen_line("system", R"(,"subtype":"slash_command")")), "complete");
  EXPECT_EQ(word_after(*log, qwen_line("user", R"(,"subtype":"mid_turn_user_message")")), "complete");
  EXPECT_EQ(word_after(*log, qwen_line("user", "")), "");
  EXPECT_EQ(word_after(*log, qwen_answer(kText, "")), "") << "broken off";
  EXPECT_EQ(word_after(*log, qwen_line("tool_result", R"(,"toolCallResult":{"status":"cancelled"})")),
            "interrupted");
  EXPECT_EQ(word_after(*log, qwen_call("api_error", 0, 0, 0, R"(,"subagent_name":"memory")")), "interrupted");
  EXPECT_EQ(word_after(*log, qwen_call("api_error", 0, 0, 0)), "error");
}

TEST(GeminiLogs, HostileLinesCountNothing) {
  const std::string cut = gemini_answer("m", kTokens), call = qwen_call("api_response", 5, 5, 10);
  for (const char* agent : {"gemini", "qwen"}) {
    const auto log = make_session_log(agent);
    for (const std::string& whole : {cut, call, qwen_answer(kText, kUsage)})
      for (std::size_t n = 0; n < whole.size(); ++n) log->take_line(whole.substr(0, n));
    log->take_line(std::string(200'000, '['));
    log->take_line(R"({"type":"gemini","tokens":{"input":-5,"output":1e300,"thoughts":[1]}})");
    log->take_line(R"({"type":"gemini","tokens":{"input":99999999999999999999}})");
    log->take_line(R"({"type":["gemini"],"tokens":{"input":5},"timestamp":{}})");
    log->take_line(R"({"type":"assistant","message":"x","usageMetadata":[],"contextWindowSize":"7"})");
    log->take_line(R"({"type":"assistant","message":{"parts":"x"},"usageMetadata":{},"model":{}})");
    log->take_line(R"({"type":"system","subtype":"ui_telemetry","systemPayload":[{"uiEvent":7}]})");
    log->take_line(call.substr(0, call.size() - 3) + R"(,"input_token_count":-1}}})");
    const Usage u = log->usage(true);
    EXPECT_EQ(u.tokens_in.value_or(0), 0u) << agent;
    EXPECT_FALSE(u.context_percent.has_value()) << agent;
    EXPECT_EQ(log->turn().word, "") << agent;
  }
}

// Homes with sessions, and a /proc that says whose they are.
class GeminiPlaces : public testing::Test {
 protected:
  static constexpr std::uint64_t kStarted = 100;
  void SetUp() override {
    dir_.write("proc/7/environ", "HOME=" + dir_.path() + std::string("\0", 1));
    dir_.write("proc/7/task/7/children", "8 ");
    dir_.write("proc/8/task/8/children", "9");
    for (const char* pid : {"7", "8", "9"})
      dir_.write("proc/" + std::string(pid) + "/stat",
                 std::string(pid) + " (node (x) 1) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0");
    fs::create_directories(dir_.path() + "/proc/self/ns");
    fs::create_symlink("pid:[4026531836]", dir_.path() + "/proc/self/ns/pid");
    dir_.write(".gemini/projects.json",
               R"({"projects":{"/srv/other":"other","/srv/shop":"shop-1","/srv/evil":"../../evil"}})");
  }
  std::string of(const std::string& agent, const std::string& cwd = "/srv/shop",
                 const std::string& now = "") const {
    return session_log_of({agent, 7, kStarted, 14, cwd, "", now}, dir_.path() + "/proc");
  }
  std::string chat(const std::string& name, int age_s) const {
    std::string file = dir_.write(".gemini/tmp/shop-1/chats/" + name, "{}\n");
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::seconds(age_s));
    return file;
  }
  void qwen_says(const std::string& pid, const std::string& start, const std::string& session,
                 const std::string& more = R"("pidNs":4026531836,)") const {
    dir_.write(".qwen/sessions/" + pid + ".json",
               R"({"schemaVersion":1,"pid":)" + pid + R"(,"procStart":"f18aea74-d4ee:)" + start + "\"," +
                   more + R"("sessionId":")" + session + R"(","cwd":"/srv/my_shop","ipcToken":"SECRET"})");
  }
  TempDir dir_;
};

TEST_F(GeminiPlaces, GeminiWritesIntoAFolderOfTheProject) {
  EXPECT_EQ(of("gemini"), "");
  chat("session-2026-11-27T19-14-2fdb7fd7.jsonl", 20);
  const std::string newest = chat("session-2026-11-27T19-39-df125049.jsonl", 10);
  chat("session-2026-11-27T19-39-df125049.jsonl.unreadable-7", 0);
  EXPECT_EQ(of("gemini"), newest);
  EXPECT_EQ(of("gemini", "/srv/other"), "");
  EXPECT_EQ(of("gemini", "/srv/nowhere"), "");
  EXPECT_EQ(of("gemini", "/srv/evil"), "") << "no way out of the folder";
  chat("session-2026-11-27T19-14-2fdb7fd7.jsonl", 100'000'000);
  chat("session-2026-11-27T19-39-df125049.jsonl", 100'000'000);
  EXPECT_EQ(of("gemini"), "") << "from before this process began";
}

TEST_F(GeminiPlaces, AnotherSessionOfGeminiIsFollowed) {
  const std::string old = "session-2026-11-27T19-14-2fdb7fd7.jsonl";
  const std::string resumed = chat(old, 1), cleared = chat("session-2026-11-27T19-39-df125049.jsonl", 0);
  EXPECT_EQ(of("gemini", "/srv/shop", resumed), cleared) << "begun later";
  fs::last_write_time(resumed, fs::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_EQ(of("gemini", "/srv/shop", cleared), cleared)
      << "both are written: two agents, and this one is known";
  fs::last_write_time(resumed, fs::file_time_type::clock::now() + std::chrono::seconds(60));
  EXPECT_EQ(of("gemini", "/srv/shop", cleared), resumed) << "the last one rests";
  fs::remove(cleared);
  EXPECT_EQ(of("gemini", "/srv/shop", cleared), resumed);
}

TEST_F(GeminiPlaces, GeminisHomeMayBeAnother) {
  const std::string chat_file = chat("session-a.jsonl", 0);
  dir_.write("proc/7/environ", "HOME=/nowhere" + std::string("\0", 1) + "GEMINI_CLI_HOME=" + dir_.path() +
                                   std::string("\0", 1));
  EXPECT_EQ(of("gemini"), chat_file);
  dir_.write("proc/7/environ", "GEMINI_CLI_HOME=relative" + std::string("\0", 1));
  EXPECT_EQ(of("gemini"), "");
}

// It starts itself again twice; the last one says its session.
TEST_F(GeminiPlaces, QwenSaysItsSession) {
  EXPECT_EQ(of("qwen"), "");
  qwen_says("9", "100", "e5e08f8e");
  EXPECT_EQ(of("qwen"), dir_.path() + "/.qwen/projects/-srv-my-shop/chats/e5e08f8e.jsonl");
  qwen_says("9", "99", "e5e08f8e");
  EXPECT_EQ(of("qwen"), "") << "of another life of the number";
  qwen_says("9", "100", "e5e08f8e", R"("pidNs":4026532179,)");
  EXPECT_EQ(of("qwen"), "") << "of another space of numbers";
  qwen_says("9", "100", "../../../etc/passwd");
  EXPECT_EQ(of("qwen"), "") << "no way out of the folder";
  dir_.write(".qwen/sessions/9.json", R"({"pid":9,"procStart":)");
  EXPECT_EQ(of("qwen"), "");
}

TEST_F(GeminiPlaces, QwensFoldersMayBeOthers) {
  dir_.write("proc/7/environ", "QWEN_HOME=" + dir_.path() + "/.qwen" + std::string("\0", 1) +
                                   "QWEN_RUNTIME_DIR=/srv/run" + std::string("\0", 1));
  qwen_says("7", "100", "e5e08f8e");
  EXPECT_EQ(of("qwen"), "/srv/run/projects/-srv-my-shop/chats/e5e08f8e.jsonl");
}

}  // namespace
}  // namespace orc
