// A screen or a window of a Wayland desktop as a live world for a person: the desktop asks them once what may be seen,
// and nothing is pressed. Wayland tells no program what goes to others, so what the person does comes from wherever the
// caller hears it: of the kernel's devices that is everything that is typed anywhere.
#pragma once

#include "capture/freeze_watch.h"
#include "capture/pipewire_source.h"
#include "envs/desktop/attended_episode.h"
#include "envs/environment.h"
#include "envs/live_health.h"
#include "input/source.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace atl::envs::desktop {

struct PortalScreenConfig {
  std::string name = "portal:any";  // of the world
  capture::PortalConfig portal{};
  double action_rate_hz = 15.0;  // of the action clock
  Duration first_picture_within = std::chrono::seconds(10);
};

class PortalScreen final : public LiveEnvironment, public LiveHealth {
 public:
  /// Blocks until the person has answered and the first picture is there. Throws what create_portal_source throws, and
  /// Error(kEnvironment) when no picture comes.
  PortalScreen(const PortalScreenConfig& config, std::unique_ptr<input::InputSource> input);

  [[nodiscard]] const EnvironmentSpec& spec() const override { return spec_; }
  /// The task's words are the instruction. The picture that stands is the first one of the episode. Throws
  /// Error(kEnvironment) when the desktop has ended the sharing.
  std::string reset(std::uint64_t seed, const Task& task) override;
  [[nodiscard]] std::optional<Frame> observe(Timestamp deadline) override;
  /// Throws Error(kUsage): nobody presses anything here but the person.
  void schedule(const TimedChunk& chunk) override;
  [[nodiscard]] std::vector<InputEvent> events() override;
  /// Truncated when the task's time is up or the desktop ended the sharing.
  [[nodiscard]] Outcome outcome() override;

  [[nodiscard]] LiveHealth* health() override { return this; }
  [[nodiscard]] PictureHealth picture() override;
  [[nodiscard]] std::vector<LiveLoss> take_losses() override;

 private:
  [[nodiscard]] capture::FrameStatus look(Timestamp deadline);
  [[nodiscard]] bool is_gone();

  EnvironmentSpec spec_;
  const std::unique_ptr<capture::FrameSource> source_;
  const std::unique_ptr<input::InputSource> input_;
  capture::FreezeWatch watch_;  // of the thread that observes, as is the newest picture
  Frame newest_;
  bool stands_ = false;  // newest_ is to be returned though nothing new came
  AttendedEpisode episode_;
  std::mutex mutex_;
  PictureHealth picture_;  // guarded by mutex_
};

}  // namespace atl::envs::desktop
