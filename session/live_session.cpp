#include "session/live_session.h"

#include "core/error.h"
#include "core/stop.h"
#include "session/live_desk.h"
#include "session/live_episode.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace atl::session {
namespace {

constexpr Duration kStandingTime = std::chrono::seconds(1);     // for a picture that differs from the last one
constexpr Duration kPauseLook = std::chrono::milliseconds(20);  // between looks whether a pause is over

// The first one that was asked for after `reset`: on a busy machine one of the episode before may still be under way.
// `standing`: the last picture of the episode before. An episode that begins as that one ended looks the same, and no
// new picture comes of it.
std::shared_ptr<const Frame> wait_first_picture(envs::LiveEnvironment& world, const LiveConfig& config, Timestamp reset,
                                                std::optional<Frame> standing) {
  const Duration whole = from_seconds(config.first_picture_s);
  const Duration patience = standing ? std::min(kStandingTime, whole) : whole;
  const Timestamp deadline = MonotonicClock::now() + patience;
  std::optional<Frame> frame = world.observe(deadline);
  while (frame && frame->requested < reset) frame = world.observe(deadline);
  if (!frame && standing) {
    frame = std::move(standing);
    frame->requested = frame->done = MonotonicClock::now();
  }
  if (!frame) {
    fail(ErrorKind::kEnvironment, "world {} showed no picture within {} s of its reset; is its window visible?",
         world.spec().facts.world, config.first_picture_s);
  }
  return std::make_shared<const Frame>(std::move(*frame));
}

// Shows the person that nothing is recorded until they want to go on. Returns the picture that then stands, where
// `picture` was the last one before; null: the process is to stop, or the world ended the episode.
std::shared_ptr<const Frame> wait_pause_end(envs::LiveEnvironment& world, LiveDesk& desk, double recorded_s,
                                            Frame picture) {
  SystemClock clock;
  while (!stop_requested() && !world.outcome().is_over()) {
    static_cast<void>(world.events());  // nobody's
    // A judge sees what goes on; and a window that does not change shows its last picture still.
    const Timestamp asked = clock.now();
    if (std::optional<Frame> newer = world.observe(asked)) {
      picture = std::move(*newer);
    } else {
      picture.requested = asked;
      picture.done = clock.now();
    }
    desk.show({.is_paused = true, .recorded_s = recorded_s, .warnings = {}});
    for (const DeskWish wish : desk.poll_wishes()) {
      if (wish == DeskWish::kPause) return std::make_shared<const Frame>(std::move(picture));
    }
    clock.sleep_until(clock.now() + kPauseLook);
  }
  return nullptr;
}

}  // namespace

void describe(ConfigVisitor& v, LiveConfig& config) {
  v.field("limit_s", &config.limit_s, {.min = 0, .max = 86400});
  v.field("first_picture_s", &config.first_picture_s, {.min = 0.001, .max = 600});
  v.field("phase_ms", &config.phase_ms, {.min = 0, .max = 1000});
  v.field("schedule_margin_ms", &config.schedule_margin_ms, {.min = 0, .max = 1000});
  v.field("num_trials", &config.num_trials, {.min = 1, .max = 1000});
}

LiveSession::LiveSession(envs::LiveEnvironment& world, Player* player, const LiveConfig& config, LiveDesk* desk)
    : world_(world), player_(player), config_(config), desk_(desk) {
  if (player_ != nullptr) measure_latency();
}

void LiveSession::measure_latency() {
  const Frame empty = [&] {
    Frame frame = make_frame(world_.spec().frame);
    std::fill(frame.pixels.begin(), frame.pixels.end(), std::uint8_t{0});
    return frame;
  }();
  player_->begin(0);
  std::vector<double> times;
  for (int trial = 0; trial < config_.num_trials; ++trial) {
    const Timestamp asked = MonotonicClock::now();
    static_cast<void>(player_->act({empty.view(), "go to the door", 0, {}}, {}));
    times.push_back(to_ms(MonotonicClock::now() - asked));
  }
  std::sort(times.begin(), times.end());
  measured_latency_ms_ = times.empty() ? 0.0 : times[times.size() / 2];

  const PlayerTiming timing = player_->timing();
  const double step_ms = 1000.0 / world_.spec().action_rate_hz;
  const double allowed_ms = timing.delay_steps * step_ms - config_.schedule_margin_ms;
  if (measured_latency_ms_ <= allowed_ms) return;
  fail(ErrorKind::kContract,
       "player {} needs {:.1f} ms for an answer (median of {}), but its declared delay of {} steps at {} Hz leaves "
       "{:.1f} ms; use a faster machine, or a policy with a larger delay_steps",
       player_->name(), measured_latency_ms_, config_.num_trials, timing.delay_steps, world_.spec().action_rate_hz,
       std::max(allowed_ms, 0.0));
}

EpisodeResult LiveSession::run(const EpisodeRequest& request, EpisodeSink* sink) {
  const Timestamp asked = MonotonicClock::now();
  EpisodeResult result;
  result.task_instruction = world_.reset(request.seed, request.task);
  result.told_instruction = request.instruction.value_or(result.task_instruction);
  std::shared_ptr<const Frame> first =
      wait_first_picture(world_, config_, asked, std::exchange(last_picture_, std::nullopt));
  for (EpisodeRequest part = request; first != nullptr; part.goes_on = true) {
    LiveEpisode episode(world_, player_, desk_, config_, statistics_);
    const bool has_ended = episode.run(part, std::move(first), sink, result);
    last_picture_ = episode.newest();
    if (has_ended) break;
    first = wait_pause_end(world_, *desk_, statistics_.recorded_s, episode.newest());
  }
  return result;
}

}  // namespace atl::session
