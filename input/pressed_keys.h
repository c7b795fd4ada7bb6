// What the guard holds down, and until when that is meant: by X keycode and button number through XTest, by evdev code
// (buttons from BTN_MISC) through uinput. Lies in memory that the guard shares with its twin: the guard marks a press
// before it sends it and unmarks a release once it is served, so at any moment the marks cover all that is down or may
// stay down when the guard dies.
#pragma once

#include "core/clock.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace atl::input {

struct PressedKeys {
  static constexpr std::size_t kNumCodes = 256;
  /// Going up: its release was sent, and the display has not yet said that it served it. What a guard that dies leaves
  /// unread in its connection the display may drop. Unrepeated: auto-repeat was turned off for it.
  enum Mark : std::uint8_t { kUp = 0, kDown, kDownUnrepeated, kGoingUp, kGoingUpUnrepeated };
  [[nodiscard]] static bool is_down(std::uint8_t mark) { return mark == kDown || mark == kDownUnrepeated; }
  [[nodiscard]] static bool is_unrepeated(std::uint8_t mark) {
    return mark == kDownUnrepeated || mark == kGoingUpUnrepeated;
  }
  std::array<std::atomic<std::uint8_t>, kNumCodes> keys{};
  std::array<std::atomic<std::uint8_t>, kNumCodes> buttons{};
  std::atomic<std::int64_t> planned_until_ns{0};  // CLOCK_MONOTONIC; after it, what is down is down by mistake
  std::atomic<bool> holds_server{false};          // the guard keeps all other clients waiting: it must not stand still

  [[nodiscard]] bool any() const;  // that is not up
};
static_assert(std::atomic<std::uint8_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free &&
                  std::atomic<std::int64_t>::is_always_lock_free,
              "two processes share these");

/// Unmaps the memory.
struct UnmapPressedKeys {
  void operator()(PressedKeys* keys) const;
};
using SharedPressedKeys = std::unique_ptr<PressedKeys, UnmapPressedKeys>;

/// Memory that stays shared with every process forked from this one. Throws Error(kDevice).
[[nodiscard]] SharedPressedKeys create_shared_pressed_keys();

}  // namespace atl::input
