#include "tools/episode_source.h"

#include "core/error.h"
#include "core/random.h"
#include "core/text.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/playhouse.h"
#include "evaluation/evaluator.h"
#include "tools/remote_name.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace atl::tools {
namespace {
constexpr std::uint64_t kPlayerStream = 1;
}

session::EpisodeRequest EpisodeSource::request_of_suite(std::uint64_t index) const {
  const std::size_t num_rows = suite->tasks.size();
  session::EpisodeRequest request = evaluation::make_request(*suite, index % num_rows, first + index / num_rows, 0);
  if (!instruction.empty()) request.task.instruction = instruction;
  if (!target.empty()) request.task.target = target;
  if (time_limit_s > 0.0) request.task.time_limit_s = time_limit_s;
  request.instruction = told;
  return request;
}

session::EpisodeRequest EpisodeSource::request(std::uint64_t index) const {
  if (suite) return request_of_suite(index);
  session::EpisodeRequest request;
  request.instruction = told;
  request.seed = envs::seed_in(range, first + index);
  request.player_seed = derive_seed(request.seed, kPlayerStream);
  if (!families.empty()) request.task.family = families[index % families.size()];
  request.task.split = split;
  request.task.instruction = instruction;
  request.task.target = target;
  request.task.time_limit_s = time_limit_s;
  return request;
}

std::vector<std::string> choose_families(const WorldEntry& world, const std::vector<std::string>& asked,
                                         const std::string& split) {
  for (const std::string& family : asked) {
    if (std::find(world.tasks.begin(), world.tasks.end(), family) != world.tasks.end()) continue;
    fail(ErrorKind::kUsage, "world {} has no task \"{}\"; the nearest is \"{}\"; it has: {}", world.name, family,
         nearest_name(family, world.tasks), fmt::join(world.tasks, ", "));
  }
  if (split == "train" || (world.splits.empty() && remote_address(world.name)))
    return asked.empty() ? world.tasks : asked;
  std::vector<std::string> offering;
  for (const auto& [family, splits] : world.splits)
    if (std::find(splits.begin(), splits.end(), split) != splits.end()) offering.push_back(family);
  if (offering.empty()) fail(ErrorKind::kUsage, "world {} has no tasks of {}", world.name, split);
  for (const std::string& family : asked) {
    if (std::find(offering.begin(), offering.end(), family) != offering.end()) continue;
    fail(ErrorKind::kUsage, "world {}: the task \"{}\" has no {}; these have: {}", world.name, family, split,
         fmt::join(offering, ", "));
  }
  return asked.empty() ? offering : asked;
}

void settle_words(const WorldEntry& world, bool families_asked, EpisodeSource& source) {
  if (!envs::is_playhouse_name(world.name) && !playhouse_window_named(world.name)) return;
  const bool has_target = !source.target.empty();
  const std::string& text = has_target ? source.target : source.instruction;
  if (text.empty()) return;
  const envs::playhouse::Parsed parsed = envs::playhouse::parse(text);
  if (!parsed.mission && has_target) fail(ErrorKind::kUsage, "--target: {}", parsed.problem);
  if (!parsed.mission) {
    fail(ErrorKind::kUsage, "--instruction: {} (to say something else, name what is judged with --target)",
         parsed.problem);
  }
  if (families_asked) return;
  static_cast<void>(choose_families(
      world, {std::string(envs::playhouse::kFamilyNames[static_cast<std::size_t>(family_of(*parsed.mission))])}));
  source.families.clear();
}

session::EpisodeRequest resolve_request(const std::string& live_world, session::EpisodeRequest request) {
  if (const auto options = playhouse_window_named(live_world)) {
    request.task = envs::playhouse::create_episode(request.seed, request.task, *options).task;
  } else {
    request.task = resolve_live_task(live_world, request.seed, request.task);
  }
  return request;
}

}  // namespace atl::tools
