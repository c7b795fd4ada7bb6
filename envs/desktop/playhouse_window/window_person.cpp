// What a person does at the window beside playing: the help page, their keys, what comes next.
#include "core/log.h"
#include "envs/desktop/playhouse_window/window_loop.h"
#include "envs/wishes.h"

#include <cstdlib>
#include <string>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr int kNudge = 8;  // counts of motion that may come by themselves

}  // namespace

void WindowLoop::press(Control control) {
  is_stale_ = is_stale_ || has_person();
  if (page_) return press_page(control);
  const std::optional<KeyUse> use = keys_.use_of(control);
  if (use) return carry_out(*use);
  if (is_between() && info_of(control).name == "enter") wish_ = Wish::kNextTask;
}

void WindowLoop::press_page(Control control) {
  switch (page_->press(control)) {
    case HelpPage::Reply::kNothing: break;
    case HelpPage::Reply::kChanged: change_keys(); break;
    case HelpPage::Reply::kClose: close_page(); break;
  }
}

void WindowLoop::change_keys() {
  view_.set_hint_keys(keys_.hint_keys());
  if (!options_.keys.empty()) save_key_bindings(keys_, options_.keys);
  if (options_.controlled) send(KeysEvent{keys_});
}

void WindowLoop::carry_out(KeyUse use) {
  Screen& screen = view_.screen();
  if (use == KeyUse::kFreeMouse) screen.set_captured(!screen.is_captured());
  if (!has_person()) return;
  switch (use) {
    case KeyUse::kNextTask: wish_ = Wish::kNextTask; break;
    case KeyUse::kSameTask: wish_ = Wish::kSameTask; break;
    case KeyUse::kFullscreen:
      if (!options_.controlled && !options_.agent_view) screen.toggle_fullscreen();
      break;
    case KeyUse::kHelp:
      if (!options_.agent_view) ask_for_page();
      break;
    case KeyUse::kAsk: ask_for_line(); break;
    default: break;
  }
}

void WindowLoop::ask_for_page() {
  if (page_due_ || (is_reported_ && is_wish_told_)) return;
  const Timestamp now = MonotonicClock::now();
  if (!options_.controlled) {
    page_due_ = now;
    if (episode_ && !partner_) episode_->pause(now);
    return;
  }
  repeats_after_page_ = episode_ && !is_reported_;
  if (repeats_after_page_) break_off(std::string(kWantedAgain));
  page_due_ = now + kOverlayDelay;
}

void WindowLoop::poll_page() {
  if (!page_due_ || MonotonicClock::now() < *page_due_) return;
  page_due_.reset();
  page_.emplace(keys_, options_.keys.string());
  is_stale_ = true;
}

void WindowLoop::close_page() {
  page_.reset();
  if (!options_.controlled && episode_ && !partner_ && !awaits_hand_) episode_->resume(MonotonicClock::now());
  if (std::exchange(repeats_after_page_, false)) tell_wish(true);
}

// The first thing that a person does in an episode starts its clock, and counts.
void WindowLoop::begin_by_hand(const playhouse::TickInput& input) {
  if (input.pressed == 0 && input.wheel == 0 && std::abs(input.dx) + std::abs(input.dy) <= kNudge) return;
  awaits_hand_ = false;
  first_input_ = input;
  episode_->resume(MonotonicClock::now());
}

void WindowLoop::carry_out_wish() {
  const Wish wish = std::exchange(wish_, Wish::kNone);
  if (wish == Wish::kNone || is_guest()) return;  // the host decides
  if (options_.controlled) return tell_wish(wish == Wish::kSameTask);
  if (wish == Wish::kNextTask || !episode_) return start_episode(create_next());
  start_episode(wish == Wish::kSameTask ? episode_->again() : std::move(task_here_));
}

// The parent decides what comes next; an episode that still runs is left.
void WindowLoop::tell_wish(bool again) {
  if (!episode_ || !episode_->has_started() || page_ || page_due_) return;
  if (!is_reported_) break_off(again ? std::string(kWantedAgain) : "the person went on to the next task");
  if (!std::exchange(is_wish_told_, true)) send(WishEvent{again});
}

}  // namespace atl::envs::desktop
