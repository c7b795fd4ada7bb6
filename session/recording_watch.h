// Warns when a recording is likely to be worth nothing: the world says that its picture is black or frozen
// (capture/freeze_watch.h judges that), or nobody's input arrives. Part of live sessions; one thread.
#pragma once

#include "core/clock.h"
#include "core/config.h"
#include "core/picture_health.h"

#include <string>
#include <vector>

namespace atl::session {

/// After how many seconds each is worth a warning; 0: never. The table `record.watch`.
struct WatchConfig {
  double black_s = 1.5;   // every picture was black, or of another colour all over
  double frozen_s = 1.5;  // the picture did not change, or there was none: the program hangs, its window is closed
  double silent_s = 1.5;  // a person plays, and nothing was pressed or moved
};

void describe(ConfigVisitor& v, WatchConfig& config);

class RecordingWatch {
 public:
  /// `start`: when the episode began. `hears_person`: input is expected.
  RecordingWatch(const WatchConfig& config, Timestamp start, bool hears_person);

  /// Something was pressed or moved.
  void hear(Timestamp time) { last_input_ = time; }

  /// What is wrong at `now`, one line each; empty if nothing is. `picture`: as the world tells it.
  [[nodiscard]] std::vector<std::string> warnings(Timestamp now, const PictureHealth& picture) const;

 private:
  const WatchConfig config_;
  const bool hears_person_;
  const Timestamp start_;
  Timestamp last_input_;
};

}  // namespace atl::session
