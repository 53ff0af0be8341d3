#include "fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace orc {
namespace {

using Row = std::array<double, 4>;

// Gauss with pivots on the first n rows and columns; false when a pivot is nothing beside its column's size.
bool solve(std::array<Row, 3>& m, std::size_t n, const std::array<double, 3>& scale,
           std::array<double, 3>& out) {
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t pivot = i;
    for (std::size_t r = i + 1; r < n; ++r) {
      if (std::abs(m[r][i]) > std::abs(m[pivot][i])) pivot = r;
    }
    if (std::abs(m[pivot][i]) < 1e-6 * scale[i]) return false;
    std::swap(m[i], m[pivot]);
    for (std::size_t r = 0; r < n; ++r) {
      if (r == i) continue;
      const double f = m[r][i] / m[i][i];
      for (std::size_t c = i; c < 4; ++c) m[r][c] -= f * m[i][c];
    }
  }
  for (std::size_t i = 0; i < n; ++i) out[i] = m[i][3] / m[i][i];
  return true;
}

std::optional<std::array<double, 3>> solve_for(const std::vector<FitPoint>& points, std::size_t n) {
  std::array<Row, 3> m{};
  for (const FitPoint& p : points) {
    const std::array<double, 3> x = {1, p.x1, p.x2};
    for (std::size_t r = 0; r < n; ++r) {
      for (std::size_t c = 0; c < n; ++c) m[r][c] += p.weight * x[r] * x[c];
      m[r][3] += p.weight * x[r] * p.y;
    }
  }
  const std::array<double, 3> scale = {m[0][0], m[1][1], m[2][2]};
  std::array<double, 3> out{};
  if (!solve(m, n, scale, out)) return std::nullopt;
  return out;
}

}  // namespace

std::optional<Fit> fit_plane(const std::vector<FitPoint>& points) {
  auto found = solve_for(points, 3);
  if (!found) found = solve_for(points, 2);
  if (!found) return std::nullopt;
  Fit fit{(*found)[0], (*found)[1], (*found)[2], 0};
  double squares = 0, weights = 0;
  for (const FitPoint& p : points) {
    const double off = p.y - fit.at(p.x1, p.x2);
    squares += p.weight * off * off;
    weights += p.weight;
  }
  fit.error = weights > 0 ? std::sqrt(squares / weights) : 0;
  return fit;
}

}  // namespace orc
