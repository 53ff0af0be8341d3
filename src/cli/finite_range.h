// finite_range: checks a number of the command line. CLI11's own Range lets "nan" through, which no
// comparison refuses. Pure; thread-safe.
#pragma once

#include <CLI/CLI.hpp>

namespace orc::cli {

CLI::Validator finite_range(double low, double high);

}  // namespace orc::cli
