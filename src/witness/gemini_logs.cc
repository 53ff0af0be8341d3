// SPDX-License-Identifier: Apache-2.0
#include "gemini_logs.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "log_fields.h"
#include "tmux_orc/base/turn_word.h"

namespace orc {
namespace {

using log_fields::at;
using log_fields::count_of;
using log_fields::model_name;
using log_fields::moment;
using log_fields::NamedFields;
using log_fields::text;
using nlohmann::json;

bool holds(std::string_view line, std::string_view word) { return line.find(word) != std::string_view::npos; }

// Appended to, a message a line: {"id","timestamp","type":"user|gemini|info|error","content","tokens",
// "model"}. A message is written again with the same id when its tokens or tools are known; "$set" repeats
// the whole history when that was changed, "$rewindTo" takes back nothing that was spent. An answer and the
// announcement of a tool look alike until that has run: so the end of a turn is not told, only how it broke
// off.
class GeminiLog final : public SessionLog {
 public:
  void take_line(std::string_view line) override {
    if (line.starts_with("{\"$") || !log_fields::begins_with_one_of(line, {"\"type\""})) return;
    static const NamedFields kFields = {"id",     "timestamp", "type", "model",     "tokens", "input",
                                        "output", "thoughts",  "tool", "toolCalls", "status"};
    const json j = kFields.read(line);
    const std::string type = text(at(j, "type"));
    const std::int64_t at_ms = moment(at(j, "timestamp"));
    if (type == "gemini") take_answer(j, at_ms);
    if (type == "user" || type == "gemini") set_turn("", 0);
    // It stands behind the line that says so, too; and where all were refused, the turn is over.
    if (type == "gemini" && all_cancelled(at(j, "toolCalls")))
      set_turn(turn_word::kInterrupted, moment(at(at(j, "toolCalls").back(), "timestamp")));
    if (type == "error") set_turn(turn_word::kError, at_ms);
    if (type == "info" && holds(line, "\"content\":\"Request cancelled.\""))
      set_turn(turn_word::kInterrupted, at_ms);
  }

 private:
  static bool all_cancelled(const json& calls) {
    return calls.is_array() && !calls.empty() &&
           std::all_of(calls.begin(), calls.end(),
                       [](const json& call) { return at(call, "status") == "cancelled"; });
  }

  void take_answer(const json& j, std::int64_t at_ms) {
    if (const std::string name = model_name(at(j, "model")); !name.empty()) model_ = name;
    const json& tokens = at(j, "tokens");
    if (!tokens.is_object()) return;
    // What it thought and what its tools' results cost stand beside both.
    count_message(text(at(j, "id")), at_ms,
                  {count_of(at(tokens, "input")) + count_of(at(tokens, "tool")),
                   count_of(at(tokens, "output")) + count_of(at(tokens, "thoughts")), 0});
  }
};

// Appended to. What its calls used is in lines of their own ("ui_telemetry"), those of its helpers, too; by
// them it sums up itself when a session is resumed. A turn that is stopped while the model thinks leaves no
// line: so that one runs is never told.
class QwenLog final : public SessionLog {
 public:
  void take_line(std::string_view line) override {
    if (!log_fields::begins_with_one_of(line, {"\"type\":"})) return;
    static const NamedFields kFields = {"type",
                                        "subtype",
                                        "timestamp",
                                        "model",
                                        "message",
                                        "parts",
                                        "functionCall",
                                        "usageMetadata",
                                        "totalTokenCount",
                                        "contextWindowSize",
                                        "systemPayload",
                                        "uiEvent",
                                        "event.name",
                                        "input_token_count",
                                        "output_token_count",
                                        "total_token_count",
                                        "subagent_name",
                                        "toolCallResult",
                                        "status"};
    const json j = kFields.read(line);
    const std::string type = text(at(j, "type")), subtype = text(at(j, "subtype"));
    const std::int64_t at_ms = moment(at(j, "timestamp"));
    if (type == "system" && subtype == "ui_telemetry")
      take_call(at(at(j, "systemPayload"), "uiEvent"), at_ms);
    if (type == "assistant") take_answer(j, at_ms);
    // Typed while it works: the turn goes on with it.
    if (type == "user" && subtype.empty()) set_turn("", 0);
    if (type == "tool_result")
      set_turn(at(at(j, "toolCallResult"), "status") == "cancelled" ? turn_word::kInterrupted : "", at_ms);
  }

 private:
  void take_call(const json& event, std::int64_t at_ms) {
    const std::string name = text(at(event, "event.name"));
    const bool is_helpers = at(event, "subagent_name").is_string();
    // It tries again, mostly, and the screen says so.
    if (name == "qwen-code.api_error" && !is_helpers) set_turn(turn_word::kError, at_ms);
    if (name != "qwen-code.api_response") return;
    const std::uint64_t in = count_of(at(event, "input_token_count"));
    const std::uint64_t out = count_of(at(event, "output_token_count"));
    const std::uint64_t all = count_of(at(event, "total_token_count"));
    const std::string model = model_name(at(event, "model"));
    if (!is_helpers && !model.empty()) model_ = model;
    // Some services count what it thought within the output, some beside it: the total has both.
    count(at_ms, {in, all >= in + out ? all - in : out, 0}, {}, model);
  }

  void take_answer(const json& j, std::int64_t at_ms) {
    if (const std::string name = model_name(at(j, "model")); !name.empty()) model_ = name;
    const json& usage = at(j, "usageMetadata");
    const json& parts = at(at(j, "message"), "parts");
    const bool calls = std::any_of(parts.begin(), parts.end(),
                                   [](const json& part) { return !at(part, "functionCall").is_null(); });
    // Without its use it was broken off.
    set_turn(usage.is_object() && parts.is_array() && !calls ? turn_word::kComplete : "", at_ms);
    const std::uint64_t window = count_of(at(j, "contextWindowSize"));
    if (window > 0 && usage.is_object())
      now_.context_percent =
          std::min(100.0, 100.0 * static_cast<double>(count_of(at(usage, "totalTokenCount"))) /
                              static_cast<double>(window));
  }
};

}  // namespace

std::unique_ptr<SessionLog> make_gemini_log() { return std::make_unique<GeminiLog>(); }
std::unique_ptr<SessionLog> make_qwen_log() { return std::make_unique<QwenLog>(); }

}  // namespace orc
