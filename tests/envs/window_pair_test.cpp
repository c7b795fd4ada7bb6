// Two windows that share a house.
#include "core/files.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/playhouse/playhouse.h"
#include "input/sink.h"
#include "tests/display/xvfb.h"
#include "tests/envs/window_hands.h"
#include "tests/envs/window_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace atl::envs::desktop {
namespace {

using tests::comes_true;
using tests::Driver;
using tests::OwnWindow;
using tests::random_action;
using tests::sum_of;
using tests::tap_key;
using tests::WindowProcess;
using tests::Xvfb;

TEST(PlayhouseWindow, TwoWindowsOnTwoScreensShareAHouse) {
  const Xvfb first;
  const Xvfb second;
  const TemporaryFolder folder;
  const TemporaryFolder others_folder;
  const std::string socket = (folder.path() / "two").string();
  OwnWindow host(first.display(), folder.path(), {"--seed", "5", "--level", "pair", "--host", socket});
  ASSERT_TRUE(host.window());
  OwnWindow guest(second.display(), others_folder.path(), {"--join", socket});
  ASSERT_TRUE(guest.window());
  EXPECT_EQ(host.window()->title, guest.window()->title) << "both are told what to do";
  const auto left = input::create_x11_sink({.display = first.display()});
  const auto right = input::create_x11_sink({.display = second.display()});
  Random random(3);
  const auto do_something = [&](input::InputSink& sink) {
    sink.send(expand(random_action(random), {}, MonotonicClock::now(), Origin::kAgent));
    sink.release_all();
  };
  // Tells from what it logs that the house went on: an episode that is left for the next one.
  SystemClock clock;
  for (std::size_t episode = 1; episode <= 2; ++episode) {
    for (int i = 0; i < 60; ++i) {
      do_something(*left);
      do_something(*right);
      clock.sleep_until(clock.now() + std::chrono::milliseconds(33));
    }
    tap_key(*left, "f2");
    ASSERT_TRUE(comes_true([&] { return host.episodes().size() >= episode && guest.episodes().size() >= episode; }));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const LoggedEpisode log = host.episodes()[i];
    EXPECT_EQ(log.seed, 5 + i);
    EXPECT_NE(sum_of(log, &playhouse::TickInput::dx), 0);
    std::int64_t others_dx = 0;
    for (const playhouse::PlayerInputs& tick : log.ticks) others_dx += std::abs(tick[1].dx);
    EXPECT_GT(others_dx, 0);
    EXPECT_GT(log.ticks.size(), 60u) << "long enough for hashes to be compared";
    EXPECT_EQ(playhouse::replay_ticks({.episode = log.world}, log.seed, log.task, log.ticks).state_hash,
              log.state_hash);
    // The one who followed was told of the next episode a tick or two after the host left this one.
    const LoggedEpisode other = guest.episodes()[i];
    const std::size_t both = std::min(log.ticks.size(), other.ticks.size());
    EXPECT_GE(both + 4, std::max(log.ticks.size(), other.ticks.size()));
    EXPECT_TRUE(
        std::equal(log.ticks.begin(), log.ticks.begin() + static_cast<std::ptrdiff_t>(both), other.ticks.begin()));
  }
  EXPECT_EQ(guest.stop().code, 0);
  // The host begins anew with the next one who comes.
  const TemporaryFolder next_folder;
  OwnWindow next(second.display(), next_folder.path(), {"--join", socket});
  ASSERT_TRUE(next.window());
  ASSERT_TRUE(comes_true([&] {
    tap_key(*left, "f2");
    return !next.episodes().empty();
  }));
  EXPECT_EQ(host.stop().code, 0);
}

TEST(PlayhouseWindow, AParentsGuestPlaysWhatItAskedForOrIsToldOfTheDifference) {
  const Xvfb first;
  const Xvfb second;
  const TemporaryFolder folder;
  const std::string socket = (folder.path() / "two").string();
  const std::string log = (folder.path() / "ticks.jsonl").string();
  WindowProcess host(first.display(), {"--level", "pair", "--host", socket, "--agent-view"});
  static_cast<void>(host.wait<OpenedEvent>());
  WindowProcess guest(second.display(), {"--level", "pair", "--join", socket, "--agent-view", "--log", log});
  static_cast<void>(guest.wait<OpenedEvent>());
  const Task task{.family = "together", .time_limit_s = 1.5};
  for (const std::uint64_t seed : {3, 4}) {
    // Whoever asks first waits for the other.
    WindowProcess& early = seed == 3 ? host : guest;
    WindowProcess& late = seed == 3 ? guest : host;
    early.send(ResetCommand{seed, task});
    late.send(ResetCommand{seed, task});
    const auto ready = guest.wait<ReadyEvent>();
    EXPECT_EQ(ready.seed, seed);
    EXPECT_EQ(ready.state_hash, host.wait<ReadyEvent>().state_hash);
    Driver driver(second.display(), ready.start);
    Random random(seed);
    for (int i = 0; i < 10; ++i) driver.carry_out(random_action(random));
    driver.release();
    EXPECT_EQ(host.wait<VerdictEvent>().state_hash, guest.wait<VerdictEvent>().state_hash);
  }
  host.send(ResetCommand{5, task});
  guest.send(ResetCommand{6, task});
  EXPECT_THAT(guest.wait<ErrorEvent>().message, testing::HasSubstr("plays seed 5, expected 6"));
  const std::vector<LoggedEpisode> episodes = read_tick_log(log);
  ASSERT_EQ(episodes.size(), 2u);
  for (const LoggedEpisode& episode : episodes) {
    EXPECT_EQ(episode.player, 1u);
    std::int64_t dx = 0;
    for (const playhouse::PlayerInputs& tick : episode.ticks) dx += std::abs(tick[1].dx);
    EXPECT_GT(dx, 0);
    EXPECT_EQ(playhouse::replay_ticks({.episode = episode.world}, episode.seed, episode.task, episode.ticks).state_hash,
              episode.state_hash);
  }
}

}  // namespace
}  // namespace atl::envs::desktop
