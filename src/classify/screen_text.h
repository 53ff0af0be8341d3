// SPDX-License-Identifier: Apache-2.0
// A screen's text without what is drawn and not written: variation selectors behind glyphs ("◐" and
// "◐︎" are one spinner) and the scrollbar at the right edge, which makes blank lines look written. Pure,
// thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace orc {

// The text as rules should see it. Gives `text` itself where there is nothing to drop (nearly always), else a
// view of `storage`. Lines stay lines: nothing moves up or down.
std::string_view clean_screen(std::string_view text, std::string& storage);

}  // namespace orc
