// Recordings of stepped worlds, drawn again from seed and actions: the pixels as they were before a video was encoded.
// Used by `atoll check`.
#pragma once

#include "core/contract.h"
#include "datasets/video.h"
#include "envs/environment.h"

#include <filesystem>
#include <memory>

namespace atl::tools {

/// The world that `facts` tell of, with pictures of `frame`. Throws Error saying why it cannot be had here: it is not
/// stepped, it is not known, or it has another version now.
[[nodiscard]] std::unique_ptr<envs::SteppedEnvironment> create_recorded_world(const SourceFacts& facts,
                                                                              FrameSize frame);

/// Opens video.mp4 of a stepped world's recording as VideoReader does, at the same times, but draws each picture.
/// Opening throws as `create_recorded_world` does, and Error(kFormat) for a recording without video or whose episodes
/// no seed gives; reading throws Error(kFormat) for a picture that has not the recorded hash.
[[nodiscard]] datasets::VideoReaderFactory drawn_again();

}  // namespace atl::tools
