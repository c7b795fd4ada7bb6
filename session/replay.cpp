#include "session/replay.h"

#include "core/text.h"
#include "envs/oracle.h"

#include <fmt/format.h>

#include <unordered_map>

namespace atl::session {
namespace {

class Replay {
 public:
  Replay(envs::SteppedEnvironment& world, const EpisodeTrace& recorded, const ReplayCallback& on_frame)
      : world_(world), recorded_(recorded), on_frame_(on_frame) {
    for (const datasets::FrameEntry& frame : recorded.frames) {
      if (frame.pixel_hash != 0 && frame.kind != datasets::FrameKind::kHeartbeat)
        hashes_[frame.step] = frame.pixel_hash;
    }
  }

  ReplayResult run() {
    const datasets::EpisodeStart& start = recorded_.start;
    if (start.goes_on) {
      differ("start: it began where an earlier episode stood, which no seed gives");
      return result_;
    }
    envs::Observation observation = world_.reset(start.seed, {.family = start.family,
                                                              .split = start.split,
                                                              .target = start.target,
                                                              .instruction = start.instruction,
                                                              .time_limit_s = start.time_limit_s});
    compare_hash("start hash", start.start_hash, state_hash());
    see(observation);
    for (const datasets::RecordedAction& step : recorded_.actions) {
      if (world_.outcome().is_over()) {
        differ("the world ended the episode at step {}, the recording has {} steps", result_.num_steps,
               recorded_.actions.size());
        return result_;
      }
      observation = world_.step(step.action);
      ++result_.num_steps;
      see(observation);
    }
    compare_end();
    return result_;
  }

 private:
  [[nodiscard]] std::uint64_t state_hash() const {
    const envs::Oracle* oracle = world_.oracle();
    return oracle != nullptr ? oracle->state_hash() : 0;
  }

  template <class... Args>
  void differ(fmt::format_string<Args...> format, Args&&... args) {
    result_.differences.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  // 0 stands for "not told", on either side.
  void compare_hash(std::string_view what, std::uint64_t recorded, std::uint64_t replayed) {
    if (recorded == 0 || replayed == 0 || recorded == replayed) return;
    differ("{}: {} (recorded) and {} (replayed)", what, to_hex(recorded), to_hex(replayed));
  }

  void see(const envs::Observation& observation) {
    if (on_frame_) on_frame_(observation);
    const auto found = hashes_.find(observation.step);
    if (found == hashes_.end() || has_frame_difference_) return;
    ++result_.num_frames_compared;
    const std::uint64_t replayed = hash_pixels(observation.frame);
    if (replayed == found->second) return;
    has_frame_difference_ = true;
    differ("picture of step {}: {} (recorded) and {} (replayed, {}x{} px)", observation.step, to_hex(found->second),
           to_hex(replayed), observation.frame.width_px, observation.frame.height_px);
  }

  void compare_end() {
    const datasets::EpisodeEnd& end = recorded_.end;
    if (end.num_steps != result_.num_steps) {
      differ("steps: {} (recorded at the end) and {} (recorded actions)", end.num_steps, result_.num_steps);
    }
    compare_hash("end hash", end.end_hash, state_hash());
    if (end.verdict == to_string(envs::Verdict::kAborted)) return;
    const envs::Outcome& outcome = world_.outcome();
    if (end.verdict != to_string(outcome.verdict)) {
      differ("verdict: {} (recorded) and {} (replayed)", end.verdict, to_string(outcome.verdict));
    }
    if (end.reason != outcome.reason) {
      differ("reason: \"{}\" (recorded) and \"{}\" (replayed)", end.reason, outcome.reason);
    }
  }

  envs::SteppedEnvironment& world_;
  const EpisodeTrace& recorded_;
  const ReplayCallback& on_frame_;
  std::unordered_map<std::uint64_t, std::uint64_t> hashes_;  // of recorded pictures, by step
  bool has_frame_difference_ = false;
  ReplayResult result_;
};

}  // namespace

ReplayResult replay_episode(envs::SteppedEnvironment& world, const EpisodeTrace& recorded,
                            const ReplayCallback& on_frame) {
  return Replay(world, recorded, on_frame).run();
}

}  // namespace atl::session
