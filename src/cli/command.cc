#include "command.h"

#include <fmt/format.h>

#include <cstdio>

namespace orc::cli {

int report(const Error& error) {
  fmt::print(stderr, "tmux-orc: {}\n", error.message);
  switch (error.kind) {
    case ErrorKind::kInvalid: return kUsage;
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout: return kUnavailable;
    default: return kFailure;
  }
}

}  // namespace orc::cli
