// What an agent works on: nothing is guessed, what no source said is empty. Plain data.
#pragma once

#include <string>

namespace orc {

struct About {
  std::string cwd;      // of the agent's process; on other machines the pane's, as tmux says it
  std::string project;  // the name of the repository's folder, else of cwd
  std::string branch;   // of git; the short hash where HEAD is detached
  std::string task;     // the agent's own title for what it does
  std::string model;    // as the agent names it
  std::string version;  // of the agent
  friend bool operator==(const About&, const About&) = default;
};

}  // namespace orc
