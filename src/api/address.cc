// SPDX-License-Identifier: Apache-2.0
#include "address.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <charconv>

#include "tmux_orc/api/api_server.h"

namespace orc {
namespace api {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

Result<tcp::endpoint> parse_listen(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  unsigned port = 0;
  const char* end = listen.data() + listen.size();
  const bool good = colon != std::string::npos && !error &&
                    std::from_chars(listen.data() + colon + 1, end, port).ptr == end && port <= 65535 &&
                    colon + 1 < listen.size();
  if (!good) {
    return fail(ErrorKind::kInvalid,
                fmt::format("api.listen '{}' must be an address and a port, like 127.0.0.1:9464", listen));
  }
  return tcp::endpoint(address, static_cast<unsigned short>(port));
}

error_code bind_to(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

tl::unexpected<Error> cannot_listen(const std::string& where, error_code error) {
  return fail(ErrorKind::kIo, fmt::format("cannot listen at {}: {}", where, error.message()));
}

// One who has an IPv6 address has a whole /64 of them.
std::string party_of(const asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  if (!v6.is_loopback()) std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return asio::ip::address_v6(bytes).to_string();
}

}  // namespace api

Result<void> check_listen_address(const std::string& listen, bool has_token) {
  ORC_TRY(endpoint, api::parse_listen(listen));
  if (!endpoint->address().is_loopback() && !has_token) {
    return fail(ErrorKind::kInvalid,
                fmt::format("api.listen {} is not a loopback address: set api.token_file, or anybody "
                            "could read what your agents do",
                            listen));
  }
  return {};
}

Result<void> check_port_is_free(const std::string& listen) {
  ORC_TRY(endpoint, api::parse_listen(listen));
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context);
  if (const boost::system::error_code error = api::bind_to(acceptor, *endpoint))
    return api::cannot_listen(listen, error);
  return {};
}

}  // namespace orc
