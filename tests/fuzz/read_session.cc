// SPDX-License-Identifier: Apache-2.0
// Files that agents write: session logs line by line, and the session file in which Claude Code says its
// word.
#include "entries.h"
#include "require.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/witness/claude_session.h"
#include "tmux_orc/witness/session_log.h"

namespace orc::fuzz {

constexpr std::int64_t kLatest_ms = 4'102'444'800'000;  // the year 2100

void read_session(std::string_view data) {
  if (const auto session = parse_claude_session(data)) {
    ORC_REQUIRE(session->pid > 0);
    ORC_REQUIRE(session->at_ms >= 0 && session->at_ms < kLatest_ms);
    for (const auto* text : {&session->status, &session->cwd, &session->version, &session->tmux})
      ORC_REQUIRE(text->size() <= 4096);
    is_of(*session, {session->pid, 1, 0, ""});
    ORC_REQUIRE(own_word_of(*session).word.size() <= session->status.size());
  }
  for (const char* agent : {"claude", "codex", "pi", "gemini", "qwen"}) {
    const auto log = make_session_log(agent);
    for (const std::string_view line : split_lines(data)) log->take_line(line);
    ORC_REQUIRE(log->hours().size() <= 2000);
    ORC_REQUIRE(log->model().size() <= 400);
    const Usage usage = log->usage(true);
    if (usage.context_percent) ORC_REQUIRE(*usage.context_percent >= 0 && *usage.context_percent <= 100);
    if (usage.cost_usd) ORC_REQUIRE(*usage.cost_usd >= 0);
    ORC_REQUIRE(usage.quotas.size() <= 2);
    for (const Quota& q : usage.quotas) ORC_REQUIRE(q.used_percent >= 0 && q.used_percent <= 100);
    // What is counted by the hour is part of the whole.
    std::uint64_t in = 0;
    for (const auto& [hour, spent] : log->hours()) {
      in += spent.tokens_in;
      ORC_REQUIRE(hour.first >= 0 && hour.first * 3'600'000 < kLatest_ms);
    }
    ORC_REQUIRE(in <= usage.tokens_in.value_or(0));
  }
}

}  // namespace orc::fuzz
