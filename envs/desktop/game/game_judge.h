// Decides how an episode in a real game stands, from what everybody can see: its pictures.
#pragma once

#include "core/frame.h"
#include "envs/desktop/game/profile.h"
#include "envs/task.h"

#include <memory>
#include <string>

namespace atl::envs::desktop {

/// One thread at a time; LiveGame locks.
class GameJudge {
 public:
  virtual ~GameJudge() = default;
  /// A new episode. Throws Error(kEnvironment) for a task that it cannot judge.
  virtual void begin(const Task& task) = 0;
  /// A new picture of the window, in its full size.
  virtual void see(const Frame& frame) = 0;
  [[nodiscard]] virtual const Outcome& outcome() const = 0;
};

/// The judge that the profile names, as far as it sees pictures: messages of Doom ("doom_pickups"), else free play,
/// which never ends ("none"; and "program", whose verdicts LiveGame reads from the program itself).
[[nodiscard]] std::unique_ptr<GameJudge> create_judge(const GameProfile& profile);

/// "pick up the pump-action shotgun" in Doom: succeeds when the message line says so. A task that names no target is
/// free play and never ends by itself. `wad`: path of the WAD that the game plays, for its font and texts.
[[nodiscard]] std::unique_ptr<GameJudge> create_doom_judge(const std::string& wad);

}  // namespace atl::envs::desktop
