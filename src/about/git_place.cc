// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/about/git_place.h"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

constexpr int kDeepest = 64;                // folders above one; no project is deeper
constexpr std::size_t kLongestHead = 4096;  // a branch's name has 250 bytes at most
constexpr std::size_t kLongestName = 120;
constexpr std::string_view kBranches = "refs/heads/";

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// For people: names come from outside.
std::string shown(std::string_view name) {
  return fit_width(printable(name.substr(0, 4 * kLongestName)), static_cast<int>(kLongestName));
}

std::string parent_of(const std::string& folder) {
  const auto at = folder.rfind('/');
  return at == std::string::npos || folder.size() == 1 ? "" : at == 0 ? "/" : folder.substr(0, at);
}

std::string name_of(const std::string& folder) {
  return folder == "/" ? folder : folder.substr(folder.rfind('/') + 1);
}

// "/a/b/../c/./d" -> "/a/c/d", by the words alone.
std::string tidy(const std::string& path) {
  std::string out;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part(path.data() + at, end - at);
    if (part == "..")
      out.resize(out.empty() ? 0 : out.rfind('/'));
    else if (!part.empty() && part != ".")
      out.append("/").append(part);
    at = end + 1;
  }
  return out.empty() ? "/" : out;
}

// What a small file says in its first line, as a path that is seen from `from`.
std::string path_in(const std::string& file, std::string_view key, const std::string& from) {
  const auto text = read_file(file, kLongestHead);
  if (!text || !text->starts_with(key)) return "";
  const std::string path(trim(std::string_view(*text).substr(key.size(), text->find('\n') - key.size())));
  if (path.empty() || path.find('\0') != std::string::npos) return "";
  return tidy(path.front() == '/' ? path : from + "/" + path);
}

struct Repository {
  std::string folder;  // the checkout's
  std::string git;     // where its HEAD is
};

std::optional<Repository> find_repository(std::string folder) {
  struct stat st {};
  for (int i = 0; i < kDeepest && !folder.empty(); ++i, folder = parent_of(folder)) {
    const std::string git = (folder == "/" ? "" : folder) + "/.git";
    if (::stat(git.c_str(), &st) != 0) continue;
    if (S_ISDIR(st.st_mode)) {
      if (::stat((git + "/HEAD").c_str(), &st) == 0) return Repository{folder, git};
    } else if (S_ISREG(st.st_mode)) {  // a worktree, or a submodule
      if (std::string elsewhere = path_in(git, "gitdir:", folder); !elsewhere.empty())
        return Repository{folder, std::move(elsewhere)};
    }
  }
  return std::nullopt;
}

// All worktrees of a repository are one project: that of the folder whose .git they share.
std::string project_of(const Repository& repository) {
  const std::string common = path_in(repository.git + "/commondir", "", repository.git);
  if (common.empty()) return name_of(repository.folder);
  std::string name = name_of(common);
  if (name.starts_with('.'))
    name = name_of(parent_of(common));  // /x/shop/.git, or a bare one in /x/shop/.bare
  if (name.ends_with(".git")) name.resize(name.size() - 4);
  return name.empty() ? name_of(repository.folder) : name;
}

}  // namespace

std::string branch_of_head(std::string_view head) {
  head = trim(head.substr(0, head.find('\n')));
  if ((head.size() == 40 || head.size() == 64) && is_hex(head)) return std::string(head.substr(0, 8));
  if (!head.starts_with("ref:")) return "";
  head = trim(head.substr(4));
  if (!head.starts_with(kBranches)) return "";
  head.remove_prefix(kBranches.size());
  return head == ".invalid" ? "" : shown(head);  // the reftable format keeps it elsewhere
}

std::string GitPlaces::branch_at(const std::string& file) {
  struct stat st {};
  if (::stat(file.c_str(), &st) != 0) return "";
  Head now{st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec, st.st_size, st.st_ino, {}};
  Head& known = heads_[file];
  known.used = true;
  if (known.changed_ns == now.changed_ns && known.size == now.size && known.file == now.file)
    return known.branch;
  ++reads_;
  if (const auto text = read_file(file, kLongestHead)) now.branch = branch_of_head(*text);
  known = std::move(now);
  return known.branch;
}

GitPlace GitPlaces::of(const std::string& folder) {
  if (!folder.starts_with('/')) return {};
  const auto repository = find_repository(folder);
  if (!repository) return {shown(name_of(folder)), ""};
  return {shown(project_of(*repository)), branch_at(repository->git + "/HEAD")};
}

void GitPlaces::drop_unused() {
  for (auto head = heads_.begin(); head != heads_.end();)
    head = std::exchange(head->second.used, false) ? std::next(head) : heads_.erase(head);
}

}  // namespace orc
