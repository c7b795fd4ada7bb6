// Reading what evaluations left: the part of evaluation/compare.h that touches files.
#include "core/error.h"
#include "core/files.h"
#include "evaluation/compare.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace atl::evaluation {
namespace {

Evaluation parse_results(const std::filesystem::path& file) {
  Evaluation evaluation;
  try {
    const auto json = nlohmann::json::parse(read_text_file(file));
    json.at("suite").get_to(evaluation.suite);
    json.at("policy").get_to(evaluation.policy);
    json.at("seeds").get_to(evaluation.seeds);
    evaluation.world = json.value("world", evaluation.suite);  // older files name none
    for (const auto& row : json.at("rows")) {
      const RowName name{row.at("task"), row.at("category")};
      const auto is_same = [&](const RowName& other) { return other.task == name.task; };
      if (name.task != "all" && std::none_of(evaluation.tasks.begin(), evaluation.tasks.end(), is_same))
        evaluation.tasks.push_back(name);
    }
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::kFormat, "{}: {}; expected the results.json of `atoll eval`", file.string(), error.what());
  }
  return evaluation;
}

}  // namespace

Evaluation load_evaluation(const std::filesystem::path& path, const std::string& condition) {
  const std::filesystem::path folder = std::filesystem::is_directory(path) ? path : path.parent_path();
  const std::filesystem::path results = folder / "results.json";
  const std::filesystem::path lines = folder / "episodes.jsonl";
  for (const std::filesystem::path& file : {results, lines}) {
    if (!std::filesystem::exists(file))
      fail(ErrorKind::kFile, "{} is no finished evaluation: there is no {}; name a folder that `atoll eval` wrote",
           path.string(), file.string());
  }
  Evaluation evaluation = parse_results(results);
  evaluation.folder = folder;
  evaluation.condition = condition;
  std::set<std::string> conditions;
  for (EpisodeRecord& episode : read_episodes(lines)) {
    conditions.insert(episode.condition);
    episode.beliefs.clear();
    if (episode.condition == condition) evaluation.episodes.push_back(std::move(episode));
  }
  if (evaluation.episodes.empty())
    fail(ErrorKind::kUsage, "{} has no episodes of the condition {}; it has {}", folder.string(), condition,
         fmt::join(conditions, ", "));
  return evaluation;
}

}  // namespace atl::evaluation
