// SPDX-License-Identifier: Apache-2.0
// What both the libFuzzer targets and fuzz_test run: one entry a parser of bytes from outside. Each checks
// the parser's promises and aborts when one is broken.
#pragma once

#include <string_view>

namespace orc::fuzz {

void decode_messages(std::string_view data);
void edit_hooks(std::string_view data);
void frame_captures(std::string_view data);
void read_config(std::string_view data);
void read_listing(std::string_view data);
void read_reset(std::string_view data);
void read_rules(std::string_view data);
void read_screen(std::string_view data);
void read_session(std::string_view data);
void serve_http(std::string_view data);

// The nonce that well-formed input of frame_captures() and read_listing() uses.
inline constexpr std::string_view kNonce = "0123456789abcdef";

}  // namespace orc::fuzz
