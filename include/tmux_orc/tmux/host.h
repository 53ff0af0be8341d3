// SPDX-License-Identifier: Apache-2.0
// Host: the machine that a tmux server is on, and the way there: this one, or another by ssh; a container
// would be a third, one class more. Who speaks to a server asks ready() first, lets nothing take longer than
// limit(), and says when it was not answered. Thread-safety: all methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"

namespace orc {

class Host {
 public:
  virtual ~Host() = default;

  // Whether its processes, files and terminals are this machine's.
  virtual bool is_here() const { return false; }
  // Tells the servers of other machines apart, over restarts of the monitor.
  virtual std::string key() const = 0;
  // Whether the other one is the same way to the same machine: then its connection may go on.
  virtual bool is_as(const Host& other) const { return this == &other; }

  // Whether the machine answers; else why not. The first call may wait until the deadline, later ones return
  // at once: nobody logs in anew to a machine that is known to be down.
  virtual Result<void> ready(Deadline deadline) = 0;
  // Counts connections: what was learned over an earlier one may be wrong.
  virtual std::uint64_t generation() const { return 0; }

  // A deadline that no single question may pass.
  virtual Deadline limit(Deadline deadline) const = 0;
  // A question was not answered by `by`, the limit of `deadline`.
  virtual void unanswered(Deadline /*by*/, Deadline /*deadline*/) {}
  // How many questions it takes at a time.
  virtual std::ptrdiff_t most_at_once() const = 0;

  // The command line, for us, that runs `command` there.
  virtual std::vector<std::string> argv(const std::vector<std::string>& command) const = 0;
  // The local socket that ends at the server's, which is at `socket_path` if it is here; empty: there is
  // none.
  virtual std::string forward(const std::string& socket_path) const = 0;
  // The tmux program there and its server's socket, once it is known; both empty where the asker knows them.
  struct Tmux {
    std::string program, socket;
  };
  virtual Tmux tmux() const { return {}; }

  // What a person types to run `command` there: on a terminal, or as we do, without being asked anything.
  enum class Typed { kOnTerminal, kUnasked };
  virtual std::string by_hand(const std::string& command, Typed how) const = 0;
};

// This machine. A local tmux that needs longer than 5 s for one question hangs.
std::shared_ptr<Host> this_host();

}  // namespace orc
