// SPDX-License-Identifier: Apache-2.0
// SshHost: another machine, reached by OpenSSH itself with the user's own configuration, keys and agent
// (BatchMode: it never asks). One shared connection, made and watched by a thread of its own: nobody waits
// for a machine that is down. When we end, however that is, the connection ends too, and with it everything
// that runs over it. Thread-safety: all methods may be called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/tmux/host.h"

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

class SshHost final : public Host {
 public:
  explicit SshHost(SshSettings settings);
  ~SshHost() override;
  SshHost(const SshHost&) = delete;
  SshHost& operator=(const SshHost&) = delete;

  std::string key() const override;
  bool is_as(const Host& other) const override;
  Result<void> ready(Deadline deadline) override;
  std::uint64_t generation() const override;
  Deadline limit(Deadline deadline) const override;
  // If that was the machine's own time, it counts as down until it answers again; one that had less is not to
  // blame.
  void unanswered(Deadline by, Deadline deadline) override;
  // sshd's MaxSessions is 10 unless told otherwise; the shared connection's own and a `ps` take two.
  std::ptrdiff_t most_at_once() const override { return 8; }
  std::vector<std::string> argv(const std::vector<std::string>& command) const override;
  std::string forward(const std::string& socket_path) const override;
  Tmux tmux() const override;
  std::string by_hand(const std::string& command, Typed how) const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace orc
