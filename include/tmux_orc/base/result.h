// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error. Used wherever failure is a normal outcome (I/O, input from outside);
// exceptions are left to what must never happen.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace orc {

enum class ErrorKind {
  kInvalid,      // the caller's or user's input is wrong: say where and what to do
  kUnavailable,  // not there: no server, no file, no program
  kTimeout,      // the deadline passed
  kProtocol,     // the other side answered something we do not understand
  kCommand,      // tmux refused a command (a pane that is gone, for example)
  kIo,           // the operating system refused
};

struct Error {
  ErrorKind kind = ErrorKind::kIo;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message)});
}

// Both return from the function with the error, if there is one.
// ORC_TRY(file, open_file(path)); goes on with *file; ORC_DO(write_it()); has no value to go on with.
#define ORC_TRY(name, ...) \
  auto name = __VA_ARGS__; \
  if (!(name)) return tl::unexpected(std::move(name).error())
#define ORC_DO(...)                                            \
  do {                                                         \
    if (auto done_or_error = __VA_ARGS__; !done_or_error)      \
      return tl::unexpected(std::move(done_or_error).error()); \
  } while (false)

}  // namespace orc
