// SPDX-License-Identifier: Apache-2.0
// ServerLink: one tmux server with the transports that reach it and the choice between them.
// `auto` is native where the version is known and a self-test passes, else spawn; after a native failure
// spawn takes over and native is tried again by a rare self-test (60 s, doubling to 1 h). With kNative
// nothing takes over, and the self-test comes with the next ensure_ready(). Thread-safety: all methods may be
// called from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "tmux_orc/base/cancel.h"
#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/model.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/tmux/server.h"
#include "tmux_orc/tmux/tmux_client.h"
#include "tmux_orc/tmux/transport.h"

namespace orc {

enum class TransportChoice { kAuto, kNative, kSpawn };

struct PoolSettings {
  int max_size = 20;                 // most connections at a time
  double connection_timeout_s = 30;  // for opening one
  // Ends what waits for the server, as the deadline does: for a stop that a server which hangs must not hold
  // up.
  std::shared_ptr<const Cancel> cancel{};
  friend bool operator==(const PoolSettings&, const PoolSettings&) = default;
};

class NativeTransport;

class ServerLink {
 public:
  ServerLink(ServerAddress address, std::string tmux_binary, TransportChoice choice, PoolSettings pool,
             const Clock& clock);
  ~ServerLink();

  // Chooses the transport (once, and again when a retry of native is due). Cheap when nothing is to be done.
  Result<void> ensure_ready(Deadline deadline);

  // The transport to use now.
  std::shared_ptr<Transport> current() const;

  // Tells the link that `transport` failed with `error`; it may switch to spawn.
  void report_failure(const Transport& transport, const Error& error);

  const ServerAddress& address() const { return address_; }
  // A listing said which tmux the server is: another one than before is asked and tested anew.
  void saw_version(const std::string& version);
  // As version_number() has it; 0: not known yet.
  int version() const;
  // For what is no look: pasting, telling, jumping.
  const TmuxClient& client() const { return client_; }
  ServerFigures figures() const;
  PoolFigures pool_figures();  // since the last call
  std::uint64_t spawns() const;
  std::uint64_t fallbacks() const { return fallbacks_; }

 private:
  Result<void> check_address(Deadline deadline);
  Result<std::string> ask_version(Deadline deadline);
  Result<std::string> ask_version_natively(Deadline deadline) const;
  std::string native_socket() const;
  void try_native(Deadline deadline);
  std::unique_ptr<Transport> on_its_host(std::unique_ptr<Transport> transport) const;
  void use_spawn(const std::string& why) ORC_REQUIRES(mutex_);

  const ServerAddress address_;
  const TmuxClient client_;
  const TransportChoice choice_;
  const PoolSettings pool_;
  const Clock& clock_;
  const std::shared_ptr<Transport> spawn_;
  mutable Mutex mutex_;
  std::shared_ptr<Transport> native_ ORC_GUARDED_BY(mutex_);
  NativeTransport* native_figures_ ORC_GUARDED_BY(mutex_) = nullptr;  // the same, or what stands behind it
  std::uint64_t connection_ ORC_GUARDED_BY(mutex_) = 0;  // to another machine: what was learned belongs to it
  bool ready_ ORC_GUARDED_BY(mutex_) = false;
  std::string version_ ORC_GUARDED_BY(mutex_);
  std::string note_ ORC_GUARDED_BY(mutex_);
  double retry_after_s_ ORC_GUARDED_BY(mutex_) = 60;
  Steady::time_point retry_at_ ORC_GUARDED_BY(mutex_){};
  bool use_native_ ORC_GUARDED_BY(mutex_) = false;
  bool fell_back_ ORC_GUARDED_BY(mutex_) = false;  // since native was in use, or since the server was found
  std::atomic<std::uint64_t> fallbacks_{0};
};

}  // namespace orc
