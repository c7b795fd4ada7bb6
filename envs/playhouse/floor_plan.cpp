#include "envs/playhouse/floor_plan.h"

#include "envs/playhouse/geometry.h"

#include <algorithm>
#include <numeric>

namespace atl::envs::playhouse {
namespace {

// Everything here is counted in units of the grid, 0.25 m.
constexpr int kLowSide = 14;
constexpr int kHighSide = 24;
constexpr int kOnlyRoomSide = 32;  // of a house that is a single room
constexpr int kWall = 1;
constexpr int kDoorway = 4;
constexpr int kCorner = 2;  // between a doorway or window and the next corner
constexpr int kMostDoorways = 9;

struct Span {
  int low = 0;
  int high = 0;
  [[nodiscard]] int size() const { return high - low; }
  [[nodiscard]] bool meets(Span other) const { return low < other.high && other.low < high; }
};
Span common(Span a, Span b) { return {std::max(a.low, b.low), std::min(a.high, b.high)}; }

struct Box {
  Span x;
  Span y;
  [[nodiscard]] bool meets(const Box& other) const { return x.meets(other.x) && y.meets(other.y); }
  [[nodiscard]] Span along(Side side) const { return runs_along_x(side) ? x : y; }
};

/// Numbers of rooms in each row.
struct Pattern {
  std::array<int, 3> counts;
  [[nodiscard]] int sum() const { return counts[0] + counts[1] + counts[2]; }
};
constexpr std::array<Pattern, 17> kPatterns{{{{1, 0, 0}},
                                             {{2, 0, 0}},
                                             {{1, 1, 0}},
                                             {{3, 0, 0}},
                                             {{1, 2, 0}},
                                             {{2, 1, 0}},
                                             {{2, 2, 0}},
                                             {{2, 2, 0}},
                                             {{1, 3, 0}},
                                             {{3, 1, 0}},
                                             {{2, 3, 0}},
                                             {{3, 2, 0}},
                                             {{2, 1, 2}},
                                             {{3, 3, 0}},
                                             {{2, 2, 2}},
                                             {{1, 3, 2}},
                                             {{1, 2, 3}}}};

struct Edge {
  int a = 0;
  int b = 0;                 // lies north or east of a
  Side side = Side::kNorth;  // of a
  Span shared;               // of the wall between them
};

struct Doorway {
  Edge edge;
  int begin = 0;
  bool swings_into_b = false;
  bool hinge_is_high = false;
};

struct Plan {
  std::vector<Box> rooms;
  std::vector<Doorway> doorways;
};

const Pattern& draw_pattern(int num_rooms, Random& random) {
  const auto fits = [&](const Pattern& p) { return p.sum() == num_rooms; };
  const auto count = std::count_if(kPatterns.begin(), kPatterns.end(), fits);
  auto found = std::find_if(kPatterns.begin(), kPatterns.end(), fits);
  for (auto skip = random.below(static_cast<std::uint32_t>(count)); skip > 0; --skip) {
    found = std::find_if(found + 1, kPatterns.end(), fits);
  }
  return *found;
}

// Shortest and longest row of `count` rooms with the walls between them.
Span row_lengths(int count) { return {count * (kLowSide + kWall) - kWall, count * (kHighSide + kWall) - kWall}; }

// Cuts a row into rooms, all lengths possible.
void cut_row(Plan& plan, Span row, Span y, int count, Random& random) {
  int x = row.low;
  for (int left = count; left > 0; --left) {
    const Span others = row_lengths(left - 1);
    const int rest = row.high - x - (left > 1 ? kWall : 0);
    const int width =
        left == 1 ? rest
                  : random.between(std::max(kLowSide, rest - others.high), std::min(kHighSide, rest - others.low));
    plan.rooms.push_back({{x, x + width}, y});
    x += width + kWall;
  }
}

void cut_rooms(Plan& plan, int num_rooms, Random& random) {
  if (num_rooms == 1) {
    plan.rooms.push_back({{0, kOnlyRoomSide}, {0, kOnlyRoomSide}});
    return;
  }
  const Pattern& pattern = draw_pattern(num_rooms, random);
  Span fitting{0, 1000};
  for (const int count : pattern.counts) {
    if (count > 0) fitting = common(fitting, row_lengths(count));
  }
  // Rows of one length where that is possible, mostly; else each has its own, and begins or ends where the first does.
  const bool rectangle = fitting.size() >= 0 && random.chance(3, 4);
  const int length = rectangle ? random.between(fitting.low, fitting.high) : 0;
  const bool align_high = random.chance(1, 2);
  int y = 0;
  for (const int count : pattern.counts) {
    if (count == 0) continue;
    const int height = random.between(kLowSide, kHighSide);
    const Span lengths = row_lengths(count);
    const int own = rectangle ? length : random.between(lengths.low, lengths.high);
    cut_row(plan, align_high ? Span{-own, 0} : Span{0, own}, {y, y + height}, count, random);
    y += height + kWall;
  }
  if (random.chance(1, 2)) {
    for (Box& room : plan.rooms) std::swap(room.x, room.y);
  }
}

std::vector<Edge> edges_of(const Plan& plan) {
  std::vector<Edge> edges;
  const auto add = [&](int a, int b, Side side, Span shared) {
    if (shared.size() >= kDoorway + 2 * kCorner) edges.push_back({a, b, side, shared});
  };
  for (int a = 0; a < static_cast<int>(plan.rooms.size()); ++a) {
    for (int b = 0; b < static_cast<int>(plan.rooms.size()); ++b) {
      const Box& low = plan.rooms[static_cast<std::size_t>(a)];
      const Box& high = plan.rooms[static_cast<std::size_t>(b)];
      if (high.x.low == low.x.high + kWall) add(a, b, Side::kEast, common(low.y, high.y));
      if (high.y.low == low.y.high + kWall) add(a, b, Side::kNorth, common(low.x, high.x));
    }
  }
  return edges;
}

// What must stay free in room `room` for a doorway of its: the floor before it and, where its door swings into the
// room, beside it.
Box kept_free(const Plan& plan, const Doorway& door, int room) {
  const bool is_b = room == door.edge.b;
  const Box& floor = plan.rooms[static_cast<std::size_t>(room)];
  const bool across_y = runs_along_x(door.edge.side);
  Span along{door.begin, door.begin + kDoorway};
  if (is_b == door.swings_into_b)
    (door.hinge_is_high ? along.high : along.low) += door.hinge_is_high ? kDoorway : -kDoorway;
  const Span range = across_y ? floor.y : floor.x;
  const Span depth = is_b ? Span{range.low, range.low + kDoorway} : Span{range.high - kDoorway, range.high};
  return across_y ? Box{along, depth} : Box{depth, along};
}

bool has_place(const Plan& plan, const Doorway& door) {
  for (const int room : {door.edge.a, door.edge.b}) {
    const bool swings_here = (room == door.edge.b) == door.swings_into_b;
    const Box own = kept_free(plan, door, room);
    const Span wall = plan.rooms[static_cast<std::size_t>(room)].along(door.edge.side);
    const Span along = own.along(door.edge.side);
    if (along.low < wall.low || along.high > wall.high) return false;
    for (const Doorway& other : plan.doorways) {
      if (other.edge.a != room && other.edge.b != room) continue;
      const bool other_swings_here = (room == other.edge.b) == other.swings_into_b;
      if ((swings_here || other_swings_here) && own.meets(kept_free(plan, other, room))) return false;
    }
  }
  return true;
}

// Adds a doorway to the wall of `edge`, if there is a place where its door disturbs no other.
bool add_doorway(Plan& plan, const Edge& edge, Random& random) {
  const int places = edge.shared.size() - kDoorway - 2 * kCorner + 1;
  const int ways = places * 4;
  const int first = random.between(0, ways - 1);
  for (int i = 0; i < ways; ++i) {
    const int way = (first + i) % ways;
    const Doorway door{edge, edge.shared.low + kCorner + way / 4, way % 2 != 0, way / 2 % 2 != 0};
    if (!has_place(plan, door)) continue;
    plan.doorways.push_back(door);
    return true;
  }
  return false;
}

// A spanning tree of rooms, and a third of the other walls. False: some room stays without a doorway.
bool connect(Plan& plan, Random& random) {
  std::vector<Edge> edges = edges_of(plan);
  shuffle(edges, random);
  std::array<int, kMaxRooms> group{};
  std::iota(group.begin(), group.end(), 0);
  int num_groups = static_cast<int>(plan.rooms.size());
  for (const bool tree : {true, false}) {
    for (const Edge& edge : edges) {
      int& a = group[static_cast<std::size_t>(edge.a)];
      const int b = group[static_cast<std::size_t>(edge.b)];
      const bool joined = std::any_of(plan.doorways.begin(), plan.doorways.end(), [&](const Doorway& door) {
        return door.edge.a == edge.a && door.edge.b == edge.b;
      });
      if (tree ? a == b : joined || !random.chance(1, 3)) continue;
      if (static_cast<int>(plan.doorways.size()) == kMostDoorways || !add_doorway(plan, edge, random)) continue;
      if (!tree) continue;
      --num_groups;
      std::replace(group.begin(), group.end(), int{a}, b);
    }
  }
  return num_groups == 1;
}

// The stretches of a room's wall behind which there is no other room.
std::vector<Span> outer_runs(const Plan& plan, const Box& room, Side side) {
  const Span wall = room.along(side);
  std::vector<Span> runs{wall};
  for (const Box& other : plan.rooms) {
    const bool behind = side == Side::kNorth   ? other.y.low == room.y.high + kWall
                        : side == Side::kSouth ? other.y.high == room.y.low - kWall
                        : side == Side::kEast  ? other.x.low == room.x.high + kWall
                                               : other.x.high == room.x.low - kWall;
    if (!behind) continue;
    const Span covered{other.along(side).low - kWall, other.along(side).high + kWall};
    std::vector<Span> rest;
    for (const Span run : runs) {
      if (covered.low > run.low) rest.push_back({run.low, std::min(run.high, covered.low)});
      if (covered.high < run.high) rest.push_back({std::max(run.low, covered.high), run.high});
    }
    runs = rest;
  }
  return runs;
}

void draw_windows(const Plan& plan, std::size_t room, Cell& cell, Random& random) {
  constexpr int kNarrow = 4;
  constexpr int kWide = 7;
  std::vector<std::pair<Side, Span>> runs;
  for (const Side side : kSides) {
    for (const Span run : outer_runs(plan, plan.rooms[room], side)) {
      if (run.size() >= kNarrow + 2 * kCorner) runs.emplace_back(side, run);
    }
  }
  if (runs.empty()) return;
  const std::size_t sure = random.below(static_cast<std::uint32_t>(runs.size()));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto [side, run] = runs[i];
    const int width = random.between(kNarrow, std::min(kWide, run.size() - 2 * kCorner));
    const int begin = random.between(run.low + kCorner, run.high - kCorner - width);
    if (i != sure && !random.chance(1, 2)) continue;
    cell.windows.push_back({side, begin * kGrid, (begin + width) * kGrid, from_cm(90), from_cm(210)});
  }
}

// Which room is which: there is a bedroom in any house with furniture; a hall leads on, a bathroom is small.
void name_rooms(const Plan& plan, House& house, Random& random) {
  std::array<RoomName, kMaxRooms> names{RoomName::kKitchen, RoomName::kBathroom, RoomName::kLivingRoom,
                                        RoomName::kStudy,   RoomName::kHall,     RoomName::kBedroom};
  std::vector<RoomName> chosen;
  if (house.level->furniture) chosen.push_back(RoomName::kBedroom);
  shuffle(std::span(names).first(house.level->furniture ? 5 : 6), random);
  for (std::size_t i = 0; chosen.size() < plan.rooms.size(); ++i) chosen.push_back(names[i]);

  std::vector<std::size_t> rooms(plan.rooms.size());
  std::iota(rooms.begin(), rooms.end(), std::size_t{0});
  shuffle(rooms, random);
  const auto area = [&](std::size_t i) { return plan.rooms[i].x.size() * plan.rooms[i].y.size(); };
  const auto num_doorways = [&](std::size_t i) { return house.cells[i].portals.size(); };
  const auto give = [&](RoomName name, auto before) {
    const auto at = std::find(chosen.begin(), chosen.end(), name);
    if (at == chosen.end()) return;
    chosen.erase(at);
    const auto room = std::min_element(rooms.begin(), rooms.end(), before);
    house.cells[*room].name = name;
    rooms.erase(room);
  };
  give(RoomName::kHall, [&](std::size_t a, std::size_t b) { return num_doorways(a) > num_doorways(b); });
  give(RoomName::kBathroom, [&](std::size_t a, std::size_t b) { return area(a) < area(b); });
  for (std::size_t i = 0; i < rooms.size(); ++i) house.cells[rooms[i]].name = chosen[i];
}

Rect to_rect(const Box& box) {
  return {{box.x.low * kGrid, box.y.low * kGrid}, {box.x.high * kGrid, box.y.high * kGrid}};
}

void add_doorway_cell(House& house, const Plan& plan, const Doorway& door) {
  const Box& a = plan.rooms[static_cast<std::size_t>(door.edge.a)];
  const Span along{door.begin, door.begin + kDoorway};
  const Box box = door.edge.side == Side::kNorth ? Box{along, {a.y.high, a.y.high + kWall}}
                                                 : Box{{a.x.high, a.x.high + kWall}, along};
  const auto index = static_cast<std::uint8_t>(house.cells.size());
  Cell cell;
  cell.floor = to_rect(box);
  cell.height = kDoorwayHeight;
  const Portal portal{door.edge.side, along.low * kGrid, along.high * kGrid, kDoorwayHeight, index};
  for (const auto& [room, side] :
       {std::pair{door.edge.a, opposite(portal.side)}, std::pair{door.edge.b, portal.side}}) {
    Portal out = portal;
    out.side = side;
    out.cell = static_cast<std::uint8_t>(room);
    cell.portals.push_back(out);
    Portal in = portal;
    in.side = opposite(side);
    house.cells[static_cast<std::size_t>(room)].portals.push_back(in);
  }
  house.cells.push_back(std::move(cell));
}

void add_door(House& house, const Doorway& door, std::uint8_t cell, Random& random) {
  Fixture leaf;
  leaf.kind = FixtureKind::kDoor;
  leaf.cell = cell;
  leaf.facing = door.swings_into_b ? door.edge.side : opposite(door.edge.side);
  leaf.floor = strip_along(house.cells[cell].floor, leaf.facing, kDoorThickness);
  leaf.height = kDoorwayHeight;
  leaf.hinge_is_high = door.hinge_is_high;
  leaf.starts_on = !random.chance(static_cast<std::uint32_t>(house.level->closed_doors_percent), 100);
  house.cells[cell].fixtures.push_back(static_cast<std::uint8_t>(house.fixtures.size()));
  house.fixtures.push_back(leaf);
}

void move_to_origin(Plan& plan) {
  Box all = plan.rooms.front();
  for (const Box& room : plan.rooms) {
    all.x = {std::min(all.x.low, room.x.low), std::max(all.x.high, room.x.high)};
    all.y = {std::min(all.y.low, room.y.low), std::max(all.y.high, room.y.high)};
  }
  const auto shift = [](Span& span, Span whole) {
    const int by = (whole.low + whole.high + 1000) / 2 - 500;  // rounded down
    span = {span.low - by, span.high - by};
  };
  for (Box& room : plan.rooms) shift(room.x, all.x), shift(room.y, all.y);
}

}  // namespace

bool draw_floor_plan(House& house, Random& random) {
  Plan plan;
  cut_rooms(plan, random.between(house.level->rooms_low, house.level->rooms_high), random);
  move_to_origin(plan);
  if (!connect(plan, random)) return false;

  house.num_rooms = static_cast<int>(plan.rooms.size());
  house.cells.reserve(plan.rooms.size() + plan.doorways.size());
  for (const Box& room : plan.rooms) {
    Cell cell;
    cell.floor = to_rect(room);
    cell.height = kRoomHeight;
    house.cells.push_back(std::move(cell));
  }
  for (const Doorway& door : plan.doorways) {
    add_doorway_cell(house, plan, door);
    if (house.level->furniture) add_door(house, door, static_cast<std::uint8_t>(house.cells.size() - 1), random);
  }
  for (std::size_t i = 0; i < plan.rooms.size(); ++i) draw_windows(plan, i, house.cells[i], random);
  name_rooms(plan, house, random);
  return true;
}

}  // namespace atl::envs::playhouse
