// SPDX-License-Identifier: Apache-2.0
// tmux's client protocol: building and taking apart its frames. Source: tmux-protocol.h and imsg of tmux
// 3.2 to 3.8. Pure: no I/O. MessageDecoder is not thread-safe; the functions are.
//
// Only what is declared here is ever sent to a server: a fixed list of well-formed messages.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "tmux_orc/base/result.h"
#include "tmux_orc/tmux/transport.h"

namespace orc::protocol {

// Frame header, native byte order. kShortLength (to 3.5a): type u32, length u16, flags u16, peer u32, pid
// u32. kLongLength (from 3.6): type u32, length u32, peer u32, pid u32. Length includes the 16 header bytes.
enum class Layout { kShortLength, kLongLength };

inline Layout layout_for_version(int version) {
  return version >= 306 ? Layout::kLongLength : Layout::kShortLength;
}

inline constexpr std::uint32_t kProtocolVersion = 8;
inline constexpr std::size_t kHeaderSize = 16;
inline constexpr std::size_t kMaxFrame = 16384;
inline constexpr std::size_t kMaxPayload = kMaxFrame - kHeaderSize;

enum Type : std::uint32_t {
  kVersion = 12,
  kIdentifyTerm = 101,
  kIdentifyTtyname = 102,
  kIdentifyDone = 106,
  kIdentifyClientpid = 107,
  kIdentifyCwd = 108,
  kIdentifyLongflags = 111,
  kCommand = 200,
  kExit = 203,
  kExited = 204,
  kShutdown = 209,
  kFlags = 218,
  kReadOpen = 300,
  kWriteOpen = 303,
  kWrite = 304,
  kWriteReady = 305,
  kWriteClose = 306,
};

struct Message {
  std::uint32_t type = 0;
  std::uint32_t peer = 0;
  std::string payload;
};

std::string encode_frame(Layout layout, std::uint32_t type, std::string_view payload, std::uint32_t pid);

// The messages that make a new connection an unattached, UTF-8 client without a terminal.
std::string encode_identify(Layout layout, std::uint32_t pid);

// One command list: the commands' words, each command but the last ended by ";". kInvalid if it does not fit
// into one message or has a NUL.
Result<std::string> encode_command(Layout layout, const Batch& batch, std::uint32_t pid);

std::string encode_write_ready(Layout layout, std::int32_t stream, std::uint32_t pid);

// Takes bytes as they come from the socket and gives whole messages. After an error it stays in error.
class MessageDecoder {
 public:
  explicit MessageDecoder(Layout layout) : layout_(layout) {}
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  // The next message; an empty optional-like `ready == false` when more bytes are needed.
  struct Next {
    bool ready = false;
    Message message;
  };
  Result<Next> next();

 private:
  Layout layout_;
  std::string buffer_;
  std::size_t consumed_ = 0;
  bool broken_ = false;
};

// First four bytes of a payload as i32 (stream number, exit status); nothing if it is shorter.
bool read_i32(std::string_view payload, std::int32_t& value);

}  // namespace orc::protocol
