#include "envs/playhouse/walking.h"

#include "envs/playhouse/bodies.h"

#include <algorithm>
#include <bit>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kOneOverRootTwo = 46341;   // Q16
constexpr std::int32_t kContact = kMetre / 1000;  // bodies that overlap by less only touch: what rounding leaves
constexpr std::int32_t kCarryDrop = from_cm(35);  // what is held hangs this far below the line of sight

Vec2 intended_step(std::uint16_t down, std::int32_t heading) {
  const auto axis = [&](KeyBit plus, KeyBit minus) { return ((down & plus) ? 1 : 0) - ((down & minus) ? 1 : 0); };
  const Vec2 step{axis(kRight, kLeft), axis(kForward, kBack)};
  if (step == Vec2{}) return {};
  const std::int32_t speed = step.x != 0 && step.y != 0 ? multiply(kWalkPerTick, kOneOverRootTwo) : kWalkPerTick;
  return from_view({step.x * speed, step.y * speed}, heading);
}

// `away` made as long as `reach` and a little more, so that rounding leaves no overlap.
Vec2 stretched(Vec2 away, std::int32_t reach) {
  const std::int64_t distance = std::max(length(away), 1);
  const auto part = [&](std::int32_t v) {
    const std::int64_t scaled = std::int64_t{v} * reach / distance;
    return static_cast<std::int32_t>(scaled + (v > 0 ? 1 : (v < 0 ? -1 : 0)));
  };
  return {part(away.x), part(away.y)};
}

// Out of a box by the shortest way, where the middle of the body is in it.
Vec2 nearest_side(const Rect& box, Vec2 p) {
  const std::int32_t west = p.x - box.low.x;
  const std::int32_t east = box.high.x - p.x;
  const std::int32_t south = p.y - box.low.y;
  const std::int32_t north = box.high.y - p.y;
  const std::int32_t least = std::min({west, east, south, north});
  if (least == west) return {box.low.x, p.y};
  if (least == east) return {box.high.x, p.y};
  return least == south ? Vec2{p.x, box.low.y} : Vec2{p.x, box.high.y};
}

// One player's walk through one tick.
class Walk {
 public:
  Walk(const House& house, State& state, std::size_t player, Events& events)
      : house_(house), state_(state), player_(player), self_(state.players[player]), events_(events) {}

  // Slides along walls, pushes things, is pushed out of furniture; takes no step that leaves it inside of anything.
  void step_by(Vec2 step) {
    const Vec2 before = self_.position;
    Vec2 to = along_walls(before, step);
    for (int round = 0; round < 2; ++round) {
      to = out_of_fixtures(to);
      to = out_of_bodies(to, to - before);
    }
    if (is_valid(to)) {
      self_.position = to;
      return;
    }
    for (const Vec2 part : {Vec2{to.x, before.y}, Vec2{before.x, to.y}}) {
      if (!is_valid(part)) continue;
      self_.position = part;
      return;
    }
  }

  void rise_and_fall(bool jumps) {
    if (self_.z == 0 && self_.rise_speed == 0 && !jumps) return;
    const std::int32_t ground = level_below();
    if (jumps && self_.z == ground) {
      self_.rise_speed = kJumpSpeed;
      events_.add({EventKind::kJumped, static_cast<std::uint8_t>(player_)});
    }
    self_.z += self_.rise_speed;
    self_.rise_speed -= kGravityPerTick;
    if (self_.z > ground) return;
    self_.z = ground;
    self_.rise_speed = 0;
  }

 private:
  [[nodiscard]] Vec2 along_walls(Vec2 from, Vec2 step) const {
    if (is_inside_walls(house_, from + step, kBodyRadius)) return from + step;
    const Vec2 x{from.x + step.x, from.y};
    const Vec2 y{from.x, from.y + step.y};
    if (is_inside_walls(house_, x, kBodyRadius)) return x;
    if (is_inside_walls(house_, y, kBodyRadius)) return y;
    return from;
  }

  [[nodiscard]] bool meets(std::int32_t bottom, std::int32_t top) const {
    return self_.z < top && bottom < self_.z + kBodyHeight;
  }

  [[nodiscard]] Vec2 out_of_fixtures(Vec2 p) const {
    for_each_fixture_near(house_, self_.position, [&](std::size_t i) {
      if (!is_solid(house_, state_, i, self_.z, self_.z + kBodyHeight)) return;
      const Rect& box = house_.fixtures[i].floor;
      const Vec2 away = away_from(box, p);
      if (length_squared(away) >= square(kBodyRadius)) return;
      const Vec2 border = away == Vec2{} ? nearest_side(box, p) : p - away;
      const Vec2 outward = away == Vec2{} ? border - p : away;
      p = border + stretched(outward == Vec2{} ? Vec2{1, 0} : outward, kBodyRadius);
    });
    return p;
  }

  // `step`: which way the body is going; what it pushes goes there, too.
  [[nodiscard]] Vec2 out_of_bodies(Vec2 p, Vec2 step) {
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      const ThingState& thing = state_.things[i];
      if (thing.place != Place::kResting && thing.place != Place::kFalling) continue;
      const Body body = body_of(house_.things[i].kind);
      if (!meets(thing.position.z, thing.position.z + body.height)) continue;
      const std::int32_t reach = body.radius + kBodyRadius;
      if (length_squared(p - thing.position.flat()) >= square(reach)) continue;
      if (step != Vec2{}) push(i, p, reach);
      const Vec2 away = p - thing.position.flat();
      if (length_squared(away) < square(reach))
        p = thing.position.flat() + stretched(away == Vec2{} ? Vec2{1, 0} : away, reach);
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(house_.level->players); ++i) {
      const PlayerState& other = state_.players[i];
      const Vec2 away = p - other.position;
      if (i == player_ || !meets(other.z, other.z + kBodyHeight)) continue;
      if (length_squared(away) < square(2 * kBodyRadius))
        p = other.position + stretched(away == Vec2{} ? Vec2{1, 0} : away, 2 * kBodyRadius);
    }
    return p;
  }

  // Moves a thing that rests on the floor out of the way of a body at `p`, as far as it can go in a tick.
  void push(std::size_t index, Vec2 p, std::int32_t reach) {
    ThingState& thing = state_.things[index];
    if (thing.place != Place::kResting || thing.support.is_some()) return;
    const Vec2 away = thing.position.flat() - p;
    const std::int32_t overlap = reach - length(away);
    if (overlap <= 0 || away == Vec2{}) return;
    const Vec2 shift = stretched(away, std::min(overlap, kPushPerTick));
    const ThingSet stack = stack_on(house_, state_, index);
    bool is_clear = true;
    for_each_of(stack, [&](std::size_t i) {
      const Vec3 at = state_.things[i].position;
      is_clear = is_clear && is_free(house_, state_, {at.x + shift.x, at.y + shift.y, at.z},
                                     body_of(house_.things[i].kind), {stack, static_cast<std::uint8_t>(player_)});
    });
    if (!is_clear) return;
    for_each_of(stack, [&](std::size_t i) {
      state_.things[i].position.x += shift.x;
      state_.things[i].position.y += shift.y;
    });
    state_.restless |= stack;
    events_.add({EventKind::kPushed, static_cast<std::uint8_t>(player_), thing_entity(index), {}});
  }

  template <class Visit>
  static void for_each_of(ThingSet set, Visit visit) {
    for (; set != 0; set &= set - 1) visit(static_cast<std::size_t>(std::countr_zero(set)));
  }

  // Whether the body may stand at `p`.
  [[nodiscard]] bool is_valid(Vec2 p) const {
    if (!is_inside_walls(house_, p, kBodyRadius)) return false;
    bool is_touched = false;
    for_each_fixture_near(house_, p, [&](std::size_t i) {
      is_touched =
          is_touched || (is_solid(house_, state_, i, self_.z, self_.z + kBodyHeight) &&
                         length_squared(away_from(house_.fixtures[i].floor, p)) < square(kBodyRadius - kContact));
    });
    if (is_touched) return false;
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      const ThingState& thing = state_.things[i];
      if (thing.place != Place::kResting && thing.place != Place::kFalling) continue;
      const Body body = body_of(house_.things[i].kind);
      if (meets(thing.position.z, thing.position.z + body.height) &&
          length_squared(p - thing.position.flat()) < square(body.radius + kBodyRadius - kContact))
        return false;
    }
    return true;
  }

  // The highest level that the body is over and not below.
  [[nodiscard]] std::int32_t level_below() const {
    std::int32_t level = 0;
    for_each_fixture_near(house_, self_.position, [&](std::size_t i) {
      const Fixture& fixture = house_.fixtures[i];
      if (is_passable(fixture.kind) || fixture.kind == FixtureKind::kDoor || fixture.height > self_.z) return;
      if (length_squared(away_from(fixture.floor, self_.position)) < square(kBodyRadius))
        level = std::max(level, fixture.height);
    });
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      const ThingState& thing = state_.things[i];
      const Body body = body_of(house_.things[i].kind);
      if (thing.place != Place::kResting || thing.position.z + body.height > self_.z) continue;
      if (length_squared(thing.position.flat() - self_.position) < square(body.radius + kBodyRadius))
        level = std::max(level, thing.position.z + body.height);
    }
    return level;
  }

  const House& house_;
  State& state_;
  const std::size_t player_;
  PlayerState& self_;
  Events& events_;
};

}  // namespace

Vec3 carried_at(const House& house, const State& state, std::size_t player) {
  const PlayerState& self = state.players[player];
  const Body body = body_of(house.things[self.holding.thing()].kind);
  const Direction ahead = direction_of(self.heading, self.pitch);
  const Vec3 eye = eye_of(self);
  // Drawn in where a wall is near, down to the body itself.
  for (std::int32_t distance = self.carry_distance;; distance -= from_cm(10)) {
    distance = std::max(distance, 0);
    const Vec2 at{eye.x + multiply(ahead.x, distance), eye.y + multiply(ahead.y, distance)};
    if (distance > 0 && !is_inside_walls(house, at, body.radius)) continue;
    const std::int32_t z = eye.z + multiply(ahead.z, distance) - kCarryDrop - body.height / 2;
    return {at.x, at.y, std::clamp(z, 0, kRoomHeight - body.height)};
  }
}

void walk(const House& house, State& state, std::size_t player, const TickInput& input, Events& events) {
  PlayerState& self = state.players[player];
  self.heading = wrap_turn(static_cast<std::int32_t>((self.heading + std::int64_t{input.dx}) & (kTurn - 1)));
  self.pitch = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(self.pitch - std::int64_t{input.dy}, -kPitchLimit, kPitchLimit));
  Walk walk(house, state, player, events);
  const Vec2 step = intended_step(input.held | input.pressed, self.heading);
  if (step != Vec2{}) walk.step_by(step);
  walk.rise_and_fall((input.pressed & kJump) != 0);
  if (!self.holding.is_some()) return;
  const std::int64_t reach = self.carry_distance + std::int64_t{input.wheel} * from_cm(10);
  self.carry_distance = static_cast<std::int32_t>(std::clamp<std::int64_t>(reach, kCarryNearest, kCarryFarthest));
  state.things[self.holding.thing()].position = carried_at(house, state, player);
}

void let_fall(const House& house, State& state) {
  for (ThingSet left = state.restless; left != 0; left &= left - 1) {
    const auto index = static_cast<std::size_t>(std::countr_zero(left));
    ThingState& thing = state.things[index];
    if (thing.place != Place::kFalling) {
      state.restless &= ~set_of(index);
      continue;
    }
    const Support support =
        support_below(house, state, thing.position, body_of(house.things[index].kind), set_of(index));
    thing.fall_speed += kGravityPerTick;
    thing.position.z -= thing.fall_speed;
    if (thing.position.z > support.z) continue;
    thing.position.z = support.z;
    thing.fall_speed = 0;
    thing.support = support.entity;
    thing.place = Place::kResting;
  }
}

void take_away(const House& house, State& state, Entity gone) {
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    ThingState& thing = state.things[i];
    if (thing.place != Place::kResting || thing.support != gone) continue;
    thing.place = Place::kFalling;
    thing.support = {};
    thing.fall_speed = 0;
    state.restless |= set_of(i);
  }
}

}  // namespace atl::envs::playhouse
