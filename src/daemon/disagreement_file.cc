// SPDX-License-Identifier: Apache-2.0
#include "disagreement_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tmux_orc/base/files.h"
#include "tmux_orc/evidence/record.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/json.h"

namespace orc {
namespace {

int files_with(const std::string& folder, const std::string& beginning) {
  int count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    count += entry.path().filename().string().starts_with(beginning) ? 1 : 0;
  return count;
}

}  // namespace

Result<std::string> keep_disagreement(const std::string& folder, int most_a_day, const Observer::Look& look,
                                      const std::string& agent, const std::string& word, std::int64_t at_ms) {
  ORC_DO(make_private_folder(folder));
  const std::string today = local_text(at_ms, "disagreement-%Y%m%d-");
  if (files_with(folder, today) >= most_a_day) return std::string();
  nlohmann::ordered_json j = {{"agent", agent}, {"agent_version", ""}, {"label", ""}, {"variant", word}};
  j.update(to_record(look.evidence));
  j["window_name"] = look.pane.window_name;
  blank_record(j);
  j["how"] = "the agent's own word and its screen disagreed";
  std::string file =
      fmt::format("{}/{}{}-{}.json", folder, today, local_text(at_ms, "%H%M%S"), look.pane.key.pane);
  ORC_DO(write_file_atomically(file, dump(j, 1) + "\n", false));
  return file;
}

}  // namespace orc
