// What somebody did that decided a verdict: kept in the judge's memory, told in the verdict's reason.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace atl::envs::playhouse {

enum class Deed : std::uint8_t {
  kNone,
  kLookedAt,
  kTurnedLeft,
  kTurnedRight,
  kWentTo,
  kWalkedForward,
  kWalkedBack,
  kJumped,
  kEntered,  // a room
  kFound,
  kPickedUp,
  kPutDown,
  kPutThere,  // where it was to be: of put and stack
  kOpened,
  kClosed,
  kTurnedOn,
  kTurnedOff,
  kPressed,
  kPushed,
  kPushedThere,
  kBuilt,
  kOpenedMenu,
  kClosedMenu,
  kOpenedBag,
  kClosedBag,
  kStored,
  kTookOut,
  kSwitchedSetting,
  kHandedOver,
  kBothStood,
  kHeldOpen,
  kWentBack
};
inline constexpr int kNumDeeds = static_cast<int>(Deed::kWentBack) + 1;

/// In the past tense: "picked up the red ball", "put the red ball there", "turned left". `object`: what it was done to,
/// by the world's name; deeds that are done to nothing leave it out.
[[nodiscard]] std::string to_text(Deed deed, std::string_view object);

}  // namespace atl::envs::playhouse
