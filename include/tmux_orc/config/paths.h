// SPDX-License-Identifier: Apache-2.0
// Paths: where tmux-orc keeps its files, below ~/.tmux-orchestrator. Pure; touches no file.
#pragma once

#include <string>
#include <utility>

#include "tmux_orc/base/result.h"

namespace orc {

// An environment is an instance of the monitor with its own socket, state and overlay. Blue is the one that
// runs when none is named.
inline constexpr const char* kDefaultEnvironment = "blue";

struct Paths {
  std::string root;  // ~/.tmux-orchestrator
  std::string environment = kDefaultEnvironment;

  std::string overlay() const { return root + "/environments/" + environment + ".yaml"; }
  std::string run_folder() const { return root + "/run/" + environment; }  // 0700
  std::string lock_file() const { return run_folder() + "/lock"; }  // held while the instance runs; its pid
  std::string api_socket() const { return run_folder() + "/api.sock"; }
  std::string hook_socket() const { return run_folder() + "/hook.sock"; }
  std::string status_file() const {
    return run_folder() + "/status.json";
  }  // last round, for when nobody answers
  std::string memory_file() const {
    return run_folder() + "/memory.json";
  }  // what was learned, for the next start
  std::string log_file() const { return root + "/logs/" + environment + ".log"; }
  std::string answer_log() const { return root + "/logs/" + environment + "-answers.jsonl"; }
  std::string active_file() const { return root + "/active.json"; }  // which environment notifies and acts
  std::string token_file() const { return root + "/api-token"; }     // made where none is configured
  std::string history_file() const { return root + "/history.db"; }
  std::string notify_file() const { return root + "/notify.db"; }
  std::string mute_file() const { return root + "/mutes.json"; }
  std::string rules_folder() const { return root + "/agents"; }
  Paths of(std::string other) const { return {root, std::move(other)}; }
};

// `environment` empty: $TMUX_ORC_ENV, else blue. kInvalid for a name that is not 1 to 32 letters, digits,
// '.', '_' or
// '-', or starts with '.'.
Result<Paths> resolve_paths(const std::string& environment);

}  // namespace orc
