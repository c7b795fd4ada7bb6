// Are the judges of a profile right? Scripted hands carry each instruction out, and do its opposite or nothing, as the
// profile's [[trials]] say, in the running game and through the guard like anyone else.
#pragma once

#include "envs/desktop/game/live_game.h"
#include "envs/desktop/game/profile.h"
#include "envs/task.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// An episode with `instruction` in which `hands` are carried out, line after line. Returns what the judge says once it
/// has said something, or when `wait_s` after the hands rest are over. Throws like parse_hands.
[[nodiscard]] Outcome play_hands(LiveGame& world, std::uint64_t seed, const std::string& instruction,
                                 const std::vector<std::string>& hands, double wait_s);

/// What a trial found, from one start.
struct TrialResult {
  std::string instruction;
  std::size_t start = 0;  // index of [reset] starts
  int tries = 0;          // that were made to carry it out, until the judge said success
  Outcome done;           // of the last of them
  Outcome not_done;       // of the hands that do not carry it out

  [[nodiscard]] bool yes_seen() const { return done.verdict == Verdict::kSuccess; }
  /// Without a success of what was not done; an episode that broke off shows nothing.
  [[nodiscard]] bool no_seen() const {
    return not_done.verdict != Verdict::kSuccess && not_done.verdict != Verdict::kAborted;
  }
};

/// Plays every trial of `profile`, those from one start in one run of the game after the other. `on_result` is called
/// after each. Throws Error(kEnvironment) when the game is missing or does not come to its start.
void try_instructions(const GameProfile& profile, const LiveGameConfig& config,
                      const std::function<void(const TrialResult&)>& on_result);

}  // namespace atl::envs::desktop
