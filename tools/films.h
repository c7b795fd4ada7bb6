// Films of single episodes, for reports: the picture with keys, mouse, instruction and verdict drawn on it.
#pragma once

#include "session/episode.h"

#include <filesystem>
#include <memory>

namespace atl::tools {

/// Whether this build can write films (it has the video library).
[[nodiscard]] bool can_film();

/// A sink that writes the episode it sees as an H.264 MP4 that browsers play, small enough for a page; the file is
/// complete when it is gone. Throws Error(kFile) if the file cannot be written, Error(kEnvironment) if this build
/// cannot film.
[[nodiscard]] std::unique_ptr<session::EpisodeSink> create_film(const std::filesystem::path& file,
                                                                double action_rate_hz);

}  // namespace atl::tools
