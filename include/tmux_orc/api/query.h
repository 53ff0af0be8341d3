// SPDX-License-Identifier: Apache-2.0
// A request's target and its query: "/path?a=1&b=%2555". The one place that takes them apart by hand: Debian
// 12's Boost (1.74) has no Boost.URL. All else of HTTP is read and written by Beast, but for cookies
// (Logins::has_cookie): Beast's lists of parameters end at a value that is no token, and another program's
// cookie for the same name may hold one. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace orc {

struct Target {
  std::string_view path, query;
};
Target split_target(std::string_view target);

// The value of `name`, with %XX read; "" if it is absent, nothing if it is malformed.
std::optional<std::string> query_text(std::string_view query, std::string_view name);

// `fallback` if `name` is absent, nothing if it is no whole number.
std::optional<std::size_t> query_number(std::string_view query, std::string_view name, std::size_t fallback);

// A value for a query.
std::string query_escape(std::string_view text);

}  // namespace orc
