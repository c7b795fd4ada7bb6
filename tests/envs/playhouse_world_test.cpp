#include "core/error.h"
#include "core/frame.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace atl::envs {
namespace {

struct Trace {
  std::uint64_t pixels = 0;  // of every frame
  std::uint64_t states = 0;  // of every state
  std::string reason;
  int steps = 0;
  friend bool operator==(const Trace&, const Trace&) = default;
};

void mix_into(std::uint64_t& hash, std::uint64_t value) { hash = mix_bits(hash ^ value); }

// A noisy expert's episode, to its end.
Trace play(SteppedEnvironment& world, std::uint64_t seed, const Task& task, std::vector<Action>* actions = nullptr) {
  Trace trace;
  mix_into(trace.pixels, hash_pixels(world.reset(seed, task).frame));
  const auto expert = world.oracle()->create_expert(seed, {.noise = 0.05, .detour = 0.2, .reaction_steps = 2});
  while (!world.outcome().is_over()) {
    const Action action = expert->next();
    if (actions) actions->push_back(action);
    mix_into(trace.pixels, hash_pixels(world.step(action).frame));
    mix_into(trace.states, world.oracle()->state_hash());
    ++trace.steps;
  }
  trace.reason = world.outcome().reason;
  return trace;
}

Trace play_all(int episodes, const std::string& level) {
  const auto world = create_playhouse({.episode = {.level = level}});
  Trace all;
  for (int i = 0; i < episodes; ++i) {
    const Trace trace = play(*world, static_cast<std::uint64_t>(i), {});
    mix_into(all.pixels, trace.pixels);
    mix_into(all.states, trace.states);
    all.reason += trace.reason + "\n";
    all.steps += trace.steps;
  }
  return all;
}

TEST(Playhouse, SameSeedAndActionsGiveTheSameEpisodeOnTwoThreads) {
  for (const std::string level : {"room", "house"}) {
    Trace first;
    Trace second;
    std::thread a([&] { first = play_all(12, level); });
    std::thread b([&] { second = play_all(12, level); });
    a.join();
    b.join();
    EXPECT_EQ(first, second);
    EXPECT_EQ(first, play_all(12, level));
  }
}

TEST(Playhouse, RecordedActionsReplayWithoutTheExpert) {
  const auto world = create_playhouse({});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<Action> actions;
    const Trace trace = play(*world, seed, {}, &actions);
    std::uint64_t pixels = 0;
    mix_into(pixels, hash_pixels(world->reset(seed, {}).frame));
    for (const Action& action : actions) mix_into(pixels, hash_pixels(world->step(action).frame));
    EXPECT_EQ(pixels, trace.pixels);
    EXPECT_EQ(world->outcome().reason, trace.reason);
  }
}

TEST(Playhouse, AForcedTargetLeavesTheSceneAsItIsAndIsWhatTheJudgeAsksFor) {
  const auto world = create_playhouse({});
  int done = 0;
  int asked = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Task drawn{.family = "pick up", .split = seed % 2 ? "train" : "held_out_pairs"};
    const std::uint64_t pixels = hash_pixels(world->reset(seed, drawn).frame);
    const std::uint64_t state = world->oracle()->state_hash();
    Random random(seed);
    for (const Goal& goal : world->oracle()->goals(random)) {
      if (goal.family != "pick up") continue;
      Task forced = drawn;
      forced.target = goal.target;
      EXPECT_EQ(hash_pixels(world->reset(seed, forced).frame), pixels);
      EXPECT_EQ(world->oracle()->state_hash(), state);
      const auto expert = world->oracle()->create_expert(seed, {});
      while (!world->outcome().is_over()) world->step(expert->next());
      ++asked;
      done += world->outcome().verdict == Verdict::kSuccess;
    }
  }
  EXPECT_GE(asked, 90);
  EXPECT_GE(done, asked * 98 / 100);
}

TEST(Playhouse, WordsOfTheGrammarChooseTheTarget) {
  const auto world = create_playhouse({});
  world->reset(4, {.family = "pick up"});
  Random random(1);
  const std::vector<Goal> goals = world->oracle()->goals(random);
  for (const Goal& goal : goals) {
    if (goal.family != "pick up") continue;
    world->reset(4, {.family = "pick up", .instruction = goal.instruction});
    EXPECT_EQ(world->task().target, goal.target);
  }
  EXPECT_EQ(world->reset(4, {.family = "go to", .instruction = "do what you like"}).instruction, "do what you like");
}

using tests::error_of;

TEST(Playhouse, TheResolvedTaskGivesTheSameEpisode) {
  const auto world = create_playhouse({});
  for (const char* split : {"train", "held_out_pairs", "held_out_phrases"}) {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const Task asked{.split = split};
      const Trace trace = play(*world, seed, asked);
      const Task resolved = world->task();
      EXPECT_FALSE(resolved.family.empty());
      EXPECT_EQ(resolved.split, split);
      EXPECT_FALSE(resolved.target.empty());
      EXPECT_GT(resolved.time_limit_s, 1.0);
      EXPECT_EQ(play(*world, seed, resolved), trace);
      EXPECT_EQ(world->task().instruction, resolved.instruction);
    }
  }
}

TEST(Playhouse, TasksThatCannotBeAreRefusedByName) {
  using testing::HasSubstr;
  const auto world = create_playhouse({});
  EXPECT_THAT(error_of([&] { world->reset(1, {.family = "jump over"}); }),
              HasSubstr("unknown task family \"jump over\", expected one of: look at, go to, rooms"));
  EXPECT_THAT(error_of([&] { world->reset(1, {.family = "rooms"}); }),
              HasSubstr("the level \"room\" has no tasks of the family \"rooms\"; it has: look at, go to"));
  EXPECT_THAT(error_of([&] { world->reset(1, {.split = "test"}); }), HasSubstr("unknown split \"test\""));
  EXPECT_THAT(error_of([&] { world->reset(1, {.family = "go to", .target = "pink elephant"}); }),
              HasSubstr("\"pink elephant\" means nothing here"));
  EXPECT_THAT(error_of([&] { world->reset(1, {.family = "go to", .target = "go to the bed"}); }),
              HasSubstr("nothing here is \"the bed\"; there is, among other things: "));
  EXPECT_THAT(error_of([&] { world->reset(1, {.family = "go to", .instruction = "grab the red cube"}); }),
              HasSubstr("is a task of the family \"pick up\", but the task's family is \"go to\""));
  EXPECT_THAT(error_of([&] { world->reset(1, {.time_limit_s = -1.0}); }), HasSubstr("time limit -1 s"));
  EXPECT_THAT(error_of([] { static_cast<void>(create_playhouse({{4, 72}})); }), HasSubstr("frame of 4x72 px"));
}

TEST(Playhouse, NamesSayLevelAndLook) {
  using testing::HasSubstr;
  EXPECT_EQ(playhouse_name({}), "playhouse");
  for (const char* name : {"playhouse", "playhouse/house", "playhouse/flat,reskin=7", "playhouse,reskin=4294967295"}) {
    EXPECT_TRUE(is_playhouse_name(name));
    EXPECT_EQ(playhouse_name(playhouse_named(name)), name);
    EXPECT_EQ(playhouse_spec({.episode = playhouse_named(name)}).facts.world, name);
  }
  EXPECT_EQ(playhouse_name(playhouse_named("playhouse/room,reskin=0")), "playhouse");
  for (const char* name : {"", "play", "playhouse-window", "playhouses", "doom"}) EXPECT_FALSE(is_playhouse_name(name));
  EXPECT_THAT(error_of([] { static_cast<void>(playhouse_named("playhouse/hose")); }), HasSubstr("\"house\""));
  for (const char* name : {"playhouse,skin=1", "playhouse,reskin=", "playhouse,reskin=x", "playhouse,reskin=1,",
                           "playhouse,reskin=-1", "playhouse,reskin=4294967296", "playhouse,"}) {
    EXPECT_THAT(error_of([&] { static_cast<void>(playhouse_named(name)); }), HasSubstr("expected \"reskin=\"")) << name;
  }
}

TEST(Playhouse, AReskinChangesPixelsAndNothingElse) {
  const auto usual = create_playhouse({.episode = {.level = "flat"}});
  const auto other = create_playhouse({.episode = {.level = "flat", .reskin = 3}});
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    EXPECT_NE(hash_pixels(usual->reset(seed, {}).frame), hash_pixels(other->reset(seed, {}).frame));
    EXPECT_EQ(usual->oracle()->state_hash(), other->oracle()->state_hash());
    EXPECT_EQ(usual->task().instruction, other->task().instruction);
  }
}

TEST(Playhouse, StepsOutsideAnEpisodeAreRefused) {
  const auto world = create_playhouse({});
  EXPECT_THROW(world->step({}), Error);
  world->reset(1, {.time_limit_s = 1.0});
  for (int i = 0; i < 15; ++i) world->step({});  // one second
  EXPECT_EQ(world->outcome().verdict, Verdict::kTimeout);
  EXPECT_THROW(world->step({}), Error);
  world->reset(1, {});
  EXPECT_FALSE(world->outcome().is_over());
}

TEST(Playhouse, FramesGoWhereTheyAreAskedTo) {
  const auto plain = create_playhouse({});
  const auto world = create_playhouse({});
  std::vector<std::uint8_t> slab(96 * 72 * 4 + 16, 0x5a);
  const std::span<std::uint8_t> pixels(slab.data() + 8, 96 * 72 * 4);
  world->render_into(pixels);
  EXPECT_EQ(world->reset(3, {}).frame.data, pixels.data());
  Action action;
  action.dx = 40;
  const Observation observation = world->step(action);
  EXPECT_EQ(observation.frame.data, pixels.data());
  plain->reset(3, {});
  EXPECT_EQ(hash_pixels(observation.frame), hash_pixels(plain->step(action).frame));
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(slab[i], 0x5a) << "written before the picture";
  for (std::size_t i = slab.size() - 8; i < slab.size(); ++i) EXPECT_EQ(slab[i], 0x5a) << "written behind the picture";
  EXPECT_THROW(world->render_into(std::span(slab).first(100)), Error);
}

TEST(Playhouse, TapsInsideAStepSurvive) {
  const auto world = create_playhouse({});
  const auto twin = create_playhouse({});
  world->reset(2, {});
  twin->reset(2, {});
  Action tapped;
  tap(tapped, control_named("w"));
  world->step(tapped);
  twin->step({});
  EXPECT_NE(world->oracle()->state_hash(), twin->oracle()->state_hash());
}

TEST(Playhouse, StepsAreFourTicksOfTheSameWorld) {
  using namespace playhouse;
  const auto world = create_playhouse({});
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    std::vector<Action> actions;
    play(*world, seed, {}, &actions);
    std::vector<PlayerInputs> log;
    std::uint16_t held = 0;
    for (const Action& action : actions) {
      for (const TickInput& tick : ticks_of(action, held)) log.push_back({tick});
      held = log.back()[0].held;
    }
    // The last step ends where the judge decided.
    ReplayEnd end;
    for (int spare = 0; spare < kTicksPerStep; ++spare, log.pop_back()) {
      const std::string error = error_of([&] { end = replay_ticks({}, seed, {}, log); });
      if (error.empty()) break;
      EXPECT_THAT(error, testing::HasSubstr("but the episode ended"));
    }
    EXPECT_EQ(end.state_hash, world->oracle()->state_hash());
    EXPECT_EQ(end.outcome.reason, world->outcome().reason);
  }
}

TEST(Playhouse, AnySizeShowsTheSameScene) {
  for (const FrameSize size : {FrameSize{8, 8}, FrameSize{97, 71}, FrameSize{160, 120}, FrameSize{640, 480}}) {
    const auto world = create_playhouse({size});
    const Observation observation = world->reset(6, {});
    EXPECT_EQ(observation.frame.size(), size);
    EXPECT_EQ(world->oracle()->object_ids().size(), static_cast<std::size_t>(size.width_px * size.height_px));
  }
}

}  // namespace
}  // namespace atl::envs
