// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tmux_orc/base/os.h"
#include "tmux_orc/base/unique_fd.h"

namespace orc {
namespace {

tl::unexpected<Error> io_error(const char* what, const std::string& path) {
  return fail(ErrorKind::kIo, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

namespace {

// A group may be meant: a service's, whose file root keeps, or that of the scraper which reads the same one.
bool is_open_to_others(const struct stat& info) { return (info.st_mode & S_IRWXO) != 0; }

Result<std::string> read_checked(const std::string& path, std::size_t most, bool secret) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO's open would wait
  if (!fd) {
    const auto kind = errno == ENOENT ? ErrorKind::kUnavailable : ErrorKind::kIo;
    return fail(kind, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error("read", path);
  if (!S_ISREG(info.st_mode))
    return fail(ErrorKind::kIo, fmt::format("cannot read {}: it is no regular file", path));
  if (secret && is_open_to_others(info))
    return fail(ErrorKind::kInvalid, fmt::format("{}: others may read it (mode {:03o}): chmod o-rwx {}", path,
                                                 info.st_mode & 0777, path));
  const auto too_large = [&] {
    return fail(ErrorKind::kIo, fmt::format("cannot read {}: it has more than {} KB", path, most / 1024));
  };
  if (static_cast<std::uint64_t>(info.st_size) > most) return too_large();
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("read", path);
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > most) return too_large();  // it grew
  }
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most) {
  return read_checked(path, most, false);
}

Result<std::string> read_secret_file(const std::string& path, std::size_t most) {
  return read_checked(path, most, true);
}

Result<void> write_file_atomically(const std::string& path, std::string_view content, bool durable,
                                   unsigned mode) {
  std::error_code error;
  std::filesystem::path target = std::filesystem::canonical(path, error);
  if (error) target = path;
  std::string temporary = target.string() + ".XXXXXX";
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return io_error("create a file beside", path);
  const bool good = write_all(fd.get(), content) && ::fchmod(fd.get(), mode) == 0 &&
                    (!durable || ::fsync(fd.get()) == 0) && ::rename(temporary.c_str(), target.c_str()) == 0;
  if (good) return {};
  const int reason = errno;
  ::unlink(temporary.c_str());
  errno = reason;
  return io_error("write", path);
}

Result<UniqueFd> hold_lock(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd || !lock_open_file(fd.get(), LockBy::kWaiting)) return io_error("lock", path);
  return fd;
}

std::uint64_t inode_of(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

Result<void> make_private_folder(const std::string& path) {
  std::error_code error;
  const std::filesystem::path folder(path);
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return io_error("create the folder", path);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return io_error("look at", path);
  if (!S_ISDIR(info.st_mode)) return fail(ErrorKind::kIo, fmt::format("{} is not a folder", path));
  if (info.st_uid != ::getuid())
    return fail(ErrorKind::kIo, fmt::format("{} belongs to uid {}", path, info.st_uid));
  return {};
}

}  // namespace orc
