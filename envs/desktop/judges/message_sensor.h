// Judge kind "message": Doom's message line, read from the pictures (doom/hud.h).
#pragma once

#include "envs/desktop/judges/sensor.h"

namespace atl::envs::desktop {

/// Readings: one a message that appears, as "message"; where it tells of a pickup also "object", and the same message
/// again when another such thing is taken. `judge.wad`: the WAD that the game plays.
[[nodiscard]] std::unique_ptr<Sensor> create_message_sensor(const JudgeProfile& judge);

/// Whether `object` is what `target` means: "shotgun" also means the pump-action one.
[[nodiscard]] bool is_meant(std::string_view object, std::string_view target);

}  // namespace atl::envs::desktop
