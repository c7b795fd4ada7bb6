// Draws one picture of a film: what was seen, scaled by a whole number, with the instruction above it and keyboard,
// mouse, step and verdict below. Used by EpisodeVideo.
#pragma once

#include "core/action.h"
#include "core/frame.h"

#include <cstdint>
#include <memory>
#include <string>

namespace atl::video {

/// What is drawn beside the picture. Text is drawn as ASCII; other characters become '?'.
struct CanvasContent {
  std::string instruction;
  std::string note;     // small, at the right of the instruction: "episode 3 of 20"
  std::string status;   // below: "step 12   0.8 s   walk to the small red ball"
  std::string verdict;  // in results.json's words; empty while running. "success" is green, "running" nothing
  std::string reason;   // of the verdict
  Action action;
};

class Canvas {
 public:
  /// For pictures of `picture` px, at least 8x8. `width_px`: what was drawn is shrunk to this width; 0: stays as drawn,
  /// 672 px wide or more.
  explicit Canvas(FrameSize picture, int width_px = 0);
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;
  ~Canvas();

  /// Even sides, as 4:2:0 needs them.
  [[nodiscard]] FrameSize size() const;
  /// How many times the picture is enlarged, before what was drawn is shrunk.
  [[nodiscard]] int scale() const;

  /// Draws everything anew. The view is valid until the next call.
  [[nodiscard]] ImageView draw(ImageView picture, const CanvasContent& content);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::video
