// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/figures/calendar.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <fmt/format.h>

namespace orc {
namespace {

absl::CivilDay civil_day(std::int64_t ms) {
  return absl::ToCivilDay(absl::FromUnixMillis(ms), absl::LocalTimeZone());
}

// Where a midnight is left out or comes twice, the day begins with the first moment that has its date.
std::int64_t start_of(absl::CivilDay day) {
  return absl::ToUnixMillis(absl::FromCivil(absl::CivilSecond(day), absl::LocalTimeZone()));
}

}  // namespace

int local_day(std::int64_t ms) {
  const absl::CivilDay day = civil_day(ms);
  return static_cast<int>(day.year()) * 10000 + day.month() * 100 + day.day();
}

std::int64_t day_start(std::int64_t ms, int offset) { return start_of(civil_day(ms) + offset); }

std::int64_t day_start_of(int day) {
  return start_of(absl::CivilDay(day / 10000, day / 100 % 100, day % 100));
}

int minute_of_day(std::int64_t ms) {
  const auto minute = absl::ToCivilMinute(absl::FromUnixMillis(ms), absl::LocalTimeZone());
  return minute.hour() * 60 + minute.minute();
}

std::string day_text(int day) {
  return fmt::format("{:04}-{:02}-{:02}", day / 10000, day / 100 % 100, day % 100);
}

std::string local_text(std::int64_t ms, const char* format) {
  return absl::FormatTime(format, absl::FromUnixMillis(ms), absl::LocalTimeZone());
}

std::string time_text(std::int64_t ms) { return local_text(ms, "%Y-%m-%d %H:%M:%S %Z"); }

std::string clock_text(std::int64_t ms) { return local_text(ms, "%H:%M:%S"); }

std::optional<std::int64_t> parse_local(const std::string& text, const char* format) {
  absl::Time at;
  // ParseTime() takes blanks around it, and "infinite-future".
  if (text.empty() || text.front() < '0' || text.front() > '9' || text.back() == ' ' ||
      !absl::ParseTime(format, text, absl::LocalTimeZone(), &at, nullptr))
    return std::nullopt;
  return absl::ToUnixMillis(at);
}

}  // namespace orc
