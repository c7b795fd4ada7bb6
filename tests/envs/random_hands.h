// Hands that press keys and move the mouse at random, as a small child might: they walk about for a while, take, drop,
// open and switch whatever is before them, get into the menu and out of it. For long tests that follow no expert.
#pragma once

#include "core/action.h"
#include "core/random.h"
#include "envs/playhouse/controls.h"

#include <array>

namespace atl::envs::playhouse {

class RandomHands {
 public:
  explicit RandomHands(std::uint64_t seed) : random_(seed) {}

  /// The next action, to be carried out before the one after it is asked for.
  [[nodiscard]] Action next() {
    if (steps_left_ == 0) begin_another();
    --steps_left_;
    Action action;
    for (int i = 0; i < kNumKeyBits; ++i) {
      const auto key = static_cast<KeyBit>(1 << i);
      if (walking_ & key) hold(action, control_of(key), held_);
    }
    action.dx = turn_ + random_.between(-6, 6);
    action.dy = random_.chance(1, 6) ? random_.between(-120, 120) : 0;
    if (random_.chance(1, 12)) action.wheel = random_.between(-2, 2);
    for (const auto& [key, one_in] : kTaps) {
      if (random_.chance(1, one_in)) tap(action, control_of(key));
    }
    // A button that is held down, and a mouse that is thrown across the table.
    if (random_.chance(1, 15)) hold(action, control_of(kUse), held_);
    if (random_.chance(1, 300)) action.dx = random_.between(-2'000'000'000, 2'000'000'000);
    if (random_.chance(1, 300)) action.dy = random_.between(-2'000'000'000, 2'000'000'000);
    held_ = action.held;
    return action;
  }

 private:
  struct Tap {
    KeyBit key;
    std::uint32_t one_in;  // steps
  };
  static constexpr std::array<Tap, 7> kTaps{Tap{kTake, 8}, Tap{kUse, 8},   Tap{kRotate, 25}, Tap{kJump, 20},
                                            Tap{kBag, 40}, Tap{kMenu, 60}, Tap{kClick, 20}};

  void begin_another() {
    static constexpr std::array<int, 9> kWalks{kForward, kForward, kForward, kForward | kLeft, kForward | kRight, kBack,
                                               kLeft,    kRight,   0};
    walking_ = kWalks[random_.below(static_cast<std::uint32_t>(kWalks.size()))];
    turn_ = random_.chance(1, 2) ? 0 : random_.between(-160, 160);
    steps_left_ = random_.between(1, 14);
  }

  Random random_;
  ControlSet held_;
  int walking_ = 0;
  std::int32_t turn_ = 0;
  int steps_left_ = 0;
};

}  // namespace atl::envs::playhouse
