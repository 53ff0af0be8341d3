// SPDX-License-Identifier: Apache-2.0
// Router: the table of what the API answers: a path and a method to a handler. Also whether a route reads a
// body, may be asked without a token, or is the stream of events: the server knows all that from a request's
// header alone. Thread-safety: const after it was made; handlers run on the server's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace orc {

struct ApiRequest {
  std::string method;  // "GET", also for HEAD
  std::string path;    // "/api/v1/status", without the query
  std::string query;   // "rounds=20"
  std::string body;    // empty where the route reads none
  std::string accept;  // the Accept header
  std::string if_none_match = {};
};

struct ApiResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};  // further ones
};

using ApiHandler = std::function<ApiResponse(const ApiRequest&)>;

struct ApiRoute {
  std::string method;            // GET stands for HEAD too
  std::string path;              // the whole of it
  ApiHandler handle;             // may throw: answered with 500
  std::size_t most_body = 0;     // bytes; 0: a request with a body is refused
  bool without_token = false;    // answered on TCP without the token, where one is wanted
  bool only_local = false;       // answered on the unix socket alone
  bool is_event_stream = false;  // the server's own: `handle` is not called
};

class Router {
 public:
  explicit Router(std::vector<ApiRoute> routes) : routes_(std::move(routes)) {}

  // Null if there is none for this path and method.
  const ApiRoute* find(const std::string& method, const std::string& path) const;
  // What is answered when find() gave null: 404, or 405 with what the path knows.
  ApiResponse refusal(const std::string& path) const;

 private:
  std::vector<ApiRoute> routes_;
};

}  // namespace orc
