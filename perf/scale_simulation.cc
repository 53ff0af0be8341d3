// SPDX-License-Identifier: Apache-2.0
// orc_scale: how far one monitor reaches. First a cost model is calibrated on real, private tmux servers, and
// whole rounds are measured there. Then our own code runs over fake servers that take the time the model
// says, up to 10 000 panes and 100 hosts. What is measured stands beside what is simulated wherever there are
// both.
#include <fmt/format.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

#include "bench_report.h"
#include "scale/scale_report.h"
#include "terminal.h"
#include "tmux_orc/bench/replay.h"
#include "tmux_orc/figures/json.h"

namespace orc::perf {
namespace {

struct Options {
  bool json = false, quick = false;
  int rounds = 15, cores = 0;
  double painting_percent = 5, round_trip_ms = 0;
  std::string tmux = "tmux";
};

struct Shape {
  std::size_t hosts, panes;
};

struct Scope {
  std::vector<int> real;  // sizes of the real servers, ascending
  std::vector<Shape> shapes;
  int repeats, simulated_rounds;
};

// Those with one host are measured, too, as far as there is a real server of their size.
Scope scope_of(const Options& o) {
  if (o.quick) return {{10, 40}, {{1, 10}, {1, 20}, {1, 40}, {4, 40}, {10, 10}}, 5, 3};
  return {{50, 200, 1000}, {{1, 50}, {1, 200}, {1, 1000}, {10, 100}, {10, 1000}, {100, 100}}, 15, 5};
}

double machine_load() {
  double load = 0;
  return ::getloadavg(&load, 1) == 1 ? load : 0;
}

// What one real server gives.
struct Measured {
  int panes;
  std::vector<Observation> observations;
  ModeResult cold, warm;
  PsCost ps;
};

Result<Measured> measure(Lab& lab, int rounds, const Say& say) {
  auto observations = lab.observe(say);
  if (!observations) return tl::unexpected(observations.error());
  auto cold = lab.rounds(false, rounds, say);
  if (!cold) return tl::unexpected(cold.error());
  auto warm = lab.rounds(true, rounds, say);
  if (!warm) return tl::unexpected(warm.error());
  auto ps = lab.measure_ps();
  if (!ps) return tl::unexpected(ps.error());
  return Measured{lab.panes(), std::move(*observations), std::move(*cold), std::move(*warm), *ps};
}

class Study {
 public:
  Study(const Options& options, std::shared_ptr<const Classifier> classifier, Say say)
      : options_(options),
        scope_(scope_of(options)),
        classifier_(std::move(classifier)),
        say_(std::move(say)) {}

  Result<ScaleReport> run() {
    report_.machine = cli::machine_text();
    report_.load_before = machine_load();
    report_.painting = options_.painting_percent / 100;
    report_.round_trip_ms = options_.round_trip_ms;
    report_.measured_rounds = options_.rounds;
    report_.cores =
        options_.cores > 0 ? options_.cores : static_cast<int>(std::thread::hardware_concurrency());
    if (auto ok = measure_all(); !ok) return tl::unexpected(ok.error());
    for (const Shape& shape : scope_.shapes) report_.scenarios.push_back(simulate_one(shape));
    report_.load_after = machine_load();
    return report_;
  }

 private:
  // All servers are made before any thread is: making one forks. They are started and ended one after the
  // other.
  Result<void> measure_all() {
    LabOptions lab_options{options_.tmux, classifier_};
    lab_options.painting = report_.painting;
    lab_options.repeats = scope_.repeats;
    report_.cols = lab_options.cols;
    report_.rows = lab_options.rows;
    std::vector<std::unique_ptr<Lab>> labs;
    for (std::size_t i = 0; i < scope_.real.size(); ++i) {
      auto lab = Lab::create(lab_options);
      if (!lab) return tl::unexpected(lab.error());
      labs.push_back(std::make_unique<Lab>(std::move(*lab)));
    }
    CostModel surroundings;
    for (std::size_t i = 0; i < labs.size(); ++i) {
      if (auto ok = measure_one(*labs[i], scope_.real[i], i + 1 == labs.size(), surroundings); !ok) return ok;
      labs[i].reset();
    }
    fit_model(surroundings);
    return {};
  }

  // The largest server also lends its screens to the fake ones.
  Result<void> measure_one(Lab& lab, int panes, bool largest, CostModel& surroundings) {
    if (auto ok = lab.start(panes, say_); !ok) return ok;
    auto measured = measure(lab, options_.rounds, say_);
    if (!measured) return tl::unexpected(measured.error());
    measured_.push_back(std::move(*measured));
    report_.tmux_version = lab.tmux_version();
    if (!largest) return {};
    auto recorded = lab.record();
    if (!recorded) return tl::unexpected(recorded.error());
    recorded_ = std::move(*recorded);
    lab.measure_surroundings(surroundings);
    return {};
  }

  // Fitted to the smallest and the largest server; those between judge it.
  void fit_model(const CostModel& surroundings) {
    std::vector<Observation> used;
    for (const Measured* m : {&measured_.front(), &measured_.back()}) {
      used.insert(used.end(), m->observations.begin(), m->observations.end());
      report_.calibrated_on.push_back(m->panes);
    }
    for (const Measured& m : measured_) {
      report_.observations.insert(report_.observations.end(), m.observations.begin(), m.observations.end());
    }
    report_.model = fit(used);
    report_.model.painting = surroundings.painting;
    report_.model.inspect_pane = surroundings.inspect_pane;
    std::vector<std::vector<double>> rows;
    std::vector<double> values;
    for (const Measured& m : measured_) {
      rows.push_back({1, m.ps.processes});
      values.push_back(m.ps.ns);
    }
    const auto ps = fit_non_negative(rows, values);
    report_.model.ps = ps[0];
    report_.model.ps_process = ps[1];
  }

  Scenario simulate_one(const Shape& shape) {
    Scenario out{shape.hosts, shape.panes, {}, {}};
    FleetOptions fleet;
    fleet.hosts = shape.hosts;
    fleet.panes_per_host = shape.panes;
    fleet.painting = report_.painting;
    fleet.cores = report_.cores;
    fleet.round_trip_ms = options_.round_trip_ms;
    fleet.classifier = classifier_;
    for (const bool warm : {false, true}) {
      say_(fmt::format("simulating {} hosts of {} panes, {}", shape.hosts, shape.panes,
                       warm ? "warm" : "cold"));
      fleet.warm = warm;
      (warm ? out.warm : out.cold).simulated =
          simulate(fleet, report_.model, recorded_, scope_.simulated_rounds);
    }
    for (const Measured& m : measured_) {
      if (shape.hosts != 1 || static_cast<std::size_t>(m.panes) != shape.panes) continue;
      out.cold.measured = m.cold;
      out.warm.measured = m.warm;
    }
    return out;
  }

  const Options options_;
  const Scope scope_;
  const std::shared_ptr<const Classifier> classifier_;
  const Say say_;
  ScaleReport report_;
  std::vector<Measured> measured_;
  std::vector<RecordedPane> recorded_;
};

int run(const Options& options) {
  const auto fail_with = [](const Error& error) {
    fmt::print(stderr, "orc_scale: {}\n", error.message);
    return 1;
  };
  auto rules = load_rules("");
  if (!rules) return fail_with(rules.error());
  auto classifier = Classifier::build(std::move(*rules));
  if (!classifier) return fail_with(classifier.error());
  cli::Progress progress(true);
  Study study(options, std::shared_ptr<const Classifier>(std::move(*classifier)),
              [&](const std::string& text) { progress.show(text); });
  auto report = study.run();
  progress.show("");
  if (!report) return fail_with(report.error());
  if (options.json)
    fmt::print("{}\n", dump(scale_json(*report), 2));
  else
    fmt::print("{}", scale_text(*report));
  return 0;
}

int main_of(int argc, char** argv) {
  CLI::App app{
      "Calibrates tmux's cost model on real private servers and simulates fleets of up to 10 000 panes."};
  app.name("orc_scale");
  Options o;
  app.add_flag("--json", o.json, "machine-readable output");
  app.add_flag("--quick", o.quick,
               "small servers and fleets, a few seconds: shows that it works, not what it costs");
  app.add_option("--rounds", o.rounds, "measured rounds of each real server")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--painting", o.painting_percent, "percent of the panes that keep painting")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--rtt", o.round_trip_ms,
                 "round trip to another machine in ms; an assumption, nothing measures it")
      ->check(CLI::Range(0.0, 10'000.0))
      ->capture_default_str();
  app.add_option("--cores", o.cores, "cores of the simulated monitor's machine; 0: as many as this one has")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--tmux", o.tmux, "tmux to measure")->capture_default_str();
  app.footer(
      "Columns called measured come from a real tmux in this run, those called simulated from the model.");
  CLI11_PARSE(app, argc, argv);
  return run(o);
}

}  // namespace
}  // namespace orc::perf

// The real panes run this very program, see PrivateServer.
int main(int argc, char** argv) {
  if (orc::is_replay(argc, argv)) return orc::run_replay(argc, argv);
  return orc::perf::main_of(argc, argv);
}
