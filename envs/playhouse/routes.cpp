#include "envs/playhouse/routes.h"

#include "envs/playhouse/bodies.h"
#include "envs/playhouse/physics.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kMargin = from_cm(6);
constexpr int kStraight = 5;
constexpr int kSlanted = 7;
constexpr int kDoorPrice = 60;                  // 1.5 m
constexpr std::int32_t kDownFrom = 2 * kMetre;  // from the middle of a bed, onto which somebody has jumped
constexpr int kMaxStep = kSlanted + kDoorPrice;

struct GridStep {
  int x = 0;
  int y = 0;
};
constexpr std::array<GridStep, 8> kSteps{
    {{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}}};  // straight ones first

// Calls `visit(next, cost)` for the free neighbours of a cell; slanted steps do not cut corners. No row wraps, because
// the cells at the grid's border lie in the outer walls.
template <class Visit>
void for_each_neighbour(const FloorMap& floor, int index, Visit visit) {
  const int width = floor.width();
  const int size = width * floor.height();
  for (std::size_t d = 0; d < kSteps.size(); ++d) {
    const auto [x, y] = kSteps[d];
    const int next = index + x + y * width;
    if (next < 0 || next >= size || !floor.is_free(next)) continue;
    if (d >= 4 && (!floor.is_free(index + x) || !floor.is_free(index + y * width))) continue;
    visit(next, d < 4 ? kStraight : kSlanted);
  }
}

}  // namespace

template <class Touches>
void FloorMap::mark(const Rect& box, std::uint8_t value, Touches touches) {
  const auto cell = [](std::int32_t v, std::int32_t low, int count) {
    return std::clamp((v - low) / kRouteGrid, 0, count - 1);
  };
  for (int y = cell(box.low.y, low_.y, height_); y <= cell(box.high.y, low_.y, height_); ++y) {
    for (int x = cell(box.low.x, low_.x, width_); x <= cell(box.high.x, low_.x, width_); ++x) {
      const Vec2 middle{low_.x + x * kRouteGrid + kRouteGrid / 2, low_.y + y * kRouteGrid + kRouteGrid / 2};
      if (touches(middle)) cells_[static_cast<std::size_t>(y * width_ + x)] = value;
    }
  }
}

void FloorMap::block_circle(Vec2 middle, std::int32_t radius) {
  const Rect box{{middle.x - radius, middle.y - radius}, {middle.x + radius, middle.y + radius}};
  mark(box, kBlocked, [&](Vec2 p) { return length_squared(p - middle) < square(radius); });
}

void FloorMap::build(const House& house, const State& state, Care care, std::uint8_t other) {
  const std::int32_t reach_around = kBodyRadius + (care == Care::kWide ? kMargin : 0);
  const Rect bounds = house.bounds();
  low_ = bounds.low;
  width_ = (bounds.high.x - bounds.low.x) / kRouteGrid + 1;
  height_ = (bounds.high.y - bounds.low.y) / kRouteGrid + 1;
  cells_.assign(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_), kBlocked);
  for (std::size_t i = 0; i < house.cells.size(); ++i) {
    const bool is_room = i < static_cast<std::size_t>(house.num_rooms);
    const Rect& floor = house.cells[i].floor;
    const Rect reach{{floor.low.x - reach_around, floor.low.y - reach_around},
                     {floor.high.x + reach_around, floor.high.y + reach_around}};
    // A doorway is entered from both rooms; only its own stretch is the doorway's, the rest is inside the rooms anyhow.
    const Rect inner = shrunk(floor, kBodyRadius);
    mark(is_room ? floor : reach, kFree,
         [&](Vec2 p) { return (is_room && inner.contains(p)) || is_inside_walls(house, p, kBodyRadius); });
  }
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    const Fixture& fixture = house.fixtures[i];
    if (!is_solid(house, state, i, 0, kBodyHeight)) continue;
    const bool is_door = fixture.kind == FixtureKind::kDoor && !house.is_gate(i);
    const std::int32_t reach = is_door ? kBodyRadius : reach_around;
    const Rect around{{fixture.floor.low.x - reach, fixture.floor.low.y - reach},
                      {fixture.floor.high.x + reach, fixture.floor.high.y + reach}};
    mark(around, is_door ? static_cast<std::uint8_t>(i) : kBlocked, [&](Vec2 p) {
      const bool touches = length_squared(away_from(fixture.floor, p)) < square(reach);
      return touches && (!is_door || is_inside_walls(house, p, kBodyRadius));
    });
  }
  for (std::size_t i = 0; care != Care::kThrough && i < house.things.size(); ++i) {
    const ThingState& thing = state.things[i];
    if (thing.place != Place::kResting || thing.position.z >= kBodyHeight) continue;
    if (thing.support.is_fixture()) continue;  // the fixture is in the way already
    block_circle(thing.position.flat(), body_of(house.things[i].kind).radius + reach_around);
  }
  if (other != kNothing) block_circle(state.players[other].position, kBodyRadius + reach_around);
}

int FloorMap::index_of(Vec2 p) const {
  const int x = std::clamp((p.x - low_.x) / kRouteGrid, 0, width_ - 1);
  const int y = std::clamp((p.y - low_.y) / kRouteGrid, 0, height_ - 1);
  return y * width_ + x;
}

Vec2 FloorMap::middle_of(int index) const {
  return {low_.x + index % width_ * kRouteGrid + kRouteGrid / 2, low_.y + index / width_ * kRouteGrid + kRouteGrid / 2};
}

std::uint8_t FloorMap::door_of(int index) const {
  const std::uint8_t value = cells_[static_cast<std::size_t>(index)];
  return value < kFree ? value : kNothing;
}

bool FloorMap::is_straight(Vec2 from, Vec2 to) const {
  const Vec2 way = to - from;
  const std::int32_t steps = std::max(length(way) / (kRouteGrid / 2), 1);
  for (std::int32_t i = 1; i <= steps; ++i) {
    const auto part = [&](std::int32_t v) { return static_cast<std::int32_t>(std::int64_t{v} * i / steps); };
    if (cells_[static_cast<std::size_t>(index_of({from.x + part(way.x), from.y + part(way.y)}))] != kFree) return false;
  }
  return true;
}

int FloorMap::nearest_free(Vec2 p, std::int32_t within) const {
  const int here = index_of(p);
  if (is_free(here)) return here;
  int best = -1;
  std::int64_t least = square(within);
  const int reach = within / kRouteGrid + 1;
  for (int y = std::max(here / width_ - reach, 0); y <= std::min(here / width_ + reach, height_ - 1); ++y) {
    for (int x = std::max(here % width_ - reach, 0); x <= std::min(here % width_ + reach, width_ - 1); ++x) {
      const int index = y * width_ + x;
      if (!is_free(index)) continue;
      const std::int64_t distance = length_squared(middle_of(index) - p);
      if (distance >= least) continue;
      best = index;
      least = distance;
    }
  }
  return best;
}

std::vector<bool> cells_joined_to(const FloorMap& floor, int index) {
  const int width = floor.width();
  const int size = width * floor.height();
  std::vector<bool> joined(static_cast<std::size_t>(size));
  std::vector<int> open;
  const auto offer = [&](int next) {
    if (next < 0 || next >= size || !floor.is_free(next) || joined[static_cast<std::size_t>(next)]) return;
    joined[static_cast<std::size_t>(next)] = true;
    open.push_back(next);
  };
  offer(index);
  while (!open.empty()) {
    const int here = open.back();
    open.pop_back();
    for (const int step : {1, -1, width, -width}) offer(here + step);  // slanted steps cut no corners: they add none
  }
  return joined;
}

void RouteMap::build(const FloorMap& floor, const std::vector<int>& goals) {
  distances_.assign(static_cast<std::size_t>(floor.width()) * static_cast<std::size_t>(floor.height()), kUnreachable);
  // Steps cost at most kMaxStep, so that a ring of buckets one larger holds all that is open.
  buckets_.resize(kMaxStep + 1);
  for (std::vector<int>& bucket : buckets_) bucket.clear();
  std::size_t open = 0;
  const auto offer = [&](int index, int distance) {
    std::uint16_t& known = distances_[static_cast<std::size_t>(index)];
    if (distance >= known) return;
    known = static_cast<std::uint16_t>(distance);
    buckets_[static_cast<std::size_t>(distance) % buckets_.size()].push_back(index);
    ++open;
  };
  for (const int goal : goals) {
    if (floor.is_free(goal)) offer(goal, 0);
  }
  for (int distance = 0; open > 0; ++distance) {
    std::vector<int>& bucket = buckets_[static_cast<std::size_t>(distance) % buckets_.size()];
    for (std::size_t i = 0; i < bucket.size(); ++i) {
      const int index = bucket[i];
      if (distances_[static_cast<std::size_t>(index)] != distance) continue;
      for_each_neighbour(floor, index, [&](int next, int cost) {
        const bool enters_door = floor.door_of(next) != kNothing && floor.door_of(index) == kNothing;
        offer(next, std::min(distance + cost + (enters_door ? kDoorPrice : 0), kUnreachable - 1));
      });
    }
    open -= bucket.size();
    bucket.clear();
  }
}

RouteMap::Next RouteMap::next(const FloorMap& floor, Vec2 from, int look_ahead) const {
  Next result;
  int index = floor.nearest_free(from);
  if (index < 0) index = floor.nearest_free(from, kDownFrom);
  if (index < 0 || distance(index) == kUnreachable) return result;
  result.is_reachable = true;
  result.distance = distance(index);
  result.point = floor.middle_of(index);
  for (int i = 0; i < look_ahead && distance(index) > 0; ++i) {
    int best = index;
    for_each_neighbour(floor, index, [&](int next, int) {
      if (distance(next) < distance(best)) best = next;
    });
    if (best == index) break;
    index = best;
    if (floor.door_of(index) != kNothing) {
      result.door = floor.door_of(index);
      break;
    }
    const Vec2 point = floor.middle_of(index);
    if (floor.is_straight(from, point)) result.point = point;
  }
  return result;
}

}  // namespace atl::envs::playhouse
