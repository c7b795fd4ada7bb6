// Instructions in hindsight from what a player did, where no message tells: who turned right by 90 degrees did what
// "turn right" asks for. Texts are those of profiles/doom.toml, whose judges decide them live.
#pragma once

#include "core/action.h"
#include "core/instruction.h"

#include <span>
#include <vector>

namespace atl::envs::desktop {

/// From when on something counts, and how far one instruction reaches.
struct MotionRules {
  double turn_deg = 60.0;      // to one side, without turning back
  double around_deg = 150.0;   // to one side: "turn around", too
  double pause_s = 0.25;       // within a turn, at most
  double straight_deg = 45.0;  // that a walk turns to either side, at most
  double forward_s = 1.2;      // walked, at least
  double back_s = 0.6;
  double burst_pause_s = 1.0;  // between two shots of a burst, at most
  double lead_s = 0.5;         // before the first shot of a burst: aiming is part of it
  double longest_s = 3.0;      // of a span; what goes on for longer is cut into several
};

/// "turn right", "turn left", "turn around", "walk forward", "walk back" and "fire your weapon", each marked as
/// succeeded, given by the program; in the order of their begin. Spans of different kinds overlap. `actions`: one a
/// tic; `counts_per_turn` > 0; `start`: when tic 0 begins.
[[nodiscard]] std::vector<Instruction> hindsight_motions(std::span<const Action> actions, double counts_per_turn,
                                                         Timestamp start, const MotionRules& rules = {});

}  // namespace atl::envs::desktop
