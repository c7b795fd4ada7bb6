// Writes episodes into a recording: numbers them and their pictures through the whole recording. A picture that the
// session saw but did not keep has a number too: a gap in the recording. One thread.
#pragma once

#include "core/frame.h"
#include "datasets/writer.h"
#include "session/episode.h"

#include <cstdint>

namespace atl::session {

class RecordingSink final : public EpisodeSink {
 public:
  /// Borrows `writer`. `store_pictures`: pictures of stepped worlds go into the video too; those of live worlds always
  /// do.
  RecordingSink(datasets::RecordingWriter& writer, bool store_pictures)
      : writer_(writer),
        store_pictures_(store_pictures),
        num_episodes_(writer.next_episode()),
        num_pictures_(writer.next_picture()) {}

  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) override;
  void add_frame(const datasets::FrameEntry& entry, ImageView pixels) override;
  void add_action(const datasets::RecordedAction& action) override;
  void add_event(const InputEvent& event) override;
  void add_drop(const datasets::DropNote& drop) override;
  void end(const datasets::EpisodeEnd& end, const Instruction& instruction) override;

  /// In the recording, with those that were in it before.
  [[nodiscard]] std::uint64_t num_episodes() const { return num_episodes_; }

 private:
  [[nodiscard]] std::uint64_t number_of(std::uint64_t sequence);

  datasets::RecordingWriter& writer_;
  const bool store_pictures_;
  std::uint64_t num_episodes_;
  std::uint64_t num_pictures_;         // so far, those that were not kept included
  std::uint64_t pictures_before_ = 0;  // the present episode
  Frame frame_;                        // the picture on its way to the writer
};

}  // namespace atl::session
