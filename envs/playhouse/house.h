// A house of Playhouse: everything about an episode's place that never changes while it lasts. Rooms, doorways,
// windows, furniture, what kinds of things there are, and how it all looks. Made from a seed and a level alone;
// which thing is asked for later does not change it. What moves is in state.h.
//
// The floor plan is 1 to 6 rectangular rooms in rows, on a grid of 0.25 m around the origin; rows may differ in length,
// so that houses are rectangles or L-shaped. Walls between rooms are 0.25 m thick; a doorway is a box of its own in
// such a wall. Rooms and doorways together are the `cells` of the house: boxes that do not overlap and that meet only
// at `portals`. Where one can be, see and walk is told by cells alone.
//
// Made in this order: floor_plan.h, furnish.h, scatter.h, look.h. Everything in integers: the same on every machine.
#pragma once

#include "envs/playhouse/kinds.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace atl::envs::playhouse {

inline constexpr int kMaxRooms = 6;
inline constexpr int kMaxThings = 40;
inline constexpr int kMaxFixtures = 64;
inline constexpr std::int32_t kGrid = kMetre / 4;
inline constexpr std::int32_t kRoomHeight = from_cm(275);
inline constexpr std::int32_t kDoorwayHeight = from_cm(210);
inline constexpr std::int32_t kDoorThickness = from_cm(5);

/// An axis-parallel rectangle on the floor, Q16 metres; points on its border are inside.
struct Rect {
  Vec2 low;
  Vec2 high;
  [[nodiscard]] constexpr bool contains(Vec2 p) const {
    return p.x >= low.x && p.x <= high.x && p.y >= low.y && p.y <= high.y;
  }
  [[nodiscard]] constexpr Vec2 middle() const { return {(low.x + high.x) / 2, (low.y + high.y) / 2}; }
  friend constexpr bool operator==(const Rect&, const Rect&) = default;
};

/// The four directions of walls and fixtures; their headings are quarter turns (fixed.h: 0 looks along +y, 1024 along
/// +x).
enum class Side : std::uint8_t { kNorth, kEast, kSouth, kWest };
[[nodiscard]] constexpr std::int32_t heading_of(Side side) { return static_cast<std::int32_t>(side) * (kTurn / 4); }
[[nodiscard]] constexpr Side opposite(Side side) { return static_cast<Side>((static_cast<int>(side) + 2) % 4); }

/// An opening in a cell's wall that leads into another cell.
struct Portal {
  Side side = Side::kNorth;  // the wall of this cell that it lies in
  std::int32_t begin = 0;    // along that wall: x of north and south walls, y of east and west walls
  std::int32_t end = 0;
  std::int32_t height = 0;
  std::uint8_t cell = 0;  // behind it
};

/// A window in an outer wall: light, and something to see; nothing goes through it.
struct Window {
  Side side = Side::kNorth;
  std::int32_t begin = 0;
  std::int32_t end = 0;
  std::int32_t sill = 0;  // z
  std::int32_t top = 0;
};

/// A room (cells 0 .. num_rooms - 1) or a doorway.
struct Cell {
  Rect floor;
  std::int32_t height = 0;
  std::vector<Portal> portals;
  std::vector<Window> windows;         // of rooms
  std::vector<std::uint8_t> fixtures;  // indices of what stands in it; a doorway: its door
  RoomName name = RoomName::kHall;     // of rooms; unique in the house
};

inline constexpr std::uint8_t kNoFixture = 255;

/// What stays where it is. Its body is the box `floor` x bottom..height; that of a door is the shut leaf, which lies in
/// the doorway, flush with the wall of the room that it swings into.
struct Fixture {
  FixtureKind kind = FixtureKind::kTable;
  std::uint8_t cell = 0;       // a door's is its doorway
  Side facing = Side::kNorth;  // where its front looks: away from the wall that it stands at; of a door: the room that
                               // it swings into
  Rect floor;
  std::int32_t bottom = 0;          // z of its lower end: 0, or where a switch hangs
  std::int32_t height = 0;          // z of its upper end; things that are put on it stand here
  Colour colour = Colour::kWhite;   // of boxes and buttons, different within a house; white and unsaid for others
  bool starts_on = false;           // open, or switched on
  bool hinge_is_high = false;       // of doors: hinged at the end of the doorway with the larger x or y, else the other
  std::uint8_t opens = kNoFixture;  // of buttons: the door that stays open while the button is pressed
  std::uint8_t lights = kNoFixture;  // of buttons: the lamp that each press turns on or off
};

/// The floor in front of the wall that a door needs, from shut until it lies flat against the wall of its room: 2 m
/// along the wall and 1 m into the room. Nothing stands there when an episode starts. (To lie flat, a leaf is drawn
/// turned by twice the angle of its state; at once the angle it would stand at right angles to the wall.)
[[nodiscard]] Rect swept_by(const Fixture& door);

/// Containers: walls of this thickness, a bottom and a lid of the same. Things inside stand on `kContainerBottom`.
/// Inside is room for one big or two small things.
inline constexpr std::int32_t kContainerWall = from_cm(5);
inline constexpr std::int32_t kContainerBottom = from_cm(5);

/// A thing at the start.
struct Thing {
  Kind kind;
  Vec3 position;             // of the middle of its underside
  std::int32_t heading = 0;  // of its front
};

struct Start {
  Vec2 position;
  std::int32_t heading = 0;
};

inline constexpr int kNumWallTextures = 4;
inline constexpr int kNumFloorTextures = 6;

/// How things are drawn; nothing that happens depends on it.
struct Look {
  std::uint32_t reskin = 0;        // 0: the usual look; others draw the same state with other textures and colours,
                                   // and things of another design
  std::int32_t brightness = 256;   // Q8, 205 .. 282
  std::int32_t light_heading = 0;  // where daylight comes from
  struct Room {
    std::uint8_t wall_texture = 0;   // below kNumWallTextures
    std::uint8_t floor_texture = 0;  // the number of the room's name, so that one sees which room it is; reskinned: any
    std::uint32_t wall_colour = 0;   // 0xRRGGBB, muted: never as strong as a thing's, never as light as a white one
    std::uint32_t floor_colour = 0;
    std::uint32_t ceiling_colour = 0;
  };
  std::array<Room, kMaxRooms> rooms;
  std::uint32_t sky_colour = 0;
};

/// How large and how full houses of a level are. Numbers are drawn evenly between low and high.
struct Level {
  std::string_view name;
  int rooms_low = 1, rooms_high = 1;
  int things_low = 5, things_high = 5;
  bool furniture = false;
  int blocks = 0;            // among the things
  bool small_things = true;  // else all are big
  int closed_doors_percent = 0;
  int players = 1;
  bool simple = false;     // asked for is only to look at, go to or pick up one thing, by colour and shape
  bool remembers = false;  // the judge keeps what is seen first; asked for is that, too, and where one started
};

/// "room": one room of 8 x 8 m, five big toys of different colours or shapes, nothing else; simple tasks. "studio": one
/// room with furniture and 6 to 10 things. "flat": 2 or 3 rooms, furniture, 10 to 16 things. "house": 4 to 6 rooms, 20
/// to 40 things. "full": always 6 rooms and 30 things, for benchmarks. All furnished houses for one have a button that
/// switches a lamp. "pair": "flat" for two players, with two plates, and on either side of one door, which starts shut,
/// a button that opens it. "memory": "room" with two pairs of toys of one noun each ("the ball", "the red thing"), and
/// what has to be remembered.
[[nodiscard]] std::span<const Level> levels();
/// Throws Error(kConfig) naming the nearest level.
[[nodiscard]] const Level& level_named(std::string_view name);

struct House {
  const Level* level = nullptr;
  int num_rooms = 0;
  std::vector<Cell> cells;  // rooms first
  std::vector<Fixture> fixtures;
  std::vector<Thing> things;
  std::array<Start, 2> starts;  // of the players; the second's means nothing where there is one
  Look look;
  std::uint64_t hash = 0;  // of all of the above, with the usual look: a reskinned house has that of the usual one

  [[nodiscard]] Rect bounds() const;
  /// The cell whose floor holds `p`; -1 inside walls and outside. A point on a portal belongs to the room.
  [[nodiscard]] int cell_at(Vec2 p) const;
  /// Whether a fixture is a door that only buttons open.
  [[nodiscard]] bool is_gate(std::size_t fixture) const;
};

/// The house of a seed, the same for the same seed and level name. Always whole:
/// - every room can be reached from every other one through doorways;
/// - a body of 0.25 m radius can walk from the starts to within 0.75 m of every thing and fixture, in its own room,
/// with
///   8 cm to spare, so that a coarse grid finds the way, too;
/// - nothing overlaps; things on the floor leave 0.35 m between each other; nothing stands in or right before doorways;
/// - each thing can be seen from such a place, those in boxes once they are open;
/// - each table, shelf and bed has room for one more big thing, each container for one more small one;
/// - players start 0.6 m away from everything.
/// Colours and shapes are drawn so that descriptions of one word are often ambiguous and those of two or three seldom.
/// Under 1 ms. Throws Error(kInternal) if a level asks for more than rooms can hold (none of `levels` does).
[[nodiscard]] House create_house(std::uint64_t seed, const Level& level, std::uint32_t reskin = 0);

}  // namespace atl::envs::playhouse
