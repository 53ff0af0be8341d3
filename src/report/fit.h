// SPDX-License-Identifier: Apache-2.0
// Least squares for y = a + b*x1 + c*x2 with weights. Pure.
#pragma once

#include <optional>
#include <vector>

namespace orc {

struct FitPoint {
  double x1 = 0, x2 = 0, y = 0, weight = 1;
};

struct Fit {
  double a = 0, b = 0, c = 0;
  double error = 0;  // root mean square of what it leaves unexplained
  double at(double x1, double x2) const { return a + b * x1 + c * x2; }
};

// Nothing if x1 does not vary; without x2 if that does not vary by itself. Points that are not finite or have
// no weight are left out; every number of the answer is finite.
std::optional<Fit> fit_plane(const std::vector<FitPoint>& points);

}  // namespace orc
