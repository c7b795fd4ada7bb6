// The eye of a picture: how points of the house fall onto its pixels, and where a pixel's ray goes. It never rolls: a
// row of pixels has one slope against the floor, so that floors are linear along a row.
#pragma once

#include "core/frame.h"
#include "envs/playhouse/kinds.h"

#include <algorithm>
#include <cstdint>

namespace atl::envs::playhouse {

inline constexpr int kFieldOfView_deg = 80;  // horizontal
inline constexpr int kSubpixelBits = 8;

/// A point before the eye, Q16 metres: to the right, upward, ahead.
struct EyePoint {
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::int32_t z = 0;
  friend constexpr EyePoint operator+(EyePoint a, EyePoint b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
};

/// Where it falls, and how near it is: `nearness` is 2^42 / z, so that it is linear on the screen; 0 at infinity.
struct Corner {
  std::int32_t x = 0;  // Q8 px from the left
  std::int32_t y = 0;  // Q8 px from the top
  std::int32_t nearness = 0;
};

/// Bodies are cut off at this distance before the eye; walls are not.
inline constexpr std::int32_t kBodyNear = from_cm(5);
inline constexpr std::int32_t kWallNear = kMetre / 2000;

class View {
 public:
  View() = default;
  View(FrameSize size, Vec3 eye, std::int32_t heading, std::int32_t pitch);

  [[nodiscard]] EyePoint to_eye(Vec3 point) const {
    return turned({point.x - eye_.x, point.y - eye_.y, point.z - eye_.z});
  }
  /// A direction or offset, as the eye sees it.
  [[nodiscard]] EyePoint turned(Vec3 v) const {
    const auto part = [](std::int64_t sum) { return static_cast<std::int32_t>(sum >> 16); };
    const std::int64_t x = v.x;
    const std::int64_t y = v.y;
    const std::int64_t z = v.z;
    return {part(x * right_.x + y * right_.y), part(x * up_.x + y * up_.y + z * up_.z),
            part(x * forward_.x + y * forward_.y + z * forward_.z)};
  }

  /// z must be at least kBodyNear.
  [[nodiscard]] Corner project(EyePoint p) const {
    const std::int64_t inverse = (std::int64_t{1} << 44) / p.z;
    return {static_cast<std::int32_t>(middle_x_ + (((p.x * inverse) >> 20) * focal_ >> 24)),
            static_cast<std::int32_t>(middle_y_ - (((p.y * inverse) >> 20) * focal_ >> 24)),
            static_cast<std::int32_t>(inverse >> 2)};
  }

  struct Point {  // Q8 px, far outside of the picture perhaps
    std::int64_t x = 0;
    std::int64_t y = 0;
  };
  /// z must be at least kWallNear.
  [[nodiscard]] Point project_far(EyePoint p) const {
    const std::int64_t inverse = (std::int64_t{1} << 44) / p.z;
    return {middle_x_ + (((p.x * inverse) >> 20) * focal_ >> 24), middle_y_ - (((p.y * inverse) >> 20) * focal_ >> 24)};
  }

  /// Direction of the ray through the middle of pixel (x, y), in the house; z is the same for a whole row. Its length
  /// is such that neighbours in a row differ by `right()`: focal length in px, times 2^16.
  struct Ray {
    std::int64_t x = 0;
    std::int64_t y = 0;
    std::int64_t z = 0;
  };
  [[nodiscard]] Ray ray(int x, int y) const {
    const std::int64_t across = std::int64_t{2 * x + 1 - size_.width_px} * 128;  // Q8 px
    const std::int64_t above = -std::int64_t{2 * y + 1 - size_.height_px} * 128;
    return {(across * right_.x + above * up_.x + focal_ * forward_.x) >> 8,
            (across * right_.y + above * up_.y + focal_ * forward_.y) >> 8, (above * up_.z + focal_ * forward_.z) >> 8};
  }
  [[nodiscard]] Vec3 right() const { return right_; }

  /// The same view, `zoom` times as large, with its middle at this pixel of a larger picture.
  [[nodiscard]] View moved_to(int x, int y, int zoom) const {
    View moved = *this;
    moved.middle_x_ = std::int64_t{x} << kSubpixelBits;
    moved.middle_y_ = std::int64_t{y} << kSubpixelBits;
    moved.focal_ *= zoom;
    return moved;
  }

  /// How far a column or row is from the middle at the distance of one metre, Q16 metres; to the right and downward.
  [[nodiscard]] std::int32_t slope_of_column(int x) const {
    return static_cast<std::int32_t>((((std::int64_t{x} << kSubpixelBits) - middle_x_) << 16) / focal_);
  }
  [[nodiscard]] std::int32_t slope_of_row(int y) const {
    return static_cast<std::int32_t>((((std::int64_t{y} << kSubpixelBits) - middle_y_) << 16) / focal_);
  }

  /// How large a metre is at the distance of one metre, Q8 px.
  [[nodiscard]] std::int64_t focal() const { return focal_; }
  [[nodiscard]] Vec3 eye() const { return eye_; }
  [[nodiscard]] FrameSize size() const { return size_; }

 private:
  FrameSize size_;
  Vec3 eye_;
  Vec3 right_;  // Q16 unit vectors
  Vec3 up_;
  Vec3 forward_;
  std::int64_t focal_ = 0;
  std::int64_t middle_x_ = 0;  // Q8 px
  std::int64_t middle_y_ = 0;
};

}  // namespace atl::envs::playhouse
