// A window that is open already, of any program, as a live world for a person: nobody starts it, nobody ends it, and
// nothing is pressed in it. What is recorded is what the window shows and what the person does while it has the focus.
#pragma once

#include "capture/window_search.h"
#include "envs/desktop/attended_episode.h"
#include "envs/desktop/watched_window.h"
#include "envs/environment.h"
#include "envs/live_health.h"
#include "input/source.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace atl::envs::desktop {

struct AnyWindowConfig {
  std::string display{};         // ":0"; empty: the one the process was started on
  std::string wanted{};          // either part of the window's class, exactly, or else a part of its title
  double action_rate_hz = 15.0;  // of the action clock
  double find_timeout_s = 10.0;  // for the window to be there
  bool gamepads = true;          // of the desk are heard while the window has the focus
  Duration settle{};             // as in capture::X11WindowConfig
  /// A window that was closed is waited for so long: one that matches, is opened after that, and was not there beside
  /// it (capture::ReopeningConfig::only_new). Then the episode ends; 0: at once.
  Duration reopen_time = std::chrono::seconds(10);
};

class AnyWindow final : public LiveEnvironment, public LiveHealth {
 public:
  /// Throws Error(kEnvironment) when no visible window matches in time, Error(kDevice) when the display cannot be used.
  explicit AnyWindow(const AnyWindowConfig& config);

  [[nodiscard]] const EnvironmentSpec& spec() const override { return spec_; }
  /// Looks at the window anew; the task's words are the instruction. Throws Error(kEnvironment) when it was closed and
  /// none took its place in time.
  std::string reset(std::uint64_t seed, const Task& task) override;
  [[nodiscard]] std::optional<Frame> observe(Timestamp deadline) override;
  /// Throws Error(kUsage): nobody presses anything here but the person.
  void schedule(const TimedChunk& chunk) override;
  /// While there is no window nothing is heard.
  [[nodiscard]] std::vector<InputEvent> events() override;
  /// Truncated when the task's time is up or the window was closed.
  [[nodiscard]] Outcome outcome() override;

  [[nodiscard]] LiveHealth* health() override { return this; }
  [[nodiscard]] PictureHealth picture() override;
  [[nodiscard]] std::vector<LiveLoss> take_losses() override;

 private:
  [[nodiscard]] std::unique_ptr<WatchedWindow> watch() const;
  void listen();

  const AnyWindowConfig config_;
  EnvironmentSpec spec_;
  capture::WindowQuery query_;
  std::uint32_t window_ = 0;  // the last one that was there
  std::unique_ptr<WatchedWindow> source_;
  std::unique_ptr<input::InputSource> input_;  // null: the window was closed before it could be listened to
  WatchedWindow::Place heard_;                 // that input_ listens to
  AttendedEpisode episode_;
};

}  // namespace atl::envs::desktop
