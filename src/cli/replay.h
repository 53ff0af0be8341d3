// A pane of the demo or the benchmark: shows recorded screens under an agent's process name, until its
// terminal goes away. Started as `tmux-orc __replay AGENT STATE still|paint|life SEED`.
#pragma once

namespace orc::cli {

bool is_replay(int argc, char** argv);
int run_replay(int argc, char** argv);

}  // namespace orc::cli
