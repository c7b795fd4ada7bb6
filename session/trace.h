// An episode kept in memory without its pictures: what workers hand to the one thread that writes, what tests and
// `replay_episode` compare.
#pragma once

#include "datasets/reader.h"
#include "session/episode.h"

#include <vector>

namespace atl::session {

struct EpisodeTrace {
  datasets::EpisodeStart start;
  std::vector<datasets::FrameEntry> frames;
  std::vector<datasets::RecordedAction> actions;
  std::vector<InputEvent> events;
  std::vector<datasets::DropNote> drops;
  datasets::EpisodeEnd end;
  Instruction instruction;
};

/// Collects one episode; `begin` starts anew.
class TraceSink final : public EpisodeSink {
 public:
  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) override;
  void add_frame(const datasets::FrameEntry& entry, ImageView pixels) override;
  void add_action(const datasets::RecordedAction& action) override;
  void add_event(const InputEvent& event) override;
  void add_drop(const datasets::DropNote& drop) override;
  void end(const datasets::EpisodeEnd& end, const Instruction& instruction) override;

  EpisodeTrace trace;
};

/// Episode `index` of a recording. One that the recorder died in ends as "aborted" after its last action. Throws like
/// the reader.
[[nodiscard]] EpisodeTrace read_trace(datasets::RecordingReader& recording, std::size_t index);

/// Hands a finished episode of kReplay pictures to another sink, in the order of time.
void write_trace(const EpisodeTrace& trace, EpisodeSink& sink);

}  // namespace atl::session
