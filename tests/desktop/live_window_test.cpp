// What becomes of a live game whose window closes, and of how it is pressed: settings of profiles and worlds that reach
// the display through the guard.
#include "core/error.h"
#include "envs/desktop/game/live_game.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"
#include "tests/error_of.h"
#include "x11/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>
#include <unistd.h>
#include <xcb/xcb.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace atl::envs::desktop {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::error_of;

constexpr double kRateHz = 30.0;

GameProfile profile_of(std::vector<std::string> arguments) {
  GameProfile profile;
  profile.name = "reopening";
  profile.window = {.window_class = "AtollTest", .title = "", .width_px = 320, .height_px = 240};
  profile.program.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll_reopening_window"};
  profile.program.command.insert(profile.program.command.end(), arguments.begin(), arguments.end());
  profile.game.controls = {"w"};
  return profile;
}

LiveGameConfig on_own_display() {
  LiveGameConfig config;
  config.action_rate_hz = kRateHz;
  config.display = DisplayChoice::kVirtual;
  return config;
}

// Plays w all the time, until `condition` holds or 20 s are over.
class Play {
 public:
  explicit Play(LiveGame& world) : world_(world) {}

  template <class Condition>
  bool until(Condition condition) {
    for (const Timestamp deadline = MonotonicClock::now() + 20s; MonotonicClock::now() < deadline;) {
      Action action;
      action.held.set(static_cast<std::size_t>(index_of(control_named("w"))));
      world_.schedule({step_, MonotonicClock::now() + 20ms, {action, Action{}}});
      step_ += 2;
      if (world_.observe(MonotonicClock::now() + 60ms)) ++num_pictures;
      for (const InputEvent& event : world_.events()) {
        if (event.pressed) presses.push_back(event.time);
      }
      for (LiveLoss& loss : world_.take_losses()) losses.push_back(std::move(loss));
      if (condition()) return true;
    }
    return false;
  }

  [[nodiscard]] bool is_closed() const { return !losses.empty() && losses.back().count == 1; }
  [[nodiscard]] bool is_open() const { return !losses.empty() && losses.back().count == 0; }
  [[nodiscard]] auto num_presses(Timestamp from, Timestamp until = Timestamp::max()) const {
    return std::count_if(presses.begin(), presses.end(), [&](Timestamp time) { return time > from && time < until; });
  }

  int num_pictures = 0;
  std::vector<Timestamp> presses;
  std::vector<LiveLoss> losses;

 private:
  LiveGame& world_;
  std::uint64_t step_ = 0;
};

TEST(LiveWindow, AGameThatReopensItsWindowIsSeenAndPlayedOn) {
  LiveGame world(profile_of({"1500", "500"}), on_own_display());
  (void)world.reset(0, {});
  Play play(world);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(play.until([&] { return play.is_closed(); }));
    const LiveLoss closed = play.losses.back();
    EXPECT_EQ(closed.where, "window");
    EXPECT_THAT(closed.reason, HasSubstr("was closed"));
    EXPECT_EQ(world.picture().words, "the window is closed for now");
    EXPECT_FALSE(world.outcome().is_over());
    ASSERT_TRUE(play.until([&] { return play.is_open(); }));
    const LiveLoss open = play.losses.back();
    EXPECT_THAT(open.reason, HasSubstr("took its place after"));
    play.num_pictures = 0;
    ASSERT_TRUE(play.until([&] { return play.num_presses(open.time) > 0 && play.num_pictures > 2; })) << "it goes on";
    EXPECT_EQ(play.num_presses(closed.time, open.time), 0) << "nothing is pressed in between";
  }
}

TEST(LiveWindow, AGameThatStaysWithoutAWindowEndsTheEpisodeInTime) {
  LiveGameConfig config = on_own_display();
  config.reopen_time = 500ms;
  LiveGame world(profile_of({"4000", "0", "once"}), config);
  (void)world.reset(0, {});
  Play play(world);
  ASSERT_TRUE(play.until([&] { return world.outcome().is_over(); }));
  EXPECT_EQ(world.outcome().verdict, Verdict::kAborted);
  EXPECT_EQ(world.outcome().reason, "the window of reopening was closed, and no other took its place within 0.5 s");
  (void)world.reset(1, {});
  EXPECT_FALSE(world.outcome().is_over()) << "the next episode starts it anew";
}

TEST(LiveWindow, WithoutTimeToReopenTheEpisodeEndsAtOnce) {
  LiveGameConfig config = on_own_display();
  config.reopen_time = Duration::zero();
  LiveGame world(profile_of({"4000", "100"}), config);
  (void)world.reset(0, {});
  Play play(world);
  ASSERT_TRUE(play.until([&] { return world.outcome().is_over(); }));
  EXPECT_EQ(world.outcome().reason, "the window of reopening was closed");
}

// Whether the display repeats `w`, while the agent holds it.
bool repeats_w(const std::string& display) {
  const x11::Connection connection(display);
  const x11::Owned<xcb_get_keyboard_control_reply_t> control(
      xcb_get_keyboard_control_reply(connection.get(), xcb_get_keyboard_control(connection.get()), nullptr));
  constexpr int kKeycode = KEY_W + 8;
  return (control->auto_repeats[kKeycode / 8] >> (kKeycode % 8) & 1) != 0;
}

TEST(LiveWindow, AProfileSaysWhetherHeldKeysRepeat) {
  for (const bool key_repeat : {false, true}) {
    GameProfile profile = profile_of({"20000", "0"});
    profile.game.key_repeat = key_repeat;
    LiveGame world(profile, on_own_display());
    (void)world.reset(0, {});
    tests::KeyWatcher keys(world.display());
    ASSERT_TRUE(repeats_w(world.display()));
    Action action;
    action.held.set(static_cast<std::size_t>(index_of(control_named("w"))));
    world.schedule({0, MonotonicClock::now() + 20ms, std::vector<Action>(60, action)});
    const Timestamp deadline = MonotonicClock::now() + 10s;
    while (keys.is_clear() && MonotonicClock::now() < deadline) (void)world.observe(MonotonicClock::now() + 20ms);
    ASSERT_FALSE(keys.is_clear());
    EXPECT_EQ(repeats_w(world.display()), key_repeat);
  }
}

TEST(LiveWindow, KernelDevicesThatCannotBeUsedAreNamedBeforeTheGameStarts) {
  LiveGameConfig config = on_own_display();
  config.sink = input::GuardSink::kUinput;
  EXPECT_THAT(error_of([&] {
                const LiveGame world(profile_of({"1000", "0"}), config);
              }),
              HasSubstr("do not reach reopening: it is a display of the game's own"));
  if (access("/dev/uinput", W_OK) == 0) GTEST_SKIP() << "this machine has uinput, and this user may use it";
  const tests::Xvfb desktop;
  setenv("DISPLAY", desktop.display().c_str(), 1);
  config.display = DisplayChoice::kDesktop;
  EXPECT_THAT(error_of([&] { const LiveGame world(profile_of({"1000", "0"}), config); }), HasSubstr("/dev/uinput"));
}

}  // namespace
}  // namespace atl::envs::desktop
