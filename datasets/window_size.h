// How large the client area was that a recording's pointer positions are in. Free function; any thread.
#pragma once

#include "core/contract.h"
#include "datasets/video.h"

#include <filesystem>

namespace atl::datasets {

/// For agent::ActionCodec: that of `facts`, else that of the video in the folder `recording`. 0x0 where neither tells,
/// or `contract` has no pointer, so that nobody asks.
[[nodiscard]] FrameSize window_size(const PolicyContract& contract, const SourceFacts& facts,
                                    const std::filesystem::path& recording, const VideoReaderFactory& open_video);

}  // namespace atl::datasets
