// The experts of the house; all of them act through `Action` alone.
//
// A `Mind` knows what to do next in any state, also one that it would never have come to: its decisions are a function
// of the world alone (it keeps maps and routes, but only to save time), so that it can label a learner's states
// (DAgger, arXiv 1011.0686) and be tried out on copies. `create_expert` wraps it: as it is, or like a person (human.h).
#pragma once

#include "core/action.h"
#include "envs/oracle.h"
#include "envs/playhouse/subgoal.h"
#include "envs/playhouse/world.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace atl::envs::playhouse {

struct Decision {
  Action action;
  Subgoal subgoal;
  bool looks = false;  // the turn of this action aims at something that is seen, not searched for
};

struct ExpertMemory;

class Mind {
 public:
  explicit Mind(std::size_t player);
  ~Mind();
  Mind(Mind&&) noexcept;
  Mind& operator=(Mind&&) noexcept;

  /// The next action of the player in `world`, whose house stays the same between calls (begin with a new Mind for
  /// another one). 5 to 50 us; when something has moved or the goal is new, up to 0.5 ms.
  [[nodiscard]] Decision decide(const World& world);

 private:
  std::unique_ptr<ExpertMemory> memory_;
};

/// An expert for `player` of `world`, which must outlive it and may be reset under it only together with a new expert.
/// `style` all zero: the clean one.
[[nodiscard]] std::unique_ptr<Expert> create_expert(const World& world, std::size_t player, std::uint64_t seed,
                                                    const ExpertStyle& style);

}  // namespace atl::envs::playhouse
