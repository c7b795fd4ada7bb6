#include "capture/pipewire_source.h"

#include "capture/pipewire_stream.h"
#include "capture/portal_session.h"
#include "core/error.h"

#include <algorithm>
#include <utility>

namespace atl::capture {
namespace {

constexpr Duration kConnectTime = std::chrono::seconds(10);  // for the node to answer
constexpr Duration kReplyGrace = std::chrono::milliseconds(5);

class PipeWireSource final : public FrameSource {
 public:
  PipeWireSource(const PipeWireConfig& config, std::unique_ptr<PortalSession> portal)
      : config_(config), portal_(std::move(portal)), stream_(config.remote_fd, config.node, config.name) {
    info_.name = config.name;
    info_.cursor = config.cursor;
    wait_connected();
  }

  FrameStatus wait_frame(Timestamp deadline, Frame& frame) override;
  SourceInfo info() const override { return info_; }

 private:
  void wait_connected();
  void take(StreamState& state, Frame& frame);
  [[nodiscard]] FrameStatus at_deadline(const StreamState& state, int question);

  const PipeWireConfig config_;
  const std::unique_ptr<PortalSession> portal_;  // the permission; null: none was needed
  PipeWireStream stream_;
  Timestamp next_by_rate_;
  bool gone_ = false;
  SourceInfo info_;
};

void PipeWireSource::wait_connected() {
  StreamState& state = stream_.state();
  std::unique_lock lock(state.mutex);
  const auto settled = [&] { return state.connected || state.ended; };
  const bool answered = state.changed.wait_until(lock, MonotonicClock::now() + kConnectTime, settled);
  if (answered && !state.ended) return;
  fail(ErrorKind::kDevice,
       "PipeWire's node {} of {} gives no pictures: {}; expected one with BGRx, BGRA, RGBx or RGBA in shared memory, "
       "and "
       "a session manager that links it (package wireplumber)",
       config_.node, config_.name, answered ? state.problem : "nothing links it");
}

FrameStatus PipeWireSource::wait_frame(Timestamp deadline, Frame& frame) {
  if (gone_) return FrameStatus::kGone;
  const int question = stream_.ask();
  StreamState& state = stream_.state();
  std::unique_lock lock(state.mutex);
  while (!state.ended) {
    const Timestamp now = MonotonicClock::now();
    if (state.has_picture && next_by_rate_ <= now) {
      take(state, frame);
      return FrameStatus::kFrame;
    }
    const bool answered = state.answered == question;
    // The answer may come a little late; all else ends at the deadline.
    const Timestamp until = answered ? deadline : std::max(deadline, now) + kReplyGrace;
    if (now >= until || (answered && now >= deadline)) break;
    const Timestamp next = state.has_picture ? std::min(until, next_by_rate_) : until;
    if (state.changed.wait_until(lock, next) == std::cv_status::timeout && next == until && !answered) break;
  }
  return at_deadline(state, question);
}

FrameStatus PipeWireSource::at_deadline(const StreamState& state, int question) {
  if (state.ended || (portal_ && portal_->poll_closed())) {
    gone_ = true;
    return FrameStatus::kGone;
  }
  if (state.answered != question) return FrameStatus::kTimeout;
  if (state.paused) return FrameStatus::kHidden;
  ++info_.num_heartbeats;
  return FrameStatus::kUnchanged;
}

void PipeWireSource::take(StreamState& state, Frame& frame) {
  const Timestamp now = MonotonicClock::now();
  state.has_picture = false;
  std::swap(frame.pixels, state.picture.pixels);
  const FrameSize size = state.picture.size;
  if (info_.num_frames > 0 && size != FrameSize{info_.window.width_px, info_.window.height_px}) ++info_.num_resizes;
  frame.width_px = size.width_px;
  frame.height_px = size.height_px;
  frame.stride_bytes = static_cast<std::ptrdiff_t>(size.width_px) * kBytesPerPixel;
  frame.sequence = info_.num_frames++;
  frame.requested = state.picture.taken;
  frame.done = state.picture.done;
  frame.window = info_.window = {config_.place.x_px, config_.place.y_px, size.width_px, size.height_px};
  info_.last_drawn = state.picture.done;
  if (config_.max_rate_hz > 0.0) {
    const Duration period = period_of(config_.max_rate_hz);
    next_by_rate_ = std::max(next_by_rate_ + period, now + period / 2);  // keeps the phase, within half a period
  }
}

}  // namespace

std::unique_ptr<FrameSource> create_pipewire_source(const PipeWireConfig& config) {
  ATOLL_CHECK(config.max_rate_hz >= 0.0, "capture at most {} Hz, expected >= 0", config.max_rate_hz);
  return std::make_unique<PipeWireSource>(config, nullptr);
}

std::unique_ptr<FrameSource> create_portal_source(const PortalConfig& config) {
  ATOLL_CHECK(config.max_rate_hz >= 0.0, "capture at most {} Hz, expected >= 0", config.max_rate_hz);
  auto portal = std::make_unique<PortalSession>(config);
  PipeWireConfig stream;
  stream.remote_fd = portal->open_pipewire();
  stream.node = portal->stream().node;
  stream.name = portal->stream().name;
  stream.place = portal->stream().place;
  stream.cursor = config.cursor;
  stream.max_rate_hz = config.max_rate_hz;
  return std::make_unique<PipeWireSource>(stream, std::move(portal));
}

}  // namespace atl::capture
