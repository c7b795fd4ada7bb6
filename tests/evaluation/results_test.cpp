#include "evaluation/results.h"

#include "core/error.h"
#include "core/files.h"
#include "envs/partners.h"
#include "envs/playhouse/playhouse.h"
#include "evaluation/report.h"
#include "evaluation/suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>

namespace atl::evaluation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

EpisodeRecord episode(std::string task, std::string condition, std::uint64_t index, bool success) {
  EpisodeRecord e;
  e.task = std::move(task);
  e.condition = std::move(condition);
  e.index = index;
  e.success = success;
  e.verdict = success ? "success" : "timeout";
  e.told = "go to the <red> \"ball\" & wait";
  return e;
}

std::vector<EpisodeRecord> some_episodes() {
  std::vector<EpisodeRecord> all;
  for (std::uint64_t i = 0; i < 10; ++i) {
    all.push_back(episode("go to", "instructed", i, i != 0));
    all.push_back(episode("go to", "blank", i, i < 2));
    all.push_back(episode("pick up", "instructed", i, i % 2 == 0));
  }
  return all;
}

const std::vector<RowName> kNames{{"go to", "navigation"}, {"pick up", "object handling"}};

TEST(Results, CountEveryTaskAndTheWholeSuite) {
  const Results results = summarise(some_episodes(), kNames);
  const auto row = [&](std::string_view task, std::string_view condition) {
    for (const ResultRow& r : results.rows) {
      if (r.task == task && r.condition == condition) return r;
    }
    return ResultRow{};
  };
  EXPECT_EQ(row("go to", "instructed").successes, 9u);
  EXPECT_EQ(row("go to", "blank").successes, 2u);
  EXPECT_EQ(row("pick up", "instructed").n, 10u);
  EXPECT_EQ(row("all", "instructed").n, 20u);
  EXPECT_EQ(row("all", "instructed").successes, 14u);
  EXPECT_EQ(row("go to", "instructed").verdicts.at("timeout"), 1u);
  EXPECT_EQ(row("pick up", "blank").n, 0u) << "a condition that did not run has no row";
}

TEST(Results, PairOnlyStartsThatBothConditionsRan) {
  const Results results = summarise(some_episodes(), kNames);
  ASSERT_EQ(results.paired.size(), 2u);  // go to, all: pick up has no blank episodes
  EXPECT_EQ(results.paired[1].task, "all");
  EXPECT_NEAR(results.paired[1].difference.value, 0.7, 1e-12);
  // Start 0 failed when instructed and succeeded when blank: the pairs are by start, not by order.
  const Estimate expected = paired_difference({.both = 1, .only_a = 8, .only_b = 1, .neither = 0});
  EXPECT_NEAR(results.paired[0].difference.low, expected.low, 1e-12);
}

// Some starts offer nothing else to ask for: whoever reads the numbers is told how many.
TEST(Results, SayWhichStartsASwapLeavesOut) {
  std::vector<EpisodeRecord> episodes = some_episodes();
  EXPECT_TRUE(summarise(episodes, kNames).notes.empty()) << "nothing was swapped";
  for (std::uint64_t i = 0; i < 10; ++i) episodes.push_back(episode("go to", "swapped", i, false));
  for (std::uint64_t i = 0; i < 3; ++i) episodes.push_back(episode("pick up", "swapped", i, false));
  const Results results = summarise(episodes, kNames);
  const std::string note = "swapped, pick up: 7 of 10 starts offer nothing else to ask for and are left out";
  EXPECT_THAT(results.notes, testing::ElementsAre(note));
  EXPECT_THAT(to_table(results), HasSubstr(note));
  EXPECT_THAT(to_html(results, {}, {}), HasSubstr(note));
  EXPECT_EQ(nlohmann::json::parse(to_json(results)).at("notes").at(0), note);
}

TEST(Results, AreTheDocumentedJson) {
  Results results = summarise(some_episodes(), kNames);
  results.suite = "s";
  results.world = "w";
  const auto json = nlohmann::json::parse(to_json(results));
  EXPECT_EQ(json.at("suite"), "s");
  EXPECT_EQ(json.at("world"), "w");
  for (const char* key : {"task", "category", "condition", "n", "successes", "rate", "low", "high", "verdicts"}) {
    EXPECT_TRUE(json.at("rows").at(0).contains(key)) << key;
  }
  for (const char* key : {"task", "a", "b", "difference", "low", "high"}) {
    EXPECT_TRUE(json.at("paired").at(0).contains(key)) << key;
  }
}

TEST(Results, ReadBackTheEpisodesTheyWrote) {
  const TemporaryFolder folder;
  std::string text;
  for (const EpisodeRecord& e : some_episodes()) text += to_json_line(e);
  write_file_atomically(folder.path() / "episodes.jsonl", text);
  const std::vector<EpisodeRecord> read = read_episodes(folder.path() / "episodes.jsonl");
  ASSERT_EQ(read.size(), 30u);
  EXPECT_EQ(read[4].told, some_episodes()[4].told);
  EXPECT_EQ(read[4].success, some_episodes()[4].success);
  EXPECT_FALSE(read[4].habits);
  EXPECT_TRUE(read[4].beliefs.empty());

  EpisodeRecord measured = some_episodes()[4];
  measured.habits = HabitCounts{.steps = 4, .idle = 1, .pairs = 3, .repeats = 2};
  measured.beliefs = {{0, 0.25}, {3, 1.0 / 3}};
  write_file_atomically(folder.path() / "episodes.jsonl", std::string_view(to_json_line(measured)));
  const EpisodeRecord again = read_episodes(folder.path() / "episodes.jsonl").at(0);
  EXPECT_EQ(again.habits, measured.habits);
  ASSERT_EQ(again.beliefs.size(), 2u);
  EXPECT_EQ(again.beliefs[1].step, 3u);
  EXPECT_EQ(again.beliefs[1].goal_probability, 1.0 / 3);
}

TEST(Results, NameTheLineThatIsNoEpisode) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "episodes.jsonl";
  write_file_atomically(file, to_json_line(some_episodes()[0]) + "{\"task\": 3\n");
  try {
    static_cast<void>(read_episodes(file));
    FAIL() << "a broken line was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFormat);
    EXPECT_THAT(error.what(), HasSubstr("line 2"));
  }
}

TEST(Report, LoadsNothingFromElsewhereAndEscapesWhatPeopleWrote) {
  const std::vector<EpisodeRecord> episodes = some_episodes();
  const ReportVideo video{episodes[0], {'M', 'a', 'n', 'x'}};
  PageHeader header;
  header.title = "a < b";
  const std::string html = to_html(summarise(episodes, kNames), header, std::span(&video, 1));
  EXPECT_THAT(html, HasSubstr("data:video/mp4;base64,TWFueA=="));
  EXPECT_THAT(html, HasSubstr("go to the &lt;red&gt; &quot;ball&quot; &amp; wait"));
  EXPECT_THAT(html, HasSubstr("<title>a &lt; b</title>"));
  EXPECT_THAT(html, Not(HasSubstr("http")));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(Suite, StartsAreNumberedThroughItsRowsInTheHeldOutRange) {
  const Suite suite = load_suite("playhouse-basics");
  EXPECT_EQ(suite.world, "playhouse");
  EXPECT_EQ(suite.seed_range(), envs::SeedRange::kHeldOut);
  EXPECT_NE(start_seed(suite, 0, 5), start_seed(suite, 1, 5));
  EXPECT_EQ(envs::range_of(start_seed(suite, 6, 499)), envs::SeedRange::kHeldOut);
}

TEST(Suite, EveryRowOfTheShippedOnesCanBeAsked) {
  int num_suites = 0;
  for (const auto& file : std::filesystem::directory_iterator("evaluation/suites")) {
    const Suite suite = load_suite(file.path().stem().string());
    EXPECT_EQ(suite.name, file.path().stem());
    if (!envs::is_playhouse_name(suite.world)) continue;  // games of the desktop: tests/desktop/game_suites_test.cpp
    const std::string level = suite.world.substr(0, suite.world.find(envs::kExpertPartner));
    const auto world = envs::create_playhouse({.frame = {8, 8}, .episode = envs::playhouse_named(level)});
    for (std::size_t row = 0; row < suite.tasks.size(); ++row) {
      for (std::uint64_t i = 0; i < 3; ++i)
        EXPECT_NO_THROW(world->reset(start_seed(suite, row, i), make_task(suite.tasks[row]))) << suite.tasks[row].name;
    }
    ++num_suites;
  }
  EXPECT_GE(num_suites, 5);
}

// The suite and the world agree on what can be held out of which family.
TEST(Suite, OfGeneralisationHasEveryFamilyWithEveryHeldOutSet) {
  const Suite suite = load_suite("playhouse-generalisation");
  std::set<std::pair<std::string, std::string>> rows;
  for (const SuiteTask& row : suite.tasks) EXPECT_TRUE(rows.insert({row.family, row.split}).second) << row.name;
  const envs::playhouse::Level& level = envs::playhouse::level_named("house");
  for (const std::string& family : envs::playhouse::families_of(level)) {
    for (std::size_t s = 0; s < envs::playhouse::kSplitNames.size(); ++s) {
      const bool is_there = rows.contains({family, std::string(envs::playhouse::kSplitNames[s])});
      EXPECT_EQ(is_there, envs::playhouse::has_split(level, envs::playhouse::family_named(family),
                                                     static_cast<envs::playhouse::Split>(s)))
          << family << " " << envs::playhouse::kSplitNames[s];
    }
  }
}

TEST(Suite, SaysEverythingThatIsWrongAtOnce) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "s.toml";
  write_file_atomically(file, "name = 's'\n[[task]]\nname = 'all'\n[[task]]\nname = 'x'\n[[task]]\nname = 'x'\n");
  try {
    static_cast<void>(load_suite(file.string()));
    FAIL() << "a broken suite was loaded";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("world is empty"));
    EXPECT_THAT(error.what(), HasSubstr("suite's own row"));
    EXPECT_THAT(error.what(), HasSubstr("two tasks are called \"x\""));
    EXPECT_THAT(error.what(), HasSubstr("has no family"));
  }
}

TEST(Suite, NamesTheNearestShippedOne) {
  try {
    static_cast<void>(load_suite("playhouse-basic"));
    FAIL() << "a suite that is not there was loaded";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("playhouse-basics.toml"));
  }
}

}  // namespace
}  // namespace atl::evaluation
