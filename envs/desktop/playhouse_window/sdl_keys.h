// SDL's keys and buttons as controls of the vocabulary (core/controls.h). Keys go by their place on the keyboard, so
// that w a s d lie under the same fingers in every layout. Any thread.
#pragma once

#include "core/controls.h"

#include <optional>

namespace atl::envs::desktop {

/// `scancode`: SDL_Scancode. Nothing for keys that the vocabulary lacks.
[[nodiscard]] std::optional<Control> control_of_scancode(int scancode);
/// `button`: SDL_BUTTON_LEFT and so on.
[[nodiscard]] std::optional<Control> control_of_mouse_button(int button);

}  // namespace atl::envs::desktop
