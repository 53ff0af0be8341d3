// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <limits>
#include <string_view>
#include <utility>

#include "access.h"
#include "event_stream.h"
#include "tmux_orc/api/query.h"

namespace orc::api {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

}  // namespace

Connection::Connection(Socket&& socket, bool is_local, std::unique_ptr<Door::Guest> guest, Hub& hub)
    : stream_(std::move(socket)),
      is_local_(is_local),
      guest_(std::move(guest)),
      hub_(hub),
      buffer_(kMostBuffer) {
  guest_->on_eviction = [this] {
    Error ignored;
    stream_.socket().close(ignored);
  };
}

Connection::~Connection() {
  if (guest_ == nullptr) return;  // the event stream has it
  guest_.reset();
  if (hub_.on_leave) hub_.on_leave();
}

// A step of a connection that throws ends that connection and nothing else.
template <typename Step>
auto Connection::guarded(Step step) {
  return [self = shared_from_this(), step = std::move(step)](Error error, std::size_t n) mutable {
    try {
      step(*self, error, n);
    } catch (const std::exception& e) {
      if (self->hub_.on_fault) self->hub_.on_fault(e.what());
      Error ignored;
      self->stream_.socket().close(ignored);
    }
  };
}

void Connection::read_header(Steady::duration time) {
  body_.reset();
  head_.emplace();
  head_->header_limit(kMostHeader);
  // Ours to judge, by the route. (With "none" this Beast refuses every length.)
  head_->body_limit(std::numeric_limits<std::uint64_t>::max());
  guest_->is_waited_for(Steady::now());
  stream_.expires_after(time);
  http::async_read_header(stream_, buffer_, *head_, guarded([](Connection& c, Error error, std::size_t) {
                            if (error) return c.refuse_what_is_no_request(error);
                            c.on_header();
                          }));
}

void Connection::on_header() {
  guest_->is_answered(Steady::now());
  const auto& head = head_->get();
  is_head_ = head.method() == http::verb::head;
  const bool keep = head.keep_alive();
  const Target target = split_target({head.target().data(), head.target().size()});
  ApiRequest request{is_head_ ? "GET" : std::string(head.method_string()),
                     std::string(target.path),
                     std::string(target.query),
                     "",
                     std::string(head[http::field::accept]),
                     std::string(head[http::field::if_none_match])};
  const ApiRoute* const route = hub_.router.find(request.method, request.path);
  if (const auto refusal = refuse(route)) return respond(*refusal, false);
  static const ApiRoute kNone;
  if (const auto refusal = refuse_body(route == nullptr ? kNone : *route)) return respond(*refusal, false);
  if (route == nullptr) return respond(hub_.router.refusal(request.path), keep);
  if (route->is_event_stream) return open_stream();
  if (head_->content_length().value_or(0) > 0) return read_body(*route, std::move(request), keep);
  answer(*route, request, keep);
}

void Connection::read_body(const ApiRoute& route, ApiRequest request, bool keep) {
  body_.emplace(std::move(*head_));
  head_.reset();
  body_->body_limit(route.most_body);
  stream_.expires_after(kPatience);
  http::async_read(
      stream_, buffer_, *body_,
      guarded([&route, request = std::move(request), keep](Connection& c, Error error, std::size_t) mutable {
        if (error) return c.refuse_what_is_no_request(error);
        request.body = std::move(c.body_->get().body());
        c.answer(route, request, keep);
      }));
}

void Connection::refuse_what_is_no_request(Error error) {
  static const auto& kHttp = http::make_error_code(http::error::end_of_stream).category();
  is_head_ = false;
  if (error == http::error::body_limit) return respond({413, R"({"error":"request too large"})"}, false);
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return respond({431, R"({"error":"header too large"})"}, false);
  if (error == http::error::end_of_stream || error.category() != kHttp) return;  // gone or too slow
  respond({400, R"({"error":"this is no HTTP request"})"}, false);
}

std::optional<ApiResponse> Connection::refuse(const ApiRoute* route) const {
  if (is_local_) return std::nullopt;
  return refuse_tcp(head_->get(), *hub_.logins, route);
}

// Chunks may carry extensions and trailers without end, and nobody needs them here.
std::optional<ApiResponse> Connection::refuse_body(const ApiRoute& route) const {
  if (head_->chunked() || head_->get().find(http::field::transfer_encoding) != head_->get().end())
    return ApiResponse{411, R"({"error":"a body must come whole, with its Content-Length"})"};
  if (head_->content_length().value_or(0) <= route.most_body) return std::nullopt;
  if (route.most_body == 0) return ApiResponse{413, R"({"error":"no body is read here"})"};
  return ApiResponse{413, R"({"error":"request too large"})"};
}

void Connection::answer(const ApiRoute& route, const ApiRequest& request, bool keep) {
  ApiResponse response;
  try {
    response = route.handle(request);
  } catch (const std::exception& e) {
    if (hub_.on_fault) hub_.on_fault(fmt::format("{} {}: {}", request.method, request.path, e.what()));
    response = {500, R"({"error":"this failed in a way that nobody foresaw; the log says more"})"};
  }
  respond(response, keep);
}

void Connection::open_stream() {
  // A stream has no length that HEAD could tell.
  if (is_head_) return respond({200, "", kEventStream}, head_->get().keep_alive());
  if (!guest_->becomes_stream())
    return respond({503, R"({"error":"there are too many event streams"})"}, false);
  guest_->on_eviction = nullptr;
  const auto last = head_->get()["Last-Event-ID"];
  stream_.expires_never();
  std::make_shared<EventStream>(std::move(stream_), std::move(guest_), hub_,
                                std::string_view(last.data(), last.size()))
      ->start();
}

void Connection::respond(const ApiResponse& r, bool keep) {
  response_.emplace(static_cast<http::status>(r.status), 11);
  response_->set(http::field::server, "tmux-orc");
  response_->set(http::field::content_type, r.content_type);
  response_->set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : r.headers) response_->set(name, value);
  response_->keep_alive(keep);
  if (r.content_type != kEventStream) response_->content_length(r.body.size());
  if (!is_head_) response_->body() = r.body;
  guest_->is_answered(Steady::now());
  stream_.expires_after(kPatience);
  http::async_write(stream_, *response_, guarded([keep](Connection& c, Error error, std::size_t) {
                      c.response_.reset();
                      if (error) return;
                      if (keep) return c.read_header(kIdleTime);
                      Error ignored;
                      c.stream_.socket().shutdown(Socket::shutdown_send, ignored);
                      c.guest_->is_waited_for(Steady::now());
                      c.stream_.expires_after(kPatience);
                      c.linger();
                    }));
}

// A client that is still sending (a request that is too large) must find its answer and not a closed
// connection: what it sends is read and dropped for a while, the caller's deadline.
void Connection::linger() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kMostHeader),
                          guarded([](Connection& c, Error error, std::size_t n) {
                            c.lingered_ += n;
                            if (!error && c.lingered_ < kMostLingered) c.linger();
                          }));
}

}  // namespace orc::api
