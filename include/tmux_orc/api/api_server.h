// SPDX-License-Identifier: Apache-2.0
// ApiServer: HTTP on a unix socket (0600, only our uid) and, if wanted, on TCP with a token. One thread of
// its own; the handlers run on it and must be quick. Nothing that comes in may grow or hold anything: a
// request's header is read first, bounded and within 2 s; a body only where the route reads one; what may be
// held is in src/api/bounds.h. Without a token TCP answers only who calls it by a loopback name and is no web
// page; with one, who sends it or a cookie of Logins. HEAD is answered as GET without the body.
// Thread-safety: wake() may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tmux_orc/api/events.h"
#include "tmux_orc/api/logins.h"
#include "tmux_orc/api/router.h"
#include "tmux_orc/base/result.h"

namespace orc {

struct ApiOptions {
  std::string socket_path;
  std::string listen;                  // "127.0.0.1:9464" or "[::1]:9464"; empty: none
  std::shared_ptr<Logins> logins;      // who may ask on TCP; null: everybody
  std::size_t descriptors = 1u << 20;  // that the process may have: the doors are made to fit
  // A handler or the server itself failed in a way nobody foresaw. Called from the server's thread.
  std::function<void(const std::string&)> on_fault = {};
};

class ApiServer {
 public:
  // `events` feeds the routes that are event streams (text/event-stream, resumed by Last-Event-ID).
  static Result<std::unique_ptr<ApiServer>> start(ApiOptions options, Router router, const EventLog& events);
  virtual ~ApiServer() = default;
  virtual void wake() = 0;  // there are new events
};

// kInvalid for an address that is not loopback without a token, or that cannot be understood.
Result<void> check_listen_address(const std::string& listen, bool has_token);

// kIo if nobody could listen there now: the port is taken, the address is not this machine's. Listens to
// nothing.
Result<void> check_port_is_free(const std::string& listen);

// The token in `file`; empty for no file. kInvalid if it cannot be read or is too short.
Result<std::string> read_api_token(const std::string& file);

// Whether a Host header names this machine by a loopback name or address, with any port or none.
bool is_loopback_host(std::string_view host);

}  // namespace orc
