// SPDX-License-Identifier: Apache-2.0
// Who is answered. Pure.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <optional>
#include <string>

#include "tmux_orc/api/logins.h"
#include "tmux_orc/api/router.h"

namespace orc::api {

// Why a request that came by TCP is not answered, if so; `route` may be null. Whose uid a client on the unix
// socket is was checked when it connected.
std::optional<ApiResponse> refuse_tcp(const boost::beast::http::fields& header, const Logins& logins,
                                      const ApiRoute* route);

}  // namespace orc::api
