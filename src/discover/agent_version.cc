// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/discover/agent_version.h"

#include <absl/strings/str_split.h>
#include <re2/re2.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace orc {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostOfAPackage = 256 * 1024;  // the largest of fifteen agents has 16 KB
constexpr std::size_t kMostOfProc = 128 * 1024;      // arguments and environment

std::string read_some(const fs::path& path, std::size_t most) {
  std::ifstream in(path, std::ios::binary);
  std::string text(most, '\0');
  in.read(text.data(), static_cast<std::streamsize>(most));
  text.resize(in.gcount() > 0 ? static_cast<std::size_t>(in.gcount()) : 0);
  return text;
}

bool is_version(const std::string& text) {
  static const RE2 kVersion(R"(v?\d+\.\d+(\.\d+)?([-+.][0-9A-Za-z.-]+)?)");
  return RE2::FullMatch(text, kVersion);
}

// "0.171.0-linux-x64" -> "0.171.0": packages with a program in them carry the platform.
std::string without_platform(std::string version) {
  static const RE2 kPlatform(R"(-(linux|darwin|win32|windows|alpine|musl)[-\w]*$)");
  RE2::Replace(&version, kPlatform, "");
  return version.starts_with('v') ? version.substr(1) : version;
}

// A package's own version. Not by a JSON parser: the file is another program's, and only one line of it
// matters.
std::string version_in_package(const fs::path& file) {
  static const RE2 kVersion(R"re((?m)^(?:\s{0,4}|\s*\{\s*.*)"version"\s*:\s*"([^"]+)")re");
  static const RE2 kName(R"re("name"\s*:\s*"[^"]+")re");
  const std::string text = read_some(file, kMostOfAPackage);
  std::string version;
  if (!RE2::PartialMatch(text, kName) || !RE2::PartialMatch(text, kVersion, &version)) return "";
  return is_version(version) ? without_platform(version) : "";
}

std::vector<std::string> words_of(const std::string& zero_ended) {
  return absl::StrSplit(zero_ended, '\0', absl::SkipEmpty());
}

// A program's place by the process's own PATH: for those that give themselves a title ("pi") over their
// arguments.
std::string find_in_path(const std::string& name, const std::vector<std::string>& environment) {
  if (name.empty() || name.find('/') != std::string::npos) return "";
  for (const std::string& variable : environment) {
    if (!variable.starts_with("PATH=")) continue;
    const std::vector<std::string> folders = absl::StrSplit(variable.substr(5), ':');
    for (const std::string& folder : folders) {
      const fs::path candidate = fs::path(folder) / name;
      std::error_code error;
      if (folder.starts_with('/') && fs::is_regular_file(candidate, error)) return candidate.string();
    }
  }
  return "";
}

}  // namespace

std::string version_at_path(const std::string& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  if (error) return "";
  for (const fs::path& part : {real.filename(), real.parent_path().filename()}) {
    if (is_version(part.string())) return without_platform(part.string());
  }
  // Only within node_modules: a package.json further up is the user's own project.
  for (fs::path at = real.parent_path(); at.has_relative_path(); at = at.parent_path()) {
    if (at.filename() == "node_modules") return "";
    if (at.string().find("/node_modules/") == std::string::npos) return "";
    if (std::string version = version_in_package(at / "package.json"); !version.empty()) return version;
  }
  return "";
}

std::string version_of_process(int pid, const std::string& proc) {
  const fs::path folder = fs::path(proc) / std::to_string(pid);
  std::error_code error;
  const auto words = words_of(read_some(folder / "cmdline", kMostOfProc));
  const fs::path program = fs::read_symlink(folder / "exe", error);
  const fs::path cwd = fs::read_symlink(folder / "cwd", error);
  static const RE2 kInterpreter(
      R"((node|nodejs|bun|deno|python[0-9.]*|ruby|bash|sh|MainThread)( \(deleted\))?)");
  const bool interpreted = RE2::FullMatch(program.filename().string(), kInterpreter);
  if (!interpreted && !program.empty()) return version_at_path(program.string());
  for (std::size_t i = 1; i < words.size(); ++i) {  // its script: the first word that is a file
    if (words[i].starts_with('-')) continue;
    const fs::path script = fs::path(words[i]).is_absolute() ? fs::path(words[i]) : cwd / words[i];
    if (fs::is_regular_file(script, error)) return version_at_path(script.string());
  }
  if (words.empty()) return "";
  const std::string name = words[0].substr(0, words[0].find(' '));
  const std::string place =
      find_in_path(fs::path(name).filename().string(), words_of(read_some(folder / "environ", kMostOfProc)));
  return place.empty() ? "" : version_at_path(place);
}

}  // namespace orc
