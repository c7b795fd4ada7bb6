// Finds the views of Playhouse's houses that show something best, for pictures that people look at.
#pragma once

#include "envs/playhouse/house.h"
#include "envs/playhouse/state.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace atl::tools {

struct HouseView {
  std::uint64_t seed = 0;
  envs::playhouse::House house;
  envs::playhouse::State state;  // player 0 looks
};

/// What a small picture of 80x60 px shows of each entity.
struct Seen {
  std::array<int, envs::playhouse::kMaxEntities> pixels{};     // by Entity::id
  std::array<bool, envs::playhouse::kMaxEntities> is_whole{};  // does not touch the border
  [[nodiscard]] int of(envs::playhouse::Entity entity) const { return pixels[entity.id]; }
};

/// Where to look from, in a house; and how good what is seen is: 0 for views that will not do.
using Views = std::function<std::vector<envs::playhouse::State>(const envs::playhouse::House& house)>;
using Rating = std::function<int(const HouseView& view, const Seen& seen)>;

/// The best of all views of the first `num_houses` houses of a level, the same on every machine. Throws
/// Error(kInternal) if none will do.
[[nodiscard]] HouseView best_view(std::string_view level, std::uint64_t num_houses, const Views& views,
                                  const Rating& rating);

/// Turns player 0 to a point.
void look_at(envs::playhouse::State& state, envs::playhouse::Vec3 point);

/// Every light, lamp and TV of the house on.
void light_up(const envs::playhouse::House& house, envs::playhouse::State& state);

/// Views of a fixture from several sides and distances in front of it, as things are at the start.
[[nodiscard]] std::vector<envs::playhouse::State> views_of_fixture(const envs::playhouse::House& house,
                                                                   const envs::playhouse::State& start,
                                                                   std::size_t fixture);

/// Views from along the walls of a room across it.
[[nodiscard]] std::vector<envs::playhouse::State> views_of_room(const envs::playhouse::House& house,
                                                                const envs::playhouse::State& start, std::size_t room);

}  // namespace atl::tools
