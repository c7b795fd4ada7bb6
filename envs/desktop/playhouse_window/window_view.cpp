#include "envs/desktop/playhouse_window/window_view.h"

#include <algorithm>
#include <span>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr int kLeastSide = 8;  // of pictures that can be drawn
constexpr std::uint32_t kBlack = 0xff000000u;

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

WindowView::WindowView(const ViewOptions& options, playhouse::HintKeys keys)
    : options_(options),
      keys_(std::move(keys)),
      screen_({.title = "Playhouse",
               .size = window_size(options),
               .resizable = options.can_change,
               .fullscreen = options.fullscreen}) {
  if (options_.agent_view) {
    const FrameSize size = screen_.size();
    layout_.view = {0, 0, size.width_px, size.height_px};
    shown_size_ = options_.frame;
    window_.assign(num_pixels(options_.frame), kBlack);
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
  make_picture();
}

void WindowView::set_hint_keys(playhouse::HintKeys keys) {
  keys_ = std::move(keys);
  if (!options_.agent_view) make_picture();
}

void WindowView::make_picture() {
  house_.emplace(FrameSize{layout_.view.width_px, layout_.view.height_px}, pace_->plan(), keys_);
  window_.assign(num_pixels(shown_size_), kBlack);
}

Timestamp WindowView::show(const playhouse::World* world, std::size_t player, StripWords words, const Overlay* over) {
  if (options_.agent_view) {
    if (world != nullptr) renderer_->draw(world->house(), world->state(), player, bytes_of(window_));
    show_pixels();
    return MonotonicClock::now();
  }
  if (is_outgrown()) fit();
  if (std::exchange(was_over_, over != nullptr)) std::fill(window_.begin(), window_.end(), kBlack);
  bool is_other_plan = false;
  if (world != nullptr) {
    const Timestamp begin = MonotonicClock::now();
    house_->draw(world->house(), world->state(), player, picture(), layout_.view.x_px, layout_.view.y_px);
    is_other_plan = pace_->note(MonotonicClock::now() - begin);
    if (words.takes_hint) words.hint = house_->hint(world->house(), world->state(), player);
  }
  if (layout_.strip_height > 0) draw_strip(picture(), layout_.strip_top, text_scale(shown_size_), words);
  if (over != nullptr) over->draw(picture());
  show_pixels();
  if (is_other_plan) make_picture();
  return MonotonicClock::now();
}

Picture WindowView::picture() { return {window_.data(), shown_size_.width_px, shown_size_.height_px}; }

void WindowView::show_pixels() {
  screen_.show({bytes_of(window_).data(), shown_size_.width_px, shown_size_.height_px,
                std::ptrdiff_t{shown_size_.width_px} * kBytesPerPixel});
}

}  // namespace atl::envs::desktop
