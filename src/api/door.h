// SPDX-License-Identifier: Apache-2.0
// Door: who is inside by one way in, and who has to go when somebody new wants in. Whoever is being waited
// for (no whole header yet, or between two requests) makes room for the new one, the oldest first: an
// attacker who holds everything is put out by each honest client, which asks at once and is done. Not
// thread-safe: the server's thread alone. Outlives its guests.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "bounds.h"
#include "tmux_orc/base/clock.h"

namespace orc::api {

class Door {
 public:
  // `grace`: nobody who was waited for less long is put out.
  Door(DoorLimits limits, Steady::duration grace) : limits_(limits), grace_(grace) {}

  // One that is inside, until it is destroyed or put out.
  class Guest {
   public:
    Guest(Door& door, std::string address) : door_(door), address_(std::move(address)) {}
    ~Guest();
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;
    // What we do with it: wait for it, answer it.
    void is_waited_for(Steady::time_point now) { set(Doing::kWaits, now); }
    void is_answered(Steady::time_point now) { set(Doing::kAnswered, now); }
    bool becomes_stream();              // false: there are too many
    std::function<void()> on_eviction;  // closes the connection; must not destroy the guest

   private:
    friend class Door;
    enum class Doing { kWaits, kAnswered, kStreams };
    void set(Doing doing, Steady::time_point now) { doing_ = doing, since_ = now; }
    Door& door_;
    const std::string address_;
    Doing doing_ = Doing::kWaits;
    Steady::time_point since_{};
  };

  // Puts somebody out if that is what it takes. Null: no room, and nobody who could be put out.
  std::unique_ptr<Guest> enter(const std::string& address, Steady::time_point now);
  // Whether a new one could enter, for those that can be left waiting outside.
  bool has_room(const std::string& address, Steady::time_point now);
  std::size_t inside() const { return guests_.size(); }

 private:
  std::size_t count(const std::string& address, bool streams_only) const;
  bool is_full_for(const std::string& address) const;
  Guest* who_goes(const std::string& address, Steady::time_point now) const;

  const DoorLimits limits_;
  const Steady::duration grace_;
  std::list<Guest*> guests_;  // in the order in which they came
};

}  // namespace orc::api
