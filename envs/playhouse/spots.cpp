#include "envs/playhouse/spots.h"

#include "envs/playhouse/bodies.h"
#include "envs/playhouse/judge.h"
#include "envs/playhouse/physics.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kSpotNear = from_cm(45);  // from where a thing is to be put to who puts it there
constexpr std::int32_t kSpotFar = from_cm(115);
constexpr std::int32_t kHighestTop = from_cm(125);  // higher ones are not seen from above
constexpr std::int32_t kSpotSlack = from_cm(8);
constexpr std::int32_t kStride = from_cm(10);
constexpr int kDirections = 24;

// Nobody is in the way of what will be.
void lift_players(const House& house, State& state) {
  for (std::size_t p = 0; p < static_cast<std::size_t>(house.level->players); ++p) state.players[p].z = 2 * kRoomHeight;
}

// Would the clause hold with the thing there?
bool would_hold(const House& house, const State& start, const State& state, const Clause& clause,
                const Targets& targets, std::size_t thing, const Spot& spot) {
  State after = state;
  after.things[thing].position = spot.position;
  after.things[thing].support = spot.support;
  after.things[thing].place = Place::kResting;
  return is_related(house, start, after, clause, targets, thing);
}

class Search {
 public:
  Search(const House& house, const State& state, std::size_t thing, const std::function<bool(const Spot&)>& accepts,
         Vec2 near, const std::function<bool(Vec2)>& is_reachable)
      : house_(house),
        state_(state),
        thing_(thing),
        body_(body_of(house.things[thing].kind)),
        accepts_(accepts),
        near_(near),
        is_reachable_(is_reachable) {}

  std::optional<Spot> find(const Clause& clause, const Targets& targets) {
    const bool on_or_in = clause.verb == Verb::kStack || clause.relation <= Relation::kIn;
    for (std::size_t id = 0; id < targets.places.size(); ++id) {
      if (!targets.places.test(id) || id == thing_) continue;
      const Entity place{static_cast<std::uint8_t>(id)};
      if (!on_or_in) {
        around(place);
      } else if (place.is_fixture()) {
        on_fixture(place, clause.relation == Relation::kIn);
      } else if (place.is_thing()) {
        on_thing(place);
      }
    }
    return best_;
  }

  std::optional<Spot> find_on_floor(const Rect& area) {
    constexpr std::int32_t kFloorStride = from_cm(20);
    const Rect limits = shrunk(area, body_.radius);
    for (std::int32_t x = limits.low.x; x <= limits.high.x; x += kFloorStride) {
      for (std::int32_t y = limits.low.y; y <= limits.high.y; y += kFloorStride) offer({{x, y, 0}, {}});
    }
    return best_;
  }

 private:
  void offer(Spot spot) {
    // Blocks snap to their grid on the floor, not on furniture.
    const bool is_block = house_.things[thing_].kind.shape == Shape::kBlock && !spot.support.is_some();
    if (is_block) spot.position = snapped_to_blocks(spot.position);
    const std::int64_t distance = length_squared(spot.position.flat() - near_);
    // A place that one need not hit exactly is better than a near one.
    if (best_ && is_roomy_ && distance >= least_) return;
    if (!is_good(spot)) return;
    const bool is_roomy = is_block || is_good_about(spot);
    if (best_ && (is_roomy_ > is_roomy || (is_roomy_ == is_roomy && distance >= least_))) return;
    if (!can_be_stood_at(spot)) return;
    best_ = spot;
    least_ = distance;
    is_roomy_ = is_roomy;
  }

  [[nodiscard]] bool is_good(const Spot& spot) const {
    if (!is_free(house_, state_, spot.position, body_, {set_of(thing_), kNothing})) return false;
    const Support below = support_below(house_, state_, spot.position, body_, set_of(thing_));
    return below.z == spot.position.z && below.entity == spot.support && accepts_(spot);
  }

  [[nodiscard]] bool is_good_about(const Spot& spot) const {
    if (spot.support.is_thing()) return true;  // it is put onto the middle, wherever one points
    constexpr std::int32_t kOff = from_cm(4);
    for (const Vec2 off : {Vec2{kOff, kOff}, Vec2{-kOff, -kOff}, Vec2{kOff, -kOff}, Vec2{-kOff, kOff}}) {
      if (!is_good({{spot.position.x + off.x, spot.position.y + off.y, spot.position.z}, spot.support})) return false;
    }
    return true;
  }

  // Whether there is a place to stand from which one can point at the spot.
  [[nodiscard]] bool can_be_stood_at(const Spot& spot) const {
    for (const std::int32_t reach : {from_cm(70), from_cm(90), from_cm(105)}) {
      for (int i = 0; i < kDirections; i += 2) {
        const Vec2 at = spot.position.flat() + from_view({0, reach}, i * (kTurn / kDirections));
        if (!is_reachable_(at)) continue;
        State there = state_;
        there.things[thing_].place = Place::kHeld;
        if (!is_free(house_, there, {at.x, at.y, 0}, {kBodyRadius + from_cm(3), kBodyHeight}, {0, kNothing})) continue;
        if (can_point(house_, there, 0, at, spot, thing_, kSpotSlack)) return true;
      }
    }
    return false;
  }

  void on_fixture(Entity place, bool into) {
    const Fixture& fixture = house_.fixtures[place.fixture()];
    // A shut box will have been opened by then, an open one shut.
    const std::int32_t margin = body_.radius + (into ? kContainerWall + 1 : 0);
    const Rect limits = shrunk(fixture.floor, margin);
    const std::int32_t z = into ? kContainerBottom : fixture.height;
    for (std::int32_t x = limits.low.x; x <= limits.high.x; x += kStride) {
      for (std::int32_t y = limits.low.y; y <= limits.high.y; y += kStride) offer({{x, y, z}, place});
    }
    const Vec2 middle = limits.middle();
    offer({{middle.x, middle.y, z}, place});
  }

  void on_thing(Entity place) {
    const ThingState& below = state_.things[place.thing()];
    const Kind kind = house_.things[place.thing()].kind;
    const std::int32_t top = below.position.z + body_of(kind).height;
    if (below.place != Place::kResting || !has_flat_top(kind.shape) || top > kHighestTop) return;
    offer({{below.position.x, below.position.y, top}, place});
  }

  void around(Entity place) {
    // Beside what stands on the floor; on furniture there is seldom room.
    if (place.is_thing()) {
      const ThingState& thing = state_.things[place.thing()];
      if (thing.place != Place::kResting || thing.support.is_some()) return;
    }
    const Extent extent = extent_of(house_, state_, place);
    const Vec2 middle = extent.middle.flat();
    const std::int32_t near = std::min(extent.half.x, extent.half.y) + body_.radius;
    const std::int32_t far = std::max(extent.half.x, extent.half.y) + body_.radius + from_cm(70);
    for (std::int32_t reach = near + from_cm(8); reach < far; reach += kStride) {
      for (int i = 0; i < kDirections; ++i) {
        const Vec2 at = middle + from_view({0, reach}, i * (kTurn / kDirections));
        offer({{at.x, at.y, 0}, {}});
      }
    }
  }

  const House& house_;
  const State& state_;
  const std::size_t thing_;
  const Body body_;
  const std::function<bool(const Spot&)>& accepts_;
  const Vec2 near_;
  const std::function<bool(Vec2)>& is_reachable_;
  std::optional<Spot> best_;
  std::int64_t least_ = 0;
  bool is_roomy_ = false;
};

}  // namespace

std::optional<Spot> find_spot(const House& house, const State& start, const State& state, const Clause& clause,
                              const Targets& targets, std::size_t thing, Vec2 near,
                              const std::function<bool(Vec2)>& is_reachable) {
  // Where a box is to be opened or shut first, its lid is taken to be as it will be.
  State then = state;
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    if (!has_lid(house.fixtures[i].kind) || !holds(targets.places, fixture_entity(i))) continue;
    const bool open = clause.verb == Verb::kPut && clause.relation == Relation::kIn;
    then.fixtures[i].angle = static_cast<std::int16_t>(open ? kOpenAngle : 0);
  }
  lift_players(house, then);
  const auto holds_there = [&](const Spot& spot) {
    return would_hold(house, start, then, clause, targets, thing, spot);
  };
  return Search(house, then, thing, holds_there, near, is_reachable).find(clause, targets);
}

std::optional<Spot> find_floor_spot(const House& house, const State& state, std::size_t thing, const Rect& area,
                                    const std::function<bool(const Spot&)>& accepts,
                                    const std::function<bool(Vec2)>& is_reachable) {
  State then = state;
  lift_players(house, then);
  return Search(house, then, thing, accepts, area.middle(), is_reachable).find_on_floor(area);
}

bool can_point(const House& house, const State& state, std::size_t player, Vec2 p, const Spot& spot, std::size_t thing,
               std::int32_t slack) {
  const Vec2 away = spot.position.flat() - p;
  const std::int64_t distance = length_squared(away);
  const std::int32_t beside = body_of(house.things[thing].kind).radius + kBodyRadius + from_cm(5);
  // Furniture keeps the body away by itself.
  const std::int32_t near = spot.support.is_fixture() ? from_cm(20) : std::max(kSpotNear, beside);
  if (distance > square(kSpotFar - slack) || distance < square(near + slack)) return false;
  const std::int64_t down = spot.position.z - kEyeHeight;
  const std::int64_t length = square_root(distance + down * down);
  if (length > kReach - from_cm(3) - slack) return false;
  const auto part = [&](std::int64_t v) { return static_cast<std::int32_t>((v << 16) / length); };
  const Hit hit = follow(house, state, {p.x, p.y, kEyeHeight}, {part(away.x), part(away.y), part(down)}, kReach,
                         {player_entity(player), thing_entity(thing), {}});
  if (hit.is_free || hit.entity != spot.support) return false;
  return hit.is_surface || spot.support.is_fixture();
}

bool can_be_pushed(const House& house, const State& state, std::size_t thing, Vec2 from, Entity place,
                   const std::function<bool(Vec2)>& is_reachable) {
  const std::int32_t radius = body_of(house.things[thing].kind).radius;
  const Extent extent = extent_of(house, state, place);
  const Vec2 way = extent.middle.flat() - from;
  const std::int32_t distance = length(way);
  if (distance < from_cm(130) + extent.half.x || distance > 4 * kMetre) return false;
  const auto along = [&](std::int32_t metres) {
    return Vec2{static_cast<std::int32_t>(std::int64_t{way.x} * metres / distance),
                static_cast<std::int32_t>(std::int64_t{way.y} * metres / distance)};
  };
  const std::int32_t stop = distance - std::max(extent.half.x, extent.half.y) - radius - from_cm(20);
  const ThingSet both = set_of(thing) | (place.is_thing() ? set_of(place.thing()) : 0);
  return stop > from_cm(60) && is_reachable(from - along(radius + kBodyRadius + from_cm(30))) &&
         is_clear_way(house, state, from - along(radius + 2 * kBodyRadius + from_cm(30)), from,
                      kBodyRadius + from_cm(10), both) &&
         is_clear_way(house, state, from, from + along(stop), std::max(radius, kBodyRadius) + from_cm(22), both);
}

bool is_clear_way(const House& house, const State& state, Vec2 from, Vec2 to, std::int32_t radius,
                  std::uint64_t ignored_things) {
  State without = state;
  lift_players(house, without);
  const Vec2 way = to - from;
  const std::int32_t strides = std::max(length(way) / kStride, 1);
  for (std::int32_t i = 0; i <= strides; ++i) {
    const auto part = [&](std::int32_t v) { return static_cast<std::int32_t>(std::int64_t{v} * i / strides); };
    const Vec2 at{from.x + part(way.x), from.y + part(way.y)};
    if (!is_free(house, without, {at.x, at.y, 0}, {radius, kBodyHeight}, {ignored_things, kNothing})) return false;
  }
  return true;
}

}  // namespace atl::envs::playhouse
