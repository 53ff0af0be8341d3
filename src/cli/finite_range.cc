#include "finite_range.h"

#include <fmt/format.h>

namespace orc::cli {

CLI::Validator finite_range(double low, double high) {
  const std::string range = fmt::format("[{:g} - {:g}]", low, high);
  return CLI::Validator(
      [low, high, range](std::string& text) -> std::string {
        double value = 0;
        if (CLI::detail::lexical_cast(text, value) && value >= low && value <= high) return "";
        return fmt::format("Value {} not in range {}", text, range);
      },
      "FLOAT in " + range);
}

}  // namespace orc::cli
