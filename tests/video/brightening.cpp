#include "tests/video/brightening.h"

#include "datasets/video/writer.h"
#include "datasets/writer.h"

#include <algorithm>

namespace atl::video {

void record_brightening(const std::filesystem::path& folder, int steps, int first_level) {
  datasets::RecordingOptions options;
  options.folder = folder;
  options.facts.world = "test";
  options.facts.action_rate_hz = kBrighteningHz;
  options.facts.counts_per_turn = 4096;
  options.video = video_writer_factory({});
  auto writer = datasets::RecordingWriter::create(options);
  datasets::EpisodeStart start;
  start.time = from_ns(1'000'000'000);
  writer->begin_episode(start);
  Instruction instruction;
  instruction.text = "go to the light";
  instruction.begin = start.time;
  instruction.end = start.time + steps / 2 * period_of(kBrighteningHz);
  instruction.mark = SuccessMark::kSucceeded;
  writer->instruction(instruction);
  for (int step = 0; step <= steps; ++step) {
    const Timestamp time = start.time + step * period_of(kBrighteningHz);
    Frame frame = make_frame(kBrighteningSize);
    std::fill(frame.pixels.begin(), frame.pixels.end(), static_cast<std::uint8_t>(first_level + step));
    frame.sequence = static_cast<std::uint64_t>(step);
    frame.requested = frame.done = time;
    writer->frame(frame, static_cast<std::uint64_t>(step));
    if (step == steps) break;
    datasets::RecordedAction action;
    action.step = static_cast<std::uint64_t>(step);
    action.time = time;
    action.action.dx = step % 2 == 0 ? 20 : 30;
    writer->action(action);
  }
  datasets::EpisodeEnd end;
  end.time = start.time + steps * period_of(kBrighteningHz);
  end.num_steps = static_cast<std::uint64_t>(steps);
  end.verdict = "success";
  writer->end_episode(end);
  writer->close();
}

}  // namespace atl::video
