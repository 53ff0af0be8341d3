// SPDX-License-Identifier: Apache-2.0
// Connection: one client, request after request, until it goes, is too slow, or becomes an event stream.
// Keeps itself alive by what it has pending; all on the server's thread.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <string>

#include "door.h"
#include "hub.h"
#include "stream.h"

namespace orc::api {

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket&& socket, bool is_local, std::unique_ptr<Door::Guest> guest, Hub& hub);
  ~Connection();
  void start() { read_header(limits_of_first()); }

 private:
  using Error = boost::system::error_code;
  using HeadParser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  using BodyParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  static Steady::duration limits_of_first() { return kHeaderTime; }
  template <typename Step>
  auto guarded(Step step);
  void read_header(Steady::duration time);
  void on_header();
  void read_body(const ApiRoute& route, ApiRequest request, bool keep);
  void refuse_what_is_no_request(Error error);
  std::optional<ApiResponse> refuse(const ApiRoute* route) const;
  std::optional<ApiResponse> refuse_body(const ApiRoute& route) const;
  void answer(const ApiRoute& route, const ApiRequest& request, bool keep);
  void open_stream();
  void respond(const ApiResponse& response, bool keep);
  void linger();

  Stream stream_;
  const bool is_local_;
  std::unique_ptr<Door::Guest> guest_;
  Hub& hub_;
  boost::beast::flat_buffer buffer_;
  std::optional<HeadParser> head_;
  std::optional<BodyParser> body_;
  std::optional<boost::beast::http::response<boost::beast::http::string_body>> response_;
  bool is_head_ = false;  // the request's method is HEAD
  std::size_t lingered_ = 0;
};

}  // namespace orc::api
