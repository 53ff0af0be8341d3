// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/api/api_client.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <utility>

#include "tmux_orc/api/http_call.h"

namespace orc {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t kMostAnswer = 256 << 20;

}  // namespace

Result<ApiReply> api_request(const std::string& socket_path, const std::string& method,
                             const std::string& target, std::chrono::milliseconds timeout) {
  if (socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorKind::kInvalid, fmt::format("the socket's path is too long: {}", socket_path));
  }
  HttpReply reply = http_call<asio::local::stream_protocol>(
      socket_path,
      {.method = method, .target = target, .host = "tmux-orc", .most = kMostAnswer, .timeout = timeout});
  const auto& error = reply.error;
  if (!error) return ApiReply{reply.status, std::move(reply.body)};
  if (error == asio::error::connection_refused || error == boost::system::errc::no_such_file_or_directory) {
    return fail(ErrorKind::kUnavailable, "no monitor is listening at " + socket_path);
  }
  if (error == asio::error::timed_out || error == boost::beast::error::timeout) {
    return fail(ErrorKind::kTimeout, fmt::format("the monitor did not answer within {:g} s",
                                                 static_cast<double>(timeout.count()) / 1000));
  }
  return fail(ErrorKind::kProtocol, fmt::format("talking to the monitor failed: {}", error.message()));
}

}  // namespace orc
