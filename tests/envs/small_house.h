// A house made by hand, for tests: two rooms side by side with a doorway and its door between them, one of each kind of
// fixture, and one toy of each shape and a block. Unlike those of create_house it never changes.
#pragma once

#include "envs/playhouse/house.h"

namespace atl::envs::playhouse {

/// The room in the west is 6 x 5 m, that in the east 5 x 5 m; south-west corner at the origin. Two players start in the
/// western room.
[[nodiscard]] House create_small_house(std::uint32_t reskin = 0);

/// The number of the first fixture of this kind; the small house has one of each, but two lamps and light switches.
[[nodiscard]] std::size_t fixture_of(const House& house, FixtureKind kind);
/// The number of the first thing of this shape.
[[nodiscard]] std::size_t thing_of(const House& house, Shape shape);

}  // namespace atl::envs::playhouse
