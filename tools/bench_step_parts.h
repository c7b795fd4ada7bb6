// Where the time of a step of Playhouse goes, and the least that it could cost.
#pragma once

#include "core/frame.h"
#include "tools/bench.h"

#include <span>
#include <vector>

namespace atl::tools {

/// Of the full house, played by a human-like expert: physics and verdict, the picture, and what no way of drawing it
/// can do without: each pixel's colour and depth written once, and its triangles set up.
void bench_step_parts(std::span<const FrameSize> sizes, const BenchOptions& options, std::vector<Figure>& figures);

}  // namespace atl::tools
