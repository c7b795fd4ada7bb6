#include "datasets/video.h"

#include "core/error.h"

#include <algorithm>

namespace atl::datasets {

std::size_t index_at(const VideoReader& video, std::int64_t pts_us) {
  const std::span<const std::int64_t> times = video.timestamps_us();
  const auto found = std::lower_bound(times.begin(), times.end(), pts_us);
  if (found != times.end() && *found == pts_us) return static_cast<std::size_t>(found - times.begin());
  if (times.empty()) fail(ErrorKind::kFormat, "video has no pictures, expected one at {} us", pts_us);
  auto nearest = found == times.end() ? found - 1 : found;
  if (nearest != times.begin() && pts_us - *(nearest - 1) < std::abs(*nearest - pts_us)) --nearest;
  fail(ErrorKind::kFormat, "video has no picture at {} us; the nearest of its {} is at {} us", pts_us, times.size(),
       *nearest);
}

}  // namespace atl::datasets
