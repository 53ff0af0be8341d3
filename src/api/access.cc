#include "access.h"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>

#include "tmux_orc/api/api_server.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kShortestToken = 16;

// Same time for any wrong token of the right length.
bool equal_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

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

}  // namespace

std::optional<ApiResponse> api::refuse_tcp(const http::fields& header, const std::string& token,
                                           const ApiRoute* route) {
  if (token.empty()) return refuse_web_page(header);
  if (route != nullptr && route->without_token) return std::nullopt;
  const auto given = header[http::field::authorization];
  if (equal_constant_time({given.data(), given.size()}, "Bearer " + token)) return std::nullopt;
  return ApiResponse{
      401, R"({"error":"a bearer token is needed"})", "application/json", {{"WWW-Authenticate", "Bearer"}}};
}

Result<std::string> read_api_token(const std::string& file) {
  if (file.empty()) return "";
  const auto text = read_file(file);
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
