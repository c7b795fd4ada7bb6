#include "envs/playhouse/draw_view.h"

namespace atl::envs::playhouse {
namespace {

constexpr std::int64_t kTanHalfView = 54991;  // tan(kFieldOfView_deg / 2) in Q16

}  // namespace

View::View(FrameSize size, Vec3 eye, std::int32_t heading, std::int32_t pitch)
    : size_(size),
      eye_(eye),
      focal_(std::int64_t{size.width_px} * (1 << (kSubpixelBits - 1 + 16)) / kTanHalfView),
      middle_x_(size.width_px * std::int64_t{1 << (kSubpixelBits - 1)}),
      middle_y_(size.height_px * std::int64_t{1 << (kSubpixelBits - 1)}) {
  const std::int32_t s = sine(heading);
  const std::int32_t c = cosine(heading);
  const std::int32_t pitch_sine = sine(pitch);
  const std::int32_t pitch_cosine = cosine(pitch);
  right_ = {c, -s, 0};
  forward_ = {multiply(s, pitch_cosine), multiply(c, pitch_cosine), pitch_sine};
  up_ = {-multiply(s, pitch_sine), -multiply(c, pitch_sine), pitch_cosine};
}

}  // namespace atl::envs::playhouse
