#include "evaluation/suite.h"

#include "core/error.h"
#include "core/files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <set>

namespace atl::evaluation {
namespace {
constexpr std::uint64_t kEpisodesPerRow = std::uint64_t{1} << 20;
}

envs::SeedRange Suite::seed_range() const {
  return seeds == "development" ? envs::SeedRange::kDevelopment : envs::SeedRange::kHeldOut;
}

void describe(ConfigVisitor& v, SuiteTask& t) {
  v.field("name", &t.name);
  v.field("category", &t.category);
  v.field("family", &t.family);
  v.field("split", &t.split);
  v.field("instruction", &t.instruction);
  v.field("time_limit_s", &t.time_limit_s, {.min = 0, .max = 3600});
}

void describe(ConfigVisitor& v, Suite& s) {
  v.field("version", &s.version, {.min = 1, .max = kSuiteVersion});
  v.field("name", &s.name);
  v.field("world", &s.world);
  v.field("judge", &s.judge, {.one_of = {"world"}});
  v.field("seeds", &s.seeds, {.one_of = {"development", "held_out"}});
  v.list("task", s.tasks);
}

void validate(const Suite& suite) {
  std::vector<std::string> problems;
  if (suite.name.empty()) problems.emplace_back("name is empty");
  if (suite.world.empty()) problems.emplace_back("world is empty");
  if (suite.tasks.empty()) problems.emplace_back("there is no [[task]]");
  std::set<std::string> names;
  for (const SuiteTask& task : suite.tasks) {
    if (task.family.empty()) problems.push_back(fmt::format("task \"{}\" has no family", task.name));
    if (task.name == "all") problems.emplace_back("a task is called \"all\", which is the suite's own row");
    if (!names.insert(task.name).second) problems.push_back(fmt::format("two tasks are called \"{}\"", task.name));
  }
  if (!problems.empty()) fail(ErrorKind::kConfig, "suite \"{}\":\n  {}", suite.name, fmt::join(problems, "\n  "));
}

Suite load_suite(const std::string& file_or_name, std::span<const std::string> overrides) {
  std::filesystem::path path = file_or_name;
  if (!std::filesystem::exists(path)) path = shipped_file("evaluation/suites", file_or_name + ".toml");
  Suite suite = load_config<Suite>(path, overrides);
  validate(suite);
  return suite;
}

envs::Task make_task(const SuiteTask& row) {
  envs::Task task;
  task.family = row.family;
  task.split = row.split;
  task.instruction = row.instruction;
  task.time_limit_s = row.time_limit_s;
  return task;
}

std::uint64_t start_seed(const Suite& suite, std::size_t row, std::uint64_t episode) {
  ATOLL_CHECK(episode < kEpisodesPerRow, "episode {}, expected < {}", episode, kEpisodesPerRow);
  return envs::seed_in(suite.seed_range(), static_cast<std::uint64_t>(row) * kEpisodesPerRow + episode);
}

}  // namespace atl::evaluation
