#include "tools/house_views.h"

#include "core/error.h"
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/geometry.h"
#include "envs/playhouse/physics.h"
#include "envs/playhouse/renderer.h"

#include <algorithm>

namespace atl::tools {
namespace {

using namespace envs::playhouse;

constexpr FrameSize kGlance{80, 60};

bool can_stand(const House& house, const State& state, Vec2 p) {
  return house.cell_at(p) >= 0 && is_free(house, state, {p.x, p.y, 0}, {kBodyRadius, kBodyHeight}, {.player = 0});
}

// What the last picture shows.
Seen seen_in(Renderer& renderer) {
  Seen seen;
  seen.is_whole.fill(true);
  const std::span<const std::uint8_t> ids = renderer.object_ids();
  for (int y = 0; y < kGlance.height_px; ++y) {
    for (int x = 0; x < kGlance.width_px; ++x) {
      const int number = ids[static_cast<std::size_t>(y * kGlance.width_px + x)];
      if (number == 0) continue;
      const auto entity = static_cast<std::size_t>(number - 1);
      ++seen.pixels[entity];
      if (x == 0 || y == 0 || x == kGlance.width_px - 1 || y == kGlance.height_px - 1) seen.is_whole[entity] = false;
    }
  }
  return seen;
}

}  // namespace

HouseView best_view(std::string_view level, std::uint64_t num_houses, const Views& views, const Rating& rating) {
  Renderer renderer(kGlance, {.crosshair = false});
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(kGlance.width_px * kGlance.height_px * kBytesPerPixel));
  HouseView best;
  int most = 0;
  for (std::uint64_t seed = 0; seed < num_houses; ++seed) {
    HouseView view{seed, create_house(seed, level_named(level)), {}};
    for (const State& state : views(view.house)) {
      view.state = state;
      renderer.draw(view.house, state, 0, pixels);
      const int rated = rating(view, seen_in(renderer));
      if (rated <= most) continue;
      most = rated;
      best = view;
    }
  }
  if (most == 0) fail(ErrorKind::kInternal, "{} houses of level \"{}\" show nothing of the kind", num_houses, level);
  return best;
}

void look_at(State& state, Vec3 point) {
  PlayerState& self = state.players[0];
  const Vec2 away = point.flat() - self.position;
  self.heading = heading_of(away);
  self.pitch = wrap_signed(heading_of({point.z - self.z - kEyeHeight, std::max(length(away), 1)}));
}

void light_up(const House& house, State& state) {
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    if (is_switchable(house.fixtures[i].kind)) state.fixtures[i].is_on = 1;
  }
}

std::vector<State> views_of_fixture(const House& house, const State& start, std::size_t fixture) {
  const Fixture& of = house.fixtures[fixture];
  const Vec2 middle = of.floor.middle();
  std::vector<State> views;
  for (const int distance_cm : {90, 130, 170, 210, 250, 300}) {
    for (const std::int32_t aside : {0, 300, -300, 500, -500}) {
      State state = start;
      PlayerState& self = state.players[0];
      self.position = middle + from_view({0, from_cm(distance_cm)}, wrap_turn(heading_of(of.facing) + aside));
      if (!can_stand(house, state, self.position)) continue;
      look_at(state, {middle.x, middle.y, (of.bottom + of.height) / 2});
      views.push_back(state);
    }
  }
  return views;
}

std::vector<State> views_of_room(const House& house, const State& start, std::size_t room) {
  const Rect inner = shrunk(house.cells[room].floor, from_cm(40));
  const Vec2 middle = inner.middle();
  constexpr int kParts = 6;
  std::vector<State> views;
  for (int i = 0; i <= kParts; ++i) {
    for (int j = 0; j <= kParts; ++j) {
      if (i % kParts != 0 && j % kParts != 0) continue;
      State state = start;
      PlayerState& self = state.players[0];
      self.position = {inner.low.x + (inner.high.x - inner.low.x) / kParts * i,
                       inner.low.y + (inner.high.y - inner.low.y) / kParts * j};
      if (!can_stand(house, state, self.position)) continue;
      look_at(state, {middle.x, middle.y, from_cm(70)});
      views.push_back(state);
    }
  }
  return views;
}

}  // namespace atl::tools
