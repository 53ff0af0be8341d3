// SPDX-License-Identifier: Apache-2.0
// What opencode says of itself where it was started with --port: /session/status, /permission and /question
// over HTTP on loopback. Only the kinds of states and how many questions wait are taken. Bounded in time and
// size. Thread-safe, but OpencodeEvents: no shared state.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tmux_orc/base/own_word.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {

// The port in the process' command line (--port N, --port=N); 0: none was given.
int opencode_port(const std::string& proc, int pid);

// Whether that process, or one that it started, listens at the port on loopback, in our own network: a port
// alone may be anybody's.
bool listens_at(const std::string& proc, int pid, int port);

// Nothing where it does not answer, or not so.
std::optional<OwnWord> ask_opencode(int port, std::chrono::milliseconds patience);

// From the three answers' bodies; `at_ms` is left at 0.
std::optional<OwnWord> opencode_word(std::string_view status, std::string_view permissions,
                                     std::string_view questions);

// What happens at the server, as it tells everybody (/event, server-sent): one that says that a turn or a
// question began or ended is worth another question. Nothing of it is kept but the last bytes, in which a
// name may be cut. For one thread.
class OpencodeEvents {
 public:
  enum class Says { kNothing, kChange, kEnd };

  // Null where nobody answers the connection.
  static std::unique_ptr<OpencodeEvents> open(int port, std::chrono::milliseconds patience);
  explicit OpencodeEvents(UniqueFd fd) : fd_(std::move(fd)) {}
  int fd() const { return fd_.get(); }
  // What has come, without waiting.
  Says read();

 private:
  const UniqueFd fd_;
  std::string tail_;
};

}  // namespace orc
