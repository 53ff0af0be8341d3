// SPDX-License-Identifier: Apache-2.0
// Timeline: when everything of one stage of a round would be over, in nanoseconds of virtual time. Nothing
// sleeps here. tmux servers (one thread each), our cores and our workers are what there is only so much of.
// Pure; thread-safe.
#pragma once

#include <cstddef>
#include <span>

namespace orc::perf {

// One batch of commands sent to one server and what comes of it, in nanoseconds.
struct Exchange {
  std::size_t host = 0;
  double commands = 0;        // the server's time for the commands and their bytes: one batch after the other
  double passes = 0;          // the server's time for its event loop: batches served together share it
  double meanwhile_wait = 0;  // for another machine's answer, while the server works
  double meanwhile = 0;       // our CPU time while the server works
  double answer = 0;          // our CPU time once its output comes
  double latency = 0;         // neither side works: wake-ups and the network
};

struct Resources {
  int cores = 1;             // of our machine
  std::size_t workers = 1;   // exchanges in flight
  bool servers_here = true;  // a server that works occupies one of our cores
  double shared = 1;         // the part of `passes` that batches served together pay once
  double server_speed = 1;   // below 1: the servers have other work, too
};

struct StageTime {
  double length = 0;  // from the start of the first exchange to the end of the last
  double server = 0;  // what the servers worked, all together
};

// The exchanges start in their order, as workers become free.
StageTime stage_time(std::span<const Exchange> exchanges, const Resources& resources);

}  // namespace orc::perf
