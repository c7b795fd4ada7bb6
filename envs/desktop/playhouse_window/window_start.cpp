// How episodes begin: which one, and its first picture.
#include "core/error.h"
#include "envs/desktop/playhouse_window/window_loop.h"

#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr int kMaxHouses = 500;  // that are looked at for one in which words can be asked for

}  // namespace

void WindowLoop::handle(const ResetCommand& command) {
  if (!is_guest()) return start_episode(create_start(command));
  asked_ = command;
  follow_host();
}

std::unique_ptr<LiveEpisode> WindowLoop::create_start(const ResetCommand& command) const {
  if (command.from == StartFrom::kSeed)
    return std::make_unique<LiveEpisode>(command.seed, command.task, options_.episode);
  if (partner_) fail(ErrorKind::kEnvironment, "playhouse window: episodes of a shared house begin with a seed");
  if (!episode_ || episode_->ready().seed != command.seed)
    fail(ErrorKind::kEnvironment, "playhouse window: there is no episode of seed {} to go on from", command.seed);
  if (command.from == StartFrom::kAgain) return episode_->again();
  LiveEpisode::Asked asked = episode_->ask_here(command.task);
  if (!asked.episode) fail(ErrorKind::kEnvironment, "playhouse window: {}", asked.problem);
  return std::move(asked.episode);
}

// The next seed's; where words were given, that of the next seed whose house has what they speak of.
std::unique_ptr<LiveEpisode> WindowLoop::create_next() {
  const std::uint64_t first = seed_;
  for (;;) {
    try {
      return std::make_unique<LiveEpisode>(seed_++, options_.task, options_.episode);
    } catch (const Error& error) {
      if (options_.task.instruction.empty() || error.kind() != ErrorKind::kEnvironment) throw;
      if (seed_ < first + kMaxHouses) continue;
      fail(ErrorKind::kEnvironment, "{} (seed {}; the {} houses before it do not do, either)", error.what(), seed_ - 1,
           kMaxHouses - 1);
    }
  }
}

void WindowLoop::start_episode(std::unique_ptr<LiveEpisode> episode) {
  set_episode(std::move(episode));
  if (!partner_) return begin_episode();
  const ReadyEvent ready = episode_->ready();
  partner_->offer({options_.episode, ready.seed, ready.task, ready.state_hash});
  show();
}

void WindowLoop::set_episode(std::unique_ptr<LiveEpisode> episode) {
  write_log();
  episode_ = std::move(episode);
  instruction_ = episode_->ready().task.instruction;
  broken_off_.clear();
  is_reported_ = false;
  is_wish_told_ = false;
  is_waiting_ = false;
  awaits_hand_ = false;
  line_.reset();
  view_.screen().set_title("Playhouse: " + instruction_);
}

void WindowLoop::begin_episode() {
  static_cast<void>(take_input());  // what was moved before the episode does not count
  if (options_.controlled) wish_ = Wish::kNone;
  awaits_hand_ = has_person() && !options_.agent_view && !partner_;
  first_input_ = {};
  episode_->start(show());
  if (awaits_hand_) episode_->pause(MonotonicClock::now());
  if (options_.controlled) send(episode_->ready());
}

}  // namespace atl::envs::desktop
