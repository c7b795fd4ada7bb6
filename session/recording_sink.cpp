#include "session/recording_sink.h"

#include <algorithm>

namespace atl::session {

void RecordingSink::begin(const datasets::EpisodeStart& start, const Instruction& instruction) {
  datasets::EpisodeStart numbered = start;
  numbered.episode = num_episodes_;
  pictures_before_ = num_pictures_;
  writer_.begin_episode(numbered);
  writer_.instruction(instruction);
}

// Of a picture of the present episode, kept or not: a picture that nobody kept leaves a gap.
std::uint64_t RecordingSink::number_of(std::uint64_t sequence) {
  const std::uint64_t number = pictures_before_ + sequence;
  num_pictures_ = std::max(num_pictures_, number + 1);
  return number;
}

void RecordingSink::add_frame(const datasets::FrameEntry& entry, ImageView pixels) {
  if (entry.kind == datasets::FrameKind::kHeartbeat) return writer_.heartbeat(entry.done);
  const std::uint64_t number = number_of(entry.sequence);
  const bool is_stored = entry.kind == datasets::FrameKind::kVideo || store_pictures_;
  if (is_stored) {
    copy_packed(pixels, frame_.pixels);
    frame_.width_px = pixels.width_px;
    frame_.height_px = pixels.height_px;
    frame_.stride_bytes = static_cast<std::ptrdiff_t>(pixels.width_px) * kBytesPerPixel;
    frame_.sequence = number;
    frame_.requested = entry.requested;
    frame_.done = entry.done;
    frame_.window = entry.window;
    writer_.frame(frame_, entry.step);
  } else {
    datasets::FrameEntry numbered = entry;
    numbered.sequence = number;
    if (pixels.data != nullptr) numbered.pixel_hash = hash_pixels(pixels);
    writer_.replay_frame(numbered);
  }
}

void RecordingSink::add_action(const datasets::RecordedAction& action) {
  datasets::RecordedAction numbered = action;
  if (numbered.observed_frame >= 0)
    numbered.observed_frame = static_cast<std::int64_t>(number_of(static_cast<std::uint64_t>(numbered.observed_frame)));
  writer_.action(numbered);
}

void RecordingSink::add_event(const InputEvent& event) { writer_.input(event); }
void RecordingSink::add_drop(const datasets::DropNote& drop) { writer_.drop(drop); }

void RecordingSink::end(const datasets::EpisodeEnd& end, const Instruction& instruction) {
  datasets::EpisodeEnd numbered = end;
  numbered.episode = num_episodes_++;
  writer_.instruction(instruction);
  writer_.end_episode(numbered);
}

}  // namespace atl::session
