#include "tests/datasets/sample.h"

#include "core/error.h"
#include "core/files.h"
#include "datasets/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace atl::datasets::testing {
namespace {

// A button of the second gamepad goes down and up again, between the positions of a stick.
InputEvent pad_event(int i, Timestamp time, Origin origin) {
  InputEvent event;
  event.time = time;
  event.origin = origin;
  event.pad = 1;
  event.kind = i % 3 == 0 ? InputKind::kPadAxis : InputKind::kPadButton;
  if (event.kind == InputKind::kPadAxis) {
    event.pad_axis = static_cast<PadAxis>(i % kNumPadAxes);
    event.dx = i % 2 == 0 ? info_of(event.pad_axis).low : info_of(event.pad_axis).high;
  } else {
    event.pad_button = static_cast<PadButton>(i / 3 % kNumPadButtons);
    event.pressed = i % 3 == 1;
  }
  return event;
}

}  // namespace

SampleEpisode make_episode(const SampleOptions& options, int index, Timestamp begin) {
  Random random(derive_seed(options.seed, static_cast<std::uint64_t>(index)));
  const Duration period = period_of(15.0);
  const auto number = static_cast<std::uint64_t>(index);
  SampleEpisode episode;
  episode.start = {.episode = number,
                   .time = begin,
                   .seed = 1000 + number,
                   .family = "go to",
                   .split = "train",
                   .target = "red ball",
                   .instruction = "go to the \"red\" ball \xE2\x9C\x93",
                   .time_limit_s = 20.1,
                   .start_hash = random(),
                   .player = "expert"};
  episode.instructions.push_back({episode.start.instruction, begin, std::nullopt, InstructionSource::kProgram});
  const std::vector<Control> keys{control_named("w"), control_named("left_shift"), control_named("mouse_left")};
  ControlSet held;
  for (int i = 0; i < options.num_steps; ++i) {
    const auto step = static_cast<std::uint64_t>(i);
    const Timestamp time = begin + i * period;
    episode.frames.push_back({.kind = FrameKind::kReplay,
                              .sequence = step,
                              .step = step,
                              .requested = time,
                              .done = time + Duration(random.below(1'000'000)),
                              .pixel_hash = random(),
                              .window = {10, 20, 640, 480}});
    Action action;
    action.held = held;
    for (const Control key : keys) {
      if (random.chance(1, 6)) {
        if (held.test(static_cast<std::size_t>(index_of(key))))
          action.held.reset(static_cast<std::size_t>(index_of(key)));
        else
          hold(action, key, held);
      } else if (random.chance(1, 12)) {
        tap(action, key);
      }
    }
    if (random.chance(1, 2)) action.dx = random.between(-500, 500);
    if (random.chance(1, 2)) action.dy = random.between(-500, 500);
    if (random.chance(1, 8)) action.wheel = random.between(-3, 3);
    if (random.chance(1, 8)) action.pointer = PointerPosition{random.between(0, 639), random.between(0, 479)};
    const Origin origin = index % 2 == 0 ? Origin::kExpert : Origin::kHuman;
    for (const InputEvent& event : expand(action, held, time + period / 2, origin)) episode.inputs.push_back(event);
    episode.inputs.push_back(pad_event(i, time + period / 2, origin));
    held = action.held;
    episode.actions.push_back({.step = step,
                               .time = time,
                               .action = action,
                               .origin = origin,
                               .observed_frame = i - 1,
                               .latency_ns = random.between(0, 5'000'000),
                               .missed = random.chance(1, 20)});
  }
  // What is held is let go before the episode ends.
  const Timestamp end = begin + options.num_steps * period;
  for (const InputEvent& event : expand(Action{}, held, end, index % 2 == 0 ? Origin::kExpert : Origin::kHuman))
    episode.inputs.push_back(event);
  episode.end = {.episode = number,
                 .time = end,
                 .num_steps = static_cast<std::uint64_t>(options.num_steps),
                 .verdict = "success",
                 .reason = "reached the red ball",
                 .object = "red ball",
                 .judge = "playhouse",
                 .end_hash = random()};
  return episode;
}

void tell(RecordingWriter& writer, const SampleEpisode& episode) {
  writer.begin_episode(episode.start);
  for (const Instruction& instruction : episode.instructions) writer.instruction(instruction);
  std::size_t next_input = 0;
  for (std::size_t i = 0; i < episode.actions.size(); ++i) {
    while (next_input < episode.inputs.size() && episode.inputs[next_input].time < episode.actions[i].time)
      writer.input(episode.inputs[next_input++]);
    writer.replay_frame(episode.frames[i]);
    writer.action(episode.actions[i]);
  }
  for (; next_input < episode.inputs.size(); ++next_input) writer.input(episode.inputs[next_input]);
  writer.end_episode(episode.end);
}

RecordingOptions recording_options(const std::filesystem::path& folder, const SampleOptions& options) {
  SourceFacts facts;
  facts.world = "playhouse";
  facts.clock = options.clock;
  facts.counts_per_turn = 2400;
  return {
      .folder = folder, .facts = facts, .contract = PolicyContract{}, .video = {}, .owa_topics = options.owa_topics};
}

std::vector<SampleEpisode> record(const std::filesystem::path& folder, const SampleOptions& options) {
  const std::unique_ptr<RecordingWriter> writer = RecordingWriter::create(recording_options(folder, options));
  std::vector<SampleEpisode> told;
  Timestamp begin = options.clock == "world" ? Timestamp{} : MonotonicClock::now();
  for (int i = 0; i < options.num_episodes; ++i) {
    told.push_back(make_episode(options, i, begin));
    tell(*writer, told.back());
    if (options.clock != "world") begin = told.back().end.time + period_of(15.0);
  }
  writer->close();
  return told;
}

void expect_ok(const std::filesystem::path& folder) {
  const RecordingCheck check = check_recording(folder, {});
  EXPECT_EQ(to_string(check.verdict), "ok") << fmt::format("{}", fmt::join(check.problems, "\n"));
}

std::vector<std::string> all_messages(const std::filesystem::path& folder, McapReadMode mode) {
  const std::unique_ptr<McapReader> mcap = McapReader::open(folder / kSessionFile, mode);
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < mcap->num_chunks(); ++i) {
    McapChunk chunk = mcap->read_chunk(i);
    McapMessage message;
    while (chunk.next(message)) {
      std::string topic;
      for (const McapChannel& channel : mcap->channels()) {
        if (channel.id == message.channel) topic = channel.topic;
      }
      messages.push_back(fmt::format("{}|{}|{}|{}", topic, message.sequence, message.log_time_ns,
                                     std::string(message.data.begin(), message.data.end())));
    }
  }
  return messages;
}

}  // namespace atl::datasets::testing
