// Saving an episode's state and going back to it: for search, for training that begins in the middle, for debugging.
//
// A snapshot is bytes without meaning to the caller (EnvironmentSpec::snapshot_bytes of them), good on any machine, for
// the episode it was taken in: a world of the same name, reset with the same seed and task. Experts that imitate people
// (ExpertStyle) remember what they intended: make new ones after going back. Threads as of the environment.
#pragma once

#include "envs/task.h"

#include <cstdint>
#include <span>
#include <vector>

namespace atl::envs {

class Snapshots {
 public:
  virtual ~Snapshots() = default;

  /// The whole state of the present episode, also at its end. Throws Error(kInternal) before the first reset.
  [[nodiscard]] virtual std::vector<std::uint8_t> save() const = 0;

  /// Goes back, or on, to a saved state: from there the same actions give the same pixels and outcome, bit for bit.
  /// Throws, and leaves everything as it was: Error(kFormat) for bytes that are no snapshot or hold what cannot be,
  /// Error(kVersion) for those of another format, Error(kContract) naming what differs for those of another level,
  /// seed, task or world's version; Error(kInternal) before the first reset.
  virtual Observation restore(std::span<const std::uint8_t> snapshot) = 0;
};

}  // namespace atl::envs
