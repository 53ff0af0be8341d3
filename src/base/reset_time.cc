// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/base/reset_time.h"

#include <absl/strings/ascii.h>
#include <absl/time/time.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>

#include "time_zones.h"
#include "tmux_orc/base/text.h"

namespace orc {
namespace {

using re2::StringPiece;

constexpr int kMostWordsBetween = 6;       // "available again for Pro users after Nov 27"
constexpr std::size_t kMostText = 16'384;  // a screen of 200 columns and 80 rows; hostile text takes 0.1 s
constexpr std::size_t kMostPhrase = 100;
constexpr int kMostParts = 8;                   // weeks to milliseconds
constexpr double kMostSeconds = 400 * 86400.0;  // no limit is longer

// What stands before a time at which something ends.
const RE2& lead_pattern() {
  static const RE2 pattern(
      R"((?i)(\b(?:resets?|retry(?:ing)?)(?:[ _-]?(?:at|in|on|after|delay))?(?:[_-](?:seconds|secs|ms))?|\btry again|\bavailable(?: again)?|\buntil|\bwait|\bexpires?|\blimit(?: reached)?\|))");
  return pattern;
}

// Between things that belong to no one sentence: a wide gap, a dot in the middle, an empty line.
constexpr char kSeparator = '\x01';
constexpr std::size_t kWideGap = 4;

bool is_border(char32_t c) { return c >= 0x2500 && c <= 0x259F; }

// A line of a screen without the borders of boxes. The narrow blanks that JavaScript puts before AM and PM
// are blanks.
std::string plain_line(std::string_view line) {
  std::string out;
  std::size_t blanks = 0;
  for (std::size_t at = 0; at < line.size();) {
    const char32_t c = utf8_next(line, at);
    if (c == 0x2212) {  // a minus
      out += '-';
    } else if (c == 0xB7 || c == 0x2022 || c == 0x2219) {
      out += kSeparator;
    } else if (c < 0x80 && std::isspace(static_cast<int>(c)) == 0) {
      if (blanks >= kWideGap && !out.empty())
        out += kSeparator;
      else if (blanks > 0)
        out += ' ';
      out += static_cast<char>(c);
    } else {
      blanks += is_border(c) ? 0 : 1;
      continue;
    }
    blanks = 0;
  }
  return out;
}

// The end of the screen as one line, since agents wrap their sentences.
std::string joined(std::string_view text) {
  if (text.size() > kMostText) text.remove_prefix(text.size() - kMostText);
  std::string out;
  for (const std::string_view line : split_lines(text)) {
    const std::string plain = plain_line(line);
    const std::string_view words = trim(plain);
    if (!out.empty()) out += words.empty() ? kSeparator : ' ';
    out += words;
  }
  return out;
}

int number(const std::string& text) { return text.empty() ? 0 : std::atoi(text.c_str()); }

// ---- spans: "2h 5m", "1h30m", "about 3 hours", "1.5 days", "an hour"

std::optional<double> seconds_of(const std::string& unit) {
  static const std::map<std::string, double> kSeconds = {
      {"w", 604800}, {"wk", 604800}, {"week", 604800}, {"d", 86400},          {"day", 86400}, {"h", 3600},
      {"hr", 3600},  {"hour", 3600}, {"m", 60},        {"min", 60},           {"minute", 60}, {"s", 1},
      {"sec", 1},    {"second", 1},  {"ms", 0.001},    {"millisecond", 0.001}};
  std::string name = absl::AsciiStrToLower(unit);
  auto found = kSeconds.find(name);
  if (found == kSeconds.end() && name.ends_with('s')) found = kSeconds.find(name.substr(0, name.size() - 1));
  return found == kSeconds.end() ? std::nullopt : std::optional(found->second);
}

// Takes a span from the front of the text.
std::optional<double> take_span(StringPiece* text) {
  static const RE2 about(R"((?i) *(?:about|around|approximately|approx\.?|another|up to|~)? ?)");
  static const RE2 part(R"((?i)(\d{1,7}(?:\.\d{1,12})?|an?\b|one\b) ?([a-z]+))");
  static const RE2 between(R"((?i)(?:,? and |, ?| )?)");
  StringPiece rest = *text;
  RE2::Consume(&rest, about);
  std::optional<double> sum;
  std::string amount, unit;
  int parts = 0;
  for (StringPiece next = rest; parts < kMostParts && RE2::Consume(&next, part, &amount, &unit); ++parts) {
    const auto seconds = seconds_of(unit);
    if (!seconds) break;
    const bool digits = std::isdigit(static_cast<unsigned char>(amount[0])) != 0;
    sum = sum.value_or(0) + (digits ? std::atof(amount.c_str()) : 1) * *seconds;
    *text = next;
    RE2::Consume(&next, between);
  }
  return sum;
}

// ---- moments: a day, a time, a zone, in any order

struct Moment {
  std::string year, month, day;  // numbers, or the month's name
  int weekday = -1;              // 0 = Monday
  int days_ahead = -1;           // today, tomorrow
  int hour = -1, minute = 0, second = 0;
  std::string zone;
  std::string epoch;
  bool broken = false;  // it says something that is no date or time
  bool has_day() const { return !day.empty() || weekday >= 0 || days_ahead >= 0; }
  bool says_anything() const { return has_day() || hour >= 0 || !epoch.empty(); }
};

constexpr const char* kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
constexpr const char* kWeekdays = "montuewedthufrisatsun";

int index_in(const char* names, const std::string& name) {
  return static_cast<int>(std::string_view(names).find(absl::AsciiStrToLower(name.substr(0, 3)))) / 3;
}

#define ORC_MONTH \
  R"((Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?)"

bool take_date(StringPiece* rest, Moment& m) {
  static const RE2 iso(R"((\d{4})[-/](\d{2})[-/](\d{2})(?:T|\b))");
  static const RE2 month_first("(?i)" ORC_MONTH R"( (\d{1,2})(?:st|nd|rd|th)?\b(?:,? (\d{4})\b)?)");
  static const RE2 day_first(R"((?i)(\d{1,2})(?:st|nd|rd|th)?(?: of)? )" ORC_MONTH R"((?:,? (\d{4})\b)?)");
  static const RE2 unclear(
      R"((?i)\d{1,2}/\d{1,2}/\d{2,4}\b|\d{1,2}\.\d{1,2}\.\d{4}\b|\d{1,2}/\d{1,2},? (?:at\b|\d{1,2}:\d{2}|\d{1,2} ?[ap]m\b))");
  if (!m.day.empty()) return false;
  if (RE2::Consume(rest, iso, &m.year, &m.month, &m.day)) return true;
  if (RE2::Consume(rest, month_first, &m.month, &m.day, &m.year)) return true;
  if (RE2::Consume(rest, day_first, &m.day, &m.month, &m.year)) return true;
  if (RE2::Consume(rest, unclear)) return m.broken = true;  // the month first, or the day?
  return false;
}

#undef ORC_MONTH

bool take_day(StringPiece* rest, Moment& m) {
  static const RE2 weekday(
      R"((?i)(Mon(?:day)?|Tue(?:s|sday)?|Wed(?:nesday)?|Thu(?:r|rs|rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)\b\.?)");
  static const RE2 named(R"((?i)(today|tonight|tomorrow)\b)");
  std::string name;
  if (m.weekday < 0 && RE2::Consume(rest, weekday, &name)) return m.weekday = index_in(kWeekdays, name), true;
  if (m.days_ahead >= 0 || !RE2::Consume(rest, named, &name)) return false;
  m.days_ahead = absl::AsciiStrToLower(name) == "tomorrow" ? 1 : 0;
  return true;
}

bool take_time(StringPiece* rest, Moment& m) {
  static const RE2 full(R"((?i)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?: ?([ap])(?:m\b|\.m\b\.?))?)");
  static const RE2 hour(R"((?i)(\d{1,2}) ?([ap])(?:m\b|\.m\b\.?))");
  static const RE2 named(R"((?i)(noon|midnight)\b)");
  if (m.hour >= 0) return false;
  std::string h, minute, second, half;
  if (!RE2::Consume(rest, full, &h, &minute, &second, &half) && !RE2::Consume(rest, hour, &h, &half)) {
    if (!RE2::Consume(rest, named, &h)) return false;
    m.hour = absl::AsciiStrToLower(h) == "noon" ? 12 : 0;
    return true;
  }
  m.hour = number(h);
  m.minute = number(minute);
  m.second = number(second);
  if (m.hour > (half.empty() ? 23 : 12) || m.minute > 59 || m.second > 60) m.broken = true;
  if (!half.empty()) m.hour = m.hour % 12 + (absl::AsciiStrToLower(half) == "p" ? 12 : 0);
  return true;
}

// In parentheses: a zone that is not known makes the time worthless, by hours perhaps; other words are no
// zone.
bool take_zone_in_parentheses(StringPiece* rest, Moment& m) {
  static const RE2 pattern(R"(\(([A-Za-z][A-Za-z0-9_+:/ -]{0,40})\)?)");
  static const RE2 looks_like_one(R"([A-Z][A-Za-z_]+/.*|[A-Z]{2,5}(?:[+-].*)?|[A-Z]{3}\d[A-Z]{3})");
  std::string name;
  StringPiece next = *rest;
  if (!RE2::Consume(&next, pattern, &name)) return false;
  const std::string words = name;
  std::erase(name, ' ');
  for (const std::string& candidate : {words, name, absl::AsciiStrToUpper(name)}) {
    if (!find_time_zone(candidate)) continue;
    m.zone = candidate;
    return *rest = next, true;
  }
  if (!RE2::FullMatch(name, looks_like_one)) return false;
  *rest = next;
  return m.broken = true;
}

// Behind a time or a day. Capitals without parentheses may be anything: the next line, another column.
bool take_zone(StringPiece* rest, Moment& m) {
  static const RE2 pattern(
      R"(([A-Z][A-Za-z]+(?:/[A-Za-z_+-]+)+[0-9]*|(?:UTC|GMT) ?[+-]\d{1,2}(?::?\d{2})?\b|(?:Pacific|Mountain|Central|Eastern)(?: (?:Standard|Daylight))?(?: [Tt]ime)?\b|[A-Z]{1,5}\b|[+-]\d{2}:?\d{2}\b))");
  if (!m.zone.empty() || (m.hour < 0 && !m.has_day())) return false;
  if (rest->starts_with("(")) return take_zone_in_parentheses(rest, m);
  std::string name;
  StringPiece next = *rest;
  if (m.hour < 0 || !RE2::Consume(&next, pattern, &name)) return false;
  if (name.starts_with("UTC") || name.starts_with("GMT")) std::erase(name, ' ');
  if (!find_time_zone(name)) {
    if (name.find('/') == std::string::npos) return false;
    m.broken = true;
  }
  m.zone = name;
  return *rest = next, true;
}

bool take_epoch(StringPiece* rest, Moment& m) {
  static const RE2 epoch(R"((\d{10}|\d{13})\b)");
  return !m.says_anything() && RE2::Consume(rest, epoch, &m.epoch);
}

// Takes a moment from the front of the text. `rest` is then behind its last word.
Moment take_moment(StringPiece* text) {
  static const RE2 filler(R"((?i)(?:[ ,@]+|(?:on|at|by|the|of|in the)\b)*)");
  static const RE2 goes_on(R"((?i) ?,| on\b)");
  Moment m;
  for (StringPiece rest = *text;;) {
    // The zone is last, unless a day follows: "3pm PST on Nov 27".
    StringPiece ahead = rest;
    if (!m.zone.empty() && !RE2::Consume(&ahead, goes_on)) return m;
    RE2::Consume(&rest, filler);
    const bool taken = take_epoch(&rest, m) || take_date(&rest, m) || take_time(&rest, m) ||
                       take_day(&rest, m) || take_zone(&rest, m);
    if (!taken) return m;
    *text = rest;
    if (m.broken) return m;
  }
}

std::optional<absl::CivilDay> day_of(const Moment& m, absl::CivilDay today) {
  if (!m.day.empty()) {
    const int month = std::isdigit(static_cast<unsigned char>(m.month[0])) != 0
                          ? number(m.month)
                          : index_in(kMonths, m.month) + 1;
    const auto in_year = [&](std::int64_t year) { return absl::CivilDay(year, month, number(m.day)); };
    absl::CivilDay day = in_year(m.year.empty() ? today.year() : number(m.year));
    // "Jan 2" printed in December is next year's, "Dec 31" in January last year's; "Nov 23" on the 24th is
    // over.
    if (m.year.empty() && today - day > 180) day = in_year(today.year() + 1);
    if (m.year.empty() && day - today > 180) day = in_year(today.year() - 1);
    if (day.month() != month || day.day() != number(m.day)) return std::nullopt;  // the 31st of June
    return day;
  }
  if (m.weekday >= 0) {
    const int ahead = (m.weekday - static_cast<int>(absl::GetWeekday(today)) + 7) % 7;
    return today + ahead;
  }
  return today + std::max(0, m.days_ahead);
}

std::optional<ResetTime> meaning(const Moment& m, std::int64_t printed_ms) {
  if (m.broken || !m.says_anything() || (m.days_ahead == 0 && m.hour < 0)) return std::nullopt;
  if (!m.epoch.empty())
    return ResetTime{std::atoll(m.epoch.c_str()) * (m.epoch.size() == 13 ? 1 : 1000), false};
  const auto zone = find_time_zone(m.zone);
  if (!zone) return std::nullopt;
  const absl::Time printed = absl::FromUnixMillis(printed_ms);
  auto day = day_of(m, absl::ToCivilDay(printed, *zone));
  if (!day) return std::nullopt;
  const auto on = [&](absl::CivilDay d) {
    return absl::FromCivil(
        absl::CivilSecond(d.year(), d.month(), d.day(), std::max(0, m.hour), m.minute, m.second), *zone);
  };
  // "3pm" printed at 4pm is tomorrow's, "Monday" printed on Monday is next week's; "3:05" printed within 3:05
  // is that very minute's.
  const bool repeats = m.day.empty() && m.days_ahead < 0;
  if (repeats && on(*day) + absl::Minutes(1) <= printed) *day += m.weekday >= 0 ? 7 : 1;
  return ResetTime{absl::ToUnixMillis(on(*day)), !m.has_day()};
}

// ---- phrases

struct Found {
  std::string phrase;
  const char* end = nullptr;
  bool broken = false;  // a time is named, and nobody can know which
};

std::string taken(StringPiece from, StringPiece rest) {
  return std::string(trim({from.data(), static_cast<std::size_t>(rest.data() - from.data())}));
}

// "Retry-After: 120", "retry_after_ms": 1500: no unit, or one in the name of the field.
std::optional<Found> field_behind(const std::string& lead, StringPiece rest) {
  static const RE2 field(R"((?i)(?:retry|resets?)[ _-]?(?:after|in)([_-](?:seconds|secs|ms))?)");
  static const RE2 value(R"(["']?(?:: ?|=)["']?(\d{1,9}(?:\.\d{1,12})?)(?:["',;}\]]| *$| +[^ a-zA-Z]|\x01))");
  std::string unit, amount;
  if (!RE2::FullMatch(lead, field, &unit) || !RE2::Consume(&rest, value, &amount)) return std::nullopt;
  return Found{"in " + amount + (absl::AsciiStrToLower(unit).ends_with("ms") ? "ms" : "s"), rest.data(),
               false};
}

// "in 4:12:33" is no time of the day; whether "in 4:12" is hours or minutes nobody knows.
std::optional<Found> countdown(StringPiece here) {
  static const RE2 full(R"((\d{1,3}):(\d{2}):(\d{2})\b)");
  static const RE2 half(R"(\d{1,3}:\d{2}\b)");
  std::string h, m, s;
  StringPiece rest = here;
  if (RE2::Consume(&rest, full, &h, &m, &s))
    return Found{"in " + h + "h " + m + "m " + s + "s", rest.data(), false};
  if (RE2::Consume(&rest, half)) return Found{"", rest.data(), true};
  return std::nullopt;
}

// A span or a moment that begins here.
std::optional<Found> time_here(StringPiece here, bool span_allowed) {
  StringPiece rest = here;
  if (span_allowed && take_span(&rest)) return Found{"in " + taken(here, rest), rest.data(), false};
  rest = here;
  const Moment m = take_moment(&rest);
  if (!m.broken && !m.says_anything()) return std::nullopt;
  return Found{"at " + taken(here, rest), rest.data(), m.broken};
}

// Behind the lead, some words on: the sentence must not end before.
std::optional<Found> behind(const std::string& lead, StringPiece rest) {
  static const RE2 blank(R"([ :"'=~,(]*)");
  static const RE2 fill(R"((?i)(?:at|on|by|the)\b[: ]*)");
  static const RE2 span_word(R"((?i)(in|after|for)\b[: "']*)");
  static const RE2 attempt(R"((?i)(?:attempt )?#?\d{1,3}(?:/| of )\d{1,3}[\])]?[ ,:-]*)");
  static const RE2 word(R"([A-Za-z'/_-]{1,40})");
  static const RE2 ends_with_in(R"((?i).*[ _-]in)");
  const StringPiece behind_lead = rest;
  bool in = RE2::FullMatch(lead, ends_with_in);
  bool span_allowed = true;  // "wait 5 minutes", but not "try again, or upgrade for 3 seats a day"
  for (int words = 0; words <= kMostWordsBetween; ++words) {
    RE2::Consume(&rest, blank);
    for (std::string name; RE2::Consume(&rest, span_word, &name); span_allowed = true)
      in = absl::AsciiStrToLower(name) == "in";
    RE2::Consume(&rest, fill);
    if (in) {
      if (auto found = countdown(rest)) return found;
    }
    if (auto found = time_here(rest, span_allowed)) return found;
    if (words == 0) {
      if (auto field = field_behind(lead, behind_lead)) return field;
    }
    if (RE2::Consume(&rest, attempt)) continue;
    if (!RE2::Consume(&rest, word)) return std::nullopt;
    span_allowed = in = false;
  }
  return std::nullopt;
}

bool is_near(std::int64_t at_ms, std::int64_t printed_ms) {
  return std::abs(static_cast<double>(at_ms) - static_cast<double>(printed_ms)) <= kMostSeconds * 1000;
}

}  // namespace

std::string find_reset_phrase(std::string_view text) {
  const std::string line = joined(text);
  StringPiece rest(line);
  std::string lead, phrase, broken;
  while (RE2::FindAndConsume(&rest, lead_pattern(), &lead)) {
    const auto found = behind(lead, rest);
    if (!found) continue;
    rest.remove_prefix(static_cast<std::size_t>(found->end - rest.data()));
    if (found->phrase.size() <= kMostPhrase) (found->broken ? broken : phrase) = found->phrase;
  }
  if (phrase.empty()) phrase = broken;
  while (!phrase.empty() && (phrase.back() == ' ' || phrase.back() == ',')) phrase.pop_back();
  return phrase;
}

std::optional<ResetTime> parse_reset(const std::string& phrase, std::int64_t printed_ms) {
  StringPiece text(phrase);
  if (phrase.size() > kMostPhrase) return std::nullopt;
  if (phrase.starts_with("in ")) {
    text.remove_prefix(3);
    const auto seconds = take_span(&text);
    if (!seconds || *seconds <= 0 || *seconds > kMostSeconds) return std::nullopt;
    return ResetTime{printed_ms + std::llround(*seconds * 1000), false};
  }
  if (!phrase.starts_with("at ")) return std::nullopt;
  text.remove_prefix(3);
  const auto at = meaning(take_moment(&text), printed_ms);
  return at && is_near(at->at_ms, printed_ms) ? at : std::nullopt;
}

}  // namespace orc
