#include "envs/desktop/game/hands.h"

#include "core/controls.h"
#include "core/error.h"

#include <sstream>
#include <string_view>

namespace atl::envs::desktop {
namespace {

constexpr std::string_view kNothing = "-";

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

}  // namespace atl::envs::desktop
