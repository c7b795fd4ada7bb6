// The messages of the `atoll/*` topics: JSON, described by JSON schemas that every file carries, so that any MCAP
// reader decodes them. Fields at their default are left out.
//
// A message's time on the recording's clock is its MCAP log_time minus `log_offset_ns` of the newest atoll/episode
// start (or atoll/facts) before it in the file. On the monotonic clock that offset is the one wall anchor; on a world's
// clock, which begins anew in every episode, it also lays the episodes one after another.
#pragma once

#include "datasets/recording.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace atl::datasets {

enum class Topic : std::uint8_t { kFacts, kClock, kEpisode, kInstruction, kInput, kAction, kFrame, kDrop, kMark };
inline constexpr std::size_t kNumTopics = 9;

struct TopicInfo {
  std::string_view topic;   // "atoll/input"
  std::string_view schema;  // name of its schema, "atoll/Input"
  std::string_view json_schema;
};

/// By Topic.
[[nodiscard]] const std::array<TopicInfo, kNumTopics>& topic_table();

/// atoll/facts: the first message of a recording.
struct FactsMessage {
  int version = kRecordingVersion;
  std::int64_t log_offset_ns = 0;
  std::string recording_toml;  // the text of recording.toml
};

/// atoll/clock: both clocks read at one moment.
using ClockMessage = WallAnchor;

/// atoll/episode holds starts and ends.
struct EpisodeStartMessage {
  EpisodeStart start;
  std::int64_t log_offset_ns = 0;
};

// Each `encode` appends to `out`. Throws Error(kFormat) for text that is no UTF-8.
void encode(const FactsMessage& message, std::string& out);
void encode(const ClockMessage& message, std::string& out);
void encode(const EpisodeStartMessage& message, std::string& out);
void encode(const EpisodeEnd& message, std::string& out);
void encode(const Instruction& message, std::string& out);
void encode(const InputEvent& message, std::string& out);
void encode(const RecordedAction& message, std::string& out);
void encode(const FrameEntry& message, std::string& out);
void encode(const DropNote& message, std::string& out);
void encode(const Mark& message, std::string& out);

// Each `decode` fills `message` from the JSON text of a message whose time on the recording's clock is `time`. Throws
// Error(kFormat) naming topic, time and what does not fit; a newer recording version throws Error(kVersion).
void decode(std::string_view json, Timestamp time, FactsMessage& message);
void decode(std::string_view json, Timestamp time, ClockMessage& message);
void decode(std::string_view json, Timestamp time, EpisodeStartMessage& message);
void decode(std::string_view json, Timestamp time, EpisodeEnd& message);
void decode(std::string_view json, Timestamp time, Instruction& message);
void decode(std::string_view json, Timestamp time, InputEvent& message);
void decode(std::string_view json, Timestamp time, RecordedAction& message);
void decode(std::string_view json, Timestamp time, FrameEntry& message);
void decode(std::string_view json, Timestamp time, DropNote& message);
void decode(std::string_view json, Timestamp time, Mark& message);

/// Whether an atoll/episode message is a start (else an end).
[[nodiscard]] bool is_episode_start(std::string_view json);

}  // namespace atl::datasets
