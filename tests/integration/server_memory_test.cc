// SPDX-License-Identifier: Apache-2.0
// What we ask of a server must not make it grow: its resident memory over many captures.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "test_server.h"

namespace orc::test {
namespace {

double resident_kib(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/statm", pid));
  double pages = 0;
  in >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

// Growth in KiB over `batches` batches of 100 captures, after a warm-up of the allocator.
double growth(TestServer& server, TransportChoice choice, int batches) {
  std::vector<PaneId> panes;
  for (int i = 0; i < 10; ++i)
    panes.push_back(server.window_showing(std::string(1500, static_cast<char>('a' + i))));
  const auto link = ready_link(server.address(), choice);
  TmuxReader reader(*link);
  std::vector<CaptureRequest> requests;
  for (std::size_t i = 0; i < 100; ++i) requests.push_back({i, panes[i % panes.size()], 0, 24});
  const auto run = [&](int count) {
    for (int i = 0; i < count; ++i) {
      CollectingSink sink;
      reader.read(requests, Steady::now() + 20s, sink);
      ASSERT_EQ(sink.captures.size(), 100u);
    }
  };
  run(10);
  const double before = resident_kib(server.pid());
  run(batches);
  EXPECT_EQ(link->fallbacks(), 0u);
  return resident_kib(server.pid()) - before;
}

// A leak of 13 bytes a capture would break the bound; the allocator's own breathing stays under it.
TEST(ServerMemory, IsFlatOver20000NativeCaptures) {
  TestServer server;
  EXPECT_LT(growth(server, TransportChoice::kNative, 200), 256);
}

TEST(ServerMemory, IsFlatOver3000SpawnCaptures) {
  TestServer server;
  EXPECT_LT(growth(server, TransportChoice::kSpawn, 30), 256);
}

}  // namespace
}  // namespace orc::test
