#include "envs/desktop/game/live_game.h"

#include "core/error.h"
#include "core/random.h"
#include "envs/desktop/game/game_run.h"
#include "envs/desktop/minetest/expert.h"
#include "input/uinput_device.h"

#include <fmt/ranges.h>

#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr std::uint64_t kPlaceStream = 0x706c616365;  // of what is drawn from a seed: where the game starts
constexpr double kVerdictGrace_s = 2.0;  // a program that judges itself is waited for this long after the time is up

EnvironmentSpec spec_of(const GameProfile& profile, const LiveGameConfig& config) {
  EnvironmentSpec spec;
  spec.frame = {profile.window.width_px, profile.window.height_px};
  spec.action_rate_hz = action_rate_of(profile, config);
  spec.frame_rate_hz = profile.game.frame_rate_hz;
  spec.controls = profile.game.controls;
  spec.tasks = families_of(profile);
  spec.facts = source_facts(profile);
  spec.facts.action_rate_hz = spec.action_rate_hz;
  return spec;
}

GameProfile require_complete(GameProfile profile) {
  if (const auto missing = missing_parts(profile); !missing.empty())
    fail(ErrorKind::kEnvironment, "world {} cannot be started here: {}", profile.name, fmt::join(missing, "; "));
  return profile;
}

Outcome truncated(Verdict verdict, std::string reason) {
  Outcome outcome;
  outcome.truncated = true;
  outcome.verdict = verdict;
  outcome.reason = std::move(reason);
  return outcome;
}

}  // namespace

double action_rate_of(const GameProfile& profile, const LiveGameConfig& config) {
  return config.action_rate_hz > 0.0 ? config.action_rate_hz : profile.game.action_rate_hz;
}

LiveGame::LiveGame(GameProfile profile, const LiveGameConfig& config)
    : profile_(require_complete(std::move(profile))),
      config_(config),
      spec_(spec_of(profile_, config)),
      display_(config.display, spec_.frame),
      judge_(profile_.folder) {
  if (config.sink != input::GuardSink::kUinput) return;
  if (display_.is_virtual())
    fail(ErrorKind::kDevice,
         "the kernel's devices (uinput) do not reach {}: it is a display of the game's own ({}); play on the desktop, "
         "or through x11",
         profile_.name, display_.name());
  input::require_uinput();
}

LiveGame::~LiveGame() = default;

GameRun& LiveGame::run() const {
  ATOLL_CHECK(run_ != nullptr, "a live game was asked before its first reset");
  return *run_;
}

std::string LiveGame::reset(std::uint64_t seed, const Task& task) {
  display_.check();
  if (run_ && run_->guard().status().state == input::GuardState::kKilled) tell_kill_key();  // after the last outcome
  kill_key_told_ = false;
  const std::size_t place = place_of(seed);
  const bool stays = can_stay(place);
  if (stays) {
    run_->take_back();
  } else {
    wish_.reset();
    run_.reset();  // ends the old run before a new one is started
    run_ = std::make_unique<GameRun>(profile_, config_, display_, place);
    place_ = place;
    num_episodes_ = 0;
  }
  ++num_episodes_;
  {
    const std::lock_guard lock(mutex_);
    window_gone_ = false;
    told_ = {};
    told_at_.reset();
    unheard_.reset();
  }
  return profile_.program.talks ? begin_told(seed, task) : begin_judged(seed, task, !stays);
}

std::size_t LiveGame::place_of(std::uint64_t seed) const {
  const std::size_t count = profile_.reset.starts.size();
  return count == 0 ? 0
                    : static_cast<std::size_t>(
                          Random(derive_seed(seed, kPlaceStream)).below(static_cast<std::uint32_t>(count)));
}

bool LiveGame::can_stay(std::size_t place) const {
  const int most = profile_.reset.restart_every;
  const bool may_stay =
      profile_.program.talks || (profile_.reset.how != "restart" && (most == 0 || num_episodes_ < most));
  return may_stay && run_ && place == place_ && !window_gone_ && run_->has_window() && !run_->process().poll_exit() &&
         run_->guard().status().state != input::GuardState::kLost;
}

std::string LiveGame::begin_told(std::uint64_t seed, const Task& task) {
  {
    const std::lock_guard lock(mutex_);
    judge_.begin({.task = task, .judge = {.name = "program", .kind = "program"}, .target = {}, .scene = {}},
                 run().folders());
  }
  last_ = {seed, task, start_from(seed, task)};
  wish_.reset();
  const ReadyEvent ready = run().begin_episode(last_);
  deadline_.reset();
  if (!asks_person()) set_time_limit(ready.task.time_limit_s + kVerdictGrace_s);
  return ready.task.instruction;
}

StartFrom LiveGame::start_from(std::uint64_t seed, const Task& task) const {
  if (!wish_ || seed != last_.seed) return StartFrom::kSeed;
  const auto is = [&](const Task& other) {
    return task.family == other.family && task.target == other.target && task.instruction == other.instruction;
  };
  if (wish_->kind == WishKind::kHere && is(wish_->task)) return StartFrom::kHere;
  return wish_->kind == WishKind::kAgain && is(last_.task) ? StartFrom::kAgain : StartFrom::kSeed;
}

std::string LiveGame::begin_judged(std::uint64_t seed, const Task& task, bool is_fresh) {
  task_ = resolve_task(profile_, seed, task);
  run().begin_scene(seed, task_, is_fresh);
  const std::lock_guard lock(mutex_);
  judge_.begin(task_, run().folders());
  set_time_limit(task_.task.time_limit_s);
  return task_.task.instruction;
}

std::unique_ptr<Expert> LiveGame::create_expert(std::uint64_t seed, const ExpertStyle& style) {
  if (!run_) return nullptr;
  ATOLL_CHECK(profile_.tasks.expert == "minetest", "no expert is called {}", profile_.tasks.expert);
  return create_minetest_expert({.task = task_,
                                 .telemetry = run_->folders().home / profile_.reset.answers,
                                 .ready = run_->scene_answer(),
                                 .counts_per_turn = profile_.game.counts_per_turn,
                                 .seed = seed,
                                 .style = style});
}

void LiveGame::set_time_limit(double seconds) {
  time_limit_s_ = seconds;
  deadline_ = MonotonicClock::now() + from_seconds(seconds);
}

std::optional<Frame> LiveGame::observe(Timestamp deadline) {
  // A game may stand still from its start on: then the picture of the start is the newest one.
  std::optional<Frame> seen = run().take_seen();
  Frame frame;
  capture::FrameStatus status = run().look(seen ? MonotonicClock::now() : deadline, frame);
  if (seen && (status == capture::FrameStatus::kUnchanged || status == capture::FrameStatus::kTimeout)) {
    frame = std::move(*seen);
    status = capture::FrameStatus::kFrame;
  }
  const std::lock_guard lock(mutex_);
  if (status == capture::FrameStatus::kGone) window_gone_ = true;
  if (status != capture::FrameStatus::kFrame) return std::nullopt;
  judge_.see(frame);
  return frame;
}

void LiveGame::schedule(const TimedChunk& chunk) {
  if (run().takes_input()) run().guard().schedule(chunk);
}

PictureHealth LiveGame::picture() { return run_ ? run_->window().picture() : PictureHealth{}; }

std::vector<LiveLoss> LiveGame::take_losses() {
  if (!run_) return {};
  std::vector<LiveLoss> losses = run_->window().take_losses();
  for (LiveLoss& loss : run_->take_input_losses()) losses.push_back(std::move(loss));
  return losses;
}

std::vector<InputEvent> LiveGame::events() {
  std::vector<InputEvent> events = run().keys().to_usual(run().take_events());
  if (!asks_person()) return events;
  poll_verdict();
  if (!told_at_) return events;
  std::erase_if(events, [&](const InputEvent& event) {
    if (event.kind != InputKind::kControl) return false;
    const auto index = static_cast<std::size_t>(index_of(event.control));
    if (event.pressed) unheard_.set(index, event.time > *told_at_);
    return unheard_.test(index);
  });
  return events;
}

void LiveGame::poll_verdict() {
  if (!profile_.program.talks || told_.is_over()) return;
  const std::optional<VerdictEvent> verdict = run().poll_verdict();
  if (!verdict) return;
  told_ = verdict->outcome;
  told_at_ = verdict->time;
}

std::optional<Wish> LiveGame::wait_wish(Timestamp deadline) {
  std::optional<Wish> wish = run().wait_wish(deadline);
  if (wish) wish_ = wish;
  return wish;
}

std::vector<input::StepReport> LiveGame::step_reports() {
  return run_ ? run_->guard().poll_reports() : std::vector<input::StepReport>{};
}

Outcome LiveGame::outcome() {
  poll_verdict();
  if (told_.is_over()) return told_;
  const std::lock_guard lock(mutex_);
  judge_.poll();
  const Outcome judged = judge_.outcome();
  if (judged.is_over()) return judged;
  if (const auto status = run().process().poll_exit())
    return truncated(Verdict::kAborted, profile_.name + " ended: " + to_string(*status));
  if (const auto ended = outcome_of_guard()) return told_ = *ended;
  if (window_gone_) return truncated(Verdict::kAborted, run().window().words_of_end(profile_.name));
  if (deadline_ && MonotonicClock::now() >= *deadline_)
    return truncated(Verdict::kTimeout, fmt::format("the time of {} s is up", time_limit_s_));
  return judged;
}

// Without its guard nothing that was planned is done any more, and nothing that a person does is seen.
std::optional<Outcome> LiveGame::outcome_of_guard() {
  const input::GuardStatus status = run().guard().status();
  if (status.state == input::GuardState::kLost)
    return truncated(Verdict::kAborted, "the guard is lost: " + status.reason);
  if (status.state != input::GuardState::kKilled) return std::nullopt;
  tell_kill_key();
  return truncated(Verdict::kAborted, "a person pressed the " + status.reason);
}

void LiveGame::tell_kill_key() {
  if (!std::exchange(kill_key_told_, true) && config_.on_kill_key) config_.on_kill_key();
}

pid_t LiveGame::game_pid() const { return run_ ? run_->process().pid() : 0; }

std::unique_ptr<LiveEnvironment> create_live_game(const std::string& name_or_path, const LiveGameConfig& config) {
  return std::make_unique<LiveGame>(load_profile(name_or_path), config);
}

}  // namespace atl::envs::desktop
