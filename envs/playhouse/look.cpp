#include "envs/playhouse/look.h"

#include "core/random.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

struct Tint {
  int red;
  int green;
  int blue;
};
/// Rooms of a name lean to one hue, but stay nearly grey.
constexpr std::array<Tint, 6> kTints{
    {{16, 8, -18}, {12, -8, 12}, {-16, 5, 14}, {16, 2, -15}, {-12, 12, -8}, {8, 4, -4}}};

std::uint32_t draw_muted(Random& random, int low, int high, Tint tint, int spread) {
  const int grey = random.between(low, high);
  std::uint32_t colour = 0;
  for (const int lean : {tint.red, tint.green, tint.blue}) {
    const int value = std::clamp(grey + lean + random.between(-spread, spread), 0, 255);
    colour = colour << 8 | static_cast<std::uint32_t>(value);
  }
  return colour;
}

Look::Room draw_room(Random& random, RoomName name) {
  const Tint tint = kTints[static_cast<std::size_t>(name)];
  Look::Room room;
  room.wall_texture = static_cast<std::uint8_t>(random.below(kNumWallTextures));
  room.floor_texture = static_cast<std::uint8_t>(name);
  room.wall_colour = draw_muted(random, 145, 185, tint, 9);
  room.floor_colour = draw_muted(random, 105, 150, tint, 9);
  room.ceiling_colour = draw_muted(random, 188, 205, {0, 0, 0}, 5);
  return room;
}

// Any texture in any room, darker or lighter, other hues.
Look::Room draw_other_room(Random& random) {
  const auto draw_tint = [&] {
    return Tint{random.between(-14, 14), random.between(-14, 14), random.between(-14, 14)};
  };
  Look::Room room;
  room.wall_texture = static_cast<std::uint8_t>(random.below(kNumWallTextures));
  room.floor_texture = static_cast<std::uint8_t>(random.below(kNumFloorTextures));
  room.wall_colour = draw_muted(random, 80, 175, draw_tint(), 9);
  room.floor_colour = draw_muted(random, 60, 160, draw_tint(), 9);
  room.ceiling_colour = draw_muted(random, 140, 190, draw_tint(), 6);
  return room;
}

}  // namespace

Look draw_look(const House& house, std::uint64_t seed, std::uint32_t reskin) {
  constexpr std::uint64_t kStream = 0x6c6f6f6b;  // "look"
  Random random(derive_seed(derive_seed(seed, kStream), reskin));
  Look look;
  look.reskin = reskin;
  look.brightness = random.between(205, 282);
  look.light_heading = static_cast<std::int32_t>(random.below(kTurn));
  for (std::size_t i = 0; i < static_cast<std::size_t>(house.num_rooms); ++i) {
    look.rooms[i] = reskin == 0 ? draw_room(random, house.cells[i].name) : draw_other_room(random);
  }
  look.sky_colour = draw_muted(random, 175, 200, {-15, 0, 18}, 8);
  return look;
}

}  // namespace atl::envs::playhouse
