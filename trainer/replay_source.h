// Recordings of a deterministic world, rendered again: they hold seed and actions, no video. One thread a source.
#pragma once

#include "trainer/source.h"

#include <memory>

namespace atl::trainer {

/// Throws as load_recorded_episodes and WorldDriver do; create_part throws Error(kFormat) when a replay does not end
/// in the recorded state.
[[nodiscard]] std::unique_ptr<ExampleSource> create_replay_source(const SourceConfig& config, std::uint64_t stream_seed,
                                                                  const SourceSetup& setup,
                                                                  const SourceServices& services);

}  // namespace atl::trainer
