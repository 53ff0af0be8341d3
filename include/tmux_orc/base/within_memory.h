// SPDX-License-Identifier: Apache-2.0
// Steps of a loop that must go on where memory or threads have run out (`ulimit -v`, `ulimit -u`, a
// container's limit): the step is lost, the loop is not. A step must leave behind what it may be run on
// again. Thread-safety: none needed, there is no state.
#pragma once

#include <new>
#include <system_error>
#include <utility>

namespace orc {

// Runs `step`; false where it ended early for want of memory or of a thread. What else it throws is thrown
// on.
template <class Step>
bool within_memory(Step&& step) {
  try {
    std::forward<Step>(step)();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  } catch (const std::system_error& e) {
    if (e.code() != std::errc::resource_unavailable_try_again) throw;
    return false;
  }
}

}  // namespace orc
