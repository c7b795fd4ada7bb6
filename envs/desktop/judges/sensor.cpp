#include "envs/desktop/judges/sensor.h"

#include "core/error.h"
#include "envs/desktop/judges/hud_sensor.h"
#include "envs/desktop/judges/log_sensor.h"
#include "envs/desktop/judges/message_sensor.h"
#include "envs/desktop/judges/motion_sensor.h"
#include "envs/desktop/judges/pixel_sensor.h"
#include "envs/desktop/judges/replay_sensor.h"
#include "envs/desktop/judges/telemetry_sensor.h"

namespace atl::envs::desktop {

std::unique_ptr<Sensor> create_sensor(const JudgeProfile& judge, const std::filesystem::path& profile) {
  if (judge.kind == "log") return create_log_sensor(judge);
  if (judge.kind == "telemetry") return create_telemetry_sensor(judge);
  if (judge.kind == "replay") return create_replay_sensor(judge);
  if (judge.kind == "hud_glyphs") return create_hud_sensor(judge, profile);
  if (judge.kind == "message") return create_message_sensor(judge);
  if (judge.kind == "motion") return create_motion_sensor(judge);
  if (judge.kind == "pixels") return create_pixel_sensor(judge);
  return nullptr;
}

}  // namespace atl::envs::desktop
