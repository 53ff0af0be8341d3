// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry: calls the one named by ORC_FUZZ_ENTRY.
#include <cstddef>
#include <cstdint>

#include "entries.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  orc::fuzz::ORC_FUZZ_ENTRY({reinterpret_cast<const char*>(data), size});
  return 0;
}
