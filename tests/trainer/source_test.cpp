#include "trainer/source.h"

#include "core/error.h"
#include "datasets/manifest.h"
#include "datasets/reader.h"
#include "envs/oracle.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"
#include "support.h"
#include "tests/error_of.h"
#include "trainer/dagger.h"
#include "trainer/recorded_episodes.h"
#include "trainer/world_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace atl::trainer {
namespace {

using ::testing::HasSubstr;
using testing::playhouse_services;
using testing::record;
using testing::replay_config;
using testing::small_config;
using testing::small_setup;

void expect_equal(const Example& a, const Example& b) {
  EXPECT_EQ(a.frames, b.frames);
  EXPECT_EQ(a.instructions, b.instructions);
  EXPECT_EQ(a.chunks, b.chunks);
  EXPECT_EQ(a.chunk_mask, b.chunk_mask);
  EXPECT_EQ(a.patches, b.patches);
  EXPECT_EQ(a.goals, b.goals);
  EXPECT_EQ(a.num_steps, b.num_steps);
  EXPECT_EQ(a.past, b.past);
  EXPECT_EQ(a.past_known, b.past_known);
  EXPECT_EQ(a.turn_deg == b.turn_deg, !std::isnan(a.turn_deg)) << a.turn_deg << " and " << b.turn_deg;
  EXPECT_EQ(a.weight, b.weight);
  EXPECT_EQ(a.goal_frame, b.goal_frame);
}

using tests::error_of;

TEST(CollectSource, MakesTheSameBlockAgain) {
  const RunConfig config = small_config();
  const auto a = create_source(config.trainer.sources[0], 0, small_setup(config), playhouse_services());
  const auto b = create_source(config.trainer.sources[0], 0, small_setup(config), playhouse_services());
  static_cast<void>(a->create_block(3, 100));
  const auto first = a->create_block(7, 100);
  const auto second = b->create_block(7, 100);
  ASSERT_EQ(first.size(), 100U);
  for (std::size_t i = 0; i < first.size(); ++i) expect_equal(first[i], second[i]);
  EXPECT_NE(a->create_block(8, 1)[0].frames, first[0].frames);
}

TEST(MixedSource, ChangesColoursOfWhatIsLearnedFromOnly) {
  RunConfig config = small_config();
  SourceSetup plain = small_setup(config);
  SourceSetup colourful = plain;
  colourful.data.hue_deg = 20.0;
  for (const DataPart part : {DataPart::kTraining, DataPart::kDevelopment}) {
    plain.part = colourful.part = part;
    const auto as_it_is = create_mixed_source(config.trainer.sources, plain, playhouse_services())->create_block(1, 8);
    const auto source = create_mixed_source(config.trainer.sources, colourful, playhouse_services());
    const auto block = source->create_block(1, 8);
    int changed = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
      EXPECT_EQ(block[i].chunks, as_it_is[i].chunks);
      changed += block[i].frames != as_it_is[i].frames ? 1 : 0;
    }
    if (part == DataPart::kTraining)
      EXPECT_GE(changed, 6) << "a turn may be next to nothing";
    else
      EXPECT_EQ(changed, 0);
    const auto again = source->create_block(1, 8);
    for (std::size_t i = 0; i < block.size(); ++i) expect_equal(again[i], block[i]);
  }
}

TEST(CollectSource, NeverShowsAHeldOutTarget) {
  RunConfig config = small_config();
  const auto source = create_source(config.trainer.sources[0], 0, small_setup(config), playhouse_services());
  std::set<std::string> names;
  for (std::uint64_t block = 0; block < 3; ++block) {
    for (const Example& e : source->create_block(block, 1800)) {
      EXPECT_FALSE(e.held_out);
      for (const std::string& text : e.instructions) {
        const envs::playhouse::Parsed parsed = envs::playhouse::parse(text);
        ASSERT_TRUE(parsed.mission.has_value()) << text << ": " << parsed.problem;
        EXPECT_FALSE(envs::playhouse::mentions_held_out_pair(*parsed.mission)) << text;
        EXPECT_EQ(parsed.set, envs::playhouse::PhraseSet::kTraining) << text;
        names.insert(envs::playhouse::name_of(parsed.mission->first.object));
      }
    }
  }
  EXPECT_GE(names.size(), 63U) << "as many as there are other pairs";
}

TEST(CollectSource, OfUnseenPairsShowsOnlyThose) {
  const RunConfig config = small_config();
  const auto source =
      create_source(config.trainer.sources[0], 0, small_setup(config, DataPart::kUnseen), playhouse_services());
  for (const Example& e : source->create_block(0, 50)) EXPECT_TRUE(e.held_out);
}

// With two roles the place where a thing is to be is shown besides it, and nothing is said where none is named.
TEST(CollectSource, ShowsThingAndPlaceInTheirRoles) {
  const RunConfig config = small_config();
  SourceConfig source_config = config.trainer.sources[0];
  source_config.world = "playhouse/studio";
  source_config.families = {"put", "go to"};
  SourceSetup setup = small_setup(config);
  setup.shape.roles = 2;
  const auto source = create_source(source_config, 0, setup, playhouse_services());
  std::size_t num_shown = 0;
  std::size_t num_without_place = 0;
  for (const Example& e : source->create_block(0, 400)) {
    ASSERT_EQ(e.names.size(), 2 * e.instructions.size());
    ASSERT_EQ(e.patches.size(), 2 * e.instructions.size() * 108);
    for (std::size_t k = 0; k < e.instructions.size(); ++k) {
      const std::span<const std::uint8_t> of_place = std::span(e.patches).subspan((2 * k + 1) * 108, 108);
      const auto shown = static_cast<std::size_t>(std::count(of_place.begin(), of_place.end(), 1));
      if (e.names[2 * k + 1] == 0) {
        ++num_without_place;
        EXPECT_EQ(shown, 0U) << e.instructions[k];
      }
      num_shown += shown > 0 ? 1 : 0;
    }
  }
  EXPECT_GT(num_shown, 5U);
  EXPECT_GT(num_without_place, 5U);
}

TEST(CollectSource, MarksTheGoalOnlyAtTheEndOfASuccess) {
  const RunConfig config = small_config();
  SourceConfig source_config = config.trainer.sources[0];
  source_config.keep = 1.0;
  const auto source = create_source(source_config, 0, small_setup(config), playhouse_services());
  int reached = 0;
  for (const Example& e : source->create_block(0, 800)) {
    if (e.goals[0] != GoalLabel::kReached) continue;
    ++reached;
    EXPECT_TRUE(e.goal_frame);
    EXPECT_EQ(std::count(e.chunk_mask.begin(), e.chunk_mask.end(), 1), 0) << "nothing is done after the end";
  }
  EXPECT_GT(reached, 2);
}

TEST(WorldSource, RefusesHeldOutSeeds) {
  const RunConfig config = small_config();
  WorldDriver driver(config.trainer.sources[0], small_setup(config), playhouse_services());
  std::vector<Example> examples;
  Random random(1);
  const auto run = [&] {
    driver.run(
        envs::seed_in(envs::SeedRange::kHeldOut, 5), {.family = "go to"},
        [](envs::SteppedEnvironment&) -> ActionFeed { return {}; }, random, examples);
  };
  EXPECT_THAT(error_of(run), HasSubstr("held-out seed"));
}

TEST(ReplaySource, RefusesRecordingsOfHeldOutSeeds) {
  const TemporaryFolder folder;
  record(folder.path() / "r", 1, envs::SeedRange::kHeldOut);
  const RunConfig config = small_config();
  const auto create = [&] {
    static_cast<void>(
        create_source(replay_config(folder.path() / "r", true), 0, small_setup(config), playhouse_services()));
  };
  EXPECT_THAT(error_of(create), HasSubstr("held-out seed"));
}

TEST(ReplaySource, RefusesToTrainOnHeldOutTasks) {
  const TemporaryFolder folder;
  record(folder.path() / "r", 1, envs::SeedRange::kTraining, "held_out_pairs");
  const RunConfig config = small_config();
  const SourceConfig source_config = replay_config(folder.path() / "r", false);
  const auto load = [&] { static_cast<void>(load_recorded_episodes(source_config, small_setup(config))); };
  EXPECT_THAT(error_of(load), HasSubstr("has a task of the split \"held_out_pairs\""));
}

TEST(ReplaySource, KeepsTheSameEpisodesApartWhereverItsFolderIs) {
  const TemporaryFolder folder;
  record(folder.path() / "r", 12, envs::SeedRange::kTraining);
  const RunConfig config = small_config();
  const auto kept = [&](const std::filesystem::path& path) {
    SourceConfig source_config = replay_config(path, true);
    source_config.development = 0.4;
    std::vector<std::size_t> indices;
    for (const RecordedEpisode& e : load_recorded_episodes(source_config, small_setup(config)).episodes)
      indices.push_back(e.index);
    return indices;
  };
  const auto plain = kept(folder.path() / "r");
  EXPECT_LT(plain.size(), 12U);
  EXPECT_EQ(plain, kept(folder.path() / "r/"));
  EXPECT_EQ(plain, kept(folder.path() / "r" / ".." / "r"));
  std::filesystem::create_directory(folder.path() / "moved");
  std::filesystem::rename(folder.path() / "r", folder.path() / "moved" / "r");
  EXPECT_EQ(plain, kept(folder.path() / "moved" / "r"));
}

TEST(ReplaySource, TakesEachSplitOfAManifestForItsPart) {
  const TemporaryFolder folder;
  record(folder.path() / "a", 2, envs::SeedRange::kTraining);
  record(folder.path() / "b", 1, envs::SeedRange::kTraining);
  datasets::Manifest manifest;
  manifest.name = "two";
  manifest.recordings = {{(folder.path() / "a").string(), "training", 1.0},
                         {(folder.path() / "b").string(), "development", 1.0}};
  datasets::save_manifest(folder.path() / "set.toml", manifest);
  const RunConfig config = small_config();
  const SourceConfig source_config = replay_config(folder.path() / "set.toml", true);
  EXPECT_EQ(load_recorded_episodes(source_config, small_setup(config)).episodes.size(), 2U);
  EXPECT_EQ(load_recorded_episodes(source_config, small_setup(config, DataPart::kDevelopment)).episodes.size(), 1U);
  EXPECT_TRUE(keeps_development_apart(source_config));
}

TEST(ReplaySource, LeavesAloneWhatAManifestHoldsOut) {
  const TemporaryFolder folder;
  record(folder.path() / "a", 2, envs::SeedRange::kTraining);
  record(folder.path() / "b", 3, envs::SeedRange::kTraining);
  datasets::Manifest manifest;
  manifest.name = "two";
  manifest.recordings = {{(folder.path() / "a").string(), "training", 1.0},
                         {(folder.path() / "b").string(), "held_out", 1.0}};
  datasets::save_manifest(folder.path() / "set.toml", manifest);
  const RunConfig config = small_config();
  SourceConfig source_config = replay_config(folder.path() / "set.toml", true);
  source_config.development = 0.5;  // a share of episodes that no manifest speaks of
  EXPECT_EQ(named_recordings(source_config).size(), 1U);
  EXPECT_EQ(load_recorded_episodes(source_config, small_setup(config)).episodes.size(), 2U);
  EXPECT_FALSE(keeps_development_apart(source_config));
  EXPECT_EQ(create_mixed_source({source_config}, small_setup(config, DataPart::kDevelopment), playhouse_services()),
            nullptr);
  ::testing::internal::CaptureStderr();
  log_held_out_recordings({source_config});
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("1 of 2 recordings are held out"));
}

TEST(ReplaySource, MakesTheSameBlockAgainAndGoesThroughAllEpisodes) {
  const TemporaryFolder folder;
  record(folder.path() / "r", 6, envs::SeedRange::kTraining);
  const RunConfig config = small_config();
  for (const bool relabel : {true, false}) {
    const SourceConfig source_config = replay_config(folder.path() / "r", relabel);
    const auto a = create_source(source_config, 0, small_setup(config), playhouse_services());
    const auto b = create_source(source_config, 0, small_setup(config), playhouse_services());
    std::set<std::string> texts;
    std::set<std::size_t> asked;  // instructions an example: fewer where other things of the scene are held out
    for (std::uint64_t block = 0; block < 6; ++block) {
      const auto first = a->create_block(block, 40);
      const auto second = b->create_block(block, 40);
      ASSERT_EQ(first.size(), 40U);
      for (std::size_t i = 0; i < first.size(); ++i) expect_equal(first[i], second[i]);
      for (const Example& e : first) asked.insert(e.instructions.size());
      for (const Example& e : first) EXPECT_EQ(e.patches.empty(), !relabel);
      for (const Example& e : first) texts.insert(e.instructions[0]);
    }
    std::set<std::string> told;
    a->add_instructions(told);
    EXPECT_GT(told.size(), 3U);
    EXPECT_EQ(*asked.rbegin(), relabel ? 4U : 1U);
    if (relabel) {
      EXPECT_GE(*asked.begin(), 2U);
    } else {
      EXPECT_EQ(texts, told) << "each episode came up";
    }
  }
}

// The agent's own episodes are labelled with what the expert would have done, whoever was at the controls.
TEST(Dagger, ARoundsSourcesAreTheConfigsAndTheAgentsEpisodesInTheirProportions) {
  RunConfig config = small_config();
  config.trainer.dagger = {.every = 10, .episodes = 8, .share = 0.25, .keep_rounds = 2};
  SourceConfig flat = config.trainer.sources[0];
  flat.world = "playhouse/flat";
  flat.weight = 3.0;
  SourceConfig plain = config.trainer.sources[0];
  plain.relabel = false;
  config.trainer.sources.push_back(flat);
  config.trainer.sources.push_back(plain);
  EXPECT_EQ(dagger_round(config.trainer.dagger, 9), 0);
  EXPECT_EQ(dagger_round(config.trainer.dagger, 10), 1);
  EXPECT_EQ(dagger_round({}, 1000), 0);
  EXPECT_EQ(config_of_round(config, "run", 0).trainer.sources.size(), 3U);

  const RunConfig third = config_of_round(config, "run", 3);
  ASSERT_EQ(third.trainer.sources.size(), 5U);
  const SourceConfig& replay = third.trainer.sources[4];
  EXPECT_EQ(replay.kind, "replay");
  EXPECT_EQ(replay.world, "playhouse/flat");
  EXPECT_THAT(replay.recordings, ::testing::ElementsAre("run/dagger/002/1", "run/dagger/003/1"));
  EXPECT_DOUBLE_EQ(replay.weight, 0.75);
  EXPECT_DOUBLE_EQ(third.trainer.sources[1].weight, 2.25);
  EXPECT_DOUBLE_EQ(third.trainer.sources[2].weight, 1.0) << "a source without an expert's answers stays as it is";
  EXPECT_NE(third.trainer.seed, config.trainer.seed);
  EXPECT_NE(third.trainer.seed, config_of_round(config, "run", 2).trainer.seed);
}

TEST(Dagger, PlaysARoundOnceAndDealsItsEpisodesByWeight) {
  const TemporaryFolder run;
  RunConfig config = small_config();
  config.trainer.dagger = {.every = 10, .episodes = 8};
  SourceConfig flat = config.trainer.sources[0];
  flat.world = "playhouse/flat";
  flat.weight = 3.0;
  config.trainer.sources.push_back(flat);
  std::vector<AgentEpisodes> asked;
  bool stops = true;
  SourceServices services = playhouse_services();
  services.record_agent = [&](const AgentEpisodes& episodes) {
    asked.push_back(episodes);
    std::filesystem::create_directory(episodes.out);
    // Asked to stop in the midst of the second world.
    const std::uint64_t played = stops && asked.size() == 2 ? 1 : episodes.num_episodes;
    return AgentRecord{.episodes = played, .successes = 1, .seconds = 0.5};
  };
  EXPECT_FALSE(has_round(config, run.path(), 1));
  EXPECT_FALSE(record_round(config, run.path(), 1, services).has_value());
  EXPECT_FALSE(has_round(config, run.path(), 1));
  stops = false;
  const std::optional<MetricsLine> line = record_round(config, run.path(), 1, services);
  ASSERT_TRUE(line.has_value());
  EXPECT_TRUE(has_round(config, run.path(), 1));
  ASSERT_EQ(asked.size(), 3U) << "what was played whole is not played again";
  EXPECT_EQ(asked[0].num_episodes, 2U);
  EXPECT_EQ(asked[1].num_episodes, 6U);
  EXPECT_EQ(asked[2].seed, asked[1].seed) << "the same episodes again";
  EXPECT_NE(asked[0].seed, asked[1].seed);
  EXPECT_EQ(line->step, 10);
  EXPECT_EQ(line->values[0], (Scalar{"episodes", 6.0})) << "of this process";
  services.record_agent = nullptr;
  EXPECT_THAT(error_of([&] { static_cast<void>(record_round(config, run.path(), 2, services)); }),
              HasSubstr("nothing here lets an agent play"));
  config.trainer.sources = {testing::replay_config("r", true)};
  EXPECT_THAT(error_of([&] { validate(config); }), HasSubstr("trainer.dagger.every = 10"));
}

}  // namespace
}  // namespace atl::trainer
