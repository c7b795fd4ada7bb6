// What an expert is about at the moment, as a value and in words.
#pragma once

#include "envs/playhouse/state.h"

#include <cstdint>
#include <string>

namespace atl::envs::playhouse {

/// What the expert is about at the moment.
struct Subgoal {
  enum class Kind : std::uint8_t {
    kWait,
    kWander,
    kMakeWay,
    kTurnAround,
    kWalk,
    kJump,
    kLookFor,
    kGoTo,
    kLookAt,
    kTake,
    kCarry,
    kPutDown,
    kOpen,
    kClose,
    kTurnOn,
    kTurnOff,
    kPress,
    kPush,
    kGive,
    kOpenMenu,
    kOpenBag,
    kCloseScreen,
    kStore,
    kTakeOut,
    kClick,
    kEnter,
    kGoBack
  };
  Kind kind = Kind::kWait;
  Entity entity{};               // what it is about, if anything
  Entity to{};                   // of kCarry, kGive and kPush: where to, if that can be said
  std::uint8_t room = kNothing;  // of kEnter
};
/// "walk to the small red ball", "open the door", "carry the big blue cube to the table".
[[nodiscard]] std::string to_text(const House& house, const Subgoal& subgoal);

}  // namespace atl::envs::playhouse
