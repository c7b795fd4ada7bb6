#include "envs/playhouse/state.h"

#include "core/random.h"
#include "envs/playhouse/physics.h"

#include <bit>
#include <cstring>

namespace atl::envs::playhouse {
namespace {

static_assert(std::endian::native == std::endian::little, "hashes are of little-endian bytes");

// The fixture that a thing at `position` was put on or into; nothing: it stands on the floor.
Entity support_at(const House& house, Vec3 position) {
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    const Fixture& fixture = house.fixtures[i];
    if (!fixture.floor.contains(position.flat())) continue;
    if (has_top(fixture.kind) && position.z == fixture.height) return fixture_entity(i);
    if (is_container(fixture.kind) && position.z == kContainerBottom) return fixture_entity(i);
  }
  return {};
}

}  // namespace

State start_state(const House& house) {
  State state;
  for (std::size_t i = 0; i < state.players.size(); ++i) {
    PlayerState& player = state.players[i];
    player.bag.fill(kNothing);
    if (i >= static_cast<std::size_t>(house.level->players)) continue;
    player.position = house.starts[i].position;
    player.heading = house.starts[i].heading;
    player.pitch = kStartPitch;
    player.carry_distance = kCarryDistance;
  }
  for (std::size_t i = 0; i < house.things.size(); ++i) {
    const Thing& thing = house.things[i];
    state.things[i].position = thing.position;
    state.things[i].heading = thing.heading;
    state.things[i].support = support_at(house, thing.position);
  }
  for (std::size_t i = 0; i < house.fixtures.size(); ++i) {
    const Fixture& fixture = house.fixtures[i];
    state.fixtures[i].is_on = fixture.starts_on ? 1 : 0;
    if (is_hinged(fixture.kind) && fixture.starts_on) state.fixtures[i].angle = kOpenAngle;
  }
  return state;
}

std::uint64_t hash_of(const State& state) {
  std::array<std::uint64_t, sizeof(State) / 8> words;
  static_assert(sizeof(words) == sizeof(State));
  std::memcpy(words.data(), &state, sizeof(State));
  std::uint64_t hash = 0;
  for (const std::uint64_t word : words) hash = mix_bits(hash ^ word);
  return hash;
}

}  // namespace atl::envs::playhouse
