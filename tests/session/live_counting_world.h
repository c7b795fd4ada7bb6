// A live world without a screen: a counting world that a thread of its own steps in real time, carrying out timed
// chunks as a guard would. What it pressed is reported with the time at which it really did.
#pragma once

#include "core/queue.h"
#include "envs/live_health.h"
#include "session/chunk_plan.h"
#include "tests/session/counting_world.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace atl::session_test {

class LiveCountingWorld final : public envs::LiveEnvironment, public envs::LiveHealth {
 public:
  explicit LiveCountingWorld(double rate_hz)
      : world_({16, 12}), spec_(world_.spec()), tick_period_(period_of(rate_hz)) {
    spec_.action_rate_hz = rate_hz;
    spec_.facts.clock = "monotonic";
    spec_.facts.action_rate_hz = rate_hz;
  }
  ~LiveCountingWorld() override { stop(); }

  [[nodiscard]] const envs::EnvironmentSpec& spec() const override { return spec_; }

  std::string reset(std::uint64_t seed, const envs::Task& task) override {
    stop();
    if (is_late) late_ = make_frame(spec_.frame);
    const envs::Observation observation = world_.reset(seed, task);
    {
      const std::lock_guard lock(mutex_);
      outcome_ = {};
      events_.clear();
      chunks_.clear();
      sequence_ = 0;
    }
    show(observation);
    running_ = true;
    ticker_ = std::thread([this, start = MonotonicClock::now()] { tick(start); });
    return std::string(observation.instruction);
  }

  [[nodiscard]] std::optional<Frame> observe(Timestamp deadline) override {
    if (is_dark) return std::nullopt;
    if (late_) return std::exchange(late_, std::nullopt);
    return frames_.wait_take_until(deadline);
  }

  void schedule(const TimedChunk& chunk) override {
    const std::lock_guard lock(mutex_);
    chunks_.push_back(chunk);
    scheduled.push_back(chunk);
  }

  [[nodiscard]] std::vector<InputEvent> events() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }

  [[nodiscard]] envs::Outcome outcome() override {
    const std::lock_guard lock(mutex_);
    return outcome_;
  }

  [[nodiscard]] envs::LiveHealth* health() override { return this; }
  [[nodiscard]] PictureHealth picture() override { return told; }
  [[nodiscard]] std::vector<envs::LiveLoss> take_losses() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(losses_, {});
  }

  /// Something is lost.
  void lose(envs::LiveLoss loss) {
    const std::lock_guard lock(mutex_);
    losses_.push_back(std::move(loss));
  }

  /// A person presses or releases something now.
  void press_by_hand(Control control, bool pressed) {
    const std::lock_guard lock(mutex_);
    events_.push_back({MonotonicClock::now(), InputKind::kControl, Origin::kHuman, control, pressed, 0, 0});
  }

  /// The session's action clock runs at this rate, slower than the world draws.
  void slow_actions(double rate_hz) { spec_.action_rate_hz = rate_hz; }

  std::uint64_t show_every = 1;         // steps that one picture stays
  bool is_dark = false;                 // shows no pictures
  bool is_late = false;                 // after a reset, a picture comes that was asked for before it
  PictureHealth told{};                 // how well it is seen
  std::vector<TimedChunk> scheduled;    // all that was ever handed over; read when the session has ended
  std::atomic<std::uint64_t> ticks{0};  // of the present episode

 private:
  void stop() {
    running_ = false;
    if (ticker_.joinable()) ticker_.join();
  }

  void show(const envs::Observation& observation) {
    Frame frame;
    copy_packed(observation.frame, frame.pixels);
    frame.width_px = observation.frame.width_px;
    frame.height_px = observation.frame.height_px;
    frame.stride_bytes = observation.frame.width_px * kBytesPerPixel;
    frame.sequence = sequence_++;
    frame.requested = frame.done = MonotonicClock::now();
    frames_.put(std::move(frame));
  }

  // What the newest chunk that covers `time` says; nothing where none does.
  [[nodiscard]] std::optional<Action> planned_at(Timestamp time) const {
    const Duration period = period_of(spec_.action_rate_hz);
    for (auto chunk = chunks_.rbegin(); chunk != chunks_.rend(); ++chunk) {
      if (time < chunk->start) continue;
      const auto index = static_cast<std::size_t>((time - chunk->start) / period);
      if (index < chunk->actions.size()) return chunk->actions[index];
      return std::nullopt;
    }
    return std::nullopt;
  }

  void tick(Timestamp start) {
    // A guard's clock: it acts a little after each step's begin, here a tenth of a period.
    const Duration period = tick_period_;
    SystemClock clock;
    ControlSet held;
    for (std::uint64_t step = 0; running_; ++step) {
      clock.sleep_until(start + period * static_cast<std::int64_t>(step) + period / 10);
      Action action;
      {
        const std::lock_guard lock(mutex_);
        action = normalise(planned_at(MonotonicClock::now()).value_or(Action{}), held);
        const Timestamp now = MonotonicClock::now();
        for (const InputEvent& event : expand(action, held, now, Origin::kAgent)) events_.push_back(event);
        held = action.held;
      }
      if (world_.outcome().is_over()) continue;
      const envs::Observation observation = world_.step(action);
      ticks = step + 1;
      if (step % show_every == 0) show(observation);
      const std::lock_guard lock(mutex_);
      outcome_ = world_.outcome();
    }
  }

  CountingWorld world_;
  envs::EnvironmentSpec spec_;
  const Duration tick_period_;  // between two of its steps
  LatestSlot<Frame> frames_;
  std::optional<Frame> late_;  // its times are the clock's zero
  std::uint64_t sequence_ = 0;
  std::atomic<bool> running_{false};
  std::mutex mutex_;
  std::vector<InputEvent> events_;      // guarded by mutex_
  std::vector<TimedChunk> chunks_;      // guarded by mutex_
  envs::Outcome outcome_;               // guarded by mutex_
  std::vector<envs::LiveLoss> losses_;  // guarded by mutex_
  std::thread ticker_;
};

}  // namespace atl::session_test
