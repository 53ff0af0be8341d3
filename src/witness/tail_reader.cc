// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/witness/tail_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tmux_orc/base/unique_fd.h"

namespace orc {
namespace {

constexpr std::size_t kPiece = 128 * 1024;     // reading and parsing it takes half a millisecond
constexpr std::size_t kLongestLine = 1 << 20;  // longer ones hold files and pictures, no counts
constexpr std::int64_t kMostFromStart = 64 << 20;
constexpr std::int64_t kOfTheEnd = 1 << 20;

std::string read_at(int fd, std::int64_t offset, std::size_t most) {
  std::string text(most, '\0');
  ssize_t n = 0;
  do {
    n = ::pread(fd, text.data(), text.size(), offset);
  } while (n < 0 && errno == EINTR);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

}  // namespace

bool TailReader::is_another(std::uint64_t device, std::uint64_t file, std::int64_t size) const {
  return device != device_ || file != file_ || size < at_;
}

void TailReader::begin(std::uint64_t device, std::uint64_t file, std::int64_t size) {
  device_ = device;
  file_ = file;
  from_start_ = size <= kMostFromStart;
  at_ = from_start_ ? 0 : size - kOfTheEnd;
  in_long_line_ = !from_start_;  // it begins within a line
  piece_ = kPiece;
}

TailReader::Step TailReader::step(const std::function<void(std::string_view)>& line) {
  const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != ::geteuid())
    return Step::kNoFile;
  if (!open_ || is_another(st.st_dev, st.st_ino, st.st_size)) {
    const bool first = !std::exchange(open_, true);
    begin(st.st_dev, st.st_ino, st.st_size);
    if (!first) return Step::kAnew;
  }
  if (at_ >= st.st_size) return Step::kDone;
  const std::string text = read_at(fd.get(), at_, piece_);
  std::size_t from = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
    if (!std::exchange(in_long_line_, false)) line(std::string_view(text).substr(from, end - from));
    from = end + 1;
  }
  at_ += static_cast<std::int64_t>(from);
  if (from > 0) {
    piece_ = kPiece;
  } else if (text.size() < piece_) {
    return Step::kDone;  // a line that is not written to its end
  } else if (in_long_line_ || piece_ >= kLongestLine) {
    in_long_line_ = true;
    at_ += static_cast<std::int64_t>(text.size());
    piece_ = kPiece;
  } else {
    piece_ *= 2;
  }
  return at_ < st.st_size && (from == 0 || from < text.size() || text.size() == piece_) ? Step::kMore
                                                                                        : Step::kDone;
}

}  // namespace orc
