// SPDX-License-Identifier: Apache-2.0
// Stream: a connection's socket with deadlines, whatever it came by.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>

namespace orc::api {

using Socket = boost::asio::generic::stream_protocol::socket;
using Stream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

}  // namespace orc::api
