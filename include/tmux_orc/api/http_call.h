// SPDX-License-Identifier: Apache-2.0
// http_call: one HTTP request over a connection of its own, to a unix socket or a port. Thread-safe.
#pragma once

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace orc {

struct HttpReply {
  boost::system::error_code error;  // where no whole answer came
  int status = 0;
  std::string body;
};

struct HttpQuestion {
  std::string method = "GET", target, host;
  std::uint64_t most = 0;  // bytes of the body
  std::chrono::milliseconds timeout{};
};

// Connects, writes and reads, each started by the one before; all of it within the timeout.
template <typename Protocol>
HttpReply http_call(const typename Protocol::endpoint& to, const HttpQuestion& question) {
  namespace beast = boost::beast;
  namespace http = beast::http;
  using boost::system::error_code;
  boost::asio::io_context context;
  beast::basic_stream<Protocol> stream(context);
  beast::flat_buffer buffer;
  http::request<http::empty_body> request;
  request.method_string(question.method);
  request.target(question.target);
  request.version(11);
  request.set(http::field::host, question.host);
  request.set(http::field::connection, "close");
  http::response_parser<http::string_body> parser;
  parser.body_limit(question.most);
  HttpReply reply{boost::asio::error::timed_out, 0, ""};
  stream.expires_after(question.timeout);
  stream.async_connect(to, [&](error_code connected) {
    reply.error = connected;
    if (connected) return;
    http::async_write(stream, request, [&](error_code written, std::size_t) {
      reply.error = written;
      if (written) return;
      http::async_read(stream, buffer, parser, [&](error_code read, std::size_t) { reply.error = read; });
    });
  });
  context.run_for(question.timeout + std::chrono::milliseconds(100));
  if (reply.error) return reply;
  reply.status = static_cast<int>(parser.get().result_int());
  reply.body = std::move(parser.get().body());
  return reply;
}

}  // namespace orc
