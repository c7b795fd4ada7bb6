// A player: what produces actions in a session. A person, a scripted expert, a policy, a recorded demo.
#pragma once

#include "core/action.h"
#include "envs/task.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::session {

class Believer;
class Narrator;

/// How a player wants to be asked.
struct PlayerTiming {
  int actions_per_question = 1;  // asked once per this many steps
  int delay_steps = 0;           // its answer to the observation of step t starts at step t + delay_steps
};

class Player {
 public:
  virtual ~Player() = default;
  [[nodiscard]] virtual std::string name() const = 0;  // "expert", "human", a run's name: goes into recordings
  [[nodiscard]] virtual Origin origin() const = 0;
  [[nodiscard]] virtual PlayerTiming timing() const = 0;

  /// A new episode begins. `seed` seeds all randomness of the player.
  virtual void begin(std::uint64_t seed) = 0;

  /// The actions from step `observation.step + delay_steps` on, at least actions_per_question of them. `held_before`:
  /// what is held when the first of them begins.
  [[nodiscard]] virtual std::vector<Action> act(const envs::Observation& observation,
                                                const ControlSet& held_before) = 0;

  /// Who says what this player does (session/narrator.h); null where nobody does. Owned by the player.
  [[nodiscard]] virtual const Narrator* narrator() const { return nullptr; }
  /// What this player believes of its instruction (session/believer.h); null where it believes nothing. Owned by the
  /// player.
  [[nodiscard]] virtual const Believer* believer() const { return nullptr; }
};

}  // namespace atl::session
