// SPDX-License-Identifier: Apache-2.0
// Numbers of the command line, and how help and errors speak of them. CLI11's own Range lets "nan" through,
// which no comparison refuses, and says "FLOAT in [0.1 - 86400]". Thread-safe.
#pragma once

#include <CLI/CLI.hpp>

namespace orc::cli {

// The option takes a number, or a whole one, from `low` to `high`.
CLI::Option* takes_number(CLI::Option* option, double low, double high);
CLI::Option* takes_whole(CLI::Option* option, int low, int high);

}  // namespace orc::cli
