// What `atoll bench loader` measures of recordings with video.
#pragma once

#include "tools/bench.h"

#include <functional>
#include <vector>

namespace atl::tools {

/// From recordings with video to the training cache, and from there to batches; per core: a second is one of processor
/// time, of all threads together.
void bench_video_loader(const BenchOptions& options, std::vector<Figure>& figures);

/// What `work` returns, pictures that it made, by the processor time that it took on all threads.
[[nodiscard]] double per_core_second(const std::function<double()>& work);

}  // namespace atl::tools
