#include "envs/playhouse/expert_walk.h"

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kWalkAngle = from_degrees(22);
constexpr std::int32_t kLookAheadAngle = from_degrees(10);
constexpr std::int32_t kMeeting = from_cm(150);  // from middle to middle: nearer ones are walked around as they walk
constexpr std::size_t kMaxWays = 12;
constexpr std::array<FloorMap::Care, 3> kAllCares{FloorMap::Care::kWide, FloorMap::Care::kTight,
                                                  FloorMap::Care::kThrough};

}  // namespace

void Walker::approach(const Stand& stand, Entity entity) {
  if (has_to_be_searched(entity)) {
    search(entity);
  } else if (walk_to(stand, is_in_this_room(entity) ? entity : Entity{})) {
    aim_at(entity);
  }
}

bool Walker::walk_to(const Stand& stand, Entity kept) {
  RouteMap::Next next = next_on_way(stand);
  if (!next.is_reachable && minds_other_) {
    if (memory_.player != 0) return make_way(), false;
    minds_other_ = false;
    floor_version_.reset();
    next = next_on_way(stand);
  }
  if (!next.is_reachable) {
    result_.action.dx = kSearchTurn;  // shut in: look about
    return false;
  }
  if (next.door != kNothing && gap_to(self_.position, fixture_entity(next.door)) < kHandFar) {
    use_door(fixture_entity(next.door));
    return false;
  }
  const Vec2 to = next.point - self_.position;
  if (next.distance == 0 && length_squared(to) < square(from_cm(4))) return true;
  say_walking();
  const std::int32_t error = wrap_signed(heading_of(to) - self_.heading);
  result_.action.dy = turn_towards(self_.pitch - kStartPitch);
  if (kept.is_some() && std::abs(wrap_signed(bearing_to(kept).right - error)) > kNoticeAngle) {
    sidestep(error);
    result_.action.dx = turn_towards(bearing_to(kept).right);
    return false;
  }
  result_.action.dx = turn_to_heading(error);
  result_.looks = std::abs(error) <= kNoticeAngle;
  // Where it matters what was seen, one looks ahead before one walks.
  if (std::abs(error) < (house_.level->remembers ? kLookAheadAngle : kWalkAngle)) press(result_.action, kForward);
  return false;
}

void Walker::enter(std::uint8_t room) {
  result_.subgoal = {Doing::kEnter, {}, {}, room};
  const Rect inner = inner_of(room);
  const std::uint64_t key = hash_words({1, room});
  walk_to({key, inner, [inner](Vec2 p) { return inner.contains(p); }});
}

void Walker::make_way() {
  result_.subgoal = aim(Doing::kMakeWay);
  const std::int32_t error = wrap_signed(heading_of(other().position - self_.position) - self_.heading);
  result_.action.dx = turn_towards(error);
  if (std::abs(error) < from_degrees(60)) press(result_.action, kBack);
}

std::function<bool(Vec2)> Walker::reachable() {
  const FloorMap& floor = floor_with(FloorMap::Care::kTight);
  const int here = floor.nearest_free(self_.position);
  memory_.from_here.build(floor, here < 0 ? std::vector<int>{} : std::vector<int>{here});
  return [this, &floor](Vec2 p) { return memory_.from_here.distance(floor.index_of(p)) != RouteMap::kUnreachable; };
}

const Way& Walker::way_to(const Stand& stand) {
  const std::uint64_t version = floor_version();
  ++memory_.clock;
  for (Way& way : memory_.ways) {
    if (way.key != stand.key || way.floor != version) continue;
    way.last_used = memory_.clock;
    find_way(way, stand, way.care);
    return way;
  }
  if (memory_.ways.size() < kMaxWays) memory_.ways.emplace_back();
  Way& way = *std::min_element(memory_.ways.begin(), memory_.ways.end(),
                               [](const Way& a, const Way& b) { return a.last_used < b.last_used; });
  way.key = stand.key;
  way.floor = version;
  way.last_used = memory_.clock;
  build_way(way, stand, FloorMap::Care::kWide);
  find_way(way, stand, FloorMap::Care::kWide);
  return way;
}

bool Walker::is_other_in_the_way() const {
  if (world_.num_players() == 1) return false;
  const bool walks = (other().held_keys & (kForward | kLeft | kBack | kRight)) != 0;
  return !walks || length_squared(other().position - self_.position) < square(kMeeting);
}

void Walker::say_walking() {
  switch (result_.subgoal.kind) {
    case Doing::kPutDown:
    case Doing::kGive: result_.subgoal.kind = Doing::kCarry; return;
    case Doing::kEnter:
    case Doing::kGoBack: return;
    default: result_.subgoal.kind = Doing::kGoTo;
  }
}

RouteMap::Next Walker::next_on_way(const Stand& stand) {
  const Way& way = way_to(stand);
  return way.routes.next(floor_of(way), self_.position);
}

void Walker::sidestep(std::int32_t error) {
  const std::int32_t off = std::abs(error);
  constexpr std::int32_t kEighth = from_degrees(45);
  if (off <= kEighth * 3 / 2) press(result_.action, kForward);
  if (off > kEighth * 5 / 2) press(result_.action, kBack);
  if (off > kEighth / 2 && off < kEighth * 7 / 2) press(result_.action, error > 0 ? kRight : kLeft);
  result_.looks = true;
}

void Walker::use_door(Entity door) {
  result_.subgoal = aim(Doing::kOpen, door);
  if (is_on(state_, door.fixture())) return fidget();  // it is opening; to stand still would be to choose
  if (usable(house_, state_, memory_.player) == door) return tap_key(kUse, result_.subgoal);
  aim_at(door);
}

const FloorMap& Walker::floor_with(FloorMap::Care care) {
  KnownFloor& floor = memory_.floors[static_cast<std::size_t>(care)];
  const std::uint64_t version = floor_version();
  const auto around = minds_other_ ? static_cast<std::uint8_t>(1 - memory_.player) : kNothing;
  if (floor.version != version) floor.map.build(house_, state_, care, around);
  floor.version = version;
  return floor.map;
}

void Walker::find_way(Way& way, const Stand& stand, FloorMap::Care from) {
  for (const FloorMap::Care care : kAllCares) {
    if (care < from) continue;
    if (care != way.care) build_way(way, stand, care);
    if (way.routes.next(floor_with(care), self_.position, 0).is_reachable) return;
  }
}

void Walker::build_way(Way& way, const Stand& stand, FloorMap::Care care) {
  way.care = care;
  way.routes.build(floor_with(care), goals_of(stand, floor_with(care)));
}

std::vector<int> Walker::goals_of(const Stand& stand, const FloorMap& floor) {
  const bool is_wide = stand.around.high.x - stand.around.low.x > 4 * kMetre;
  std::vector<int> goals = goals_of(stand, stand.is_good, floor, is_wide ? 3 * kRouteGrid : kRouteGrid);
  if (goals.empty() && is_wide) goals = goals_of(stand, stand.is_good, floor, kRouteGrid);
  if (goals.empty() && stand.is_fair) goals = goals_of(stand, stand.is_fair, floor, kRouteGrid);
  return goals;
}

std::vector<int> Walker::goals_of(const Stand& stand, const std::function<bool(Vec2)>& accepts, const FloorMap& floor,
                                  std::int32_t stride) {
  std::vector<int> goals;
  for (std::int32_t y = stand.around.low.y; y <= stand.around.high.y + stride; y += stride) {
    for (std::int32_t x = stand.around.low.x; x <= stand.around.high.x + stride; x += stride) {
      const int index = floor.index_of({x, y});
      if (floor.is_free(index) && floor.door_of(index) == kNothing && accepts(floor.middle_of(index)))
        goals.push_back(index);
    }
  }
  return goals;
}

std::uint64_t Walker::floor_version() {
  if (floor_version_) return *floor_version_;
  std::uint64_t hash = mix_bits(house_.hash);
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    const ThingState& thing = state_.things[i];
    if (thing.place != Place::kResting || thing.support.is_fixture()) continue;
    hash = mix_bits(hash ^ static_cast<std::uint64_t>(thing.position.x) << 32 ^
                    static_cast<std::uint32_t>(thing.position.y) ^ i << 24);
  }
  for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
    if (is_hinged(house_.fixtures[i].kind)) hash = mix_bits(hash ^ (is_open(state_, i) ? 2 * i + 1 : 2 * i));
  }
  if (minds_other_) hash = hash_words({static_cast<std::int64_t>(hash), other().position.x, other().position.y});
  floor_version_ = hash;
  return hash;
}

}  // namespace atl::envs::playhouse
