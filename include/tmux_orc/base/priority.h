// SPDX-License-Identifier: Apache-2.0
// Which threads come first when processors are short. Called by the thread itself.
#pragma once

namespace orc {

// This thread yields to the others of the process from now on: answers may be late, rounds must not be. Where
// the system knows priorities of processes only (not Linux), nothing changes.
void yield_to_rounds();

}  // namespace orc
