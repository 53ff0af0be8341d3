// ApiServer: HTTP on a unix socket (0600, only our uid) and, if wanted, on TCP with a token. One thread of
// its own; the handler runs on it and must be quick. A client that is slow or never reads is cut off after 10
// s and holds up nobody. Of connections there are at most 256 on the socket and 128 on TCP, new ones wait in
// the backlog; of those half may be event streams, more are refused with 503. Without a token TCP answers
// only who calls it by a loopback name and is no web page. HEAD is answered as GET without the body.
// Thread-safety: wake() may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tmux_orc/api/events.h"
#include "tmux_orc/base/result.h"

namespace orc {

struct ApiRequest {
  std::string method;  // "GET", also for HEAD
  std::string path;    // "/api/v1/status", without the query
  std::string query;   // "rounds=20"
  std::string body;
  std::string accept;  // the Accept header
};

struct ApiResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};  // further ones
};

// What a path answers when it knows other methods; GET stands for HEAD too.
ApiResponse method_not_allowed(const std::vector<std::string>& known);

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

// kIo if nobody could listen there now: the port is taken, the address is not this machine's. Listens to
// nothing.
Result<void> check_port_is_free(const std::string& listen);

// The token in `file`; empty for no file. kInvalid if it cannot be read or is too short.
Result<std::string> read_api_token(const std::string& file);

// Whether a Host header names this machine by a loopback name or address, with any port or none.
bool is_loopback_host(std::string_view host);

}  // namespace orc
