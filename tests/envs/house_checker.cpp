// What is wrong with a house, part by part: house_checker_parts.h.
#include "house_checker.h"

#include "house_checker_parts.h"
#include "house_picture.h"

#include <gtest/gtest.h>

namespace atl::envs::playhouse {
namespace checker {

Box before_wall(const Box& room, Side side, double begin, double end, double depth) {
  switch (side) {
    case Side::kNorth: return {begin, room.y1 - std::max(depth, 0.0), end, room.y1 - std::min(depth, 0.0)};
    case Side::kSouth: return {begin, room.y0 + std::min(depth, 0.0), end, room.y0 + std::max(depth, 0.0)};
    case Side::kEast: return {room.x1 - std::max(depth, 0.0), begin, room.x1 - std::min(depth, 0.0), end};
    case Side::kWest: return {room.x0 + std::min(depth, 0.0), begin, room.x0 + std::max(depth, 0.0), end};
  }
  return room;
}

std::vector<Box> Part::kept_free(std::size_t room) const {
  std::vector<Box> kept;
  for (const Portal& p : house_.cells[room].portals) {
    kept.push_back(before_wall(floor_of(room), p.side, metres(p.begin), metres(p.end), 1.0));
  }
  for (const Fixture& f : house_.fixtures) {
    if (f.kind == FixtureKind::kDoor) kept.push_back(to_box(swept_by(f)));
  }
  return kept;
}

int Part::support_of(const Thing& thing) const {
  if (thing.position.z == 0) return -1;
  const double radius = metres(body_of(thing.kind).radius);
  const Point p = to_point(thing.position.flat());
  const Box body{p.x - radius, p.y - radius, p.x + radius, p.y + radius};
  for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
    const Fixture& f = house_.fixtures[i];
    Box space = to_box(f.floor);
    std::int32_t z = f.height;
    if (is_container(f.kind)) {
      const double wall = metres(kContainerWall);
      space = {space.x0 + wall, space.y0 + wall, space.x1 - wall, space.y1 - wall};
      z = f.bottom + kContainerBottom;
    } else if (!has_top(f.kind)) {
      continue;
    }
    if (z == thing.position.z && inside(body, space)) return static_cast<int>(i);
  }
  return -2;
}

}  // namespace checker

std::vector<std::string> problems_of(const House& house) {
  std::vector<std::string> problems;
  checker::check_plan(house, problems);
  checker::check_fixtures(house, problems);
  checker::check_things(house, problems);
  checker::check_ways(house, problems);
  return problems;
}

void expect_whole(const House& house, std::uint64_t seed) {
  const std::vector<std::string> problems = problems_of(house);
  if (problems.empty()) return;
  ADD_FAILURE() << house.level->name << ", seed " << seed << ": " << problems.size()
                << " problems, first: " << problems.front() << "\n"
                << picture_of(house);
}

}  // namespace atl::envs::playhouse
