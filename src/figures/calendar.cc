// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/figures/calendar.h"

#include <fmt/format.h>

#include <ctime>

namespace orc {
namespace {

std::tm local(std::int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm out{};
  ::localtime_r(&seconds, &out);
  return out;
}

}  // namespace

int local_day(std::int64_t ms) {
  const std::tm t = local(ms);
  return (t.tm_year + 1900) * 10000 + (t.tm_mon + 1) * 100 + t.tm_mday;
}

std::int64_t day_start(std::int64_t ms, int offset) {
  std::tm t = local(ms);
  t.tm_hour = t.tm_min = t.tm_sec = 0;
  t.tm_mday += offset;  // mktime brings a 32nd or a 0th into the next or last month
  t.tm_isdst = -1;
  return static_cast<std::int64_t>(::mktime(&t)) * 1000;
}

std::int64_t day_start_of(int day) {
  std::tm t{};
  t.tm_year = day / 10000 - 1900;
  t.tm_mon = day / 100 % 100 - 1;
  t.tm_mday = day % 100;
  t.tm_isdst = -1;
  return static_cast<std::int64_t>(::mktime(&t)) * 1000;
}

std::string day_text(int day) {
  return fmt::format("{:04}-{:02}-{:02}", day / 10000, day / 100 % 100, day % 100);
}

std::string time_text(std::int64_t ms) {
  const std::tm t = local(ms);
  char text[64];
  return std::strftime(text, sizeof text, "%F %T %Z", &t) == 0 ? "" : text;
}

}  // namespace orc
