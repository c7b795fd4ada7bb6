#include "session/live_episode.h"

#include "core/stop.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace atl::session {
namespace {

constexpr std::size_t kKeptLooks = 64;         // pictures that may wait for the recorder,
constexpr std::size_t kKeptBytes = 256 << 20;  // while they take no more memory than this
constexpr std::size_t kLeastKeptLooks = 8;     // but so many always
constexpr Duration kReleaseTime = std::chrono::milliseconds(100);
constexpr Duration kLossyTime = std::chrono::seconds(2);  // how long a person is told of lost pictures

std::size_t num_kept_looks(FrameSize size) {
  const std::size_t bytes = static_cast<std::size_t>(std::max(1, size.width_px)) *
                            static_cast<std::size_t>(std::max(1, size.height_px)) * kBytesPerPixel;
  return std::clamp(kKeptBytes / bytes, kLeastKeptLooks, kKeptLooks);
}

}  // namespace

LiveEpisode::LiveEpisode(envs::LiveEnvironment& world, Player* player, LiveDesk* desk, const LiveConfig& config,
                         LiveStatistics& statistics)
    : world_(world), player_(player), health_(world.health()), desk_(desk), config_(config), statistics_(statistics) {}

bool LiveEpisode::run(const EpisodeRequest& request, std::shared_ptr<const Frame> first, EpisodeSink* sink,
                      EpisodeResult& result) {
  result_ = result;
  static_cast<void>(world_.events());  // what was pressed before the episode is not part of it
  if (health_ != nullptr) static_cast<void>(health_->take_losses());
  if (desk_ != nullptr) static_cast<void>(desk_->poll_wishes());
  first_ = std::move(first);
  clock_ = {first_->done + from_ms(config_.phase_ms), period_of(world_.spec().action_rate_hz)};
  begin(request, sink);
  play(sink);
  result = end(sink);
  return !is_paused_;
}

void LiveEpisode::begin(const EpisodeRequest& request, EpisodeSink* sink) {
  if (player_ != nullptr) {
    player_->begin(request.player_seed);
    asker_.emplace(world_, *player_, clock_, from_ms(config_.schedule_margin_ms));
  }
  keeper_.emplace(sink, clock_, player_ != nullptr ? player_->origin() : Origin::kHuman,
                  player_ != nullptr ? std::optional(player_->timing()) : std::nullopt);
  kept_.emplace(num_kept_looks(first_->size()));
  camera_.emplace(world_, clock_, config_.frame_rate_hz, asker_ ? &*asker_ : nullptr, *kept_, statistics_);
  watch_.emplace(config_.watch, clock_.start, player_ == nullptr);
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

void LiveEpisode::play(EpisodeSink* sink) {
  std::thread camera([this] { guarded([this] { camera_->run(first_, done_); }); });
  std::thread asking;
  if (asker_) asking = std::thread([this] { guarded([this] { asker_->run(result_.told_instruction); }); });
  guarded([&] { keep(sink); });
  done_ = true;
  const Timestamp ended = MonotonicClock::now();
  if (asker_) asker_->stop();
  camera.join();
  if (asking.joinable()) asking.join();
  release();
  error_.rethrow();
  while (clock_.begin_of(keeper_->num_steps()) < ended) finish_step();  // the one that was cut short
  keeper_->finish();
  note_drops(sink);
  if (asker_) count_asked();
}

void LiveEpisode::guarded(const std::function<void()>& body) {
  try {
    body();
  } catch (...) {
    error_.keep_current();
    done_ = true;
  }
}

// The caller's thread: closes a step half a period after its end, when everything that happened in it is known.
void LiveEpisode::keep(EpisodeSink* sink) {
  while (!done_) {
    const std::uint64_t step = keeper_->num_steps();
    const Timestamp end = clock_.begin_of(step + 1);
    system_clock_.sleep_until(end + clock_.period / 2);
    collect();
    finish_step();
    note_drops(sink);
    outcome_ = world_.outcome();
    attend(end);
    is_limit_reached_ = config_.limit_s > 0.0 && to_seconds(end - clock_.start) >= config_.limit_s;
    if (outcome_.is_over() || is_limit_reached_ || is_paused_ || stop_requested()) done_ = true;
  }
}

// What the person at the desk asks for; and what they are told.
void LiveEpisode::attend(Timestamp now) {
  if (desk_ == nullptr) return;
  for (const DeskWish wish : desk_->poll_wishes()) {
    switch (wish) {
      case DeskWish::kPause: is_paused_ = !outcome_.is_over(); break;
      case DeskWish::kSuccess: end_by_person(envs::Verdict::kSuccess, "the person at the recorder says so"); break;
      case DeskWish::kFailure: end_by_person(envs::Verdict::kFailed, "the person at the recorder says so"); break;
      case DeskWish::kDiscard: end_by_person(envs::Verdict::kAborted, std::string(kDiscarded)); break;
    }
  }
  DeskStatus status{.is_paused = is_paused_,
                    .recorded_s = statistics_.recorded_s + to_seconds(now - clock_.start),
                    .warnings = watch_->warnings(now, health_ != nullptr ? health_->picture() : PictureHealth{})};
  if (now < lossy_until_) status.warnings.emplace_back("pictures are lost: disk or machine is too slow");
  desk_->show(status);
}

void LiveEpisode::end_by_person(envs::Verdict verdict, std::string reason) {
  outcome_ = {};
  outcome_.terminated = true;
  outcome_.verdict = verdict;
  outcome_.reason = std::move(reason);
  by_person_ = true;
}

void LiveEpisode::collect() {
  std::vector<InputEvent> events = world_.events();
  if (desk_ != nullptr) {
    std::erase_if(events, [this](const InputEvent& event) {
      return event.kind == InputKind::kControl && desk_->is_own(event.control);
    });
  }
  if (!events.empty()) watch_->hear(events.back().time);
  keeper_->add_events(events);
  while (std::optional<Look> look = kept_->poll_pop()) {
    keeper_->add_look(std::move(*look));
  }
}

void LiveEpisode::finish_step() {
  keeper_->finish_step(asker_ ? asker_->answer_for(keeper_->num_steps()) : std::nullopt, statistics_);
}

// Lets go of everything, and sees it happen, so that the recording holds the releases too.
void LiveEpisode::release() {
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

void LiveEpisode::count_asked() {
  statistics_.num_unseen += asker_->num_unseen();
  for (const double ms : asker_->schedule_ms().kept()) statistics_.schedule_ms.push_back(ms);
}

// At each step, so that a kill leaves no loss that nobody told of.
void LiveEpisode::note_drops(EpisodeSink* sink) {
  const Timestamp now = MonotonicClock::now();
  const auto note = [&](const char* where, const char* reason, std::uint64_t count, std::uint64_t& noted) {
    if (count == noted) return;
    if (sink != nullptr) sink->add_drop({now, where, reason, count - noted});
    noted = count;
    lossy_until_ = now + kLossyTime;
  };
  if (sink != nullptr && health_ != nullptr) {
    for (const envs::LiveLoss& loss : health_->take_losses())
      sink->add_drop({std::max(loss.time, clock_.start), loss.where, loss.reason, loss.count});
  }
  note("encoder", "the recorder had no room for the picture", camera_->num_unkept(), unkept_noted_);
  note("capture", "the machine was too busy to take the step's picture", camera_->num_skipped(), skipped_noted_);
}

EpisodeResult LiveEpisode::end(EpisodeSink* sink) {
  if (is_paused_) end_by_person(envs::Verdict::kAborted, std::string(kPaused));
  const bool is_over = outcome_.is_over();
  result_.verdict = is_over ? outcome_.verdict : is_limit_reached_ ? envs::Verdict::kTimeout : envs::Verdict::kAborted;
  result_.reason = is_over             ? outcome_.reason
                   : is_limit_reached_ ? fmt::format("the session's {} s were over", config_.limit_s)
                                       : "stopped by a signal";
  result_.object = outcome_.object;
  result_.reward = outcome_.reward;
  result_.num_steps = keeper_->num_steps();
  if (asker_) count_misses();
  const Timestamp now = MonotonicClock::now();
  statistics_.recorded_s += to_seconds(now - clock_.start);
  if (sink != nullptr) {
    sink->end({.time = now,
               .num_steps = result_.num_steps,
               .verdict = std::string(to_string(result_.verdict)),
               .reason = result_.reason,
               .object = result_.object,
               .judge = by_person_ ? "person" : world_.spec().facts.world,
               .discarded = by_person_ && result_.reason == kDiscarded},
              instruction_of(result_, clock_.start, now));
  }
  return result_;
}

void LiveEpisode::count_misses() {
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

}  // namespace atl::session
