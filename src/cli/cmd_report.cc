// SPDX-License-Identifier: Apache-2.0
// tmux-orc report, perf report, cache analyze, capacity analyze, baseline, history export: what was recorded.
#include "cmd_report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "setup.h"
#include "terminal.h"
#include "tmux_orc/base/files.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/calendar.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/report/baseline.h"
#include "version.h"

namespace orc::cli {
namespace {

struct ReportOptions {
  bool day = false, week = false, month = false, detailed = false;
  std::string html, format = "csv", since;
};

Period period_of(const ReportOptions& o, const char* fallback, std::int64_t now) {
  const std::string name = o.day ? "day" : o.week ? "week" : o.month ? "month" : fallback;
  return last_days(name, name == "day" ? 1 : name == "week" ? 7 : 30, now);
}

std::string text_of(const Report& report) {
  std::string out = fmt::format("{}: {}\n", report.title, report.subtitle);
  for (const Section& s : report.sections) {
    if (s.timeline) continue;
    out += "\n" + s.title + "\n";
    for (const std::string& note : s.notes) out += note + "\n";
    if (s.rows.size() > 1) {
      std::vector<bool> right(s.rows[0].size(), true);
      right[0] = false;
      if (s.title.starts_with("Slowest")) right = {false, true, true, false};
      if (s.title.starts_with("Longest")) right = {};
      if (s.title == "What was used") right[1] = right[2] = false;
      out += table(s.rows, right);
    }
    if (s.chart && !s.chart->stacked && s.chart->labels.size() > 1) {
      for (const auto& series : s.chart->series)
        out += fmt::format("{:>12}  {}\n", series.name, sparkline(series.values, 60));
    }
  }
  return out;
}

ReportFacts facts_of(const Globals& globals) {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const auto paths = paths_of(globals);
  const std::string version = version_text();
  return {{"Host", host},
          {"Environment", paths ? paths->environment : ""},
          {"Version", version.substr(0, version.find('\n'))}};
}

int print(const Result<Report>& report, const Globals& globals, const ReportOptions& o) {
  if (!report)
    return report.error().kind == ErrorKind::kUnavailable ? (cli::report(report.error()), kUnavailable)
                                                          : cli::report(report.error());
  if (!o.html.empty()) {
    if (auto ok = write_file_atomically(o.html, to_html(*report, facts_of(globals)), false, 0644); !ok)
      return cli::report(ok.error());
    fmt::print("{} written.\n", o.html);
    return kOk;
  }
  if (globals.json)
    fmt::print("{}\n", dump(report->json, 2));
  else
    fmt::print("{}", printable(text_of(*report), true));
  return kOk;
}

// Opens the history and makes a report of it.
int with_report(const Globals& globals, const ReportOptions& o, const char* fallback,
                const std::function<Result<Report>(HistoryReader&, const Period&)>& make) {
  auto reader = open_history(globals);
  if (!reader) return report(reader.error());
  const SystemClock clock;
  return print(make(**reader, period_of(o, fallback, clock.wall_ms())), globals, o);
}

Result<Settings> settings_of(const Globals& globals) {
  ORC_TRY(paths, paths_of(globals));
  return load_settings(
      globals.config_path, [](const char* n) { return std::getenv(n); }, paths->overlay());
}

int cache_analyze(const Globals& globals, const ReportOptions& o) {
  const auto s = settings_of(globals);
  if (!s) return report(s.error());
  return with_report(globals, o, "week", [&](HistoryReader& r, const Period& p) {
    return cache_report(r, p, s->cache_max_size, s->cache_default_ttl_s);
  });
}

int capacity_analyze(const Globals& globals, const ReportOptions& o) {
  const auto s = settings_of(globals);
  if (!s) return report(s.error());
  return with_report(globals, o, "month", [&](HistoryReader& r, const Period& p) {
    return capacity_report(r, p, s->thresholds, s->check_interval_s);
  });
}

int baseline_update(const Globals& globals, const ReportOptions& o) {
  auto reader = open_history(globals);
  if (!reader) return report(reader.error());
  const SystemClock clock;
  const std::int64_t now = clock.wall_ms();
  const auto whole = (*reader)->whole(period_of(o, "week", now));
  if (!whole) return report(whole.error());
  if (const std::string few = too_few_rounds(whole->rounds, "a baseline"); !few.empty())
    return report({ErrorKind::kUnavailable, few});
  const auto paths = paths_of(globals);
  const auto figures = baseline_figures(*whole);
  if (auto ok = store_baseline(paths->history_file(), paths->environment, now, dump(figures)); !ok)
    return report(ok.error());
  if (globals.json)
    fmt::print("{}\n", dump({{"environment", paths->environment}, {"at_ms", now}, {"figures", figures}}, 2));
  else
    fmt::print("Baseline of environment {} stored, from {}:\n{}\n", paths->environment,
               counted(static_cast<std::uint64_t>(whole->rounds), "round"), dump(figures, 2));
  return kOk;
}

using Baseline = std::pair<std::int64_t, std::string>;  // when, figures as JSON

Result<Baseline> read_baseline(HistoryReader& reader) {
  ORC_TRY(baseline, reader.baseline());
  const auto& stored = *baseline;
  if (!stored) return fail(ErrorKind::kUnavailable, "there is no baseline: tmux-orc baseline update");
  const auto figures = parse_json(stored->second);
  if (!figures || !figures->is_object())
    return fail(ErrorKind::kProtocol,
                "the baseline cannot be read: store a new one with tmux-orc baseline update");
  return *stored;
}

int baseline_show(const Globals& globals) {
  auto reader = open_history(globals);
  if (!reader) return report(reader.error());
  const auto baseline = read_baseline(**reader);
  if (!baseline) return report(baseline.error());
  if (globals.json)
    fmt::print("{}\n", baseline->second);
  else
    fmt::print("Baseline of {}:\n{}\n", time_text(baseline->first), dump(*parse_json(baseline->second), 2));
  return kOk;
}

int baseline_compare(const Globals& globals, const ReportOptions& o) {
  auto reader = open_history(globals);
  if (!reader) return report(reader.error());
  const auto baseline = read_baseline(**reader);
  if (!baseline) return report(baseline.error());
  const SystemClock clock;
  const auto whole = (*reader)->whole(period_of(o, "day", clock.wall_ms()));
  if (!whole) return report(whole.error());
  if (whole->rounds == 0)
    return report({ErrorKind::kUnavailable,
                   "no round was recorded in this period: nothing to compare with the baseline"});
  const Comparison c = compare_with_baseline(baseline->second, baseline_figures(*whole));
  if (globals.json)
    fmt::print("{}\n", dump({{"at_ms", baseline->first},
                             {"regression", c.regression},
                             {"unlike", c.unlike},
                             {"rows", c.rows}},
                            2));
  else
    fmt::print("{}{}\n", table(c.rows, {false, true, true, true}), conclusion(c));
  if (!c.unlike.empty()) return kUnavailable;
  return c.regression ? kNo : kOk;
}

// "2026-11-24", "2026-11-24 13:05" in local time, or milliseconds since 1970.
Result<std::int64_t> parse_since(const std::string& text) {
  if (text.empty()) return 0;
  for (const char* format : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"}) {
    if (const auto at = parse_local(text, format)) return *at;
  }
  char* end = nullptr;
  const long long ms = std::strtoll(text.c_str(), &end, 10);
  if (*end == '\0' && ms >= 0) return ms;
  return fail(
      ErrorKind::kInvalid,
      fmt::format("--since '{}' is no time: 2026-11-24, '2026-11-24 13:05' or milliseconds since 1970",
                  text));
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

using Columns = std::vector<HistoryReader::Column>;

std::string csv_head(const Columns& columns) {
  std::string out;
  for (const auto& column : columns) out += (out.empty() ? "" : ",") + std::string(column.name);
  return out + "\n";
}

// A window named "=HYPERLINK(...)" is no formula to run in somebody's spreadsheet.
std::string no_formula(const std::string& text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos ? "'" + text
                                                                                               : text;
}

std::string csv_line(const Columns& columns, const HistoryReader::ExportRow& row) {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i)
    out += (i == 0 ? "" : ",") + csv_field(columns[i].is_number ? row[i] : no_formula(row[i]));
  return out + "\n";
}

std::string json_line(const char* kind, const Columns& columns, const HistoryReader::ExportRow& row) {
  nlohmann::ordered_json j = {{"kind", kind}};
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (columns[i].is_number)
      j[columns[i].name] = std::strtoll(row[i].c_str(), nullptr, 10);
    else
      j[columns[i].name] = row[i];
  }
  return dump(j) + "\n";
}

// To standard output; keeps the first error.
class Output {
 public:
  bool write(const std::string& text) {
    if (error_ == 0 && std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) error_ = errno;
    return error_ == 0;
  }
  Result<void> end() {
    if (error_ == 0 && std::fflush(stdout) != 0) error_ = errno;
    if (error_ == 0) return {};
    return fail(ErrorKind::kIo, fmt::format("the export is not complete: {}", std::strerror(error_)));
  }

 private:
  int error_ = 0;
};

int history_export(const Globals& globals, const ReportOptions& o, const std::string& what) {
  const auto since = parse_since(o.since);
  if (!since) return report(since.error());
  auto reader = open_history(globals);
  if (!reader) return report(reader.error());
  const bool rounds = what == "rounds", csv = o.format == "csv";
  const Columns& columns = rounds ? HistoryReader::round_columns() : HistoryReader::transition_columns();
  Output out;
  if (csv) out.write(csv_head(columns));
  const auto each = [&](const HistoryReader::ExportRow& row) {
    return out.write(csv ? csv_line(columns, row) : json_line(rounds ? "round" : "transition", columns, row));
  };
  const auto done =
      rounds ? (*reader)->export_rounds(*since, each) : (*reader)->export_transitions(*since, each);
  if (!done) return report(done.error());
  const auto written = out.end();
  return written ? kOk : report(written.error());
}

CLI::App* add_period(CLI::App* sub, const std::shared_ptr<ReportOptions>& o) {
  auto* day = sub->add_flag("--day", o->day, "today");
  auto* week = sub->add_flag("--week", o->week, "the last 7 days, today included")->excludes(day);
  sub->add_flag("--month", o->month, "the last 30 days, today included")->excludes(day)->excludes(week);
  return sub;
}

void add_html(CLI::App* sub, const std::shared_ptr<ReportOptions>& o) {
  sub->add_option("--html", o->html, "write a page with charts instead")->type_name("FILE");
}

constexpr const char* kExit = "Exit code: 0 reported, 3 there is no history.\n";

void add_reports(CLI::App& app, Globals& globals, Action& action) {
  const auto on = [&action](CLI::App* sub, const std::string& footer, std::function<int()> run_it) {
    sub->footer(footer);
    sub->callback([&action, run_it = std::move(run_it)] { action = run_it; });
  };
  auto o = std::make_shared<ReportOptions>();

  auto* activity = add_period(
      app.add_subcommand("report",
                         "What the agents did: times in each state, waits, errors, limits, availability"),
      o);
  activity->add_flag("--detailed", o->detailed, "each agent too");
  add_html(activity, o);
  on(activity, std::string(kExit) + "Example: tmux-orc report --month --detailed --html report.html",
     [o, &globals] {
       return with_report(globals, *o, "day", [o](HistoryReader& r, const Period& p) {
         return activity_report(r, p, o->detailed);
       });
     });

  auto* perf =
      add_period(app.get_subcommand("perf")->add_subcommand(
                     "report", "Percentiles by day, trend, slowest rounds, comparison with the baseline"),
                 o);
  add_html(perf, o);
  on(perf, std::string(kExit) + "Example: tmux-orc perf report --week", [o, &globals] {
    return with_report(globals, *o, "day",
                       [](HistoryReader& r, const Period& p) { return perf_report(r, p); });
  });

  auto* cache = add_period(
      app.get_subcommand("cache")->add_subcommand(
          "analyze", "Hit rates by layer and day, and what size and time to live the data asks for"),
      o);
  add_html(cache, o);
  on(cache, std::string(kExit) + "Example: tmux-orc cache analyze --week",
     [o, &globals] { return cache_analyze(globals, *o); });

  auto* capacity =
      app.add_subcommand("capacity", "How many agents this machine can watch, from recorded rounds");
  capacity->require_subcommand(1);
  capacity->footer("Example: tmux-orc capacity analyze --month");
  auto* analyze =
      add_period(capacity->add_subcommand(
                     "analyze", "Fits cycle time, CPU and memory against agents and painting agents"),
                 o);
  add_html(analyze, o);
  on(analyze, std::string(kExit) + "Example: tmux-orc capacity analyze --month",
     [o, &globals] { return capacity_analyze(globals, *o); });

  auto* baseline = app.add_subcommand("baseline", "The figures that later ones are compared with");
  baseline->require_subcommand(1);
  baseline->footer("Example: tmux-orc baseline update");
  on(add_period(baseline->add_subcommand("update", "Store the present figures (of the last 7 days)"), o),
     "Exit code: 0 stored, 3 too few rounds are recorded.\nExample: tmux-orc baseline update",
     [o, &globals] { return baseline_update(globals, *o); });
  on(baseline->add_subcommand("show", "Print it"),
     "Exit code: 0 shown, 3 there is none.\nExample: tmux-orc baseline show",
     [&globals] { return baseline_show(globals); });
  on(add_period(baseline->add_subcommand("compare", "Today's figures against it"), o),
     "Exit code: 0 no figure is worse by more than 20%, 1 one is, 3 there is no baseline, no round, or a "
     "load or "
     "machine unlike the baseline's.\nExample: tmux-orc baseline compare",
     [o, &globals] { return baseline_compare(globals, *o); });

  auto* history = app.add_subcommand("history", "The recorded history");
  history->require_subcommand(1);
  history->footer("Example: tmux-orc history export --format csv > transitions.csv");
  auto what = std::make_shared<std::string>("transitions");
  auto* out = history->add_subcommand("export", "Print it, row by row");
  out->add_option("what", *what, "transitions or rounds")
      ->check(CLI::IsMember({"transitions", "rounds"}))
      ->capture_default_str();
  out->add_option("--format", o->format, "csv or jsonl")
      ->check(CLI::IsMember({"csv", "jsonl"}))
      ->capture_default_str();
  out->add_option("--since", o->since, "from then on: 2026-11-24 or '2026-11-24 13:05'")->type_name("TIME");
  on(out,
     "Exit code: 0 all written, 3 there is no history, 4 the output could not be written.\nExample: tmux-orc "
     "history export rounds --format jsonl --since 2026-11-24",
     [o, what, &globals] { return history_export(globals, *o, *what); });
}

const Registration kReports(160, add_reports,
                            {{"report", kNoServer},
                             {"perf report", kNoServer},
                             {"capacity", kNoServer},
                             {"baseline", kNoServer},
                             {"history", kNoServer | kNoJson}});

}  // namespace

Result<std::unique_ptr<HistoryReader>> open_history(const Globals& globals) {
  ORC_TRY(paths, paths_of(globals));
  return HistoryReader::open(paths->history_file(), paths->environment);
}

}  // namespace orc::cli
