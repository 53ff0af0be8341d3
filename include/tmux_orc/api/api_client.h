// SPDX-License-Identifier: Apache-2.0
// api_request: one HTTP request to a daemon's unix socket. Thread-safe.
#pragma once

#include <chrono>
#include <string>

#include "tmux_orc/base/result.h"

namespace orc {

struct ApiReply {
  int status = 0;
  std::string body;
};

// kUnavailable when nobody listens, kTimeout when the answer is not there in time, kProtocol for no HTTP.
Result<ApiReply> api_request(const std::string& socket_path, const std::string& method,
                             const std::string& target, std::chrono::milliseconds timeout);

}  // namespace orc
