// A pane that a command line names, on whichever watched server it is, with the hand that may touch it. For
// one thread.
#pragma once

#include <memory>
#include <string>

#include "command.h"
#include "tmux_orc/act/pane_hand.h"

namespace orc::cli {

class PaneAccess {
 public:
  // `pane` is %N or session:window.pane; `server` says on which server, "" on any: inside of tmux a %N is its
  // own server's first. kInvalid if there is none, or on several.
  static Result<std::unique_ptr<PaneAccess>> open(const Globals& globals, const std::string& pane,
                                                  const std::string& server, PaneHand::Keyboard keyboard);

  PaneId pane() const { return pane_; }
  const std::string& server() const { return server_; }  // its name
  const PaneHand& hand() const { return *hand_; }
  const Clock& clock() const { return clock_; }
  const Paths& paths() const { return paths_; }
  const Settings& settings() const { return plan_.settings; }

 private:
  PaneAccess(Plan plan, Paths paths) : plan_(std::move(plan)), paths_(std::move(paths)) {}
  // False if the server has no such pane.
  Result<bool> find(const ServerAddress& address, const std::string& pane);
  Result<void> search(const std::vector<ServerAddress>& servers, const std::string& pane);

  const Plan plan_;
  const Paths paths_;
  const SystemClock clock_;
  const ProcSource processes_;
  PaneId pane_ = 0;
  std::string server_;
  std::shared_ptr<LiveServer> live_;
  ServerAddress address_;
  std::unique_ptr<PaneHand> hand_;
};

}  // namespace orc::cli
