#include "tests/envs/soak.h"

#include "core/error.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/renderer.h"
#include "envs/playhouse/snapshot.h"
#include "tests/envs/random_hands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace atl::envs::playhouse {
namespace {

constexpr FrameSize kFrame{96, 72};
constexpr std::size_t kMostProblems = 20;
constexpr std::int64_t kProgressEvery = 20000;  // steps

// ---- An own notion of where a body may be: the house's cells are boxes of floor, and every point of the body's circle
// lies in one of them. Nothing of physics is asked.

bool is_on_floor(const House& house, double x, double y) {
  return std::any_of(house.cells.begin(), house.cells.end(), [&](const Cell& cell) {
    return x >= cell.floor.low.x && x <= cell.floor.high.x && y >= cell.floor.low.y && y <= cell.floor.high.y;
  });
}

bool is_body_on_floor(const House& house, Vec2 p) {
  constexpr int kPoints = 24;
  constexpr double kSlack = 2.0;  // Q16: 0.03 mm
  if (!is_on_floor(house, p.x, p.y)) return false;
  for (int i = 0; i < kPoints; ++i) {
    const double angle = 2.0 * std::numbers::pi * i / kPoints;
    const double radius = kBodyRadius - kSlack;
    if (!is_on_floor(house, p.x + radius * std::cos(angle), p.y + radius * std::sin(angle))) return false;
  }
  return true;
}

class Soak {
 public:
  explicit Soak(std::uint64_t seed)
      : random_(seed), renderer_(kFrame), pixels_(kFrame.width_px * kFrame.height_px * 4) {}

  void play_episode(std::int64_t most_steps, const std::function<void(const SoakReport&)>& progress) {
    const std::span<const Level> all = levels();
    const Level& level = all[random_.below(static_cast<std::uint32_t>(all.size()))];
    const EpisodeOptions options{std::string(level.name), random_.chance(1, 3) ? random_.below(1000) : 0};
    seed_ = random_();
    const Episode episode = create_episode(seed_, {}, options);
    World world(episode.house, episode.quest);
    ++report_.episodes;
    ++report_.episodes_of_level[options.level];
    std::array<RandomHands, kMaxPlayers> hands{RandomHands(random_()), RandomHands(random_())};
    while (!world.is_over() && report_.steps < most_steps) {
      act(world, hands);
      look_at(world, episode);
      ++report_.steps;
      if (progress && report_.steps % kProgressEvery == 0) progress(report_);
    }
    ++report_.verdicts[std::string(to_string(world.verdict()))];
  }

  [[nodiscard]] const SoakReport& report() const { return report_; }

 private:
  void act(World& world, std::array<RandomHands, kMaxPlayers>& hands) {
    const std::array<Action, kMaxPlayers> actions{hands[0].next(), hands[1].next()};
    step(world, actions, [&](std::span<const TickInput> inputs) {
      ++report_.ticks;
      for (const Event& event : world.events()) ++report_.events[static_cast<std::size_t>(event.kind)];
      for (std::size_t p = 0; p < inputs.size(); ++p) look_at_player(world, p);
    });
  }

  void look_at_player(const World& world, std::size_t index) {
    const PlayerState& player = world.state().players[index];
    const auto tell = [&](std::string_view what) {
      tell_problem(world, fmt::format("player {} at {}, {}, {} {}", index, player.position.x, player.position.y,
                                      player.z, what));
    };
    if (world.house().cell_at(player.position) < 0) tell("is outside of the house or inside a wall");
    if (!is_body_on_floor(world.house(), player.position)) tell("has a part of the body inside a wall");
    if (player.z < 0 || player.z > kRoomHeight) tell("is below the floor or above the ceiling");
  }

  void look_at(const World& world, const Episode& episode) {
    renderer_.draw(world.house(), world.state(), static_cast<std::size_t>(report_.steps % world.num_players()),
                   pixels_);
    for (std::size_t i = 0; i < world.house().things.size(); ++i) {
      const ThingState& thing = world.state().things[i];
      if (thing.place == Place::kStored || world.house().cell_at(thing.position.flat()) >= 0) continue;
      tell_problem(world, fmt::format("thing {} lies outside of the house", i));
    }
    try {
      if (from_bytes(to_bytes(world, episode, seed_), world, episode, seed_) == world.snapshot()) return;
      tell_problem(world, "the snapshot gives another state");
    } catch (const Error& error) {
      tell_problem(world, error.what());
    }
  }

  void tell_problem(const World& world, std::string what) {
    if (report_.problems.size() < kMostProblems)
      report_.problems.push_back(fmt::format("seed {}, level {}, tick {}: {}", seed_, world.house().level->name,
                                             world.state().num_ticks, std::move(what)));
  }

  Random random_;
  Renderer renderer_;
  std::vector<std::uint8_t> pixels_;
  std::uint64_t seed_ = 0;
  SoakReport report_;
};

}  // namespace

SoakReport soak(std::int64_t steps, std::uint64_t seed, const std::function<void(const SoakReport&)>& progress) {
  Soak soak(seed);
  while (soak.report().steps < steps) soak.play_episode(steps, progress);
  return soak.report();
}

}  // namespace atl::envs::playhouse
