// Hands that a profile writes down for its [[trials]]: lines as "w+space 15 0 -20", controls held together for steps of
// the action clock while the mouse moves.
#pragma once

#include "core/action.h"

#include <string>
#include <vector>

namespace atl::envs::desktop {

/// One line of hands, read.
struct Hands {
  std::vector<std::string> controls;  // held together
  int steps = 0;                      // of the action clock
  int dx = 0;                         // mouse counts in each step, right
  int dy = 0;                         // and down
};

/// Throws Error(kConfig) with what is wrong in `text`.
[[nodiscard]] Hands parse_hands(const std::string& text);

/// The actions of lines that follow each other, one a step. Throws like parse_hands.
[[nodiscard]] std::vector<Action> actions_of(const std::vector<std::string>& lines);

}  // namespace atl::envs::desktop
