// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "entries.h"
#include "protocol.h"
#include "require.h"

namespace orc::fuzz {
namespace {

using protocol::Layout;

struct Decoded {
  std::vector<std::string> payloads;
  bool failed = false;
};

Decoded decode(Layout layout, std::string_view data, std::size_t piece) {
  protocol::MessageDecoder decoder(layout);
  Decoded out;
  while (!data.empty() && !out.failed) {
    const std::string_view part = data.substr(0, piece);
    data.remove_prefix(part.size());
    decoder.feed(part);
    for (;;) {
      auto next = decoder.next();
      if (!next) {
        out.failed = true;
        ORC_REQUIRE(!decoder.next());  // an error stays
        break;
      }
      if (!next->ready) break;
      ORC_REQUIRE(next->message.payload.size() <= protocol::kMaxPayload);
      out.payloads.push_back(std::move(next->message.payload));
    }
  }
  return out;
}

}  // namespace

void decode_messages(std::string_view data) {
  for (const Layout layout : {Layout::kShortLength, Layout::kLongLength}) {
    const Decoded whole = decode(layout, data, data.size() + 1), pieces = decode(layout, data, 3);
    ORC_REQUIRE(whole.failed == pieces.failed);
    ORC_REQUIRE(whole.payloads == pieces.payloads);  // how the bytes are cut does not matter
    std::size_t bytes = 0;
    for (const std::string& p : whole.payloads) bytes += protocol::kHeaderSize + p.size();
    ORC_REQUIRE(bytes <= data.size());
  }
}

}  // namespace orc::fuzz
