#include "tests/envs/house_referee_relations.h"

#include <algorithm>
#include <cmath>

namespace atl::envs::playhouse::referee {
namespace {

constexpr double kSame = 0.005;  // metres: places that are meant to be equal

/// Whether `object` is on one level with `place`: that of the floor where it is furniture.
bool is_level(const Solid& object, const Scene& scene, Entity place) {
  const double level = place.is_fixture() ? 0 : solid_of(scene.house, scene.now, place).bottom;
  return std::abs(object.bottom - level) <= metres_of_cm(10);
}

/// Whether `object` stands in the quarter around `place` that lies in a direction of the start's heading: `right` of it
/// or `ahead`, 1 or -1.
bool is_beside(const Scene& scene, const Solid& object, const Solid& place, int right, int ahead) {
  const Point3 o = object.middle();
  const Point3 p = place.middle();
  const auto [sine, cosine] = sine_and_cosine(scene.start.players[kAsked].heading);
  const double across = (o.x - p.x) * cosine - (o.y - p.y) * sine;
  const double along = (o.x - p.x) * sine + (o.y - p.y) * cosine;
  const double forward = right != 0 ? right * across : ahead * along;
  const double aside = std::abs(right != 0 ? along : across);
  return forward > 0 && aside <= forward && is_nearer(object, place, 1.0);
}

bool stands_on_thing(const Scene& scene, std::size_t object, std::size_t place) {
  const Solid above = solid_of(scene.house, scene.now, thing_entity(object));
  const Solid below = solid_of(scene.house, scene.now, thing_entity(place));
  return scene.now.things[object].support == thing_entity(place) && std::abs(above.bottom - below.top) < kSame &&
         overlap(above, below);
}

bool is_put(const Scene& scene, Relation relation, Entity object, Entity place) {
  const Solid a = solid_of(scene.house, scene.now, object);
  const Solid b = solid_of(scene.house, scene.now, place);
  switch (relation) {
    case Relation::kOn:
      return place.is_fixture() ? rests_on(scene.house, scene.now, object.thing(), place.fixture())
                                : stands_on_thing(scene, object.thing(), place.thing());
    case Relation::kIn: return place.is_fixture() && rests_in(scene.house, scene.now, object.thing(), place.fixture());
    case Relation::kNextTo: return is_level(a, scene, place) && is_nearer(a, b, 0.5);
    case Relation::kBehind: return is_level(a, scene, place) && is_beside(scene, a, b, 0, 1);
    case Relation::kRightOf: return is_level(a, scene, place) && is_beside(scene, a, b, 1, 0);
    case Relation::kLeftOf: return is_level(a, scene, place) && is_beside(scene, a, b, -1, 0);
  }
  return false;
}

/// A block's place in the grid of blocks; upward from its underside's height, as far as it is a whole number of sides.
struct Cell3 {
  int x = 0, y = 0, z = 0;
  friend bool operator==(const Cell3&, const Cell3&) = default;
};
/// The blocks' cells, from that of one of them.
std::vector<Cell3> cells_from(const Scene& scene, const std::vector<std::size_t>& blocks, std::size_t corner) {
  const double side = metres(kBlockSide);
  const auto column = [&](double v) { return static_cast<int>(std::floor(v / side)); };
  const Point3 origin = to_point(scene.now.things[corner].position);
  std::vector<Cell3> cells;
  for (const std::size_t block : blocks) {
    const Point3 p = to_point(scene.now.things[block].position);
    const double storey = std::round((p.z - origin.z) / side);
    if (std::abs(p.z - origin.z - storey * side) > kSame) continue;
    cells.push_back({column(p.x) - column(origin.x), column(p.y) - column(origin.y), static_cast<int>(storey)});
  }
  return cells;
}

/// The cells that a structure needs, from one of its blocks, lying along x or y.
std::vector<Cell3> plan_of(const Clause& clause, bool along_x) {
  const Cell3 aside = along_x ? Cell3{1, 0, 0} : Cell3{0, 1, 0};
  std::vector<Cell3> cells;
  switch (clause.structure) {
    case Structure::kTower:
      for (int i = 0; i < clause.count; ++i) cells.push_back({0, 0, i});
      break;
    case Structure::kRow:
      for (int i = 0; i < clause.count; ++i) cells.push_back({i * aside.x, i * aside.y, 0});
      break;
    case Structure::kWall: cells = {{0, 0, 0}, aside, {0, 0, 1}, {aside.x, aside.y, 1}}; break;
    case Structure::kSquare: cells = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {1, 1, 0}}; break;
  }
  return cells;
}

}  // namespace

bool stands_so(const Scene& scene, const Clause& clause, Entity object, Entity place) {
  if (object == place) return false;
  if (place.is_thing() && scene.now.things[place.thing()].place != Place::kResting) return false;
  if (clause.verb == Verb::kPut) return is_put(scene, clause.relation, object, place);
  if (clause.verb == Verb::kStack) return is_put(scene, Relation::kOn, object, place);
  return is_nearer(solid_of(scene.house, scene.now, object), solid_of(scene.house, scene.now, place), metres_of_cm(40));
}

bool is_structure(const Scene& scene, const Clause& clause, const std::vector<std::size_t>& usable) {
  std::vector<std::size_t> blocks;
  for (const std::size_t thing : usable) {
    const Kind& kind = scene.house.things[thing].kind;
    if (kind.shape == Shape::kBlock && (!clause.colour || kind.colour == *clause.colour)) blocks.push_back(thing);
  }
  return std::any_of(blocks.begin(), blocks.end(), [&](std::size_t corner) {
    const std::vector<Cell3> filled = cells_from(scene, blocks, corner);
    const auto stands = [&](bool along_x) {
      const std::vector<Cell3> plan = plan_of(clause, along_x);
      return std::all_of(plan.begin(), plan.end(), [&](const Cell3& cell) {
        return std::find(filled.begin(), filled.end(), cell) != filled.end();
      });
    };
    return stands(true) || stands(false);
  });
}

}  // namespace atl::envs::playhouse::referee
