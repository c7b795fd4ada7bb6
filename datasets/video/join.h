// Copies encoded pictures of videos into a new one, without decoding them: the VideoJoiner of datasets/copy_episodes.h.
#pragma once

#include "datasets/copy_episodes.h"

namespace atl::video {

[[nodiscard]] datasets::VideoJoiner video_joiner();

}  // namespace atl::video
