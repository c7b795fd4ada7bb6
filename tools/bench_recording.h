// Recordings that benches read again: Playhouse as its expert plays it, through the real recorder.
#pragma once

#include "core/frame.h"
#include "datasets/video.h"

#include <cstdint>
#include <filesystem>

namespace atl::tools {

/// Records whole episodes of training seeds until there are `least_pictures`, one a step, of `size`; with pictures in
/// the video if `video` is given, else to be drawn again. Returns how many pictures there are.
std::uint64_t record_bench_pictures(const std::filesystem::path& folder, FrameSize size, std::uint64_t least_pictures,
                                    const datasets::VideoWriterFactory& video);

}  // namespace atl::tools
