// Writes a recording of many hours: long_recording FOLDER HOURS. Episodes of 30 minutes at 15 steps a second, an
// instruction each 6 seconds, keys and mouse in every second step, pictures of 96x72 px that show their number.
#include "capture/counter_picture.h"
#include "core/random.h"
#include "datasets/video/writer.h"
#include "datasets/writer.h"

#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace atl;

constexpr FrameSize kSize{96, 72};
constexpr double kRateHz = 15.0;
constexpr std::uint64_t kSteps = 30 * 60 * 15;  // of an episode
constexpr std::uint64_t kStepsTold = 6 * 15;    // of an instruction

Timestamp time_of(std::uint64_t step) { return from_ns(0) + period_of(kRateHz) * static_cast<std::int64_t>(step); }

// Keys go down and up again from step to step, as events and as the actions that sum them up.
void press(datasets::RecordingWriter& writer, Random& random, std::uint64_t step, ControlSet& held) {
  Action action;
  const Control key = control_named(step % 4 < 2 ? "w" : "mouse_left");
  if (step % 2 == 0) hold(action, key, held);
  if (step % 2 == 0) action.dx = random.between(-40, 40);
  action = normalise(action, held);
  for (const InputEvent& event : expand(action, held, time_of(step), Origin::kHuman)) writer.input(event);
  writer.action({.step = step, .time = time_of(step), .action = action, .origin = Origin::kHuman});
  held = action.held;
}

void record_episode(datasets::RecordingWriter& writer, std::uint64_t episode, std::uint64_t& picture) {
  Random random(episode);
  writer.begin_episode({.episode = episode, .time = from_ns(0), .instruction = "free play", .player = "human"});
  Frame frame = make_frame(kSize);
  ControlSet held;
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    if (step % kStepsTold == 0) {
      Instruction told{.text = "do thing number " + std::to_string(episode * 1000 + step / kStepsTold),
                       .begin = time_of(step),
                       .end = time_of(step + kStepsTold)};
      told.mark = step % (3 * kStepsTold) == 0 ? SuccessMark::kFailed : SuccessMark::kSucceeded;
      writer.instruction(told);
    }
    capture::draw_counter(static_cast<std::uint32_t>(picture), kSize, frame.pixels);
    frame.sequence = picture++;
    frame.requested = frame.done = time_of(step);
    writer.frame(frame, step);
    press(writer, random, step, held);
  }
  writer.end_episode(
      {.episode = episode, .time = time_of(kSteps), .num_steps = kSteps, .verdict = "success", .judge = "none"});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  datasets::RecordingOptions options;
  options.folder = argv[1];
  options.facts.world = "synthetic";
  options.facts.clock = "world";
  options.facts.action_rate_hz = kRateHz;
  options.video = video::video_writer_factory({.crf = 30, .preset = "ultrafast", .rate_hz = kRateHz});
  const auto writer = datasets::RecordingWriter::create(std::move(options));
  const auto episodes = static_cast<std::uint64_t>(std::atof(argv[2]) * 2);
  std::uint64_t picture = 0;
  for (std::uint64_t episode = 0; episode < episodes; ++episode) record_episode(*writer, episode, picture);
  writer->close();
}
