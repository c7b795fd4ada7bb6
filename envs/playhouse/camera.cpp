#include "envs/playhouse/camera.h"

namespace atl::envs::playhouse {
namespace {

constexpr std::int64_t kTanHalfView = 54991;  // tan(40 degrees) in Q16

std::int32_t dot(Vec3 a, Vec3 b) {
  return static_cast<std::int32_t>((std::int64_t{a.x} * b.x + std::int64_t{a.y} * b.y + std::int64_t{a.z} * b.z) >> 16);
}

}  // namespace

Camera::Camera(FrameSize size, const Pose& pose)
    : size_(size),
      eye_{pose.position.x, pose.position.y, kEyeHeight},
      focal_(std::int64_t{size.width_px} * (1 << (kSubpixelBits - 1 + 16)) / kTanHalfView) {
  const std::int32_t s = sine(pose.heading);
  const std::int32_t c = cosine(pose.heading);
  const std::int32_t pitch_sine = sine(pose.pitch);
  const std::int32_t pitch_cosine = cosine(pose.pitch);
  right_ = {c, -s, 0};
  forward_ = {multiply(s, pitch_cosine), multiply(c, pitch_cosine), pitch_sine};
  up_ = {-multiply(s, pitch_sine), -multiply(c, pitch_sine), pitch_cosine};
}

Vec3 Camera::to_eye(Vec3 point) const {
  const Vec3 away{point.x - eye_.x, point.y - eye_.y, point.z - eye_.z};
  return {dot(away, right_), dot(away, up_), dot(away, forward_)};
}

ScreenPoint Camera::project(Vec3 eye_point) const {
  const std::int64_t half = 1 << (kSubpixelBits - 1);
  return {size_.width_px * half + eye_point.x * focal_ / eye_point.z,
          size_.height_px * half - eye_point.y * focal_ / eye_point.z};
}

Vec3 Camera::ray(int x, int y) const {
  // In Q8 px: half a pixel is 128.
  const std::int64_t across = std::int64_t{2 * x + 1 - size_.width_px} * 128;
  const std::int64_t above = -std::int64_t{2 * y + 1 - size_.height_px} * 128;
  const auto part = [&](std::int32_t r, std::int32_t u, std::int32_t f) {
    return static_cast<std::int32_t>((across * r + above * u + focal_ * f) >> 8);
  };
  return {part(right_.x, up_.x, forward_.x), part(right_.y, up_.y, forward_.y), part(right_.z, up_.z, forward_.z)};
}

Vec3 Camera::ray_step() const { return right_; }

}  // namespace atl::envs::playhouse
