// SPDX-License-Identifier: Apache-2.0
// TailReader: the whole lines of a file that another program appends to, each once, a bounded piece a call.
// Regular files of our own user only, no links. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace orc {

class TailReader {
 public:
  enum class Step {
    kDone,    // nothing more now
    kMore,    // call again
    kAnew,    // the file is another one, or was cut: forget what it said, and call again
    kNoFile,  // not there, or not one that is read
  };
  explicit TailReader(std::string path) : path_(std::move(path)) {}

  Step step(const std::function<void(std::string_view)>& line);
  // Whether the lines began with the file's first; of one with more than 64 MB only the end is read.
  bool from_start() const { return from_start_; }
  const std::string& path() const { return path_; }

 private:
  bool is_another(std::uint64_t device, std::uint64_t file, std::int64_t size) const;
  void begin(std::uint64_t device, std::uint64_t file, std::int64_t size);

  const std::string path_;
  std::uint64_t device_ = 0, file_ = 0;
  std::int64_t at_ = 0;  // everything before it was taken
  std::size_t piece_ = 0;
  bool open_ = false, from_start_ = true, in_long_line_ = false;
};

}  // namespace orc
