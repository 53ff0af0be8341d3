// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdlib>

#include "screen.h"

namespace orc::tui {
namespace {

constexpr std::array<int, 6> kSteps = {0, 95, 135, 175, 215, 255};  // of xterm's colour cube

int nearest_step(int value) {
  int best = 0;
  for (int i = 1; i < 6; ++i) {
    if (std::abs(kSteps[static_cast<std::size_t>(i)] - value) <
        std::abs(kSteps[static_cast<std::size_t>(best)] - value))
      best = i;
  }
  return best;
}

int distance(int a, int b) {
  int sum = 0;
  for (const int shift : {0, 8, 16}) {
    const int d = ((a >> shift) & 0xFF) - ((b >> shift) & 0xFF);
    sum += d * d;
  }
  return sum;
}

}  // namespace

int rgb_of_256(int color) {
  constexpr std::array<int, 16> kFirst = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                          0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                          0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
  if (color < 16) return kFirst[static_cast<std::size_t>(color & 15)];
  if (color >= 232) {
    const int grey = 8 + 10 * (color - 232);
    return grey << 16 | grey << 8 | grey;
  }
  const int c = color - 16;
  const auto step = [](int i) { return kSteps[static_cast<std::size_t>(i % 6)]; };
  return step(c / 36) << 16 | step(c / 6) << 8 | step(c);
}

int nearest_of_256(int rgb) {
  const int r = (rgb >> 16) & 0xFF, g = (rgb >> 8) & 0xFF, b = rgb & 0xFF;
  const int cube = 16 + 36 * nearest_step(r) + 6 * nearest_step(g) + nearest_step(b);
  const int average = (r + g + b) / 3;
  const int grey = 232 + (average < 8 ? 0 : average > 238 ? 23 : (average - 3) / 10);
  return distance(rgb_of_256(grey), rgb) < distance(rgb_of_256(cube), rgb) ? grey : cube;
}

}  // namespace orc::tui
