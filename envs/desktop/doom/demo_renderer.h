// Plays a demo in dsda-doom and hands over what a player would have seen: exactly one picture a tic. Needs no screen.
#pragma once

#include "core/frame.h"
#include "envs/desktop/doom/demo.h"
#include "envs/desktop/game/profile.h"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace atl::envs::desktop {

struct RenderConfig {
  std::filesystem::path wad;                        // the IWAD that the demo was recorded with
  Duration stall_limit = std::chrono::seconds(30);  // the game counts as hung when no picture comes for so long
};

/// Plays `demo` as seen by `player` and calls `take(tic, picture)` for tic 0, 1, ..., demo.num_tics() - 1 with the
/// picture after that tic was played: BGRA8, kDoomPicture, borrowed for the call. `profile`: profiles/doom.toml, whose
/// program and settings are used. Same demo and WAD, same pictures, bit for bit. Blocks; the game is ended on every way
/// out. Throws Error(kEnvironment) when the game is missing, fails, hangs or gives another number of pictures.
void render_demo(const GameProfile& profile, const RenderConfig& config, const DoomDemo& demo, int player,
                 const std::function<void(std::uint64_t tic, ImageView picture)>& take);

}  // namespace atl::envs::desktop
