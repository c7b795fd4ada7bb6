#include "core/error.h"
#include "core/frame.h"
#include "envs/playhouse/physics.h"
#include "envs/playhouse/renderer.h"
#include "envs/playhouse/screens.h"
#include "tests/envs/house_poses.h"
#include "tests/envs/small_house.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <thread>

namespace atl::envs::playhouse {
namespace {

using Pixels = std::vector<std::uint8_t>;
constexpr std::int32_t kSteep = from_degrees(80);

Pixels draw(Renderer& renderer, const House& house, const State& state, std::size_t player = 0) {
  Pixels pixels(static_cast<std::size_t>(renderer.size().width_px * renderer.size().height_px) * kBytesPerPixel);
  renderer.draw(house, state, player, pixels);
  return pixels;
}

std::uint64_t hash_of_picture(const Pixels& pixels, FrameSize size) {
  return hash_pixels({pixels.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel});
}

// The picture of `shot` number of a house in disorder.
Pixels draw_shot(Renderer& renderer, const House& house, std::uint64_t shot) {
  Random random(shot);
  State state = start_state(house);
  upset(house, state, random);
  stand_anywhere(house, state, 0, from_degrees(30), random);
  return draw(renderer, house, state);
}

TEST(HouseRenderer, DrawsTheSameBitsEachTime) {
  const House house = create_house(3, level_named("house"));
  const House other = create_house(4, level_named("full"), 2);
  constexpr FrameSize kSize{96, 72};
  Renderer first(kSize);
  Renderer second(kSize);
  for (std::uint64_t shot = 0; shot < 60; ++shot) {
    const Pixels picture = draw_shot(first, house, shot);
    static_cast<void>(draw_shot(second, other, shot));  // another house in between
    ASSERT_EQ(picture, draw_shot(second, house, shot)) << "shot " << shot;
  }
}

TEST(HouseRenderer, DrawsTheSameBitsOnEveryThread) {
  constexpr FrameSize kSize{160, 120};
  const auto draw_all = [&](std::vector<std::uint64_t>& hashes) {
    Renderer renderer(kSize, {.smooth = true});
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const House house = create_house(seed, level_named("flat"));
      hashes.push_back(hash_of_picture(draw_shot(renderer, house, seed), kSize));
    }
  };
  std::vector<std::uint64_t> here;
  std::vector<std::uint64_t> there;
  std::thread thread([&] { draw_all(there); });
  draw_all(here);
  thread.join();
  EXPECT_EQ(here, there);
  std::sort(here.begin(), here.end());
  EXPECT_EQ(std::unique(here.begin(), here.end()), here.end()) << "different houses, equal pictures";
}

// Checked in, so that pictures drawn anywhere at any time are the same: recordings prove theirs by such hashes.
TEST(HouseRenderer, HashesAreThoseOfEveryMachine) {
  struct Picture {
    FrameSize size;
    bool is_smooth = false;
    std::uint32_t reskin = 0;
    std::uint64_t hash = 0;
  };
  const std::array<Picture, 6> pictures{
      Picture{{96, 72}, false, 0, 0xe10f228cc5dfa1bf},   Picture{{160, 120}, false, 0, 0xfe2cf8c7130e4982},
      Picture{{256, 144}, false, 0, 0x7488e2cbf5b521e0}, Picture{{320, 240}, true, 0, 0x2da06c0a0c7a21b9},
      Picture{{96, 72}, false, 1, 0x304a1d120c3b0737},   Picture{{640, 480}, true, 2, 0x24b87daa44bce5e3}};
  for (const Picture& picture : pictures) {
    Renderer renderer(picture.size, {.smooth = picture.is_smooth});
    const House house = create_small_house(picture.reskin);
    std::uint64_t hash = 0;
    for (std::uint64_t shot = 0; shot < 24; ++shot)
      hash = mix_bits(hash ^ hash_of_picture(draw_shot(renderer, house, shot), picture.size));
    State state = start_state(house);
    for (const Screen screen : {Screen::kBag, Screen::kMenu}) {
      state.players[0].screen = screen;
      state.players[0].bag[3] = 5;
      state.things[5].place = Place::kStored;
      hash = mix_bits(hash ^ hash_of_picture(draw(renderer, house, state), picture.size));
    }
    EXPECT_EQ(hash, picture.hash) << fmt::format("{}x{}, reskin {}: {:#018x}", picture.size.width_px,
                                                 picture.size.height_px, picture.reskin, hash);
  }
}

TEST(HouseRenderer, WritesEveryPixelAndNothingElse) {
  constexpr std::size_t kGuard = 64;
  for (const FrameSize size : {FrameSize{8, 8}, {97, 71}, {320, 240}, {9, 200}, {400, 8}}) {
    for (const bool smooth : {false, true}) {
      Renderer renderer(size, {.smooth = smooth});
      const std::size_t count = static_cast<std::size_t>(size.width_px * size.height_px) * kBytesPerPixel;
      Random random(static_cast<std::uint64_t>(size.width_px));
      for (int shot = 0; shot < 40; ++shot) {
        const House house = create_house(static_cast<std::uint64_t>(shot), level_named("house"));
        State state = start_state(house);
        upset(house, state, random);
        stand_anywhere(house, state, 0, kSteep, random);
        std::vector<Pixels> pictures;
        for (const std::uint8_t before : {0x00, 0x5a}) {
          Pixels memory(count + 2 * kGuard, before);
          renderer.draw(house, state, 0, std::span(memory).subspan(kGuard, count));
          for (std::size_t i = 0; i < kGuard; ++i) {
            ASSERT_EQ(memory[i], before) << "written before the picture";
            ASSERT_EQ(memory[memory.size() - 1 - i], before) << "written behind the picture";
          }
          pictures.emplace_back(memory.begin() + kGuard, memory.end() - kGuard);
          for (std::size_t i = 3; i < count; i += kBytesPerPixel) ASSERT_EQ(pictures.back()[i], 255);
        }
        ASSERT_EQ(pictures[0], pictures[1])
            << size.width_px << "x" << size.height_px << ", shot " << shot << ": pixels that were not written";
      }
    }
  }
}

// Positions that play seldom comes to: against walls, on planes of portals, on furniture, under the ceiling.
TEST(HouseRenderer, StandsExtremePlaces) {
  const House house = create_small_house();
  Renderer renderer({64, 48});
  State state = start_state(house);
  PlayerState& self = state.players[0];
  const std::vector<Vec2> places{
      {from_cm(25), from_cm(25)},   {from_cm(575), from_cm(475)}, {from_cm(600), from_cm(250)},
      {from_cm(612), from_cm(250)}, {from_cm(625), from_cm(225)}, {from_cm(599), from_cm(275)},
      {from_cm(175), from_cm(460)}, {from_cm(725), from_cm(460)}, {0, 0},
      {from_cm(610), from_cm(20)},  {-from_cm(300), from_cm(90)}};
  for (const Vec2 place : places) {
    for (const std::int32_t z : {0, from_cm(74), from_cm(110), from_cm(160)}) {
      for (const std::int32_t pitch : {-kPitchLimit, 0, kPitchLimit}) {
        for (std::int32_t heading = 0; heading < kTurn; heading += kTurn / 12) {
          self.position = place;
          self.z = z;
          self.pitch = pitch;
          self.heading = heading;
          Pixels twice = draw(renderer, house, state);
          ASSERT_EQ(twice, draw(renderer, house, state));
        }
      }
    }
  }
}

TEST(HouseRenderer, RefusesBadSizes) {
  EXPECT_THROW(Renderer({7, 100}), Error);
  EXPECT_THROW(Renderer({100, 4097}), Error);
  Renderer renderer({16, 16});
  const House house = create_small_house();
  const State state = start_state(house);
  Pixels small(15 * 16 * kBytesPerPixel);
  EXPECT_THROW(renderer.draw(house, state, 0, small), Error);
}

// ---- Against rays that are followed through the bodies of physics, in the test's own floating-point camera.

struct RayCamera {
  explicit RayCamera(const PlayerState& self, FrameSize picture)
      : size(picture), heading(self.heading * M_PI / 2048), pitch(self.pitch * M_PI / 2048) {}

  // Unit vector through the middle of a pixel.
  [[nodiscard]] std::array<double, 3> through(int x, int y) const {
    const double focal = size.width_px / 2.0 / std::tan(40 * M_PI / 180);
    const double across = x + 0.5 - size.width_px / 2.0;
    const double above = size.height_px / 2.0 - y - 0.5;
    const double ahead = focal * std::cos(pitch) - above * std::sin(pitch);
    const std::array<double, 3> ray{across * std::cos(heading) + ahead * std::sin(heading),
                                    -across * std::sin(heading) + ahead * std::cos(heading),
                                    focal * std::sin(pitch) + above * std::cos(pitch)};
    const double length = std::hypot(ray[0], ray[1], ray[2]);
    return {ray[0] / length, ray[1] / length, ray[2] / length};
  }

  FrameSize size;
  double heading;
  double pitch;
};

Direction fixed(const std::array<double, 3>& v) {
  const auto part = [](double p) { return static_cast<std::int32_t>(std::lround(p * 65536)); };
  return {part(v[0]), part(v[1]), part(v[2])};
}

// How far the ray passes by the upright axis through `foot`, and at which height, in metres.
struct Passing {
  double distance = 0;
  double height = 0;
};
Passing pass(Vec3 eye, const std::array<double, 3>& ray, Vec3 foot) {
  const double x = (foot.x - eye.x) / 65536.0;
  const double y = (foot.y - eye.y) / 65536.0;
  const double flat = ray[0] * ray[0] + ray[1] * ray[1];
  const double along = (x * ray[0] + y * ray[1]) / flat;
  const double aside = std::abs(x * ray[1] - y * ray[0]) / std::sqrt(flat);
  return {aside, (eye.z - foot.z) / 65536.0 + along * ray[2]};
}

struct Agreement {
  int tried = 0;
  int agreed = 0;
};

TEST(HouseRenderer, ShowsTheThingsThatRaysMeet) {
  constexpr FrameSize kSize{160, 120};
  Renderer renderer(kSize);
  std::map<Shape, Agreement> hearts;  // rays through the heart of a thing's body, by shape
  Agreement tops;                     // rays that come down on furniture
  int astray = 0;                     // pixels that show a thing far from its body
  int shown = 0;
  Random random(17);
  for (int shot = 0; shot < 900; ++shot) {
    const House house = shot % 4 == 0 ? create_small_house() : create_house(random(), level_named("house"));
    State state = start_state(house);
    stand_anywhere(house, state, 0, from_degrees(35), random);
    static_cast<void>(draw(renderer, house, state));
    const auto ids = renderer.object_ids();
    const RayCamera camera(state.players[0], kSize);
    const Vec3 eye = eye_of(state.players[0]);
    for (int y = 1; y < kSize.height_px; y += 3) {
      for (int x = 1; x < kSize.width_px; x += 3) {
        const auto ray = camera.through(x, y);
        const Hit hit =
            follow(house, state, eye, fixed(ray), from_cm(3000), {player_entity(0), state.players[0].holding, {}});
        const int number = ids[static_cast<std::size_t>(y * kSize.width_px + x)];
        if (hit.entity.is_thing()) {
          const std::size_t thing = hit.entity.thing();
          const Body body = body_of(house.things[thing].kind);
          const Passing passing = pass(eye, ray, state.things[thing].position);
          const double part = passing.height * 65536 / body.height;
          if (passing.distance * 65536 < 0.12 * body.radius && part > 0.15 && part < 0.45) {
            Agreement& heart = hearts[house.things[thing].kind.shape];
            ++heart.tried;
            heart.agreed += number == hit.entity.id + 1 ? 1 : 0;
          }
        } else if (hit.entity.is_fixture() && hit.is_surface && has_top(house.fixtures[hit.entity.fixture()].kind)) {
          ++tops.tried;
          tops.agreed += number == hit.entity.id + 1 ? 1 : 0;
        }
        if (number == 0 || !Entity{static_cast<std::uint8_t>(number - 1)}.is_thing()) continue;
        ++shown;
        const auto thing = static_cast<std::size_t>(number - 1);
        const Body body = body_of(house.things[thing].kind);
        const Passing passing = pass(eye, ray, state.things[thing].position);
        astray += passing.distance * 65536 > 1.35 * body.radius + 1500 ? 1 : 0;
      }
    }
  }
  ASSERT_EQ(hearts.size(), kShapeNames.size());
  for (const auto& [shape, heart] : hearts) {
    SCOPED_TRACE(kShapeNames[static_cast<std::size_t>(shape)]);
    EXPECT_GT(heart.tried, 40);
    EXPECT_GE(heart.agreed, heart.tried * 97 / 100) << "of " << heart.tried;
  }
  EXPECT_GT(tops.tried, 2000);
  EXPECT_GE(tops.agreed, tops.tried * 95 / 100);
  EXPECT_GT(shown, 5000);
  EXPECT_EQ(astray, 0);
}

TEST(HouseRenderer, ShowsWhateverIsInSight) {
  constexpr FrameSize kSize{320, 240};
  Renderer renderer(kSize);
  Random random(23);
  int expected = 0;
  for (int shot = 0; shot < 1200; ++shot) {
    const House house = shot % 4 == 0 ? create_small_house() : create_house(random(), level_named("pair"));
    State state = start_state(house);
    stand_anywhere(house, state, 1, 0, random);
    stand_anywhere(house, state, 0, from_degrees(20), random);
    static_cast<void>(draw(renderer, house, state));
    const auto ids = renderer.object_ids();
    std::array<int, 256> pixels{};
    for (const std::uint8_t id : ids) ++pixels[id];
    for (int id = 0; id < kMaxEntities; ++id) {
      const Entity entity{static_cast<std::uint8_t>(id)};
      const bool exists = entity.is_thing()     ? entity.thing() < house.things.size()
                          : entity.is_fixture() ? entity.fixture() < house.fixtures.size()
                                                : entity.player() == 1;
      if (!exists || !is_in_sight(house, state, 0, entity)) continue;
      const Bearing bearing = bearing_of(house, state, 0, entity);
      if (std::abs(bearing.right) > from_degrees(36) || std::abs(bearing.up) > from_degrees(24)) continue;
      ++expected;
      EXPECT_GT(pixels[static_cast<std::size_t>(id) + 1], 0)
          << "shot " << shot << ", entity " << id << ", "
          << (entity.is_fixture() ? kFixtureNames[static_cast<std::size_t>(house.fixtures[entity.fixture()].kind)]
                                  : "thing or player")
          << " " << bearing.distance * 100 / kMetre << " cm away, " << bearing.right << " to the right, " << bearing.up
          << " up";
    }
  }
  EXPECT_GT(expected, 1500);
}

TEST(HouseRenderer, LooksOtherwiseWhenReskinned) {
  constexpr FrameSize kSize{160, 120};
  Renderer renderer(kSize, {.crosshair = false});
  const House usual = create_house(11, level_named("full"));
  const House other = create_house(11, level_named("full"), 1);
  ASSERT_EQ(usual.hash, other.hash);
  const State state = start_state(usual);
  const Pixels before = draw(renderer, usual, state);
  const std::vector<std::uint8_t> ids(renderer.object_ids().begin(), renderer.object_ids().end());
  const Pixels after = draw(renderer, other, state);
  int changed = 0;
  for (std::size_t i = 0; i < before.size(); i += kBytesPerPixel)
    changed +=
        std::equal(before.begin() + static_cast<std::ptrdiff_t>(i), before.begin() + static_cast<std::ptrdiff_t>(i) + 3,
                   after.begin() + static_cast<std::ptrdiff_t>(i))
            ? 0
            : 1;
  EXPECT_GT(changed, kSize.width_px * kSize.height_px * 9 / 10);
  EXPECT_THAT(renderer.object_ids(), testing::ElementsAreArray(ids));  // the same things in the same places
}

TEST(HouseRenderer, ShowsScreensOverTheHouse) {
  constexpr FrameSize kSize{96, 72};
  Renderer renderer(kSize);
  const House house = create_small_house();
  State state = start_state(house);
  const Pixels world = draw(renderer, house, state);
  state.players[0].screen = Screen::kMenu;
  state.players[0].pointer_x = 10;
  const Pixels off = draw(renderer, house, state);
  EXPECT_NE(off, world);
  state.players[0].settings = 1;
  EXPECT_NE(draw(renderer, house, state), off);  // a setting is seen
  state.players[0].settings = 0;
  state.players[0].pointer_x = 100;
  EXPECT_NE(draw(renderer, house, state), off);  // so is the pointer
  state.players[0].screen = Screen::kBag;
  const Pixels empty = draw(renderer, house, state);
  for (std::uint8_t thing = 0; thing < kBagSlots; ++thing) {
    State full = state;
    full.players[0].bag[thing] = thing;
    full.things[thing].place = Place::kStored;
    const Pixels stored = draw(renderer, house, full);
    // The picture of the thing is in its slot: the colours there differ from those of the empty slot.
    const Item& slot = items_of(Screen::kBag)[thing];
    const auto x = static_cast<std::size_t>((slot.left + slot.right) / 2 * kSize.width_px / kCanvasWidth);
    const auto y = static_cast<std::size_t>((slot.top + slot.bottom) / 2 * kSize.height_px / kCanvasHeight);
    const std::size_t at = (y * static_cast<std::size_t>(kSize.width_px) + x) * kBytesPerPixel;
    EXPECT_FALSE(std::equal(stored.begin() + static_cast<std::ptrdiff_t>(at),
                            stored.begin() + static_cast<std::ptrdiff_t>(at) + 3,
                            empty.begin() + static_cast<std::ptrdiff_t>(at)))
        << "slot " << int{thing};
  }
}

// What is on or open must be seen: an agent cannot know otherwise.
TEST(HouseRenderer, ShowsWhatIsOnAndOpen) {
  constexpr FrameSize kSize{96, 72};
  Renderer renderer(kSize, {.crosshair = false});
  const House house = create_small_house();
  const State start = start_state(house);
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    const FixtureKind kind = house.fixtures[i].kind;
    if (!is_switchable(kind) && !is_hinged(kind) && kind != FixtureKind::kButton && kind != FixtureKind::kPlate)
      continue;
    SCOPED_TRACE(kFixtureNames[static_cast<std::size_t>(kind)]);
    // From 1.5 m before its front, looking at its middle.
    State state = start;
    state.players[1].position = {from_cm(300), from_cm(20)};
    const Extent extent = extent_of(house, state, fixture_entity(i));
    PlayerState& self = state.players[0];
    const std::int32_t heading = heading_of(house.fixtures[i].facing);
    self.position = extent.middle.flat() + from_view({0, from_cm(150) + extent.half.y}, heading);
    self.heading = wrap_turn(heading + kTurn / 2);
    self.pitch = wrap_signed(heading_of({extent.middle.z - kEyeHeight, from_cm(150)}));
    state.fixtures[i] = {};
    const Pixels off = draw(renderer, house, state);
    const auto ids = renderer.object_ids();
    EXPECT_GT(std::count(ids.begin(), ids.end(), fixture_entity(i).id + 1), kind == FixtureKind::kSwitch ? 4 : 40);
    state.fixtures[i].is_on = 1;
    if (is_hinged(kind)) state.fixtures[i].angle = static_cast<std::int16_t>(kOpenAngle);
    const Pixels on = draw(renderer, house, state);
    int changed = 0;
    for (std::size_t at = 0; at < on.size(); ++at) changed += std::abs(on[at] - off[at]) > 25 ? 1 : 0;
    EXPECT_GT(changed, kind == FixtureKind::kSwitch ? 6 : 60);
  }
}

}  // namespace
}  // namespace atl::envs::playhouse
