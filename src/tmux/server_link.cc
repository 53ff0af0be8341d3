// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/tmux/server_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <utility>

#include "host_transport.h"
#include "native_transport.h"
#include "spawn_transport.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {
constexpr double kFirstRetry_s = 60, kLongestRetry_s = 3600;
constexpr auto kSelfTestTime = std::chrono::seconds(2);
}  // namespace

ServerLink::ServerLink(ServerAddress address, std::string tmux_binary, TransportChoice choice,
                       PoolSettings pool, const Clock& clock)
    : address_(std::move(address)),
      client_(address_, std::move(tmux_binary)),
      choice_(choice),
      pool_(std::move(pool)),
      clock_(clock),
      spawn_(on_its_host(std::make_unique<SpawnTransport>(client_, pool_.cancel))) {}

ServerLink::~ServerLink() = default;

std::string ServerLink::native_socket() const { return address_.host->forward(address_.socket_path); }

// In either layout of frames, which are the same bytes on machines that store the low byte first. A server of
// 3.6 or later answers so where an older tmux program would be dropped by it.
Result<std::string> ServerLink::ask_version_natively(Deadline deadline) const {
  using protocol::Layout;
  Error error{ErrorKind::kUnavailable, "the machine does not forward unix sockets"};
  if (native_socket().empty()) return tl::unexpected(error);
  for (const Layout layout : {Layout::kLongLength, Layout::kShortLength}) {
    if (layout == Layout::kShortLength && std::endian::native == std::endian::little) break;
    const auto now = Steady::now();
    const std::string nonce = random_hex();
    StringSink sink;
    const auto done = NativeTransport(native_socket(), layout, pool_)
                          .run({{"display-message", "-p", nonce + "#{version}"}},
                               std::min(now + kSelfTestTime, now + (deadline - now) / 2), sink);
    if (done && done->status == 0 && sink.text.starts_with(nonce) && sink.text.ends_with('\n'))
      return std::string(trim(sink.text.substr(nonce.size())));
    error = done ? Error{ErrorKind::kProtocol, "the version did not come back"} : done.error();
  }
  return tl::unexpected(error);
}

Result<std::string> ServerLink::ask_version(Deadline deadline) {
  if (choice_ != TransportChoice::kSpawn) {
    if (auto version = ask_version_natively(deadline); version && !version->empty()) return version;
  }
  StringSink sink;
  ORC_TRY(done, spawn_->run({{"display-message", "-p", "#{version}"}}, deadline, sink));
  std::string version(trim(sink.text));
  if (done->status != 0 || version.empty()) {
    return fail(ErrorKind::kProtocol, fmt::format("tmux does not tell its version: {}", trim(done->errors)));
  }
  return version;
}

std::unique_ptr<Transport> ServerLink::on_its_host(std::unique_ptr<Transport> transport) const {
  if (address_.host->is_here()) return transport;
  return std::make_unique<HostTransport>(address_.host, std::move(transport));
}

Result<void> ServerLink::check_address(Deadline deadline) {
  auto ok = check_socket(address_, deadline);
  MutexLock lock(mutex_);
  const std::uint64_t connection = address_.host->generation();
  if (!ok || connection != connection_) {
    ready_ = false;  // a new server may have another version
    use_native_ = false;
    fell_back_ = false;
    retry_at_ = {};
    connection_ = connection;
  }
  return ok;
}

Result<void> ServerLink::ensure_ready(Deadline deadline) {
  ORC_DO(check_address(deadline));
  {
    MutexLock lock(mutex_);
    // With nothing to fall back on there is nothing to wait for.
    const bool at_once = choice_ == TransportChoice::kNative;
    const bool retry_due =
        choice_ != TransportChoice::kSpawn && !use_native_ && (at_once || clock_.steady() >= retry_at_);
    if (ready_ && !retry_due) return {};
  }
  ORC_TRY(version, ask_version(deadline));
  const int number = version_number(*version);
  if (number < kOldestSupportedVersion) {
    return fail(ErrorKind::kInvalid,
                fmt::format("tmux {} is too old: tmux-orc needs 3.2 or later", *version));
  }
  {
    MutexLock lock(mutex_);
    version_ = *version;
    ready_ = true;
  }
  if (choice_ != TransportChoice::kSpawn) try_native(deadline);
  MutexLock lock(mutex_);
  if (choice_ == TransportChoice::kNative && !use_native_) return fail(ErrorKind::kProtocol, note_);
  return {};
}

void ServerLink::try_native(Deadline deadline) {
  std::string version;
  {
    MutexLock lock(mutex_);
    version = version_;
  }
  const std::string socket = native_socket();
  if (socket.empty()) {
    MutexLock lock(mutex_);
    use_spawn("the machine does not forward unix sockets");
    return;
  }
  auto native =
      std::make_unique<NativeTransport>(socket, protocol::layout_for_version(version_number(version)), pool_);
  auto passed = native->self_test(std::min(deadline, Steady::now() + kSelfTestTime));
  MutexLock lock(mutex_);
  if (!passed) {
    use_spawn(passed.error().message);
    return;
  }
  native_figures_ = native.get();
  native_ = on_its_host(std::move(native));
  note_.clear();
  retry_after_s_ = kFirstRetry_s;
  use_native_ = true;
  fell_back_ = false;
}

// One fall is counted however many workers see it and however often native is tried meanwhile; with kNative
// nothing takes over.
void ServerLink::use_spawn(const std::string& why) {
  use_native_ = false;
  note_ = fmt::format("native: {}", why);
  retry_at_ = clock_.steady() + from_seconds(retry_after_s_);
  retry_after_s_ = std::min(retry_after_s_ * 2, kLongestRetry_s);
  if (choice_ != TransportChoice::kNative && !std::exchange(fell_back_, true)) ++fallbacks_;
}

void ServerLink::saw_version(const std::string& version) {
  MutexLock lock(mutex_);
  if (version.empty() || version == std::exchange(version_, version)) return;
  ready_ = false;
  retry_at_ = {};
}

int ServerLink::version() const {
  MutexLock lock(mutex_);
  return version_.empty() ? 0 : version_number(version_);
}

std::shared_ptr<Transport> ServerLink::current() const {
  MutexLock lock(mutex_);
  const bool native = use_native_ || (choice_ == TransportChoice::kNative && native_ != nullptr);
  return native ? native_ : spawn_;
}

void ServerLink::report_failure(const Transport& transport, const Error& error) {
  if (error.kind == ErrorKind::kUnavailable) return;  // the server is gone, not the protocol
  MutexLock lock(mutex_);
  // Of one that was replaced since nothing is said of the one that is in use.
  if (use_native_ && &transport == native_.get()) use_spawn(error.message);
}

ServerFigures ServerLink::figures() const {
  MutexLock lock(mutex_);
  std::string note = note_;
  if (const std::string unfit = client_.remark(); !unfit.empty()) note += (note.empty() ? "" : "; ") + unfit;
  return {address_.name, use_native_ ? "native" : "spawn", version_, std::move(note), ready_, fallbacks_};
}

PoolFigures ServerLink::pool_figures() {
  MutexLock lock(mutex_);
  if (native_figures_ == nullptr) return {pool_.max_size, 0, 0};
  return native_figures_->figures();
}

std::uint64_t ServerLink::spawns() const { return spawn_->spawns(); }

}  // namespace orc
