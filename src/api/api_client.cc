// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/api/api_client.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace orc {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

// Connect, write, read, each started by the one before; the whole under one deadline.
struct Call {
  explicit Call(asio::io_context& context) : stream(context) {}
  beast::basic_stream<Local> stream;
  beast::flat_buffer buffer;
  http::request<http::empty_body> request;
  http::response_parser<http::string_body> parser;
  error_code error = asio::error::timed_out;

  void start(const std::string& path) {
    stream.async_connect(Local::endpoint(path), [this](error_code e) {
      if (e) return finish(e);
      http::async_write(stream, request, [this](error_code e2, std::size_t) {
        if (e2) return finish(e2);
        http::async_read(stream, buffer, parser, [this](error_code e3, std::size_t) { finish(e3); });
      });
    });
  }
  void finish(error_code e) { error = e; }
};

}  // namespace

Result<ApiReply> api_request(const std::string& socket_path, const std::string& method,
                             const std::string& target, std::chrono::milliseconds timeout) {
  if (socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorKind::kInvalid, fmt::format("the socket's path is too long: {}", socket_path));
  }
  asio::io_context context;
  Call call(context);
  call.parser.body_limit(256 * 1024 * 1024);
  call.request.method_string(method);
  call.request.target(target);
  call.request.version(11);
  call.request.set(http::field::host, "tmux-orc");
  call.request.set(http::field::connection, "close");
  call.stream.expires_after(timeout);
  call.start(socket_path);
  context.run_for(timeout + std::chrono::milliseconds(100));
  const error_code& error = call.error;
  if (!error) return ApiReply{static_cast<int>(call.parser.get().result_int()), call.parser.get().body()};
  if (error == asio::error::connection_refused || error == boost::system::errc::no_such_file_or_directory) {
    return fail(ErrorKind::kUnavailable, "no monitor is listening at " + socket_path);
  }
  if (error == asio::error::timed_out || error == beast::error::timeout) {
    return fail(ErrorKind::kTimeout, fmt::format("the monitor did not answer within {:g} s",
                                                 static_cast<double>(timeout.count()) / 1000));
  }
  return fail(ErrorKind::kProtocol, fmt::format("talking to the monitor failed: {}", error.message()));
}

}  // namespace orc
