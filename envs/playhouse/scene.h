// A scene of Playhouse: one room with five objects, its light, and where the player starts. Made from seed, family and
// split alone; which object is asked for does not change it.
#pragma once

#include "core/random.h"
#include "envs/playhouse/fixed.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atl::envs::playhouse {

enum class Shape : std::uint8_t { kBox, kBall, kCylinder, kCone, kPost };
enum class Colour : std::uint8_t { kRed, kGreen, kBlue, kYellow, kPurple, kCyan };
enum class Family : std::uint8_t { kGoTo, kLookAt, kPickUp };
enum class Split : std::uint8_t { kTrain, kHeldOutPairs, kHeldOutPhrases };

inline constexpr std::array<std::string_view, 5> kShapeNames{"box", "ball", "cylinder", "cone", "post"};
inline constexpr std::array<std::string_view, 6> kColourNames{"red", "green", "blue", "yellow", "purple", "cyan"};
inline constexpr std::array<std::string_view, 3> kFamilyNames{"go to", "look at", "pick up"};
inline constexpr std::array<std::string_view, 3> kSplitNames{"train", "held_out_pairs", "held_out_phrases"};

inline constexpr int kNumObjects = 5;
inline constexpr std::int32_t kRoomHalf = 4 * kMetre;  // walls at x, y = +-4 m
inline constexpr std::int32_t kRoomHeight = from_cm(280);
inline constexpr std::int32_t kEyeHeight = from_cm(150);
inline constexpr std::int32_t kStartPitch = from_degrees(-18);

/// What an object is called: unique in its scene.
struct Kind {
  Colour colour = Colour::kRed;
  Shape shape = Shape::kBox;
  friend constexpr bool operator==(Kind, Kind) = default;
};

/// Kept out of training targets; they stay as distractors.
[[nodiscard]] bool is_held_out(Kind kind);
/// "red ball"
[[nodiscard]] std::string name_of(Kind kind);

/// Stands on the floor. Its footprint is taken as a circle by collisions and judges.
struct Object {
  Kind kind;
  Vec2 position;
  std::int32_t radius = 0;
  std::int32_t height = 0;
  std::int32_t heading = 0;  // of boxes
};

struct Look {
  std::int32_t brightness = 256;   // Q8, 205..282
  std::int32_t light_heading = 0;  // where the light comes from
  std::array<std::uint8_t, 4> wall_texture{};
  std::array<std::uint32_t, 4> wall_colour{};   // 0xRRGGBB
  std::array<std::uint32_t, 2> floor_colour{};  // of the checker
  std::uint32_t ceiling_colour = 0;
};

struct Scene {
  std::array<Object, kNumObjects> objects;
  Look look;
  Vec2 start;
  std::int32_t start_heading = 0;
  int drawn_target = 0;    // index of the object that the seed asks for
  std::uint64_t hash = 0;  // of all of the above but drawn_target
};

/// The scene of a seed. Its drawn target is one of the held-out pairs in kHeldOutPairs and none of them otherwise. In
/// half of the scenes one distractor shares the target's colour and another its shape.
[[nodiscard]] Scene create_scene(std::uint64_t seed, Family family, Split split);

/// The object called `name` ("red ball") in the scene.
[[nodiscard]] std::optional<int> find_object(const Scene& scene, std::string_view name);

}  // namespace atl::envs::playhouse
