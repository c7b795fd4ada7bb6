#include "capture/freeze_watch.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace atl::capture {
namespace {

constexpr int kSampleColumns = 64;  // of the grid of pixels that are looked at first
constexpr int kSampleRows = 48;
constexpr int kCursorPixels = 64 * 64;  // that a pointer drawn into a picture may cover
constexpr int kSameColour = 2;          // of 255: lossy ways to the screen
constexpr int kDarkStride = 8;          // px between the pixels that are looked at for light
constexpr std::uint8_t kDark = 13;      // of 255
constexpr int kAllowedPart = 1000;      // one bright pixel in so many is noise

std::uint64_t hash_samples(ImageView image) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a over pixels
  for (int j = 0; j < kSampleRows; ++j) {
    const std::uint8_t* row = image.row(j * image.height_px / kSampleRows);
    for (int i = 0; i < kSampleColumns; ++i) {
      // Columns are staggered by row, so that thin upright things are met somewhere.
      const int x = ((i * kSampleRows + j) * image.width_px) / (kSampleColumns * kSampleRows);
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, row + std::ptrdiff_t{kBytesPerPixel} * x, sizeof pixel);
      hash = (hash ^ (pixel & 0xffffff)) * 1099511628211ULL;
    }
  }
  return hash;
}

bool is_near(const std::uint8_t* a, const std::uint8_t* b) {
  return std::abs(a[0] - b[0]) <= kSameColour && std::abs(a[1] - b[1]) <= kSameColour &&
         std::abs(a[2] - b[2]) <= kSameColour;
}

bool is_colour_of(ImageView image, const std::uint8_t* colour, int num_others) {
  const auto row_bytes = static_cast<std::size_t>(image.width_px) * kBytesPerPixel;
  const std::uint8_t* last_clean = nullptr;  // a row without others: equal rows need no second look
  for (int y = 0; y < image.height_px; ++y) {
    const std::uint8_t* row = image.row(y);
    if (last_clean != nullptr && std::memcmp(row, last_clean, row_bytes) == 0) continue;
    const int before = num_others;
    for (int x = 0; x < image.width_px; ++x) {
      if (!is_near(row + std::ptrdiff_t{kBytesPerPixel} * x, colour) && --num_others < 0) return false;
    }
    if (num_others == before) last_clean = row;
  }
  return true;
}

}  // namespace

bool is_black(ImageView image) {
  int num_seen = 0;
  int num_bright = 0;
  for (int y = 0; y < image.height_px; y += kDarkStride) {
    const std::uint8_t* row = image.row(y);
    for (int x = 0; x < image.width_px; x += kDarkStride) {
      const std::uint8_t* pixel = row + std::ptrdiff_t{kBytesPerPixel} * x;
      ++num_seen;
      num_bright += std::max({pixel[0], pixel[1], pixel[2]}) >= kDark ? 1 : 0;
    }
  }
  return num_bright * kAllowedPart <= num_seen;
}

bool is_blank(ImageView image, int num_others) {
  if (image.width_px <= 0 || image.height_px <= 0) return true;
  if (is_colour_of(image, image.data, num_others)) return true;
  // What is allowed to differ may lie over the first pixel.
  const std::uint8_t* last = image.row(image.height_px - 1) + std::ptrdiff_t{kBytesPerPixel} * (image.width_px - 1);
  return num_others > 0 && is_colour_of(image, last, num_others);
}

PictureHealth FreezeWatch::see(FrameStatus status, const Frame& frame, const SourceInfo& info, Timestamp now) {
  if (!begun_) changed_ = answered_ = told_since_ = now;
  begun_ = true;
  if (status != FrameStatus::kTimeout) answered_ = now;
  if (status != last_status_) told_since_ = now;
  // What comes back into sight has its time to draw again.
  if (last_status_ == FrameStatus::kHidden && status != FrameStatus::kHidden) changed_ = blank_since_ = now;
  last_status_ = status;
  if (status == FrameStatus::kFrame) see_picture(frame, info, now);
  health_ = judge(status, info, now);
  return health_;
}

void FreezeWatch::see_picture(const Frame& frame, const SourceInfo& info, Timestamp now) {
  const ImageView image = frame.view();
  const std::uint64_t samples = hash_samples(image);
  bool changed = !has_picture_ || samples != samples_;
  if (changed) {
    whole_ = 0;
  } else {
    // Programs draw equal pictures over and over: all pixels decide. The first that seems equal counts as a change.
    const std::uint64_t whole = hash_pixels(image);
    changed = whole != whole_;
    whole_ = whole;
  }
  has_picture_ = true;
  samples_ = samples;
  if (changed) changed_ = now;
  black_ = is_black(image);
  const bool was_blank =
      std::exchange(blank_, black_ || is_blank(image, info.cursor == CursorMode::kDrawn ? kCursorPixels : 0));
  if (blank_ && !was_blank) blank_since_ = now;
}

PictureHealth FreezeWatch::judge(FrameStatus status, const SourceInfo& info, Timestamp now) const {
  if (status == FrameStatus::kGone) return {PictureState::kGone, told_since_, "the window was closed"};
  if (status == FrameStatus::kHidden) {
    return {PictureState::kHidden, told_since_,
            info.window_id != 0 ? "the window is minimised or unmapped" : "the window is closed for now"};
  }
  const bool lifeless = info.program == ProgramState::kStopped || info.program == ProgramState::kSilent;
  if (status != FrameStatus::kFrame && lifeless) {
    return {PictureState::kFrozen, changed_,
            fmt::format("the picture is frozen: process {} {}", info.pid,
                        info.program == ProgramState::kStopped ? "is stopped" : "does not answer its window's pings")};
  }
  if (now - answered_ >= config_.display_silent_after)
    return {PictureState::kFrozen, answered_, "the picture is frozen: the display does not answer"};
  if (blank_ && now - blank_since_ >= config_.blank_after) {
    return {PictureState::kBlank, blank_since_,
            black_ ? "the picture is black" : "the picture is of one colour all over"};
  }
  if (now - changed_ >= config_.still_after) return {PictureState::kStill, changed_, "the picture does not change"};
  return {PictureState::kLive, changed_, {}};
}

std::string describe(const PictureHealth& health, Timestamp now) {
  if (health.state == PictureState::kLive) return "the picture is live";
  return fmt::format("{} ({:.1f} s)", health.words, to_seconds(now - health.since));
}

}  // namespace atl::capture
