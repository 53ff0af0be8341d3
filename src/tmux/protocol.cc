// SPDX-License-Identifier: Apache-2.0
#include "protocol.h"

#include <fmt/format.h>

#include <cstring>

namespace orc::protocol {
namespace {

template <typename T>
void append_raw(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

template <typename T>
T read_raw(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

std::string encode_frame(Layout layout, std::uint32_t type, std::string_view payload, std::uint32_t pid) {
  const std::size_t length = kHeaderSize + payload.size();
  std::string frame;
  frame.reserve(length);
  append_raw(frame, type);
  if (layout == Layout::kShortLength) {
    append_raw(frame, static_cast<std::uint16_t>(length));
    append_raw(frame, std::uint16_t{0});
  } else {
    append_raw(frame, static_cast<std::uint32_t>(length));
  }
  append_raw(frame, kProtocolVersion);
  append_raw(frame, pid);
  frame.append(payload);
  return frame;
}

std::string encode_identify(Layout layout, std::uint32_t pid) {
  constexpr std::uint64_t kClientUtf8 = 0x10000;  // or tmux replaces what is not ASCII by "_"
  std::string flags, client_pid;
  append_raw(flags, kClientUtf8);
  append_raw(client_pid, static_cast<std::int32_t>(pid));
  const auto text = [](std::string_view s) { return std::string(s) + '\0'; };
  return encode_frame(layout, kIdentifyLongflags, flags, pid) +
         encode_frame(layout, kIdentifyTerm, text(""), pid) +
         encode_frame(layout, kIdentifyTtyname, text(""), pid) +
         encode_frame(layout, kIdentifyCwd, text("/"), pid) +
         encode_frame(layout, kIdentifyClientpid, client_pid, pid) +
         encode_frame(layout, kIdentifyDone, "", pid);
}

Result<std::string> encode_command(Layout layout, const Batch& batch, std::uint32_t pid) {
  std::string words;
  std::int32_t count = 0;
  for (const Command& command : batch) {
    // A ";" at the end of a word ends the command. As a word of its own it leaks in the server (3.3a: 34
    // bytes each, 3.4 KB a batch of 100 captures).
    if (count > 0) words.insert(words.size() - 1, 1, ';');
    for (const std::string& word : command) {
      if (word.find('\0') != std::string::npos) return fail(ErrorKind::kInvalid, "a tmux command with a NUL");
      // It would end the command early, or hide the ";" that follows it.
      if (word.ends_with(';') || word.ends_with('\\')) {
        return fail(ErrorKind::kInvalid, "a tmux command with a word that ends in ';' or a backslash");
      }
      words.append(word).push_back('\0');
      ++count;
    }
  }
  std::string payload;
  append_raw(payload, count);
  payload += words;
  if (payload.size() > kMaxPayload) {
    return fail(ErrorKind::kInvalid,
                fmt::format("a command list of {} bytes, the most is {}", payload.size(), kMaxPayload));
  }
  return encode_frame(layout, kCommand, payload, pid);
}

std::string encode_write_ready(Layout layout, std::int32_t stream, std::uint32_t pid) {
  std::string payload;
  append_raw(payload, stream);
  append_raw(payload, std::int32_t{0});  // errno of our side: none
  return encode_frame(layout, kWriteReady, payload, pid);
}

Result<MessageDecoder::Next> MessageDecoder::next() {
  if (broken_) return fail(ErrorKind::kProtocol, "earlier frame was malformed");
  const std::string_view rest = std::string_view(buffer_).substr(consumed_);
  if (rest.size() < kHeaderSize) {
    buffer_.erase(0, consumed_);  // at most one partial header moves
    consumed_ = 0;
    return Next{};
  }
  std::size_t length = 0, peer_at = 8;
  bool plain = true;  // flags without a passed descriptor: the server never passes us one
  if (layout_ == Layout::kShortLength) {
    length = read_raw<std::uint16_t>(rest, 4);
    plain = read_raw<std::uint16_t>(rest, 6) == 0;
  } else {
    length = read_raw<std::uint32_t>(rest, 4);
  }
  if (length < kHeaderSize || length > kMaxFrame || !plain) {
    broken_ = true;
    return fail(ErrorKind::kProtocol, fmt::format("frame of {} bytes", length));
  }
  if (rest.size() < length) {
    if (consumed_ > 0) {
      buffer_.erase(0, consumed_);
      consumed_ = 0;
    }
    return Next{};
  }
  Next next;
  next.ready = true;
  next.message.type = read_raw<std::uint32_t>(rest, 0);
  next.message.peer = read_raw<std::uint32_t>(rest, peer_at);
  next.message.payload.assign(rest.substr(kHeaderSize, length - kHeaderSize));
  consumed_ += length;
  return next;
}

bool read_i32(std::string_view payload, std::int32_t& value) {
  if (payload.size() < sizeof value) return false;
  value = read_raw<std::int32_t>(payload, 0);
  return true;
}

}  // namespace orc::protocol
