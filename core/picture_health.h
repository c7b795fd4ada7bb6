// Whether a picture that should live does. Judged by capture/freeze_watch.h, told by live worlds, heard by recorders.
#pragma once

#include "core/clock.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace atl {

enum class PictureState : std::uint8_t {
  kLive,    // it changed a moment ago
  kStill,   // nothing changed for a while, of a program that runs or that cannot be asked: a menu, or a freeze
  kBlank,   // black or one colour all over for a while: or a program that draws where capture does not see it
  kFrozen,  // nothing changed, and the program is stopped or silent, or the display does not answer
  kHidden,  // minimised, unmapped, or closed for now
  kGone,    // closed for good
};

/// "live", "still", ...
[[nodiscard]] std::string_view to_string(PictureState state);

struct PictureHealth {
  PictureState state = PictureState::kLive;
  Timestamp since{};    // when the last other picture was seen, or the state began
  std::string words{};  // why, for people: "the picture is frozen: process 4711 is stopped"; empty while it is live
};

}  // namespace atl
