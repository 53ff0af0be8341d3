// SPDX-License-Identifier: Apache-2.0
// Addresses of the API on TCP. Pure but for bind_to().
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "tmux_orc/base/result.h"

namespace orc::api {

// "127.0.0.1:9464"
Result<boost::asio::ip::tcp::endpoint> parse_listen(const std::string& listen);
boost::system::error_code bind_to(boost::asio::ip::tcp::acceptor& acceptor,
                                  const boost::asio::ip::tcp::endpoint& endpoint);
tl::unexpected<Error> cannot_listen(const std::string& where, boost::system::error_code error);
// Who counts as one: an address, or the network that one IPv6 host has to itself.
std::string party_of(const boost::asio::ip::address& address);

}  // namespace orc::api
