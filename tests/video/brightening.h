// A video recording whose pictures tell their step by their brightness: for tests of what is made from recordings.
#pragma once

#include "core/frame.h"

#include <filesystem>

namespace atl::video {

inline constexpr FrameSize kBrighteningSize{192, 144};
inline constexpr double kBrighteningHz = 30.0;  // actions a second: twice those of a usual contract

/// Writes the recording `folder`: one successful episode of `steps` actions, 20 and 30 counts to the right by turns,
/// whose picture at step s is grey of level `first_level` + s; "go to the light" holds for its first half.
void record_brightening(const std::filesystem::path& folder, int steps, int first_level);

}  // namespace atl::video
