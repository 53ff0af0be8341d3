// SPDX-License-Identifier: Apache-2.0
#include "remember.h"

#include <exception>
#include <set>

#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"

namespace orc::tui {
namespace {

constexpr std::size_t kMostFolded = 1000;  // groups that are long gone must not pile up

template <typename Enum>
Enum named(const std::string& name, std::initializer_list<Enum> all) {
  for (const Enum value : all) {
    if (to_string(value) == name) return value;
  }
  return *all.begin();
}

}  // namespace

Remembered load_remembered(const std::string& path) {
  const auto text = read_file(path);
  const auto j = text ? parse_json(*text) : tl::unexpected(text.error());
  if (!j || !j->is_object()) return {};
  try {
    Remembered r;
    r.grouping = named(j->value("group", ""),
                       {Grouping::kNone, Grouping::kSession, Grouping::kProject, Grouping::kServer});
    r.sorting =
        named(j->value("sort", ""), {Sorting::kNeed, Sorting::kSince, Sorting::kPlace, Sorting::kAgent});
    r.filter = printable(j->value("filter", ""));
    r.idle_folded = j->value("idle_folded", true);
    r.preview = j->value("preview", true);
    if (j->contains("folded")) r.folded = j->at("folded").get<std::set<std::string>>();
    return r;
  } catch (const std::exception&) {  // a value of another type
    return {};
  }
}

Result<void> save_remembered(const std::string& path, const Remembered& r) {
  nlohmann::ordered_json j = {{"group", to_string(r.grouping)},
                              {"sort", to_string(r.sorting)},
                              {"filter", r.filter},
                              {"idle_folded", r.idle_folded},
                              {"preview", r.preview},
                              {"folded", nlohmann::ordered_json::array()}};
  for (const std::string& group : r.folded) {
    if (j["folded"].size() < kMostFolded) j["folded"].push_back(group);
  }
  return write_file_atomically(path, dump(j, 2) + "\n", false);
}

}  // namespace orc::tui
