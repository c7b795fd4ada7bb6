// Minetest on a display of the test's own: its mod, its judges, its expert.
#include "envs/desktop/game/live_game.h"
#include "session/live_expert_player.h"
#include "session/live_session.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <set>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

// One start of the game for all tests: it takes seconds.
class MinetestTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    LiveGameConfig config;
    config.display = DisplayChoice::kVirtual;
    config.origin = Origin::kExpert;
    world_ = new LiveGame(load_profile("minetest"), config);
  }
  static void TearDownTestSuite() {
    const pid_t pid = world_->game_pid();
    delete world_;
    EXPECT_NE(kill(pid, 0), 0) << "the game outlived its world";
  }

  static Task task(const std::string& family, const std::string& target = {}) {
    Task made;
    made.family = family;
    made.target = target;
    return made;
  }

  // What a clean expert makes of the task.
  static session::EpisodeResult play(const Task& task, std::uint64_t seed) {
    session::LiveExpertPlayer expert(*world_, {});
    session::LiveSession session(*world_, &expert, {});
    session::EpisodeRequest request;
    request.seed = seed;
    request.task = task;
    return session.run(request, nullptr);
  }

  static LiveGame* world_;
};

LiveGame* MinetestTest::world_ = nullptr;

// Of each family the expert may miss one of two: the machine may be too busy for a game in real time.
TEST_F(MinetestTest, TheExpertDoesWhatIsAskedThroughTheGuard) {
  for (const std::string family : {"dig", "place", "collect", "go to", "look at", "hold", "move"}) {
    std::string reasons;
    int successes = 0;
    for (std::uint64_t seed = 1; seed <= 2 && successes == 0; ++seed) {
      const session::EpisodeResult result = play(task(family), seed);
      successes += result.verdict == Verdict::kSuccess ? 1 : 0;
      reasons += result.told_instruction + ": " + result.reason + "\n";
    }
    EXPECT_GE(successes, 1) << family << ":\n" << reasons;
  }
}

TEST_F(MinetestTest, ASeedGivesItsSceneAgainInTheSameGame) {
  const auto scene = [&](std::uint64_t seed) {
    (void)world_->reset(seed, task("dig", "sand"));
    std::optional<Frame> frame = world_->observe(MonotonicClock::now() + std::chrono::seconds(5));
    return frame.has_value();
  };
  EXPECT_TRUE(scene(3));
  const pid_t first = world_->game_pid();
  const Timestamp begin = MonotonicClock::now();
  EXPECT_TRUE(scene(4));
  EXPECT_EQ(world_->game_pid(), first) << "a reset must not start the game again";
  EXPECT_LT(to_seconds(MonotonicClock::now() - begin), 10.0);
}

TEST_F(MinetestTest, NothingIsJudgedAsDoneThatWasNot) {
  for (const std::string& family : world_->spec().tasks) {
    const std::string words = world_->reset(5, task(family));
    for (const Timestamp end = MonotonicClock::now() + std::chrono::seconds(1); MonotonicClock::now() < end;)
      static_cast<void>(world_->observe(MonotonicClock::now() + std::chrono::milliseconds(50)));
    EXPECT_EQ(world_->outcome().verdict, Verdict::kRunning) << words;
  }
}

TEST_F(MinetestTest, TheExpertRefusesWhatItCannotDo) {
  (void)world_->reset(1, task("craft"));
  EXPECT_THAT(tests::error_of([&] { (void)world_->create_expert(1, {}); }),
              HasSubstr("the expert of minetest cannot \"craft\"; it can: dig, place"));
}

}  // namespace
}  // namespace atl::envs::desktop
