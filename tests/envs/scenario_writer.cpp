// Writes the scenarios that are checked in under tests/envs/scenarios/: `atoll_scenario_writer FOLDER`. What experts
// and random hands do is written down there, so that replaying them follows the world alone. To be run again, and the
// files checked in anew, only with a new version of the world.
#include "core/error.h"
#include "core/files.h"
#include "envs/oracle.h"
#include "envs/players.h"
#include "envs/playhouse/playhouse.h"
#include "envs/playhouse/scenario.h"
#include "envs/seeds.h"
#include "tests/envs/random_hands.h"

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace atl::envs::playhouse {
namespace {

struct Case {
  std::string name;
  std::string world;
  std::string family;      // empty: whatever the seed gives
  std::uint64_t seed = 0;  // number in the development range; the first from there on that the experts solve, or where
                           // hands have something to do for 8 s
  int cut_percent = 100;   // of the expert's episode
  bool by_hands = false;   // random hands instead of experts, for 15 s
  FrameSize frame{96, 72};
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {.name = "room-look", .world = "playhouse", .family = "look at", .seed = 3},
      {.name = "room-pick-up-redrawn", .world = "playhouse,reskin=7", .family = "pick up", .seed = 5},
      {.name = "flat-doors", .world = "playhouse/flat", .family = "open", .seed = 2, .frame = {160, 120}},
      {.name = "flat-lamps", .world = "playhouse/flat", .family = "switch", .seed = 4},
      {.name = "flat-screens", .world = "playhouse/flat", .family = "menu", .seed = 6, .frame = {320, 240}},
      {.name = "flat-push", .world = "playhouse/flat", .family = "push", .seed = 8, .cut_percent = 80},
      {.name = "house-rooms", .world = "playhouse/house", .family = "rooms", .seed = 1},
      {.name = "house-put-redrawn", .world = "playhouse/house,reskin=3", .family = "put", .seed = 7},
      {.name = "house-build", .world = "playhouse/house", .family = "build", .seed = 9, .cut_percent = 90},
      {.name = "house-sequence", .world = "playhouse/house", .family = "sequence", .seed = 10, .frame = {97, 71}},
      {.name = "full-hands", .world = "playhouse/full", .family = "", .seed = 11, .by_hands = true},
      {.name = "pair-hand-over", .world = "playhouse/pair", .family = "hand over", .seed = 12},
      {.name = "pair-together", .world = "playhouse/pair", .family = "together", .seed = 13},
      {.name = "pair-help", .world = "playhouse/pair", .family = "help", .seed = 14, .cut_percent = 70},
      {.name = "pair-hands-redrawn", .world = "playhouse/pair,reskin=11", .family = "", .seed = 15, .by_hands = true}};
  return all;
}

// Plays one seed; nothing if it is not fit for a scenario.
std::optional<Scenario> play(const Case& c, std::uint64_t number) {
  constexpr double kHandsSeconds = 15.0;
  Scenario scenario;
  scenario.world = c.world;
  scenario.frame = c.frame;
  scenario.seed = seed_in(SeedRange::kDevelopment, number);
  const auto world = create_playhouse({c.frame, playhouse_named(c.world)});
  world->reset(scenario.seed, {.family = c.family, .time_limit_s = c.by_hands ? kHandsSeconds : 0.0});
  scenario.task = world->task();
  const auto num_players = static_cast<std::size_t>(world->spec().num_players);
  std::vector<RandomHands> hands;
  std::vector<std::unique_ptr<Expert>> experts;
  for (std::size_t p = 0; p < num_players; ++p) {
    hands.emplace_back(c.seed + p);
    // Like a person, so that the mouse moves in many ways; not so unlike the clean one that the episode fails.
    experts.push_back(
        world->oracle()->create_expert_for(p, c.seed + p, {.noise = 0.01, .detour = 0.0, .reaction_steps = 1}));
  }
  while (!world->outcome().is_over()) {
    std::vector<Action>& step = scenario.steps.emplace_back();
    for (std::size_t p = 0; p < num_players; ++p) step.push_back(c.by_hands ? hands[p].next() : experts[p]->next());
    world->players()->step_all(step);
  }
  const bool is_fit = c.by_hands ? scenario.steps.size() >= 120 : world->outcome().verdict == Verdict::kSuccess;
  if (!is_fit) return std::nullopt;
  scenario.steps.resize(scenario.steps.size() * static_cast<std::size_t>(c.cut_percent) / 100);
  prove(scenario);
  return scenario;
}

Scenario write(const Case& c) {
  constexpr std::uint64_t kMostSeeds = 50;
  for (std::uint64_t number = c.seed; number < c.seed + kMostSeeds; ++number) {
    if (std::optional<Scenario> scenario = play(c, number)) return *std::move(scenario);
  }
  fail(ErrorKind::kEnvironment, "{}: none of {} seeds from {} is fit", c.name, kMostSeeds, c.seed);
}

}  // namespace
}  // namespace atl::envs::playhouse

int main(int argc, char** argv) {
  using namespace atl::envs::playhouse;
  try {
    if (argc != 2) atl::fail(atl::ErrorKind::kUsage, "usage: atoll_scenario_writer FOLDER");
    for (const Case& c : cases()) {
      const Scenario scenario = write(c);
      atl::write_file_atomically(std::filesystem::path(argv[1]) / (c.name + ".toml"), to_text(scenario));
      fmt::print("{}: {}, {} steps, {}\n", c.name, scenario.task.instruction, scenario.steps.size(),
                 to_string(scenario.verdict));
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "atoll_scenario_writer: {}\n", error.what());
    return 1;
  }
}
