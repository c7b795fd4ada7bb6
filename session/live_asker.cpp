#include "session/live_asker.h"

#include "core/error.h"

#include <algorithm>

namespace atl::session {

LiveAsker::LiveAsker(envs::LiveEnvironment& world, Player& player, const ActionClock& clock, Duration margin)
    : world_(world), player_(player), clock_(clock), timing_(player.timing()), margin_(margin) {}

void LiveAsker::run(const std::string& instruction) {
  // A closed slot returns at once: the deadline only has to be far away.
  constexpr Duration kLong = std::chrono::hours(24);
  while (const std::optional<Look> look = looks_.wait_take_until(MonotonicClock::now() + kLong)) {
    if (stopped_) return;  // one that waited when the session ended
    ask(*look, instruction);
  }
}

void LiveAsker::ask(const Look& look, const std::string& instruction) {
  const std::uint64_t due_step = look.step + static_cast<std::uint64_t>(timing_.delay_steps);
  while (plan_.next_step() < std::min(clock_.step_at(MonotonicClock::now()), due_step)) static_cast<void>(plan_.take());
  const std::vector<Action> actions = player_.act(
      {look.frame->view(), instruction, look.step, clock_.begin_of(look.step)}, plan_.held_before(due_step));
  ATOLL_CHECK(actions.size() >= static_cast<std::size_t>(timing_.actions_per_question),
              "player {} answered with {} actions, expected at least {}", player_.name(), actions.size(),
              timing_.actions_per_question);

  // What can still be reached: an answer that is late loses the steps that have begun.
  const Timestamp now = MonotonicClock::now();
  Answer answer;
  answer.note = {look.step, static_cast<std::int64_t>(look.sequence),
                 now - (look.is_new ? look.frame->done : clock_.begin_of(look.step))};
  answer.is_late = now > clock_.begin_of(due_step);
  answer.first_step = answer.is_late ? clock_.first_from(now + margin_) : due_step;
  const std::uint64_t lost = std::min<std::uint64_t>(actions.size(), answer.first_step - due_step);
  answer.num_steps = actions.size() - lost;
  if (answer.num_steps > 0) {
    const std::vector<Action> reachable(actions.begin() + static_cast<std::ptrdiff_t>(lost), actions.end());
    plan_.replace_from(answer.first_step, reachable, answer.note);
    world_.schedule({answer.first_step, clock_.begin_of(answer.first_step), reachable});
    schedule_ms_.push_back(to_ms(MonotonicClock::now() - now));
  }
  const std::lock_guard lock(mutex_);
  answers_.push_back(answer);
}

std::optional<Answer> LiveAsker::answer_for(std::uint64_t step) const {
  const std::lock_guard lock(mutex_);
  // The newest that had begun: newer chunks replace older ones from their first step on, to the end.
  for (auto answer = answers_.rbegin(); answer != answers_.rend(); ++answer) {
    if (answer->num_steps == 0 || answer->first_step > step) continue;
    if (step < answer->first_step + answer->num_steps) return *answer;
    return std::nullopt;
  }
  return std::nullopt;
}

std::vector<Answer> LiveAsker::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

}  // namespace atl::session
