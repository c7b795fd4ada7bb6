// Things of a house, and where players start.
#include "house_checker_parts.h"

#include <algorithm>

namespace atl::envs::playhouse::checker {
namespace {

class Things final : public Part {
 public:
  using Part::Part;

  void check() {
    for (std::size_t i = 0; i < house().things.size(); ++i) check_thing(i);
    check_numbers_of_things();
    check_starts();
  }

 private:
  void check_thing(std::size_t index) {
    const Thing& thing = house().things[index];
    const double radius = metres(body_of(thing.kind).radius);
    const Point p = to_point(thing.position.flat());
    const int support = support_of(thing);
    require(support != -2, "thing {} hangs in the air", index);
    require(thing.heading >= 0 && thing.heading < kTurn, "thing {} has heading {}", index, thing.heading);
    for (std::size_t j = 0; j < index; ++j) {
      const Thing& other = house().things[j];
      if (support_of(other) != support) continue;
      const double gap = distance(p, to_point(other.position.flat())) - radius - metres(body_of(other.kind).radius);
      require(gap >= (support == -1 ? 0.35 : 0.1) - kTolerance, "things {} and {} are {} m apart", index, j, gap);
    }
    if (support != -1) return;
    const int room = house().cell_at(thing.position.flat());
    require(room >= 0 && room < house().num_rooms, "thing {} is in cell {}", index, room);
    if (room < 0 || room >= house().num_rooms) return;
    const Box body{p.x - radius, p.y - radius, p.x + radius, p.y + radius};
    require(inside(body, floor_of(static_cast<std::size_t>(room))), "thing {} sticks in a wall", index);
    for (std::size_t j = 0; j < house().fixtures.size(); ++j) {
      require(distance(to_box(house().fixtures[j].floor), p) >= radius + 0.1 - kTolerance,
              "thing {} touches fixture {}", index, j);
    }
    for (const Box& kept : kept_free(static_cast<std::size_t>(room))) {
      require(distance(kept, p) >= radius - kTolerance, "thing {} is in the way of a door", index);
    }
  }

  void check_numbers_of_things() {
    const Level& level = *house().level;
    const int count = static_cast<int>(house().things.size());
    require(count >= level.things_low && count <= level.things_high && count <= kMaxThings, "{} things", count);
    const auto blocks = std::count_if(house().things.begin(), house().things.end(),
                                      [](const Thing& t) { return t.kind.shape == Shape::kBlock; });
    require(blocks == level.blocks, "{} blocks", blocks);
    for (const Thing& t : house().things) {
      require(t.kind.shape != Shape::kBlock || t.kind.size == Size::kSmall, "a big block");
      require(level.small_things || t.kind.size == Size::kBig, "a small thing in a level of big ones");
    }
  }

  void check_starts() {
    for (int player = 0; player < house().level->players; ++player) {
      const Start& start = house().starts[static_cast<std::size_t>(player)];
      const Point p = to_point(start.position);
      const int room = house().cell_at(start.position);
      require(room >= 0 && room < house().num_rooms, "start {} is in cell {}", player, room);
      require(start.heading >= 0 && start.heading < kTurn, "start {} has heading {}", player, start.heading);
      if (room < 0 || room >= house().num_rooms) continue;
      const Box box = floor_of(static_cast<std::size_t>(room));
      require(std::min({p.x - box.x0, box.x1 - p.x, p.y - box.y0, box.y1 - p.y}) >= 0.6 - kTolerance,
              "start {} is at a wall", player);
      for (std::size_t i = 0; i < house().fixtures.size(); ++i) {
        require(distance(to_box(house().fixtures[i].floor), p) >= 0.6 - kTolerance, "start {} is at fixture {}", player,
                i);
      }
      for (std::size_t i = 0; i < house().things.size(); ++i) {
        const Thing& t = house().things[i];
        require(t.position.z > 0 ||
                    distance(to_point(t.position.flat()), p) - metres(body_of(t.kind).radius) >= 0.6 - kTolerance,
                "start {} is at thing {}", player, i);
      }
    }
    if (house().level->players == 2) {
      require(distance(to_point(house().starts[0].position), to_point(house().starts[1].position)) > 1.0,
              "players touch");
    }
  }
};

}  // namespace

void check_things(const House& house, std::vector<std::string>& problems) { Things(house, problems).check(); }

}  // namespace atl::envs::playhouse::checker
