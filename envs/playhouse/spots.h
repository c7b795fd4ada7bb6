// Free places: where a thing could be put so that a clause holds, and whether a straight way is clear. Asked when
// quests are drawn, so that they can be carried out, and by the expert, which aims at what it finds here.
#pragma once

#include "envs/playhouse/quest.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace atl::envs::playhouse {

/// Where a thing would rest: the middle of its underside.
struct Spot {
  Vec3 position;
  Entity support;  // nothing: the floor
};

/// A place for `thing` (wherever it is now) where the relation of a kPut or kStack clause would hold; nothing if there
/// is none. One can stand before the place and point at it. The same place for the same state. `near`: of several,
/// about the nearest to it.
[[nodiscard]] std::optional<Spot> find_spot(const House& house, const State& start, const State& state,
                                            const Clause& clause, const Targets& targets, std::size_t thing, Vec2 near,
                                            const std::function<bool(Vec2)>& is_reachable);

/// A free place for `thing` on the floor of `area`, of those that `accepts` takes: about the nearest to its middle that
/// one can stand before and point at.
[[nodiscard]] std::optional<Spot> find_floor_spot(const House& house, const State& state, std::size_t thing,
                                                  const Rect& area, const std::function<bool(const Spot&)>& accepts,
                                                  const std::function<bool(Vec2)>& is_reachable);

/// Whether somebody who stands at `p` could put the crosshair on the place, near enough to put `thing` there. Of
/// furniture any part will do: things are put onto the nearest free place of its top or inside. `slack`: by how much
/// better than just so.
[[nodiscard]] bool can_point(const House& house, const State& state, std::size_t player, Vec2 p, const Spot& spot,
                             std::size_t thing, std::int32_t slack);

/// Whether `thing`, lying at `from`, could be pushed straight to `place`: it is neither too near nor farther than 4 m,
/// there is room for the body behind it, and the way before it is clear.
[[nodiscard]] bool can_be_pushed(const House& house, const State& state, std::size_t thing, Vec2 from, Entity place,
                                 const std::function<bool(Vec2)>& is_reachable);

/// Whether a body of `radius` can go straight from `from` to `to` on the floor: inside the walls, past furniture and
/// things but `ignored`.
[[nodiscard]] bool is_clear_way(const House& house, const State& state, Vec2 from, Vec2 to, std::int32_t radius,
                                std::uint64_t ignored_things);

}  // namespace atl::envs::playhouse
