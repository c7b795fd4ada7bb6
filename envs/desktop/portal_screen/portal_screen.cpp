#include "envs/desktop/portal_screen/portal_screen.h"

#include "core/controls.h"
#include "core/error.h"

#include <utility>

namespace atl::envs::desktop {

namespace {

constexpr const char* kEnded = "the desktop ended the sharing of its picture";

}  // namespace

PortalScreen::PortalScreen(const PortalScreenConfig& config, std::unique_ptr<input::InputSource> input)
    : source_(capture::create_portal_source(config.portal)), input_(std::move(input)) {
  const Timestamp deadline = MonotonicClock::now() + config.first_picture_within;
  while (look(deadline) != capture::FrameStatus::kFrame) {
    if (is_gone()) fail(ErrorKind::kEnvironment, "{} before its first picture", kEnded);
    if (MonotonicClock::now() >= deadline)
      fail(ErrorKind::kEnvironment, "no picture of {} within {:g} s, expected one of what was chosen to be shared",
           source_->info().name, to_seconds(config.first_picture_within));
  }
  spec_.frame = newest_.size();
  spec_.frame_rate_hz = 60.0;
  spec_.action_rate_hz = config.action_rate_hz;
  for (const ControlInfo& control : control_table()) spec_.controls.emplace_back(control.name);
  spec_.facts.world = config.name;
  spec_.facts.action_rate_hz = config.action_rate_hz;
  spec_.facts.cursor = config.portal.cursor == capture::CursorMode::kDrawn ? "drawn" : "not drawn";
}

std::string PortalScreen::reset(std::uint64_t /*seed*/, const Task& task) {
  if (is_gone()) fail(ErrorKind::kEnvironment, "{}; share it again and begin anew", kEnded);
  stands_ = true;  // a screen on which nothing changes shows no other
  episode_.begin(task.time_limit_s);
  return task.instruction;
}

std::optional<Frame> PortalScreen::observe(Timestamp deadline) {
  const Timestamp now = MonotonicClock::now();
  const capture::FrameStatus status = look(stands_ ? now : deadline);
  if (status != capture::FrameStatus::kFrame) {
    // The compositor tells of each change: where there was none, the newest picture is what the screen shows now.
    if (!stands_ || status != capture::FrameStatus::kUnchanged) return std::nullopt;
    newest_.requested = newest_.done = now;
  }
  stands_ = false;
  return newest_;
}

capture::FrameStatus PortalScreen::look(Timestamp deadline) {
  const capture::FrameStatus status = source_->wait_frame(deadline, newest_);
  const PictureHealth picture = watch_.see(status, newest_, source_->info(), MonotonicClock::now());
  const std::lock_guard lock(mutex_);
  picture_ = picture;
  return status;
}

bool PortalScreen::is_gone() { return picture().state == PictureState::kGone; }

void PortalScreen::schedule(const TimedChunk& /*chunk*/) {
  fail(ErrorKind::kUsage, "in {} a person plays; nothing is pressed there", spec_.facts.world);
}

std::vector<InputEvent> PortalScreen::events() {
  std::vector<InputEvent> events;
  input_->poll_events(events);
  return events;
}

PictureHealth PortalScreen::picture() {
  const std::lock_guard lock(mutex_);
  return picture_;
}

std::vector<LiveLoss> PortalScreen::take_losses() {
  std::vector<LiveLoss> losses;
  for (const input::InputLoss& loss : input_->take_losses())
    losses.push_back({loss.time, "input", "the system dropped a person's input that came too fast: " + loss.device});
  return losses;
}

Outcome PortalScreen::outcome() {
  return episode_.outcome(is_gone() ? std::optional<std::string>(kEnded) : std::nullopt);
}

}  // namespace atl::envs::desktop
