// SPDX-License-Identifier: Apache-2.0
#include "fit.h"

#include <cmath>

namespace orc {
namespace {

// Below this part of their size values differ by rounding alone.
constexpr double kNothing = 1e-6;

bool counts(const FitPoint& p) {
  return std::isfinite(p.x1) && std::isfinite(p.x2) && std::isfinite(p.y) && std::isfinite(p.weight) &&
         p.weight > 0;
}

template <typename Each>
void for_each_counted(const std::vector<FitPoint>& points, Each each) {
  for (const FitPoint& p : points) {
    if (counts(p)) each(p);
  }
}

FitPoint mean_of(const std::vector<FitPoint>& points) {
  FitPoint mean{0, 0, 0, 0};
  for_each_counted(points, [&](const FitPoint& p) {
    mean.weight += p.weight;
    // Step by step: the sums of large values would lose what small ones differ by.
    const double part = p.weight / mean.weight;
    mean.x1 += part * (p.x1 - mean.x1);
    mean.x2 += part * (p.x2 - mean.x2);
    mean.y += part * (p.y - mean.y);
  });
  return mean;
}

// Weighted sums of products of the distances from the mean.
struct Spread {
  double x1x1 = 0, x1x2 = 0, x2x2 = 0, x1y = 0, x2y = 0;
};

Spread spread_of(const std::vector<FitPoint>& points, const FitPoint& mean) {
  Spread s;
  for_each_counted(points, [&](const FitPoint& p) {
    const double x1 = p.x1 - mean.x1, x2 = p.x2 - mean.x2, y = p.y - mean.y;
    s.x1x1 += p.weight * x1 * x1;
    s.x1x2 += p.weight * x1 * x2;
    s.x2x2 += p.weight * x2 * x2;
    s.x1y += p.weight * x1 * y;
    s.x2y += p.weight * x2 * y;
  });
  return s;
}

// `squares`: of the distances from `mean`.
bool varies(double squares, double mean, double weight) {
  return squares > kNothing * kNothing * weight * mean * mean && squares > 0;
}

Fit slopes_of(const Spread& s, const FitPoint& mean) {
  Fit fit;
  const double determinant = s.x1x1 * s.x2x2 - s.x1x2 * s.x1x2;
  if (varies(s.x2x2, mean.x2, mean.weight) && determinant > kNothing * s.x1x1 * s.x2x2) {
    fit.b = (s.x1y * s.x2x2 - s.x2y * s.x1x2) / determinant;
    fit.c = (s.x2y * s.x1x1 - s.x1y * s.x1x2) / determinant;
  } else {
    fit.b = s.x1y / s.x1x1;
  }
  fit.a = mean.y - fit.b * mean.x1 - fit.c * mean.x2;
  return fit;
}

double error_of(const Fit& fit, const std::vector<FitPoint>& points, double weight) {
  double squares = 0;
  for_each_counted(points, [&](const FitPoint& p) {
    const double off = p.y - fit.at(p.x1, p.x2);
    squares += p.weight * off * off;
  });
  return std::sqrt(squares / weight);
}

}  // namespace

std::optional<Fit> fit_plane(const std::vector<FitPoint>& points) {
  const FitPoint mean = mean_of(points);
  const Spread spread = spread_of(points, mean);
  if (mean.weight <= 0 || !varies(spread.x1x1, mean.x1, mean.weight)) return std::nullopt;
  Fit fit = slopes_of(spread, mean);
  fit.error = error_of(fit, points, mean.weight);
  // Values so large that their squares are none.
  if (!std::isfinite(fit.a + fit.b + fit.c + fit.error)) return std::nullopt;
  return fit;
}

}  // namespace orc
