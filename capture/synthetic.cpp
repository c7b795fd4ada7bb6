#include "capture/synthetic.h"

#include "capture/counter_picture.h"
#include "core/error.h"

#include <algorithm>

namespace atl::capture {
namespace {

class SyntheticSource final : public FrameSource {
 public:
  SyntheticSource(const SyntheticConfig& config, Clock& clock)
      : config_(config), clock_(clock), period_(period_of(config.rate_hz)), start_(clock.now()) {
    info_.name =
        fmt::format("synthetic {}x{} px at {} Hz", config.size.width_px, config.size.height_px, config.rate_hz);
  }

  FrameStatus wait_frame(Timestamp deadline, Frame& frame) override {
    const Timestamp requested = clock_.now();
    const Timestamp drawn = start_ + static_cast<std::int64_t>(next_) * period_;
    const bool ended = config_.num_frames > 0 && next_ >= config_.num_frames;
    if (ended || drawn > deadline) {
      clock_.sleep_until(deadline);
      ++info_.num_heartbeats;
      return FrameStatus::kUnchanged;
    }
    clock_.sleep_until(drawn);
    // The newest picture that is drawn by now: the ones between were overdrawn.
    auto shown = static_cast<std::uint64_t>((clock_.now() - start_) / period_);
    if (config_.num_frames > 0) shown = std::min(shown, config_.num_frames - 1);
    next_ = shown + 1;
    draw(static_cast<std::uint32_t>(shown), requested, frame);
    return FrameStatus::kFrame;
  }

  SourceInfo info() const override { return info_; }

 private:
  void draw(std::uint32_t number, Timestamp requested, Frame& frame) {
    frame.width_px = config_.size.width_px;
    frame.height_px = config_.size.height_px;
    frame.stride_bytes = static_cast<std::ptrdiff_t>(frame.width_px) * kBytesPerPixel;
    frame.pixels.resize(static_cast<std::size_t>(frame.stride_bytes) * static_cast<std::size_t>(frame.height_px));
    draw_counter(number, config_.size, frame.pixels);
    frame.sequence = info_.num_frames++;
    frame.requested = requested;
    frame.done = clock_.now();
    frame.window = info_.window = {0, 0, frame.width_px, frame.height_px};
  }

  const SyntheticConfig config_;
  Clock& clock_;
  const Duration period_;
  const Timestamp start_;
  std::uint64_t next_ = 0;  // number of the next picture
  SourceInfo info_;
};

}  // namespace

std::unique_ptr<FrameSource> create_synthetic_source(const SyntheticConfig& config, Clock& clock) {
  ATOLL_CHECK(config.rate_hz > 0, "synthetic source at {} Hz, expected > 0", config.rate_hz);
  return std::make_unique<SyntheticSource>(config, clock);
}

}  // namespace atl::capture
