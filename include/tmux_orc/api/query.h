// SPDX-License-Identifier: Apache-2.0
// The query of a request's target: "a=1&b=%2555". Pure, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace orc {

// The value of `name`, with %XX read; "" if it is absent, nothing if it is malformed.
std::optional<std::string> query_text(std::string_view query, std::string_view name);

// `fallback` if `name` is absent, nothing if it is no whole number.
std::optional<std::size_t> query_number(std::string_view query, std::string_view name, std::size_t fallback);

// A value for a query.
std::string query_escape(std::string_view text);

}  // namespace orc
