// What the strip below the house says.
#include "envs/desktop/playhouse_window/window_loop.h"

#include <fmt/core.h>

namespace atl::envs::desktop {

StripWords WindowLoop::words() const {
  StripWords strip;
  strip.instruction = partner_ ? fmt::format("player {}: {}", partner_->player() + 1, instruction_) : instruction_;
  if (line_) {
    strip.below = "enter: begin   escape: back";
    return strip;
  }
  if (!broken_off_.empty()) {
    strip.tone = StripTone::kBad;
    strip.below = broken_off_;
    return strip;
  }
  if (partner_ && (!episode_ || !episode_->has_started())) {
    strip.below = !partner_->farewell().empty() ? "the other player " + partner_->farewell()
                  : is_guest()                  ? "waiting for the first player"
                                                : "waiting for: atoll_playhouse --join " + options_.host.string();
    return strip;
  }
  if (!episode_) return strip;
  const playhouse::World& world = episode_->world();
  const auto key = [&](KeyUse use) { return words_of(keys_.control_of(use)); };
  if (!world.is_over()) {
    constexpr int kRate = playhouse::kTickRateHz;
    strip.time = fmt::format("{} s", (world.quest().limit_ticks - world.state().num_ticks + kRate - 1) / kRate);
    strip.below = hint();
    strip.takes_hint = !is_waiting_ && !awaits_hand_ && view_.screen().is_captured();
    return strip;
  }
  strip.tone = world.verdict() == Verdict::kSuccess ? StripTone::kGood : StripTone::kBad;
  strip.below = playhouse::outcome_of(world).reason;
  if (has_person() && !is_guest()) strip.time = fmt::format("enter: next   {}: again", key(KeyUse::kSameTask));
  return strip;
}

std::string WindowLoop::hint() const {
  const auto key = [&](KeyUse use) { return words_of(keys_.control_of(use)); };
  if (is_waiting_) return "waiting for the other player";
  if (!view_.screen().is_captured()) return fmt::format("click or {}: take the mouse", key(KeyUse::kFreeMouse));
  if (awaits_hand_) return fmt::format("any key begins   {}: help", key(KeyUse::kHelp));
  if (partner_) {
    return fmt::format("{}: help   {}: next task   {}: again   {}: mouse", key(KeyUse::kHelp), key(KeyUse::kNextTask),
                       key(KeyUse::kSameTask), key(KeyUse::kFreeMouse));
  }
  return fmt::format("{}: help  {}: next  {}: again  {}: ask  {}: mouse", key(KeyUse::kHelp), key(KeyUse::kNextTask),
                     key(KeyUse::kSameTask), key(KeyUse::kAsk), key(KeyUse::kFreeMouse));
}

}  // namespace atl::envs::desktop
