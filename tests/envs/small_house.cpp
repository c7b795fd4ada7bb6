#include "tests/envs/small_house.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

constexpr Level kSmall{.name = "small",
                       .rooms_low = 2,
                       .rooms_high = 2,
                       .things_low = 10,
                       .things_high = 10,
                       .furniture = true,
                       .blocks = 1,
                       .players = 2};
constexpr std::uint8_t kWest = 0;
constexpr std::uint8_t kEast = 1;
constexpr std::uint8_t kDoorway = 2;

constexpr Rect rect_cm(std::int32_t west, std::int32_t south, std::int32_t east, std::int32_t north) {
  return {{from_cm(west), from_cm(south)}, {from_cm(east), from_cm(north)}};
}

void add_cells(House& house) {
  house.num_rooms = 2;
  house.cells.resize(3);
  const std::int32_t begin = from_cm(200);
  const std::int32_t end = from_cm(300);
  Cell& west = house.cells[kWest];
  west.floor = rect_cm(0, 0, 600, 500);
  west.height = kRoomHeight;
  west.name = RoomName::kLivingRoom;
  west.portals = {{Side::kEast, begin, end, kDoorwayHeight, kDoorway}};
  west.windows = {{Side::kSouth, from_cm(300), from_cm(450), from_cm(90), from_cm(210)},
                  {Side::kWest, from_cm(100), from_cm(250), from_cm(90), from_cm(210)}};
  Cell& east = house.cells[kEast];
  east.floor = rect_cm(625, 0, 1125, 500);
  east.height = kRoomHeight;
  east.name = RoomName::kKitchen;
  east.portals = {{Side::kWest, begin, end, kDoorwayHeight, kDoorway}};
  east.windows = {{Side::kEast, from_cm(150), from_cm(300), from_cm(90), from_cm(210)}};
  Cell& doorway = house.cells[kDoorway];
  doorway.floor = rect_cm(600, 200, 625, 300);
  doorway.height = kDoorwayHeight;
  doorway.portals = {{Side::kWest, begin, end, kDoorwayHeight, kWest},
                     {Side::kEast, begin, end, kDoorwayHeight, kEast}};
}

void add(House& house, std::uint8_t cell, Fixture fixture) {
  fixture.cell = cell;
  house.cells[cell].fixtures.push_back(static_cast<std::uint8_t>(house.fixtures.size()));
  house.fixtures.push_back(fixture);
}

Fixture piece(FixtureKind kind, Side facing, Rect floor, std::int32_t height_cm, bool starts_on = false) {
  Fixture fixture;
  fixture.kind = kind;
  fixture.facing = facing;
  fixture.floor = floor;
  fixture.height = from_cm(height_cm);
  fixture.starts_on = starts_on;
  return fixture;
}

Fixture light_switch(Side facing, Rect floor) {
  Fixture fixture = piece(FixtureKind::kSwitch, facing, floor, 117, true);
  fixture.bottom = from_cm(105);
  return fixture;
}

void add_fixtures(House& house) {
  Fixture door = piece(FixtureKind::kDoor, Side::kEast, rect_cm(620, 200, 625, 300), 210, true);
  door.hinge_is_high = true;
  add(house, kDoorway, door);
  add(house, kWest, piece(FixtureKind::kTable, Side::kSouth, rect_cm(100, 420, 250, 500), 74));
  add(house, kWest, piece(FixtureKind::kTv, Side::kSouth, rect_cm(350, 455, 480, 500), 115, true));
  add(house, kWest, piece(FixtureKind::kLamp, Side::kSouth, rect_cm(10, 450, 50, 490), 160, true));
  add(house, kWest, piece(FixtureKind::kPlant, Side::kNorth, rect_cm(10, 10, 60, 60), 120));
  add(house, kWest, light_switch(Side::kWest, rect_cm(597, 320, 600, 328)));
  Fixture box = piece(FixtureKind::kBox, Side::kNorth, rect_cm(100, 0, 200, 95), 85, true);
  box.colour = Colour::kBlue;
  add(house, kWest, box);
  Fixture button = piece(FixtureKind::kButton, Side::kWest, rect_cm(560, 60, 590, 90), 100);
  button.colour = Colour::kGreen;
  button.opens = 0;
  add(house, kWest, button);
  add(house, kEast, piece(FixtureKind::kShelf, Side::kSouth, rect_cm(650, 425, 800, 500), 110));
  add(house, kEast, piece(FixtureKind::kBed, Side::kNorth, rect_cm(850, 0, 980, 200), 50));
  add(house, kEast, piece(FixtureKind::kBasket, Side::kWest, rect_cm(1030, 400, 1125, 495), 45));
  add(house, kEast, piece(FixtureKind::kLamp, Side::kWest, rect_cm(1075, 50, 1115, 90), 160, false));
  add(house, kEast, light_switch(Side::kEast, rect_cm(625, 176, 628, 184)));
  add(house, kEast, piece(FixtureKind::kPlate, Side::kNorth, rect_cm(870, 300, 940, 370), 3));
}

void add_things(House& house) {
  const auto put = [&](Shape shape, Colour colour, Size size, std::array<std::int32_t, 3> cm, std::int32_t degrees) {
    house.things.push_back(
        {{shape, colour, size}, {from_cm(cm[0]), from_cm(cm[1]), from_cm(cm[2])}, from_degrees(degrees)});
  };
  put(Shape::kBall, Colour::kRed, Size::kBig, {300, 330, 0}, 0);
  put(Shape::kCube, Colour::kBlue, Size::kBig, {450, 380, 0}, 30);
  put(Shape::kCylinder, Colour::kGreen, Size::kSmall, {540, 420, 0}, 0);
  put(Shape::kCone, Colour::kOrange, Size::kBig, {60, 350, 0}, 0);
  put(Shape::kDuck, Colour::kYellow, Size::kSmall, {130, 455, 74}, 200);
  put(Shape::kMug, Colour::kWhite, Size::kSmall, {200, 460, 74}, 90);
  put(Shape::kBook, Colour::kPurple, Size::kSmall, {680, 460, 110}, 180);
  put(Shape::kKey, Colour::kCyan, Size::kBig, {1000, 330, 0}, 150);
  put(Shape::kTeddy, Colour::kOrange, Size::kBig, {915, 120, 50}, 300);
  put(Shape::kBlock, Colour::kRed, Size::kSmall, {1077, 447, 5}, 0);
}

}  // namespace

House create_small_house(std::uint32_t reskin) {
  House house;
  house.level = &kSmall;
  add_cells(house);
  add_fixtures(house);
  add_things(house);
  house.starts = {Start{{from_cm(320), from_cm(120)}, 0}, Start{{from_cm(480), from_cm(200)}, from_degrees(270)}};
  house.look.reskin = reskin;
  house.look.light_heading = from_degrees(210);
  house.look.sky_colour = 0x8fc0ea;
  house.look.rooms[kWest] = {1, static_cast<std::uint8_t>(RoomName::kLivingRoom), 0xc8b898, 0xa07850, 0xdedad0};
  house.look.rooms[kEast] = {0, static_cast<std::uint8_t>(RoomName::kKitchen), 0xa8bcb4, 0xb0aca4, 0xdcdcd8};
  house.hash = 0x5a11;
  return house;
}

std::size_t fixture_of(const House& house, FixtureKind kind) {
  const auto is_it = [&](const Fixture& fixture) { return fixture.kind == kind; };
  return static_cast<std::size_t>(std::find_if(house.fixtures.begin(), house.fixtures.end(), is_it) -
                                  house.fixtures.begin());
}

std::size_t thing_of(const House& house, Shape shape) {
  const auto is_it = [&](const Thing& thing) { return thing.kind.shape == shape; };
  return static_cast<std::size_t>(std::find_if(house.things.begin(), house.things.end(), is_it) - house.things.begin());
}

}  // namespace atl::envs::playhouse
