// SPDX-License-Identifier: Apache-2.0
// What the API may hold and for how long, in one place. Every number here is a bound on what somebody else
// can make this process keep.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace orc::api {

inline constexpr auto kHeaderTime = std::chrono::seconds(2);  // from the connection to a whole header
inline constexpr auto kIdleTime = std::chrono::seconds(10);   // between two requests of one connection
inline constexpr auto kPatience = std::chrono::seconds(10);   // for a body, and to take an answer
inline constexpr auto kKeepAlive = std::chrono::seconds(15);  // a comment line on an event stream
inline constexpr std::size_t kMostHeader = 16 * 1024;
inline constexpr std::size_t kMostBuffer = kMostHeader + 4096;  // the header, and what came behind it
inline constexpr std::size_t kMostLingered = 1024 * 1024;       // that is read and dropped after a refusal
// An event stream's listener gets its news in pieces: what it does not take costs one piece, not all.
inline constexpr std::size_t kMostNews = 64 * 1024;
// One that is being answered and takes nothing for so long may be put out when others want in.
inline constexpr auto kSlow = std::chrono::seconds(1);
// A client on the unix socket is one of ours: it gets so long to ask before it has to make room.
inline constexpr auto kLocalGrace = std::chrono::milliseconds(300);

// What one way in may hold, so that whoever fills one leaves the other as it is. Streams last for ever: they
// get half. One address gets seven eighths of each: the rest is kept free for the others.
struct DoorLimits {
  std::size_t sessions = 0, sessions_of_one = 0, streams = 0, streams_of_one = 0;
};

// The daemon itself holds 24 open (standard ones, lock, log, history, wake-ups, watches, sockets), a round a
// few more: where there are few in all, clients share what is left.
constexpr std::size_t kOwnDescriptors = 28;
constexpr std::size_t left_for_clients(std::size_t descriptors) {
  return descriptors > kOwnDescriptors ? descriptors - kOwnDescriptors : 0;
}

inline DoorLimits local_door(std::size_t descriptors) {
  const std::size_t n =
      std::clamp<std::size_t>(std::min(descriptors / 4, left_for_clients(descriptors)), 4, 256);
  return {n, n, n / 2, n / 2};  // all are ours
}
inline DoorLimits tcp_door(std::size_t descriptors) {
  const std::size_t n =
      std::clamp<std::size_t>(std::min(descriptors / 8, left_for_clients(descriptors) / 2), 2, 512);
  return {n, n * 7 / 8, n / 2, std::max<std::size_t>(1, n * 7 / 16)};
}

}  // namespace orc::api
