// Actions as text, for files that people read and write:
//
//   w x=12 y=-3         "w" is held at the end of the step; the mouse went 12 counts right and 3 up
//   w a e:1             "w" and "a" are held, "e" was pressed and released inside the step
//   mouse_left+2        held at the end, and pressed twice inside (what is newly held was pressed once, unsaid)
//   wheel=-1            the wheel, away positive
//   -                   nothing
//
// Names as in core/controls.h, each once. Every action without a pointer position has such a text, and means it alone.
#pragma once

#include "core/action.h"

#include <string>
#include <string_view>

namespace atl::envs::playhouse {

/// `held_before`: what was held when the step began. Throws Error(kFormat) for an action with a pointer position.
[[nodiscard]] std::string text_of(const Action& action, const ControlSet& held_before);

/// Throws Error(kFormat) with the word that is wrong and what was expected.
[[nodiscard]] Action action_of(std::string_view text, const ControlSet& held_before);

}  // namespace atl::envs::playhouse
