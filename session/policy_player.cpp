#include "session/policy_player.h"

#include "core/error.h"
#include "core/log.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace atl::session {

void require_fit(const PolicyContract& contract, const std::string& policy_name, const envs::EnvironmentSpec& world) {
  std::vector<std::string> problems;
  if (std::abs(contract.action_rate_hz - world.action_rate_hz) > 1e-6) {
    problems.push_back(
        fmt::format("action_rate_hz: {} (policy) and {} (world)", contract.action_rate_hz, world.action_rate_hz));
  }
  std::vector<std::string> missing;
  for (const std::string& control : contract.controls) {
    if (std::find(world.controls.begin(), world.controls.end(), control) == world.controls.end()) {
      missing.push_back(control);
    }
  }
  if (!missing.empty() && missing.size() == contract.controls.size()) {
    problems.push_back(fmt::format("controls: {} (policy) and {} (world), which lacks {}",
                                   fmt::join(contract.controls, " "), fmt::join(world.controls, " "),
                                   fmt::join(missing, " ")));
  }
  if (world.frame.width_px < contract.frame_width_px || world.frame.height_px < contract.frame_height_px) {
    problems.push_back(fmt::format("frame: {}x{} px (policy) and {}x{} px (world); pictures are never enlarged",
                                   contract.frame_width_px, contract.frame_height_px, world.frame.width_px,
                                   world.frame.height_px));
  }
  if (contract.mouse_unit == "degrees" && !(world.facts.counts_per_turn > 0.0)) {
    problems.push_back("mouse_unit: degrees (policy) and unknown counts per turn (world)");
  }
  if (contract.has_pointer() && world.facts.cursor == "hidden")
    problems.push_back("pointer: set to places (policy) and a hidden cursor (world), which cannot be set");
  if (problems.empty()) {
    if (!missing.empty())
      log_warning("policy {} has controls that world {} lacks, and never presses them there: {}", policy_name,
                  world.facts.world, fmt::join(missing, " "));
    return;
  }
  fail(ErrorKind::kContract, "policy {} does not fit world {}:\n  {}\nuse a policy that was trained for this world",
       policy_name, world.facts.world, fmt::join(problems, "\n  "));
}

PolicyPlayer::PolicyPlayer(std::unique_ptr<agent::Policy> policy, std::string name, const envs::EnvironmentSpec& world)
    : policy_(std::move(policy)),
      name_(std::move(name)),
      resizer_(policy_->contract().frame_size()),
      pressable_(controls_named(world.controls)) {
  require_fit(policy_->contract(), name_, world);
  const FrameSize size = resizer_.target_size();
  small_.resize(static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px) * kBytesPerPixel);
}

PlayerTiming PolicyPlayer::timing() const {
  return {policy_->contract().actions_per_policy_step, policy_->contract().delay_steps};
}

std::vector<Action> PolicyPlayer::act(const envs::Observation& observation, const ControlSet& held_before) {
  resizer_.resize(observation.frame, small_);
  const FrameSize size = resizer_.target_size();
  const ImageView picture{small_.data(), size.width_px, size.height_px,
                          static_cast<std::ptrdiff_t>(size.width_px) * kBytesPerPixel};
  agent::PolicyAnswer answer = policy_->act(picture, observation.instruction, held_before);
  goal_probability_ = answer.goal_probability;
  for (Action& action : answer.chunk) {
    action.held &= pressable_;
    for (std::size_t i = 0; i < action.presses.size(); ++i) {
      if (!pressable_.test(i)) action.presses[i] = 0;
    }
    if (action.pointer) action.pointer = scaled(*action.pointer, size, observation.frame.size());
  }
  return std::move(answer.chunk);
}

}  // namespace atl::session
