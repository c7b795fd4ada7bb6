// A policy that lives behind a server (`remote:ADDRESS`), in whatever language: asked with pictures, answers with
// chunks. Wrapped in a PolicyPlayer it is checked and played as one at home.
#pragma once

#include "agent/policy.h"
#include "net/client.h"

#include <memory>

namespace atl::session {

/// Connects and fetches the contract. `counts_per_turn`: of the world's mouse, 0: unknown. Throws Error(kNetwork) when
/// nobody answers or something else is served there. Its `act` and `reset` throw Error(kNetwork) when the server has
/// died (5 s of silence) or takes longer than options.patience, Error(kEnvironment) with the policy's words when it
/// failed, and Error(kFormat) for an answer that goes against its own contract.
[[nodiscard]] std::unique_ptr<agent::Policy> create_remote_policy(const net::ClientOptions& options,
                                                                  double counts_per_turn);

}  // namespace atl::session
