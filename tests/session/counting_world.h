// A stepped world that is small enough to reason about: it counts presses of "space" up to the number that the task
// names ("3"); "d" fails it. Its picture shows the step as its colour, so that players can echo what they saw.
#pragma once

#include "core/error.h"
#include "envs/environment.h"
#include "envs/oracle.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace atl::session_test {

/// The step that a picture of the counting world shows.
inline std::uint64_t step_of(ImageView frame) {
  return static_cast<std::uint64_t>(frame.data[0]) + (static_cast<std::uint64_t>(frame.data[1]) << 8);
}

class CountingWorld final : public envs::SteppedEnvironment, public envs::Oracle {
 public:
  explicit CountingWorld(FrameSize size = {16, 12}) {
    spec_.frame = size;
    spec_.controls = {"space", "a", "d"};
    spec_.tasks = {"count"};
    spec_.facts.world = "counting";
    spec_.facts.clock = "world";
    spec_.facts.counts_per_turn = 720.0;
    spec_.facts.action_rate_hz = spec_.action_rate_hz;
  }

  [[nodiscard]] const envs::EnvironmentSpec& spec() const override { return spec_; }
  [[nodiscard]] const envs::Task& task() const override { return task_; }

  envs::Observation reset(std::uint64_t seed, const envs::Task& task) override {
    task_ = task;
    if (task_.family.empty()) task_.family = "count";
    if (task_.target.empty()) task_.target = std::to_string(1 + Random(seed).below(5));
    if (task_.instruction.empty()) task_.instruction = "press space " + task_.target + " times";
    if (task_.time_limit_s == 0.0) task_.time_limit_s = 2.0;
    step_ = 0;
    presses_ = 0;
    hash_ = mix_bits(seed);
    taken.clear();
    outcome_ = {};
    return observe();
  }

  envs::Observation step(const Action& action) override {
    ATOLL_CHECK(!outcome_.is_over(), "step after the end");
    ++step_;
    taken.push_back(action);
    presses_ += action.num_presses(control_named("space"));
    hash_ = mix_bits(hash_ ^ static_cast<std::uint64_t>(action.dx) ^ (static_cast<std::uint64_t>(presses_) << 32));
    if (action.is_held(control_named("d"))) end(envs::Verdict::kFailed, "pressed d");
    if (presses_ == std::stoi(task_.target)) end(envs::Verdict::kSuccess, "pressed space often enough");
    const bool is_late = static_cast<double>(step_) >= task_.time_limit_s * spec_.action_rate_hz;
    if (!outcome_.is_over() && is_late) {
      outcome_ = {.truncated = true, .verdict = envs::Verdict::kTimeout, .reason = "time ran out", .object = {}};
    }
    return observe();
  }

  [[nodiscard]] const envs::Outcome& outcome() const override { return outcome_; }
  void render_into(std::span<std::uint8_t> pixels) override { target_ = pixels; }
  [[nodiscard]] envs::Oracle* oracle() override { return this; }

  [[nodiscard]] std::vector<envs::Goal> goals(Random&) override {
    envs::Goal goal;
    goal.family = "count";
    goal.target = task_.target;
    goal.instruction = task_.instruction;
    return {goal};
  }
  void expert_chunk(const envs::Goal&, std::span<Action> chunk) override {
    std::fill(chunk.begin(), chunk.end(), tap_space());
  }
  [[nodiscard]] std::unique_ptr<envs::Expert> create_expert_for(std::size_t, std::uint64_t seed,
                                                                const envs::ExpertStyle&) override {
    return std::make_unique<TappingExpert>(seed);
  }
  [[nodiscard]] std::span<const std::uint8_t> object_ids() override { return {}; }
  [[nodiscard]] std::uint64_t state_hash() const override { return hash_ | 1; }

  std::vector<Action> taken;               // since the last reset
  Duration start_time = Duration::zero();  // by the world's clock, of every episode

 private:
  static Action tap_space() {
    Action action;
    tap(action, control_named("space"));
    return action;
  }

  class TappingExpert final : public envs::Expert {
   public:
    explicit TappingExpert(std::uint64_t seed) : random_(seed) {}
    [[nodiscard]] Action next() override {
      Action action = random_.chance(1, 2) ? tap_space() : Action{};
      action.dx = random_.between(-3, 3);
      subgoal_ = action.num_presses(control_named("space")) > 0 ? "press space" : "wait";
      if (random_.chance(1, 20)) hold(action, control_named("d"), {});
      return action;
    }
    [[nodiscard]] std::string subgoal() const override { return subgoal_; }

   private:
    Random random_;
    std::string subgoal_;
  };

  void end(envs::Verdict verdict, const std::string& reason) {
    outcome_ = {};
    outcome_.terminated = true;
    outcome_.reward = verdict == envs::Verdict::kSuccess ? 1.0 : 0.0;
    outcome_.verdict = verdict;
    outcome_.reason = reason;
  }

  envs::Observation observe() {
    const auto size = static_cast<std::size_t>(spec_.frame.width_px * spec_.frame.height_px * kBytesPerPixel);
    own_.resize(size);
    const std::span<std::uint8_t> pixels = target_.empty() ? std::span<std::uint8_t>(own_) : target_;
    for (std::size_t i = 0; i < size; i += kBytesPerPixel) {
      pixels[i] = static_cast<std::uint8_t>(step_);
      pixels[i + 1] = static_cast<std::uint8_t>(step_ >> 8);
      pixels[i + 2] = static_cast<std::uint8_t>(presses_);
    }
    const ImageView view{pixels.data(), spec_.frame.width_px, spec_.frame.height_px,
                         static_cast<std::ptrdiff_t>(spec_.frame.width_px) * kBytesPerPixel};
    return {view, task_.instruction, step_,
            Timestamp(start_time + period_of(spec_.action_rate_hz) * static_cast<std::int64_t>(step_))};
  }

  envs::EnvironmentSpec spec_;
  envs::Task task_;
  std::uint64_t step_ = 0;
  int presses_ = 0;
  std::uint64_t hash_ = 0;
  envs::Outcome outcome_;
  std::vector<std::uint8_t> own_;
  std::span<std::uint8_t> target_;
};

}  // namespace atl::session_test
