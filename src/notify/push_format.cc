// SPDX-License-Identifier: Apache-2.0
#include "push_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/json.h"
#include "tmux_orc/notify/notify_message.h"

namespace orc {
namespace {

using nlohmann::ordered_json;

// Both services cut or refuse what is longer: ntfy 4096 bytes, Pushover 1024 characters.
constexpr int kMostColumns = 1000;
// ntfy takes three buttons; on a phone more than that much of a label cannot be seen.
constexpr int kMostButtons = 3, kMostLabel = 40;

bool is_urgent(const ordered_json& message) {
  const auto items = message.value("items", ordered_json::array());
  return std::any_of(items.begin(), items.end(), [](const ordered_json& i) {
    const std::string concern = i.value("concern", "");
    return concern == "waiting" || concern == "crashed";
  });
}

// What the page opens: the agent that the message is about, if it is about one.
std::string click_of(const NotifyChannel& c, const ordered_json& message) {
  const std::string& page = c.click.empty() ? c.page : c.click;
  if (page.empty() || !message.contains("items") || message["items"].size() != 1) return page;
  const auto& item = message["items"][0];
  const std::string pane = item.value("pane", ""), server = item.value("server_id", "");
  if (pane.empty()) return page;
  return page + "#pane=%25" + pane.substr(1) + (server.empty() ? "" : "&server=" + server);
}

// The question that the page could answer, if the message is about one.
const ordered_json* question_of(const NotifyChannel& c, const ordered_json& message) {
  if (!c.answers || !message.contains("items") || message["items"].size() != 1) return nullptr;
  const auto& item = message["items"][0];
  const std::string concern = item.value("concern", "");
  if ((concern != "waiting" && concern != "escalation") || item.value("pane", "").empty()) return nullptr;
  const auto asks = item.find("asks");
  if (asks == item.end() || !asks->is_object() || asks->value("id", "").empty()) return nullptr;
  return &*asks;
}

// A button an option. Each opens the page with its option chosen, where a person who is logged in presses it:
// whoever reads the topic could read a token that answered by itself.
ordered_json buttons_of(const ordered_json& question, const std::string& click) {
  ordered_json out = ordered_json::array();
  int number = 0;
  for (const auto& option : question.value("options", ordered_json::array())) {
    if (++number > kMostButtons) break;
    const std::string key = option.value("key", "");
    out.push_back(
        {{"action", "view"},
         {"label", fit_width((key.empty() ? "" : key + ". ") + option.value("text", ""), kMostLabel)},
         {"url", fmt::format("{}&ask={}&option={}", click, question.value("id", ""), number)},
         {"clear", true}});
  }
  return out;
}

}  // namespace

WebhookRequest webhook_request(const NotifyChannel& c, const std::string& json) {
  const auto message = parse_json(json);
  if (c.format == "json" || !message || !message->is_object()) return {c.url, slack_json(json)};
  const std::string title = fit_width(message->value("summary", ""), 200),
                    text = fit_width(message->value("text", ""), kMostColumns), click = click_of(c, *message);
  const ordered_json* question = click.empty() ? nullptr : question_of(c, *message);
  ordered_json out;
  if (c.format == "ntfy") {
    const std::size_t slash = c.url.rfind('/');
    out = {{"topic", c.url.substr(slash + 1)},
           {"title", title},
           {"message", text},
           {"priority", is_urgent(*message) ? 4 : 3}};
    if (!click.empty()) out["click"] = click;
    if (question != nullptr) out["actions"] = buttons_of(*question, click);
    return {c.url.substr(0, slash + 1), dump(out)};
  }
  out = {{"token", c.token},
         {"user", c.user},
         {"title", title},
         {"message", text},
         {"priority", is_urgent(*message) ? 1 : 0}};
  if (!click.empty()) {
    out["url"] = click;
    out["url_title"] = question != nullptr ? "Answer on the page" : "Open the page";
  }
  return {c.url, dump(out)};
}

}  // namespace orc
