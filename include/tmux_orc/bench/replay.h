// SPDX-License-Identifier: Apache-2.0
// A pane of the demo or the benchmark: shows recorded screens under an agent's process name, until its
// terminal goes away. Started as `tmux-orc __replay AGENT STATE still|paint|life SEED`; with flip-screen or
// flip-title in their place it begins to ask, and rests again, when it gets a signal. flip-own file: still.
#pragma once

#include <signal.h>

#include <csignal>

namespace orc {

inline constexpr int kAskSignal = SIGUSR1, kRestSignal = SIGUSR2;

bool is_replay(int argc, char** argv);
int run_replay(int argc, char** argv);

}  // namespace orc
