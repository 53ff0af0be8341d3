// SPDX-License-Identifier: Apache-2.0
#include "access.h"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>
#include <string_view>

#include "tmux_orc/api/api_server.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kShortestToken = 16;

// Any page in a browser on this machine can send requests here, and read the answers if it makes its own
// name resolve to a loopback address. Such requests carry an Origin, or that name as Host.
std::optional<ApiResponse> refuse_web_page(const http::fields& header) {
  const auto host = header[http::field::host];
  if (!is_loopback_host({host.data(), host.size()}))
    return ApiResponse{403,
                       R"({"error":"without a token only a loopback name is answered, like localhost"})"};
  if (header.find(http::field::origin) != header.end())
    return ApiResponse{403, R"({"error":"without a token no web page is answered"})"};
  return std::nullopt;
}

// Whoever is no browser sends neither. Host is not compared with a name of ours: behind a proxy or a tunnel
// there are others, and a cookie is sent to the name alone that it was given to.
bool is_same_origin(const http::fields& header) {
  const std::string host(header[http::field::host]), origin(header[http::field::origin]);
  const std::string site(header["Sec-Fetch-Site"]);
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  return origin.empty() || origin == "http://" + host || origin == "https://" + host;
}

}  // namespace

std::optional<ApiResponse> api::refuse_tcp(const http::fields& header, const Logins& logins,
                                           const ApiRoute* route) {
  const auto text = [&](http::field name) {
    return std::string_view(header[name].data(), header[name].size());
  };
  if (route != nullptr && route->only_local)
    return ApiResponse{403, R"({"error":"this is answered on the unix socket only"})"};
  if (!logins.wanted()) return refuse_web_page(header);
  // What a link from elsewhere may open: the page itself, which holds nothing.
  if (route != nullptr && route->without_token && route->method == "GET") return std::nullopt;
  const bool is_open = route != nullptr && route->without_token;
  if (!is_open && logins.is_bearer(text(http::field::authorization))) return std::nullopt;
  // What a browser sends by itself, it sends for any page that asks: only our own may.
  const bool has_cookie = !is_open && logins.has_cookie(text(http::field::cookie));
  if ((is_open || has_cookie) && !is_same_origin(header))
    return ApiResponse{403, R"({"error":"only a page from here is answered"})"};
  if (is_open || has_cookie) return std::nullopt;
  return ApiResponse{401,
                     R"({"error":"a bearer token is needed, or a login by the page"})",
                     "application/json",
                     {{"WWW-Authenticate", "Bearer"}}};
}

Result<std::string> read_api_token(const std::string& file) {
  if (file.empty()) return "";
  const auto text = read_secret_file(file, 64 << 10);
  if (!text) return fail(ErrorKind::kInvalid, "api.token_file: " + text.error().message);
  std::string token(trim(*text));
  if (token.size() < kShortestToken) {
    return fail(ErrorKind::kInvalid, fmt::format("api.token_file: {}: a token needs at least {} characters",
                                                 file, kShortestToken));
  }
  return token;
}

bool is_loopback_host(std::string_view host) {
  const bool is_v6 = host.starts_with('[');
  const std::size_t bracket = is_v6 ? host.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const std::string_view name = host.substr(0, is_v6 ? bracket + 1 : host.find(':'));
  const std::string_view port = host.substr(name.size());
  if (!port.empty() && (port[0] != ':' || port.find_first_not_of("0123456789", 1) != std::string_view::npos))
    return false;
  if (boost::beast::iequals({name.data(), name.size()}, "localhost")) return true;
  boost::system::error_code error;
  if (is_v6) {
    const auto v6 = boost::asio::ip::make_address_v6(std::string(name.substr(1, name.size() - 2)), error);
    return !error && v6.is_loopback();
  }
  const auto v4 = boost::asio::ip::make_address_v4(std::string(name), error);
  return !error && v4.is_loopback();
}

}  // namespace orc
