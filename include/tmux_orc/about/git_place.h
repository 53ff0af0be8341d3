// SPDX-License-Identifier: Apache-2.0
// Which project a folder belongs to, and which branch is checked out there: from the files of git, never by
// running it. What is read is small, regular and of a known form; anything else is nothing. Thread-safety:
// GitPlaces belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace orc {

struct GitPlace {
  std::string project;  // the name of the repository's folder, else of the folder itself
  std::string branch;   // "" outside of a repository, and where its files do not say
  friend bool operator==(const GitPlace&, const GitPlace&) = default;
};

// "ref: refs/heads/main" -> "main", a commit -> its first eight digits; "" for what is neither.
std::string branch_of_head(std::string_view head);

class GitPlaces {
 public:
  // Of an absolute folder. HEAD is read again only when the file is another one than last time.
  GitPlace of(const std::string& folder);
  // Forgets what was not asked for since the last call.
  void drop_unused();
  std::size_t reads() const { return reads_; }

 private:
  struct Head {
    std::int64_t changed_ns = 0, size = 0;
    std::uint64_t file = 0;
    std::string branch;
    bool used = true;
  };
  std::string branch_at(const std::string& head_file);

  std::unordered_map<std::string, Head> heads_;
  std::size_t reads_ = 0;
};

}  // namespace orc
