// Judge kind "telemetry": JSON objects, one a line, that a mod of the game writes to a file.
#pragma once

#include "envs/desktop/judges/sensor.h"

#include <optional>
#include <string>

namespace atl::envs::desktop {

/// The object in `line` as a reading: objects inside it by path ("pos.x"), lists by number ("keys.0"), true and false
/// as 1 and 0; null is left out. Nothing for a line that is no JSON object: a game may be killed in the middle of one.
[[nodiscard]] std::optional<Reading> parse_telemetry(const std::string& line);

/// Readings: one a line.
[[nodiscard]] std::unique_ptr<Sensor> create_telemetry_sensor(const JudgeProfile& judge);

}  // namespace atl::envs::desktop
