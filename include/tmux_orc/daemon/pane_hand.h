// PaneHand: the only place from which anything is ever typed into a pane, and only because the user switched
// that on. Each touch looks first, at the process tree and the screen, and then lets tmux itself compare what
// was seen with what is there in the same breath as the paste or the key: if anything moved between, nothing
// is sent. Thread-safe: no shared state.
#pragma once

#include <memory>
#include <string>

#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/discover/processes.h"
#include "tmux_orc/tmux/server.h"

namespace orc {

class PaneHand {
 public:
  PaneHand(TmuxCommand tmux, std::shared_ptr<const Classifier> classifier, const ProcessSource& processes)
      : tmux_(std::move(tmux)),
        classifier_(std::move(classifier)),
        processes_(processes) {}

  enum class Outcome {
    kDelivered,  // pasted, submitted, and seen to be taken
    kNotNow,     // nothing was sent: not an idle agent with an empty prompt, or it moved meanwhile
    kFailed,     // something was sent, but what should have followed was not seen
  };
  // Pastes the text (bracketed) into an idle agent's empty prompt, submits it, and looks whether it was
  // taken; Enter is repeated at most 3 times. `why` says what stood in the way.
  Outcome deliver(PaneId pane, const std::string& text, std::string* why) const;

  // Types a command line into the pane's shell, if the agent there has ended and the shell's prompt is in
  // front.
  Outcome restart(PaneId pane, const std::string& command, bool dry_run, std::string* why) const;

 private:
  struct Look {
    PaneFacts facts;
    bool in_mode = false;
    Screen screen;
    Verdict verdict;
  };
  Result<Look> look(PaneId pane) const;
  Result<std::string> run_tmux(const std::vector<std::string>& words, const std::string& input = "") const;
  // Runs `commands` only if the pane is as it was seen; false if it is not.
  Result<bool> if_unmoved(PaneId pane, const Look& seen, const std::string& commands) const;
  bool wait_for(PaneId pane, double seconds, Look& out, bool (*holds)(const Look&, const std::string&),
                const std::string& text) const;

  const TmuxCommand tmux_;
  const std::shared_ptr<const Classifier> classifier_;
  const ProcessSource& processes_;
};

}  // namespace orc
