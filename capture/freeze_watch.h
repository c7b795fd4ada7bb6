// Tells whether a source still shows a live picture: beside every wait_frame of a recorder or a live world, for
// warnings within a second. Looks at what wait_frame returned, at the picture, and at what the source knows of the
// program. One thread. Costs a few microseconds for a picture that changed, one pass over it for one that did not.
#pragma once

#include "capture/frame_source.h"
#include "core/clock.h"
#include "core/frame.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace atl::capture {

enum class PictureState : std::uint8_t {
  kLive,    // it changed a moment ago
  kStill,   // nothing changed for `still_after`, of a program that runs or that cannot be asked: a menu, or a freeze
  kBlank,   // one colour all over for `blank_after`: black, or a program that draws where capture does not see it
  kFrozen,  // nothing changed, and the program is stopped or silent, or the display does not answer
  kHidden,  // minimised, unmapped, or closed for now
  kGone,    // closed for good
};

[[nodiscard]] std::string_view to_string(PictureState state);

struct FreezeConfig {
  Duration still_after = std::chrono::milliseconds(600);
  Duration blank_after = std::chrono::milliseconds(600);
  Duration display_silent_after = std::chrono::milliseconds(500);  // of kTimeout
};

struct SourceHealth {
  PictureState state = PictureState::kLive;
  Timestamp since{};  // when the last other picture was seen, or the state began
};

class FreezeWatch {
 public:
  explicit FreezeWatch(const FreezeConfig& config = {}) : config_(config) {}

  /// What `wait_frame` just returned; `frame` is read only with kFrame. `now`: after the call. The first call begins
  /// the count.
  SourceHealth see(FrameStatus status, const Frame& frame, const SourceInfo& info, Timestamp now);

  [[nodiscard]] const SourceHealth& health() const { return health_; }

 private:
  void see_picture(const Frame& frame, const SourceInfo& info, Timestamp now);
  [[nodiscard]] SourceHealth judge(FrameStatus status, const SourceInfo& info, Timestamp now) const;

  const FreezeConfig config_;
  bool begun_ = false;
  bool has_picture_ = false;
  Timestamp changed_{};     // when a picture that differs from the one before came
  Timestamp answered_{};    // the last status but kTimeout
  Timestamp told_since_{};  // since when the status is kHidden or kGone
  FrameStatus last_status_ = FrameStatus::kUnchanged;
  bool blank_ = false;  // the last picture
  Timestamp blank_since_{};
  std::uint64_t samples_ = 0;  // hash of some pixels of the last picture
  std::uint64_t whole_ = 0;    // of all of them; 0: not taken yet
  SourceHealth health_;
};

/// Why, in words for a warning: "frozen: process 4711 is stopped", "still for 3.2 s", "one colour all over for 1.0 s".
[[nodiscard]] std::string describe(const SourceHealth& health, const SourceInfo& info, Timestamp now);

/// Whether all pixels but at most `num_others` have one colour (B, G and R each within 2 of 255). Takes microseconds
/// for pictures that do not.
[[nodiscard]] bool is_blank(ImageView image, int num_others = 0);

}  // namespace atl::capture
