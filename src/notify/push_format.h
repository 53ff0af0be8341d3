// SPDX-License-Identifier: Apache-2.0
// A webhook's request: where it goes and what its body is, in the form that the other side wants. Pure.
#pragma once

#include <string>

#include "tmux_orc/base/notify_settings.h"

namespace orc {

struct WebhookRequest {
  std::string url, body;
};

// `json`: a message as message_json() gives it. "json": as it is, with a text that Slack shows. "ntfy":
// published as JSON, the topic is the last part of the channel's url. "pushover": with the channel's token
// and user. Both open the channel's `click` (else the page) when they are tapped, at that agent if the
// message is about one. Where the page may answer, ntfy gets a button for each of the first three options: it
// opens the page with that option chosen. No credential goes out but the channel's own.
WebhookRequest webhook_request(const NotifyChannel& channel, const std::string& json);

}  // namespace orc
