// SPDX-License-Identifier: Apache-2.0
#include "cost_model.h"

#include <algorithm>
#include <cmath>

namespace orc::perf {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}
namespace {

// How much of the loop's passes was shared by batches at the same time, by the server's time for all of them.
double shared_part(const CostModel& model, const Observation& o) {
  const double n = o.connections;
  const Exchange one = model.exchange(o.server_panes, o.listed / n, o.captures / n, o.bytes / n);
  const double apart = n * (one.commands + one.passes), could_share = (n - 1) * one.passes;
  return could_share <= 0 ? 1 : std::clamp((apart - o.server_ns) / could_share, 0.0, 1.0);
}

void fit_server(CostModel& model, std::span<const Observation> observations) {
  std::vector<std::vector<double>> rows;
  std::vector<double> values;
  for (const Observation& o : observations) {
    if (o.connections > 1) continue;
    const double panes = o.server_panes;
    rows.push_back({1, panes, double(o.listed), double(o.captures), o.bytes, o.bytes * panes});
    values.push_back(o.server_ns);
  }
  const auto x = fit_non_negative(rows, values);
  model.connection = x[0];
  model.connection_pane = x[1];
  model.listed = x[2];
  model.capture = x[3];
  model.byte = x[4];
  model.byte_pane = x[5];
}

void fit_ours(CostModel& model, std::span<const Observation> observations) {
  std::vector<std::vector<double>> rows;
  std::vector<double> values;
  double latency = -1;
  for (const Observation& o : observations) {
    if (o.connections > 1) continue;
    rows.push_back({1, o.bytes});
    values.push_back(o.our_ns);
    // Of the smallest batches, since with large ones both sides work at the same time; and the least, since
    // what else runs on the machine only adds to it.
    if (o.listed + o.captures > 0) continue;
    const double rest = std::max(0.0, o.wall_ns - o.server_ns - o.our_ns);
    latency = latency < 0 ? rest : std::min(latency, rest);
  }
  const auto x = fit_non_negative(rows, values);
  model.our_connection = x[0];
  model.our_byte = x[1];
  model.latency = std::max(latency, 0.0);
}

}  // namespace

// Coordinate descent: each coefficient in turn takes its best value, or 0, until none moves. The problems
// here have at most six unknowns and some twenty rows.
std::vector<double> fit_non_negative(const std::vector<std::vector<double>>& rows,
                                     const std::vector<double>& values) {
  std::vector<double> x(rows.empty() ? 0 : rows.front().size(), 0);
  const auto residual = [&](std::size_t r) {
    double sum = values[r];
    for (std::size_t c = 0; c < x.size(); ++c) sum -= rows[r][c] * x[c];
    return sum;
  };
  constexpr int kMostSteps = 50'000;
  for (int step = 0; step < kMostSteps; ++step) {
    double moved = 0;
    for (std::size_t c = 0; c < x.size(); ++c) {
      double with = 0, square = 0;
      for (std::size_t r = 0; r < rows.size(); ++r) {
        const double weight = 1 / (values[r] * values[r] + 1);  // relative errors
        with += weight * rows[r][c] * (residual(r) + rows[r][c] * x[c]);
        square += weight * rows[r][c] * rows[r][c];
      }
      const double best = square > 0 ? std::max(0.0, with / square) : 0;
      moved = std::max(moved, std::abs(best - x[c]) / (std::abs(best) + 1e-9));
      x[c] = best;
    }
    if (moved < 1e-9) break;
  }
  return x;
}

Exchange CostModel::exchange(double server_panes, double listed_panes, double captures, double bytes) const {
  Exchange e;
  e.commands = connection + listed * listed_panes + capture * captures + byte * bytes;
  e.passes = server_panes * (connection_pane + byte_pane * bytes);
  e.answer = our_connection + our_byte * bytes;
  e.latency = latency;
  return e;
}

double CostModel::server_ns(const Observation& o) const {
  const double n = o.connections;
  const Exchange one = exchange(o.server_panes, o.listed / n, o.captures / n, o.bytes / n);
  return n * one.commands + one.passes * (n - (n - 1) * shared);
}

CostModel fit(std::span<const Observation> observations) {
  CostModel model;
  fit_server(model, observations);
  fit_ours(model, observations);
  std::vector<double> shared;
  for (const Observation& o : observations) {
    if (o.connections > 1) shared.push_back(shared_part(model, o));
  }
  model.shared = shared.empty() ? 1 : median(std::move(shared));
  return model;
}

}  // namespace orc::perf
