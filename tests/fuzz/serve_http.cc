// SPDX-License-Identifier: Apache-2.0
// The whole of the HTTP server on a socket pair: what a client may send, in two pieces, and then it goes.
// Whatever came, the server is at rest afterwards: every place is free (at once; what is not is printed, and
// must be when its deadline has passed), nothing is listened to, no fault was told.
#include <fcntl.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <string>

#include "bounds.h"
#include "connection.h"
#include "entries.h"
#include "require.h"

namespace orc::fuzz {
namespace {

constexpr std::size_t kMostBody = 64;

Router routes() {
  const auto page = [](const ApiRequest& r) { return ApiResponse{200, r.query}; };
  ApiRoute events{"GET", "/e", {}};
  events.is_event_stream = true;
  return Router({{"GET", "/", page},
                 events,
                 {"POST", "/b",
                  [](const ApiRequest& r) {
                    ORC_REQUIRE(r.body.size() <= kMostBody);
                    return ApiResponse{200, r.body};
                  },
                  kMostBody}});
}

// What is there to read, however much.
std::size_t drain(int fd) {
  char buffer[65536];
  std::size_t all = 0;
  for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;) all += static_cast<std::size_t>(n);
  return all;
}

}  // namespace

void serve_http(std::string_view data) {
  using Protocol = boost::asio::generic::stream_protocol;
  int fds[2];
  ORC_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
  const EventLog events(1);
  api::Door door(api::tcp_door(1024), Steady::duration::zero());
  bool fault = false;
  {
    // The first byte says whether a token is wanted and where the input is cut.
    const auto seed = static_cast<unsigned char>(data.empty() ? 0 : data[0]);
    data.remove_prefix(data.empty() ? 0 : 1);
    api::Hub hub{routes(),
                 std::make_shared<Logins>((seed & 1) != 0 ? "a token of ours" : ""),
                 events,
                 {},
                 [&](const std::string&) { fault = true; }};
    boost::asio::io_context context;
    std::make_shared<api::Connection>(api::Socket(context, Protocol(AF_UNIX, 0), fds[0]), (seed & 2) != 0,
                                      door.enter("x", Steady::now()), hub)
        ->start();
    const std::size_t cut = data.size() * seed / 256;
    for (const std::string_view part : {data.substr(0, cut), data.substr(cut)}) {
      for (std::string_view rest = part; !rest.empty();) {
        const ssize_t n = ::send(fds[1], rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN) break;  // it was put out
        if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
        context.poll();
        drain(fds[1]);
      }
      context.poll();
    }
    drain(fds[1]);
    ::close(fds[1]);
    while (context.poll() > 0) {
    }
    if (door.inside() != 0) {
      std::fprintf(stderr, "serve_http: a place was not free at once\n");
      context.run_for(api::kPatience + std::chrono::seconds(1));
    }
    ORC_REQUIRE(door.inside() == 0);
    ORC_REQUIRE(hub.streams.empty());
  }
  ORC_REQUIRE(!fault);
}

}  // namespace orc::fuzz
