// SPDX-License-Identifier: Apache-2.0
// Logins: who may ask over TCP. A program sends the token; a browser comes once with a code, for which it
// gets a cookie. A cookie is signed with the token and nothing is kept of it: it outlives a restart, and a
// new token ends them all. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tmux_orc/base/mutex.h"
#include "tmux_orc/base/result.h"

namespace orc {

// A new token: 256 bits from the kernel, as hex.
std::string new_token();

class Logins {
 public:
  // An empty token: everybody may. `now_s`: seconds since 1970, for tests.
  explicit Logins(std::string token, std::string cookie_name = "tmux_orc",
                  std::function<std::int64_t()> now_s = {});

  bool wanted() const;
  void set_token(std::string token);
  bool is_bearer(std::string_view authorization) const;  // "Bearer ..."
  bool has_cookie(std::string_view cookies) const;       // a Cookie header

  // Works once and for ten minutes; of more than 16 at a time the oldest is forgotten.
  std::string make_code();
  // The text of a Set-Cookie header; nothing for a code that was used, is too old or was never given.
  std::optional<std::string> redeem(std::string_view code);

 private:
  std::string sign(std::string_view text) const ORC_REQUIRES(mutex_);

  const std::string cookie_name_;
  const std::function<std::int64_t()> now_s_;
  mutable Mutex mutex_;
  std::string token_ ORC_GUARDED_BY(mutex_);
  struct Code {
    std::string text;
    std::int64_t until_s = 0;
  };
  std::deque<Code> codes_ ORC_GUARDED_BY(mutex_);
};

}  // namespace orc
