// ApiServer: HTTP on a unix socket (0600, only our uid) and, if wanted, on TCP with a token. One thread of
// its own; the handler runs on it and must be quick. A client that is slow or never reads is cut off after 10
// s and holds up nobody; beyond 256 connections new ones wait in the socket's backlog. Thread-safety: wake()
// may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tmux_orc/base/result.h"
#include "tmux_orc/daemon/events.h"

namespace orc {

struct ApiRequest {
  std::string method;  // "GET"
  std::string path;    // "/api/v1/status", without the query
  std::string query;   // "rounds=20"
  std::string body;
  std::string accept;  // the Accept header
};

struct ApiResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

using ApiHandler = std::function<ApiResponse(const ApiRequest&)>;

struct ApiOptions {
  std::string socket_path;
  std::string listen;  // "127.0.0.1:9464" or "[::1]:9464"; empty: none
  std::string token;   // wanted as "Authorization: Bearer ..." on TCP; empty: none
};

class ApiServer {
 public:
  // `events` feeds GET /api/v1/events (text/event-stream, resumed by Last-Event-ID).
  static Result<std::unique_ptr<ApiServer>> start(ApiOptions options, ApiHandler handler,
                                                  const EventLog& events);
  virtual ~ApiServer() = default;
  virtual void wake() = 0;  // there are new events
};

// kInvalid for an address that is not loopback without a token, or that cannot be understood.
Result<void> check_listen_address(const std::string& listen, bool has_token);

}  // namespace orc
