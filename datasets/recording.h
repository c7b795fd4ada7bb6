// What a recording holds: the types behind the `atoll/*` topics of session.mcap. Written by RecordingWriter
// (datasets/writer.h), read by RecordingReader (datasets/reader.h).
#pragma once

#include "core/action.h"
#include "core/contract.h"
#include "core/frame.h"
#include "core/input_event.h"
#include "core/instruction.h"

#include <cstdint>
#include <optional>
#include <string>

namespace atl::datasets {

/// 2: events of gamepads. 3: every picture of video.mp4 has a checksum.
inline constexpr int kRecordingVersion = 3;
inline constexpr int kChecksumVersion = 3;

/// How an episode began. Strings are the world's own (envs::Task), so that recordings of any world fit.
struct EpisodeStart {
  std::uint64_t episode = 0;  // 0, 1, ... inside one recording
  Timestamp time;
  std::uint64_t seed = 0;
  std::string family{};
  std::string split{};
  std::string target{};
  std::string instruction{};
  double time_limit_s = 0.0;
  std::uint64_t start_hash = 0;  // of the world's state; 0 where the world cannot tell
  std::string player{};          // "human", "expert", a run's name
  // It began where an earlier episode with this seed stood: the seed does not give its start.
  bool goes_on = false;
};

/// How it ended.
struct EpisodeEnd {
  std::uint64_t episode = 0;
  Timestamp time;
  std::uint64_t num_steps = 0;
  std::string verdict{};  // as in results.json; "aborted" when the recorder was stopped inside
  std::string reason{};
  std::string object{};
  std::string judge{};
  std::uint64_t end_hash = 0;  // of the world's state; 0 where the world cannot tell
  bool discarded = false;      // whoever recorded it does not want it to be used
};

/// A moment that the person at the recorder marked.
struct Mark {
  Timestamp time;
  std::string text{};
};

/// One step of the action clock, as carried out.
struct RecordedAction {
  std::uint64_t step = 0;  // inside the episode
  Timestamp time;          // when the step began
  Action action{};
  Origin origin = Origin::kHuman;    // who drove this step
  std::int64_t observed_frame = -1;  // sequence number of the frame it was computed from; -1: none
  std::int64_t latency_ns = 0;       // from that frame's `done` to the chunk being scheduled; 0: not a policy
  bool missed = false;               // the chunk came later than the declared delay allows
  std::string doing{};               // what the player says it does from this step on; empty: what it said last
  friend bool operator==(const RecordedAction&, const RecordedAction&) = default;
};

enum class FrameKind : std::uint8_t {
  kVideo = 0,      // a picture that is in video.mp4
  kReplay = 1,     // a picture that is not stored: the world renders it again from seed and actions
  kHeartbeat = 2,  // nothing changed since the last picture: no new one was made up
};

/// One line of the frame index: the truth about pictures, whatever the video container says.
struct FrameEntry {
  FrameKind kind = FrameKind::kVideo;
  std::uint64_t sequence = 0;  // counts kVideo and kReplay pictures from 0
  std::uint64_t step = 0;      // of the action clock, inside the episode: the first whose player can have seen it
  Timestamp requested;
  Timestamp done;
  std::int64_t video_pts_us = -1;  // presentation time in video.mp4; -1: not in it
  std::uint64_t pixel_hash = 0;    // hash_pixels of the picture before encoding
  WindowGeometry window{};
  friend bool operator==(const FrameEntry&, const FrameEntry&) = default;
};

/// Pictures or events that were lost, and why: a recording never loses anything in silence.
struct DropNote {
  Timestamp time;
  std::string where{};  // of pictures "capture", "encoder"; "input"; "window": a time without one
  std::string reason{};
  std::uint64_t count = 0;  // 0: more words about what was counted
};

}  // namespace atl::datasets
