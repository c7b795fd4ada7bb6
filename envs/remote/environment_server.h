// Serves a stepped world to other processes and languages: `atoll serve WORLD`. Each client has environments of its
// own, which nobody else can move; seeds, tasks and actions give the same episodes, bit for bit, as at home. Clients
// see and move the first player; in a world for two (`playhouse/pair`) the second stands still.
#pragma once

#include "envs/environment.h"
#include "net/server.h"

#include <functional>
#include <memory>

namespace atl::envs::remote {

/// Makes one environment; called by worker threads, one at a time.
using EnvironmentFactory = std::function<std::unique_ptr<SteppedEnvironment>()>;

/// What net::Server serves for worlds. Makes one environment at once, so that a factory that cannot is found before
/// anybody connects; throws what it throws.
[[nodiscard]] net::Service environment_service(EnvironmentFactory factory);

}  // namespace atl::envs::remote
