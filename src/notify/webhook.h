// SPDX-License-Identifier: Apache-2.0
// post_json: one HTTP POST, by libcurl. Redirects are not followed: they could carry the message to where
// nobody sent it. Thread-safe.
#pragma once

#include <string>

#include "tmux_orc/base/cancel.h"
#include "tmux_orc/base/result.h"

namespace orc {

// Ok for a 2xx answer. kTimeout, kUnavailable (no connection, 5xx, 429: worth another try), kCommand (3xx,
// 4xx: not). `cancel` ends it within a second.
Result<void> post_json(const std::string& url, const std::string& body, double timeout_s,
                       const Cancel* cancel = nullptr);

}  // namespace orc
