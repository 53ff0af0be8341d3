// SPDX-License-Identifier: Apache-2.0
// The call that an agent's hook makes: one datagram, the pane's number as tmux writes it ("%12") or nothing,
// to each monitor of this user. It says "look now" and nothing else; a monitor that does not listen is none.
// C's library alone is used, so that a program with nothing but this starts within a millisecond.
// Thread-safe.
#pragma once

#include <cstddef>

namespace orc {

inline constexpr const char* kHookSocketName = "hook.sock";
inline constexpr std::size_t kMostHookBytes = 16;

// To HOME/.tmux-orchestrator/run/*/hook.sock, of up to 16 environments. Never waits, never fails.
void call_monitors(const char* home, const char* pane);

// Whether this is what call_monitors() sends.
bool is_hook_message(const char* text, std::size_t size);

}  // namespace orc
