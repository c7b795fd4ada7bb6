#include "envs/playhouse/scenario.h"

#include "core/error.h"
#include "core/text.h"
#include "envs/oracle.h"
#include "envs/players.h"
#include "envs/playhouse/playhouse.h"

#include <fmt/format.h>

#include <utility>

namespace atl::envs::playhouse {
namespace {

// Plays a scenario and calls `look` at the start and after each step; stops when it returns false.
template <class Look>
Verdict play(const Scenario& scenario, Look look) {
  const auto world = create_playhouse({scenario.frame, playhouse_named(scenario.world)});
  static_cast<void>(world->reset(scenario.seed, scenario.task));
  for (std::size_t step = 0; look(*world, static_cast<int>(step)) && step < scenario.steps.size(); ++step) {
    if (world->outcome().is_over())
      fail(ErrorKind::kFormat, "{} steps of {} with seed {}, but the episode ended after {} ({})",
           scenario.steps.size(), scenario.world, scenario.seed, step, world->outcome().reason);
    static_cast<void>(world->players()->step_all(scenario.steps[step]));
  }
  return world->outcome().verdict;
}

Checkpoint look_at(SteppedEnvironment& world, int step) {
  const EnvironmentSpec& spec = world.spec();
  Checkpoint seen{step, world.oracle()->state_hash(), {}};
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(spec.frame.width_px) *
                                   static_cast<std::size_t>(spec.frame.height_px) * kBytesPerPixel);
  for (int player = 0; player < spec.num_players; ++player)
    seen.pictures.push_back(hash_pixels(world.players()->observe_as(static_cast<std::size_t>(player), pixels).frame));
  return seen;
}

void compare(const Checkpoint& expected, const Checkpoint& seen, std::vector<std::string>& problems) {
  if (seen.state != expected.state)
    problems.push_back(
        fmt::format("state at step {}: {}, expected {}", expected.step, to_hex(seen.state), to_hex(expected.state)));
  for (std::size_t p = 0; p < seen.pictures.size(); ++p) {
    if (seen.pictures[p] != expected.pictures.at(p))
      problems.push_back(fmt::format("picture of player {} at step {}: {}, expected {}", p, expected.step,
                                     to_hex(seen.pictures[p]), to_hex(expected.pictures[p])));
  }
}

}  // namespace

void prove(Scenario& scenario) {
  std::vector<Checkpoint> checkpoints;
  const int cut = static_cast<int>(scenario.steps.size());
  scenario.verdict = play(scenario, [&](SteppedEnvironment& world, int step) {
    if (step % kCheckpointEvery == 0 || step == cut) checkpoints.push_back(look_at(world, step));
    return true;
  });
  scenario.checkpoints = std::move(checkpoints);
}

std::vector<std::string> differences(const Scenario& scenario) {
  std::vector<std::string> problems;
  std::size_t next = 0;
  const Verdict verdict = play(scenario, [&](SteppedEnvironment& world, int step) {
    if (next < scenario.checkpoints.size() && scenario.checkpoints[next].step == step) {
      compare(scenario.checkpoints[next], look_at(world, step), problems);
      if (!problems.empty() && next > 0)
        problems.push_back(fmt::format("all was equal up to step {}", scenario.checkpoints[next - 1].step));
      ++next;
    }
    return problems.empty();
  });
  if (problems.empty() && verdict != scenario.verdict)
    problems.push_back(fmt::format("verdict at step {}: {}, expected {}", scenario.steps.size(), to_string(verdict),
                                   to_string(scenario.verdict)));
  return problems;
}

}  // namespace atl::envs::playhouse
