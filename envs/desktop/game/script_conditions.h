// The conditions of one step of a script (profile.h): what the game printed and what its window shows.
#pragma once

#include "core/clock.h"
#include "core/frame.h"
#include "envs/desktop/game/profile.h"
#include "envs/desktop/judges/conditions.h"
#include "envs/desktop/judges/line_tail.h"
#include "envs/desktop/judges/pixel_sensor.h"

#include <filesystem>
#include <optional>
#include <regex>

namespace atl::envs::desktop {

/// One thread.
class ScriptConditions {
 public:
  /// `log`: what the game prints; lines count from `lines` on. Throws Error(kConfig) for conditions that cannot be
  /// read.
  ScriptConditions(const ScriptStep& step, const std::filesystem::path& home, const std::filesystem::path& log,
                   LineTail::Start lines);

  /// A picture that came; the last one of the step before is the first one of this.
  void see(const Frame& frame);

  /// Whether all hold at `now`.
  [[nodiscard]] bool hold(Timestamp now);

  /// Those that do not hold, in words.
  [[nodiscard]] std::string missing(Timestamp now);

 private:
  [[nodiscard]] bool has_line();
  [[nodiscard]] bool is_still(Timestamp now) const;

  const ScriptStep step_;
  std::optional<std::regex> line_;
  LineTail tail_;
  bool line_came_ = false;
  std::optional<PixelField> field_;
  std::optional<Condition> condition_;
  bool pixels_hold_ = false;
  std::uint64_t last_hash_ = 0;
  std::optional<Timestamp> changed_;  // when the picture last changed; nothing before the first one
};

}  // namespace atl::envs::desktop
