#include "envs/playhouse/furnish.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

/// How large fixtures are, in cm: width along the wall, depth from it, height. Boxes and baskets hold a circle of 72 cm
/// inside their walls; tables, shelves and beds carry one.
struct Measures {
  int width_low, width_high;
  int depth_low, depth_high;
  int height_low, height_high;
};
constexpr std::array<Measures, 12> kMeasures{Measures{100, 100, 5, 5, 210, 210},  // door
                                             {110, 160, 75, 90, 74, 74},          // table
                                             {120, 190, 75, 75, 110, 110},        // shelf
                                             {100, 145, 200, 200, 50, 50},        // bed
                                             {95, 105, 90, 95, 85, 85},           // box
                                             {90, 95, 90, 95, 45, 45},            // basket
                                             {40, 40, 40, 40, 160, 160},          // lamp
                                             {8, 8, 3, 3, 117, 117},              // switch
                                             {110, 145, 45, 45, 115, 115},        // tv
                                             {45, 60, 45, 60, 90, 130},           // plant
                                             {30, 30, 30, 30, 100, 100},          // button
                                             {60, 60, 60, 60, 3, 3}};             // plate
constexpr std::int32_t kSwitchBottom = from_cm(105);
constexpr std::int32_t kSwitchAside = from_cm(16);  // from the doorway
constexpr int kMaxPieces = 8;            // in a room, besides its switch; 6 x 9 and 9 doors are fewer than kMaxFixtures
constexpr std::size_t kMostInRoom = 10;  // with what the house needs and the room was not planned for

constexpr auto kTable = FixtureKind::kTable;
constexpr auto kShelf = FixtureKind::kShelf;
constexpr auto kBed = FixtureKind::kBed;
constexpr auto kBox = FixtureKind::kBox;
constexpr auto kBasket = FixtureKind::kBasket;
constexpr auto kLamp = FixtureKind::kLamp;
constexpr auto kTv = FixtureKind::kTv;
constexpr auto kPlant = FixtureKind::kPlant;

struct Chance {
  FixtureKind kind;
  std::uint32_t percent;
};
/// What stands in which room, by how probable it is.
constexpr std::array<std::array<Chance, 8>, 6> kUsual{{
    {{{kTable, 100}, {kShelf, 100}, {kBasket, 50}, {kPlant, 35}, {kBox, 30}, {kTable, 25}, {kLamp, 20}, {kTv, 10}}},
    {{{kBed, 100}, {kLamp, 90}, {kShelf, 65}, {kBox, 50}, {kTable, 35}, {kTv, 25}, {kPlant, 25}, {kBasket, 20}}},
    {{{kBasket, 100}, {kShelf, 90}, {kPlant, 50}, {kBox, 30}, {kShelf, 25}, {kLamp, 20}, {kTable, 15}, {kBasket, 10}}},
    {{{kTv, 100}, {kTable, 95}, {kPlant, 70}, {kLamp, 65}, {kShelf, 55}, {kBox, 45}, {kPlant, 25}, {kBasket, 25}}},
    {{{kTable, 100}, {kShelf, 95}, {kLamp, 80}, {kPlant, 45}, {kShelf, 40}, {kBox, 35}, {kBasket, 25}, {kTv, 10}}},
    {{{kPlant, 75}, {kShelf, 55}, {kBox, 50}, {kBasket, 45}, {kLamp, 45}, {kTable, 25}, {kPlant, 25}, {kTable, 5}}},
}};

/// What every furnished house has, and the rooms where one would look for it first.
struct Needed {
  FixtureKind kind;
  std::array<RoomName, 6> rooms;
};
constexpr auto kKitchen = RoomName::kKitchen;
constexpr auto kBedroom = RoomName::kBedroom;
constexpr auto kBathroom = RoomName::kBathroom;
constexpr auto kLivingRoom = RoomName::kLivingRoom;
constexpr auto kStudy = RoomName::kStudy;
constexpr auto kHall = RoomName::kHall;
constexpr std::array<Needed, 8> kNeeded{{
    {kBed, {kBedroom, kStudy, kLivingRoom, kHall, kKitchen, kBathroom}},
    {kTable, {kKitchen, kLivingRoom, kStudy, kHall, kBedroom, kBathroom}},
    {kShelf, {kStudy, kKitchen, kHall, kLivingRoom, kBathroom, kBedroom}},
    {kBox, {kBedroom, kHall, kLivingRoom, kStudy, kKitchen, kBathroom}},
    {kBasket, {kBathroom, kKitchen, kHall, kLivingRoom, kBedroom, kStudy}},
    {kTv, {kLivingRoom, kStudy, kKitchen, kBedroom, kHall, kBathroom}},
    {kLamp, {kLivingRoom, kStudy, kHall, kBedroom, kKitchen, kBathroom}},
    {kPlant, {kLivingRoom, kHall, kStudy, kKitchen, kBathroom, kBedroom}},
}};

class Furnisher {
 public:
  Furnisher(House& house, std::span<RoomDraft> rooms, Random& random) : house_(house), rooms_(rooms), random_(random) {}

  bool furnish() {
    for (std::size_t room = 0; room < rooms_.size(); ++room) {
      if (!place_switch(room)) return false;
    }
    // What must be there comes before what may be.
    Lists lists = draw_lists();
    const bool for_two = house_.level->players > 1;
    if (for_two && !place_buttons()) return false;
    if (!place_needed(lists)) return false;
    if (!for_two && !place_lamp_button()) return false;
    for (int plate = 0; for_two && plate < 2; ++plate) {
      if (!place_plate()) return false;
    }
    place_usual(lists);
    colour();
    return true;
  }

 private:
  using Lists = std::array<std::vector<FixtureKind>, kMaxRooms>;

  [[nodiscard]] const Measures& measures(FixtureKind kind) const { return kMeasures[static_cast<std::size_t>(kind)]; }
  std::int32_t draw_cm(int low, int high) { return from_cm(random_.between(low, high)); }

  bool try_add(std::size_t room, Fixture fixture) {
    fixture.cell = static_cast<std::uint8_t>(room);
    auto& here = house_.cells[room].fixtures;
    if (here.size() == kMostInRoom || house_.fixtures.size() == kMaxFixtures) return false;
    if (!rooms_[room].try_fixture(fixture)) return false;
    here.push_back(static_cast<std::uint8_t>(house_.fixtures.size()));
    house_.fixtures.push_back(fixture);
    return true;
  }

  Fixture draw_fixture(FixtureKind kind) {
    Fixture fixture;
    fixture.kind = kind;
    fixture.height = draw_cm(measures(kind).height_low, measures(kind).height_high);
    if (is_switchable(kind)) fixture.starts_on = random_.chance(1, 2);
    if (has_lid(kind)) fixture.starts_on = random_.chance(2, 5);
    return fixture;
  }

  // With its back against the wall on `side`; `at`: where along that wall it begins, 0 .. 256 from one corner to the
  // other.
  void put_against(const Rect& floor, Side side, Vec2 size, std::int32_t at, Fixture& fixture) {
    const Rect strip = strip_along(floor, side, size.y);
    const std::int32_t low = runs_along_x(side) ? floor.low.x : floor.low.y;
    const std::int32_t high = runs_along_x(side) ? floor.high.x : floor.high.y;
    const std::int32_t begin = low + static_cast<std::int32_t>(std::int64_t{high - low - size.x} * at / 256);
    fixture.facing = opposite(side);
    fixture.floor = with_extent(strip, side, begin, begin + size.x);
  }

  Vec2 draw_size(FixtureKind kind) {
    const Measures& m = measures(kind);
    const std::int32_t width = draw_cm(m.width_low, m.width_high);
    return {width,
            m.depth_low == m.width_low && m.depth_high == m.width_high ? width : draw_cm(m.depth_low, m.depth_high)};
  }

  // Somewhere along the walls; small things like corners.
  bool place(std::size_t room, FixtureKind kind, int tries) {
    Fixture fixture = draw_fixture(kind);
    const Vec2 size = draw_size(kind);
    const bool is_small = size.x <= from_cm(60);
    for (int i = 0; i < tries; ++i) {
      const auto way = random_.below(is_small ? 3 : 4);
      const std::int32_t at = way == 0 ? 0 : way == 1 ? 256 : random_.between(0, 256);
      put_against(rooms_[room].floor(), kSides[random_.below(4)], size, at, fixture);
      if (try_add(room, fixture)) return true;
    }
    return false;
  }

  // Beside a doorway, not behind its open door; in a room without doorways anywhere.
  bool place_switch(std::size_t room) {
    Fixture fixture = draw_fixture(FixtureKind::kSwitch);
    fixture.bottom = kSwitchBottom;
    fixture.starts_on = random_.chance(3, 4);
    const Measures& m = measures(FixtureKind::kSwitch);
    const std::int32_t width = from_cm(m.width_low);
    const auto& portals = house_.cells[room].portals;
    const auto first = random_.below(2);
    for (std::uint32_t i = 0; i < 2 * portals.size(); ++i) {
      const Portal& portal = portals[i / 2];
      const bool is_high = (i + first) % 2 != 0;
      const std::int32_t begin = is_high ? portal.end + kSwitchAside : portal.begin - kSwitchAside - width;
      fixture.facing = opposite(portal.side);
      fixture.floor = with_extent(strip_along(rooms_[room].floor(), portal.side, from_cm(m.depth_low)), portal.side,
                                  begin, begin + width);
      if (try_add(room, fixture)) return true;
    }
    return portals.empty() && place(room, FixtureKind::kSwitch, 20);
  }

  // A button on either side of one door, as far from it as may be; so neither player can open it and slip through
  // alone.
  bool place_buttons() {
    std::vector<std::size_t> doors;
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      if (house_.fixtures[i].kind == FixtureKind::kDoor) doors.push_back(i);
    }
    if (doors.empty()) return false;
    const std::size_t door = doors[random_.below(static_cast<std::uint32_t>(doors.size()))];
    house_.fixtures[door].starts_on = false;
    const auto& portals = house_.cells[house_.fixtures[door].cell].portals;
    return std::all_of(portals.begin(), portals.end(), [&](const Portal& p) { return place_button(p.cell, door); });
  }

  bool place_button(std::size_t room, std::size_t door) {
    Fixture button = draw_fixture(FixtureKind::kButton);
    button.opens = static_cast<std::uint8_t>(door);
    const Vec2 size = draw_size(FixtureKind::kButton);
    const Vec2 from = house_.fixtures[door].floor.middle();
    std::array<Fixture, 64> places;
    for (Fixture& place : places) {
      place = button;
      put_against(rooms_[room].floor(), kSides[random_.below(4)], size, random_.between(0, 256), place);
    }
    std::sort(places.begin(), places.end(), [&](const Fixture& a, const Fixture& b) {
      return length_squared(a.floor.middle() - from) > length_squared(b.floor.middle() - from);
    });
    return std::any_of(places.begin(), places.end(), [&](const Fixture& place) { return try_add(room, place); });
  }

  // One that switches some lamp: in the lamp's room, so that one sees what it does, or else in the next that holds it.
  bool place_lamp_button() {
    std::vector<std::size_t> lamps;
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      if (house_.fixtures[i].kind == FixtureKind::kLamp) lamps.push_back(i);
    }
    const std::size_t lamp = lamps[random_.below(static_cast<std::uint32_t>(lamps.size()))];
    for (std::size_t i = 0; i < rooms_.size(); ++i) {
      const std::size_t room = (house_.fixtures[lamp].cell + i) % rooms_.size();
      if (!place(room, FixtureKind::kButton, 30)) continue;
      house_.fixtures.back().lights = static_cast<std::uint8_t>(lamp);
      return true;
    }
    return false;
  }

  bool place_plate() {
    const std::int32_t half = from_cm(measures(FixtureKind::kPlate).width_low) / 2;
    for (int i = 0; i < 100; ++i) {
      const std::size_t room = random_.below(static_cast<std::uint32_t>(rooms_.size()));
      const Rect inner = grown(rooms_[room].floor(), -half - from_cm(40));
      const Vec2 middle{random_.between(inner.low.x, inner.high.x), random_.between(inner.low.y, inner.high.y)};
      Fixture plate = draw_fixture(FixtureKind::kPlate);
      plate.floor = grown({middle, middle}, half);
      if (try_add(room, plate)) return true;
    }
    return false;
  }

  // Larger rooms hold more.
  [[nodiscard]] std::size_t most_pieces(std::size_t room) const {
    const Rect& floor = rooms_[room].floor();
    const int units = (floor.high.x - floor.low.x) / kGrid * ((floor.high.y - floor.low.y) / kGrid);
    return static_cast<std::size_t>(std::clamp(2 + units / 64, 5, kMaxPieces));  // 64 units: 4 square metres
  }

  Lists draw_lists() {
    Lists lists;
    for (std::size_t room = 0; room < rooms_.size(); ++room) {
      for (const Chance& usual : kUsual[static_cast<std::size_t>(house_.cells[room].name)]) {
        if (lists[room].size() == most_pieces(room)) break;
        if (random_.chance(usual.percent, 100)) lists[room].push_back(usual.kind);
      }
    }
    return lists;
  }

  // Rooms by how usual a kind of fixture is in them.
  [[nodiscard]] std::vector<std::size_t> rooms_for(const Needed& needed) const {
    std::vector<std::size_t> rooms;
    for (const RoomName name : needed.rooms) {
      for (std::size_t room = 0; room < rooms_.size(); ++room) {
        if (house_.cells[room].name == name) rooms.push_back(room);
      }
    }
    return rooms;
  }

  // One of each kind: in the first room that was to get it anyway, else in the first that holds it.
  bool place_needed(Lists& lists) {
    return std::all_of(kNeeded.begin(), kNeeded.end(), [&](const Needed& needed) {
      const std::vector<std::size_t> rooms = rooms_for(needed);
      for (const std::size_t room : rooms) {
        const auto listed = std::find(lists[room].begin(), lists[room].end(), needed.kind);
        if (listed == lists[room].end()) continue;
        lists[room].erase(listed);
        if (place(room, needed.kind, 60)) return true;
      }
      return std::any_of(rooms.begin(), rooms.end(), [&](std::size_t room) { return place(room, needed.kind, 60); });
    });
  }

  // Large pieces first, while there is room; what does not fit is left out.
  void place_usual(Lists& lists) {
    const auto footprint = [&](FixtureKind kind) { return measures(kind).width_low * measures(kind).depth_low; };
    for (std::size_t room = 0; room < rooms_.size(); ++room) {
      std::stable_sort(lists[room].begin(), lists[room].end(),
                       [&](FixtureKind a, FixtureKind b) { return footprint(a) > footprint(b); });
      for (const FixtureKind kind : lists[room]) {
        if (house_.cells[room].fixtures.size() <= most_pieces(room)) place(room, kind, 30);
      }
    }
  }

  void colour() {
    std::array<Colour, kColourNames.size()> colours{};
    for (std::size_t i = 0; i < colours.size(); ++i) colours[i] = static_cast<Colour>(i);
    for (const FixtureKind kind : {FixtureKind::kBox, FixtureKind::kButton}) {
      shuffle(colours, random_);
      std::size_t next = 0;
      for (Fixture& fixture : house_.fixtures) {
        if (fixture.kind == kind) fixture.colour = colours[next++ % colours.size()];
      }
    }
  }

  House& house_;
  std::span<RoomDraft> rooms_;
  Random& random_;
};

}  // namespace

bool furnish(House& house, std::span<RoomDraft> rooms, Random& random) {
  return Furnisher(house, rooms, random).furnish();
}

}  // namespace atl::envs::playhouse
