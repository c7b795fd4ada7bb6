#include "session/live_session.h"

#include "core/error.h"
#include "core/priority.h"
#include "core/queue.h"
#include "core/stop.h"
#include "session/live_asker.h"
#include "session/live_keeper.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace atl::session {
namespace {

constexpr std::size_t kKeptLooks = 64;  // pictures that may wait for the recorder
constexpr Duration kReleaseTime = std::chrono::milliseconds(100);

Duration from_ms(double ms) { return Duration(static_cast<std::int64_t>(ms * 1e6)); }

// The first exception of a thread, for its owner to throw again.
class ThreadError {
 public:
  void keep_current() {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }
  void rethrow() const {
    const std::lock_guard lock(mutex_);
    if (error_) std::rethrow_exception(error_);
  }

 private:
  mutable std::mutex mutex_;
  std::exception_ptr error_;  // guarded by mutex_
};

// One run of LiveSession::run.
class LiveEpisode {
 public:
  LiveEpisode(envs::LiveEnvironment& world, Player* player, const LiveConfig& config, LiveStatistics& statistics)
      : world_(world), player_(player), config_(config), statistics_(statistics) {}

  EpisodeResult run(const EpisodeRequest& request, EpisodeSink* sink) {
    const Timestamp asked = MonotonicClock::now();
    result_.task_instruction = world_.reset(request.seed, request.task);
    result_.told_instruction = request.instruction.value_or(result_.task_instruction);
    static_cast<void>(world_.events());  // what was pressed before the episode is not part of it
    first_ = wait_first_picture(asked);
    clock_ = {first_->done + from_ms(config_.phase_ms), period_of(world_.spec().action_rate_hz)};
    begin(request, sink);
    play(sink);
    return end(sink);
  }

 private:
  // The first one that was asked for after `reset`: on a busy machine one of the episode before may still be under way.
  std::shared_ptr<const Frame> wait_first_picture(Timestamp reset) {
    const Timestamp deadline = MonotonicClock::now() + from_ms(1000 * config_.first_picture_s);
    std::optional<Frame> frame = world_.observe(deadline);
    while (frame && frame->requested < reset) frame = world_.observe(deadline);
    if (!frame) {
      fail(ErrorKind::kEnvironment, "world {} showed no picture within {} s of its reset; is its window visible?",
           world_.spec().facts.world, config_.first_picture_s);
    }
    return std::make_shared<const Frame>(std::move(*frame));
  }

  void begin(const EpisodeRequest& request, EpisodeSink* sink) {
    if (player_ != nullptr) {
      player_->begin(request.player_seed);
      asker_.emplace(world_, *player_, clock_, from_ms(config_.schedule_margin_ms));
    }
    keeper_.emplace(sink, clock_, player_ != nullptr ? player_->origin() : Origin::kHuman,
                    player_ != nullptr ? std::optional(player_->timing()) : std::nullopt);
    if (sink == nullptr) return;
    sink->begin({.time = clock_.start,
                 .seed = request.seed,
                 .family = request.task.family,
                 .split = request.task.split,
                 .target = request.task.target,
                 .instruction = result_.task_instruction,
                 .time_limit_s = request.task.time_limit_s,
                 .player = player_ != nullptr ? player_->name() : "human",
                 .goes_on = request.goes_on},
                instruction_of(result_, clock_.start));
  }

  void play(EpisodeSink* sink) {
    std::thread camera([this] { guarded([this] { watch(); }); });
    std::thread asking;
    if (asker_) asking = std::thread([this] { guarded([this] { asker_->run(result_.told_instruction); }); });
    guarded([this] { keep(); });
    done_ = true;
    const Timestamp ended = MonotonicClock::now();
    if (asker_) asker_->stop();
    camera.join();
    if (asking.joinable()) asking.join();
    release();
    error_.rethrow();
    while (clock_.begin_of(keeper_->num_steps()) < ended) finish_step();  // the one that was cut short
    note_drops(sink);
  }

  template <class Body>
  void guarded(Body body) {
    try {
      body();
    } catch (...) {
      error_.keep_current();
      done_ = true;
    }
  }

  // The camera's thread: one look per step, never an old one.
  void watch() {
    prefer_this_thread();
    Look look{0, first_, 0, true};
    for (;;) {
      publish(look);
      do {
        const std::uint64_t next = look.step + 1;
        system_clock_.sleep_until(clock_.begin_of(next));
        if (done_) return;
        look.step = std::max(next, clock_.step_at(MonotonicClock::now()));
        statistics_.num_skipped_steps += look.step - next;
        const Timestamp asked = MonotonicClock::now();
        std::optional<Frame> frame = world_.observe(asked);
        look.is_new = frame.has_value();
        statistics_.captures.push_back(
            {look.step, to_ms(frame ? frame->done - frame->requested : MonotonicClock::now() - asked)});
        if (frame) {
          look.frame = std::make_shared<const Frame>(std::move(*frame));
          ++look.sequence;
        } else {
          ++statistics_.num_heartbeats;
          publish(look);
        }
      } while (!look.is_new);
    }
  }

  void publish(const Look& look) {
    if (asker_ && look.step % static_cast<std::uint64_t>(player_->timing().actions_per_question) == 0) {
      asker_->show(look);
    }
    if (!kept_.try_push(look)) ++statistics_.num_unkept;
    statistics_.num_waiting.push_back(kept_.size());
  }

  // The caller's thread: closes a step half a period after its end, when everything that happened in it is known.
  void keep() {
    while (!done_) {
      const std::uint64_t step = keeper_->num_steps();
      system_clock_.sleep_until(clock_.begin_of(step + 1) + clock_.period / 2);
      collect();
      finish_step();
      outcome_ = world_.outcome();
      is_limit_reached_ =
          config_.limit_s > 0.0 && to_seconds(clock_.begin_of(step + 1) - clock_.start) >= config_.limit_s;
      if (outcome_.is_over() || is_limit_reached_ || stop_requested()) done_ = true;
    }
  }

  void collect() {
    keeper_->add_events(world_.events());
    while (std::optional<Look> look = kept_.poll_pop()) keeper_->add_look(std::move(*look));
  }

  void finish_step() {
    keeper_->finish_step(asker_ ? asker_->answer_for(keeper_->num_steps()) : std::nullopt, statistics_);
  }

  // Lets go of everything, and sees it happen, so that the recording holds the releases too.
  void release() {
    guarded([this] {
      if (!asker_) return collect();
      // The first step that an older chunk cannot have begun.
      const std::uint64_t step = clock_.first_from(MonotonicClock::now() + from_ms(config_.schedule_margin_ms));
      world_.schedule({step, clock_.begin_of(step), {Action{}}});
      const Timestamp deadline = clock_.begin_of(step) + kReleaseTime;
      do {
        system_clock_.sleep_until(MonotonicClock::now() + std::chrono::milliseconds(1));
        collect();
      } while (keeper_->anything_held() && MonotonicClock::now() < deadline);
    });
  }

  void note_drops(EpisodeSink* sink) {
    keeper_->finish();
    if (asker_) {
      statistics_.num_unseen += asker_->num_unseen();
      statistics_.schedule_ms.insert(statistics_.schedule_ms.end(), asker_->schedule_ms().begin(),
                                     asker_->schedule_ms().end());
    }
    if (sink == nullptr) return;
    const Timestamp now = MonotonicClock::now();
    const auto note = [&](const char* where, const char* reason, std::uint64_t count) {
      if (count > 0) sink->add_drop({now, where, reason, count});
    };
    note("encoder", "the recorder had no room for the picture", statistics_.num_unkept - unkept_before_);
    note("capture", "the machine was too busy to take the step's picture",
         statistics_.num_skipped_steps - skipped_before_);
  }

  EpisodeResult end(EpisodeSink* sink) {
    const bool is_over = outcome_.is_over();
    result_.verdict = is_over             ? outcome_.verdict
                      : is_limit_reached_ ? envs::Verdict::kTimeout
                                          : envs::Verdict::kAborted;
    result_.reason = is_over             ? outcome_.reason
                     : is_limit_reached_ ? fmt::format("the session's {} s were over", config_.limit_s)
                                         : "stopped by a signal";
    result_.object = outcome_.object;
    result_.reward = outcome_.reward;
    result_.num_steps = keeper_->num_steps();
    if (asker_) count_misses();
    if (sink != nullptr) {
      const Timestamp now = MonotonicClock::now();
      sink->end({.time = now,
                 .num_steps = result_.num_steps,
                 .verdict = std::string(to_string(result_.verdict)),
                 .reason = result_.reason,
                 .object = result_.object,
                 .judge = world_.spec().facts.world},
                instruction_of(result_, clock_.start, now));
    }
    return result_;
  }

  void count_misses() {
    const auto every = static_cast<std::uint64_t>(player_->timing().actions_per_question);
    const auto delay = static_cast<std::uint64_t>(player_->timing().delay_steps);
    const auto is_due = [&](std::uint64_t question) { return question + delay < result_.num_steps; };
    for (std::uint64_t question = 0; is_due(question); question += every) ++result_.num_questions;
    result_.num_misses = result_.num_questions;
    for (const Answer& answer : asker_->answers()) {
      result_.latencies_ms.push_back(to_ms(answer.note.latency));
      if (!answer.is_late && is_due(answer.note.question)) --result_.num_misses;
    }
  }

  envs::LiveEnvironment& world_;
  Player* const player_;
  const LiveConfig& config_;
  LiveStatistics&
      statistics_;  // captures, heartbeats, skipped, unkept, waiting: the camera's thread; all else: the caller's
  const std::uint64_t unkept_before_ = statistics_.num_unkept;
  const std::uint64_t skipped_before_ = statistics_.num_skipped_steps;
  SystemClock system_clock_;
  ActionClock clock_;
  std::shared_ptr<const Frame> first_;
  BoundedQueue<Look> kept_{kKeptLooks};
  std::optional<LiveAsker> asker_;
  std::optional<LiveKeeper> keeper_;
  std::atomic<bool> done_{false};
  ThreadError error_;
  envs::Outcome outcome_;
  bool is_limit_reached_ = false;
  EpisodeResult result_;
};

}  // namespace

void describe(ConfigVisitor& v, LiveConfig& config) {
  v.field("limit_s", &config.limit_s, {.min = 0, .max = 86400});
  v.field("first_picture_s", &config.first_picture_s, {.min = 0.001, .max = 600});
  v.field("phase_ms", &config.phase_ms, {.min = 0, .max = 1000});
  v.field("schedule_margin_ms", &config.schedule_margin_ms, {.min = 0, .max = 1000});
  v.field("num_trials", &config.num_trials, {.min = 1, .max = 1000});
}

LiveSession::LiveSession(envs::LiveEnvironment& world, Player* player, const LiveConfig& config)
    : world_(world), player_(player), config_(config) {
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
  return LiveEpisode(world_, player_, config_, statistics_).run(request, sink);
}

}  // namespace atl::session
