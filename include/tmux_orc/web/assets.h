// SPDX-License-Identifier: Apache-2.0
// The page's files, as a browser gets them: built into the program from web/, with the colours of states from
// base/state_style.h. No file holds anything that must be kept secret. Immutable, so free for all threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orc {

struct WebAsset {
  std::string path;  // "/app.js"; the page itself is "/"
  std::string content_type;
  std::string body;
  std::string etag;  // with its quotes
};

const std::vector<WebAsset>& web_assets();

// The style sheet of the page and the reports, the colours of states in front.
const std::string& style_sheet();

// What a browser may do with a page of ours: run our own script and style, talk to us, and be in no frame.
inline constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace orc
