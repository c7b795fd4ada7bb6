// The experts of the house; all of them act through `Action` alone.
//
// A `Mind` knows what to do next in any state, also one that it would never have come to: its decisions are a function
// of the world alone (it keeps maps and routes, but only to save time), so that it can label a learner's states
// (DAgger, arXiv 1011.0686) and be tried out on copies. `create_expert` wraps it: as it is, or like a person (human.h).
#pragma once

#include "core/action.h"
#include "envs/oracle.h"
#include "envs/playhouse/routes.h"
#include "envs/playhouse/spots.h"
#include "envs/playhouse/world.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace atl::envs::playhouse {

/// What the expert is about at the moment.
struct Subgoal {
  enum class Kind : std::uint8_t {
    kWait,
    kWander,
    kMakeWay,
    kTurnAround,
    kWalk,
    kJump,
    kLookFor,
    kGoTo,
    kLookAt,
    kTake,
    kCarry,
    kPutDown,
    kOpen,
    kClose,
    kTurnOn,
    kTurnOff,
    kPress,
    kPush,
    kGive,
    kOpenMenu,
    kOpenBag,
    kCloseScreen,
    kStore,
    kTakeOut,
    kClick,
    kEnter
  };
  Kind kind = Kind::kWait;
  Entity entity{};               // what it is about, if anything
  Entity to{};                   // of kCarry, kGive and kPush: where to, if that can be said
  std::uint8_t room = kNothing;  // of kEnter
};
/// "walk to the small red ball", "open the door", "carry the big blue cube to the table".
[[nodiscard]] std::string to_text(const House& house, const Subgoal& subgoal);

struct Decision {
  Action action;
  Subgoal subgoal;
  bool looks = false;  // the turn of this action aims at something that is seen, not searched for
};

class Mind {
 public:
  explicit Mind(std::size_t player) : player_(player) {}

  /// The next action of the player in `world`, whose house stays the same between calls (begin with a new Mind for
  /// another one). 5 to 50 us; when something has moved or the goal is new, up to 0.5 ms.
  [[nodiscard]] Decision decide(const World& world);

 private:
  class Step;
  // A way to where something can be done, kept until something that stands about moves.
  struct Way {
    std::uint64_t key = 0;
    std::uint64_t floor = 0;
    std::uint64_t last_used = 0;
    FloorMap::Care care = FloorMap::Care::kWide;
    RouteMap routes;
  };
  struct KnownFloor {
    std::uint64_t version = 0;
    FloorMap map;
  };
  struct KnownSpot {
    std::uint64_t key = 0;
    std::optional<Spot> spot;
  };

  std::size_t player_;
  std::uint64_t clock_ = 0;
  std::array<KnownFloor, 3> floors_;  // by FloorMap::Care
  RouteMap from_here_;
  std::vector<Way> ways_;
  std::vector<KnownSpot> spots_;
  std::uint64_t plan_key_ = 0;
  std::vector<Vec3> plan_;  // of what is being built: where its blocks go
};

/// An expert for `player` of `world`, which must outlive it and may be reset under it only together with a new expert.
/// `style` all zero: the clean one.
[[nodiscard]] std::unique_ptr<Expert> create_expert(const World& world, std::size_t player, std::uint64_t seed,
                                                    const ExpertStyle& style);

}  // namespace atl::envs::playhouse
