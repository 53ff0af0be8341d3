// SPDX-License-Identifier: Apache-2.0
#include "door.h"

#include <algorithm>
#include <map>
#include <utility>

namespace orc::api {

Door::Guest::~Guest() { door_.guests_.remove(this); }

bool Door::Guest::becomes_stream() {
  if (door_.count("", true) >= door_.limits_.streams ||
      door_.count(address_, true) >= door_.limits_.streams_of_one)
    return false;
  doing_ = Doing::kStreams;
  return true;
}

// "": of all addresses.
std::size_t Door::count(const std::string& address, bool streams_only) const {
  return static_cast<std::size_t>(std::count_if(guests_.begin(), guests_.end(), [&](const Guest* g) {
    return (address.empty() || g->address_ == address) &&
           (!streams_only || g->doing_ == Guest::Doing::kStreams);
  }));
}

bool Door::is_full_for(const std::string& address) const {
  return guests_.size() >= limits_.sessions || count(address, false) >= limits_.sessions_of_one;
}

// The one that we have waited for longest; else one that does not take its answer. Of the newcomer's own
// address if that has its share, else of the address that has most inside.
Door::Guest* Door::who_goes(const std::string& address, Steady::time_point now) const {
  std::string whose = address;
  if (count(address, false) < limits_.sessions_of_one) {
    std::map<std::string, std::size_t> inside;
    for (const Guest* g : guests_) ++inside[g->address_];
    const auto most = std::max_element(inside.begin(), inside.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != inside.end()) whose = most->first;
  }
  Guest* found = nullptr;
  for (Guest* g : guests_) {
    if (g->address_ != whose || g->doing_ == Guest::Doing::kStreams) continue;
    const bool waits = g->doing_ == Guest::Doing::kWaits;
    if (now - g->since_ < (waits ? grace_ : Steady::duration(kSlow))) continue;
    const auto rank = [](const Guest& x) { return std::pair(x.doing_ != Guest::Doing::kWaits, x.since_); };
    if (found == nullptr || rank(*g) < rank(*found)) found = g;
  }
  return found;
}

bool Door::has_room(const std::string& address, Steady::time_point now) {
  return !is_full_for(address) || who_goes(address, now) != nullptr;
}

std::unique_ptr<Door::Guest> Door::enter(const std::string& address, Steady::time_point now) {
  if (is_full_for(address)) {
    Guest* const leaves = who_goes(address, now);
    if (leaves == nullptr) return nullptr;
    guests_.remove(leaves);  // its place is free now; what it holds goes when its last step has ended
    if (leaves->on_eviction) leaves->on_eviction();
  }
  auto guest = std::make_unique<Guest>(*this, address);
  guest->is_waited_for(now);
  guests_.push_back(guest.get());
  return guest;
}

}  // namespace orc::api
