#include "envs/desktop/playhouse_window/window_view.h"

#include <algorithm>
#include <span>

namespace atl::envs::desktop {
namespace {

constexpr int kLeastSide = 8;  // of pictures that can be drawn

FrameSize window_size(const ViewOptions& options) {
  const FrameSize view{options.frame.width_px * options.scale, options.frame.height_px * options.scale};
  return window_around(view, options.has_strip);
}

std::size_t num_pixels(FrameSize size) {
  return static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px);
}

std::span<std::uint8_t> bytes_of(std::vector<std::uint32_t>& pixels) {
  return {reinterpret_cast<std::uint8_t*>(pixels.data()), pixels.size() * kBytesPerPixel};
}

}  // namespace

WindowView::WindowView(const ViewOptions& options)
    : options_(options),
      screen_({.title = "Playhouse",
               .size = window_size(options),
               .resizable = options.can_change,
               .fullscreen = options.fullscreen}) {
  if (options_.agent_view) {
    const FrameSize size = screen_.size();
    layout_.view = {0, 0, size.width_px, size.height_px};
    shown_size_ = options_.frame;
    window_.assign(num_pixels(options_.frame), 0xff000000u);
    renderer_.emplace(options_.frame);
  } else {
    fit();
  }
  show_pixels();  // so that whoever captures the window finds pixels of ours
}

bool WindowView::is_outgrown() const { return !options_.agent_view && shown_size_ != screen_.size(); }

// Everything that depends on the window's size.
void WindowView::fit() {
  shown_size_ = screen_.size();
  const auto shape = options_.can_change ? std::nullopt : std::optional(options_.frame);
  layout_ = lay_out(shown_size_, options_.has_strip, shape);
  layout_.view.width_px = std::max(layout_.view.width_px, kLeastSide);
  layout_.view.height_px = std::max(layout_.view.height_px, kLeastSide);
  pace_.emplace(FrameSize{layout_.view.width_px, layout_.view.height_px});
  make_renderer();
}

void WindowView::make_renderer() {
  const DrawPlan& plan = pace_->plan();
  const FrameSize drawn{std::max(layout_.view.width_px / plan.divisor, kLeastSide),
                        std::max(layout_.view.height_px / plan.divisor, kLeastSide)};
  renderer_.emplace(drawn, playhouse::DrawOptions{.smooth = plan.smooth});
  house_.assign(num_pixels(drawn), 0);
  window_.assign(num_pixels(shown_size_), 0xff000000u);
}

Timestamp WindowView::show(const playhouse::World* world, std::size_t player, const StripWords& words,
                           const HelpPage* page) {
  if (options_.agent_view) {
    if (world != nullptr) renderer_->draw(world->house(), world->state(), player, bytes_of(window_));
    show_pixels();
    return MonotonicClock::now();
  }
  if (is_outgrown()) fit();
  bool is_other_plan = false;
  if (world != nullptr) {
    const Timestamp begin = MonotonicClock::now();
    draw_house(*world, player);
    is_other_plan = pace_->note(MonotonicClock::now() - begin);
  }
  if (layout_.strip_height > 0) draw_strip(picture(), layout_.strip_top, text_scale(shown_size_), words);
  if (page != nullptr) page->draw(picture());
  show_pixels();
  if (is_other_plan) make_renderer();
  return MonotonicClock::now();
}

// Where the pictures are smaller than their place, each pixel is repeated.
void WindowView::draw_house(const playhouse::World& world, std::size_t player) {
  renderer_->draw(world.house(), world.state(), player, bytes_of(house_));
  const FrameSize drawn = renderer_->size();
  const WindowGeometry& view = layout_.view;
  for (int y = 0; y < std::min(view.height_px, shown_size_.height_px - view.y_px); ++y) {
    const std::uint32_t* from = house_.data() + std::ptrdiff_t{y} * drawn.height_px / view.height_px * drawn.width_px;
    std::uint32_t* to = window_.data() + std::ptrdiff_t{view.y_px + y} * shown_size_.width_px + view.x_px;
    const int width = std::min(view.width_px, shown_size_.width_px - view.x_px);
    if (drawn.width_px == view.width_px) {
      std::copy(from, from + width, to);
      continue;
    }
    for (int x = 0; x < width; ++x) to[x] = from[std::ptrdiff_t{x} * drawn.width_px / view.width_px];
  }
}

playhouse::Picture WindowView::picture() { return {window_.data(), shown_size_.width_px, shown_size_.height_px}; }

void WindowView::show_pixels() {
  screen_.show({bytes_of(window_).data(), shown_size_.width_px, shown_size_.height_px,
                std::ptrdiff_t{shown_size_.width_px} * kBytesPerPixel});
}

}  // namespace atl::envs::desktop
