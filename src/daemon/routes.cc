#include "routes.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>

namespace orc {
namespace {

using nlohmann::ordered_json;

ApiResponse error(int status, const std::string& text) { return {status, dump({{"error", text}})}; }
ApiResponse ok(const ordered_json& j) { return {200, dump(j)}; }

// The value of `name` in "a=1&b=2"; `fallback` if it is absent, nothing if it is no whole number.
std::optional<std::size_t> query_number(const std::string& query, const std::string& name,
                                        std::size_t fallback) {
  const std::string key = name + "=";
  for (std::size_t at = 0; at <= query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string part = query.substr(at, end - at);
    if (part.starts_with(key)) {
      std::size_t value = 0;
      const char* const part_end = part.data() + part.size();
      const auto [stop, problem] = std::from_chars(part.data() + key.size(), part_end, value);
      if (problem != std::errc() || stop != part_end) return std::nullopt;
      return value;
    }
    at = end + 1;
  }
  return fallback;
}

// The value of `name`, with %XX read; "" if it is absent, nothing if it is malformed.
std::optional<std::string> query_text(const std::string& query, const std::string& name) {
  std::size_t at = query.starts_with(name + "=") ? 0 : query.find("&" + name + "=");
  if (at == std::string::npos) return "";
  at = query.find('=', at) + 1;
  const std::string raw = query.substr(at, query.find('&', at) - at);
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      out.push_back(raw[i]);
      continue;
    }
    unsigned value = 0;
    const char* const from = raw.data() + i + 1;
    if (i + 2 >= raw.size() || std::from_chars(from, from + 2, value, 16).ptr != from + 2)
      return std::nullopt;
    out.push_back(static_cast<char>(value));
    i += 2;
  }
  return out;
}

class Routes {
 public:
  Routes(const ServiceState& state, LoopRequests& requests, std::function<void()> wake)
      : state_(state), requests_(requests), wake_(std::move(wake)) {}

  ApiResponse handle(const ApiRequest& r) {
    using Route = ApiResponse (Routes::*)(const ApiRequest&);
    static const std::map<std::string, std::map<std::string, Route>> kRoutes = {
        {"/api/v1/status", {{"GET", &Routes::status}}},
        {"/api/v1/snapshot", {{"GET", &Routes::snapshot}}},
        {"/api/v1/agents", {{"GET", &Routes::agents}}},
        {"/api/v1/rounds", {{"GET", &Routes::rounds}, {"POST", &Routes::ask_round}}},
        {"/api/v1/health", {{"GET", &Routes::health}}},
        {"/api/v1/reload", {{"POST", &Routes::ask_reload}}},
        {"/api/v1/seen", {{"POST", &Routes::mark_seen}}},
        {"/api/v1/cache/clear", {{"POST", &Routes::ask_clear}}},
        {"/metrics", {{"GET", &Routes::metrics}}},
        {"/healthz", {{"GET", &Routes::healthz}}},
        {"/readyz", {{"GET", &Routes::readyz}}},
    };
    const auto route = kRoutes.find(r.path);
    if (route == kRoutes.end()) return error(404, "no such path");
    const auto method = route->second.find(r.method);
    if (method == route->second.end()) {
      std::vector<std::string> known;
      for (const auto& entry : route->second) known.push_back(entry.first);
      return method_not_allowed(known);
    }
    return (this->*method->second)(r);
  }

 private:
  ApiResponse status(const ApiRequest&) { return ok(state_.status_json(true)); }

  ApiResponse snapshot(const ApiRequest&) {
    const auto s = state_.board.latest();
    return s ? ok(to_json(*s)) : error(503, "no round is done yet");
  }

  ApiResponse agents(const ApiRequest&) {
    const auto s = state_.board.latest();
    return s ? ok({{"at_ms", s->at_ms}, {"agents", to_json(*s)["agents"]}})
             : error(503, "no round is done yet");
  }

  ApiResponse rounds(const ApiRequest& r) {
    const auto last = query_number(r.query, "last", 60);
    if (!last) return error(400, "last must be a whole number, 0 or more: how many rounds are wanted");
    ordered_json list = ordered_json::array();
    for (const RoundRecord& record : state_.recent.last(*last)) list.push_back(to_json(record));
    return ok({{"rounds", std::move(list)}});
  }

  ApiResponse health(const ApiRequest&) {
    const auto lines = state_.health();
    return ok({{"level", to_string(worst(lines))}, {"lines", to_json(lines)}});
  }

  ApiResponse metrics(const ApiRequest& r) {
    const auto format = Metrics::format_for(r.accept);
    return {200, state_.metrics.text(format), Metrics::content_type(format)};
  }

  ApiResponse healthz(const ApiRequest&) {
    const auto lines = state_.health();
    const Level level = worst(lines);
    return {level == Level::kCritical ? 503 : 200, dump({{"level", to_string(level)}})};
  }

  ApiResponse readyz(const ApiRequest&) {
    const bool ready = state_.board.latest() != nullptr;
    return {ready ? 200 : 503, dump({{"ready", ready}})};
  }

  ApiResponse ask_round(const ApiRequest&) {
    const auto s = state_.board.latest();
    requests_.round = true;
    wake_();
    return {202, dump({{"after_round", s ? s->round.number : 0}})};
  }
  ApiResponse mark_seen(const ApiRequest& r) {
    auto target = query_text(r.query, "target");
    if (!target)
      return error(400, "target must be percent-encoded text: a pane, a session, or nothing for all");
    requests_.add_seen(std::move(*target));
    return ask(requests_.wake);
  }
  ApiResponse ask_reload(const ApiRequest&) { return ask(requests_.reload); }
  ApiResponse ask_clear(const ApiRequest&) { return ask(requests_.clear_cache); }
  ApiResponse ask(std::atomic<bool>& flag) {
    flag = true;
    wake_();
    return {202, "{}"};
  }

  const ServiceState& state_;
  LoopRequests& requests_;
  const std::function<void()> wake_;
};

}  // namespace

ApiHandler make_routes(const ServiceState& state, LoopRequests& requests, std::function<void()> wake) {
  auto routes = std::make_shared<Routes>(state, requests, std::move(wake));
  return [routes](const ApiRequest& r) { return routes->handle(r); };
}

}  // namespace orc
