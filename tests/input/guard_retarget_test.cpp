// The game closes its window and opens another: the guard that is told follows, and in between nothing is typed
// anywhere.
#include "tests/display/person.h"
#include "tests/input/guard_fixture.h"

#include <gtest/gtest.h>

#include <optional>

namespace atl::input {
namespace {

using std::chrono::milliseconds;

constexpr WindowGeometry kPlace{500, 250, 400, 300};  // under the pointer

class GuardRetarget : public Guard {
 protected:
  GuardRetarget() : mail_(xvfb_.display(), {0, 0, 200, 200}), game_(std::in_place, xvfb_.display(), kPlace) {
    window_.unmap();
    game_->focus();
    GuardSettings of_game = settings();
    of_game.window = game_->id();
    guard_.emplace(of_game);
  }

  // As a session does that never heard of it: chunk after chunk.
  void press(Duration time) {
    SystemClock clock;
    for (const Timestamp end = clock.now() + time; clock.now() < end; step_ += 2) {
      guard_->schedule(chunk(step_, clock.now(), {holding({"w", "mouse_left"}), holding({"s"})}));
      clock.sleep_until(clock.now() + 2 * kStep);
    }
  }

  // Whether presses arrive in `window`, on a machine that may be busy.
  [[nodiscard]] bool plays(tests::TestWindow& window) {
    int count = 0;
    for (const Timestamp end = MonotonicClock::now() + std::chrono::seconds(5); MonotonicClock::now() < end;) {
      press(milliseconds(60));
      count += num_presses(window);
      if (count > 2) return true;
    }
    return false;
  }

  [[nodiscard]] bool comes(GuardState state) {
    return eventually([&] { return guard_->status().state == state; });
  }

  static int num_presses(tests::TestWindow& window) {
    int count = 0;
    for (const InputEvent& event : window.received()) count += event.pressed || event.kind == InputKind::kWheel ? 1 : 0;
    return count;
  }

  tests::TestWindow mail_;  // somebody else's
  std::optional<tests::TestWindow> game_;
  std::optional<GuardClient> guard_;
  std::uint64_t step_ = 0;
};

TEST_F(GuardRetarget, FollowsTheWindowThatTookItsPlaceAndTypesNothingInBetween) {
  for (int round = 0; round < 6; ++round) {
    ASSERT_TRUE(plays(*game_)) << "in round " << round;
    const std::uint32_t old = game_->id();
    game_.reset();  // with its connection: the display gives its ids out again
    mail_.focus();
    press(milliseconds(60));
    ASSERT_TRUE(comes(GuardState::kWindowGone));
    EXPECT_TRUE(watcher_.is_clear());
    game_.emplace(xvfb_.display(), kPlace);
    EXPECT_EQ(game_->id(), old) << "the case that is hard: the same id";
    press(milliseconds(60));
    EXPECT_EQ(num_presses(*game_), 0) << "nobody has told the guard of it";
    guard_->retarget(game_->id());
    ASSERT_TRUE(comes(GuardState::kUnfocused)) << "another window has the focus";
    press(milliseconds(60));
    EXPECT_EQ(num_presses(*game_), 0);
    game_->focus();
    ASSERT_TRUE(comes(GuardState::kArmed));
  }
  EXPECT_EQ(num_presses(mail_), 0);
}

// While the session presses all the time, windows close, open and take the focus at any moment.
TEST_F(GuardRetarget, NothingIsTypedElsewhereWhateverComesFirst) {
  int in_game = 0;
  for (int round = 0; round < 30; ++round) {
    press(milliseconds(40 + round % 7));
    in_game += num_presses(*game_);
    if (round % 2 == 0) mail_.focus();
    game_.reset();
    press(milliseconds(round % 5));
    game_.emplace(xvfb_.display(), kPlace);
    if (round % 3 == 0) game_->focus();
    guard_->retarget(game_->id());
    press(milliseconds(round % 4));
    if (round % 3 != 0) game_->focus();
  }
  guard_->stop();
  EXPECT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  EXPECT_GT(in_game, 50);
  EXPECT_EQ(num_presses(mail_), 0);
}

TEST_F(GuardRetarget, AnotherWindowOfTheGameIsFollowedWhileTheFirstStays) {
  tests::TestWindow second(xvfb_.display(), kPlace);
  second.focus();
  ASSERT_TRUE(comes(GuardState::kUnfocused));
  guard_->retarget(second.id());
  ASSERT_TRUE(comes(GuardState::kArmed));
  EXPECT_TRUE(plays(second));
  (void)num_presses(*game_);
  game_->focus();
  ASSERT_TRUE(comes(GuardState::kUnfocused)) << "the first one is a stranger now";
  press(milliseconds(60));
  EXPECT_EQ(num_presses(*game_), 0);
}

TEST_F(GuardRetarget, AWindowThatIsGoneAgainIsToldAsGone) {
  game_->destroy();
  ASSERT_TRUE(comes(GuardState::kWindowGone));
  (void)guard_->poll_changes();
  guard_->retarget(game_->id());
  std::vector<StateChange> changes;
  EXPECT_TRUE(eventually([&] {
    for (StateChange& change : guard_->poll_changes()) changes.push_back(std::move(change));
    return changes.size() >= 2;  // open, as it was told, and gone
  }));
  EXPECT_EQ(changes.back().state, GuardState::kWindowGone);
}

TEST_F(GuardRetarget, WhoHasControlIsNotForgotten) {
  tests::Person person(xvfb_.display());
  press(milliseconds(60));
  person.press(control_named("f12"));
  person.release(control_named("f12"));
  ASSERT_TRUE(comes(GuardState::kKilled));
  game_.reset();
  ASSERT_TRUE(comes(GuardState::kWindowGone));
  game_.emplace(xvfb_.display(), kPlace);
  game_->focus();
  guard_->retarget(game_->id());
  ASSERT_TRUE(comes(GuardState::kKilled));
  press(milliseconds(60));
  EXPECT_EQ(num_presses(*game_), 0);
  guard_->rearm();
  ASSERT_TRUE(comes(GuardState::kArmed));
  EXPECT_TRUE(plays(*game_));
}

}  // namespace
}  // namespace atl::input
