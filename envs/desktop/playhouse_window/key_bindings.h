// Which key does what in Playhouse's window, for people who want other ones. What is recorded of a person with keys of
// their own is told in the usual keys (`to_usual`), so that a recorded key means what the recording's facts say.
//
// In a file: a TOML table of what a key is for = the key's name in core/controls.h,
//
//     forward = "up"
//     take = "mouse_right"
//
// What the file leaves out keeps its usual key; of the window's own, gets the usual key of whatever took it. One thread
// at a time.
#pragma once

#include "core/controls.h"
#include "core/input_event.h"
#include "envs/desktop/playhouse_window/window_input.h"
#include "envs/playhouse/controls.h"
#include "envs/playhouse/renderer.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace atl::envs::desktop {

/// What a key can be for: the world's controls in the order of playhouse::KeyBit, then the window's own.
enum class KeyUse : std::uint8_t {
  kForward,
  kLeft,
  kBack,
  kRight,
  kTake,
  kUse,
  kRotate,
  kJump,
  kBag,
  kMenu,
  kClick,
  kHelp,
  kNextTask,
  kSameTask,
  kFullscreen,
  kFreeMouse,
  kAsk,
};
inline constexpr int kNumKeyUses = playhouse::kNumKeyBits + 6;
/// As in the file.
inline constexpr std::array<std::string_view, kNumKeyUses> kKeyUseNames{
    "forward", "left",  "back", "right",     "take",      "use",        "rotate",     "jump", "bag",
    "menu",    "click", "help", "next_task", "same_task", "fullscreen", "free_mouse", "ask"};

/// For people: "walk forward", "next task".
[[nodiscard]] std::string_view meaning_of(KeyUse use);

class KeyBindings {
 public:
  /// The usual keys.
  KeyBindings();

  [[nodiscard]] Control control_of(KeyUse use) const { return controls_[static_cast<std::size_t>(use)]; }
  /// The name of its key.
  [[nodiscard]] std::string_view name_of(KeyUse use) const { return info_of(control_of(use)).name; }
  [[nodiscard]] std::optional<KeyUse> use_of(Control control) const;

  /// From now on `control` is for `use`; whatever it was for gets the key that `use` had.
  void bind(KeyUse use, Control control);

  /// What an input means to the world.
  [[nodiscard]] playhouse::TickInput tick_input(const WindowInput& input) const;

  /// `events` with the usual key in place of each that does something in the world; usual keys that do nothing here are
  /// left out.
  [[nodiscard]] std::vector<InputEvent> to_usual(std::vector<InputEvent> events) const;

  /// As the world's hints call them.
  [[nodiscard]] playhouse::HintKeys hint_keys() const;

  friend bool operator==(const KeyBindings&, const KeyBindings&) = default;

 private:
  std::array<Control, kNumKeyUses> controls_{};
};

/// Where people's keys are kept: below XDG_CONFIG_HOME or HOME; empty for a user who has neither.
[[nodiscard]] std::filesystem::path usual_keys_file();

/// A key's name as people read it: "mouse left".
[[nodiscard]] std::string words_of(Control control);

/// A file that does not exist stands for the usual keys. Throws Error(kConfig) with every problem: a use or a key that
/// is unknown, with the nearest one, and a key that is given twice.
[[nodiscard]] KeyBindings load_key_bindings(const std::filesystem::path& path);

/// Writes all of them, making the folder where there is none. Throws Error(kFile).
void save_key_bindings(const KeyBindings& bindings, const std::filesystem::path& path);

}  // namespace atl::envs::desktop
