// SPDX-License-Identifier: Apache-2.0
#include "identifier.h"

#include <fmt/format.h>

namespace orc {

Result<std::unique_ptr<Identifier>> Identifier::build(
    const std::vector<std::unique_ptr<CompiledAgent>>& agents) {
  auto out = std::make_unique<Identifier>();
  out->agents_ = agents.size();
  bool built_in = true;
  for (std::size_t a = 0; a < agents.size(); ++a) {
    built_in = built_in && agents[a]->rules().built_in;
    for (const IdentifyPattern& identify : agents[a]->rules().identify) {
      if (!is_same_for_all(identify.pattern.region)) continue;
      Shared& shared = out->shared_[static_cast<std::size_t>(identify.pattern.region)];
      if (auto added = shared.set.add(as_searched(identify.pattern.regex)); !added) {
        return fail(ErrorKind::kInvalid, fmt::format("{}: bad pattern '{}': {}", agents[a]->rules().origin,
                                                     identify.pattern.regex, added.error().message));
      }
      shared.owners.push_back({a, identify.weight, identify.inherited});
    }
  }
  for (const Shared& shared : out->shared_) {
    if (!built_in && !shared.set.compile())
      return fail(ErrorKind::kInvalid, "the patterns that identify agents need too much memory");
  }
  return out;
}

void Identifier::run(Region region, std::string_view text, std::vector<Score>& out) const {
  const Shared& shared = shared_[static_cast<std::size_t>(region)];
  if (text.empty()) return;
  thread_local std::vector<int> found;
  shared.set.match(text, found);
  for (const int i : found) {
    const Owner& owner = shared.owners[static_cast<std::size_t>(i)];
    Score& score = out[owner.agent];
    score.all += owner.weight;
    score.title += region == Region::kTitle ? owner.weight : 0;
    score.own = score.own || !owner.inherited;
  }
}

void Identifier::score(const ScreenLines& lines, std::string_view title, std::vector<Score>& out) const {
  out.assign(agents_, {});
  run(Region::kTitle, title, out);
  run(Region::kScreen, lines.span(0, lines.size()), out);
  run(Region::kLast, last_lines(lines), out);
}

}  // namespace orc
