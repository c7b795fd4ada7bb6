#include "envs/playhouse/controls.h"

#include <bit>

namespace atl::envs::playhouse {
namespace {

const std::array<Control, kNumKeyBits>& key_controls() {
  static const std::array<Control, kNumKeyBits> controls = [] {
    std::array<Control, kNumKeyBits> result{};
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = control_named(kKeyNames[i]);
    return result;
  }();
  return controls;
}

}  // namespace

Control control_of(KeyBit key) {
  return key_controls()[static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(key)))];
}

ControlSet controls_of(std::uint16_t keys) {
  ControlSet controls;
  for (std::size_t i = 0; i < key_controls().size(); ++i) {
    if (keys & (1u << i)) controls.set(static_cast<std::size_t>(index_of(key_controls()[i])));
  }
  return controls;
}

std::array<TickInput, kTicksPerStep> ticks_of(const Action& action, std::uint16_t held_before) {
  TickInput first{.dx = action.dx, .dy = action.dy, .wheel = action.wheel, .held = 0, .pressed = 0};
  for (std::size_t i = 0; i < key_controls().size(); ++i) {
    const auto bit = static_cast<std::uint16_t>(1u << i);
    const Control control = key_controls()[i];
    if (action.is_held(control)) first.held |= bit;
    if (action.num_presses(control) > 0 || (action.is_held(control) && !(held_before & bit))) first.pressed |= bit;
  }
  const TickInput rest{.dx = 0, .dy = 0, .wheel = 0, .held = first.held, .pressed = 0};
  return {first, rest, rest, rest};
}

}  // namespace atl::envs::playhouse
