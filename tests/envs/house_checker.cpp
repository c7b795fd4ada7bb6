#include "house_checker.h"

#include "house_picture.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>

namespace atl::envs::playhouse {
namespace {

// All in metres here; bits of the fixed-point numbers are left as tolerance.
constexpr double kTolerance = 1e-3;
constexpr double kBody = 0.25;
constexpr double kNear = 0.75;
constexpr double kRaster = 0.1;

double metres(std::int32_t q16) { return q16 / 65536.0; }

struct Point {
  double x = 0;
  double y = 0;
};
Point to_point(Vec2 v) { return {metres(v.x), metres(v.y)}; }
double distance(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

struct Box {
  double x0, y0, x1, y1;
};
Box to_box(const Rect& r) { return {metres(r.low.x), metres(r.low.y), metres(r.high.x), metres(r.high.y)}; }
double distance(const Box& b, Point p) {
  return std::hypot(std::max({b.x0 - p.x, 0.0, p.x - b.x1}), std::max({b.y0 - p.y, 0.0, p.y - b.y1}));
}
bool overlap(const Box& a, const Box& b) {
  return std::min(a.x1, b.x1) - std::max(a.x0, b.x0) > kTolerance &&
         std::min(a.y1, b.y1) - std::max(a.y0, b.y0) > kTolerance;
}
bool inside(const Box& inner, const Box& outer) {
  return inner.x0 >= outer.x0 - kTolerance && inner.x1 <= outer.x1 + kTolerance && inner.y0 >= outer.y0 - kTolerance &&
         inner.y1 <= outer.y1 + kTolerance;
}
bool is_along_x(Side side) { return side == Side::kNorth || side == Side::kSouth; }

/// The floor of `room` before begin .. end of its wall on `side`, `depth` deep; a negative one lies outside.
Box before_wall(const Box& room, Side side, double begin, double end, double depth) {
  switch (side) {
    case Side::kNorth: return {begin, room.y1 - std::max(depth, 0.0), end, room.y1 - std::min(depth, 0.0)};
    case Side::kSouth: return {begin, room.y0 + std::min(depth, 0.0), end, room.y0 + std::max(depth, 0.0)};
    case Side::kEast: return {room.x1 - std::max(depth, 0.0), begin, room.x1 - std::min(depth, 0.0), end};
    case Side::kWest: return {room.x0 + std::min(depth, 0.0), begin, room.x0 + std::max(depth, 0.0), end};
  }
  return room;
}

class Checker {
 public:
  explicit Checker(const House& house) : house_(house) {}

  std::vector<std::string> check() {
    check_rooms();
    for (std::size_t i = 0; i < house_.cells.size(); ++i) check_portals(i);
    for (std::size_t i = 0; i < num_rooms(); ++i) check_windows(i);
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) check_fixture(i);
    check_kinds_of_fixtures();
    for (std::size_t i = 0; i < house_.things.size(); ++i) check_thing(i);
    check_numbers_of_things();
    check_room_for_more();
    check_starts();
    check_ways();
    check_look();
    return problems_;
  }

 private:
  template <class... Args>
  void require(bool holds, fmt::format_string<Args...> format, Args&&... args) {
    if (!holds) problems_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  [[nodiscard]] std::size_t num_rooms() const { return static_cast<std::size_t>(house_.num_rooms); }
  [[nodiscard]] Box floor_of(std::size_t cell) const { return to_box(house_.cells[cell].floor); }
  [[nodiscard]] static bool is_body(const Fixture& f) { return !is_passable(f.kind) && f.kind != FixtureKind::kDoor; }

  void check_rooms() {
    const Level& level = *house_.level;
    require(house_.num_rooms >= level.rooms_low && house_.num_rooms <= level.rooms_high, "{} rooms", house_.num_rooms);
    require(house_.cells.size() >= num_rooms() && num_rooms() <= kMaxRooms, "{} cells", house_.cells.size());
    std::set<RoomName> names;
    for (std::size_t i = 0; i < house_.cells.size(); ++i) {
      const Rect& floor = house_.cells[i].floor;
      for (const std::int32_t edge : {floor.low.x, floor.low.y, floor.high.x, floor.high.y}) {
        require(edge % kGrid == 0, "cell {} is off the grid", i);
      }
      if (i >= num_rooms()) continue;
      names.insert(house_.cells[i].name);
      const Box box = floor_of(i);
      for (const double side : {box.x1 - box.x0, box.y1 - box.y0}) {
        require(num_rooms() == 1 ? side == 8.0 : side >= 3.5 && side <= 6.0, "room {} is {} m long", i, side);
      }
      for (std::size_t j = 0; j < i; ++j) {  // walls between: 0.25 m
        const Box wide{box.x0 - 0.24, box.y0 - 0.24, box.x1 + 0.24, box.y1 + 0.24};
        require(!overlap(wide, floor_of(j)), "rooms {} and {} have no wall between them", i, j);
      }
    }
    require(names.size() == num_rooms(), "names of rooms are not unique");
    if (level.furniture) require(names.count(RoomName::kBedroom) == 1, "no bedroom");
  }

  void check_portals(std::size_t index) {
    const Cell& cell = house_.cells[index];
    const Box box = floor_of(index);
    const bool is_doorway = index >= num_rooms();
    if (is_doorway) {
      require(cell.portals.size() == 2, "doorway {} has {} portals", index, cell.portals.size());
      require(std::abs((box.x1 - box.x0) * (box.y1 - box.y0) - 0.25) < kTolerance, "doorway {} has a wrong size",
              index);
    }
    for (const Portal& p : cell.portals) {
      const double begin = metres(p.begin);
      const double end = metres(p.end);
      const double low = is_along_x(p.side) ? box.x0 : box.y0;
      const double high = is_along_x(p.side) ? box.x1 : box.y1;
      const double corner = is_doorway ? 0 : 0.5;
      require(std::abs(end - begin - 1) < kTolerance, "a portal of {} is {} m wide", index, end - begin);
      require(begin >= low + corner - kTolerance && end <= high - corner + kTolerance, "a portal of {} is at a corner",
              index);
      require(p.height == kDoorwayHeight && p.cell < house_.cells.size(), "a portal of {} is wrong", index);
      require((p.cell < num_rooms()) == is_doorway, "a portal of {} leads to {}", index, int{p.cell});
      const auto& back = house_.cells[p.cell].portals;
      const bool is_mutual = std::any_of(back.begin(), back.end(), [&](const Portal& q) {
        return q.cell == index && q.begin == p.begin && q.end == p.end && q.side == opposite(p.side);
      });
      require(is_mutual, "the portal from {} to {} has no other side", index, int{p.cell});
      const Box other = floor_of(p.cell);
      const double gap = p.side == Side::kNorth   ? other.y0 - box.y1
                         : p.side == Side::kSouth ? box.y0 - other.y1
                         : p.side == Side::kEast  ? other.x0 - box.x1
                                                  : box.x0 - other.x1;
      require(gap == 0, "cells {} and {} do not meet", index, int{p.cell});
    }
  }

  void check_windows(std::size_t room) {
    const Box box = floor_of(room);
    for (const Window& w : house_.cells[room].windows) {
      const double begin = metres(w.begin);
      const double end = metres(w.end);
      const double low = is_along_x(w.side) ? box.x0 : box.y0;
      const double high = is_along_x(w.side) ? box.x1 : box.y1;
      require(begin >= low + 0.25 && end <= high - 0.25 && end - begin >= 0.75, "a window of room {} does not fit",
              room);
      require(w.sill > 0 && w.top > w.sill && w.top < kRoomHeight, "a window of room {} has wrong heights", room);
      const Box outside = before_wall(box, w.side, begin, end, -0.5);
      for (std::size_t cell = 0; cell < house_.cells.size(); ++cell) {
        require(!overlap(outside, floor_of(cell)), "a window of room {} looks into cell {}", room, cell);
      }
    }
    if (longest_outer_wall(box) >= 2.25) {
      require(!house_.cells[room].windows.empty(), "room {} has no window", room);
    }
  }

  /// The longest stretch of the walls of a room behind which there is nothing.
  [[nodiscard]] double longest_outer_wall(const Box& box) const {
    double longest = 0;
    for (const Side side : {Side::kNorth, Side::kEast, Side::kSouth, Side::kWest}) {
      double stretch = 0;
      const double low = is_along_x(side) ? box.x0 : box.y0;
      const double high = is_along_x(side) ? box.x1 : box.y1;
      for (double begin = low; begin < high - kTolerance; begin += 0.25) {
        const Box outside = before_wall(box, side, begin, begin + 0.25, -0.5);
        const bool is_outer = std::none_of(house_.cells.begin(), house_.cells.end(),
                                           [&](const Cell& cell) { return overlap(outside, to_box(cell.floor)); });
        stretch = is_outer ? stretch + 0.25 : 0;
        longest = std::max(longest, stretch);
      }
    }
    return longest;
  }

  void check_fixture(std::size_t index) {
    const Fixture& f = house_.fixtures[index];
    const std::string_view name = kFixtureNames[static_cast<std::size_t>(f.kind)];
    const Box box = to_box(f.floor);
    std::size_t listed = 0;
    for (std::size_t cell = 0; cell < house_.cells.size(); ++cell) {
      for (const std::uint8_t other : house_.cells[cell].fixtures)
        listed += other == index && cell == f.cell ? 1 : other == index ? 2 : 0;
    }
    require(listed == 1, "{} {} is not listed once, in its cell", name, index);
    require(inside(box, floor_of(f.cell)), "{} {} is not in its cell", name, index);
    require(f.bottom >= 0 && f.height > f.bottom && f.height < kRoomHeight, "{} {} has wrong heights", name, index);
    for (std::size_t j = 0; j < index; ++j) {
      require(!overlap(box, to_box(house_.fixtures[j].floor)), "{} {} overlaps fixture {}", name, index, j);
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
    for (const Window& w : house_.cells[f.cell].windows) {
      const Box light = before_wall(floor_of(f.cell), w.side, metres(w.begin), metres(w.end), 0.4);
      require(f.height <= w.sill || f.kind == FixtureKind::kSwitch || !overlap(box, light), "{} {} hides a window",
              name, index);
    }
    if (is_container(f.kind)) {
      const double shorter = std::min(box.x1 - box.x0, box.y1 - box.y0) - 2 * metres(kContainerWall);
      require(shorter > 0.75 && shorter < 1.0, "{} {} is {} m wide inside", name, index, shorter);
    }
    if (f.kind == FixtureKind::kButton) {
      const bool for_two = house_.level->players == 2;
      const auto is = [&](std::uint8_t other, FixtureKind kind) {
        return other < house_.fixtures.size() && house_.fixtures[other].kind == kind;
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
    const Fixture& f = house_.fixtures[index];
    require(f.cell >= num_rooms(), "door {} is in no doorway", index);
    require(house_.cells[f.cell].fixtures.size() == 1, "there is more than door {} in a doorway", index);
    std::size_t rooms = 0;
    for (const Portal& p : house_.cells[f.cell].portals) {
      if (p.side != f.facing) continue;
      ++rooms;
      const Box swept = to_box(swept_by(f));
      require(inside(swept, floor_of(p.cell)), "door {} swings through a wall", index);
      require(std::abs((swept.x1 - swept.x0) * (swept.y1 - swept.y0) - 2) < 0.01, "door {} sweeps a wrong floor",
              index);
      // An open door lies beside every doorway, never before one.
      for (const Portal& other : house_.cells[p.cell].portals) {
        if (other.cell == f.cell) continue;
        const Box before = before_wall(floor_of(p.cell), other.side, metres(other.begin), metres(other.end), 1.0);
        require(!overlap(swept, before), "door {} swings before another doorway", index);
      }
    }
    require(rooms == 1, "door {} swings into {} rooms", index, rooms);
  }

  /// The floor before doorways and that of doors.
  [[nodiscard]] std::vector<Box> kept_free(std::size_t room) const {
    std::vector<Box> kept;
    for (const Portal& p : house_.cells[room].portals) {
      kept.push_back(before_wall(floor_of(room), p.side, metres(p.begin), metres(p.end), 1.0));
    }
    for (const Fixture& f : house_.fixtures) {
      if (f.kind == FixtureKind::kDoor) kept.push_back(to_box(swept_by(f)));
    }
    return kept;
  }

  void check_kinds_of_fixtures() {
    std::array<int, kFixtureNames.size()> counts{};
    for (const Fixture& f : house_.fixtures) ++counts[static_cast<std::size_t>(f.kind)];
    const auto count = [&](FixtureKind kind) { return counts[static_cast<std::size_t>(kind)]; };
    const bool furnished = house_.level->furniture;
    const int expected_pairs = house_.level->players == 2 ? 2 : 0;
    const int expected_buttons = !furnished ? 0 : house_.level->players == 2 ? 2 : 1;
    require(count(FixtureKind::kButton) == expected_buttons, "{} buttons", count(FixtureKind::kButton));
    require(count(FixtureKind::kPlate) == expected_pairs, "{} plates", count(FixtureKind::kPlate));
    const int doorways = static_cast<int>(house_.cells.size()) - house_.num_rooms;
    require(count(FixtureKind::kDoor) == (furnished ? doorways : 0), "{} doors", count(FixtureKind::kDoor));
    require(count(FixtureKind::kSwitch) == (furnished ? house_.num_rooms : 0), "{} switches",
            count(FixtureKind::kSwitch));
    for (std::size_t kind = 0; kind < counts.size(); ++kind) {
      if (kind >= static_cast<std::size_t>(FixtureKind::kButton)) break;
      require((counts[kind] > 0) == furnished, "{} of kind {}", counts[kind], kFixtureNames[kind]);
    }
    for (std::size_t room = 0; room < num_rooms(); ++room) {
      require(house_.cells[room].fixtures.size() <= 10, "room {} is crowded", room);
    }
    for (const FixtureKind kind : {FixtureKind::kBox, FixtureKind::kButton}) {
      std::set<Colour> colours;
      for (const Fixture& f : house_.fixtures) {
        if (f.kind == kind) colours.insert(f.colour);
      }
      require(static_cast<int>(colours.size()) == std::min(count(kind), 8), "colours of {} are not different",
              kFixtureNames[static_cast<std::size_t>(kind)]);
    }
  }

  /// The fixture that carries a thing; -1: the floor; -2: nothing does.
  [[nodiscard]] int support_of(const Thing& thing) const {
    if (thing.position.z == 0) return -1;
    const double radius = metres(body_of(thing.kind).radius);
    const Point p = to_point(thing.position.flat());
    const Box body{p.x - radius, p.y - radius, p.x + radius, p.y + radius};
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      const Fixture& f = house_.fixtures[i];
      Box space = to_box(f.floor);
      std::int32_t z = f.height;
      if (is_container(f.kind)) {
        const double wall = metres(kContainerWall);
        space = {space.x0 + wall, space.y0 + wall, space.x1 - wall, space.y1 - wall};
        z = f.bottom + kContainerBottom;
      } else if (!has_top(f.kind)) {
        continue;
      }
      if (z == thing.position.z && inside(body, space)) return static_cast<int>(i);
    }
    return -2;
  }

  void check_thing(std::size_t index) {
    const Thing& thing = house_.things[index];
    const double radius = metres(body_of(thing.kind).radius);
    const Point p = to_point(thing.position.flat());
    const int support = support_of(thing);
    require(support != -2, "thing {} hangs in the air", index);
    require(thing.heading >= 0 && thing.heading < kTurn, "thing {} has heading {}", index, thing.heading);
    for (std::size_t j = 0; j < index; ++j) {
      const Thing& other = house_.things[j];
      if (support_of(other) != support) continue;
      const double gap = distance(p, to_point(other.position.flat())) - radius - metres(body_of(other.kind).radius);
      require(gap >= (support == -1 ? 0.35 : 0.1) - kTolerance, "things {} and {} are {} m apart", index, j, gap);
    }
    if (support != -1) return;
    const int room = house_.cell_at(thing.position.flat());
    require(room >= 0 && room < house_.num_rooms, "thing {} is in cell {}", index, room);
    if (room < 0 || room >= house_.num_rooms) return;
    const Box body{p.x - radius, p.y - radius, p.x + radius, p.y + radius};
    require(inside(body, floor_of(static_cast<std::size_t>(room))), "thing {} sticks in a wall", index);
    for (std::size_t j = 0; j < house_.fixtures.size(); ++j) {
      require(distance(to_box(house_.fixtures[j].floor), p) >= radius + 0.1 - kTolerance, "thing {} touches fixture {}",
              index, j);
    }
    for (const Box& kept : kept_free(static_cast<std::size_t>(room))) {
      require(distance(kept, p) >= radius - kTolerance, "thing {} is in the way of a door", index);
    }
  }

  void check_numbers_of_things() {
    const Level& level = *house_.level;
    const int count = static_cast<int>(house_.things.size());
    require(count >= level.things_low && count <= level.things_high && count <= kMaxThings, "{} things", count);
    const auto blocks = std::count_if(house_.things.begin(), house_.things.end(),
                                      [](const Thing& t) { return t.kind.shape == Shape::kBlock; });
    require(blocks == level.blocks, "{} blocks", blocks);
    for (const Thing& t : house_.things) {
      require(t.kind.shape != Shape::kBlock || t.kind.size == Size::kSmall, "a big block");
      require(level.small_things || t.kind.size == Size::kBig, "a small thing in a level of big ones");
    }
  }

  void check_room_for_more() {
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      const Fixture& f = house_.fixtures[i];
      const bool is_holder = is_container(f.kind);
      if (!is_holder && !has_top(f.kind)) continue;
      const Box box = to_box(f.floor);
      const double radius = is_holder ? 0.2 : 0.36;
      const double edge = radius + (is_holder ? metres(kContainerWall) : 0);
      bool found = false;
      for (double y = box.y0 + edge; y <= box.y1 - edge + 1e-9 && !found; y += 0.01) {
        for (double x = box.x0 + edge; x <= box.x1 - edge + 1e-9 && !found; x += 0.01) {
          found = std::all_of(house_.things.begin(), house_.things.end(), [&](const Thing& t) {
            return support_of(t) != static_cast<int>(i) ||
                   distance(to_point(t.position.flat()), {x, y}) >= radius + metres(body_of(t.kind).radius);
          });
        }
      }
      require(found, "{} {} has no room for one more thing", kFixtureNames[static_cast<std::size_t>(f.kind)], i);
    }
  }

  void check_starts() {
    for (int player = 0; player < house_.level->players; ++player) {
      const Start& start = house_.starts[static_cast<std::size_t>(player)];
      const Point p = to_point(start.position);
      const int room = house_.cell_at(start.position);
      require(room >= 0 && room < house_.num_rooms, "start {} is in cell {}", player, room);
      require(start.heading >= 0 && start.heading < kTurn, "start {} has heading {}", player, start.heading);
      if (room < 0 || room >= house_.num_rooms) continue;
      const Box box = floor_of(static_cast<std::size_t>(room));
      require(std::min({p.x - box.x0, box.x1 - p.x, p.y - box.y0, box.y1 - p.y}) >= 0.6 - kTolerance,
              "start {} is at a wall", player);
      for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
        require(distance(to_box(house_.fixtures[i].floor), p) >= 0.6 - kTolerance, "start {} is at fixture {}", player,
                i);
      }
      for (std::size_t i = 0; i < house_.things.size(); ++i) {
        const Thing& t = house_.things[i];
        require(t.position.z > 0 ||
                    distance(to_point(t.position.flat()), p) - metres(body_of(t.kind).radius) >= 0.6 - kTolerance,
                "start {} is at thing {}", player, i);
      }
    }
    if (house_.level->players == 2) {
      require(distance(to_point(house_.starts[0].position), to_point(house_.starts[1].position)) > 1.0,
              "players touch");
    }
  }

  // ---- Walking: a raster of 0.1 m over the whole house, the body a disc of 0.25 m.

  [[nodiscard]] Point at(int column, int row) const {
    return {origin_.x + column * kRaster, origin_.y + row * kRaster};
  }

  [[nodiscard]] bool body_fits(Point p) const {
    const auto in_house = [&](Point q) {
      return house_.cell_at(
          {static_cast<std::int32_t>(std::lround(q.x * 65536)), static_cast<std::int32_t>(std::lround(q.y * 65536))});
    };
    const int cell = in_house(p);
    if (cell < 0) return false;
    const Box box = floor_of(static_cast<std::size_t>(cell));
    if (std::min({p.x - box.x0, box.x1 - p.x, p.y - box.y0, box.y1 - p.y}) < kBody) {
      for (int i = 0; i < 32; ++i) {
        const double angle = i * 0.19634954;
        if (in_house({p.x + (kBody - kTolerance) * std::sin(angle), p.y + (kBody - kTolerance) * std::cos(angle)}) < 0)
          return false;
      }
    }
    for (const Fixture& f : house_.fixtures) {
      if (is_body(f) && distance(to_box(f.floor), p) < kBody) return false;
    }
    return std::all_of(house_.things.begin(), house_.things.end(), [&](const Thing& t) {
      return t.position.z > 0 || distance(to_point(t.position.flat()), p) >= kBody + metres(body_of(t.kind).radius);
    });
  }

  /// All places that can be walked to from the first start.
  std::vector<Point> walk() {
    const Box all = to_box(house_.bounds());
    origin_ = {all.x0, all.y0};
    const int columns = static_cast<int>((all.x1 - all.x0) / kRaster) + 1;
    const int rows = static_cast<int>((all.y1 - all.y0) / kRaster) + 1;
    std::vector<char> seen(static_cast<std::size_t>(columns * rows));
    const Point start = to_point(house_.starts[0].position);
    std::deque<std::pair<int, int>> queue{{static_cast<int>(std::lround((start.x - origin_.x) / kRaster)),
                                           static_cast<int>(std::lround((start.y - origin_.y) / kRaster))}};
    std::vector<Point> places;
    while (!queue.empty()) {
      const auto [column, row] = queue.front();
      queue.pop_front();
      if (column < 0 || row < 0 || column >= columns || row >= rows) continue;
      char& mark = seen[static_cast<std::size_t>(row * columns + column)];
      if (mark != 0) continue;
      mark = 1;
      if (!body_fits(at(column, row))) continue;
      places.push_back(at(column, row));
      for (const auto& [dx, dy] : {std::pair{1, 0}, std::pair{-1, 0}, std::pair{0, 1}, std::pair{0, -1}}) {
        queue.emplace_back(column + dx, row + dy);
      }
    }
    return places;
  }

  void check_ways() {
    const std::vector<Point> places = walk();
    const auto any = [&](const Box& room, auto near) {
      return std::any_of(places.begin(), places.end(), [&](Point p) { return distance(room, p) == 0 && near(p); });
    };
    for (std::size_t i = 0; i < house_.cells.size(); ++i) {
      require(any(floor_of(i), [](Point) { return true; }), "cell {} cannot be reached", i);
    }
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      const Fixture& f = house_.fixtures[i];
      const Box box = to_box(f.floor);
      const double near = f.kind == FixtureKind::kPlate ? 0 : kNear;
      require(any(floor_of(f.cell), [&](Point p) { return distance(box, p) <= near; }), "{} {} cannot be walked up to",
              kFixtureNames[static_cast<std::size_t>(f.kind)], i);
    }
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      const Thing& t = house_.things[i];
      const Point p = to_point(t.position.flat());
      const double near = kNear + metres(body_of(t.kind).radius);
      const int room = house_.cell_at(t.position.flat());
      require(
          room >= 0 && any(floor_of(static_cast<std::size_t>(room)), [&](Point q) { return distance(p, q) <= near; }),
          "thing {} cannot be walked up to", i);
    }
    if (house_.level->players == 2) {
      const Point second = to_point(house_.starts[1].position);
      require(std::any_of(places.begin(), places.end(), [&](Point p) { return distance(p, second) < kRaster; }),
              "the second player cannot be reached");
    }
  }

  void require_muted(std::uint32_t colour, std::string_view what) {
    const std::array<int, 3> channels{static_cast<int>(colour >> 16), static_cast<int>(colour >> 8 & 255),
                                      static_cast<int>(colour & 255)};
    const auto [low, high] = std::minmax_element(channels.begin(), channels.end());
    require(*high - *low <= 60 && *high <= 210 && *low >= 20, "the {} colour {:06x} is like a thing's", what, colour);
  }

  void check_look() {
    const Look& look = house_.look;
    require(look.brightness >= 205 && look.brightness <= 282, "brightness {}", look.brightness);
    require(look.light_heading >= 0 && look.light_heading < kTurn, "light from {}", look.light_heading);
    for (std::size_t i = 0; i < num_rooms(); ++i) {
      const Look::Room& room = look.rooms[i];
      require_muted(room.wall_colour, "wall's");
      require_muted(room.floor_colour, "floor's");
      require_muted(room.ceiling_colour, "ceiling's");
      require(room.wall_texture < kNumWallTextures && room.floor_texture < kNumFloorTextures, "textures of room {}", i);
    }
  }

  const House& house_;
  Point origin_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> problems_of(const House& house) { return Checker(house).check(); }

void expect_whole(const House& house, std::uint64_t seed) {
  const std::vector<std::string> problems = problems_of(house);
  if (problems.empty()) return;
  ADD_FAILURE() << house.level->name << ", seed " << seed << ": " << problems.size()
                << " problems, first: " << problems.front() << "\n"
                << picture_of(house);
}

}  // namespace atl::envs::playhouse
