#include "session/trace.h"

namespace atl::session {

void TraceSink::begin(const datasets::EpisodeStart& start, const Instruction& instruction) {
  trace = {};
  trace.start = start;
  trace.instruction = instruction;
}

void TraceSink::add_frame(const datasets::FrameEntry& entry, ImageView pixels) {
  trace.frames.push_back(entry);
  if (pixels.data != nullptr) trace.frames.back().pixel_hash = hash_pixels(pixels);
}
void TraceSink::add_action(const datasets::RecordedAction& action) { trace.actions.push_back(action); }
void TraceSink::add_event(const InputEvent& event) { trace.events.push_back(event); }
void TraceSink::add_drop(const datasets::DropNote& drop) { trace.drops.push_back(drop); }

void TraceSink::end(const datasets::EpisodeEnd& end, const Instruction& instruction) {
  trace.end = end;
  trace.instruction = instruction;
}

EpisodeTrace read_trace(datasets::RecordingReader& recording, std::size_t index) {
  const datasets::Episode& episode = recording.episodes()[index];
  EpisodeTrace trace;
  trace.start = episode.start;
  trace.frames = recording.frames(index);
  trace.actions = recording.actions(index);
  trace.events = recording.inputs(index);
  if (!episode.instructions.empty()) trace.instruction = episode.instructions.back();
  trace.end.verdict = "aborted";
  trace.end.num_steps = trace.actions.size();
  if (episode.end) trace.end = *episode.end;
  return trace;
}

void write_trace(const EpisodeTrace& trace, EpisodeSink& sink) {
  Instruction open = trace.instruction;
  open.end.reset();
  open.mark = SuccessMark::kUnknown;
  sink.begin(trace.start, open);
  std::size_t frame = 0;
  std::size_t event = 0;
  const auto write_until = [&](Timestamp time) {
    for (; frame < trace.frames.size() && trace.frames[frame].done <= time; ++frame) {
      sink.add_frame(trace.frames[frame], ImageView{});
    }
    for (; event < trace.events.size() && trace.events[event].time <= time; ++event) {
      sink.add_event(trace.events[event]);
    }
  };
  for (const datasets::RecordedAction& action : trace.actions) {
    write_until(action.time);
    sink.add_action(action);
  }
  write_until(Timestamp::max());
  for (const datasets::DropNote& drop : trace.drops) sink.add_drop(drop);
  sink.end(trace.end, trace.instruction);
}

}  // namespace atl::session
