// SPDX-License-Identifier: Apache-2.0
#include "screen_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tmux_orc/base/text.h"
#include "tmux_orc/evidence/record.h"

namespace orc::cli {
Result<std::string> read_input(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return fail(ErrorKind::kInvalid, fmt::format("cannot read {}: it is a folder", path));
  std::ifstream in(path, std::ios::binary);  // also a pipe: explain <(...)
  if (!in) return fail(ErrorKind::kInvalid, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return fail(ErrorKind::kIo, fmt::format("cannot read {}", path));
  return text;
}

Result<SavedScreen> parse_screen(const std::string& content, const std::vector<AgentProcess>& agents) {
  SavedScreen out;
  using nlohmann::json;
  const std::string_view start = trim(content);
  const json j =
      start.starts_with('{') ? json::parse(content, nullptr, false) : json(json::value_t::discarded);
  const bool is_record = j.is_object() && (j.contains("capture_text") || j.contains("pane_title") ||
                                           j.contains("scrollback_text") || j.contains("process_tree"));
  if (is_record) {
    out.screen = from_record(j, agents);
    out.truth.label = text_field(j, "label");
    out.truth.agent_by_process = out.screen.processes == ProcessEvidence::kAgent;
    if (const auto accept = j.find("accept"); accept != j.end() && accept->is_array()) {
      for (const json& other : *accept) {
        if (other.is_string()) out.truth.accept.push_back(other.get<std::string>());
      }
    }
  } else {
    out.screen.text = content;
  }
  return out;
}

}  // namespace orc::cli
