// SPDX-License-Identifier: Apache-2.0
#include "host_transport.h"

namespace orc {

Result<BatchResult> HostTransport::run(const Batch& batch, Deadline deadline, OutputSink& sink) {
  ORC_DO(host_->ready(deadline));
  const Deadline by = host_->limit(deadline);
  if (!slots_.try_acquire_until(by))
    return fail(ErrorKind::kTimeout, "too many batches wait for the machine");
  auto done = inner_->run(batch, by, sink);
  slots_.release();
  if (done || done.error().kind != ErrorKind::kTimeout) return done;
  // The way there or the server at its end: either way it is not the protocol that failed.
  host_->unanswered(by, deadline);
  return fail(ErrorKind::kUnavailable, done.error().message);
}

}  // namespace orc
