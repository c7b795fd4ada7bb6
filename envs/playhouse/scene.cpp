#include "envs/playhouse/scene.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

constexpr std::array<Kind, 4> kHeldOutKinds{Kind{Colour::kRed, Shape::kBall}, Kind{Colour::kGreen, Shape::kCone},
                                            Kind{Colour::kBlue, Shape::kBox}, Kind{Colour::kYellow, Shape::kCylinder}};
constexpr std::int32_t kSpacing = from_cm(170);  // between centres
constexpr std::int32_t kPlaceHalf = 3 * kMetre;  // objects stand this far from the middle at most: one can walk round
constexpr std::int32_t kStartHalf = from_cm(350);
constexpr std::int32_t kStartSpacing = from_cm(160);   // from the start to every object: nothing is reached at once
constexpr std::int32_t kStartAside = from_degrees(9);  // no object is looked at when the episode starts

Kind draw_kind(Random& random) { return {static_cast<Colour>(random.below(6)), static_cast<Shape>(random.below(5))}; }

Kind draw_target(Random& random, Split split) {
  if (split == Split::kHeldOutPairs) return kHeldOutKinds[random.below(4)];
  for (;;) {
    const Kind kind = draw_kind(random);
    if (!is_held_out(kind)) return kind;
  }
}

// Target first; then, in half of the scenes, one of its colour and one of its shape; then anything else.
std::array<Kind, kNumObjects> draw_kinds(Random& random, Split split) {
  std::array<Kind, kNumObjects> kinds;
  kinds[0] = draw_target(random, split);
  const bool confusable = random.chance(1, 2);
  for (std::size_t i = 1; i < kinds.size(); ++i) {
    const auto taken = [&](Kind kind) {
      return std::find(kinds.begin(), kinds.begin() + i, kind) != kinds.begin() + i;
    };
    do {
      kinds[i] = draw_kind(random);
      if (confusable && i == 1) kinds[i].colour = kinds[0].colour;
      if (confusable && i == 2) kinds[i].shape = kinds[0].shape;
    } while (taken(kinds[i]));
  }
  return kinds;
}

// Sizes in cm: radius of the footprint and height.
void draw_size(Random& random, Object& object) {
  const auto cm = [&](int low, int high) { return from_cm(random.between(low, high)); };
  switch (object.kind.shape) {
    case Shape::kBox:  // the radius is that of a circle a little larger than the square
      object.radius = cm(36, 46);
      object.height = cm(70, 95);
      break;
    case Shape::kBall:
      object.radius = cm(35, 45);
      object.height = 2 * object.radius;
      break;
    case Shape::kCylinder:
      object.radius = cm(30, 38);
      object.height = cm(85, 120);
      break;
    case Shape::kCone:
      object.radius = cm(38, 45);
      object.height = cm(95, 130);
      break;
    case Shape::kPost:
      object.radius = cm(12, 15);
      object.height = cm(115, 130);
      break;
  }
  object.heading = static_cast<std::int32_t>(random.below(kTurn));
}

Vec2 draw_place(Random& random, std::int32_t half) {
  return {random.between(-half, half), random.between(-half, half)};
}

// Places objects one after the other; a try that finds no room is thrown away whole.
bool try_place(Random& random, std::array<Object, kNumObjects>& objects) {
  for (std::size_t i = 0; i < objects.size(); ++i) {
    bool placed = false;
    for (int tries = 0; tries < 40 && !placed; ++tries) {
      objects[i].position = draw_place(random, kPlaceHalf);
      placed = std::all_of(objects.begin(), objects.begin() + i, [&](const Object& other) {
        return length_squared(objects[i].position - other.position) >= square(kSpacing);
      });
    }
    if (!placed) return false;
  }
  return true;
}

bool try_start(Random& random, Scene& scene) {
  scene.start = draw_place(random, kStartHalf);
  scene.start_heading = static_cast<std::int32_t>(random.below(kTurn));
  return std::all_of(scene.objects.begin(), scene.objects.end(), [&](const Object& object) {
    const Vec2 away = object.position - scene.start;
    const std::int32_t bearing = wrap_signed(heading_of(away) - scene.start_heading);
    return length_squared(away) >= square(kStartSpacing) && std::abs(bearing) > kStartAside;
  });
}

std::uint32_t draw_muted(Random& random, int low, int high) {
  const int grey = random.between(low, high);
  std::uint32_t colour = 0;
  for (int channel = 0; channel < 3; ++channel) {
    colour = colour << 8 | static_cast<std::uint32_t>(std::clamp(grey + random.between(-18, 18), 0, 255));
  }
  return colour;
}

Look draw_look(Random& random) {
  Look look;
  look.brightness = random.between(205, 282);
  look.light_heading = static_cast<std::int32_t>(random.below(kTurn));
  for (std::size_t i = 0; i < 4; ++i) {
    look.wall_texture[i] = static_cast<std::uint8_t>(random.below(4));
    look.wall_colour[i] = draw_muted(random, 100, 165);
  }
  const int floor = random.between(90, 140);
  look.floor_colour = {draw_muted(random, floor - 18, floor - 14), draw_muted(random, floor + 14, floor + 18)};
  look.ceiling_colour = draw_muted(random, 175, 205);
  return look;
}

std::uint64_t hash_of(const Scene& scene) {
  std::uint64_t hash = 0;
  const auto add = [&](auto value) { hash = mix_bits(hash ^ static_cast<std::uint64_t>(value)); };
  for (const Object& o : scene.objects) {
    add(o.kind.colour), add(o.kind.shape), add(o.position.x), add(o.position.y), add(o.radius), add(o.height);
    add(o.heading);
  }
  const Look& look = scene.look;
  add(look.brightness), add(look.light_heading), add(look.ceiling_colour);
  for (std::size_t i = 0; i < 4; ++i) add(look.wall_texture[i]), add(look.wall_colour[i]);
  for (const std::uint32_t colour : look.floor_colour) add(colour);
  add(scene.start.x), add(scene.start.y), add(scene.start_heading);
  return hash;
}

}  // namespace

bool is_held_out(Kind kind) {
  return std::find(kHeldOutKinds.begin(), kHeldOutKinds.end(), kind) != kHeldOutKinds.end();
}

std::string name_of(Kind kind) {
  return std::string(kColourNames[static_cast<std::size_t>(kind.colour)]) + " " +
         std::string(kShapeNames[static_cast<std::size_t>(kind.shape)]);
}

Scene create_scene(std::uint64_t seed, Family family, Split split) {
  Random random(derive_seed(seed, static_cast<std::uint64_t>(family) * 8 + static_cast<std::uint64_t>(split)));
  Scene scene;
  const std::array<Kind, kNumObjects> kinds = draw_kinds(random, split);
  // Numbers of objects say nothing about who is the target.
  scene.drawn_target = static_cast<int>(random.below(kNumObjects));
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    Object& object = scene.objects[(i + static_cast<std::size_t>(scene.drawn_target)) % kinds.size()];
    object.kind = kinds[i];
    draw_size(random, object);
  }
  for (bool placed = false; !placed;) {
    placed = try_place(random, scene.objects);
    for (int tries = 0; placed && !try_start(random, scene); ++tries) placed = tries < 200;
  }
  scene.look = draw_look(random);
  scene.hash = hash_of(scene);
  return scene;
}

std::optional<int> find_object(const Scene& scene, std::string_view name) {
  for (int i = 0; i < kNumObjects; ++i) {
    if (name_of(scene.objects[static_cast<std::size_t>(i)].kind) == name) return i;
  }
  return std::nullopt;
}

}  // namespace atl::envs::playhouse
