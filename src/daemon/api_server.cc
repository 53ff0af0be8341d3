#include "tmux_orc/daemon/api_server.h"

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
#include <optional>
#include <set>
#include <thread>

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
constexpr std::size_t kMaxSessions = 256;

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
  std::size_t sessions = 0;
  std::function<void()> on_session_end;      // accepting may go on
  std::set<std::function<void()>*> streams;  // called when there are new events
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
      : stream_(std::move(socket)), shared_(shared), timer_(stream_.get_executor()) {
    ++shared_.sessions;
  }
  ~Session() override {
    shared_.streams.erase(&on_event_);
    --shared_.sessions;
    shared_.on_session_end();
  }

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
    if (error == http::error::body_limit || error == http::error::header_limit) {
      return respond({413, R"({"error":"request too large"})"}, false);
    }
    if (error) return;  // gone, too slow, or no HTTP: the socket closes with us
    const auto& request = parser_->get();
    const bool keep = request.keep_alive();
    if (!allowed(request)) return respond({401, R"({"error":"a bearer token is needed"})"}, false);
    const std::string target(request.target());
    const std::size_t question = target.find('?');
    ApiRequest r{std::string(request.method_string()), target.substr(0, question),
                 question == std::string::npos ? "" : target.substr(question + 1), request.body(),
                 std::string(request[http::field::accept])};
    if (r.path == "/api/v1/events" && r.method == "GET") return start_stream(request);
    respond(shared_.handler(r), keep);
  }

  bool allowed(const http::request<http::string_body>& request) const {
    if constexpr (std::is_same_v<Protocol, tcp>) {
      if (shared_.options.token.empty() || request.target() == "/healthz") return true;
      const auto given = request[http::field::authorization];
      return equal_constant_time({given.data(), given.size()}, "Bearer " + shared_.options.token);
    } else {
      return true;  // whose uid it is was checked when it connected
    }
  }

  void respond(const ApiResponse& r, bool keep) {
    response_.emplace(static_cast<http::status>(r.status), 11);
    response_->set(http::field::server, "tmux-orc");
    response_->set(http::field::content_type, r.content_type);
    response_->set(http::field::cache_control, "no-store");
    response_->keep_alive(keep);
    response_->body() = r.body;
    response_->prepare_payload();
    stream_.expires_after(kPatience);
    http::async_write(stream_, *response_,
                      [self = this->shared_from_this(), keep](error_code error, std::size_t) {
                        if (error) return;
                        if (keep) return self->read();
                        error_code ignored;
                        self->stream_.socket().shutdown(Protocol::socket::shutdown_send, ignored);
      self->linger();
                      });
  }

  // A client that is still sending (a request that is too large) must find its answer and not a closed connection: what
  // it sends is read and dropped for a while.
  void linger() {
    stream_.expires_after(kPatience);
    stream_.async_read_some(buffer_.prepare(kMaxBody), [self = this->shared_from_this()](error_code error, std::size_t n) {
      self->lingered_ += n;
      if (!error && self->lingered_ < kMostLingered) self->linger();
    });
  }

  // ---- event stream: a header without a length, then one record an event ----

  void start_stream(const http::request<http::string_body>& request) {
    const auto last = request["Last-Event-ID"];
    last_id_ = shared_.events.last_id();
    std::from_chars(last.data(), last.data() + last.size(), last_id_);
    pending_ =
        "HTTP/1.1 200 OK\r\nServer: tmux-orc\r\nContent-Type: text/event-stream\r\nCache-Control: "
        "no-store\r\n"
        "Connection: close\r\n\r\n: tmux-orc events\n\n";
    on_event_ = [this] { flush_events(); };
    shared_.streams.insert(&on_event_);
    flush_events();
    tick();
    watch_close();
  }

  void flush_events() {
    if (writing_) return;
    bool lost = false;
    if (pending_.empty() || last_id_ != shared_.events.last_id()) {
      for (const Event& e : shared_.events.after(last_id_, &lost)) {
        if (lost) pending_ += "event: lost\ndata: {}\n\n";
        lost = false;
        pending_ += fmt::format("id: {}\nevent: transition\ndata: {}\n\n", e.id, e.data);
        last_id_ = e.id;
      }
    }
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
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<Response> response_;
  std::function<void()> on_event_;
  std::uint64_t last_id_ = 0;
  std::string pending_;
  bool writing_ = false;
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

// Whose socket stands at the path: another instance may have put its own there.
ino_t inode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

class BeastServer final : public ApiServer {
 public:
  BeastServer(ApiOptions options, ApiHandler handler, const EventLog& events)
      : shared_{std::move(options), std::move(handler), events, 0, [this] { accept_again(); }, {}} {}

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
    if (error) return fail(ErrorKind::kIo, fmt::format("cannot listen at {}: {}", path, error.message()));
    return {};
  }

  Result<void> open_tcp() {
    const auto endpoint = parse_listen(shared_.options.listen);
    if (!endpoint) return tl::unexpected(endpoint.error());
    error_code error;
    tcp_.open(endpoint->protocol(), error);
    if (!error) tcp_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) tcp_.bind(*endpoint, error);
    if (!error) tcp_.listen(128, error);
    if (error)
      return fail(ErrorKind::kIo,
                  fmt::format("cannot listen at {}: {}", shared_.options.listen, error.message()));
    return {};
  }

  void accept_again() {
    if (closing_ || shared_.sessions >= kMaxSessions) return;
    if (!accepting_local_) accept(local_, accepting_local_);
    if (tcp_.is_open() && !accepting_tcp_) accept(tcp_, accepting_tcp_);
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
