// SPDX-License-Identifier: Apache-2.0
#include "tmux_orc/evidence/live_server.h"

#include <chrono>
#include <utility>

namespace orc {
namespace {

// One `ps` for all panes of a round, unless it takes longer than this.
constexpr auto kPsMaxAge = std::chrono::milliseconds(500);

// The own word is asked of the process that the witness before it found.
std::vector<EvidenceSource*> sources_of(ProcessWitness& processes, OwnWordWitness* own_word,
                                        AboutWitness* about) {
  std::vector<EvidenceSource*> sources = {&processes};
  if (own_word != nullptr) sources.push_back(own_word);
  if (about != nullptr) sources.push_back(about);
  return sources;
}

}  // namespace

LiveServer::LiveServer(ServerAddress address, const LookSettings& s, const ProcessSource& here,
                       std::shared_ptr<const SeenAgents> memory_of_all, const Clock& clock)
    : memory(std::move(memory_of_all)),
      far(address.host->is_here() ? nullptr : std::make_unique<PsSource>(address.host, kPsMaxAge)),
      processes(far ? *far : here),
      link(std::move(address), s.tmux_binary, s.transport, s.pool, clock),
      lister(link, s.discover, clock),
      reader(link),
      process_witness(processes, s.agents),
      words(far ? nullptr : s.words),
      own_word_witness(words ? std::make_unique<OwnWordWitness>(*words, clock, s.words_except, s.abouts.get())
                             : nullptr),
      abouts(far ? nullptr : s.abouts),
      about_witness(abouts ? std::make_unique<AboutWitness>(*abouts) : nullptr),
      observer(&lister, reader, sources_of(process_witness, own_word_witness.get(), about_witness.get()),
               *memory) {}

}  // namespace orc
