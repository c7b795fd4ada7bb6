// A suite: which tasks are asked, on which starts, under which conditions. Shipped suites lie in evaluation/suites.
#pragma once

#include "core/config.h"
#include "envs/seeds.h"
#include "envs/task.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::evaluation {

inline constexpr int kSuiteVersion = 1;

/// One row of the report: a task of the world, asked on many starts.
struct SuiteTask {
  std::string name;             // "go to", "go to, unseen pairs": unique in the suite
  std::string category;         // skill category of the report
  std::string family;           // as in envs::Task
  std::string split = "train";  // as in envs::Task
  std::string instruction{};    // the words, where a family has several instructions; empty: drawn by the world
  double time_limit_s = 0.0;    // world time; 0: the world's default
};

void describe(ConfigVisitor& v, SuiteTask& task);

struct Suite {
  int version = kSuiteVersion;
  std::string name;
  std::string world;               // "playhouse", ...
  std::string judge = "world";     // who decides: "world" is ground truth
  std::string seeds = "held_out";  // "development" or "held_out": where starts come from
  std::vector<SuiteTask> tasks;

  [[nodiscard]] envs::SeedRange seed_range() const;
};

void describe(ConfigVisitor& v, Suite& suite);

/// Loads a suite by file, or by name from the shipped ones. Throws Error(kConfig) naming every problem, or the nearest
/// shipped name.
[[nodiscard]] Suite load_suite(const std::string& file_or_name, std::span<const std::string> overrides = {});

/// Throws Error(kConfig) listing everything that is wrong with the suite as a whole.
void validate(const Suite& suite);

/// The task that a row of the suite asks for.
[[nodiscard]] envs::Task make_task(const SuiteTask& row);
/// Starts are numbered through the suite: row r, episode i gets seed index r * 2^20 + i of the suite's range.
[[nodiscard]] std::uint64_t start_seed(const Suite& suite, std::size_t row, std::uint64_t episode);

}  // namespace atl::evaluation
