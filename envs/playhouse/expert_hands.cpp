#include "envs/playhouse/expert_hands.h"

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kSpotFar = from_cm(115);  // from where a thing is to be put
constexpr std::size_t kMaxSpots = 16;

}  // namespace

template <class Find>
std::optional<Spot> Handler::known_spot(std::uint64_t key, Find find) {
  for (const KnownSpot& known : memory_.spots) {
    if (known.key == key) return known.spot;
  }
  if (memory_.spots.size() >= kMaxSpots) memory_.spots.erase(memory_.spots.begin());
  memory_.spots.push_back({key, find()});
  return memory_.spots.back().spot;
}

void Handler::take(Entity entity) {
  if (!entity.is_some()) return;
  result_.subgoal = aim(Doing::kTake, entity);
  if (self_.holding.is_some()) return put_away();
  if (is_in_own_bag(entity)) return take_out(entity);
  if (is_hidden(entity)) return use(state_.things[entity.thing()].support, true);
  // Not from as far as the hand reaches: who imitates this and misjudges the distance by a step would grab for ever
  // where no demonstration says what to do.
  const bool is_near = is_within_reach(self_.position, entity, 0) || !can_reach(entity);
  if (is_near && takeable(house_, state_, memory_.player) == entity) return tap_key(kTake, result_.subgoal);
  reach_for(entity);
}

void Handler::put_away() {
  result_.subgoal = aim(Doing::kPutDown, self_.holding);
  const std::int32_t down = self_.pitch + from_degrees(50);
  result_.action.dy = turn_towards(down);
  if (std::abs(down) > from_degrees(6)) return;
  const PutPlace place = put_place(house_, state_, memory_.player);
  if (place.is_possible && !place.support.is_some()) return tap_key(kTake, result_.subgoal);
  result_.action.dx = kSearchTurn;  // somewhere there is free floor
  if (!place.is_possible) press(result_.action, kBack);
}

void Handler::put_where_asked(Entity thing) {
  const std::optional<Spot> spot = spot_for(thing);
  result_.subgoal = {Doing::kPutDown, thing, nearest_place(thing), kNothing};
  if (!spot) return put_away();
  if (spot->support.is_fixture()) {
    const std::size_t fixture = spot->support.fixture();
    if (has_lid(house_.fixtures[fixture].kind)) {
      const bool open = clause_.relation == Relation::kIn;
      if (is_open(state_, fixture) != open) return use(spot->support, open);
    }
  }
  if (would_do(thing)) return tap_key(kTake, result_.subgoal);
  put_at(*spot, thing, spot->support.is_some() ? spot->support : nearest_place(spot->position.flat()));
}

void Handler::put_at(const Spot& spot, Entity thing, Entity beside) {
  if (can_put_from(self_.position, spot, thing, 0)) return aim_at(spot.position);
  const Vec2 at = spot.position.flat();
  const bool is_here =
      beside.is_some() && is_in_this_room(beside) && house_.cell_at(at) == house_.cell_at(self_.position);
  if (is_here && has_to_be_searched(beside)) return search(beside);
  const std::uint64_t key = hash_words({3, spot.position.x, spot.position.y, spot.position.z, thing.id});
  const bool is_there = walk_to({key, grown({at, at}, kSpotFar),
                                 [this, spot, thing](Vec2 p) {
                                   return std::all_of(kAbout.begin(), kAbout.end(), [&](Vec2 off) {
                                     return can_put_from(p + off, spot, thing, kSlack);
                                   });
                                 }},
                                is_here ? beside : Entity{});
  if (is_there) aim_at(spot.position);
}

void Handler::put_on_floor(const Rect& area, const std::function<bool(const Spot&)>& accepts) {
  const Entity thing = self_.holding;
  const std::uint64_t key = mix_bits(resting_things() ^ hash_words({8, thing.id, area.low.x, area.low.y}));
  const std::optional<Spot> spot =
      known_spot(key, [&] { return find_floor_spot(house_, state_, thing.thing(), area, accepts, reachable()); });
  if (!spot) return put_away();
  result_.subgoal = aim(Doing::kPutDown, thing);
  const PutPlace place = put_place(house_, state_, memory_.player);
  constexpr std::int32_t kHit = from_cm(12);
  if (place.is_possible && !place.support.is_some() &&
      length_squared(place.position.flat() - spot->position.flat()) < square(kHit))
    return tap_key(kTake, result_.subgoal);
  put_at(*spot, thing);
}

void Handler::use(Entity fixture, bool on) {
  if (!fixture.is_some()) return;
  const FixtureKind kind = house_.fixtures[fixture.fixture()].kind;
  result_.subgoal = aim(using_of(kind, on), fixture);
  const bool is_moving = is_hinged(kind) && is_on(state_, fixture.fixture()) == on;
  if (is_moving) return wait_for_hinge();
  if (usable(house_, state_, memory_.player) == fixture) return tap_key(kUse, result_.subgoal);
  reach_for(fixture);
}

void Handler::bring_about(bool on) {
  const Entity fixture = nearest_fixture(!on);
  if (fixture.is_some()) return use(fixture, on);
  use(nearest_fixture(on), !on);
}

bool Handler::is_laid_out(Entity entity) {
  if (!entity.is_thing()) return true;
  if (entity == self_.holding) {
    put_away();
  } else if (is_in_own_bag(entity)) {
    take_out(entity);
  } else if (is_hidden(entity)) {
    use(state_.things[entity.thing()].support, true);
  } else {
    return true;
  }
  return false;
}

void Handler::reach_for(Entity entity) {
  if (is_within_reach(self_.position, entity, 0) && in_sight(entity)) return aim_at(entity);
  const Entity about = result_.subgoal.entity;
  approach(hand_of(entity), entity);
  if (std::abs(bearing_to(entity).right) <= kNoticeAngle) keep_eyes_on(entity, about);
}

void Handler::keep_eyes_on(Entity entity, Entity walked_for, std::int32_t lowest) {
  if (result_.subgoal.entity != walked_for || !in_sight(entity)) return;
  result_.action.dy = turn_towards(std::min(-bearing_to(entity).up, self_.pitch - lowest));
}

bool Handler::would_do(Entity thing) const {
  const PutPlace place = put_place(house_, state_, memory_.player);
  if (!place.is_possible) return false;
  State after = state_;
  ThingState& put = after.things[thing.thing()];
  put.position = place.position;
  put.support = place.support;
  put.place = Place::kResting;
  return is_related(house_, world_.start(), after, clause_, targets_, thing.thing());
}

bool Handler::can_put_from(Vec2 p, const Spot& spot, Entity thing, std::int32_t slack) const {
  return can_point(house_, state_, memory_.player, p, spot, thing.thing(), slack);
}

Subgoal::Kind Handler::using_of(FixtureKind kind, bool on) {
  if (kind == FixtureKind::kButton) return Doing::kPress;
  if (is_hinged(kind)) return on ? Doing::kOpen : Doing::kClose;
  return on ? Doing::kTurnOn : Doing::kTurnOff;
}

void Handler::wait_for_hinge() {
  if (clause_.verb == Verb::kLookAt || clause_.verb == Verb::kGoTo) fidget();
}

std::optional<Spot> Handler::spot_for(Entity thing) {
  const std::uint64_t key = mix_bits(resting_things() ^ hash_words({thing.id, clause_index_}));
  return known_spot(key, [&] { return find_spot_for(thing); });
}

std::optional<Spot> Handler::find_spot_for(Entity thing) {
  Vec2 near = world_.start().players[memory_.player].position;
  // Several things into one container: from a corner on, so that there is room for all of them.
  for (std::size_t i = 0; clause_.object.count > 1 && i < house_.fixtures.size(); ++i) {
    if (holds(targets_.places, fixture_entity(i))) near = house_.fixtures[i].floor.low;
  }
  return find_spot(house_, world_.start(), state_, clause_, targets_, thing.thing(), near, reachable());
}

void Handler::take_out(Entity entity) {
  if (self_.holding.is_some()) return put_away();
  if (self_.screen != Screen::kBag) return open_bag();
  click([&](const Item& item) { return item.kind == ItemKind::kSlot && self_.bag[item.index] == entity.id; },
        aim(Doing::kTakeOut, entity));
}

void Handler::store_held() {
  if (std::find(self_.bag.begin(), self_.bag.end(), kNothing) == self_.bag.end()) return;
  if (self_.screen != Screen::kBag) return open_bag();
  click([&](const Item& item) { return item.kind == ItemKind::kSlot && self_.bag[item.index] == kNothing; },
        aim(Doing::kStore, self_.holding));
}

void Handler::open_screen(KeyBit key) {
  is_at_screen_ = true;
  tap_key(key, aim(key == kMenu ? Doing::kOpenMenu : Doing::kOpenBag));
}

void Handler::open_bag() {
  const bool is_judged = clause_.verb == Verb::kLookAt || clause_.verb == Verb::kGoTo;
  if (!is_judged || self_.screen != Screen::kWorld || !is_choosing(house_, state_, memory_.player))
    return open_screen(kBag);
  result_.subgoal = aim(Doing::kOpenBag);
  result_.action.dx = kSearchTurn;
}

}  // namespace atl::envs::playhouse
