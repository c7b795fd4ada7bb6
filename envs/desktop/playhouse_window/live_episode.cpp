#include "envs/desktop/playhouse_window/live_episode.h"

#include "core/error.h"

#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr int kMaxLag = 6;  // ticks that are made good at once

// Counted from the start each time, so that rounding does not add up.
Duration ticks(int count) { return Duration(std::int64_t{count} * 1'000'000'000 / playhouse::kTickRateHz); }

// What `inputs` left down, with nothing new.
playhouse::PlayerInputs held_on(const playhouse::PlayerInputs& inputs) {
  playhouse::PlayerInputs next{};
  for (std::size_t i = 0; i < next.size(); ++i) next[i].held = inputs[i].held;
  return next;
}

}  // namespace

LiveEpisode::LiveEpisode(std::uint64_t seed, const Task& task, const playhouse::EpisodeOptions& options)
    : LiveEpisode(playhouse::create_episode(seed, task, options), {.world = options, .seed = seed}) {}

LiveEpisode::LiveEpisode(playhouse::Episode episode, LoggedEpisode start)
    : episode_(std::move(episode)), world_(episode_.house, episode_.quest), log_(std::move(start)) {
  log_.task = episode_.task;
}

std::unique_ptr<LiveEpisode> LiveEpisode::again() const {
  return std::unique_ptr<LiveEpisode>(
      new LiveEpisode(episode_, {.world = log_.world, .seed = log_.seed, .earlier = log_.earlier}));
}

LiveEpisode::Asked LiveEpisode::ask_here(const Task& task) const {
  playhouse::AskedHere asked = playhouse::ask_here(episode_.house, world_.state(), task);
  if (!asked.episode) return {nullptr, std::move(asked.problem)};
  EarlierTicks earlier = log_.earlier.value_or(EarlierTicks{log_.task, {}});
  earlier.ticks.insert(earlier.ticks.end(), log_.ticks.begin(), log_.ticks.end());
  return {std::unique_ptr<LiveEpisode>(new LiveEpisode(
              *std::move(asked.episode), {.world = log_.world, .seed = log_.seed, .earlier = std::move(earlier)})),
          {}};
}

void LiveEpisode::start(Timestamp time) {
  log_.start = clock_start_ = time;
  started_ = true;
}

Timestamp LiveEpisode::next_due() const {
  ATOLL_CHECK(is_running(), "the episode does not run: nothing is due");
  return clock_start_ + ticks(world_.state().num_ticks + 1);
}

void LiveEpisode::pause(Timestamp now) {
  if (!paused_) paused_ = now;
}

void LiveEpisode::resume(Timestamp now) {
  if (!paused_) return;
  clock_start_ += now - *paused_;
  paused_.reset();
}

bool LiveEpisode::advance(Timestamp now, const playhouse::PlayerInputs& inputs) {
  if (!is_due(now)) return false;
  advance_one(now, inputs);
  while (is_due(now)) tick(now, held_on(inputs));
  return true;
}

void LiveEpisode::advance_one(Timestamp now, const playhouse::PlayerInputs& inputs) {
  ATOLL_CHECK(is_due(now), "no tick is due");
  slip(now);
  tick(now, inputs);
}

void LiveEpisode::slip(Timestamp now) {
  const Duration lag = now - next_due();
  if (lag > ticks(kMaxLag)) clock_start_ += lag;
}

void LiveEpisode::tick(Timestamp now, const playhouse::PlayerInputs& inputs) {
  if (now - next_due() > ticks(1)) ++late_ticks_;
  world_.tick(inputs);
  log_.ticks.push_back(inputs);
  log_.shown.emplace_back();
}

void LiveEpisode::note_shown(Timestamp time) {
  if (!log_.shown.empty()) log_.shown.back() = time;
}

ReadyEvent LiveEpisode::ready() const {
  return {.seed = log_.seed, .task = log_.task, .state_hash = world_.hash(), .start = log_.start};
}

VerdictEvent LiveEpisode::verdict(Timestamp time) const {
  return {.outcome = playhouse::outcome_of(world_),
          .num_ticks = world_.state().num_ticks,
          .late_ticks = late_ticks_,
          .state_hash = world_.hash(),
          .time = time};
}

LoggedEpisode LiveEpisode::log() const {
  LoggedEpisode log = log_;
  log.outcome = playhouse::outcome_of(world_);
  log.state_hash = world_.hash();
  return log;
}

}  // namespace atl::envs::desktop
