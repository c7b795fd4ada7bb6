// Videos of a report: which episodes are worth seeing, and playing them again with a camera on them.
#pragma once

#include "evaluation/evaluator.h"
#include "evaluation/report.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace atl::evaluation {

/// Makes a sink that writes the episode it sees to `file`, an MP4 that is complete when the sink is destroyed.
using FilmFactory = std::function<std::unique_ptr<session::EpisodeSink>(const std::filesystem::path& file)>;

/// The first episode of each task and verdict among the records of `contestant`'s condition, played again bit by bit
/// and filmed into `folder`. The videos' file names are relative to the folder above `folder`. Returns early with what
/// is complete when the process is asked to stop. Throws Error(kInternal) for an episode that is not the same again.
[[nodiscard]] std::vector<ReportVideo> film_episodes(const EvaluationPlan& plan, const Contestant& contestant,
                                                     std::span<const EpisodeRecord> records,
                                                     const std::filesystem::path& folder, const FilmFactory& film);

}  // namespace atl::evaluation
