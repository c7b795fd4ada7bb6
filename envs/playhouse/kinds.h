// What there is in the house, by name: things that can be carried, fixtures that stay where they are, rooms. The words
// here are also the nouns and adjectives of the grammar (grammar.h adds synonyms).
#pragma once

#include "envs/playhouse/fixed.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace atl::envs::playhouse {

struct Vec3 {
  std::int32_t x = 0;  // Q16 metres, east
  std::int32_t y = 0;  // north
  std::int32_t z = 0;  // up; 0: the floor
  friend constexpr bool operator==(Vec3, Vec3) = default;
  [[nodiscard]] constexpr Vec2 flat() const { return {x, y}; }
};

/// Shapes of things. A block is for building: cubes of one size that snap to each other.
enum class Shape : std::uint8_t { kBall, kCube, kCylinder, kCone, kDuck, kMug, kBook, kKey, kTeddy, kBlock };
inline constexpr int kNumToyShapes = 9;  // all but blocks
inline constexpr std::array<std::string_view, 10> kShapeNames{"ball", "cube", "cylinder", "cone",  "duck",
                                                              "mug",  "book", "key",      "teddy", "block"};

enum class Colour : std::uint8_t { kRed, kOrange, kYellow, kGreen, kCyan, kBlue, kPurple, kWhite };
inline constexpr std::array<std::string_view, 8> kColourNames{"red",  "orange", "yellow", "green",
                                                              "cyan", "blue",   "purple", "white"};

enum class Size : std::uint8_t { kSmall, kBig };
inline constexpr std::array<std::string_view, 2> kSizeNames{"small", "big"};

/// What a thing is called. Blocks have one size, kSmall, which is never named.
struct Kind {
  Shape shape = Shape::kBall;
  Colour colour = Colour::kRed;
  Size size = Size::kSmall;
  friend constexpr bool operator==(Kind, Kind) = default;
};

/// A thing's body for collisions, support and judges: an upright cylinder; small ones are about 0.40 m high, big ones
/// about 0.70 m. A cube's side is its height (its edges stand out of the cylinder by 6 to 10 cm); a book and a key
/// stand upright, as wide as the cylinder and thin from front to back.
struct Body {
  std::int32_t radius = 0;
  std::int32_t height = 0;
};
/// Whether something can be put on top of it and stays there.
[[nodiscard]] bool has_flat_top(Shape shape);

/// Blocks are cubes with this side; they snap to a grid of it.
inline constexpr std::int32_t kBlockSide = from_cm(40);

[[nodiscard]] constexpr Body body_in_cm(std::int32_t radius, std::int32_t height) {
  return {from_cm(radius), from_cm(height)};
}
/// Of a shape, small and big. Big ones are lower than the inside of a box, and narrow enough for tops of 75 cm.
inline constexpr std::array<std::array<Body, 2>, kShapeNames.size()> kBodies{{
    {body_in_cm(20, 40), body_in_cm(36, 72)},  // ball
    {body_in_cm(20, 36), body_in_cm(36, 64)},  // cube: a circle between those within and around the square
    {body_in_cm(16, 42), body_in_cm(28, 74)},  // cylinder
    {body_in_cm(20, 44), body_in_cm(35, 74)},  // cone
    {body_in_cm(20, 38), body_in_cm(36, 68)},  // duck
    {body_in_cm(20, 38), body_in_cm(35, 66)},  // mug, with its handle
    {body_in_cm(15, 40), body_in_cm(27, 72)},  // book, standing on its lower edge
    {body_in_cm(14, 42), body_in_cm(25, 74)},  // key, standing on its bit
    {body_in_cm(18, 42), body_in_cm(31, 74)},  // teddy, sitting
    {Body{kBlockSide / 2, kBlockSide}, Body{kBlockSide / 2, kBlockSide}},
}};
[[nodiscard]] constexpr Body body_of(Kind kind) {
  return kBodies[static_cast<std::size_t>(kind.shape)][static_cast<std::size_t>(kind.size)];
}

enum class FixtureKind : std::uint8_t {
  kDoor,    // between two rooms; open and close
  kTable,   // a top to put things on
  kShelf,   // high, against a wall; a top to put things on
  kBed,     // low; a top to put things on
  kBox,     // holds things; its lid opens and closes; a closed lid is a top
  kBasket,  // holds things; always open
  kLamp,    // stands on the floor; on and off
  kSwitch,  // on a wall; turns the ceiling light of its room on and off
  kTv,      // on and off
  kPlant,   // just stands there
  kButton,  // on a post; lights up while it is pressed and for a while after
  kPlate,   // on the floor; down while somebody or something stands on it
};
inline constexpr std::array<std::string_view, 12> kFixtureNames{
    "door", "table", "shelf", "bed", "box", "basket", "lamp", "light switch", "tv", "plant", "button", "plate"};

enum class RoomName : std::uint8_t { kKitchen, kBedroom, kBathroom, kLivingRoom, kStudy, kHall };
inline constexpr std::array<std::string_view, 6> kRoomNames{"kitchen",     "bedroom", "bathroom",
                                                            "living room", "study",   "hall"};

[[nodiscard]] constexpr bool has_lid(FixtureKind kind) { return kind == FixtureKind::kBox; }
/// Doors and lids: what opens and closes.
[[nodiscard]] constexpr bool is_hinged(FixtureKind kind) { return kind == FixtureKind::kDoor || has_lid(kind); }
/// What is on or off.
[[nodiscard]] constexpr bool is_switchable(FixtureKind kind) {
  return kind == FixtureKind::kLamp || kind == FixtureKind::kSwitch || kind == FixtureKind::kTv;
}
[[nodiscard]] constexpr bool is_container(FixtureKind kind) {
  return kind == FixtureKind::kBox || kind == FixtureKind::kBasket;
}
/// What things can be put on; of a box only while it is closed.
[[nodiscard]] constexpr bool has_top(FixtureKind kind) {
  return kind == FixtureKind::kTable || kind == FixtureKind::kShelf || kind == FixtureKind::kBed ||
         kind == FixtureKind::kBox;
}
/// What can be walked through or over.
[[nodiscard]] constexpr bool is_passable(FixtureKind kind) {
  return kind == FixtureKind::kPlate || kind == FixtureKind::kSwitch;
}

}  // namespace atl::envs::playhouse
