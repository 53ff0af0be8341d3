// SPDX-License-Identifier: Apache-2.0
// Ask: what an agent asks of the person at its pane, as its screen shows it. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orc {

struct AskOption {
  std::string key;   // what chooses it, as the screen says: "1", "y"; "" where only arrows do
  std::string text;  // without the key
  friend bool operator==(const AskOption&, const AskOption&) = default;
};

// All texts are bounded, without control characters, and secrets are blanked.
struct Ask {
  std::string kind;     // the verdict's detail (command, edit, plan, question, trust, login, choice ...);
                        // "error" or "limit" for the sentence of one
  std::string title;    // the question, or the sentence
  std::string subject;  // what it is about: the command to run, the file and the first lines of the diff;
                        // lines are ended by '\n' but the last
  std::vector<AskOption> options;
  int selected = -1;     // index of the option with the pointer, -1 if none is seen
  std::uint64_t id = 0;  // of what was seen, all of the above but `selected`; 0: nothing was read
  friend bool operator==(const Ask&, const Ask&) = default;
};

}  // namespace orc
