#include "tmux_orc/api/api_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <thread>

#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

constexpr auto kPatience = std::chrono::seconds(10);   // for a request, and for a client to take its answer
constexpr auto kKeepAlive = std::chrono::seconds(15);  // a comment line on an event stream
constexpr std::size_t kMaxBody = 64 * 1024;
constexpr std::size_t kMostLingered = 16 * kMaxBody;
constexpr std::size_t kShortestToken = 16;
constexpr const char* kEventsPath = "/api/v1/events";
constexpr const char* kEventStream = "text/event-stream";

// What one way in may hold, so that whoever fills one leaves the other as it is. Streams last for ever: they
// get half.
struct Door {
  const std::size_t max_sessions, max_streams;
  std::size_t sessions = 0, streams = 0;
};

// Same time for any wrong token of the right length.
bool equal_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

struct Shared {
  ApiOptions options;
  ApiHandler handler;
  const EventLog& events;
  std::function<void()> on_session_end;      // accepting may go on
  std::set<std::function<void()>*> streams;  // called when there are new events
  Door local{256, 128}, tcp{128, 64};
};

class SessionBase {
 public:
  virtual ~SessionBase() = default;
};

// One connection. Keeps itself alive by the handlers it has pending; all on the server's thread.
template <typename Protocol>
class Session final : public SessionBase, public std::enable_shared_from_this<Session<Protocol>> {
 public:
  using Stream = beast::basic_stream<Protocol>;
  Session(typename Protocol::socket&& socket, Shared& shared)
      : stream_(std::move(socket)), shared_(shared), door_(door_of(shared)), timer_(stream_.get_executor()) {
    ++door_.sessions;
  }
  ~Session() override {
    shared_.streams.erase(&on_event_);
    if (streaming_) --door_.streams;
    --door_.sessions;
    shared_.on_session_end();
  }
  static Door& door_of(Shared& shared) { return std::is_same_v<Protocol, tcp> ? shared.tcp : shared.local; }

  void read() {
    parser_.emplace();
    parser_->body_limit(kMaxBody);
    parser_->header_limit(16 * 1024);
    stream_.expires_after(kPatience);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
  }

 private:
  using Response = http::response<http::string_body>;

  void on_read(error_code error) {
    if (error) return respond_to_failure(error);
    const auto& request = parser_->get();
    const bool keep = request.keep_alive();
    if (const auto refusal = refuse(request)) return respond(*refusal, false);
    const std::string target(request.target());
    const std::size_t question = target.find('?');
    ApiRequest r{is_head() ? "GET" : std::string(request.method_string()), target.substr(0, question),
                 question == std::string::npos ? "" : target.substr(question + 1), request.body(),
                 std::string(request[http::field::accept])};
    if (r.path == kEventsPath) return events(request, r.method);
    respond(shared_.handler(r), keep);
  }

  void respond_to_failure(error_code error) {
    static const auto& kHttp = http::make_error_code(http::error::end_of_stream).category();
    if (error == http::error::body_limit) return respond({413, R"({"error":"request too large"})"}, false);
    if (error == http::error::header_limit) return respond({431, R"({"error":"header too large"})"}, false);
    if (error == http::error::end_of_stream || error.category() != kHttp)
      return;  // gone or too slow: we close
    respond({400, R"({"error":"this is no HTTP request"})"}, false);
  }

  bool is_head() const { return parser_->get().method() == http::verb::head; }

  // Why a request is not answered, if so. Whose uid a client on the unix socket is was checked when it
  // connected.
  std::optional<ApiResponse> refuse(const http::request<http::string_body>& request) const {
    if constexpr (!std::is_same_v<Protocol, tcp>) return std::nullopt;
    if (shared_.options.token.empty()) return refuse_web_page(request);
    if (request.target() == "/healthz") return std::nullopt;
    const auto given = request[http::field::authorization];
    if (equal_constant_time({given.data(), given.size()}, "Bearer " + shared_.options.token))
      return std::nullopt;
    return ApiResponse{
        401, R"({"error":"a bearer token is needed"})", "application/json", {{"WWW-Authenticate", "Bearer"}}};
  }

  // Any page in a browser on this machine can send requests here, and read the answers if it makes its own
  // name resolve to a loopback address. Such requests carry an Origin, or that name as Host.
  static std::optional<ApiResponse> refuse_web_page(const http::request<http::string_body>& request) {
    const auto host = request[http::field::host];
    if (!is_loopback_host({host.data(), host.size()}))
      return ApiResponse{403,
                         R"({"error":"without a token only a loopback name is answered, like localhost"})"};
    if (request.find(http::field::origin) != request.end())
      return ApiResponse{403, R"({"error":"without a token no web page is answered"})"};
    return std::nullopt;
  }

  void respond(const ApiResponse& r, bool keep) {
    response_.emplace(static_cast<http::status>(r.status), 11);
    response_->set(http::field::server, "tmux-orc");
    response_->set(http::field::content_type, r.content_type);
    response_->set(http::field::cache_control, "no-store");
    for (const auto& [name, value] : r.headers) response_->set(name, value);
    response_->keep_alive(keep);
    // An event stream has no length that HEAD could tell.
    if (r.content_type != kEventStream) response_->content_length(r.body.size());
    if (!is_head()) response_->body() = r.body;
    stream_.expires_after(kPatience);
    http::async_write(stream_, *response_,
                      [self = this->shared_from_this(), keep](error_code error, std::size_t) {
                        if (error) return;
                        if (keep) return self->read();
                        error_code ignored;
                        self->stream_.socket().shutdown(Protocol::socket::shutdown_send, ignored);
                        self->stream_.expires_after(kPatience);
                        self->linger();
                      });
  }

  // A client that is still sending (a request that is too large) must find its answer and not a closed
  // connection: what it sends is read and dropped for a while, the caller's deadline.
  void linger() {
    stream_.async_read_some(buffer_.prepare(kMaxBody),
                            [self = this->shared_from_this()](error_code error, std::size_t n) {
                              self->lingered_ += n;
                              if (!error && self->lingered_ < kMostLingered) self->linger();
                            });
  }

  // ---- event stream: a header without a length, then one record an event ----

  void events(const http::request<http::string_body>& request, const std::string& method) {
    if (method != "GET") return respond(method_not_allowed({"GET"}), request.keep_alive());
    if (is_head()) return respond({200, "", kEventStream}, request.keep_alive());
    if (door_.streams >= door_.max_streams)
      return respond({503, R"({"error":"there are too many event streams"})"}, false);
    const auto last = request["Last-Event-ID"];
    start_stream({last.data(), last.size()});
  }

  void start_stream(std::string_view last) {
    streaming_ = true;
    ++door_.streams;
    last_id_ = shared_.events.last_id();
    if (!last.empty()) last_id_ = event_number(last);
    pending_ = fmt::format(
        "HTTP/1.1 200 OK\r\nServer: tmux-orc\r\nContent-Type: {}\r\nCache-Control: no-store\r\n"
        "Connection: close\r\n\r\n: tmux-orc events\n\n",
        kEventStream);
    on_event_ = [this] { flush_events(); };
    shared_.streams.insert(&on_event_);
    flush_events();
    tick();
    watch_close();
  }

  // What is no number that we could have given is taken for the highest: its listener is told that it lost
  // some.
  static std::uint64_t event_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool good = error == std::errc() && end == text.data() + text.size();
    return good ? number : std::numeric_limits<std::uint64_t>::max();
  }

  void take_news() {
    const EventLog::News news = shared_.events.after(last_id_);
    // With a number, so that a listener that comes back at once is not told again.
    if (news.lost) pending_ += fmt::format("id: {}\nevent: lost\ndata: {{}}\n\n", news.before);
    for (const Event& e : news.events)
      pending_ += fmt::format("id: {}\nevent: transition\ndata: {}\n\n", e.id, e.data);
    last_id_ = news.last;
  }

  void flush_events() {
    if (writing_) return;
    take_news();
    if (pending_.empty()) return;
    writing_ = true;
    stream_.expires_after(kPatience);
    asio::async_write(stream_, asio::buffer(pending_),
                      [self = this->shared_from_this()](error_code error, std::size_t) {
                        self->writing_ = false;
                        self->pending_.clear();
                        if (error) return self->close();
                        self->stream_.expires_never();
                        self->flush_events();
                      });
  }

  void tick() {
    timer_.expires_after(kKeepAlive);
    timer_.async_wait([weak = this->weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      if (!self->writing_) self->pending_ = ": still here\n\n";
      self->flush_events();
      self->tick();
    });
  }

  // An event stream's client sends nothing more: a read that ends is its end.
  void watch_close() {
    stream_.socket().async_wait(Protocol::socket::wait_read,
                                [self = this->shared_from_this()](error_code) { self->close(); });
  }

  void close() {
    shared_.streams.erase(&on_event_);
    timer_.cancel();
    error_code ignored;
    stream_.socket().close(ignored);
  }

  Stream stream_;
  Shared& shared_;
  Door& door_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<Response> response_;
  std::function<void()> on_event_;
  std::uint64_t last_id_ = 0;
  std::string pending_;
  bool writing_ = false, streaming_ = false;
  std::size_t lingered_ = 0;
};

bool peer_is_us(Local::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::getuid();
}

Result<tcp::endpoint> parse_listen(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  unsigned port = 0;
  const char* end = listen.data() + listen.size();
  const bool good = colon != std::string::npos && !error &&
                    std::from_chars(listen.data() + colon + 1, end, port).ptr == end && port <= 65535 &&
                    colon + 1 < listen.size();
  if (!good) {
    return fail(ErrorKind::kInvalid,
                fmt::format("api.listen '{}' must be an address and a port, like 127.0.0.1:9464", listen));
  }
  return tcp::endpoint(address, static_cast<unsigned short>(port));
}

error_code bind_to(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

tl::unexpected<Error> cannot_listen(const std::string& where, error_code error) {
  return fail(ErrorKind::kIo, fmt::format("cannot listen at {}: {}", where, error.message()));
}

// Whose socket stands at the path: another instance may have put its own there.
ino_t inode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

class BeastServer final : public ApiServer {
 public:
  BeastServer(ApiOptions options, ApiHandler handler, const EventLog& events)
      : shared_{std::move(options), std::move(handler), events, [this] { accept_again(); }, {}} {}

  ~BeastServer() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    closing_ = true;
    if (inode_of(shared_.options.socket_path) == inode_) ::unlink(shared_.options.socket_path.c_str());
  }

  Result<void> open() {
    if (auto ok = open_local(); !ok) return ok;
    if (!shared_.options.listen.empty()) {
      if (auto ok = open_tcp(); !ok) return ok;
    }
    accept_again();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  void wake() override {
    asio::post(context_, [this] {
      const auto streams = shared_.streams;  // a stream that ends takes itself out
      for (auto* stream : streams) (*stream)();
    });
  }

 private:
  Result<void> open_local() {
    const std::string& path = shared_.options.socket_path;
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
      return fail(ErrorKind::kInvalid, fmt::format("the socket's path is longer than {} bytes: {}",
                                                   sizeof(sockaddr_un::sun_path) - 1, path));
    }
    ::unlink(path.c_str());  // we hold the instance's lock: whoever left it is gone
    error_code error;
    local_.open(Local(), error);
    const mode_t before = ::umask(0177);  // the socket is made with 0600
    if (!error) local_.bind(path, error);
    ::umask(before);
    if (!error) local_.listen(1024, error);
    inode_ = inode_of(path);
    if (error) return cannot_listen(path, error);
    return {};
  }

  Result<void> open_tcp() {
    const auto endpoint = parse_listen(shared_.options.listen);
    if (!endpoint) return tl::unexpected(endpoint.error());
    error_code error = bind_to(tcp_, *endpoint);
    if (!error) tcp_.listen(128, error);
    if (error) return cannot_listen(shared_.options.listen, error);
    return {};
  }

  void accept_again() {
    const auto has_room = [](const Door& door) { return door.sessions < door.max_sessions; };
    if (closing_) return;
    if (!accepting_local_ && has_room(shared_.local)) accept(local_, accepting_local_);
    if (tcp_.is_open() && !accepting_tcp_ && has_room(shared_.tcp)) accept(tcp_, accepting_tcp_);
  }

  template <typename Acceptor>
  void accept(Acceptor& acceptor, bool& accepting) {
    using Protocol = typename Acceptor::protocol_type;
    accepting = true;
    acceptor.async_accept([this, &acceptor, &accepting](error_code error, typename Protocol::socket socket) {
      accepting = false;
      if (error == asio::error::operation_aborted) return;
      if (error) {  // no descriptors left, most likely: look again in a while
        retry_.expires_after(std::chrono::milliseconds(100));
        retry_.async_wait([this](error_code stopped) {
          if (!stopped) accept_again();
        });
        return;
      }
      bool welcome = true;
      if constexpr (std::is_same_v<Protocol, Local>) welcome = peer_is_us(socket);
      if (welcome) std::make_shared<Session<Protocol>>(std::move(socket), shared_)->read();
      accept_again();
    });
  }

  ino_t inode_ = 0;  // of the socket in the file system
  bool closing_ = false;
  Shared shared_;  // before the context: its destructor ends sessions
  asio::io_context context_{1};
  Local::acceptor local_{context_};
  tcp::acceptor tcp_{context_};
  asio::steady_timer retry_{context_};
  bool accepting_local_ = false, accepting_tcp_ = false;
  std::thread thread_;
};

}  // namespace

Result<void> check_listen_address(const std::string& listen, bool has_token) {
  const auto endpoint = parse_listen(listen);
  if (!endpoint) return tl::unexpected(endpoint.error());
  if (!endpoint->address().is_loopback() && !has_token) {
    return fail(ErrorKind::kInvalid,
                fmt::format("api.listen {} is not a loopback address: set api.token_file, or anybody "
                            "could read what your agents do",
                            listen));
  }
  return {};
}

Result<void> check_port_is_free(const std::string& listen) {
  const auto endpoint = parse_listen(listen);
  if (!endpoint) return tl::unexpected(endpoint.error());
  asio::io_context context;
  tcp::acceptor acceptor(context);
  if (const error_code error = bind_to(acceptor, *endpoint)) return cannot_listen(listen, error);
  return {};
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
  if (beast::iequals({name.data(), name.size()}, "localhost")) return true;
  error_code error;
  if (is_v6) {
    const auto v6 = asio::ip::make_address_v6(std::string(name.substr(1, name.size() - 2)), error);
    return !error && v6.is_loopback();
  }
  const auto v4 = asio::ip::make_address_v4(std::string(name), error);
  return !error && v4.is_loopback();
}

ApiResponse method_not_allowed(const std::vector<std::string>& known) {
  std::vector<std::string> allowed;
  for (const std::string& method : known) {
    allowed.push_back(method);
    if (method == "GET") allowed.emplace_back("HEAD");
  }
  return {405,
          R"({"error":"method not allowed here"})",
          "application/json",
          {{"Allow", fmt::format("{}", fmt::join(allowed, ", "))}}};
}

Result<std::unique_ptr<ApiServer>> ApiServer::start(ApiOptions options, ApiHandler handler,
                                                    const EventLog& events) {
  if (!options.listen.empty()) {
    if (auto ok = check_listen_address(options.listen, !options.token.empty()); !ok)
      return tl::unexpected(ok.error());
  }
  auto server = std::make_unique<BeastServer>(std::move(options), std::move(handler), events);
  if (auto ok = server->open(); !ok) return tl::unexpected(ok.error());
  return server;
}

}  // namespace orc
