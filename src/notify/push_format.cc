// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/notify/push_format.h"

#include <algorithm>

#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/notify/notify_message.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

// Both services cut or refuse what is longer: ntfy 4096 bytes, Pushover 1024 characters.
constexpr int kMostColumns = 1000;

bool is_urgent(const ordered_json& message) {
  const auto items = message.value("items", ordered_json::array());
  return std::any_of(items.begin(), items.end(), [](const ordered_json& i) {
    const std::string concern = i.value("concern", "");
    return concern == "waiting" || concern == "crashed";
  });
}

std::string click_of(const std::string& click, const ordered_json& message) {
  if (click.empty() || !message.contains("items") || message["items"].size() != 1) return click;
  const std::string pane = message["items"][0].value("pane", "");
  return pane.empty() ? click : click + "#pane=%25" + pane.substr(1);
}

}  // namespace

WebhookRequest webhook_request(const NotifyChannel& c, const std::string& json) {
  const auto message = parse_json(json);
  if (c.format == "json" || !message || !message->is_object()) return {c.url, slack_json(json)};
  const std::string title = fit_width(message->value("summary", ""), 200),
                    text = fit_width(message->value("text", ""), kMostColumns),
                    click = click_of(c.click, *message);
  ordered_json out;
  if (c.format == "ntfy") {
    const std::size_t slash = c.url.rfind('/');
    out = {{"topic", c.url.substr(slash + 1)},
           {"title", title},
           {"message", text},
           {"priority", is_urgent(*message) ? 4 : 3}};
    if (!click.empty()) out["click"] = click;
    return {c.url.substr(0, slash + 1), dump(out)};
  }
  out = {{"token", c.token},
         {"user", c.user},
         {"title", title},
         {"message", text},
         {"priority", is_urgent(*message) ? 1 : 0}};
  if (!click.empty()) {
    out["url"] = click;
    out["url_title"] = "Open the page";
  }
  return {c.url, dump(out)};
}

}  // namespace orc
