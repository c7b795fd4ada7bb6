// Agents side by side: what is counted, what is paired, and what is refused.
#include "core/error.h"
#include "core/files.h"
#include "evaluation/compare_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <functional>
#include <stdexcept>

namespace atl::evaluation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kStarts = 20;

// `kStarts` starts of each of two tasks of one category and one of another; `succeeds` by task and start.
Evaluation evaluation(const std::string& world, const std::function<bool(std::size_t, std::uint64_t)>& succeeds) {
  Evaluation e{.folder = world + "-folder",
               .suite = world + "-suite",
               .world = world,
               .policy = "run",
               .seeds = "held_out",
               .condition = "instructed",
               .tasks = {{"go", "moving"}, {"turn", "moving"}, {"take", "hands"}},
               .episodes = {}};
  for (std::size_t task = 0; task < e.tasks.size(); ++task) {
    for (std::uint64_t i = 0; i < kStarts; ++i) {
      EpisodeRecord record;
      record.task = e.tasks[task].task;
      record.condition = "instructed";
      record.index = i;
      record.seed = 1000 * task + i;
      record.start_hash = "ab" + std::to_string(record.seed);
      record.success = succeeds(task, i);
      e.episodes.push_back(record);
    }
  }
  return e;
}

// Succeeds at the first `count` starts of each task.
Evaluation first(const std::string& world, std::uint64_t count) {
  return evaluation(world, [count](std::size_t, std::uint64_t i) { return i < count; });
}

const ComparedRow& row_of(const Comparison& all, RowLevel level, const std::string& name) {
  for (const ComparedRow& row : all.rows) {
    const std::string& own = level == RowLevel::kTask       ? row.task
                             : level == RowLevel::kCategory ? row.category
                                                            : row.world;
    if (row.level == level && own == name) return row;
  }
  throw std::runtime_error("no row " + name);
}

std::string message_of(std::vector<ComparedAgent> agents) {
  try {
    static_cast<void>(compare(std::move(agents), std::nullopt));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Compare, CountsTasksCategoriesWorldsAndTheTotal) {
  const Comparison all = compare({{"specialist", {first("house", 20), first("cave", 10)}},
                                  {"generalist", {first("house", 10), first("cave", 10)}}},
                                 0);
  ASSERT_EQ(all.rows.size(), 2u * (3 + 1 + 1) + 1) << "a category of one task is that task";
  const ComparedRow& go = row_of(all, RowLevel::kTask, "go");
  EXPECT_EQ(go.world, "house");
  EXPECT_EQ(go.cells[1]->successes, 10u);
  EXPECT_EQ(go.cells[1]->rate.low, wilson_interval(10, 20).low);
  EXPECT_NEAR(*go.cells[1]->relative, 0.5, 1e-12);
  EXPECT_FALSE(go.differences[0]) << "the reference itself";
  EXPECT_NEAR(go.differences[1]->difference.value, -0.5, 1e-12);
  EXPECT_NEAR(go.differences[1]->p, 2 * std::pow(0.5, 10), 1e-12);
  EXPECT_EQ(row_of(all, RowLevel::kCategory, "moving").cells[0]->n, 40u);
  EXPECT_EQ(row_of(all, RowLevel::kWorld, "cave").differences[1]->difference.value, 0.0);

  const ComparedRow& total = all.rows.back();
  EXPECT_EQ(total.level, RowLevel::kTotal);
  EXPECT_NEAR(total.cells[0]->rate.value, 0.75, 1e-12);
  EXPECT_NEAR(*total.cells[1]->relative, 0.75, 1e-12) << "half of one world, all of the other";
  EXPECT_NEAR(total.differences[1]->difference.value, -0.25, 1e-12);
}

TEST(Compare, CorrectsOverTheRowsOfOneKind) {
  const Comparison all = compare({{"a", {first("house", 20)}}, {"b", {first("house", 10)}}}, std::nullopt);
  EXPECT_NEAR(row_of(all, RowLevel::kTask, "go").differences[1]->p_holm, 3 * 2 * std::pow(0.5, 10), 1e-12);
  const ComparedDifference& world = *row_of(all, RowLevel::kWorld, "house").differences[1];
  EXPECT_EQ(world.p_holm, world.p);
  EXPECT_FALSE(row_of(all, RowLevel::kTask, "go").cells[0]->relative) << "nobody is 100 %";
  EXPECT_EQ(all.rows.front().level, RowLevel::kWorld);
  EXPECT_EQ(all.rows.back().level, RowLevel::kCategory) << "one world is the total";
}

TEST(Compare, PairsOnlyCommonStartsAndSaysHowMany) {
  Evaluation fewer = first("house", 10);
  std::erase_if(fewer.episodes, [](const EpisodeRecord& e) { return e.index >= 5; });
  const Comparison all = compare({{"a", {first("house", 20)}}, {"b", {fewer}}}, std::nullopt);
  EXPECT_EQ(row_of(all, RowLevel::kTask, "go").differences[1]->pairs, 5u);
  EXPECT_THAT(all.notes, testing::Contains("b and a have 15 common starts in house, of 60"));
}

TEST(Compare, AnAgentThatDidNotPlayARowHasNoCell) {
  const Comparison all =
      compare({{"a", {first("house", 20), first("cave", 20)}}, {"b", {first("house", 10)}}}, std::nullopt);
  EXPECT_FALSE(row_of(all, RowLevel::kWorld, "cave").cells[1]);
  EXPECT_FALSE(all.rows.back().cells[1]) << "not all worlds, no total";
  EXPECT_TRUE(all.rows.back().cells[0]);
  EXPECT_THAT(to_table(all), HasSubstr("all worlds equally"));
}

TEST(Compare, RefusesStartsThatAreNotTheSame) {
  Evaluation other = first("house", 10);
  other.episodes[3].start_hash = "cd";
  const std::string message = message_of({{"a", {first("house", 20)}}, {"b", {other}}});
  EXPECT_THAT(message, HasSubstr("1 starts of b and a"));
  EXPECT_THAT(message, HasSubstr("house, go, seed 3: cd and ab3"));
}

TEST(Compare, RefusesWhatCannotBeToldApart) {
  EXPECT_THAT(message_of({{"a", {first("house", 1)}}}), HasSubstr("expected at least 2"));
  EXPECT_THAT(message_of({{"a", {first("house", 1)}}, {"a", {first("house", 2)}}}),
              HasSubstr("two agents are called a"));
  EXPECT_THAT(message_of({{"a", {first("house", 1), first("house", 2)}}, {"b", {first("house", 2)}}}),
              HasSubstr("two evaluations of house-suite in house"));
}

TEST(Compare, TellsTheSameAsTextJsonAndPage) {
  Comparison all = compare(
      {{"special <1>", {first("house", 20), first("cave", 10)}}, {"general", {first("house", 10), first("cave", 10)}}},
      0);
  const auto json = nlohmann::json::parse(to_json(all));
  EXPECT_EQ(json.at("baseline"), "special <1>");
  EXPECT_EQ(json.at("rows").size(), all.rows.size());
  const auto& go = json.at("rows").at(1);
  EXPECT_EQ(go.at("level"), "task");
  EXPECT_EQ(go.at("cells").at(1).at("relative"), 0.5);
  EXPECT_EQ(go.at("differences").at(0).at("agent"), "general");
  for (const char* key : {"minus", "pairs", "difference", "low", "high", "p", "p_holm"})
    EXPECT_TRUE(go.at("differences").at(0).contains(key)) << key;
  EXPECT_THAT(to_table(all), HasSubstr("general minus special <1>: -50.0 ["));
  PageHeader header;
  header.title = "two";
  const std::string html = to_html(all, header);
  EXPECT_THAT(html, HasSubstr("special &lt;1&gt;"));
  EXPECT_THAT(html, HasSubstr("50.0 % <small>["));
  EXPECT_THAT(html, Not(HasSubstr("http")));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(LoadEvaluation, ReadsWhatAnEvaluationLeft) {
  const TemporaryFolder folder;
  EpisodeRecord record;
  record.task = "go";
  record.condition = "instructed";
  record.seed = 7;
  record.success = true;
  Results results = summarise(std::span(&record, 1), std::vector<RowName>{{"go", "moving"}});
  results.suite = "s";
  results.world = "w";
  results.policy = "run";
  results.seeds = "held_out";
  const auto load = [&](const char* condition) { return load_evaluation(folder.path() / "results.json", condition); };
  EXPECT_THROW(static_cast<void>(load("instructed")), Error);
  write_file_atomically(folder.path() / "results.json", std::string_view(to_json(results)));
  write_file_atomically(folder.path() / "episodes.jsonl", std::string_view(to_json_line(record)));
  const Evaluation read = load("instructed");
  EXPECT_EQ(read.world, "w");
  ASSERT_EQ(read.tasks.size(), 1u);
  EXPECT_EQ(read.tasks[0].category, "moving");
  ASSERT_EQ(read.episodes.size(), 1u);
  EXPECT_EQ(read.episodes[0].seed, 7u);
  try {
    static_cast<void>(load("blank"));
    FAIL() << "episodes that were not played were read";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("it has instructed"));
  }
}

}  // namespace
}  // namespace atl::evaluation
