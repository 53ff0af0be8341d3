// SPDX-License-Identifier: Apache-2.0
// What finding a session's log is made of. Thread-safe: no shared state.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tmux_orc/witness/session_place.h"

namespace orc::places {

inline constexpr std::size_t kLongestSession = 64 * 1024;  // of a file that names a session
inline constexpr std::int64_t kSlack_ms = 5000;

// The first thousands of a folder, without hidden ones.
void each_name(const std::string& folder, const std::function<void(const char*)>& take);
// Nothing for what is no plain file.
std::optional<std::int64_t> written_ms(const std::string& file);
// The variable's, else the one below HOME; "" if it is none or relative.
std::string home_of(std::map<std::string, std::string> variables, const char* own, const char* below_home);
// Letters, digits, - and _: no way out of a folder.
bool is_plain_name(std::string_view name);
// The file of these that was written last, and since `since_ms`; "" for none.
std::string newest_of(const std::string& folder, std::string_view begin, std::string_view end,
                      std::int64_t since_ms);

std::string gemini_log(const SessionSeeker& who, const std::string& proc);
std::string qwen_log(const SessionSeeker& who, const std::string& proc);

}  // namespace orc::places
