// Serves a policy to other processes and languages: `atoll serve RUN`. Each client's env_id has a policy of its own,
// with its own memory.
#pragma once

#include "agent/policy.h"
#include "net/server.h"

#include <functional>
#include <memory>
#include <string>

namespace atl::session {

struct ServedPolicy {
  std::string name;  // for reports and recordings
  PolicyContract contract;
  /// Makes one mind for a world that turns by so many mouse counts (0: unknown); called by workers, one at a time.
  std::function<std::unique_ptr<agent::Policy>(double counts_per_turn)> create;
};

/// What net::Server serves for policies.
[[nodiscard]] net::Service policy_service(ServedPolicy policy);

}  // namespace atl::session
