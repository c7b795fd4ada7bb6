#include "evaluation/films.h"

#include "core/error.h"
#include "core/files.h"
#include "core/stop.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

namespace atl::evaluation {
namespace {

std::size_t row_of(const Suite& suite, const std::string& task) {
  const auto row = std::find_if(suite.tasks.begin(), suite.tasks.end(), [&](const auto& t) { return t.name == task; });
  ATOLL_CHECK(row != suite.tasks.end(), "the suite {} has no task \"{}\"", suite.name, task);
  return static_cast<std::size_t>(row - suite.tasks.begin());
}

std::string file_name_of(const EpisodeRecord& record) {
  std::string name = fmt::format("{}_{}.mp4", record.task, record.verdict);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ' ' || c == ',' || c == '/'; }, '_');
  return name;
}

}  // namespace

std::vector<ReportVideo> film_episodes(const EvaluationPlan& plan, const Contestant& contestant,
                                       std::span<const EpisodeRecord> records, const std::filesystem::path& folder,
                                       const FilmFactory& film) {
  std::vector<ReportVideo> videos;
  std::set<std::string> filmed;
  const std::unique_ptr<envs::SteppedEnvironment> world = plan.create_world();
  const std::unique_ptr<session::Player> player = contestant.create_player(*world);
  for (const EpisodeRecord& record : records) {
    if (stop_requested()) break;
    const std::string name = file_name_of(record);
    if (record.condition != contestant.condition || !filmed.insert(name).second) continue;
    std::unique_ptr<session::EpisodeSink> sink = film(folder / name);
    const EpisodeJob job{row_of(plan.suite, record.task), 0, record.index};
    const EpisodeRecord again = play_job(plan, contestant, job, *world, *player, sink.get()).front();
    if (again.verdict == "aborted" && stop_requested()) {  // cut in the middle: half an episode is no video
      sink.reset();
      std::filesystem::remove(folder / name);
      break;
    }
    ATOLL_CHECK(again.verdict == record.verdict && again.steps == record.steps,
                "{} start {} ended with {} after {} steps, and with {} after {} when filmed", record.task, record.index,
                record.verdict, record.steps, again.verdict, again.steps);
    sink.reset();
    videos.push_back({record, read_binary_file(folder / name)});
  }
  return videos;
}

}  // namespace atl::evaluation
