// SPDX-License-Identifier: Apache-2.0
// LiveServer: one server with everything that is needed to look at it. Its members say what is thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tmux_orc/discover/discover.h"
#include "tmux_orc/discover/ps_source.h"
#include "tmux_orc/evidence/about_witness.h"
#include "tmux_orc/evidence/observer.h"
#include "tmux_orc/evidence/own_word_witness.h"
#include "tmux_orc/evidence/process_witness.h"
#include "tmux_orc/tmux/server_link.h"

namespace orc {

struct LookSettings {
  std::string tmux_binary = "tmux";
  TransportChoice transport = TransportChoice::kAuto;
  PoolSettings pool;
  DiscoverSettings discover;
  std::vector<AgentProcess> agents;         // how they are recognised among processes
  std::shared_ptr<OwnWords> words{};        // null: agents are not asked for their own word
  std::vector<std::string> words_except{};  // agents that are not
  std::shared_ptr<Abouts> abouts{};         // null: nobody wants to know what they work on
  friend bool operator==(const LookSettings&, const LookSettings&) = default;
};

struct LiveServer {
  // `here` tells of this machine's processes. What is referred to must outlive the server.
  LiveServer(ServerAddress address, const LookSettings& settings, const ProcessSource& here,
             std::shared_ptr<const SeenAgents> memory, const Clock& clock);
  const std::shared_ptr<const SeenAgents> memory;
  const std::unique_ptr<PsSource> far;  // of another machine
  const ProcessSource& processes;
  ServerLink link;
  Lister lister;
  TmuxReader reader;
  ProcessWitness process_witness;
  const std::shared_ptr<OwnWords> words;
  const std::unique_ptr<OwnWordWitness> own_word_witness;  // of this machine's agents only
  const std::shared_ptr<Abouts> abouts;
  const std::unique_ptr<AboutWitness> about_witness;  // here only, too
  Observer observer;
};

}  // namespace orc
