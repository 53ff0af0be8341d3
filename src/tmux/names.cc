#include "tmux_orc/tmux/names.h"

namespace orc {
namespace {

constexpr std::size_t kMostBytes = 1024;

}  // namespace

std::string name_format(std::string_view variable) { return "#{=/256/...:" + std::string(variable) + "}"; }

std::string bounded_name(std::string_view name) {
  if (name.size() <= kMostBytes) return std::string(name);
  static constexpr std::string_view kMore = "...";
  std::size_t end = kMostBytes - kMore.size();
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;  // within a character
  return std::string(name.substr(0, end)).append(kMore);
}

}  // namespace orc
