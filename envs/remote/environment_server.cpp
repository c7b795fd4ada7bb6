#include "envs/remote/environment_server.h"

#include "envs/remote/environment_lane.h"

namespace atl::envs::remote {

net::Service environment_service(EnvironmentFactory factory) {
  net::Service service;
  // Shared, because std::function wants to be copied; the first client gets this one.
  auto first = std::make_shared<std::unique_ptr<SteppedEnvironment>>(factory());
  service.kind = "world";
  service.name = (*first)->spec().facts.world;
  service.max_buffer_bytes = static_cast<std::size_t>((*first)->spec().snapshot_bytes);  // RESTORE's
  service.create_lane = [factory = std::move(factory), first]() -> std::unique_ptr<net::Lane> {
    return std::make_unique<EnvironmentLane>(*first != nullptr ? std::move(*first) : factory());
  };
  return service;
}

}  // namespace atl::envs::remote
