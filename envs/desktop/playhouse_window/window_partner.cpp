// A house shared with another window.
#include "core/error.h"
#include "envs/desktop/playhouse_window/window_loop.h"

#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr Duration kLongWait = std::chrono::milliseconds(300);  // for the other window, before a person is told
constexpr int kTicksPerCheck = 60;                              // of the two windows' worlds

// What a parent asked for that its host does not play; empty if it is the same. What was left open is the host's.
std::string difference_of(const ResetCommand& asked, const SharedStart& offered) {
  if (asked.seed != offered.seed)
    return fmt::format("the first player's window plays seed {}, expected {}", offered.seed, asked.seed);
  const auto differ = [](std::string_view what, const std::string& own, const std::string& hosts) {
    if (own.empty() || own == hosts) return std::string();
    return fmt::format("the first player's window plays the {} \"{}\", expected \"{}\"", what, hosts, own);
  };
  const Task& own = asked.task;
  const Task& hosts = offered.task;
  for (const std::string& problem :
       {differ("family", own.family, hosts.family), differ("split", own.split, hosts.split),
        differ("target", own.target, hosts.target), differ("instruction", own.instruction, hosts.instruction)}) {
    if (!problem.empty()) return problem;
  }
  return {};
}

}  // namespace

void WindowLoop::poll_partner() {
  if (!partner_) return;
  const bool was_connected = partner_->is_connected();
  partner_->poll();
  if (was_connected != partner_->is_connected()) is_stale_ = true;
  if (!partner_->farewell().empty() && episode_ && episode_->has_started() && !is_reported_)
    break_off("the other player " + partner_->farewell());
  if (std::optional<SharedStart> start = partner_->poll_start()) {
    note_offer(*start);
    offered_ = std::move(start);
    follow_host();
  }
  if (episode_ && !is_reported_ && partner_->poll_begin()) begin_episode();
  // A host whose guest left begins anew with the next one.
  if (partner_->is_host() && !options_.controlled && !broken_off_.empty() && partner_->is_connected())
    wish_ = Wish::kSameTask;
}

// Guest: the host goes on, whatever became of the present episode here.
void WindowLoop::note_offer(const SharedStart& start) {
  if (!options_.controlled || !episode_) return;
  const ReadyEvent present = episode_->ready();
  const bool again = present.seed == start.seed && present.task.target == start.task.target;
  if (episode_->has_started() && !is_reported_) break_off("the first player went on");
  if (options_.person && !std::exchange(is_wish_told_, true)) send(WishEvent{again});
}

// Guest: takes up what the host offered, once its own parent, if it has one, has asked for the same.
void WindowLoop::follow_host() {
  if (!offered_ || (options_.controlled && !asked_)) return;
  if (asked_) {
    const std::string problem = difference_of(*std::exchange(asked_, std::nullopt), *offered_);
    if (!problem.empty()) return send(ErrorEvent{problem + ": both have to be started with the same episodes"});
  }
  const SharedStart start = *std::exchange(offered_, std::nullopt);
  set_episode(std::make_unique<LiveEpisode>(start.seed, start.task, start.world));
  partner_->accept(episode_->ready().state_hash);
  show();
}

// As many of the ticks that are due as the other window has sent its input for.
void WindowLoop::tick_together() {
  const Timestamp now = MonotonicClock::now();
  const bool was_long = is_waiting_ && now - episode_->next_due() > kLongWait;
  bool has_ticked = false;
  is_waiting_ = false;
  while (episode_->is_due(now) && !is_waiting_) {
    const playhouse::World& world = episode_->world();
    if (partner_->wants_input(world.state().num_ticks)) partner_->give_input(take_input());
    const std::optional<playhouse::PlayerInputs> inputs = partner_->inputs_of(world.state().num_ticks);
    is_waiting_ = !inputs;
    if (!inputs) break;
    episode_->advance_one(now, *inputs);
    has_ticked = true;
    const int num_ticks = world.state().num_ticks;
    if (num_ticks % kTicksPerCheck == 0 || world.is_over()) partner_->check(num_ticks, world.hash());
  }
  if (has_ticked) return note_ticks();
  const bool is_long = is_waiting_ && now - episode_->next_due() > kLongWait;
  if (is_long) static_cast<void>(take_input());
  if (is_stale_ || is_long != was_long || view_.is_outgrown()) show();
}

}  // namespace atl::envs::desktop
