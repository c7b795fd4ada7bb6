#include "envs/playhouse/expert_scene.h"

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kAimed = 10;                  // counts: nearer than this is not corrected
constexpr std::int32_t kHandFarOver = from_cm(115);  // to what lies on or in furniture
constexpr std::int32_t kDoorNear = from_cm(30);      // nearer one stands in it

}  // namespace

std::int32_t turn_towards(std::int32_t error) {
  if (std::abs(error) <= kAimed) return 0;
  return std::clamp(error / 2, -kMaxTurn, kMaxTurn);
}

std::int32_t turn_to_heading(std::int32_t error) {
  return std::abs(error) > kBlindAngle ? kSearchTurn : turn_towards(error);
}

void press(Action& action, KeyBit bit) { action.held.set(static_cast<std::size_t>(index_of(control_of(bit)))); }

std::uint64_t hash_words(std::initializer_list<std::int64_t> words) {
  std::uint64_t hash = 0;
  for (const std::int64_t word : words) hash = mix_bits(hash ^ static_cast<std::uint64_t>(word));
  return hash;
}

Rect grown(const Rect& rect, std::int32_t by) {
  return {{rect.low.x - by, rect.low.y - by}, {rect.high.x + by, rect.high.y + by}};
}

Scene::Scene(ExpertMemory& memory, const World& world)
    : memory_(memory),
      world_(world),
      house_(world.house()),
      state_(world.state()),
      self_(state_.players[memory.player]),
      clause_index_(clause_in_turn(world.quest(), world.judge())),
      clause_(world.quest().clause(clause_index_)),
      targets_(targets_now(world.quest(), clause_index_, world.judge())) {}

bool Scene::is_hidden(Entity entity) const { return entity.is_thing() && is_shut_away(house_, state_, entity.thing()); }

bool Scene::is_in_own_bag(Entity entity) const {
  if (!entity.is_thing()) return false;
  const ThingState& thing = state_.things[entity.thing()];
  return thing.place == Place::kStored && thing.owner == memory_.player;
}

std::uint64_t Scene::resting_things() const {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    const ThingState& other = state_.things[i];
    if (other.place != Place::kResting) continue;
    key =
        mix_bits(key ^ static_cast<std::uint64_t>(other.position.x) << 40 ^
                 static_cast<std::uint64_t>(other.position.y) << 8 ^ static_cast<std::uint64_t>(other.position.z) ^ i);
  }
  return key;
}

std::int32_t Scene::gap_to(Vec2 p, Entity entity) const {
  const Extent extent = extent_of(house_, state_, entity);
  if (entity.is_fixture()) return length(away_from(house_.fixtures[entity.fixture()].floor, p));
  return std::max(length(extent.middle.flat() - p) - extent.half.x, 0);
}

Rect Scene::around(Entity entity, std::int32_t reach) const {
  const Extent extent = extent_of(house_, state_, entity);
  const Vec2 middle = extent.middle.flat();
  const Vec2 half = extent.half.flat();
  return grown({middle - half, middle + half}, reach);
}

std::uint64_t Scene::key_of(int what, Entity entity) const {
  const Vec3 at = extent_of(house_, state_, entity).middle;
  return hash_words({what, entity.id, at.x, at.y, at.z});
}

bool Scene::is_within_reach(Vec2 p, Entity entity, std::int32_t slack) const {
  const std::int32_t gap = gap_to(p, entity) + slack;
  if (gap > far_of(entity) || (is_door(entity) && gap < kDoorNear)) return false;
  // From the eye to the body's nearest height, as the hand measures it.
  const Extent extent = extent_of(house_, state_, entity);
  const std::int32_t up = std::max(std::abs(extent.middle.z - kEyeHeight) - extent.half.z, 0);
  return square(gap + (entity.is_thing() ? extent.half.x / 2 : 0)) + square(up) <= square(kReach - from_cm(12));
}

bool Scene::is_door(Entity entity) const {
  return entity.is_fixture() && house_.fixtures[entity.fixture()].kind == FixtureKind::kDoor;
}

std::int32_t Scene::far_of(Entity entity) const {
  return entity.is_thing() && state_.things[entity.thing()].support.is_fixture() ? kHandFarOver : kHandFar;
}

bool Scene::is_seen_just_from(Vec2 p, Entity entity) const {
  State there = state_;
  there.players[memory_.player].position = p;
  there.players[memory_.player].z = 0;
  return is_in_sight(house_, there, memory_.player, entity);
}

bool Scene::is_seen_from(Vec2 p, Entity entity) const {
  State there = state_;
  PlayerState& self = there.players[memory_.player];
  self.z = 0;
  for (const Vec2 off : kAbout) {
    self.position = p + off;
    if (!is_in_sight(house_, there, memory_.player, entity)) return false;
  }
  return true;
}

Stand Scene::view_of(Entity entity, std::int32_t far) const {
  return {key_of(6 + far, entity), around(entity, far), [this, entity, far](Vec2 p) {
            const std::int32_t gap = gap_to(p, entity);
            return gap <= far && gap >= kHandNear && is_seen_from(p, entity);
          }};
}

Stand Scene::hand_of(Entity entity) const {
  return {key_of(5, entity), around(entity, far_of(entity)),
          [this, entity](Vec2 p) {
            if (gap_to(p, entity) < (is_door(entity) ? kDoorNear + kSlack : kHandNear)) return false;
            return is_within_reach(p, entity, kSlack) && is_seen_from(p, entity);
          },
          [this, entity](Vec2 p) { return is_within_reach(p, entity, 0) && is_seen_just_from(p, entity); }};
}

bool Scene::is_in_this_room(Entity entity) const {
  const int here = house_.cell_at(self_.position);
  return here >= 0 && here < house_.num_rooms &&
         here == house_.cell_at(extent_of(house_, state_, entity).middle.flat());
}

void Scene::search(Entity entity) {
  result_.subgoal = aim(Doing::kLookFor, entity);
  result_.action.dx = kSearchTurn;
}

void Scene::aim_at(Entity entity) {
  if (has_to_be_searched(entity)) return search(entity);
  const std::optional<Vec3> point = visible_point(house_, state_, memory_.player, entity);
  aim_at(point ? *point : extent_of(house_, state_, entity).middle);
}

void Scene::aim_at(Vec3 point) {
  const Vec2 away = point.flat() - self_.position;
  const std::int32_t flat = std::max(length(away), 1);
  const std::int32_t up = wrap_signed(heading_of({point.z - self_.z - kEyeHeight, flat}) - self_.pitch);
  result_.looks = true;
  const std::int32_t right = wrap_signed(heading_of(away) - self_.heading);
  // A rest would tell from which side one came, and so what was seen first.
  const bool is_exact = house_.level->remembers && std::abs(right) <= kAimed;
  result_.action.dx = is_exact ? right : turn_to_heading(right);
  result_.action.dy = -turn_towards(up);
}

void Scene::face(Entity entity) {
  aim_at(entity);
  result_.action.dy = turn_towards(self_.pitch - kStartPitch);
}

void Scene::turn_by(std::int32_t counts) {
  result_.subgoal = aim(Doing::kTurnAround);
  result_.action.dx = counts;
}

void Scene::hold_key(KeyBit key, Subgoal subgoal) {
  result_.subgoal = subgoal;
  press(result_.action, key);
}

void Scene::tap_key(KeyBit key, Subgoal subgoal) {
  result_.subgoal = subgoal;
  result_.action = {};
  tap(result_.action, control_of(key));
}

}  // namespace atl::envs::playhouse
