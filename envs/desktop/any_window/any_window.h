// A window that is open already, of any program, as a live world for a person: nobody starts it, nobody ends it, and
// nothing is pressed in it. What is recorded is what the window shows and what the person does while it has the focus.
#pragma once

#include "capture/frame_source.h"
#include "envs/environment.h"
#include "input/source.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace atl::envs::desktop {

struct AnyWindowConfig {
  std::string display{};         // ":0"; empty: the one the process was started on
  std::string wanted{};          // either part of the window's class, exactly, or else a part of its title
  double action_rate_hz = 15.0;  // of the action clock
  double find_timeout_s = 10.0;  // for the window to be there
};

class AnyWindow final : public LiveEnvironment {
 public:
  /// Throws Error(kEnvironment) when no visible window matches in time, Error(kDevice) when the display cannot be used.
  explicit AnyWindow(const AnyWindowConfig& config);

  [[nodiscard]] const EnvironmentSpec& spec() const override { return spec_; }
  /// Looks at the window anew; the task's words are the instruction.
  std::string reset(std::uint64_t seed, const Task& task) override;
  [[nodiscard]] std::optional<Frame> observe(Timestamp deadline) override;
  /// Throws Error(kUsage): nobody presses anything here but the person.
  void schedule(const TimedChunk& chunk) override;
  [[nodiscard]] std::vector<InputEvent> events() override;
  /// Truncated when the task's time is up or the window was closed.
  [[nodiscard]] Outcome outcome() override;

 private:
  const AnyWindowConfig config_;
  std::uint32_t window_ = 0;
  EnvironmentSpec spec_;
  std::unique_ptr<capture::FrameSource> source_;
  std::unique_ptr<input::InputSource> input_;
  std::optional<Timestamp> deadline_;  // of the episode
  double time_limit_s_ = 0.0;
  std::mutex mutex_;          // between the thread that observes and the one that asks for the outcome
  bool window_gone_ = false;  // guarded by mutex_
};

}  // namespace atl::envs::desktop
