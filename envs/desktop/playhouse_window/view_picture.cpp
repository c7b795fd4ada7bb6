#include "envs/desktop/playhouse_window/view_picture.h"

#include <algorithm>
#include <span>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr int kLeastSide = 8;  // of pictures that can be drawn

FrameSize drawn_size(FrameSize view, const DrawPlan& plan) {
  return {std::max(view.width_px / plan.divisor, kLeastSide), std::max(view.height_px / plan.divisor, kLeastSide)};
}

}  // namespace

ViewPicture::ViewPicture(FrameSize view, const DrawPlan& plan, playhouse::HintKeys keys)
    : view_(view),
      renderer_(drawn_size(view, plan), {.smooth = plan.smooth, .keys = std::move(keys)}),
      drawn_(static_cast<std::size_t>(renderer_.size().width_px) *
             static_cast<std::size_t>(renderer_.size().height_px)) {}

void ViewPicture::draw(const playhouse::House& house, const playhouse::State& state, std::size_t player,
                       const Picture& window, int left, int top) {
  renderer_.draw(house, state, player,
                 std::span(reinterpret_cast<std::uint8_t*>(drawn_.data()), drawn_.size() * kBytesPerPixel));
  const FrameSize drawn = renderer_.size();
  const int width = std::min(view_.width_px, window.width - left);
  for (int y = 0; y < std::min(view_.height_px, window.height - top); ++y) {
    const std::uint32_t* from = drawn_.data() + std::ptrdiff_t{y} * drawn.height_px / view_.height_px * drawn.width_px;
    std::uint32_t* to = window.pixels + std::ptrdiff_t{top + y} * window.width + left;
    if (drawn.width_px == view_.width_px) {
      std::copy(from, from + width, to);
      continue;
    }
    for (int x = 0; x < width; ++x) to[x] = from[std::ptrdiff_t{x} * drawn.width_px / view_.width_px];
  }
}

}  // namespace atl::envs::desktop
