#include "tools/live_replay.h"

#include "core/error.h"
#include "core/stop.h"
#include "session/live_session.h"
#include "session/policy_player.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace atl::tools {
namespace {

using Seen = std::function<void(std::uint64_t step, ImageView picture)>;

// The session's own clock only keeps its threads awake; a second of delay is one that no machine misses.
constexpr double kPaceHz = 500.0;
constexpr int kDelaySteps = 500;
constexpr Duration kLook = std::chrono::milliseconds(20);  // between looks whether the process is to stop

// How many pictures were seen. Any thread.
class Progress {
 public:
  void reset() {
    const std::lock_guard lock(mutex_);
    num_seen_ = 0;
  }
  void see() {
    {
      const std::lock_guard lock(mutex_);
      ++num_seen_;
    }
    changed_.notify_all();
  }
  // The policy has failed, and will see nothing more.
  void give_up() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
  }
  [[nodiscard]] std::uint64_t num_seen() const {
    const std::lock_guard lock(mutex_);
    return num_seen_;
  }
  // False: it will not come to that.
  [[nodiscard]] bool wait_for(std::uint64_t num_seen) {
    std::unique_lock lock(mutex_);
    while (num_seen_ < num_seen && !is_over_ && !stop_requested()) changed_.wait_for(lock, kLook);
    return num_seen_ >= num_seen;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t num_seen_ = 0;  // guarded by mutex_
  bool is_over_ = false;        // guarded by mutex_
};

// Is asked at every step, and does nothing.
class Onlooker final : public agent::Policy {
 public:
  Onlooker(const PolicyContract& contract, std::uint64_t num_pictures, Progress& progress, const Seen& seen)
      : contract_(contract), num_pictures_(num_pictures), progress_(progress), seen_(seen) {
    contract_.actions_per_policy_step = 1;
    contract_.delay_steps = kDelaySteps;
  }
  [[nodiscard]] const PolicyContract& contract() const override { return contract_; }
  void reset(std::uint64_t) override {
    progress_.reset();
    is_playing_ = ++num_resets_ > 1;  // the first one is before the session measures how long an answer takes
  }
  [[nodiscard]] agent::PolicyAnswer act(ImageView frame, std::string_view, const ControlSet&) override {
    const std::uint64_t step = progress_.num_seen();
    if (is_playing_ && step < num_pictures_) {
      try {
        seen_(step, frame);
      } catch (...) {
        progress_.give_up();
        throw;
      }
      progress_.see();
    }
    return {.chunk = std::vector<Action>(1), .goal_probability = 0.0};
  }

 private:
  PolicyContract contract_;
  std::uint64_t num_pictures_;
  Progress& progress_;
  const Seen& seen_;
  int num_resets_ = 0;
  bool is_playing_ = false;
};

// Shows the recorded pictures, the next ones when the last one was seen.
class RecordedWorld final : public envs::LiveEnvironment {
 public:
  RecordedWorld(const ReplayedEpisode& episode, datasets::VideoReader& video, Progress& progress)
      : episode_(episode), video_(video), progress_(progress) {
    std::erase_if(pictures_ = episode.pictures,
                  [](const datasets::FrameEntry& entry) { return entry.kind == datasets::FrameKind::kHeartbeat; });
    spec_.frame = video.size();
    spec_.action_rate_hz = kPaceHz;
    spec_.facts = episode.facts;
  }
  [[nodiscard]] const envs::EnvironmentSpec& spec() const override { return spec_; }
  std::string reset(std::uint64_t, const envs::Task&) override { return {}; }

  // One call a step, on one thread at a time.
  [[nodiscard]] std::optional<Frame> observe(Timestamp) override {
    const std::uint64_t step = next_step_;
    if (step >= episode_.num_pictures || !progress_.wait_for(step)) return std::nullopt;
    ++next_step_;
    std::size_t newest = shown_.value_or(0);
    while (newest + 1 < pictures_.size() && pictures_[newest + 1].step <= episode_.resampling.seen_at(step)) ++newest;
    if (shown_ == newest) return std::nullopt;
    shown_ = newest;
    return decode(pictures_.at(newest));
  }

  void schedule(const TimedChunk&) override {}
  [[nodiscard]] std::vector<InputEvent> events() override { return {}; }
  [[nodiscard]] envs::Outcome outcome() override {
    envs::Outcome outcome;
    outcome.truncated = progress_.num_seen() >= episode_.num_pictures;
    if (outcome.truncated) outcome.verdict = envs::Verdict::kTimeout;
    return outcome;
  }
  [[nodiscard]] envs::LiveHealth* health() override { return nullptr; }

 private:
  [[nodiscard]] Frame decode(const datasets::FrameEntry& entry) {
    Frame frame;
    frame.requested = MonotonicClock::now();
    video_.read(index_at(video_, entry.video_pts_us), frame.pixels);
    frame.width_px = spec_.frame.width_px;
    frame.height_px = spec_.frame.height_px;
    frame.stride_bytes = std::ptrdiff_t{frame.width_px} * kBytesPerPixel;
    frame.sequence = entry.sequence;
    frame.done = MonotonicClock::now();
    return frame;
  }

  const ReplayedEpisode& episode_;
  datasets::VideoReader& video_;
  Progress& progress_;
  envs::EnvironmentSpec spec_;
  std::vector<datasets::FrameEntry> pictures_;
  std::uint64_t next_step_ = 0;
  std::optional<std::size_t> shown_;  // of pictures_
};

}  // namespace

envs::EnvironmentSpec recorded_spec(const SourceFacts& facts, FrameSize frame, const PolicyContract& contract) {
  envs::EnvironmentSpec spec;
  spec.frame = frame;
  spec.action_rate_hz = contract.action_rate_hz;
  spec.controls = contract.controls;
  spec.facts = facts;
  return spec;
}

void replay_live(const ReplayedEpisode& episode, datasets::VideoReader& video, const PolicyContract& contract,
                 const Seen& seen) {
  Progress progress;
  RecordedWorld world(episode, video, progress);
  auto policy = std::make_unique<Onlooker>(contract, episode.num_pictures, progress, seen);
  session::PolicyPlayer player(std::move(policy), "of the run", recorded_spec(episode.facts, video.size(), contract));
  session::LiveConfig config;
  config.first_picture_s = 600.0;
  config.phase_ms = 0.0;
  config.schedule_margin_ms = 0.0;
  config.num_trials = 1;
  session::LiveSession session(world, &player, config);
  static_cast<void>(session.run({}, nullptr));
  if (progress.num_seen() < episode.num_pictures)
    fail(ErrorKind::kEnvironment, "stopped after {} of {} pictures", progress.num_seen(), episode.num_pictures);
}

}  // namespace atl::tools
