// The window of a live world: its pictures, and beside them what others have to know: which window it is now, where
// programs close theirs and open another, whether its picture lives, and what was missed meanwhile.
#pragma once

#include "capture/frame_source.h"
#include "capture/freeze_watch.h"
#include "capture/window_search.h"
#include "capture/x11_window.h"
#include "core/picture_health.h"
#include "envs/live_health.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace atl::envs::desktop {

struct WatchedWindowConfig {
  capture::X11WindowConfig window{};  // the first one
  capture::WindowQuery query{};       // which ones may take its place
  bool only_new = false;              // as in capture::ReopeningConfig
  Duration reopen_time{};             // a window that was closed is waited for so long; 0: not at all
};

/// `wait_frame` and `info` belong to one thread at a time; the rest is any thread's.
class WatchedWindow final : public capture::FrameSource {
 public:
  /// Throws like create_x11_window_source.
  explicit WatchedWindow(const WatchedWindowConfig& config);

  /// kHidden while a window that was closed is waited for, kGone after it.
  [[nodiscard]] capture::FrameStatus wait_frame(Timestamp deadline, Frame& frame) override;
  [[nodiscard]] capture::SourceInfo info() const override;

  struct Place {
    std::uint32_t window = 0;  // 0: none at present
    std::uint64_t number = 0;  // how many took the place of another so far: two windows may have one id
    bool is_gone = false;      // for good
    friend bool operator==(const Place&, const Place&) = default;
  };
  /// As of the last wait_frame.
  [[nodiscard]] Place place() const;

  [[nodiscard]] PictureHealth picture() const;
  /// Times without a window, since the last call: one when it is closed, words about it when there is another.
  [[nodiscard]] std::vector<LiveLoss> take_losses();

  /// "the window of doom was closed", with how long another was waited for.
  [[nodiscard]] std::string words_of_end(const std::string& whose) const;

 private:
  void follow(const Place& now_at, Timestamp now);

  const Duration reopen_time_;
  const std::unique_ptr<capture::FrameSource> source_;  // null: there was no such window
  capture::FreezeWatch watch_;                          // of the thread that takes pictures
  mutable std::mutex mutex_;                            // guards all below
  Place place_;
  PictureHealth picture_;
  std::vector<LiveLoss> losses_;
  Timestamp closed_{};
  Duration waited_{};  // for another window, before it was gone for good
};

}  // namespace atl::envs::desktop
