// SPDX-License-Identifier: Apache-2.0
// Reports from the history: the same findings as tables and charts for people and as JSON for scripts.
// Everything in them was recorded; what was not recorded is said to be missing. Pure but for the reader.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tmux_orc/base/thresholds.h"
#include "tmux_orc/history/history_reader.h"
#include "tmux_orc/report/timeline.h"

namespace orc {

struct Chart {
  std::string title, unit;
  std::vector<std::string> labels;
  struct Series {
    std::string name;
    std::vector<double> values;
  };
  std::vector<Series> series;
  bool stacked = false;  // bars on top of each other; else lines
};

struct Section {
  std::string title;
  std::vector<std::string> notes;
  std::vector<std::vector<std::string>> rows;  // the first is the head
  std::optional<Chart> chart;
  std::optional<Timeline> timeline = {};  // on pages only
};

struct Report {
  std::string title, subtitle;
  std::vector<Section> sections;
  nlohmann::ordered_json json;
};

Result<Report> perf_report(HistoryReader& reader, const Period& period);
Result<Report> activity_report(HistoryReader& reader, const Period& period, bool detailed);
Result<Report> cache_report(HistoryReader& reader, const Period& period, int max_size, double ttl_s);
// interval_s: what CPU is reckoned for, whatever it was when the rounds were recorded.
Result<Report> capacity_report(HistoryReader& reader, const Period& period, const Thresholds& thresholds,
                               double interval_s);

// What stands in a page's head beside the period: host, environment, version.
using ReportFacts = std::vector<std::pair<std::string, std::string>>;
// One self-contained page with SVG charts, for a screen of 400 pixels or paper, light and dark. Every text in
// it is escaped.
std::string to_html(const Report& report, const ReportFacts& facts = {});

nlohmann::ordered_json to_json(const UsageSum& sum);

// A configuration value that the recorded rounds ask for, with the figure behind it.
struct Advice {
  std::string key, value, reason;
};
struct RecommendFacts {
  int pool_max_size = 20, cache_max_size = 1000;
  double cache_ttl_s = 30, check_interval_s = 30;
};
// kUnavailable where too few were.
Result<std::vector<Advice>> recommend(HistoryReader& reader, const Period& period,
                                      const RecommendFacts& facts);

}  // namespace orc
