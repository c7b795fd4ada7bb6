// Notices when a recording is likely to be worth nothing: the picture is black or frozen, or nobody's input arrives.
// Part of live sessions; one thread.
#pragma once

#include "core/clock.h"
#include "core/config.h"
#include "core/frame.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::session {

/// After how many seconds each is worth a warning; 0: never. The table `record.watch`.
struct WatchConfig {
  double black_s = 1.5;   // every picture was black
  double frozen_s = 1.5;  // no new picture came
  double silent_s = 1.5;  // a person plays, and nothing was pressed or moved
};

void describe(ConfigVisitor& v, WatchConfig& config);

/// Whether (nearly) every pixel is darker than a twentieth of white: every eighth of each eighth row is looked at.
[[nodiscard]] bool is_black(ImageView picture);

class RecordingWatch {
 public:
  /// `start`: when the episode began. `hears_person`: input is expected.
  RecordingWatch(const WatchConfig& config, Timestamp start, bool hears_person);

  /// A new picture.
  void see(const Frame& picture);
  /// Something was pressed or moved.
  void hear(Timestamp time) { last_input_ = time; }

  /// What is wrong at `now`, one line each; empty if nothing is.
  [[nodiscard]] std::vector<std::string> warnings(Timestamp now) const;

 private:
  const WatchConfig config_;
  const bool hears_person_;
  Timestamp last_picture_;
  Timestamp last_bright_;  // picture that was not black, or the start
  Timestamp last_input_;
  bool is_black_ = false;  // the newest picture
};

}  // namespace atl::session
