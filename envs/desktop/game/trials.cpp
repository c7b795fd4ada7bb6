#include "envs/desktop/game/trials.h"

#include "core/action.h"
#include "envs/desktop/game/hands.h"
#include "envs/seeds.h"

#include <algorithm>

namespace atl::envs::desktop {
namespace {

constexpr Duration kLead = std::chrono::milliseconds(100);  // for a chunk to reach the guard before it begins
constexpr Duration kLook = std::chrono::milliseconds(50);

void look_until(LiveGame& world, Timestamp deadline) {
  while (MonotonicClock::now() < deadline && !world.outcome().is_over())
    static_cast<void>(world.observe(std::min(deadline, MonotonicClock::now() + kLook)));
}

bool starts_at(const TrialProfile& trial, std::size_t start) {
  return trial.starts.empty() ||
         std::find(trial.starts.begin(), trial.starts.end(), static_cast<int>(start)) != trial.starts.end();
}

}  // namespace

Outcome play_hands(LiveGame& world, std::uint64_t seed, const std::string& instruction,
                   const std::vector<std::string>& hands, double wait_s) {
  Task task;
  task.instruction = instruction;
  static_cast<void>(world.reset(seed, task));
  const std::vector<Action> actions = actions_of(hands);
  const Duration period = period_of(world.spec().action_rate_hz);
  const Timestamp start = MonotonicClock::now() + kLead;
  for (std::size_t at = 0; at < actions.size() && !world.outcome().is_over(); at += kChunkActions) {
    const std::size_t end = std::min(actions.size(), at + kChunkActions);
    world.schedule(
        {at,
         start + period * static_cast<std::int64_t>(at),
         {actions.begin() + static_cast<std::ptrdiff_t>(at), actions.begin() + static_cast<std::ptrdiff_t>(end)}});
    look_until(world, start + period * static_cast<std::int64_t>(end) - kLead / 2);
  }
  look_until(world, start + period * static_cast<std::int64_t>(actions.size()) + from_seconds(wait_s));
  return world.outcome();
}

void try_instructions(const GameProfile& profile, const LiveGameConfig& config,
                      const std::function<void(const TrialResult&)>& on_result) {
  const std::uint64_t seed = seed_in(SeedRange::kDevelopment, 0);
  for (std::size_t start = 0; start < std::max<std::size_t>(profile.reset.starts.size(), 1); ++start) {
    const auto is_here = [start](const TrialProfile& trial) { return starts_at(trial, start); };
    if (std::none_of(profile.trials.begin(), profile.trials.end(), is_here)) continue;
    GameProfile here = profile;
    if (!profile.reset.starts.empty()) here.reset.starts = {profile.reset.starts[start]};
    LiveGame world(here, config);
    for (const TrialProfile& trial : profile.trials) {
      if (!is_here(trial)) continue;
      const auto play = [&](const std::vector<std::string>& hands) {
        return play_hands(world, seed, trial.instruction, hands, trial.wait_s);
      };
      TrialResult result{.instruction = trial.instruction, .start = start, .done = {}, .not_done = {}};
      for (; result.tries < trial.tries && !result.yes_seen(); ++result.tries) result.done = play(trial.yes);
      result.not_done = play(trial.no);
      on_result(result);
    }
  }
}

}  // namespace atl::envs::desktop
