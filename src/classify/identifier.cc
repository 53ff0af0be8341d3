// SPDX-License-Identifier: Apache-2.0
#include "identifier.h"

#include <fmt/format.h>

namespace orc {

Result<Identifier> Identifier::build(const std::vector<std::unique_ptr<CompiledAgent>>& agents) {
  Identifier out;
  out.agents_ = agents.size();
  for (std::size_t a = 0; a < agents.size(); ++a) {
    for (const IdentifyPattern& identify : agents[a]->rules().identify) {
      if (!is_same_for_all(identify.pattern.region)) continue;
      Shared& shared = out.shared_[static_cast<std::size_t>(identify.pattern.region)];
      if (!shared.set) shared.set = std::make_unique<RE2::Set>(regex_options(), RE2::UNANCHORED);
      const std::string regex = as_searched(identify.pattern.regex);
      std::string error;
      if (shared.set->Add(regex, &error) < 0)
        return fail(ErrorKind::kInvalid, fmt::format("{}: bad pattern '{}': {}", agents[a]->rules().origin,
                                                     identify.pattern.regex, error));
      shared.single.push_back(std::make_unique<RE2>(regex, regex_options()));
      shared.owners.push_back({a, identify.weight, identify.inherited});
    }
  }
  for (Shared& shared : out.shared_) {
    if (shared.set && !shared.set->Compile())
      return fail(ErrorKind::kInvalid, "the patterns that identify agents need too much memory");
  }
  return out;
}

void Identifier::run(Region region, std::string_view text, std::vector<Score>& out) const {
  const Shared& shared = shared_[static_cast<std::size_t>(region)];
  if (!shared.set || text.empty()) return;
  const auto add = [&](const Owner& owner) {
    Score& score = out[owner.agent];
    score.all += owner.weight;
    score.title += region == Region::kTitle ? owner.weight : 0;
    score.own = score.own || !owner.inherited;
  };
  thread_local std::vector<int> found;
  found.clear();
  RE2::Set::ErrorInfo error{};
  if (shared.set->Match(piece(text), &found, &error)) {
    for (const int i : found) add(shared.owners[static_cast<std::size_t>(i)]);
  } else if (error.kind == RE2::Set::kOutOfMemory) {
    for (std::size_t i = 0; i < shared.single.size(); ++i) {
      if (RE2::PartialMatch(piece(text), *shared.single[i])) add(shared.owners[i]);
    }
  }
}

void Identifier::score(const ScreenLines& lines, std::string_view title, std::vector<Score>& out) const {
  out.assign(agents_, {});
  run(Region::kTitle, title, out);
  run(Region::kScreen, lines.span(0, lines.size()), out);
  run(Region::kLast, last_lines(lines), out);
}

}  // namespace orc
