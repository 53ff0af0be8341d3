// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/api/api_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <thread>
#include <utility>

#include "address.h"
#include "connection.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/os.h"
#include "tmux_orc/base/priority.h"
#include "wire.h"

namespace orc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

constexpr auto kLookAgain = std::chrono::milliseconds(100);

bool peer_is_us(Local::socket& socket) {
  const auto peer = peer_of(socket.native_handle());
  return peer && peer->uid == ::getuid();
}

// For one who is not let in: said without waiting, whether it is read or not.
void turn_away(tcp::socket& socket) {
  namespace http = boost::beast::http;
  static const std::string kText = [] {
    http::response<http::empty_body> full(http::status::service_unavailable, 11);
    full.keep_alive(false);
    full.content_length(0);
    return api::wire_text(full);
  }();
  [[maybe_unused]] const auto n =
      ::send(socket.native_handle(), kText.data(), kText.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

class AsioServer final : public ApiServer {
 public:
  AsioServer(ApiOptions options, Router router, const EventLog& events)
      : options_(std::move(options)),
        local_door_(api::local_door(options_.descriptors), api::kLocalGrace),
        tcp_door_(api::tcp_door(options_.descriptors), Steady::duration::zero()),
        hub_{std::move(router), options_.logins, events, [this] { accept_local(); }, options_.on_fault} {}

  ~AsioServer() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    closing_ = true;
    if (inode_of(options_.socket_path) == inode_) ::unlink(options_.socket_path.c_str());
  }

  Result<void> open() {
    ORC_DO(open_local());
    if (!options_.listen.empty()) {
      ORC_DO(open_tcp());
    }
    accept_local();
    if (tcp_.is_open()) accept_tcp();
    thread_ = std::thread([this] { run(); });
    return {};
  }

  // Any number of these while the thread is busy is one.
  void wake() override {
    if (woken_.exchange(true)) return;
    asio::post(context_, [this] {
      woken_ = false;
      const auto streams = hub_.streams;  // a stream that ends takes itself out
      for (auto* stream : streams) (*stream)();
    });
  }

 private:
  // A library that throws where nobody expects it ends the connection it was at work for, not the daemon.
  void run() {
    yield_to_rounds();
    for (;;) {
      try {
        context_.run();
        return;
      } catch (const std::exception& e) {
        if (options_.on_fault) options_.on_fault(e.what());
      }
    }
  }

  Result<void> open_local() {
    const std::string& path = options_.socket_path;
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
      return fail(ErrorKind::kInvalid, fmt::format("the socket's path is longer than {} bytes: {}",
                                                   sizeof(sockaddr_un::sun_path) - 1, path));
    }
    ::unlink(path.c_str());  // we hold the instance's lock: whoever left it is gone
    error_code error;
    local_.open(Local(), error);
    // bind() makes the file with the socket's own mode: no umask is changed, which is all threads'.
    if (!error && ::fchmod(local_.native_handle(), 0600) != 0)
      error.assign(errno, asio::error::get_system_category());
    if (!error) local_.bind(path, error);
    if (!error) local_.listen(1024, error);
    inode_ = inode_of(path);
    if (error) return api::cannot_listen(path, error);
    return {};
  }

  Result<void> open_tcp() {
    ORC_TRY(endpoint, api::parse_listen(options_.listen));
    error_code error = api::bind_to(tcp_, *endpoint);
    if (!error) tcp_.listen(128, error);
    if (error) return api::cannot_listen(options_.listen, error);
    return {};
  }

  // Ours wait outside when there is no room: a thousand at once are served one after the other.
  void accept_local() {
    if (closing_ || accepting_local_) return;
    accepting_local_ = true;
    if (!local_door_.has_room("", Steady::now()))
      return later(retry_local_, [this] {
        accepting_local_ = false;
        accept_local();
      });
    local_.async_accept([this](error_code error, Local::socket socket) {
      accepting_local_ = false;
      if (error == asio::error::operation_aborted) return;
      if (error) return later(retry_local_, [this] { accept_local(); });  // no descriptors left, most likely
      if (peer_is_us(socket)) {
        if (auto guest = local_door_.enter("", Steady::now()))
          std::make_shared<api::Connection>(std::move(socket), true, std::move(guest), hub_)->start();
      }
      accept_local();
    });
  }

  // Strangers are taken at once and turned away if there is no room, so that none can keep others waiting.
  void accept_tcp() {
    tcp_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return later(retry_tcp_, [this] { accept_tcp(); });
      error_code gone;
      const auto peer = socket.remote_endpoint(gone);
      if (!gone) {
        if (auto guest = tcp_door_.enter(api::party_of(peer.address()), Steady::now()))
          std::make_shared<api::Connection>(std::move(socket), false, std::move(guest), hub_)->start();
        else
          turn_away(socket);
      }
      accept_tcp();
    });
  }

  static void later(asio::steady_timer& timer, std::function<void()> what) {
    timer.expires_after(kLookAgain);
    timer.async_wait([what = std::move(what)](error_code stopped) {
      if (!stopped) what();
    });
  }

  const ApiOptions options_;
  std::uint64_t inode_ = 0;  // of the socket in the file system
  bool closing_ = false, accepting_local_ = false;
  std::atomic<bool> woken_{false};
  api::Door local_door_, tcp_door_;
  api::Hub hub_;  // before the context: its destructor ends connections
  asio::io_context context_{1};
  Local::acceptor local_{context_};
  tcp::acceptor tcp_{context_};
  asio::steady_timer retry_local_{context_}, retry_tcp_{context_};
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<ApiServer>> ApiServer::start(ApiOptions options, Router router,
                                                    const EventLog& events) {
  if (options.logins == nullptr) options.logins = std::make_shared<Logins>("");
  if (!options.listen.empty()) {
    ORC_DO(check_listen_address(options.listen, options.logins->wanted()));
  }
  auto server = std::make_unique<AsioServer>(std::move(options), std::move(router), events);
  ORC_DO(server->open());
  return server;
}

}  // namespace orc
