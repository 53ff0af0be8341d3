// SPDX-License-Identifier: Apache-2.0
// How many agents fit: cycle time, CPU and memory of recorded hours against the agents that were watched.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fit.h"
#include "report_parts.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/report/reports.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kFewestHours = 12;
constexpr double kFewestRounds = 30;    // of an hour: the p95 of fewer is that of one or two rounds
constexpr double kLeastSpread = 1.5;    // between the fewest and the most agents seen
constexpr double kFarthest = 4;         // times the most agents seen: beyond that nothing is claimed
constexpr double kLargestError = 0.25;  // of what the figure grows by from the fewest to the most agents

// The recorded hours that count.
struct Hours {
  std::vector<CapacityPoint> points;
  std::size_t too_short = 0;
  double fewest = 0, most = 0;  // agents
  double painting = 0;          // agents of one whose screen had to be read
};

Hours hours_of(const std::vector<CapacityPoint>& all) {
  Hours out;
  double agents = 0, painting = 0;
  for (const CapacityPoint& h : all) {
    if (h.agents <= 0) continue;
    if (h.rounds < kFewestRounds) {
      ++out.too_short;
      continue;
    }
    out.fewest = out.points.empty() ? h.agents : std::min(out.fewest, h.agents);
    out.most = std::max(out.most, h.agents);
    agents += h.agents * h.rounds;
    painting += h.painting * h.rounds;
    out.points.push_back(h);
  }
  out.painting = agents > 0 ? painting / agents : 0;
  return out;
}

// Why the hours are no ground for a fit; empty if they are.
std::string refusal(const Hours& h) {
  const std::string shorts =
      h.too_short == 0 ? "" : fmt::format(" {} more had fewer than {:g} rounds.", h.too_short, kFewestRounds);
  if (h.points.size() < kFewestHours)
    return fmt::format("{} hours with agents were recorded, a fit needs {}.{}", h.points.size(), kFewestHours,
                       shorts);
  if (h.most < kLeastSpread * h.fewest)
    return fmt::format(
        "In all {} hours there were {:.0f} to {:.0f} agents; a fit needs {:g} times as many in the fullest "
        "as in the emptiest.{}",
        h.points.size(), h.fewest, h.most, kLeastSpread, shorts);
  return "";
}

enum class Verdict { kReached, kBeyond, kExceeded, kRefused };

// One figure that has a target.
struct Limit {
  std::string what;
  double target = 0;
  bool is_fitted = false;
  Fit fit;
  Verdict verdict = Verdict::kRefused;
  double agents = 0;   // kReached: at which it reaches the target
  std::string reason;  // kRefused
  double slope(const Hours& h) const { return fit.b + fit.c * h.painting; }
};

void refuse(Limit& limit, std::string reason) {
  limit.verdict = Verdict::kRefused;
  limit.reason = std::move(reason);
}

void judge_reach(Limit& limit, const Hours& h) {
  const double slope = limit.slope(h), farthest = kFarthest * h.most;
  if (slope <= 0) return refuse(limit, "it does not grow with the agents, something else decides it");
  if (limit.fit.error > kLargestError * slope * (h.most - h.fewest))
    return refuse(limit, "it scatters too much beside what it grows by");
  limit.agents = (limit.target - limit.fit.a) / slope;
  if (limit.agents < h.fewest)
    limit.verdict = Verdict::kExceeded;
  else
    limit.verdict = limit.agents > farthest ? Verdict::kBeyond : Verdict::kReached;
}

void judge(Limit& limit, const Hours& h) {
  if (!limit.is_fitted) return refuse(limit, "the hours do not determine it");
  // So far from its target that neither growth nor scatter matters, as memory is most of the time: the target
  // holds even if all of the figure were the agents' doing.
  const double most = limit.fit.at(h.most, h.painting * h.most) + 2 * limit.fit.error;
  const double highest = kFarthest * most - std::min(0.0, (kFarthest - 1) * limit.fit.a);
  if (highest < limit.target)
    limit.verdict = Verdict::kBeyond;
  else
    judge_reach(limit, h);
}

template <typename Value>
Limit limit_of(const char* what, double target, const Hours& h, bool painting, Value value) {
  std::vector<FitPoint> points;
  points.reserve(h.points.size());
  for (const CapacityPoint& p : h.points)
    points.push_back({p.agents, painting ? p.painting : 0, value(p), p.rounds});
  const auto fit = fit_plane(points);
  Limit limit;
  limit.what = what;
  limit.target = target;
  limit.is_fitted = fit.has_value();
  limit.fit = fit.value_or(Fit());
  judge(limit, h);
  return limit;
}

// CPU is used by the round: of hours with another interval it is what the present one would make of it.
std::vector<Limit> limits_of(const Hours& h, const Thresholds& t, double interval_s) {
  return {limit_of("cycle time p95, ms", 1000 * t.cycle_time_s.target, h, true,
                   [](const CapacityPoint& p) { return p.cycle_ms; }),
          limit_of("CPU, % of a core", t.cpu_percent.target, h, true,
                   [&](const CapacityPoint& p) { return p.cpu_percent * p.interval_s / interval_s; }),
          limit_of("memory, MB", t.memory_mb.target, h, false,
                   [](const CapacityPoint& p) { return p.resident_mb; })};
}

const char* name_of(Verdict v) {
  constexpr const char* kNames[] = {"reached", "beyond", "exceeded", "refused"};
  return kNames[static_cast<int>(v)];
}

std::string reach_text(const Limit& l, const Hours& h) {
  switch (l.verdict) {
    case Verdict::kReached:
      return fmt::format("{:.0f}", l.agents);
    case Verdict::kBeyond:
      return fmt::format("> {:.0f}", kFarthest * h.most);
    case Verdict::kExceeded:
      return fmt::format("< {:.0f}", h.fewest);
    case Verdict::kRefused:
      break;
  }
  return "?";
}

Section fits_section(const std::vector<Limit>& limits, const Hours& h, double interval_s) {
  Section out{
      "Fit over recorded hours",
      {fmt::format(
          "{} hours, {:.0f} to {:.0f} agents, {:.2f} screens read for each (of those that paint) in a "
          "round; CPU at an interval of {:g} s.",
          h.points.size(), h.fewest, h.most, h.painting, interval_s)},
      {{"", "at 0 agents", "each agent", "each painting", "error of the fit", "target",
        "agents at the target"}},
      {}};
  for (const Limit& l : limits) {
    const auto number = [&](double Fit::*field, const char* format) {
      return l.is_fitted ? fmt::format(fmt::runtime(format), l.fit.*field) : std::string("-");
    };
    out.rows.push_back({l.what, number(&Fit::a, "{:.3f}"), number(&Fit::b, "{:.5f}"),
                        number(&Fit::c, "{:.5f}"), number(&Fit::error, "±{:.3f}"),
                        fmt::format("{:g}", l.target), reach_text(l, h)});
  }
  return out;
}

ordered_json fits_json(const std::vector<Limit>& limits) {
  ordered_json out = ordered_json::array();
  for (const Limit& l : limits) {
    ordered_json j = {{"what", l.what}, {"target", l.target}, {"verdict", name_of(l.verdict)}};
    if (l.is_fitted)
      j.update({{"a", l.fit.a}, {"per_agent", l.fit.b}, {"per_painting", l.fit.c}, {"error", l.fit.error}});
    j["agents_at_target"] = l.verdict == Verdict::kReached ? ordered_json(rounded(l.agents)) : ordered_json();
    if (!l.reason.empty()) j["reason"] = l.reason;
    out.push_back(std::move(j));
  }
  return out;
}

// The figure that allows the fewest agents; null if none bounds them.
const Limit* tightest(const std::vector<Limit>& limits) {
  const Limit* found = nullptr;
  for (const Limit& l : limits) {
    if (l.verdict == Verdict::kReached && (found == nullptr || l.agents < found->agents)) found = &l;
  }
  return found;
}

bool has(const std::vector<Limit>& limits, Verdict verdict) {
  return std::any_of(limits.begin(), limits.end(), [&](const Limit& l) { return l.verdict == verdict; });
}

// The answer as a sentence, and its number if there is one.
std::pair<std::string, std::optional<double>> answer_of(const std::vector<Limit>& limits, const Hours& h) {
  if (has(limits, Verdict::kExceeded))
    return {
        fmt::format("Fewer than {:.0f}, the fewest that were seen: a target was missed already.", h.fewest),
        {}};
  const Limit* least = tightest(limits);
  if (has(limits, Verdict::kRefused))
    return {least == nullptr ? "That cannot be said."
                             : fmt::format("Not more than {:.0f}, for {}; how many fewer cannot be said.",
                                           least->agents, least->what),
            {}};
  if (least == nullptr)
    return {fmt::format(
                "More than {:.0f} agents fit the targets; beyond {:g} times the most that were seen ({:.0f}) "
                "nothing is claimed.",
                kFarthest * h.most, kFarthest, h.most),
            {}};
  return {fmt::format("About {:.0f} agents fit the targets on this machine; {} is what ends it.",
                      std::floor(least->agents), least->what),
          std::floor(least->agents)};
}

Section answer_section(const std::vector<Limit>& limits, std::string answer) {
  Section out{"How many fit", {std::move(answer)}, {}, {}};
  for (const Limit& l : limits) {
    if (l.verdict == Verdict::kRefused)
      out.notes.push_back(fmt::format("{}: no claim, {}.", l.what, l.reason));
  }
  return out;
}

}  // namespace

Result<Report> capacity_report(HistoryReader& reader, const Period& p, const Thresholds& t,
                               double interval_s) {
  ORC_TRY(recorded, reader.hours(p));
  const Hours hours = hours_of(*recorded);
  Report report{"Capacity", subtitle_of(p), {}, {{"period", period_json(p)}, {"hours", hours.points.size()}}};
  report.json["agents"] = {{"fewest", rounded(hours.fewest)}, {"most", rounded(hours.most)}};
  const std::string why_not = refusal(hours);
  report.json["refused"] = !why_not.empty();
  if (!why_not.empty()) {
    report.json["reason"] = why_not;
    report.sections.push_back(
        {"Too little to go by",
         {why_not + " A guess from less would be worth nothing.",
          "`tmux-orc benchmark --agents N` measures this machine with N agents at once."},
         {},
         {}});
    return report;
  }
  const auto limits = limits_of(hours, t, interval_s);
  const auto [answer, fit] = answer_of(limits, hours);
  report.sections.push_back(fits_section(limits, hours, interval_s));
  report.sections.push_back(answer_section(limits, answer));
  report.json["fits"] = fits_json(limits);
  report.json["agents_that_fit"] = fit ? ordered_json(*fit) : ordered_json();
  return report;
}

}  // namespace orc
