// What a world can tell beyond its pixels: what else could be asked for, an expert that can act from any state, and
// which object each pixel shows. Used by recorders, trainers and tests, never by a policy that plays.
#pragma once

#include "core/action.h"
#include "core/random.h"
#include "envs/task.h"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace atl::envs {

/// Things of a scene, by their numbers in Oracle::object_ids; number 0 is none.
using ObjectSet = std::bitset<256>;

/// One thing to do that can be asked for in the present scene.
struct Goal {
  std::string family;       // as in Task
  std::string target;       // as in Task
  std::string instruction;  // one phrase for it, drawn from the training phrases
  ObjectSet objects;        // what it speaks of: any of them will do; none where it is about no thing
  ObjectSet places;         // where those are to be brought, as the table in "on the table"; none where nowhere
  bool held_out = false;    // a combination that is kept out of training targets
};

/// How human-like an expert is. All zero: a clean expert.
struct ExpertStyle {
  double noise = 0.0;      // chance a step of a burst of random actions (DART, arXiv 1703.09327)
  double detour = 0.0;     // chance an episode of a deliberate detour
  int reaction_steps = 0;  // steps between what is seen and what is done
};

/// An expert at the environment's present task: asked once per step.
class Expert {
 public:
  virtual ~Expert() = default;
  [[nodiscard]] virtual Action next() = 0;
  /// What the last action was for, in words: "walk to the small red ball"; empty before the first one.
  [[nodiscard]] virtual std::string subgoal() const = 0;
};

/// Of a live world.
class LiveOracle {
 public:
  virtual ~LiveOracle() = default;

  /// An expert for the present episode, to be asked before each step of the action clock, on any one thread; null
  /// before the first reset. Reads what the world tells: do not outlive it. Throws Error(kUsage) for a task that it
  /// cannot do, naming those that it can.
  [[nodiscard]] virtual std::unique_ptr<Expert> create_expert(std::uint64_t seed, const ExpertStyle& style) = 0;
};

class Oracle {
 public:
  virtual ~Oracle() = default;

  /// Goals of the present scene: that of the episode's task first, then others that could be asked for instead, though
  /// not all there are. Drawn and phrased anew with numbers from `random`.
  [[nodiscard]] virtual std::vector<Goal> goals(Random& random) = 0;

  /// What a clean expert would do from the present state towards `goal`, one action per element of `chunk`, rolled out
  /// on a copy: the environment does not move and nothing is drawn.
  virtual void expert_chunk(const Goal& goal, std::span<Action> chunk) = 0;

  /// An expert for one player of the present episode, to be asked before each step. Reads the environment: do not
  /// outlive it. Throws Error(kInternal) for a player who is not there.
  [[nodiscard]] virtual std::unique_ptr<Expert> create_expert_for(std::size_t player, std::uint64_t seed,
                                                                  const ExpertStyle& style) = 0;
  /// The first player's.
  [[nodiscard]] std::unique_ptr<Expert> create_expert(std::uint64_t seed, const ExpertStyle& style) {
    return create_expert_for(0, seed, style);
  }

  /// Which object each pixel of the last observation shows: [height, width], 0 none. Valid until the next step.
  [[nodiscard]] virtual std::span<const std::uint8_t> object_ids() = 0;

  /// A hash of the whole state: equal states, equal hashes, on every machine.
  [[nodiscard]] virtual std::uint64_t state_hash() const = 0;
};

}  // namespace atl::envs
