// SPDX-License-Identifier: Apache-2.0
// What a message is on the wire, where it is sent by hand. Thread-safe.
#pragma once

#include <boost/beast/http.hpp>
#include <sstream>
#include <string>

namespace orc::api {

template <bool isRequest>
std::string wire_text(const boost::beast::http::message<isRequest, boost::beast::http::empty_body>& message) {
  std::ostringstream out;
  out << message;
  return out.str();
}

}  // namespace orc::api
