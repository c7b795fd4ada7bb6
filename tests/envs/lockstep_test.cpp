// Two sides of one house, in one process.
#include "envs/desktop/playhouse_window/lockstep.h"

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "envs/desktop/playhouse_window/live_episode.h"
#include "envs/playhouse/playhouse.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <functional>

namespace atl::envs::desktop {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const playhouse::EpisodeOptions kPair{.level = "pair", .reskin = 0};

using tests::error_of;

// One window's part, without the window.
struct Side {
  explicit Side(std::unique_ptr<Lockstep> l) : link(std::move(l)) {}

  void offer(std::uint64_t seed, const Task& task) {
    episode = std::make_unique<LiveEpisode>(seed, task, kPair);
    const ReadyEvent ready = episode->ready();
    link->offer({kPair, seed, ready.task, ready.state_hash});
  }
  // What a window does when it wakes. `now`: of its own clock.
  void wake(Timestamp now) {
    link->poll();
    if (const auto start = link->poll_start()) {
      episode = std::make_unique<LiveEpisode>(start->seed, start->task, start->world);
      link->accept(episode->ready().state_hash);
    }
    if (episode && link->poll_begin()) episode->start(now);
    while (episode && episode->is_due(now)) {
      const int tick = episode->world().state().num_ticks;
      if (link->wants_input(tick)) link->give_input(make_input());
      const auto inputs = link->inputs_of(tick);
      if (!inputs) break;
      episode->advance_one(now, tamper ? tamper(tick, *inputs) : *inputs);
      const playhouse::World& world = episode->world();
      if (world.state().num_ticks % 60 == 0 || world.is_over()) link->check(world.state().num_ticks, world.hash());
    }
  }
  playhouse::TickInput make_input() {
    const auto keys = [&] { return static_cast<std::uint16_t>(random.below(64)); };
    return {.dx = random.between(-60, 60), .dy = 0, .wheel = random.between(-1, 1), .held = keys(), .pressed = keys()};
  }
  [[nodiscard]] bool is_over() const { return episode && episode->world().is_over(); }

  std::unique_ptr<Lockstep> link;
  std::unique_ptr<LiveEpisode> episode;
  Random random{1};
  std::function<playhouse::PlayerInputs(int, playhouse::PlayerInputs)> tamper{};
};

class Lockstepped : public testing::Test {
 protected:
  Lockstepped() { guest.random = Random(2); }
  // Both wake now and then, each at times of its own, until `is_done`.
  bool run(const std::function<bool()>& is_done) {
    Random random(9);
    for (int i = 0; i < 20000; ++i) {
      now += std::chrono::milliseconds(random.between(1, 12));
      Side& side = random.chance(1, 2) ? host : guest;
      side.wake(now);
      if (is_done()) return true;
    }
    return false;
  }

  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "two";
  Side host{Lockstep::host(path)};
  Side guest{Lockstep::join(path)};
  Timestamp now = from_ns(1'000'000'000);
};

TEST_F(Lockstepped, BothSidesPlayTheSameEpisodesAndTheirLogReplays) {
  for (const std::uint64_t seed : {3, 4}) {
    host.offer(seed, {.time_limit_s = 4.0});
    ASSERT_TRUE(run([&] { return host.is_over() && guest.is_over() && guest.episode->ready().seed == seed; }));
    const LoggedEpisode log = host.episode->log();
    EXPECT_EQ(log.ticks, guest.episode->log().ticks);
    EXPECT_EQ(log.state_hash, guest.episode->log().state_hash);
    EXPECT_EQ(log.task.instruction, guest.episode->log().task.instruction);
    const LoggedEpisode read = parse_logged_episode(to_line(log));
    EXPECT_EQ(playhouse::replay_ticks({.episode = read.world}, seed, read.task, read.ticks).state_hash, log.state_hash);
    int num_both = 0;
    for (const playhouse::PlayerInputs& tick : log.ticks) num_both += tick[0].dx != 0 && tick[1].dx != 0;
    EXPECT_GT(num_both, 100);
    EXPECT_EQ(log.ticks[0], playhouse::PlayerInputs{}) << "what is pressed counts two ticks later";
  }
}

TEST_F(Lockstepped, ADifferenceNamesItsTick) {
  guest.tamper = [](int tick, playhouse::PlayerInputs inputs) {
    if (tick == 70) inputs[0].dx += 1;
    return inputs;
  };
  host.offer(3, {.time_limit_s = 10.0});
  const std::string message = error_of([&] { run([] { return false; }); });
  EXPECT_THAT(message, AllOf(HasSubstr("differ after tick 120"), HasSubstr("build both alike")));
  // The one who finds it says so to the other, who finds it, too.
  const std::string other = error_of([&] {
    host.link->poll();
    guest.link->poll();
  });
  EXPECT_THAT(other + host.link->farewell() + guest.link->farewell(), HasSubstr("differ after tick 120"));
}

TEST_F(Lockstepped, ASideThatLeavesIsMissedAndAnotherMayCome) {
  host.offer(3, {.time_limit_s = 60.0});
  ASSERT_TRUE(run([&] { return host.episode->world().state().num_ticks > 30; }));
  guest.link->leave("went for tea");
  host.link->poll();
  EXPECT_EQ(host.link->farewell(), "went for tea");
  EXPECT_FALSE(host.link->is_connected());
  guest = Side(Lockstep::join(path));
  host.offer(5, {.time_limit_s = 1.0});
  ASSERT_TRUE(run([&] { return host.is_over() && guest.is_over(); }));
  EXPECT_EQ(host.link->farewell(), "");
  EXPECT_EQ(host.episode->log().state_hash, guest.episode->log().state_hash);
  host.link.reset();
  guest.link->poll();
  EXPECT_EQ(guest.link->farewell(), "closed the window");
}

TEST_F(Lockstepped, AnOfferWaitsForWhoeverComes) {
  guest.link->leave("");
  host.link->poll();
  host.offer(6, {.time_limit_s = 1.0});
  for (int i = 0; i < 100; ++i) host.wake(now += std::chrono::milliseconds(10));
  EXPECT_FALSE(host.episode->has_started());
  guest = Side(Lockstep::join(path));
  ASSERT_TRUE(run([&] { return host.is_over() && guest.is_over(); }));
}

TEST(Lockstep, SocketsThatCannotBeAreNamed) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "two";
  EXPECT_THAT(error_of([&] { static_cast<void>(Lockstep::join(path)); }),
              AllOf(HasSubstr(path.string()), HasSubstr("start the other window with --host")));
  EXPECT_THAT(error_of([&] { static_cast<void>(Lockstep::host(std::string(200, 'x'))); }), HasSubstr("expected 1 to"));
  EXPECT_THAT(error_of([&] { static_cast<void>(Lockstep::host(folder.path() / "none" / "two")); }),
              HasSubstr("cannot listen at"));
  {
    const auto host = Lockstep::host(path);
    EXPECT_THAT(error_of([&] { static_cast<void>(Lockstep::host(path)); }), HasSubstr("listens there already"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  // What a window that was killed left behind.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.string().size());
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(dead);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_NE(Lockstep::host(path), nullptr);
}

TEST(Lockstep, StrangersAreSentAway) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "two";
  const auto host = Lockstep::host(path);
  for (const std::string line : {"{\"lockstep\": 99}", "hello", "{}", "{\"lockstep\": 1}\n{\"dance\": 1}",
                                 "{\"lockstep\": 1}\n{\"input\": [0, 17, 0, 0, 0, 0, 0]}"}) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.string().size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const std::string text = line + "\n";
    ASSERT_EQ(::send(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    host->poll();
    EXPECT_FALSE(host->is_connected()) << line;
    EXPECT_NE(host->farewell(), "") << line;
    ::close(fd);
  }
  const auto guest = Lockstep::join(path);
  host->poll();
  EXPECT_TRUE(host->is_connected());
}

}  // namespace
}  // namespace atl::envs::desktop
