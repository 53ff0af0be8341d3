#include "tmux_orc/base/reset_time.h"

#include <absl/time/time.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace orc {
namespace {

constexpr const char* kLead =
    R"((?:resets?|reset at|try again|retry(?:ing)?|available(?: again)?|until|wait|expires))";
constexpr const char* kSpan =
    R"((?:\d+ ?(?:weeks?|w|days?|d|hours?|hrs?|hr|h|minutes?|mins?|min|m|seconds?|secs?|sec|s)\b[ ,]*(?:and )?)+)";
constexpr const char* kMonth = R"((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*)";

// "in 2h 5m", "after 120 seconds".
const RE2& relative_pattern() {
  static const RE2 pattern(std::string("(?i)") + kLead + R"([^.;\n]{0,30}?\b(?:in|after|for)[: ]+()" + kSpan +
                           ")");
  return pattern;
}

// Groups: ISO date; month name, day, year; hour, minute, second; am or pm; zone.
const RE2& absolute_pattern() {
  static const RE2 pattern(
      std::string("(?i)") + kLead + R"([^.;\n\d]{0,20}?\b(?:at |on |by )?)" +
      R"((?:(\d{4}-\d{2}-\d{2})[T ,]+|()" + kMonth +
      R"() (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?,? (?:at )?)?)" +
      R"((\d{1,2})(?::(\d{2}))?(?::(\d{2}))?(?:\.\d+)? ?([ap]\.?m\b\.?)?)" +
      R"( ?\(?((?-i:[A-Z][A-Za-z]+/[A-Za-z_/]+|[A-Z]{3,4}\b|Z\b)|[+-]\d{2}:?\d{2})?\)?)");
  return pattern;
}

// Lines of a screen joined: agents wrap their sentences.
std::string joined(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == '\n' || c == ' ' || c == '\t';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

int number(const std::string& text) { return text.empty() ? 0 : std::stoi(text); }

absl::Duration unit_of(char first, const std::string& unit) {
  switch (std::tolower(static_cast<unsigned char>(first))) {
    case 'w':
      return absl::Hours(24 * 7);
    case 'd':
      return absl::Hours(24);
    case 'h':
      return absl::Hours(1);
    case 's':
      return absl::Seconds(1);
    default:
      return unit.empty() ? absl::Seconds(1) : absl::Minutes(1);
  }
}

std::optional<std::int64_t> parse_relative(const std::string& span, std::int64_t printed_ms) {
  static const RE2 part(R"((\d{1,6}) ?([a-zA-Z])([a-zA-Z]*))");
  re2::StringPiece rest(span);
  std::string amount, first, unit;
  absl::Duration sum = absl::ZeroDuration();
  while (RE2::FindAndConsume(&rest, part, &amount, &first, &unit))
    sum += number(amount) * unit_of(first[0], first);
  if (sum <= absl::ZeroDuration()) return std::nullopt;
  return printed_ms + absl::ToInt64Milliseconds(sum);
}

// "Europe/Berlin", "UTC", "PDT", "+02:00"; nothing for a name nobody knows.
std::optional<absl::TimeZone> zone_of(const std::string& name) {
  if (name.empty()) return absl::LocalTimeZone();
  static const std::map<std::string, int> kHours = {
      {"Z", 0},    {"UTC", 0},  {"GMT", 0},  {"BST", 1},  {"CET", 1},  {"CEST", 2},
      {"EET", 2},  {"EEST", 3}, {"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5},
      {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"JST", 9}};
  if (const auto found = kHours.find(name); found != kHours.end())
    return absl::FixedTimeZone(found->second * 3600);
  if (name[0] == '+' || name[0] == '-') {
    const int hours = number(name.substr(1, 2)), minutes = number(name.substr(name.size() - 2));
    return absl::FixedTimeZone((name[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60));
  }
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(name, &zone)) return std::nullopt;
  return zone;
}

int month_number(const std::string& name) {
  static const std::string kNames = "janfebmaraprmayjunjulaugsepoctnovdec";
  std::string key = name.substr(0, 3);
  std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
  return static_cast<int>(kNames.find(key)) / 3 + 1;
}

struct Parts {
  std::string iso, month, day, year, hour, minute, second, half, zone;
  bool is_time() const { return !minute.empty() || !half.empty(); }  // a bare number is a count of something
};

bool take_parts(re2::StringPiece* text, Parts& p) {
  return RE2::FindAndConsume(text, absolute_pattern(), &p.iso, &p.month, &p.day, &p.year, &p.hour, &p.minute,
                             &p.second, &p.half, &p.zone);
}

std::optional<std::int64_t> parse_absolute(const Parts& p, std::int64_t printed_ms) {
  const auto zone = zone_of(p.zone);
  if (!zone) return std::nullopt;
  int hour = number(p.hour);
  if (!p.half.empty())
    hour = hour % 12 + (std::tolower(static_cast<unsigned char>(p.half[0])) == 'p' ? 12 : 0);
  if (hour > 23 || number(p.minute) > 59) return std::nullopt;
  const absl::Time printed = absl::FromUnixMillis(printed_ms);
  absl::CivilSecond at = absl::ToCivilSecond(printed, *zone);
  if (!p.iso.empty())
    at =
        absl::CivilSecond(number(p.iso.substr(0, 4)), number(p.iso.substr(5, 2)), number(p.iso.substr(8, 2)));
  else if (!p.month.empty())
    at = absl::CivilSecond(p.year.empty() ? at.year() : number(p.year), month_number(p.month), number(p.day));
  const absl::CivilSecond clock(at.year(), at.month(), at.day(), hour, number(p.minute), number(p.second));
  absl::Time when = absl::FromCivil(clock, *zone);
  // "3pm" printed at 4pm is tomorrow's; "3:05" printed within 3:05 is that very minute's. "Jan 2" printed in
  // December is next year's.
  if (when + absl::Minutes(1) <= printed && p.iso.empty() && p.year.empty()) {
    if (p.month.empty())
      when = absl::FromCivil(
          absl::CivilSecond(absl::CivilDay(clock) + 1) + (clock - absl::CivilSecond(absl::CivilDay(clock))),
          *zone);
    else if (printed - when > absl::Hours(24 * 180))
      when = absl::FromCivil(absl::CivilSecond(clock.year() + 1, clock.month(), clock.day(), clock.hour(),
                                               clock.minute(), clock.second()),
                             *zone);
  }
  return absl::ToUnixMillis(when);
}

}  // namespace

std::string find_reset_phrase(std::string_view text) {
  const std::string line = joined(text);
  std::size_t best = 0;
  std::string phrase;
  // The last of either kind; `consumed` ends behind the match.
  re2::StringPiece rest(line);
  std::string span;
  while (RE2::FindAndConsume(&rest, relative_pattern(), &span)) {
    best = line.size() - rest.size();
    phrase = "in " + span;
  }
  rest = re2::StringPiece(line);
  for (Parts p; take_parts(&rest, p); p = {}) {
    const std::size_t end = line.size() - rest.size();
    if (!p.is_time() || end <= best) continue;
    best = end;
    phrase = "at ";
    if (!p.iso.empty()) phrase += p.iso + " ";
    if (!p.month.empty()) phrase += p.month + " " + p.day + (p.year.empty() ? "" : ", " + p.year) + " ";
    phrase +=
        p.hour + (p.minute.empty() ? "" : ":" + p.minute) + (p.second.empty() ? "" : ":" + p.second) + p.half;
    if (!p.zone.empty()) phrase += " (" + p.zone + ")";
  }
  while (!phrase.empty() && (phrase.back() == ' ' || phrase.back() == ',')) phrase.pop_back();
  return phrase;
}

std::optional<std::int64_t> parse_reset(const std::string& phrase, std::int64_t printed_ms) {
  if (phrase.starts_with("in ")) return parse_relative(phrase.substr(3), printed_ms);
  const std::string with_lead = "until " + phrase;
  re2::StringPiece text(with_lead);
  Parts p;
  if (!take_parts(&text, p) || !p.is_time()) return std::nullopt;
  return parse_absolute(p, printed_ms);
}

}  // namespace orc
