// SPDX-License-Identifier: Apache-2.0
// Hub: what all connections of a server share. The server's thread alone.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "tmux_orc/api/events.h"
#include "tmux_orc/api/logins.h"
#include "tmux_orc/api/router.h"

namespace orc::api {

struct Hub {
  Router router;
  std::shared_ptr<Logins> logins;  // who may ask on TCP
  const EventLog& events;
  std::function<void()> on_leave;  // there is room for another one
  std::function<void(const std::string&)> on_fault;
  std::set<std::function<void()>*> streams = {};  // called when there are new events
};

}  // namespace orc::api
