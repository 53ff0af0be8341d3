// SPDX-License-Identifier: Apache-2.0
#include "time_zones.h"

#include <re2/re2.h>

#include <cctype>
#include <charconv>
#include <functional>
#include <map>
#include <string_view>

namespace orc {
namespace {

constexpr std::size_t kLongestName = 40;  // every name that was looked for is kept by the library

// In minutes from UTC.
const std::map<std::string, int, std::less<>>& abbreviations() {
  static const std::map<std::string, int, std::less<>> kMinutes = {
      {"Z", 0},       {"UTC", 0},     {"GMT", 0},    {"WET", 0},    {"WEST", 60},  {"BST", 60},
      {"CET", 60},    {"CEST", 120},  {"EET", 120},  {"EEST", 180}, {"MSK", 180},  {"TRT", 180},
      {"SAST", 120},  {"PKT", 300},   {"IST", 330},  {"ICT", 420},  {"WIB", 420},  {"SGT", 480},
      {"HKT", 480},   {"AWST", 480},  {"JST", 540},  {"KST", 540},  {"ACST", 570}, {"ACDT", 630},
      {"AEST", 600},  {"AEDT", 660},  {"NZST", 720}, {"NZDT", 780}, {"BRT", -180}, {"ART", -180},
      {"AST", -240},  {"ADT", -180},  {"NST", -210}, {"NDT", -150}, {"EST", -300}, {"EDT", -240},
      {"CST", -360},  {"CDT", -300},  {"MST", -420}, {"MDT", -360}, {"PST", -480}, {"PDT", -420},
      {"AKST", -540}, {"AKDT", -480}, {"HST", -600}};
  return kMinutes;
}

// Without S or D: whichever holds on the day.
const std::map<std::string, const char*, std::less<>>& regions() {
  static const std::map<std::string, const char*, std::less<>> kRegions = {{"ET", "America/New_York"},
                                                                           {"CT", "America/Chicago"},
                                                                           {"MT", "America/Denver"},
                                                                           {"PT", "America/Los_Angeles"}};
  return kRegions;
}

// "Pacific time", "Eastern Standard Time" as "PT", "ET"; others stay.
std::string short_name(const std::string& name) {
  static const RE2 spelled(R"((?i)(Pacific|Mountain|Central|Eastern)(?: (?:Standard|Daylight))?(?: Time)?)");
  std::string word;
  return RE2::FullMatch(name, spelled, &word)
             ? std::string(1, static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])))) + "T"
             : name;
}

std::optional<absl::TimeZone> from_offset(const std::string& name) {
  static const RE2 offset(R"((?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?)");
  std::string sign, hours, minutes;
  if (!RE2::FullMatch(name, offset, &sign, &hours, &minutes)) return std::nullopt;
  int h = 0, m = 0;
  std::from_chars(hours.data(), hours.data() + hours.size(), h);
  std::from_chars(minutes.data(), minutes.data() + minutes.size(), m);
  if (h > 14 || m > 59) return std::nullopt;
  return absl::FixedTimeZone((sign == "-" ? -60 : 60) * (h * 60 + m));
}

}  // namespace

std::optional<absl::TimeZone> find_time_zone(const std::string& name) {
  if (name.empty()) return absl::LocalTimeZone();
  if (name.size() > kLongestName) return std::nullopt;
  if (const auto found = abbreviations().find(name); found != abbreviations().end()) {
    return absl::FixedTimeZone(found->second * 60);
  }
  if (const auto offset = from_offset(name)) return offset;
  const auto region = regions().find(short_name(name));
  const std::string full = region == regions().end() ? name : region->second;
  absl::TimeZone zone;
  // A name without a slash, such as "EST5EDT", is nothing that anybody prints; and no path into the file
  // system.
  if (full.find('/') == std::string::npos || full.find("..") != std::string::npos || full.starts_with('/') ||
      !absl::LoadTimeZone(full, &zone)) {
    return std::nullopt;
  }
  return zone;
}

}  // namespace orc
