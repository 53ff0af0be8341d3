// SPDX-License-Identifier: Apache-2.0
// SshHost: another machine, reached by OpenSSH itself with the user's own configuration, keys and agent
// (BatchMode: it never asks). One shared connection, made and watched by a thread of its own: nobody waits
// for a machine that is down. When we end, however that is, the connection ends too, and with it everything
// that runs over it. Thread-safety: all methods may be called from any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/result.h"

namespace orc {

struct SshSettings {
  std::string destination;  // user@host, or a name from ~/.ssh/config; checked by the configuration
  std::string config_file;  // ssh -F; empty: the user's own
  std::string socket_name =
      "default";            // of the tmux server there, as tmux -L: letters, digits, '.', '_', '-'
  std::string socket_path;  // or its path
  double connect_timeout_s = 30;
  double answer_timeout_s = 2;  // a machine that takes longer is down until it answers again
  friend bool operator==(const SshSettings&, const SshSettings&) = default;
};

class SshHost {
 public:
  explicit SshHost(SshSettings settings);
  ~SshHost();
  SshHost(const SshHost&) = delete;
  SshHost& operator=(const SshHost&) = delete;

  const SshSettings& settings() const;

  // Whether the machine answers; else why not. The first call waits until the first attempt has ended or the
  // deadline has passed, later ones return at once.
  Result<void> ready(Deadline deadline);

  // Counts connections: what was learned over an earlier one may be wrong.
  std::uint64_t generation() const;
  // The local socket that ends at tmux's there; empty if the machine does not forward.
  std::string forwarded_socket() const;
  std::string far_socket() const;

  // The command line that runs this one there: of the far tmux (`words` for it), or of any program.
  std::vector<std::string> tmux_argv(const std::vector<std::string>& words) const;
  std::vector<std::string> argv(const std::vector<std::string>& command) const;

  // A deadline that no single question to this machine may pass.
  Deadline limit(Deadline deadline) const;
  // A question was not answered by `by`, the limit of `deadline`. If that was the machine's own time, it
  // counts as down until it answers again; one that had less is not to blame.
  void unanswered(Deadline by, Deadline deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace orc
