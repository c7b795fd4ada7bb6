// What a recorder costs: messages per second written and read, and bytes on disk for an episode of seed and actions.
#include "core/clock.h"
#include "core/files.h"
#include "core/random.h"
#include "datasets/reader.h"
#include "datasets/writer.h"
#include "tools/bench.h"

namespace atl::tools {
namespace {

constexpr std::uint64_t kEpisodes = 2000;
constexpr std::uint64_t kSteps = 25;

// Episodes as the expert plays them in Playhouse: a picture's hash and an action a step.
datasets::RecordingSummary write_recording(const std::filesystem::path& folder) {
  SourceFacts facts;
  facts.world = "bench";
  facts.clock = "world";
  const auto writer =
      datasets::RecordingWriter::create({.folder = folder, .facts = facts, .contract = {}, .video = {}});
  Random random(1);
  const Control forward = control_named("w");
  const Duration period = period_of(facts.action_rate_hz);
  for (std::uint64_t e = 0; e < kEpisodes; ++e) {
    writer->begin_episode(
        {.episode = e, .time = {}, .seed = e, .family = "go to", .instruction = "go to the red ball"});
    ControlSet held;
    for (std::uint64_t s = 0; s < kSteps; ++s) {
      const Timestamp time = from_ns(0) + static_cast<std::int64_t>(s) * period;
      writer->replay_frame({.kind = datasets::FrameKind::kReplay,
                            .sequence = s,
                            .step = s,
                            .requested = time,
                            .done = time,
                            .pixel_hash = random()});
      Action action;
      action.held = held;
      if (random.chance(1, 4)) hold(action, forward, held);
      action.dx = random.between(-40, 40);
      held = action.held;
      writer->action({.step = s, .time = time, .action = action, .origin = Origin::kExpert});
    }
    writer->end_episode(
        {.episode = e, .time = from_ns(0) + kSteps * period, .num_steps = kSteps, .verdict = "success"});
  }
  return writer->close();
}

std::uint64_t read_recording(const std::filesystem::path& folder) {
  const auto reader = datasets::RecordingReader::open(folder);
  std::uint64_t actions = 0;
  for (std::size_t e = 0; e < reader->episodes().size(); ++e) actions += reader->actions(e).size();
  return actions;
}

}  // namespace

std::vector<Figure> bench_record(const BenchOptions& options) {
  const TemporaryFolder folder("atoll-bench");
  int round = 0;
  datasets::RecordingSummary summary;
  const auto next_path = [&] { return folder.path() / std::to_string(round++); };
  const auto rate = [](std::uint64_t items, Timestamp begin) {
    return static_cast<double>(items) / to_seconds(MonotonicClock::now() - begin);
  };
  std::vector<Figure> figures;
  figures.push_back(repeat_figure("write actions and picture hashes", "messages/s", options.repeats, [&] {
    const Timestamp begin = MonotonicClock::now();
    summary = write_recording(next_path());
    return rate(summary.actions + summary.frames, begin);
  }));
  figures.push_back(repeat_figure("open and read actions", "actions/s", options.repeats, [&] {
    const Timestamp begin = MonotonicClock::now();
    return rate(read_recording(folder.path() / "0"), begin);
  }));
  const double bytes = static_cast<double>(summary.bytes) / static_cast<double>(summary.actions);
  figures.push_back({"on disk, picture hash included", "bytes/step", bytes, bytes, bytes});
  return figures;
}

}  // namespace atl::tools
