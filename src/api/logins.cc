// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/api/logins.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "tmux_orc/base/clock.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr std::int64_t kCodeTime_s = 600, kCookieTime_s = 90 * 86400;
constexpr std::size_t kMostCodes = 16;

std::int64_t wall_s() { return SystemClock().wall_ms() / 1000; }

// Same time for any wrong text of the right length.
bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string new_token() { return random_hex() + random_hex() + random_hex() + random_hex(); }

Logins::Logins(std::string token, std::string cookie_name, std::function<std::int64_t()> now_s)
    : cookie_name_(std::move(cookie_name)),
      now_s_(now_s ? std::move(now_s) : wall_s),
      token_(std::move(token)) {}

bool Logins::wanted() const {
  MutexLock lock(mutex_);
  return !token_.empty();
}

void Logins::set_token(std::string token) {
  MutexLock lock(mutex_);
  token_ = std::move(token);
  codes_.clear();
}

bool Logins::is_bearer(std::string_view authorization) const {
  MutexLock lock(mutex_);
  return !token_.empty() && equal(authorization, "Bearer " + token_);
}

// "1767225600.4f2a…": until when, and its signature.
bool Logins::has_cookie(std::string_view cookies) const {
  const std::string key = cookie_name_ + "=";
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    const std::string_view one = trim(cookies.substr(0, end));
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    if (!one.starts_with(key)) continue;
    const std::string_view value = one.substr(key.size());
    const std::size_t dot = value.find('.');
    if (dot == std::string_view::npos) continue;
    std::int64_t until = 0;
    const auto [stop, problem] = std::from_chars(value.data(), value.data() + dot, until);
    if (problem != std::errc() || stop != value.data() + dot || until <= now_s_()) continue;
    MutexLock lock(mutex_);
    if (!token_.empty() && equal(value.substr(dot + 1), sign(value.substr(0, dot)))) return true;
  }
  return false;
}

std::string Logins::make_code() {
  MutexLock lock(mutex_);
  codes_.push_back({random_hex() + random_hex(), now_s_() + kCodeTime_s});
  if (codes_.size() > kMostCodes) codes_.pop_front();
  return codes_.back().text;
}

std::optional<std::string> Logins::redeem(std::string_view code) {
  MutexLock lock(mutex_);
  const std::int64_t now = now_s_();
  std::erase_if(codes_, [&](const Code& c) { return c.until_s <= now; });
  bool found = false;
  std::erase_if(codes_, [&](const Code& c) {
    const bool is_it = equal(c.text, code);
    found = found || is_it;
    return is_it;
  });
  if (!found) return std::nullopt;
  const std::string until = std::to_string(now + kCookieTime_s);
  return fmt::format("{}={}.{}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict", cookie_name_, until,
                     sign(until), kCookieTime_s);
}

std::string Logins::sign(std::string_view text) const {
  const std::string what = fmt::format("page {} {}", cookie_name_, text);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), token_.data(), static_cast<int>(token_.size()),
       reinterpret_cast<const unsigned char*>(what.data()), what.size(), mac, &length);
  std::string out;
  for (unsigned i = 0; i < length; ++i) out += fmt::format("{:02x}", mac[i]);
  return out;
}

}  // namespace orc
