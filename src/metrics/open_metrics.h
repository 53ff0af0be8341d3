// SPDX-License-Identifier: Apache-2.0
// Prometheus' text format, as prometheus-cpp writes it, made OpenMetrics 1.0. Pure; thread-safe.
#pragma once

#include <string>

namespace orc {

// Where the two differ for our metrics: a counter's metadata is named without "_total", quotes in help are
// escaped, bucket limits are written as floats, and "# EOF" ends the text.
std::string to_open_metrics(const std::string& text);

}  // namespace orc
