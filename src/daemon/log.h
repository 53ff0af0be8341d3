// SPDX-License-Identifier: Apache-2.0
// Log: the daemon's log. To a file with rotation, or, under a supervisor, to standard error with the priority
// prefixes that journald understands. Never throws: what cannot be written is counted. Thread-safe.
#pragma once

#include <spdlog/logger.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "tmux_orc/base/mutex.h"
#include "tmux_orc/base/result.h"

namespace orc {

struct LogOptions {
  std::string file;  // empty: standard error
  std::string level = "info";
  double max_size_mb = 10;
  int max_files = 5;
};

class Log {
 public:
  explicit Log(LogOptions options);

  template <typename... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    write(spdlog::level::info, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    write(spdlog::level::warn, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    write(spdlog::level::err, fmt::format(format, std::forward<Args>(args)...));
  }

  // What a worker says of itself, well or not.
  void note(bool well, const std::string& what) {
    write(well ? spdlog::level::info : spdlog::level::warn, what);
  }

  // Opens the file anew if it is not there any more (its folder vanished, somebody moved it), and takes
  // another level.
  void check(const std::string& level);
  // Other limits of rotation: the file is opened anew with them.
  void change_limits(double max_size_mb, int max_files);
  void flush();
  std::uint64_t lost() const { return lost_; }  // lines that could not be written
  std::string problem() const;  // why the last line could not be written; empty when all is well

 private:
  void write(spdlog::level::level_enum level, const std::string& text);
  std::shared_ptr<spdlog::logger> open() ORC_REQUIRES(mutex_);

  mutable Mutex mutex_;
  LogOptions options_ ORC_GUARDED_BY(mutex_);
  std::shared_ptr<spdlog::logger> logger_ ORC_GUARDED_BY(mutex_);
  std::string level_ ORC_GUARDED_BY(mutex_);
  std::string problem_ ORC_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace orc
