// The sound of a live recording: listens to the desktop while the recording runs, and lays what belongs to an episode
// into it. Builds without a desktop have none.
#pragma once

#include "datasets/writer.h"
#include "session/episode.h"
#include "tools/run_config.h"

#include <memory>
#include <string>
#include <vector>

namespace atl::tools {

class RecordedSound {
 public:
  virtual ~RecordedSound() = default;
  /// A sink that hands all on to `sink`, and to `writer` the sound between each episode's begin and end. Both are
  /// borrowed, and so is this object.
  [[nodiscard]] virtual std::unique_ptr<session::EpisodeSink> join(session::EpisodeSink& sink,
                                                                   datasets::RecordingWriter& writer) = 0;
  /// What the person at the recorder should know at once.
  [[nodiscard]] virtual std::vector<std::string> warnings() const = 0;
};

/// Null where `config` wants no sound. Throws Error(kDevice) where none comes, before anything is recorded.
[[nodiscard]] std::unique_ptr<RecordedSound> create_recorded_sound(const RecordConfig& config);

}  // namespace atl::tools
