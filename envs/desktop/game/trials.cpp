#include "envs/desktop/game/trials.h"

#include "core/action.h"
#include "core/controls.h"
#include "core/error.h"
#include "envs/seeds.h"

#include <algorithm>
#include <sstream>

namespace atl::envs::desktop {
namespace {

constexpr Duration kLead = std::chrono::milliseconds(100);  // for a chunk to reach the guard before it begins
constexpr Duration kLook = std::chrono::milliseconds(50);
constexpr std::string_view kNothing = "-";

std::vector<Action> actions_of(const std::vector<std::string>& lines) {
  std::vector<Action> actions;
  ControlSet held;
  for (const std::string& line : lines) {
    const Hands hands = parse_hands(line);
    Action action;
    action.held = controls_named(hands.controls);
    action.dx = hands.dx;
    action.dy = hands.dy;
    for (int i = 0; i < hands.steps; ++i) {
      actions.push_back(normalise(action, held));
      held = actions.back().held;
    }
  }
  return actions;
}

void look_until(LiveGame& world, Timestamp deadline) {
  while (MonotonicClock::now() < deadline && !world.outcome().is_over())
    static_cast<void>(world.observe(std::min(deadline, MonotonicClock::now() + kLook)));
}

bool starts_at(const TrialProfile& trial, std::size_t start) {
  return trial.starts.empty() ||
         std::find(trial.starts.begin(), trial.starts.end(), static_cast<int>(start)) != trial.starts.end();
}

}  // namespace

Hands parse_hands(const std::string& text) {
  std::istringstream words(text);
  Hands hands;
  std::string controls;
  std::string more;
  words >> controls >> hands.steps;
  bool is_good = !words.fail() && hands.steps > 0;
  if (is_good && !(words >> std::ws).eof()) {
    words >> hands.dx >> hands.dy;
    is_good = !words.fail() && !(words >> more);
  }
  if (!is_good)
    fail(ErrorKind::kConfig, "hands \"{}\", expected CONTROLS STEPS or CONTROLS STEPS DX DY, as \"w+space 15 0 -20\"",
         text);
  if (controls == kNothing) return hands;
  std::istringstream names(controls);
  for (std::string name; std::getline(names, name, '+');) {
    static_cast<void>(control_named(name));
    hands.controls.push_back(name);
  }
  return hands;
}

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
