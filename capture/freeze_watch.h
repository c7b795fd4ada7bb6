// Tells whether a source still shows a live picture: beside every wait_frame of a recorder or a live world, for
// warnings within a second. Looks at what wait_frame returned, at the picture, and at what the source knows of the
// program. One thread. Costs a few microseconds for a picture that changed, one pass over it for one that did not.
#pragma once

#include "capture/frame_source.h"
#include "core/clock.h"
#include "core/frame.h"
#include "core/picture_health.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace atl::capture {

struct FreezeConfig {
  Duration still_after = std::chrono::milliseconds(600);
  Duration blank_after = std::chrono::milliseconds(600);
  Duration display_silent_after = std::chrono::milliseconds(500);  // of kTimeout
};

class FreezeWatch {
 public:
  explicit FreezeWatch(const FreezeConfig& config = {}) : config_(config) {}

  /// What `wait_frame` just returned; `frame` is read only with kFrame. `now`: after the call. The first call begins
  /// the count.
  PictureHealth see(FrameStatus status, const Frame& frame, const SourceInfo& info, Timestamp now);

  [[nodiscard]] const PictureHealth& health() const { return health_; }

 private:
  void see_picture(const Frame& frame, const SourceInfo& info, Timestamp now);
  [[nodiscard]] PictureHealth judge(FrameStatus status, const SourceInfo& info, Timestamp now) const;

  const FreezeConfig config_;
  bool begun_ = false;
  bool has_picture_ = false;
  Timestamp changed_{};     // when a picture that differs from the one before came
  Timestamp answered_{};    // the last status but kTimeout
  Timestamp told_since_{};  // since when the status is kHidden or kGone
  FrameStatus last_status_ = FrameStatus::kUnchanged;
  bool black_ = false;  // the last picture
  bool blank_ = false;  // it is black, or of another colour all over
  Timestamp blank_since_{};
  std::uint64_t samples_ = 0;  // hash of some pixels of the last picture
  std::uint64_t whole_ = 0;    // of all of them; 0: not taken yet
  PictureHealth health_;
};

/// Its words and for how long: "the picture does not change (3.2 s)".
[[nodiscard]] std::string describe(const PictureHealth& health, Timestamp now);

/// Whether all pixels but at most `num_others` have one colour (B, G and R each within 2 of 255). Takes microseconds
/// for pictures that do not.
[[nodiscard]] bool is_blank(ImageView image, int num_others = 0);

/// Whether (nearly) every pixel is darker than a twentieth of white, though not of one colour: every eighth of each
/// eighth row is looked at.
[[nodiscard]] bool is_black(ImageView image);

}  // namespace atl::capture
