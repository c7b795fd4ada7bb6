#include "tools/imitation.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/stop.h"
#include "core/version.h"
#include "tools/imitation_report.h"
#include "tools/players.h"
#include "tools/training.h"

#include <fmt/format.h>

namespace atl::tools {
namespace {

constexpr double kBlockS = 10.0;

ImitationHeader make_header(const ImitationFlags& flags, const trainer::ImitationMeasure& measure,
                            std::size_t num_recordings) {
  return {.policy = run_name(flags.policy),
          .step = measure.step(),
          .num_recordings = num_recordings,
          .num_fit_recordings = measure.num_fit_recordings(),
          .block_s = kBlockS,
          .command = flags.command,
          .commit = std::string(git_revision()),
          .machine = machine_description(),
          .date = utc_now()};
}

}  // namespace

int run_imitation(const ImitationFlags& flags) {
  std::vector<std::filesystem::path> folders;
  for (const std::string& path : flags.recordings) {
    for (std::filesystem::path& folder : trainer::held_out_recordings(path)) folders.push_back(std::move(folder));
  }
  const trainer::ImitationMeasure measure({.run = flags.policy, .fit = flags.fit, .threads = flags.threads},
                                          training_services());
  create_output_folder(flags.out);
  std::vector<trainer::ImitationRecording> recordings;
  for (const std::filesystem::path& folder : folders) {
    show_progress(fmt::format("imitation: recording {} of {}", recordings.size() + 1, folders.size()));
    recordings.push_back(measure.measure(folder, flags.out));
    if (stop_requested())
      fail(ErrorKind::kEnvironment, "stopped after {} of {} recordings", recordings.size(), folders.size());
  }
  end_progress();
  const std::vector<ImitationRow> rows = imitation_rows(recordings, measure.markov(), kBlockS);
  const std::string json = imitation_json(make_header(flags, measure, folders.size()), measure.markov(), rows);
  write_file_atomically(flags.out / "imitation.json", json);
  if (flags.json) {
    fmt::print("{}", json);
    return 0;
  }
  fmt::print("log-likelihood of what was done, nats per action; Markov models fitted on {} recordings, {} actions\n{}",
             measure.num_fit_recordings(), measure.markov().num_steps, imitation_table(rows));
  fmt::print("written: {}\n", (flags.out / "imitation.json").string());
  return 0;
}

}  // namespace atl::tools
