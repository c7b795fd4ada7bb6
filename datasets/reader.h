// `RecordingReader`: what a recording holds, episode by episode. Used by trainers, check, show and importers' tests.
//
// Opening reads every chunk once (and so proves it) but keeps only where episodes lie; actions, events and frames are
// decoded when asked for. Reading episodes in order unpacks each chunk once. One thread a reader; several readers of
// one recording do not disturb each other.
#pragma once

#include "datasets/mcap_reader.h"
#include "datasets/messages.h"
#include "datasets/recording.h"
#include "datasets/recording_file.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::datasets {

/// One attempt at one task. `end` is missing where the recorder died inside.
struct Episode {
  EpisodeStart start;
  std::optional<EpisodeEnd> end;
  std::vector<Instruction> instructions;  // in order of their begin; late marks merged in
  std::vector<Mark> marks;                // by the person at the recorder
  std::uint64_t num_actions = 0;
  std::uint64_t num_events = 0;
  std::uint64_t num_frames = 0;  // pictures; heartbeats are not counted
};

class RecordingReader {
 public:
  /// In whole mode a recording that was cut, damaged or left open is refused with Error(kFormat): `atoll repair` mends
  /// it. Salvage returns what is intact. Throws Error(kVersion) for a newer recording.
  [[nodiscard]] static std::unique_ptr<RecordingReader> open(const std::filesystem::path& folder,
                                                             McapReadMode mode = McapReadMode::kWhole);
  ~RecordingReader();
  RecordingReader(const RecordingReader&) = delete;
  RecordingReader& operator=(const RecordingReader&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const;
  [[nodiscard]] const RecordingHeader& header() const;
  [[nodiscard]] const SourceFacts& facts() const { return header().facts; }
  [[nodiscard]] const std::optional<PolicyContract>& contract() const { return header().contract; }
  [[nodiscard]] std::span<const Episode> episodes() const;
  [[nodiscard]] std::span<const DropNote> drops() const;
  [[nodiscard]] std::span<const ClockMessage> clock_checks() const;

  /// Messages of one episode, in file order. Throw Error(kFormat) for what does not decode, Error(kInternal) for an
  /// episode that is not there.
  [[nodiscard]] std::vector<RecordedAction> actions(std::size_t episode);
  [[nodiscard]] std::vector<InputEvent> inputs(std::size_t episode);
  [[nodiscard]] std::vector<FrameEntry> frames(std::size_t episode);
  /// Those of them from `begin` up to but without `end`: of a long episode only what is asked for is unpacked.
  [[nodiscard]] std::vector<RecordedAction> actions(std::size_t episode, Timestamp begin, Timestamp end);

  /// video.mp4, whether it exists or not.
  [[nodiscard]] std::filesystem::path video_path() const;
  /// session.mcap itself, as it was opened: for topics that episodes do not tell of.
  [[nodiscard]] const McapReader& mcap() const;
  /// What salvage found broken; empty in whole mode.
  [[nodiscard]] std::span<const McapDamage> damage() const;
  /// Presentation times in us of all pictures that the index says are in video.mp4, in file order, those between
  /// episodes included.
  [[nodiscard]] std::span<const std::int64_t> video_times_us() const;
  /// Pictures of one episode that are in video.mp4: the index of the first in video_times_us, and when each was seen.
  struct VideoPictures {
    std::size_t first = 0;
    std::span<const Timestamp> seen;  // rising; valid as long as the reader
  };
  [[nodiscard]] VideoPictures video_pictures(std::size_t episode) const;

 private:
  struct State;
  explicit RecordingReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace atl::datasets
