#include "trainer/cutter.h"

#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"
#include "support.h"
#include "trainer/world_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

namespace atl::trainer {
namespace {

using testing::playhouse_services;
using testing::small_config;
using testing::small_setup;

// A plain recording's targets are what was done, shifted by the delay, and nothing beyond the end.
TEST(PlainCut, TargetsAreTheRecordedActionsAfterTheDelay) {
  PolicyContract contract;
  const agent::ActionCodec codec(contract, 4096);
  PlainEpisode episode;
  std::vector<std::uint8_t> frame(96 * 72 * 4, 1);
  episode.frame = [&](std::size_t) { return std::span<const std::uint8_t>(frame); };
  for (int i = 0; i < 20; ++i) {
    Action action;
    action.dx = i % 2 == 0 ? 100 : -300;
    if (i % 3 == 0) hold(action, control_named("w"), {});
    episode.actions.push_back(action);
    episode.origins.push_back(i == 12 ? Origin::kAgent : Origin::kHuman);
  }
  episode.spans = {{"go to the red box", 0, 21, true}};
  episode.counts_per_turn = 4096;
  const ExampleShape shape = small_setup(small_config()).shape;
  Random random(1);
  for (std::size_t step = 0; step <= 20; ++step) {
    const Example e = cut_window(episode, step, shape, CutOptions{}, codec, random);
    for (std::size_t i = 0; i < 8; ++i) {
      const std::size_t action = step + 1 + i;
      const bool learned = action < 20 && action != 12;
      EXPECT_EQ(e.chunk_mask[i], learned ? 1 : 0) << "step " << step << ", action " << action;
      if (learned) {
        EXPECT_EQ(e.chunks[i].mouse_x, codec.encode(episode.actions[action]).mouse_x);
      }
    }
    EXPECT_EQ(e.goal_frame, step > 16);
    int counts = 0;
    for (std::size_t i = step; i < 20; ++i) counts += episode.actions[i].dx;
    EXPECT_FLOAT_EQ(e.turn_deg, static_cast<float>(counts * 360.0 / 4096));
    EXPECT_EQ(e.goals[0] == GoalLabel::kReached, step == 20);
  }
}

TEST(PlainCut, PastActionsAreThoseBeforeTheChunk) {
  const agent::ActionCodec codec({}, 4096);
  PlainEpisode episode;
  std::vector<std::uint8_t> frame(96 * 72 * 4);
  episode.frame = [&](std::size_t) { return std::span<const std::uint8_t>(frame); };
  for (int i = 0; i < 6; ++i) {
    episode.actions.emplace_back();
    episode.actions.back().dx = 60 * (i - 3);
  }
  episode.origins.resize(6);
  ExampleShape shape = small_setup(small_config()).shape;
  shape.past_actions = 3;
  Random random(1);
  for (std::size_t step = 0; step <= 6; ++step) {
    const Example e = cut_window(episode, step, shape, CutOptions{}, codec, random);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::size_t begin = std::min<std::size_t>(step + 1, 6);  // of the chunk, one step of delay later
      ASSERT_EQ(e.past_known[i], i < begin ? 1 : 0) << step;
      if (i < begin) {
        EXPECT_EQ(e.past[i], codec.encode(episode.actions[begin - 1 - i])) << step;
      }
    }
  }
}

TEST(PlainCut, PicturesOutsideEverySpanHaveABlankInstruction) {
  const agent::ActionCodec codec({}, 4096);
  PlainEpisode episode;
  std::vector<std::uint8_t> frame(96 * 72 * 4);
  episode.frame = [&](std::size_t) { return std::span<const std::uint8_t>(frame); };
  episode.actions.resize(20);
  episode.origins.resize(20);
  episode.spans = {{"pick up the medikit", 5, 11, true}};
  const ExampleShape shape = small_setup(small_config()).shape;
  Random random(1);
  for (std::size_t step = 0; step <= 20; ++step) {
    const Example e = cut_window(episode, step, shape, CutOptions{}, codec, random);
    EXPECT_EQ(e.instructions[0], step >= 5 && step < 11 ? "pick up the medikit" : "") << step;
    EXPECT_TRUE(std::isnan(e.turn_deg)) << "the size of a turn is not known";
    EXPECT_EQ(e.goals[0] == GoalLabel::kReached, step == 10);
  }
}

// Held: the keys of w, a, s, d, e that the binary digits of `number` name.
Action numbered(int number, const ControlSet& held_before) {
  Action action;
  for (int digit = 0; digit < 5; ++digit) {
    if ((number >> digit & 1) != 0)
      hold(action, control_named(PolicyContract{}.controls[static_cast<std::size_t>(digit)]), held_before);
  }
  return action;
}

// Twenty steps: an agent turns, from step 8 on a person does nothing, and from step 14 on walks.
struct TakenOver {
  TakenOver() {
    episode.frame = [this](std::size_t) { return std::span<const std::uint8_t>(frame); };
    for (int i = 0; i < 20; ++i) {
      Action action;
      if (i < 8) action.dx = 20 + i;
      if (i >= 14) hold(action, control_named("w"), {});
      episode.actions.push_back(action);
      episode.origins.push_back(i < 8 ? Origin::kAgent : Origin::kHuman);
    }
    episode.spans = {{"go to the red box", 0, 21, true}};
    episode.counts_per_turn = 4096;
  }
  std::vector<std::uint8_t> frame = std::vector<std::uint8_t>(96 * 72 * 4, 1);
  PlainEpisode episode;
  agent::ActionCodec codec{PolicyContract{}, 4096};
  ExampleShape shape = small_setup(small_config()).shape;
};

TEST(PlainCut, LeavesOutPicturesAfterWhichNothingIsDone) {
  TakenOver t;
  t.shape.chunk_actions = 4;
  CutOptions options{.goal_frame_steps = 2, .idle_keep = 0.0};
  Random random(1);
  std::set<std::size_t> idle;
  for (std::size_t step = 0; step <= 20; ++step)
    if (is_idle_window(t.episode, step, t.shape, options)) idle.insert(step);
  EXPECT_EQ(idle, (std::set<std::size_t>{7, 8, 9})) << "chunks 8 to 11, 9 to 12, 10 to 13, a step after their pictures";
  std::vector<Example> kept;
  cut_plain(t.episode, t.shape, options, t.codec, random, kept);
  EXPECT_EQ(kept.size(), 21U - idle.size());
  options.idle_keep = 1.0;
  kept.clear();
  cut_plain(t.episode, t.shape, options, t.codec, random, kept);
  EXPECT_EQ(kept.size(), 21U);
  // A goal frame is kept even if its maker stands still.
  options.goal_frame_steps = 13;
  EXPECT_TRUE(is_idle_window(t.episode, 7, t.shape, options));
  EXPECT_FALSE(is_idle_window(t.episode, 8, t.shape, options));
}

TEST(PlainCut, WeighsWhatWasDoneByWhoTookOver) {
  const TakenOver t;
  Random random(1);
  for (std::size_t step = 0; step <= 20; ++step) {
    const Example e = cut_window(t.episode, step, t.shape, {.intervention = 3.0}, t.codec, random);
    const bool person_begins = step + 1 >= 8 && step + 1 < 20;
    EXPECT_EQ(e.weight, person_begins ? 3.0F : 1.0F) << step;
  }
  PlainEpisode alone = t.episode;
  std::ranges::fill(alone.origins, Origin::kHuman);
  EXPECT_EQ(cut_window(alone, 10, t.shape, {.intervention = 3.0}, t.codec, random).weight, 1.0F) << "no agent before";
}

TEST(PlainCut, JitterMovesChunksAndWhatCameBeforeThemTogether) {
  TakenOver t;
  std::ranges::fill(t.episode.origins, Origin::kHuman);
  for (int i = 0; i < 20; ++i)
    t.episode.actions[static_cast<std::size_t>(i)] =
        numbered(i, i == 0 ? ControlSet{} : t.episode.actions[static_cast<std::size_t>(i - 1)].held);
  t.shape.past_actions = 1;
  t.shape.delay_steps = 1;
  Random random(1);
  std::map<std::size_t, int> seen;
  for (int i = 0; i < 300; ++i) {
    const Example e = cut_window(t.episode, 5, t.shape, {.jitter_steps = 2}, t.codec, random);
    std::size_t delay = 0;
    while (delay < 4 && e.chunks[0] != t.codec.encode(t.episode.actions[5 + delay])) ++delay;
    ++seen[delay];
    EXPECT_EQ(e.past[0], t.codec.encode(t.episode.actions[5 + delay - 1]));
    EXPECT_EQ(e.chunks[7], t.codec.encode(t.episode.actions[5 + delay + 7]));
  }
  ASSERT_EQ(seen.size(), 4U) << "delays of 0 to 3: never before the picture";
  EXPECT_NEAR(seen[0], 120, 35) << "a delay of -1 is one of 0";
  for (const std::size_t delay : {1U, 2U, 3U}) EXPECT_NEAR(seen[delay], 60, 30);
}

// The clean expert of the episode.
ActionFeed expert_feed(envs::SteppedEnvironment& world) {
  std::shared_ptr<envs::Expert> expert = world.oracle()->create_expert(1, {});
  return [expert](std::uint64_t) { return DrivenAction{.action = expert->next()}; };
}

// The labels are what the world's own expert does and where the renderer put the object.
TEST(RelabelCut, LabelsAreTheExpertsAfterTheDelay) {
  RunConfig config = small_config();
  config.contract.delay_steps = 2;
  SourceConfig source_config = config.trainer.sources[0];
  source_config.keep = 1.0;
  const SourceSetup setup = small_setup(config);
  WorldDriver driver(source_config, setup, playhouse_services());
  std::vector<Example> examples;
  Random random(4);
  driver.run(envs::seed_in(envs::SeedRange::kTraining, 77), {.family = "go to"}, expert_feed, random, examples);

  const auto world = envs::create_playhouse({});
  const envs::Observation start = world->reset(envs::seed_in(envs::SeedRange::kTraining, 77), {.family = "go to"});
  const agent::ActionCodec codec(config.contract, world->spec().facts.counts_per_turn);
  Random phrases(1);
  std::vector<Action> chunk(10);
  bool found = false;
  for (const envs::Goal& goal : world->oracle()->goals(phrases)) {
    if (goal.family != "go to" || goal.target != world->task().target) continue;
    world->oracle()->expert_chunk(goal, chunk);
    const auto first = std::find_if(examples.begin(), examples.end(), [&](const Example& e) {
      return std::equal(e.frames.begin(), e.frames.end(), start.frame.data);
    });
    ASSERT_NE(first, examples.end());
    found = true;
    for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(first->chunks[i], codec.encode(chunk[i + 2])) << "step " << i;
    for (std::size_t p = 0; p < 108; ++p) {
      int pixels = 0;
      for (std::size_t i = 0; i < 64; ++i) {
        const std::size_t at = (p / 12 * 8 + i / 8) * 96 + p % 12 * 8 + i % 8;
        pixels += goal.objects.test(world->oracle()->object_ids()[at]) ? 1 : 0;
      }
      EXPECT_EQ(first->patches[p] != 0, pixels >= 6) << "patch " << p;
    }
  }
  EXPECT_TRUE(found);
}

// A hand that turns all the time, whatever the expert would do.
TEST(RelabelCut, WithPastActionsTheExpertTakesOverFromWhatWasDone) {
  RunConfig config = small_config();
  config.contract.delay_steps = 2;
  config.model.past_actions = 2;
  SourceConfig source_config = config.trainer.sources[0];
  source_config.keep = 1.0;
  const auto hand = [](std::uint64_t step) {
    Action action;
    action.dx = 40 + 10 * static_cast<int>(step % 3);
    return action;
  };
  constexpr std::uint64_t kSteps = 30;
  const std::uint64_t seed = envs::seed_in(envs::SeedRange::kTraining, 77);
  WorldDriver driver(source_config, small_setup(config), playhouse_services());
  std::vector<Example> examples;
  Random random(4);
  driver.run(
      seed, {.family = "go to"},
      [&](envs::SteppedEnvironment&) -> ActionFeed {
        return [&](std::uint64_t step) -> std::optional<DrivenAction> {
          if (step == kSteps) return std::nullopt;
          return DrivenAction{.action = hand(step)};
        };
      },
      random, examples);
  ASSERT_EQ(examples.size(), kSteps + 1);

  const auto world = envs::create_playhouse({});
  const agent::ActionCodec codec(config.contract, world->spec().facts.counts_per_turn);
  world->reset(seed, {.family = "go to"});
  Random phrases(1);
  const envs::Goal own = world->oracle()->goals(phrases).front();
  for (std::uint64_t step = 0; step < kSteps; ++step) world->step(hand(step));
  for (std::uint64_t step = 0; step <= kSteps; ++step) {
    const Example& e = examples[static_cast<std::size_t>(step)];
    const std::uint64_t begin = std::min(step + 2, kSteps);  // of the chunk
    for (std::uint64_t i = 0; i < 2; ++i) {
      ASSERT_EQ(e.past_known[i], i < begin) << step;
      if (i < begin) {
        EXPECT_EQ(e.past[i], codec.encode(hand(begin - 1 - i))) << step;
      }
    }
    EXPECT_EQ(e.chunk_mask[0], step + 2 <= kSteps) << "what comes after the end is not known";
  }
  // Where the recording ends the world can be asked: it is where the chunk of the picture two steps earlier begins.
  std::vector<Action> chunk(8);
  world->oracle()->expert_chunk(own, chunk);
  const Example& last = examples[kSteps - 2];
  for (std::size_t i = 0; i < chunk.size(); ++i) EXPECT_EQ(last.chunks[i], codec.encode(chunk[i])) << i;
}

// Beside the same episode without jitter: each chunk is the other one, a step earlier, as late or a step later.
TEST(RelabelCut, JitterMovesTheExpertsChunk) {
  RunConfig config = small_config();
  SourceConfig source_config = config.trainer.sources[0];
  source_config.keep = 1.0;
  const auto run = [&](int jitter_steps) {
    config.trainer.data.jitter_steps = jitter_steps;
    WorldDriver driver(source_config, small_setup(config), playhouse_services());
    std::vector<Example> examples;
    Random random(4);
    driver.run(envs::seed_in(envs::SeedRange::kTraining, 5), {.family = "go to"}, expert_feed, random, examples);
    return examples;
  };
  const std::vector<Example> exact = run(0);
  const std::vector<Example> jittered = run(1);
  ASSERT_EQ(exact.size(), jittered.size()) << "every picture, each with its own goal first";
  std::set<int> shifts;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    std::vector<int> fitting;
    for (int shift = -1; shift <= 1; ++shift) {
      bool equal = true;
      for (int s = 1; s < 7; ++s)
        equal &=
            jittered[i].chunks[static_cast<std::size_t>(s)] == exact[i].chunks[static_cast<std::size_t>(s + shift)];
      if (equal) fitting.push_back(shift);
    }
    EXPECT_LE(exact[i].chunk_mask[0], fitting.size()) << "picture " << i;
    if (fitting.size() == 1) shifts.insert(fitting[0]);  // more: the same is done all along
  }
  EXPECT_EQ(shifts, (std::set<int>{-1, 0, 1}));
}

TEST(RelabelCut, WindowsOfAllPhasesHoldEachPictureOnce) {
  RunConfig config = small_config();
  config.trainer.data.window = 3;
  SourceConfig source_config = config.trainer.sources[0];
  source_config.keep = 1.0;
  WorldDriver driver(source_config, small_setup(config), playhouse_services());
  std::vector<Example> examples;
  Random random(4);
  std::uint64_t steps = 0;
  driver.run(
      envs::seed_in(envs::SeedRange::kTraining, 5), {.family = "go to"},
      [&](envs::SteppedEnvironment& world) -> ActionFeed {
        return [feed = expert_feed(world), &steps](std::uint64_t step) {
          steps = step + 1;
          return feed(step);
        };
      },
      random, examples);
  std::uint64_t pictures = 0;
  for (const Example& e : examples) pictures += static_cast<std::uint64_t>(e.num_steps);
  EXPECT_EQ(pictures, steps + 1);
}

}  // namespace
}  // namespace atl::trainer
