#include "envs/playhouse/expert_building.h"

#include <limits>

namespace atl::envs::playhouse {

void Builder::build() {
  keep_plan();
  const std::vector<Vec3>& plan = memory_.plan;
  result_.subgoal = aim(Doing::kPutDown, self_.holding);
  if (plan.empty()) return;
  const auto missing = std::find_if(plan.begin(), plan.end(), [&](Vec3 cell) { return !is_filled(cell).is_some(); });
  if (missing == plan.end()) return;
  if (self_.holding.is_some()) {
    if (!is_usable_block(self_.holding.thing())) return put_away();
    const Entity below = missing->z == 0 ? Entity{} : is_filled({missing->x, missing->y, missing->z - kBlockSide});
    const PutPlace place = put_place(house_, state_, memory_.player);
    if (place.is_possible && place.position == *missing) return tap_key(kTake, result_.subgoal);
    return put_at({*missing, below}, self_.holding);
  }
  std::vector<Entity> blocks;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    const ThingState& thing = state_.things[i];
    if (!is_usable_block(i)) continue;
    const bool is_loose =
        thing.place == Place::kResting && std::find(plan.begin(), plan.end(), thing.position) == plan.end();
    if (is_loose || is_in_own_bag(thing_entity(i))) blocks.push_back(thing_entity(i));
  }
  const auto way = [&](Entity block) {
    if (is_in_own_bag(block)) return std::numeric_limits<std::int64_t>::max();
    return length_squared(state_.things[block.thing()].position.flat() - self_.position);
  };
  std::sort(blocks.begin(), blocks.end(), [&](Entity a, Entity b) { return way(a) < way(b); });
  std::stable_partition(blocks.begin(), blocks.end(), [&](Entity block) { return !is_hidden(block); });
  take(first_in_reach(blocks));
}

bool Builder::is_usable_block(std::size_t thing) const {
  const Kind kind = house_.things[thing].kind;
  return kind.shape == Shape::kBlock && (!clause_.colour || kind.colour == *clause_.colour);
}

Entity Builder::is_filled(Vec3 cell) const {
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    if (is_usable_block(i) && state_.things[i].place == Place::kResting && state_.things[i].position == cell)
      return thing_entity(i);
  }
  return {};
}

std::vector<Vec3> Builder::cells_of(Vec3 corner, bool along_x) const {
  std::vector<Vec3> cells;
  const auto add = [&](int side, int other, int up) {
    const std::int32_t x = along_x ? side : other;
    const std::int32_t y = along_x ? other : side;
    cells.push_back({corner.x + x * kBlockSide, corner.y + y * kBlockSide, corner.z + up * kBlockSide});
  };
  switch (clause_.structure) {
    case Structure::kTower:
      for (int i = 0; i < clause_.count; ++i) add(0, 0, i);
      break;
    case Structure::kRow:
      for (int i = 0; i < clause_.count; ++i) add(i, 0, 0);
      break;
    case Structure::kWall: add(0, 0, 0), add(1, 0, 0), add(0, 0, 1), add(1, 0, 1); break;
    case Structure::kSquare: add(0, 0, 0), add(1, 0, 0), add(0, 1, 0), add(1, 1, 0); break;
  }
  return cells;
}

void Builder::keep_plan() {
  std::uint64_t key = resting_things();
  key = mix_bits(key ^ static_cast<std::uint64_t>(clause_index_));
  if (memory_.plan_key == key) return;
  memory_.plan_key = key;
  memory_.plan = plan_building();
}

std::vector<Vec3> Builder::plan_building() const {
  std::vector<Vec3> best;
  std::int64_t most = -1;
  for (const Vec3 corner : corners()) {
    for (const bool along_x : {true, false}) {
      const std::vector<Vec3> cells = cells_of(corner, along_x);
      const std::int64_t score = score_of(cells);
      if (score <= most) continue;
      most = score;
      best = cells;
    }
  }
  return best;
}

std::vector<Vec3> Builder::corners() const {
  constexpr int kAround = 5;
  std::vector<Vec3> corners;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    if (!is_usable_block(i)) continue;
    const Vec3 at = snapped_to_blocks(world_.start().things[i].position);
    for (int dx = -kAround; dx <= kAround; ++dx) {
      for (int dy = -kAround; dy <= kAround; ++dy) {
        const Vec3 corner{at.x + dx * kBlockSide, at.y + dy * kBlockSide, 0};
        if (std::find(corners.begin(), corners.end(), corner) == corners.end()) corners.push_back(corner);
      }
    }
  }
  return corners;
}

std::int64_t Builder::score_of(const std::vector<Vec3>& cells) const {
  State without = state_;  // nobody is in the way of a plan
  for (PlayerState& player : without.players) player.z = 2 * kRoomHeight;
  std::int64_t filled = 0;
  ThingSet ignored = self_.holding.is_some() ? set_of(self_.holding.thing()) : 0;
  for (const Vec3 cell : cells) {
    const Entity block = is_filled(cell);
    if (block.is_some()) ++filled, ignored |= set_of(block.thing());
  }
  // Room for the body on all sides, but on the first block's level only.
  const Body wide{kBlockSide / 2 + 2 * kBodyRadius + from_cm(6), kBlockSide};
  std::int64_t room = 0;
  for (const Vec3 cell : cells) {
    if (!is_filled(cell).is_some() &&
        !is_free(house_, without, cell, body_of({Shape::kBlock, Colour::kRed, Size::kSmall}), {ignored, kNothing}))
      return -1;
    if (cell.z == 0 && is_free(house_, without, cell, wide, {ignored, kNothing})) ++room;
  }
  const std::int64_t near = length_squared(cells.front().flat() - world_.start().players[0].position) >> 32;
  return filled * 1000000 + room * 10000 + std::max<std::int64_t>(9999 - near, 0);
}

}  // namespace atl::envs::playhouse
