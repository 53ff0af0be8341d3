// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/report/reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>

#include "report_parts.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/report/baseline.h"

namespace orc {
using nlohmann::ordered_json;

std::string subtitle_of(const Period& p) {
  return fmt::format("{} to {} ({} {})", day_text(p.from_day), time_text(p.to_ms), p.days,
                     p.days == 1 ? "day" : "days");
}

ordered_json period_json(const Period& p) {
  return {{"name", p.name},
          {"from", day_text(p.from_day)},
          {"to", day_text(p.to_day)},
          {"from_ms", p.from_ms},
          {"to_ms", p.to_ms}};
}

namespace {

std::string percent(double rate) { return rate < 0 ? "-" : fmt::format("{:.1f}%", 100 * rate); }
std::string ms_text(double ms) { return fmt::format("{:.2f}", ms); }
std::string length_text(std::int64_t ms) { return ms == 0 ? "-" : format_duration_ms(ms); }

ordered_json summary_json(const PerfSummary& s) {
  ordered_json j;
  if (s.day != 0) j["day"] = day_text(s.day);
  j.update({{"rounds", s.rounds},
            {"async_rounds", s.async_rounds},
            {"cycle_ms",
             {{"p50", rounded(s.p50_ms)},
              {"p95", rounded(s.p95_ms)},
              {"p99", rounded(s.p99_ms)},
              {"max", rounded(s.max_ms)},
              {"mean", rounded(s.mean_ms)}}},
            {"max_at_ms", s.max_at_ms},
            {"list_ms", {{"p50", rounded(s.list_p50_ms)}, {"p95", rounded(s.list_p95_ms)}}},
            {"capture_ms", {{"p50", rounded(s.capture_p50_ms)}, {"p95", rounded(s.capture_p95_ms)}}},
            {"cpu_percent", rounded(s.cpu_percent)},
            {"resident_mb", rounded(s.resident_mb)},
            {"error_percent", rounded(s.error_percent)},
            {"timeouts", s.timeouts},
            {"unreached", s.unreached},
            {"pool_percent", rounded(s.pool_percent)},
            {"agents", rounded(s.agents)},
            {"panes", rounded(s.panes)},
            {"captures", rounded(s.captures)},
            {"bytes", rounded(s.bytes)},
            {"spawns", rounded(s.spawns)},
            {"content_rate", rounded(s.content_rate)},
            {"status_rate", rounded(s.status_rate)},
            {"unchanged_rate", rounded(s.unchanged_rate)},
            {"evictions", s.evictions},
            {"expiries", s.expiries},
            {"transitions", s.transitions}});
  return j;
}

Section nothing_recorded() {
  return {"Nothing recorded",
          {"No round was recorded in this period. A running monitor records them (tmux-orc monitor start)."},
          {},
          {}};
}

std::string why_slow(const SlowRound& r, const PerfSummary& usual) {
  std::vector<std::string> reasons;
  if (r.timeouts > 0) reasons.push_back(fmt::format("{} timeouts", r.timeouts));
  if (r.unreached > 0) reasons.push_back(fmt::format("{} servers not reached", r.unreached));
  if (static_cast<double>(r.captures) > 2 * usual.captures + 3)
    reasons.push_back(fmt::format("{} captures, {:.0f} are usual", r.captures, usual.captures));
  if (static_cast<double>(r.spawns) > usual.spawns + 1)
    reasons.push_back(counted(static_cast<std::uint64_t>(r.spawns), "process", "processes") + " started");
  if (r.list_ms > 3 * usual.list_p50_ms + 1)
    reasons.push_back(fmt::format("listing {:.1f} ms, usually {:.1f}", r.list_ms, usual.list_p50_ms));
  if (r.capture_ms > 3 * usual.capture_p50_ms + 1)
    reasons.push_back(fmt::format("capturing {:.1f} ms, usually {:.1f}", r.capture_ms, usual.capture_p50_ms));
  return reasons.empty() ? "no sign in the figures" : fmt::format("{}", fmt::join(reasons, "; "));
}

// The median of the later half of the days over that of the earlier one.
std::optional<double> trend_of(const std::vector<PerfSummary>& days) {
  if (days.size() < 4) return std::nullopt;
  const auto median = [](std::vector<double> v) {
    std::nth_element(v.begin(), v.begin() + std::ssize(v) / 2, v.end());
    return v[v.size() / 2];
  };
  std::vector<double> early, late;
  for (std::size_t i = 0; i < days.size(); ++i)
    (i < days.size() / 2 ? early : late).push_back(days[i].p50_ms);
  const double before = median(early);
  return before <= 0 ? std::nullopt : std::optional(median(late) / before);
}

Section days_section(const std::vector<PerfSummary>& days, const PerfSummary& whole, ordered_json& json) {
  Section out{"Cycle time by day, milliseconds",
              {},
              {{"day", "rounds", "p50", "p95", "p99", "max", "list p50", "capture p50", "CPU", "MB", "errors",
                "agents"}},
              Chart{"Cycle time", "ms", {}, {{"p50", {}}, {"p95", {}}, {"p99", {}}}, false}};
  const auto add_row = [&](const std::string& name, const PerfSummary& s) {
    out.rows.push_back({name, std::to_string(s.rounds), ms_text(s.p50_ms), ms_text(s.p95_ms),
                        ms_text(s.p99_ms), ms_text(s.max_ms), ms_text(s.list_p50_ms),
                        ms_text(s.capture_p50_ms), fmt::format("{:.2f}%", s.cpu_percent),
                        fmt::format("{:.0f}", s.resident_mb), fmt::format("{:.2f}%", s.error_percent),
                        fmt::format("{:.0f}", s.agents)});
  };
  for (const PerfSummary& d : days) {
    json["days"].push_back(summary_json(d));
    add_row(day_text(d.day), d);
    out.chart->labels.push_back(day_text(d.day));
    out.chart->series[0].values.push_back(d.p50_ms);
    out.chart->series[1].values.push_back(d.p95_ms);
    out.chart->series[2].values.push_back(d.p99_ms);
  }
  if (days.size() > 1) add_row("all", whole);
  if (const auto trend = trend_of(days)) {
    out.notes.push_back(
        fmt::format("Trend: the median of the later half of the days is {:+.0f}% against the earlier half.",
                    100 * (*trend - 1)));
    json["trend"] = rounded(*trend);
  }
  return out;
}

// Single rounds are kept for a week: of a longer period only the later ones can be named.
void note_what_is_gone(const std::vector<SlowRound>& slow, std::optional<std::int64_t> oldest, int first_day,
                       Section& section, ordered_json& json) {
  if (slow.empty() || !oldest) {
    section.notes.push_back("Single rounds of this period are not kept any more (history.raw_rounds_days).");
  } else if (local_day(*oldest) > first_day) {
    section.notes.push_back(
        fmt::format("Of the rounds since {}: single ones from before are not kept any more "
                    "(history.raw_rounds_days), only each day's slowest, as `max` above.",
                    time_text(*oldest)));
    json["slowest_since_ms"] = *oldest;
  }
}

Section slowest_section(const std::vector<SlowRound>& slow, const PerfSummary& whole, ordered_json& json) {
  Section out{"Slowest rounds", {}, {{"at", "round", "ms", "why"}}, {}};
  json["slowest"] = ordered_json::array();
  for (const SlowRound& r : slow) {
    const std::string why = why_slow(r, whole);
    out.rows.push_back({time_text(r.at_ms), std::to_string(r.number), ms_text(r.total_ms), why});
    json["slowest"].push_back(
        {{"at_ms", r.at_ms}, {"number", r.number}, {"total_ms", rounded(r.total_ms)}, {"why", why}});
  }
  return out;
}

using Baseline = std::optional<std::pair<std::int64_t, std::string>>;

Section baseline_section(const Baseline& baseline, const PerfSummary& whole, ordered_json& json) {
  Section out{"Against the baseline", {}, {}, {}};
  if (!baseline) {
    out.notes.push_back(
        "There is no baseline; `tmux-orc baseline update` stores the present figures as one.");
    return out;
  }
  const Comparison c = compare_with_baseline(baseline->second, baseline_figures(whole));
  out.rows = c.rows;
  out.notes.push_back(fmt::format("Baseline of {}. {}", time_text(baseline->first),
                                  c.rows.empty() ? "It cannot be read." : conclusion(c)));
  json["baseline"] = {{"at_ms", baseline->first}, {"regression", c.regression}, {"unlike", c.unlike}};
  return out;
}

}  // namespace

Result<Report> perf_report(HistoryReader& reader, const Period& p) {
  ORC_TRY(days, reader.days(p));
  ORC_TRY(whole, reader.whole(p));
  ORC_TRY(slow, reader.slowest(p, 5));
  ORC_TRY(oldest, reader.oldest_round_ms());
  ORC_TRY(baseline, reader.baseline());
  Report report{
      "Performance", subtitle_of(p), {}, {{"period", period_json(p)}, {"total", summary_json(*whole)}}};
  report.json["days"] = ordered_json::array();
  if (days->empty()) {
    report.sections.push_back(nothing_recorded());
    return report;
  }
  report.sections.push_back(days_section(*days, *whole, report.json));
  report.sections.push_back(slowest_section(*slow, *whole, report.json));
  note_what_is_gone(*slow, *oldest, days->front().day, report.sections.back(), report.json);
  report.sections.push_back(baseline_section(*baseline, *whole, report.json));
  return report;
}

namespace {

struct Availability {
  std::int64_t covered_ms = 0, whole_ms = 0, standstill_ms = 0;
  std::size_t starts = 0, ended_hard = 0, standstills = 0;
  double percent() const {
    // A clock that was set between two runs may cover more than there was, or less than nothing.
    return whole_ms <= 0 ? 0
                         : std::clamp(100 * static_cast<double>(covered_ms) / static_cast<double>(whole_ms),
                                      0.0, 100.0);
  }
};

// The time in which a monitor looked, of the time since the first one was started.
Availability availability_of(const std::vector<RunRow>& runs,
                             const std::vector<std::pair<std::int64_t, std::int64_t>>& gaps, const Period& p,
                             std::int64_t first_ms) {
  Availability a;
  a.whole_ms = p.to_ms - std::max(p.from_ms, first_ms);
  std::int64_t until = p.from_ms;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunRow& r = runs[i];
    if (r.start_ms >= p.from_ms) ++a.starts;
    const bool alive = is_alive(runs, i, p);
    if (!r.stopped && !alive) ++a.ended_hard;
    const std::int64_t from = std::max(until, r.start_ms),
                       to = std::min(alive ? p.to_ms : r.seen_ms, p.to_ms);
    if (to > from) a.covered_ms += to - from;
    until = std::max(until, to);
  }
  for (const auto& [from, to] : gaps) {
    const std::int64_t length = std::max<std::int64_t>(0, std::min(to, p.to_ms) - std::max(from, p.from_ms));
    a.standstill_ms += length;
    a.covered_ms -= length;
  }
  a.standstills = gaps.size();
  return a;
}

constexpr std::size_t kColumns = 288;  // of a timeline: 5 minutes of a day

constexpr State kShown[] = {State::kWorking,     State::kWaiting,     State::kIdle,
                            State::kDraft,       State::kRateLimited, State::kError,
                            State::kInterrupted, State::kExited,      State::kCrashed};

std::int64_t value_of(const std::map<State, std::int64_t>& values, State state) {
  const auto found = values.find(state);
  return found == values.end() ? 0 : found->second;
}

void add_to(AgentTimes& sum, const AgentTimes& one) {
  for (const auto& [state, ms] : one.ms) sum.ms[state] += ms;
  for (const auto& [state, n] : one.entered) sum.entered[state] += n;
  for (const auto& [state, ms] : one.longest_ms) sum.longest_ms[state] = std::max(sum.longest_ms[state], ms);
}

std::vector<std::string> times_row(const std::string& name, const AgentTimes& t) {
  std::vector<std::string> row = {name};
  for (const State s : kShown) row.push_back(length_text(value_of(t.ms, s)));
  row.push_back(length_text(value_of(t.longest_ms, State::kWaiting)));
  return row;
}

ordered_json times_json(const AgentTimes& t) {
  ordered_json j = {{"ms", ordered_json::object()},
                    {"entered", ordered_json::object()},
                    {"longest_ms", ordered_json::object()}};
  for (const auto& [state, ms] : t.ms) j["ms"][std::string(to_string(state))] = ms;
  for (const auto& [state, n] : t.entered) j["entered"][std::string(to_string(state))] = n;
  for (const auto& [state, ms] : t.longest_ms) j["longest_ms"][std::string(to_string(state))] = ms;
  return j;
}

// What nobody could have seen yet is no part of a timeline: it begins with the first look, an hour ago at
// least.
Period from_first_look(Period p, const std::vector<RunRow>& runs, const std::vector<Span>& gaps) {
  constexpr std::int64_t kHour = 3'600'000;
  const auto watched = watched_spans(runs, gaps, p);
  if (!watched.empty()) p.from_ms = std::max(p.from_ms, std::min(watched.front().first, p.to_ms - kHour));
  return p;
}

// States' times of both roles, in the unit in which they are neither crumbs nor thousands.
Chart roles_chart(const AgentTimes& agent, const AgentTimes& pm) {
  std::int64_t most = 0;
  for (const AgentTimes* t : {&agent, &pm}) {
    std::int64_t sum = 0;
    for (const State s : kShown) sum += value_of(t->ms, s);
    most = std::max(most, sum);
  }
  const auto [unit, ms] = most >= 7'200'000 ? std::pair("hours", 3.6e6)
                          : most >= 120'000 ? std::pair("minutes", 6e4)
                                            : std::pair("seconds", 1e3);
  Chart chart{"Time in each state", unit, {"agent", "pm"}, {}, true};
  for (const State s : kShown) {
    if (value_of(agent.ms, s) + value_of(pm.ms, s) == 0) continue;
    chart.series.push_back(
        {std::string(to_string(s)),
         {static_cast<double>(value_of(agent.ms, s)) / ms, static_cast<double>(value_of(pm.ms, s)) / ms}});
  }
  return chart;
}

Section timeline_section(Timeline timeline) {
  Section out{"Timeline", {}, {}, {}, {}};
  out.notes.push_back(fmt::format(
      "Each column is {}: the state that took most of it. Empty: no agent there, or nobody looked.",
      format_duration_ms((timeline.to_ms - timeline.from_ms) / static_cast<std::int64_t>(kColumns))));
  out.timeline = std::move(timeline);
  return out;
}

std::vector<std::string> times_head(const char* first) {
  std::vector<std::string> head = {first};
  for (const State s : kShown) head.push_back(std::string(to_string(s)));
  head.push_back("longest wait");
  return head;
}

}  // namespace

Result<Report> activity_report(HistoryReader& reader, const Period& p, bool detailed) {
  ORC_TRY(times, reader.agent_times(p));
  ORC_TRY(waits, reader.longest_waits(p, 10));
  ORC_TRY(runs, reader.runs(p));
  ORC_TRY(gaps, reader.gaps(p));
  ORC_TRY(first, reader.first_run_ms());
  ORC_TRY(told, reader.notifications(p));
  ORC_TRY(whole, reader.whole(p));
  ORC_TRY(used, reader.usage(p));
  ORC_TRY(timeline, read_timeline(reader, from_first_look(p, *runs, *gaps), kColumns));
  Report report{"Agents", subtitle_of(p), {}, {{"period", period_json(p)}}};

  Section monitor{"The monitor", {}, {}, {}};
  if (*first) {
    const Availability a = availability_of(*runs, *gaps, p, **first);
    monitor.notes.push_back(fmt::format("Available {:.2f}% of {}, {} starts, {} ends without a stop.",
                                        a.percent(), format_duration_ms(a.whole_ms), a.starts, a.ended_hard));
    if (a.standstills > 0)
      monitor.notes.push_back(
          fmt::format("It stood still {} times (suspend, or a machine too busy), {} in all.", a.standstills,
                      format_duration_ms(a.standstill_ms)));
    monitor.notes.push_back(
        fmt::format("{} rounds, {:.2f}% of the looks failed, {} times a server was not reached.",
                    whole->rounds, whole->error_percent, whole->unreached));
    report.json["availability"] = {{"percent", rounded(a.percent())}, {"covered_ms", a.covered_ms},
                                   {"whole_ms", a.whole_ms},          {"starts", a.starts},
                                   {"standstills", a.standstills},    {"standstill_ms", a.standstill_ms},
                                   {"ended_hard", a.ended_hard}};
  } else {
    monitor.notes.push_back("No monitor of this environment ever ran.");
  }
  report.sections.push_back(std::move(monitor));

  AgentTimes all, pm, agent;
  for (const AgentTimes& t : *times) {
    add_to(all, t);
    add_to(t.pm ? pm : agent, t);
  }
  Section roles{"Time in each state",
                {},
                {times_head("role"), times_row("agent", agent), times_row("pm", pm), times_row("all", all)},
                roles_chart(agent, pm)};
  if (times->empty()) roles = nothing_recorded();
  report.sections.push_back(std::move(roles));
  if (!timeline->strips.empty()) report.sections.push_back(timeline_section(std::move(*timeline)));
  report.json["roles"] = {{"agent", times_json(agent)}, {"pm", times_json(pm)}, {"all", times_json(all)}};

  Section happened{"What happened", {}, {{"what", "times"}}, {}};
  for (const auto& [name, state] :
       {std::pair("waited for a person", State::kWaiting), std::pair("hit a limit", State::kRateLimited),
        std::pair("error", State::kError), std::pair("crashed", State::kCrashed),
        std::pair("exited", State::kExited)}) {
    happened.rows.push_back({name, std::to_string(value_of(all.entered, state))});
  }
  happened.rows.push_back({"transitions", std::to_string(whole->transitions)});
  report.json["transitions"] = whole->transitions;
  report.json["notifications"] = ordered_json::object();
  for (const auto& [channel, counts] : *told) {
    happened.rows.push_back(
        {"told over " + channel, fmt::format("{} ({} failed)", counts.first, counts.second)});
    report.json["notifications"][channel] = {{"delivered", counts.first}, {"failed", counts.second}};
  }
  report.sections.push_back(std::move(happened));

  Section longest{"Longest waits for a person", {}, {{"agent", "where", "from", "waited"}}, {}};
  report.json["longest_waits"] = ordered_json::array();
  for (const Wait& w : *waits) {
    longest.rows.push_back({w.agent, w.target, time_text(w.from_ms),
                            format_duration_ms(w.length_ms) + (w.still ? ", still waiting" : "")});
    report.json["longest_waits"].push_back({{"agent", w.agent},
                                            {"target", w.target},
                                            {"server", w.server},
                                            {"from_ms", w.from_ms},
                                            {"length_ms", w.length_ms},
                                            {"still_waiting", w.still}});
  }
  if (waits->empty())
    longest.notes.push_back(
        "None that ended in this period (and is still kept: history.raw_transitions_days) or goes on.");
  report.sections.push_back(std::move(longest));
  report.sections.push_back(usage_section(*used, report.json["usage"]));

  report.json["agents"] = ordered_json::array();
  Section single{"Each agent", {}, {times_head("agent")}, {}};
  for (const AgentTimes& t : *times) {
    single.rows.push_back(times_row(fmt::format("{} {}{}", t.target, t.agent, t.pm ? " (pm)" : ""), t));
    ordered_json j = {
        {"server", t.server}, {"target", t.target}, {"agent", t.agent}, {"role", t.pm ? "pm" : "agent"}};
    j.update(times_json(t));
    report.json["agents"].push_back(std::move(j));
  }
  if (detailed && !times->empty()) report.sections.push_back(std::move(single));
  return report;
}

Result<Report> cache_report(HistoryReader& reader, const Period& p, int max_size, double ttl_s) {
  ORC_TRY(days, reader.days(p));
  ORC_TRY(whole, reader.whole(p));
  Report report{
      "Cache",
      subtitle_of(p),
      {},
      {{"period", period_json(p)}, {"total", summary_json(*whole)}, {"days", ordered_json::array()}}};
  if (days->empty()) {
    report.sections.push_back(nothing_recorded());
    return report;
  }
  Section by_day{"Hit rates by layer and day",
                 {},
                 {{"day", "pane_content", "agent_status", "of unchanged screens", "evictions", "expiries"}},
                 Chart{"Hit rate", "%", {}, {{"pane_content", {}}, {"agent_status", {}}}, false}};
  for (const PerfSummary& d : *days) {
    report.json["days"].push_back(summary_json(d));
    by_day.rows.push_back({day_text(d.day), percent(d.content_rate), percent(d.status_rate),
                           percent(d.unchanged_rate), std::to_string(d.evictions),
                           std::to_string(d.expiries)});
    by_day.chart->labels.push_back(day_text(d.day));
    by_day.chart->series[0].values.push_back(std::max(0.0, 100 * d.content_rate));
    by_day.chart->series[1].values.push_back(std::max(0.0, 100 * d.status_rate));
  }
  report.sections.push_back(std::move(by_day));
  Section asked{"What the figures ask for", {}, {}, {}};
  if (const std::string few = too_few_rounds(whole->rounds, "advice"); !few.empty()) {
    asked.notes.push_back(fmt::format("Too little to go by: {}.", few));
    report.json["refused"] = true;
    report.json["reason"] = few;
    report.json["advice"] = ordered_json::array();
    report.sections.push_back(std::move(asked));
    return report;
  }
  report.json["refused"] = false;
  const double needed = std::ceil(2 * whole->panes);
  if (whole->evictions > 0)
    asked.notes.push_back(
        fmt::format("Size: {} evictions with {} entries a layer and {:.0f} panes: set "
                    "monitoring.async.cache.max_size to {:.0f} at least.",
                    whole->evictions, max_size, whole->panes, needed));
  else
    asked.notes.push_back(
        fmt::format("Size: no evictions with {} entries a layer and {:.0f} panes: large enough.", max_size,
                    whole->panes));
  const double expired =
      whole->looks == 0 ? 0 : static_cast<double>(whole->expiries) / static_cast<double>(whole->looks);
  if (expired > 0.3)
    asked.notes.push_back(
        fmt::format("Time to live: {:.0f}% of the looks found an entry that had expired after {:g} s: a "
                    "longer monitoring.async.cache.default_ttl saves those captures; it also bounds how long "
                    "a change without any sign may stay unseen.",
                    100 * expired, ttl_s));
  else
    asked.notes.push_back(
        fmt::format("Time to live: {:.0f}% of the looks found an expired entry: {:g} s is long enough.",
                    100 * expired, ttl_s));
  report.json["advice"] = asked.notes;
  report.sections.push_back(std::move(asked));
  return report;
}

Result<std::vector<Advice>> recommend(HistoryReader& reader, const Period& p, const RecommendFacts& facts) {
  ORC_TRY(whole, reader.whole(p));
  if (const std::string few = too_few_rounds(whole->rounds, "advice"); !few.empty())
    return fail(ErrorKind::kUnavailable, few);
  std::vector<Advice> out;
  if (whole->pool_percent > 80 && facts.pool_max_size < 256) {
    out.push_back({"monitoring.async.pool.max_size",
                   std::to_string(std::min(256, facts.pool_max_size * 3 / 2)),
                   fmt::format("{:.0f}% of {} connections were in use at the peak", whole->pool_percent,
                               facts.pool_max_size)});
  }
  const double needed = std::ceil(2 * whole->panes / 100) * 100;
  if (whole->evictions > 0 && needed > facts.cache_max_size) {
    out.push_back({"monitoring.async.cache.max_size", fmt::format("{:.0f}", needed),
                   fmt::format("{} evictions: {} entries for {:.0f} panes", whole->evictions,
                               facts.cache_max_size, whole->panes)});
  }
  const double expired =
      whole->looks == 0 ? 0 : static_cast<double>(whole->expiries) / static_cast<double>(whole->looks);
  if (expired > 0.3) {
    out.push_back(
        {"monitoring.async.cache.default_ttl", fmt::format("{:g}", 4 * facts.check_interval_s),
         fmt::format(
             "{:.0f}% of the looks found an entry that had expired: {:g} s to live at an interval of {:g} s",
             100 * expired, facts.cache_ttl_s, facts.check_interval_s)});
  }
  if (whole->p95_ms > 500 * facts.check_interval_s) {
    out.push_back({"monitoring.check_interval", fmt::format("{:g}", std::ceil(4 * whole->p95_ms / 1000)),
                   fmt::format("a round takes {:.0f} ms (p95) of an interval of {:g} s", whole->p95_ms,
                               facts.check_interval_s)});
  }
  return out;
}

}  // namespace orc
