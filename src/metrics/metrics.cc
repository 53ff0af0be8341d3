// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <tuple>
#include <utility>

#include "open_metrics.h"
#include "tmux_orc/base/mutex.h"
#include "tmux_orc/base/text.h"
#include "tmux_orc/figures/round_table.h"

namespace orc {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Labels;
using prometheus::Registry;

const prometheus::Histogram::BucketBoundaries kSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                          0.1,    0.25,  0.5,    1,     2.5,  5,     10};
constexpr std::size_t kMostQuotas = 64, kMostDisagreements = 64;
constexpr int kLongestName = 120;  // columns of a session's name
// The rest, beyond a bound. No session can be called so: tmux allows no colon in a session's name.
const std::string kOther = ":other";

template <typename T>
double num(T value) {
  return static_cast<double>(value);
}

std::string label_text(const std::string& text) { return fit_width(printable(text), kLongestName); }

// {version="0.1.0",revision="1a2b3c4"} from "tmux-orc 0.1.0 (commit 1a2b3c4)"; what has another form is all
// version.
Labels build_labels(const std::string& line) {
  constexpr std::string_view kProgram = "tmux-orc ", kCommit = " (commit ";
  const std::size_t commit = line.find(kCommit);
  if (!line.starts_with(kProgram) || commit == std::string::npos || !line.ends_with(')'))
    return {{"version", line}, {"revision", "unknown"}};
  const std::size_t revision = commit + kCommit.size();
  return {{"version", line.substr(kProgram.size(), commit - kProgram.size())},
          {"revision", line.substr(revision, line.size() - 1 - revision)}};
}

std::string role_text(Role role) { return role == Role::kPm ? "pm" : "agent"; }

Family<Counter>& counters(Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& gauges(Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry);
}
Counter& counter(Registry& registry, const char* name, const char* help) {
  return counters(registry, name, help).Add({});
}
Gauge& gauge(Registry& registry, const char* name, const char* help) {
  return gauges(registry, name, help).Add({});
}

// The counters that the table of a round's figures names.
std::vector<std::pair<const RoundFigure*, Counter*>> plain_counters(Registry& registry) {
  std::vector<std::pair<const RoundFigure*, Counter*>> out;
  for (const RoundFigure& f : round_figures()) {
    if (!f.metric.empty())
      out.emplace_back(&f, &counter(registry, std::string(f.metric).c_str(), std::string(f.help).c_str()));
  }
  return out;
}

// The series of one gauge: what is not among the newest values is removed.
template <typename Key>
class GaugeSet {
 public:
  GaugeSet(Family<Gauge>& family, Labels (*labels)(const Key&)) : family_(family), labels_(labels) {}

  void set(const std::map<Key, double>& values) {
    std::erase_if(series_, [&](const auto& s) {
      const bool gone = !values.contains(s.first);
      if (gone) family_.Remove(s.second);
      return gone;
    });
    for (const auto& [key, value] : values) {
      auto [it, is_new] = series_.try_emplace(key, nullptr);
      if (is_new) it->second = &family_.Add(labels_(key));
      it->second->Set(value);
    }
  }
  const std::map<Key, Gauge*>& series() const { return series_; }

 private:
  Family<Gauge>& family_;
  Labels (*const labels_)(const Key&);
  std::map<Key, Gauge*> series_;
};

using SessionKey = std::pair<std::string, std::string>;  // server, session

// Which sessions are shown by name: those that were keep their place, new ones take what is free.
class SessionNames {
 public:
  void keep_only(const std::set<SessionKey>& present) {
    std::erase_if(named_, [&](const SessionKey& key) { return !present.contains(key); });
  }
  // The key to show a session under: its own, or the rest's of its server.
  SessionKey shown_as(const SessionKey& key) {
    if (named_.contains(key)) return key;
    if (named_.size() >= Metrics::kMaxSessions) return {key.first, kOther};
    return *named_.insert(key).first;
  }

 private:
  std::set<SessionKey> named_;
};

using AgentKey = std::tuple<SessionKey, State, Role>;

Labels session_labels(const SessionKey& key) { return {{"server", key.first}, {"session", key.second}}; }
Labels agent_labels(const AgentKey& key) {
  Labels labels = session_labels(std::get<0>(key));
  labels["state"] = to_string(std::get<1>(key));
  labels["role"] = role_text(std::get<2>(key));
  return labels;
}
using TokensKey = std::pair<std::string, std::string>;  // agent, direction
Labels tokens_labels(const TokensKey& key) { return {{"agent", key.first}, {"direction", key.second}}; }
using QuotaKey = std::pair<std::string, std::string>;  // agent, window
Labels quota_labels(const QuotaKey& key) { return {{"agent", key.first}, {"window", key.second}}; }
Labels kind_labels(const std::string& agent) { return {{"agent", agent}}; }

Labels server_labels(const std::string& server) { return {{"server", server}}; }

// The whole round in a histogram of its own: a sum over the phases' would count everything twice.
struct CycleTimes {
  explicit CycleTimes(Registry& r)
      : total(BuildHistogram()
                  .Name("tmux_orc_cycle_duration_seconds")
                  .Help("Wall time of a round.")
                  .Register(r)
                  .Add({}, kSeconds)),
        family(BuildHistogram()
                   .Name("tmux_orc_phase_duration_seconds")
                   .Help("Wall time of a round's phases.")
                   .Register(r)),
        list(add("list")),
        capture(add("capture")),
        aggregate(add("aggregate")) {}
  prometheus::Histogram& add(const char* phase) { return family.Add({{"phase", phase}}, kSeconds); }
  void observe(const PhaseTimes& t) {
    total.Observe(t.total / 1000);
    list.Observe(t.list / 1000);
    capture.Observe(t.capture / 1000);
    aggregate.Observe(t.aggregate / 1000);
  }
  prometheus::Histogram& total;
  Family<prometheus::Histogram>& family;
  prometheus::Histogram &list, &capture, &aggregate;
};

// Messages to people, by channel. A channel keeps its series: counters only grow.
class NotificationCounts {
 public:
  explicit NotificationCounts(Registry& r)
      : family_(counters(r, "tmux_orc_notifications_total",
                         "Messages that were delivered to their channel, or that failed.")) {}
  void show(const std::string& channel) { find(label_text(channel)); }
  void count(const std::string& channel, bool delivered) {
    const Results& r = find(label_text(channel));
    (delivered ? r.delivered : r.failed)->Increment();
  }

 private:
  struct Results {
    Counter *delivered, *failed;
  };
  const Results& find(const std::string& name) {
    const bool rest = !channels_.contains(name) && channels_.size() >= Metrics::kMaxChannels;
    auto [it, is_new] = channels_.try_emplace(rest ? kOther : name);
    if (is_new) it->second = {add(it->first, "delivered"), add(it->first, "failed")};
    return it->second;
  }
  Counter* add(const std::string& channel, const char* result) {
    return &family_.Add({{"channel", channel}, {"result", result}});
  }

  Family<Counter>& family_;
  std::map<std::string, Results> channels_;
};

// How often a server's transport fell back. The series of a server that is gone is removed.
class Fallbacks {
 public:
  explicit Fallbacks(Registry& r)
      : family_(counters(r, "tmux_orc_transport_fallbacks_total",
                         "Times that processes were taken because the native transport failed.")) {}
  void add(const std::map<std::string, std::uint64_t>& round) {
    std::erase_if(servers_, [&](auto& s) {
      const bool gone = !round.contains(s.first);
      if (gone) family_.Remove(s.second);
      return gone;
    });
    for (const auto& [name, count] : round) {
      auto [it, is_new] = servers_.try_emplace(name, nullptr);
      if (is_new) it->second = &family_.Add(server_labels(name));
      it->second->Increment(num(count));
    }
  }

 private:
  Family<Counter>& family_;
  std::map<std::string, Counter*> servers_;
};

struct CacheFamilies {
  explicit CacheFamilies(Registry& r)
      : lookups(counters(r, "tmux_orc_cache_lookups_total", "Lookups in the cache, by layer and result.")),
        evictions(counters(r, "tmux_orc_cache_evictions_total",
                           "Entries pushed out of the cache because it was full.")),
        expiries(counters(r, "tmux_orc_cache_expiries_total",
                          "Entries of the cache that were too old when looked for.")),
        entries(gauges(r, "tmux_orc_cache_entries", "Entries in the cache.")) {}
  Family<Counter>&lookups, &evictions, &expiries;
  Family<Gauge>& entries;
};

class CacheLayer {
 public:
  CacheLayer(CacheFamilies& f, const std::string& layer)
      : hits_(f.lookups.Add({{"layer", layer}, {"result", "hit"}})),
        misses_(f.lookups.Add({{"layer", layer}, {"result", "miss"}})),
        evictions_(f.evictions.Add({{"layer", layer}})),
        expiries_(f.expiries.Add({{"layer", layer}})),
        entries_(f.entries.Add({{"layer", layer}})) {}
  void observe(const LayerFigures& l) {
    hits_.Increment(num(l.hits));
    misses_.Increment(num(l.misses));
    evictions_.Increment(num(l.evictions));
    expiries_.Increment(num(l.expiries));
    entries_.Set(num(l.entries));
  }

 private:
  Counter &hits_, &misses_, &evictions_, &expiries_;
  Gauge& entries_;
};

// The process as Prometheus' client libraries name it; CPU with ended children, the tmux clients of a spawn
// transport.
class ProcessMetrics {
 public:
  ProcessMetrics(Registry& r, std::int64_t started_ms)
      : cpu_(counter(r, "process_cpu_seconds_total",
                     "User and system CPU time of the monitor and its ended children.")),
        resident_(gauge(r, "process_resident_memory_bytes", "Resident memory of the monitor.")),
        descriptors_(gauge(r, "process_open_fds", "Open file descriptors.")) {
    gauge(r, "process_start_time_seconds", "Start of the monitor, seconds since 1970.")
        .Set(num(started_ms) / 1000);
  }
  void refresh() {
    const ProcessFigures f = own_process_figures();
    if (f.cpu_s > cpu_.Value()) cpu_.Increment(f.cpu_s - cpu_.Value());
    resident_.Set(f.resident_mb * 1048576);
    descriptors_.Set(f.descriptors);
  }

 private:
  Counter& cpu_;
  Gauge &resident_, &descriptors_;
};

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The part before `separator`; `text` goes on after it.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// How much an Accept header wants a type: 0 (not at all) to 1. Wildcards are not looked at: who sends only
// those gets the older format, which everybody reads.
double quality(std::string_view accept, std::string_view type) {
  while (!accept.empty()) {
    std::string_view range = take(accept, ',');
    if (!same_word(take(range, ';'), type)) continue;
    while (!range.empty()) {
      const std::string_view parameter = take(range, ';');
      if (parameter.size() < 2 || !same_word(parameter.substr(0, 2), "q=")) continue;
      double q = 0;
      std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), q);
      return q;
    }
    return 1;
  }
  return 0;
}

}  // namespace

class Metrics::Impl {
 public:
  Impl(const std::string& version, const std::string& environment, std::int64_t started_ms)
      : process_(registry_, started_ms),
        active_(gauges(registry_, "tmux_orc_active_environment",
                       "1 if this monitor's environment is the active one, else 0.")
                    .Add({{"environment", environment}})) {
    gauges(registry_, "tmux_orc_build_info",
           "1, with the program's version and the commit it was built from.")
        .Add(build_labels(version))
        .Set(1);
  }

  void observe(const Snapshot& s, const RoundRecord& r) {
    MutexLock lock(mutex_);
    observe_round(r);
    observe_servers(s.servers);
    observe_agents(s);
    observe_usage(s.agents);
    observe_transitions(s.transitions);
  }

  void set_active(bool active) {
    MutexLock lock(mutex_);
    active_.Set(active ? 1 : 0);
  }

  void show_channels(const std::vector<NotifyChannel>& channels) {
    MutexLock lock(mutex_);
    for (const NotifyChannel& c : channels) notifications_.show(c.name);
  }

  void count_notification(const std::string& channel, bool delivered) {
    MutexLock lock(mutex_);
    notifications_.count(channel, delivered);
  }

  void count_disagreement(const std::string& agent, const std::string& word) {
    MutexLock lock(mutex_);
    const std::pair key(label_text(agent), label_text(word));
    if (disagreements_.size() >= kMostDisagreements && !disagreements_.contains(key)) return;
    const auto [place, is_new] = disagreements_.try_emplace(key, nullptr);
    if (is_new) place->second = &disagreed_.Add({{"agent", key.first}, {"word", key.second}});
    place->second->Increment();
  }

  std::string text(Format format) {
    std::vector<prometheus::MetricFamily> families;
    {
      MutexLock lock(mutex_);
      process_.refresh();
      families = registry_.Collect();
    }
    std::erase_if(families, [](const prometheus::MetricFamily& f) { return f.metric.empty(); });
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families);
    return format == Format::kOpenMetrics ? to_open_metrics(out.str()) : out.str();
  }

 private:
  void observe_round(const RoundRecord& r) ORC_REQUIRES(mutex_) {
    const RoundFigures& f = r.round;
    cycle_.observe(f.phase);
    rounds_.Add({{"mode", f.mode}}).Increment();
    last_round_.Set(num(r.at_ms) / 1000);
    panes_.Set(num(f.panes));
    for (const auto& [figure, counter] : plain_) counter->Increment(num(figure->value(r)));
    // A server that is not reached is counted as an error of its round, but no look at a pane failed.
    const std::size_t unreached = r.servers - std::min(r.reachable, r.servers);
    unreached_.Increment(num(unreached));
    errors_.Increment(num(f.errors - std::min(f.errors, unreached)));
    timeouts_.Increment(num(f.timeouts));
    content_.observe(f.cache.pane_content);
    status_.observe(f.cache.agent_status);
    pool_peak_.Set(f.pool.peak);
    pool_max_.Set(f.pool.max_size);
  }

  void observe_servers(const std::vector<ServerFigures>& servers) ORC_REQUIRES(mutex_) {
    std::map<std::string, double> reachable, native;
    std::map<std::string, std::uint64_t> fallbacks;
    for (const ServerFigures& s : servers) {
      const std::string name = label_text(s.name);
      reachable[name] = s.reachable ? 1 : 0;
      native[name] = s.transport == "native" ? 1 : 0;
      fallbacks[name] += s.fallbacks;
    }
    reachable_.set(reachable);
    native_.set(native);
    fallbacks_.add(fallbacks);
  }

  // Agents are those that rules name, windows "5h" and "week": both are few, and bounded all the same.
  void observe_usage(const std::vector<AgentStatus>& agents) ORC_REQUIRES(mutex_) {
    std::map<TokensKey, double> tokens;
    std::map<std::string, double> cost;
    std::map<QuotaKey, double> quota;
    for (const AgentStatus& a : agents) {
      if (!a.usage) continue;
      const std::string agent = label_text(a.verdict.agent);
      if (a.usage->tokens_in) tokens[{agent, "in"}] += num(*a.usage->tokens_in);
      if (a.usage->tokens_out) tokens[{agent, "out"}] += num(*a.usage->tokens_out);
      if (a.usage->cost_usd) cost[agent] += *a.usage->cost_usd;
      for (const Quota& q : a.usage->quotas) {
        const QuotaKey key(agent, label_text(q.name));
        if (quota.size() < kMostQuotas || quota.contains(key))
          quota[key] = std::max(quota[key], q.used_percent / 100);
      }
    }
    tokens_.set(tokens);
    cost_.set(cost);
    quota_.set(quota);
  }
  void observe_agents(const Snapshot& s) ORC_REQUIRES(mutex_) {
    std::vector<SessionKey> sessions;
    sessions.reserve(s.agents.size());
    for (const AgentStatus& a : s.agents)
      sessions.emplace_back(label_text(a.pane.server_name), label_text(a.pane.session));
    names_.keep_only({sessions.begin(), sessions.end()});

    std::map<AgentKey, double> counts;
    std::map<SessionKey, double> waits, done, stuck;
    for (std::size_t i = 0; i < s.agents.size(); ++i) {
      const AgentStatus& a = s.agents[i];
      const SessionKey session = names_.shown_as(sessions[i]);
      ++counts[{session, a.verdict.state, a.pane.role}];
      done[session] += a.done ? 1 : 0;
      stuck[session] += a.stuck ? 1 : 0;
      double& wait = waits[session];
      if (a.verdict.state == State::kWaiting) wait = std::max(wait, num(s.at_ms - a.since_ms) / 1000);
    }
    // A state that a session's agents left counts 0, so that its curve goes down instead of ending.
    for (const auto& [key, series] : agents_.series()) {
      if (waits.contains(std::get<0>(key))) counts.try_emplace(key, 0);
    }
    agents_.set(counts);
    longest_wait_.set(waits);
    done_.set(done);
    stuck_.set(stuck);
  }

  void observe_transitions(const std::vector<Transition>& transitions) ORC_REQUIRES(mutex_) {
    for (const Transition& t : transitions) {
      const std::string from(t.from == Verdict{} ? "new" : to_string(t.from.state));
      const std::string to(t.gone ? "gone" : to_string(t.to.state));
      transitions_.Add({{"from", from}, {"to", to}}).Increment();
    }
  }

  Mutex mutex_;  // makes a round one step; the library's own locks are finer
  Registry registry_;
  ProcessMetrics process_ ORC_GUARDED_BY(mutex_);
  CycleTimes cycle_ ORC_GUARDED_BY(mutex_){registry_};
  GaugeSet<AgentKey> agents_ ORC_GUARDED_BY(mutex_){
      gauges(registry_, "tmux_orc_agents", "Agents, by server, session, state and role."), agent_labels};
  GaugeSet<SessionKey> done_ ORC_GUARDED_BY(mutex_){
      gauges(registry_, "tmux_orc_agents_done",
             "Idle agents whose end of the turn nobody has seen yet, by server and session."),
      session_labels};
  GaugeSet<SessionKey> stuck_ ORC_GUARDED_BY(mutex_){
      gauges(registry_, "tmux_orc_agents_stuck",
             "Agents at work on whose screen nothing but spinners and clocks moved for thresholds.stuck, by "
             "server and session."),
      session_labels};
  GaugeSet<SessionKey> longest_wait_ ORC_GUARDED_BY(mutex_){
      gauges(registry_, "tmux_orc_longest_wait_seconds",
             "For how long the agent that waits longest for a person has "
             "waited, by server and session; 0 if none "
             "waits."),
      session_labels};
  SessionNames names_ ORC_GUARDED_BY(mutex_);
  Gauge& panes_{gauge(registry_, "tmux_orc_panes", "Panes on the watched servers.")};
  Family<Counter>& transitions_{
      counters(registry_, "tmux_orc_transitions_total", "Changes of agents' states.")};
  const std::vector<std::pair<const RoundFigure*, Counter*>> plain_ = plain_counters(registry_);
  Family<Counter>& rounds_{counters(registry_, "tmux_orc_rounds_total", "Rounds done, by mode.")};
  Family<Counter>& error_family_{counters(
      registry_, "tmux_orc_round_errors_total",
      "What went wrong in rounds: looks at panes that failed or timed out, servers that were not reached.")};
  Counter& errors_{error_family_.Add({{"kind", "error"}})};
  Counter& timeouts_{error_family_.Add({{"kind", "timeout"}})};
  Counter& unreached_{error_family_.Add({{"kind", "unreachable"}})};
  CacheFamilies cache_{registry_};
  CacheLayer content_{cache_, "content"}, status_{cache_, "status"};
  Gauge& pool_peak_{gauge(registry_, "tmux_orc_pool_connections_peak",
                          "Most connections in use at once in the last round.")};
  Gauge& pool_max_{gauge(registry_, "tmux_orc_pool_connections_max", "Connections allowed at once.")};
  Family<Counter>& disagreed_ = counters(
      registry_, "tmux_orc_witness_disagreements_total",
      "Times that an agent's own word and its screen disagreed for more than two seconds, by agent and "
      "its word.");
  std::map<std::pair<std::string, std::string>, Counter*> disagreements_ ORC_GUARDED_BY(mutex_);
  GaugeSet<TokensKey> tokens_ ORC_GUARDED_BY(mutex_){
      gauges(registry_, "tmux_orc_session_tokens",
             "Tokens of the sessions that are in panes now, from their start, by "
             "agent and direction, as the agents "
             "say it."),
      tokens_labels};
  GaugeSet<std::string> cost_ ORC_GUARDED_BY(mutex_){
      gauges(registry_, "tmux_orc_session_cost_dollars",
             "Cost of the sessions that are in panes now, by agent; only of those that tell it."),
      kind_labels};
  GaugeSet<QuotaKey> quota_ ORC_GUARDED_BY(mutex_){
      gauges(registry_, "tmux_orc_quota_used_ratio",
             "Used part of an account's limit, by agent and window: the most that one says."),
      quota_labels};
  GaugeSet<std::string> reachable_ ORC_GUARDED_BY(mutex_){
      gauges(registry_, "tmux_orc_server_reachable", "1 if the tmux server answered in the last round."),
      server_labels};
  GaugeSet<std::string> native_ ORC_GUARDED_BY(mutex_){
      gauges(registry_, "tmux_orc_server_native", "1 if the server is spoken to natively, 0 by processes."),
      server_labels};
  Fallbacks fallbacks_ ORC_GUARDED_BY(mutex_){registry_};
  NotificationCounts notifications_ ORC_GUARDED_BY(mutex_){registry_};
  Gauge& active_;
  Gauge& last_round_{gauge(registry_, "tmux_orc_last_round_timestamp_seconds",
                           "Start of the last round, seconds since 1970.")};
};

Metrics::Metrics(const std::string& version, const std::string& environment, std::int64_t started_ms)
    : impl_(std::make_unique<Impl>(version, environment, started_ms)) {}
Metrics::~Metrics() = default;

void Metrics::observe(const Snapshot& snapshot, const RoundRecord& record) {
  impl_->observe(snapshot, record);
}
void Metrics::set_active(bool active) { impl_->set_active(active); }
void Metrics::show_channels(const std::vector<NotifyChannel>& channels) { impl_->show_channels(channels); }
void Metrics::count_notification(const std::string& channel, bool delivered) {
  impl_->count_notification(channel, delivered);
}
void Metrics::count_disagreement(const std::string& agent, const std::string& word) {
  impl_->count_disagreement(agent, word);
}
std::string Metrics::text(Format format) const { return impl_->text(format); }

Metrics::Format Metrics::format_for(const std::string& accept) {
  const double open_metrics = quality(accept, "application/openmetrics-text");
  return open_metrics > 0 && open_metrics >= quality(accept, "text/plain") ? Format::kOpenMetrics
                                                                           : Format::kPrometheus;
}

std::string Metrics::content_type(Format format) {
  return format == Format::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                        : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace orc
