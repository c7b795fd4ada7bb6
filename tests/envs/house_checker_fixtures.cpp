// Furniture and doors of a house.
#include "house_checker_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

namespace atl::envs::playhouse::checker {
namespace {

class Fixtures final : public Part {
 public:
  using Part::Part;

  void check() {
    for (std::size_t i = 0; i < house().fixtures.size(); ++i) check_fixture(i);
    check_kinds_of_fixtures();
    check_room_for_more();
  }

 private:
  void check_fixture(std::size_t index) {
    const Fixture& f = house().fixtures[index];
    const std::string_view name = kFixtureNames[static_cast<std::size_t>(f.kind)];
    const Box box = to_box(f.floor);
    std::size_t listed = 0;
    for (std::size_t cell = 0; cell < house().cells.size(); ++cell) {
      for (const std::uint8_t other : house().cells[cell].fixtures)
        listed += other == index && cell == f.cell ? 1 : other == index ? 2 : 0;
    }
    require(listed == 1, "{} {} is not listed once, in its cell", name, index);
    require(inside(box, floor_of(f.cell)), "{} {} is not in its cell", name, index);
    require(f.bottom >= 0 && f.height > f.bottom && f.height < kRoomHeight, "{} {} has wrong heights", name, index);
    for (std::size_t j = 0; j < index; ++j) {
      require(!overlap(box, to_box(house().fixtures[j].floor)), "{} {} overlaps fixture {}", name, index, j);
    }
    if (f.kind == FixtureKind::kDoor) return check_door(index);
    require(f.cell < num_rooms(), "{} {} stands in a doorway", name, index);
    for (const Box& kept : kept_free(f.cell))
      require(!overlap(box, kept), "{} {} is in the way of a door", name, index);
    if (f.kind != FixtureKind::kPlate) {
      const Box wall = before_wall(floor_of(f.cell), opposite(f.facing), is_along_x(f.facing) ? box.x0 : box.y0,
                                   is_along_x(f.facing) ? box.x1 : box.y1, 0.01);
      require(overlap(box, wall), "{} {} does not stand against a wall", name, index);
    }
    for (const Window& w : house().cells[f.cell].windows) {
      const Box light = before_wall(floor_of(f.cell), w.side, metres(w.begin), metres(w.end), 0.4);
      require(f.height <= w.sill || f.kind == FixtureKind::kSwitch || !overlap(box, light), "{} {} hides a window",
              name, index);
    }
    if (is_container(f.kind)) {
      const double shorter = std::min(box.x1 - box.x0, box.y1 - box.y0) - 2 * metres(kContainerWall);
      require(shorter > 0.75 && shorter < 1.0, "{} {} is {} m wide inside", name, index, shorter);
    }
    if (f.kind == FixtureKind::kButton) {
      const bool for_two = house().level->players == 2;
      const auto is = [&](std::uint8_t other, FixtureKind kind) {
        return other < house().fixtures.size() && house().fixtures[other].kind == kind;
      };
      require(for_two ? is(f.opens, FixtureKind::kDoor) : f.opens == kNoFixture, "button {} opens {}", index,
              int{f.opens});
      require(for_two ? f.lights == kNoFixture : is(f.lights, FixtureKind::kLamp), "button {} lights {}", index,
              int{f.lights});
    } else {
      require(f.opens == kNoFixture, "{} {} opens {}", name, index, int{f.opens});
      require(f.lights == kNoFixture, "{} {} lights {}", name, index, int{f.lights});
    }
  }

  void check_door(std::size_t index) {
    const Fixture& f = house().fixtures[index];
    require(f.cell >= num_rooms(), "door {} is in no doorway", index);
    require(house().cells[f.cell].fixtures.size() == 1, "there is more than door {} in a doorway", index);
    std::size_t rooms = 0;
    for (const Portal& p : house().cells[f.cell].portals) {
      if (p.side != f.facing) continue;
      ++rooms;
      const Box swept = to_box(swept_by(f));
      require(inside(swept, floor_of(p.cell)), "door {} swings through a wall", index);
      require(std::abs((swept.x1 - swept.x0) * (swept.y1 - swept.y0) - 2) < 0.01, "door {} sweeps a wrong floor",
              index);
      // An open door lies beside every doorway, never before one.
      for (const Portal& other : house().cells[p.cell].portals) {
        if (other.cell == f.cell) continue;
        const Box before = before_wall(floor_of(p.cell), other.side, metres(other.begin), metres(other.end), 1.0);
        require(!overlap(swept, before), "door {} swings before another doorway", index);
      }
    }
    require(rooms == 1, "door {} swings into {} rooms", index, rooms);
  }

  void check_kinds_of_fixtures() {
    std::array<int, kFixtureNames.size()> counts{};
    for (const Fixture& f : house().fixtures) ++counts[static_cast<std::size_t>(f.kind)];
    const auto count = [&](FixtureKind kind) { return counts[static_cast<std::size_t>(kind)]; };
    const bool furnished = house().level->furniture;
    const int expected_pairs = house().level->players == 2 ? 2 : 0;
    const int expected_buttons = !furnished ? 0 : house().level->players == 2 ? 2 : 1;
    require(count(FixtureKind::kButton) == expected_buttons, "{} buttons", count(FixtureKind::kButton));
    require(count(FixtureKind::kPlate) == expected_pairs, "{} plates", count(FixtureKind::kPlate));
    const int doorways = static_cast<int>(house().cells.size()) - house().num_rooms;
    require(count(FixtureKind::kDoor) == (furnished ? doorways : 0), "{} doors", count(FixtureKind::kDoor));
    require(count(FixtureKind::kSwitch) == (furnished ? house().num_rooms : 0), "{} switches",
            count(FixtureKind::kSwitch));
    for (std::size_t kind = 0; kind < counts.size(); ++kind) {
      if (kind >= static_cast<std::size_t>(FixtureKind::kButton)) break;
      const bool is_door = kind == static_cast<std::size_t>(FixtureKind::kDoor);
      require((counts[kind] > 0) == (furnished && (!is_door || doorways > 0)), "{} of kind {}", counts[kind],
              kFixtureNames[kind]);
    }
    for (std::size_t room = 0; room < num_rooms(); ++room) {
      require(house().cells[room].fixtures.size() <= 10, "room {} is crowded", room);
    }
    for (const FixtureKind kind : {FixtureKind::kBox, FixtureKind::kButton}) {
      std::set<Colour> colours;
      for (const Fixture& f : house().fixtures) {
        if (f.kind == kind) colours.insert(f.colour);
      }
      require(static_cast<int>(colours.size()) == std::min(count(kind), 8), "colours of {} are not different",
              kFixtureNames[static_cast<std::size_t>(kind)]);
    }
  }

  void check_room_for_more() {
    for (std::size_t i = 0; i < house().fixtures.size(); ++i) {
      const Fixture& f = house().fixtures[i];
      const bool is_holder = is_container(f.kind);
      if (!is_holder && !has_top(f.kind)) continue;
      const Box box = to_box(f.floor);
      const double radius = is_holder ? 0.2 : 0.36;
      const double edge = radius + (is_holder ? metres(kContainerWall) : 0);
      bool found = false;
      for (double y = box.y0 + edge; y <= box.y1 - edge + 1e-9 && !found; y += 0.01) {
        for (double x = box.x0 + edge; x <= box.x1 - edge + 1e-9 && !found; x += 0.01) {
          found = std::all_of(house().things.begin(), house().things.end(), [&](const Thing& t) {
            return support_of(t) != static_cast<int>(i) ||
                   distance(to_point(t.position.flat()), {x, y}) >= radius + metres(body_of(t.kind).radius);
          });
        }
      }
      require(found, "{} {} has no room for one more thing", kFixtureNames[static_cast<std::size_t>(f.kind)], i);
    }
  }
};

}  // namespace

void check_fixtures(const House& house, std::vector<std::string>& problems) { Fixtures(house, problems).check(); }

}  // namespace atl::envs::playhouse::checker
