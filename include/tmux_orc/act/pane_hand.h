// SPDX-License-Identifier: Apache-2.0
// PaneHand: the only place from which anything is ever typed into a pane, and only because the user switched
// that on. Each touch looks first (whose terminal it is, what stands on the screen, who is at the keyboard)
// and then lets tmux itself compare what was seen with what is there in the same breath as the paste or the
// key: if anything moved between, nothing is sent. Thread-safe: no shared state.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/act/answer_keys.h"
#include "tmux_orc/base/cancel.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/result.h"
#include "tmux_orc/classify/classifier.h"
#include "tmux_orc/evidence/live_server.h"
#include "tmux_orc/tmux/server.h"

namespace orc {

// What typing into a pane can come to, and the touches that are made without being asked each time. Behind an
// interface, so that who decides on them can be tested without tmux.
class PaneTypist {
 public:
  enum class Outcome {
    kDelivered,  // pasted, submitted, and seen to be taken
    kNotNow,     // nothing was sent: not an idle agent with an empty prompt, or it moved meanwhile
    kPlaced,     // our text stands in the prompt and was not submitted
    kFailed,     // something was sent, but what should have followed was not seen
  };
  virtual ~PaneTypist() = default;
  // Pastes the text (bracketed) into an idle agent's empty prompt, submits it, and looks whether it was
  // taken. Only if `pane` still is what the snapshot says: same process, same session. `placing` is called
  // before the first byte; where it fails, nothing is sent. `why` says what stood in the way.
  virtual Outcome deliver(const PaneRef& pane, const std::string& text,
                          const std::function<Result<void>()>& placing, std::string* why) const = 0;
  // What became of a text that was pasted earlier: kPlaced if it stands alone in the prompt, kDelivered if it
  // does not.
  virtual Outcome find_placed(const PaneRef& pane, const std::string& text, std::string* why) const = 0;
  // Enter for such a text.
  virtual Outcome submit(const PaneRef& pane, const std::string& text, std::string* why) const = 0;
  // Types a command line into the pane's shell, if the agent there has ended and the shell's empty prompt is
  // in front. dry_run: kDelivered where it would be typed.
  virtual Outcome restart(const PaneRef& pane, const std::string& command, bool dry_run,
                          std::string* why) const = 0;
};

class PaneHand final : public PaneTypist {
 public:
  // Whether a pane at which somebody is at the keyboard is left alone. Who asks for a touch in person may be
  // that somebody.
  enum class Keyboard { kHeed, kOurs };
  // `cancel` ends waiting for what should follow a touch.
  PaneHand(std::shared_ptr<LiveServer> server, std::shared_ptr<const Classifier> classifier,
           const Cancel* cancel = nullptr, Keyboard keyboard = Keyboard::kHeed)
      : server_(std::move(server)),
        classifier_(std::move(classifier)),
        processes_(server_->processes),
        cancel_(cancel),
        keyboard_(keyboard) {}

  Outcome deliver(const PaneRef& pane, const std::string& text, const std::function<Result<void>()>& placing,
                  std::string* why) const override;
  Outcome find_placed(const PaneRef& pane, const std::string& text, std::string* why) const override;
  Outcome submit(const PaneRef& pane, const std::string& text, std::string* why) const override;
  Outcome restart(const PaneRef& pane, const std::string& command, bool dry_run,
                  std::string* why) const override;

  // What the pane asks now.
  struct Question {
    PaneRef pane;
    Verdict verdict;
    Ask ask;                  // as a round sees it
    Answering ways;           // how its options are chosen
    std::string refusal;      // why it cannot be answered from here; "" if it can
    bool takes_text = false;  // it asks nothing: its prompt is empty and takes a text
  };
  Result<Question> question(PaneId pane) const;

  // Chooses an option of the dialog with this id with the keys that its rule names, if that very dialog still
  // stands, and looks whether it went. kPlaced: the pointer was moved, and nothing was chosen.
  Outcome answer(const PaneRef& pane, std::uint64_t ask, std::size_t option, std::string* why) const;

 private:
  struct Look {
    PaneFacts facts;
    bool in_mode = false, synchronized = false, input_off = false;
    int session_id = 0;
    std::string program;  // as tmux names what has the terminal
    PaneEvidence screen;
    Classified seen;
  };
  Result<Look> look(PaneId pane) const;
  Result<std::string> run_tmux(const std::vector<std::string>& words, const std::string& input = "") const;
  // Why nothing may be typed into this pane, whatever it shows; "" if it may.
  std::string refusal(const PaneRef& pane, const Look& now) const;
  std::string agent_refusal(const PaneRef& pane, const Look& now) const;
  std::string living_refusal(const PaneRef& pane, const Look& now) const;
  std::string text_refusal(const PaneRef& pane, const Look& now) const;
  // The dialog with this id, as a round or as a look at the whole screen reads it; nothing if it does not
  // stand there.
  std::optional<Verdict> standing(const Look& now, std::uint64_t ask) const;
  Outcome press(const PaneRef& pane, Look& now, std::uint64_t ask, int pointer, const std::string& key,
                std::string* why) const;
  Outcome point_at(const PaneRef& pane, Look& now, std::uint64_t ask, std::size_t option, AnswerBy way,
                   std::string* why) const;
  Outcome await_end(const PaneRef& pane, std::uint64_t ask, std::string* why) const;
  bool somebody_types(PaneId pane) const;
  // Pastes the text and then runs `after`, only if the pane is as it was seen; false if it is not.
  Result<bool> paste(PaneId pane, const Look& seen, const std::string& text, const std::string& after) const;
  // Runs `commands` only if the pane is as it was seen, and the format `also` holds; false if it is not.
  Result<bool> if_unmoved(PaneId pane, const Look& seen, const std::string& commands,
                          const std::string& also = "") const;
  // Looks until `holds` has been true for a while, without a break.
  bool wait_for(PaneId pane, double seconds, Look& out, const std::function<bool(const Look&)>& holds,
                std::chrono::milliseconds steady = std::chrono::milliseconds(350)) const;
  Outcome press_enter(const PaneRef& pane, Look seen, const std::string& text, std::string* why) const;

  const std::shared_ptr<LiveServer> server_;
  const std::shared_ptr<const Classifier> classifier_;
  const ProcessSource& processes_;
  const Cancel* const cancel_;
  const Keyboard keyboard_;
};

}  // namespace orc
