// The house as a world that others can step: see envs/environment.h. Keys, physics and language are those of the
// headers beside this one; a seed, a task and actions give the same states, pixels and verdict on every machine.
#pragma once

#include "core/frame.h"
#include "envs/environment.h"

#include <cstdint>
#include <memory>
#include <string>

namespace atl::envs {

struct HouseOptions {
  FrameSize frame{96, 72};
  std::string level =
      "house";               // "room", "flat", "house" or "full": house/house.h; "pair": the second player stands still
  std::uint32_t reskin = 0;  // 0: the usual look
};

/// What the world is, without making one. Throws Error(kConfig) for an unknown level.
[[nodiscard]] EnvironmentSpec house_spec(const HouseOptions& options);

/// A stepped house with an oracle. Tasks: house/episode.h. Throws Error(kConfig) for a frame size out of range or an
/// unknown level.
[[nodiscard]] std::unique_ptr<SteppedEnvironment> create_house_world(const HouseOptions& options);

}  // namespace atl::envs
