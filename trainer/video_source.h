// Recordings with video, through the training cache: windows of all episodes, shuffled over the whole data set. What a
// person did is the target; nothing is relabelled. Each recording has its own rate and mouse: they are brought to the
// contract's. With SourceConfig::features examples name their pictures instead of holding them. One thread a source.
#pragma once

#include "datasets/cache.h"
#include "trainer/source.h"

#include <memory>

namespace atl::trainer {

/// The pictures of a source's recordings; made if they are missing or out of date, with a progress line. Throws as
/// named_recordings and datasets::FrameCache do.
[[nodiscard]] datasets::FrameCache open_picture_cache(const SourceConfig& config, const PolicyContract& contract,
                                                      const SourceServices& services);

/// Makes the cache if it is missing or out of date, with a progress line. Throws as load_recorded_episodes and
/// datasets::FrameCache do.
[[nodiscard]] std::unique_ptr<ExampleSource> create_video_source(const SourceConfig& config, std::uint64_t stream_seed,
                                                                 const SourceSetup& setup,
                                                                 const SourceServices& services);

}  // namespace atl::trainer
