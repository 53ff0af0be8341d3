// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/witness/session_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "gemini_logs.h"
#include "log_fields.h"
#include "tmux_orc/base/turn_word.h"

namespace orc {
namespace {

using log_fields::at;
using log_fields::begins_with_one_of;
using log_fields::count_of;
using log_fields::model_name;
using log_fields::moment;
using log_fields::NamedFields;
using log_fields::number;
using log_fields::text;
using nlohmann::json;

constexpr std::int64_t kHour_ms = 3'600'000;
constexpr std::int64_t kKeptHours = 8 * 24;
constexpr std::size_t kMostHours = 2000;  // hours and models: a file may name any number of them
constexpr std::size_t kRecentMessages = 16, kLongestId = 200;

// One message stands in several lines, a content block each, with the same usage.
class ClaudeLog final : public SessionLog {
 public:
  void take_line(std::string_view line) override {
    if (line.find("\"usage\"") == std::string_view::npos ||
        line.find("\"assistant\"") == std::string_view::npos)
      return;
    static const NamedFields kFields = {"type",          "timestamp",
                                        "message",       "id",
                                        "model",         "usage",
                                        "input_tokens",  "cache_creation_input_tokens",
                                        "output_tokens", "cache_read_input_tokens",
                                        "costUSD",       "sessionId"};
    const json j = kFields.read(line);
    const json& message = at(j, "message");
    const json& usage = at(message, "usage");
    if (at(j, "type") != "assistant" || !usage.is_object()) return;
    if (const std::string name = model_name(at(message, "model")); !name.empty() && name != "<synthetic>")
      model_ = name;
    Spent spent{count_of(at(usage, "input_tokens")) + count_of(at(usage, "cache_creation_input_tokens")) +
                    count_of(at(usage, "cache_read_input_tokens")),
                count_of(at(usage, "output_tokens")), number(at(j, "costUSD"))};
    has_cost_ = has_cost_ || at(j, "costUSD").is_number();
    count_message(text(at(message, "id")), moment(at(j, "timestamp")), spent);
  }
};

std::string window_name(std::uint64_t minutes) {
  if (minutes == 10'080) return "week";
  if (minutes % 1440 == 0 && minutes > 0) return fmt::format("{}d", minutes / 1440);
  if (minutes % 60 == 0 && minutes > 0) return fmt::format("{}h", minutes / 60);
  return fmt::format("{}m", minutes);
}

class CodexLog final : public SessionLog {
 public:
  void take_line(std::string_view line) override {
    if (!begins_with_one_of(line, {"\"event_msg\"", "\"turn_context\"", "\"session_meta\""})) return;
    static const NamedFields kFields = {"type",
                                        "timestamp",
                                        "payload",
                                        "info",
                                        "total_token_usage",
                                        "last_token_usage",
                                        "input_tokens",
                                        "output_tokens",
                                        "total_tokens",
                                        "model",
                                        "model_context_window",
                                        "rate_limits",
                                        "primary",
                                        "secondary",
                                        "used_percent",
                                        "window_minutes",
                                        "resets_at",
                                        "resets_in_seconds",
                                        "reason",
                                        "cwd",
                                        "codex_error_info",
                                        "error"};
    const json j = kFields.read(line);
    const json& payload = at(j, "payload");
    const std::string type = text(at(j, "type")), event = text(at(payload, "type"));
    const std::int64_t at_ms = moment(at(j, "timestamp"));
    if (type == "session_meta") {
      if (cwd_.empty()) cwd_ = text(at(payload, "cwd"));
    } else if (type == "turn_context") {
      if (const std::string name = model_name(at(payload, "model")); !name.empty()) model_ = name;
    } else if (event == "token_count") {
      take_tokens(payload, at_ms);
    } else {
      take_turn(event, payload, at_ms);
    }
  }

 private:
  void take_tokens(const json& payload, std::int64_t at_ms) {
    const json& info = at(payload, "info");
    const json& total = at(info, "total_token_usage");
    if (total.is_object()) {
      const Spent now{count_of(at(total, "input_tokens")), count_of(at(total, "output_tokens")), 0};
      const bool grew = now.tokens_in >= total_.tokens_in && now.tokens_out >= total_.tokens_out;
      // Sums of the whole session, repeated with each message; smaller ones begin anew.
      count(at_ms, now, grew ? total_ : Spent{});
      total_ = now;
    }
    const std::uint64_t window = count_of(at(info, "model_context_window"));
    const json& last = at(info, "last_token_usage");
    if (window > 0 && last.is_object())
      now_.context_percent = std::min(100.0, 100.0 * static_cast<double>(count_of(at(last, "total_tokens"))) /
                                                 static_cast<double>(window));
    const json& limits = at(payload, "rate_limits");
    if (!limits.is_object()) return;
    now_.quotas.clear();
    for (const char* name : {"primary", "secondary"}) {
      const json& q = at(limits, name);
      if (!at(q, "used_percent").is_number()) continue;
      std::int64_t resets_ms = static_cast<std::int64_t>(count_of(at(q, "resets_at"))) * 1000;
      if (resets_ms == 0 && at(q, "resets_in_seconds").is_number() && at_ms > 0)
        resets_ms = at_ms + static_cast<std::int64_t>(number(at(q, "resets_in_seconds")) * 1000);
      now_.quotas.push_back({window_name(count_of(at(q, "window_minutes"))),
                             std::min(100.0, number(at(q, "used_percent"))), resets_ms});
    }
  }

  void take_turn(const std::string& event, const json& payload, std::int64_t at_ms) {
    if (event == "task_started" || event == "turn_started")
      set_turn(turn_word::kRuns, at_ms);
    else if (event == "task_complete" || event == "turn_complete")
      set_turn(at(payload, "error").is_null() ? turn_word::kComplete : turn_word::kError, at_ms);
    else if (event == "turn_aborted")
      set_turn(text(at(payload, "reason")) == "interrupted" ? turn_word::kInterrupted : turn_word::kAborted,
               at_ms);
  }

  Spent total_;
};

// Message lines: {"type":"message","timestamp":...,"message":{"role","model","usage":{...},"stopReason"}}.
class PiLog final : public SessionLog {
 public:
  void take_line(std::string_view line) override {
    if (!begins_with_one_of(line, {"\"session\"", "\"message\"", "\"model_change\""})) return;
    static const NamedFields kFields = {"type",       "timestamp", "message", "role",       "model",
                                        "modelId",    "usage",     "input",   "output",     "cacheRead",
                                        "cacheWrite", "cost",      "total",   "stopReason", "cwd"};
    const json j = kFields.read(line);
    const std::string type = text(at(j, "type"));
    const json& message = at(j, "message");
    if (type == "session" && cwd_.empty()) cwd_ = text(at(j, "cwd"));
    if (type == "model_change") {
      if (const std::string name = model_name(at(j, "modelId")); !name.empty()) model_ = name;
    }
    if (type != "message") return;
    const std::string role = text(at(message, "role"));
    const std::int64_t at_ms = moment(at(j, "timestamp"));
    if (role == "user" || role == "toolResult") set_turn(turn_word::kRuns, at_ms);
    if (role != "assistant") return;
    if (const std::string name = model_name(at(message, "model")); !name.empty()) model_ = name;
    const json& usage = at(message, "usage");
    const json& cost = at(at(usage, "cost"), "total");
    has_cost_ = has_cost_ || cost.is_number();
    count(at_ms, {count_of(at(usage, "input")) + count_of(at(usage, "cacheRead")) +
                      count_of(at(usage, "cacheWrite")),
                  count_of(at(usage, "output")), number(cost)});
    take_stop(text(at(message, "stopReason")), at_ms);
  }

 private:
  void take_stop(const std::string& reason, std::int64_t at_ms) {
    if (reason == "toolUse") set_turn(turn_word::kRuns, at_ms);
    if (reason == "stop") set_turn(turn_word::kComplete, at_ms);
    if (reason == "aborted") set_turn(turn_word::kInterrupted, at_ms);
    if (reason == "error") set_turn(turn_word::kError, at_ms);
  }
};

}  // namespace

void SessionLog::set_turn(std::string_view word, std::int64_t at_ms) {
  if (word.empty())
    turn_ = {};
  else
    turn_ = {word == turn_word::kRuns ? OwnState::kBusy : OwnState::kIdle, std::string(word), "", at_ms};
}

void SessionLog::count_message(const std::string& id, std::int64_t at_ms, const Spent& spent) {
  const auto known =
      std::find_if(recent_.begin(), recent_.end(), [&](const auto& r) { return r.first == id; });
  if (known == recent_.end()) {
    count(at_ms, spent);
    if (id.empty() || id.size() > kLongestId) return;
    recent_.emplace_back(id, spent);
    if (recent_.size() > kRecentMessages) recent_.pop_front();
    return;
  }
  Spent& counted = known->second;
  const Spent now{std::max(spent.tokens_in, counted.tokens_in),
                  std::max(spent.tokens_out, counted.tokens_out), std::max(spent.cost_usd, counted.cost_usd)};
  count(at_ms, now, counted);
  counted = now;
}

void SessionLog::count(std::int64_t at_ms, const Spent& spent, const Spent& less, std::string_view model) {
  const auto add = [&](Spent& to) {
    to.tokens_in += spent.tokens_in - less.tokens_in;
    to.tokens_out += spent.tokens_out - less.tokens_out;
    to.cost_usd += spent.cost_usd - less.cost_usd;
  };
  add(sum_);
  counted_ = true;
  if (at_ms <= 0) return;
  const auto [place, is_new] =
      hours_.try_emplace({at_ms / kHour_ms, model.empty() ? model_ : std::string(model)});
  add(place->second);
  if (!is_new) return;
  const std::int64_t newest = hours_.rbegin()->first.first;
  while (hours_.size() > kMostHours || hours_.begin()->first.first < newest - kKeptHours)
    hours_.erase(hours_.begin());
}

Usage SessionLog::usage(bool complete) const {
  Usage u = now_;
  if (!complete || !counted_) return u;
  u.tokens_in = sum_.tokens_in;
  u.tokens_out = sum_.tokens_out;
  if (has_cost_) u.cost_usd = sum_.cost_usd;
  return u;
}

std::unique_ptr<SessionLog> make_session_log(std::string_view agent) {
  if (agent == "claude") return std::make_unique<ClaudeLog>();
  if (agent == "codex") return std::make_unique<CodexLog>();
  if (agent == "pi") return std::make_unique<PiLog>();
  if (agent == "gemini") return make_gemini_log();
  if (agent == "qwen") return make_qwen_log();
  return nullptr;
}

}  // namespace orc
