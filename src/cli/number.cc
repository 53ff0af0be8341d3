// SPDX-License-Identifier: Apache-2.0
#include "number.h"

#include <fmt/format.h>

#include <string>

namespace orc::cli {
namespace {

template <typename Number>
CLI::Option* takes(CLI::Option* option, const char* kind, Number low, Number high) {
  const std::string range = fmt::format("{} to {}", low, high);
  const auto check = [low, high, kind, range](std::string& text) -> std::string {
    Number value{};
    if (CLI::detail::lexical_cast(text, value) && value >= low && value <= high) return "";
    return fmt::format("must be a {} from {}, not {}", kind, range, text);
  };
  return option->check(CLI::Validator(check, ""))->type_name(fmt::format("N ({})", range));
}

}  // namespace

CLI::Option* takes_number(CLI::Option* option, double low, double high) {
  return takes(option, "number", low, high);
}
CLI::Option* takes_whole(CLI::Option* option, int low, int high) {
  return takes(option, "whole number", low, high);
}

}  // namespace orc::cli
