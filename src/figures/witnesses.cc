// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/figures/witnesses.h"

#include <string_view>

namespace orc {
namespace {

constexpr std::size_t kMostKinds = 200;  // rule files name the agents: there may be any number
constexpr std::size_t kMostWords = 20;   // of one kind
constexpr std::string_view kOwn = "own:";

bool disagrees(Accord a) { return a == Accord::kOwnWon || a == Accord::kScreenWon; }

std::uint64_t looks(const std::map<Accord, std::uint64_t>& all, Accord accord) {
  const auto found = all.find(accord);
  return found == all.end() ? 0 : found->second;
}

}  // namespace

Testimony testimony_of(const Verdict& v) {
  if (v.against.starts_with(kOwn)) return {Accord::kScreenWon, v.against.substr(kOwn.size())};
  const std::size_t at = v.rule.rfind(kOwn);
  if (at == std::string::npos || at == 0 || (v.rule[at - 1] != '+' && v.rule[at - 1] != '/')) return {};
  const Accord accord = v.rule[at - 1] == '+' ? Accord::kBoth
                        : v.against.empty()   ? Accord::kOwnAlone
                                              : Accord::kOwnWon;
  return {accord, v.rule.substr(at + kOwn.size())};
}

void WitnessLedger::note(const AgentStatus& a, std::int64_t at_ms, std::vector<Disagreement>& out) {
  Testimony t = testimony_of(a.verdict);
  if (kinds_.size() >= kMostKinds && !kinds_.contains(a.verdict.agent)) return;
  Kind& kind = kinds_[a.verdict.agent];
  ++kind.looks[t.accord];
  const auto [place, is_new] = last_.try_emplace(a.pane.key);
  Last& last = place->second;
  const bool other_word = is_new || last.agent != a.verdict.agent || last.word != t.word;
  if (other_word && !t.word.empty()) kind.changed_ms = at_ms;
  if (other_word || last.accord != t.accord) last = {a.verdict.agent, t.word, t.accord, at_ms, false, look_};
  last.look = look_;
  if (!disagrees(t.accord) || last.counted || at_ms - last.since_ms <= kDisagreeMs) return;
  last.counted = true;
  if (kind.episodes.size() < kMostWords || kind.episodes.contains(t.word)) ++kind.episodes[t.word];
  out.push_back({a.pane, a.verdict.agent, std::move(t.word),
                 t.accord == Accord::kOwnWon ? a.verdict.against : a.verdict.rule});
}

std::vector<WitnessLedger::Disagreement> WitnessLedger::take(const Snapshot& s) {
  std::vector<Disagreement> out;
  MutexLock lock(mutex_);
  ++look_;
  for (const AgentStatus& a : s.agents) {
    if (!a.verdict.agent.empty()) note(a, s.at_ms, out);
  }
  std::erase_if(last_, [&](const auto& entry) { return entry.second.look != look_; });
  return out;
}

nlohmann::ordered_json WitnessLedger::json() const {
  MutexLock lock(mutex_);
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const auto& [agent, k] : kinds_) {
    nlohmann::ordered_json episodes = nlohmann::ordered_json::object();
    for (const auto& [word, count] : k.episodes) episodes[word] = count;
    out.push_back({{"agent", agent},
                   {"looks",
                    {{"screen_alone", looks(k.looks, Accord::kScreenAlone)},
                     {"own_word_alone", looks(k.looks, Accord::kOwnAlone)},
                     {"both", looks(k.looks, Accord::kBoth)},
                     {"own_word_against_screen", looks(k.looks, Accord::kOwnWon)},
                     {"screen_against_own_word", looks(k.looks, Accord::kScreenWon)}}},
                   {"changed_ms", k.changed_ms},
                   {"disagreements", std::move(episodes)}});
  }
  return out;
}

}  // namespace orc
