// SPDX-License-Identifier: Apache-2.0
// What the footer of an agent's screen says of model, context and cost: the screen is read anyway. Pure,
// thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orc {

struct Footer {  // empty: it does not say
  std::string model;
  std::optional<double> context_percent;  // used
  std::optional<double> cost_usd;
  friend bool operator==(const Footer&, const Footer&) = default;
};

// `screen` as capture-pane gives it. Only its last lines with text count: above them agents quote anything.
Footer footer_of(std::string_view agent, std::string_view screen);

}  // namespace orc
