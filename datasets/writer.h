// `RecordingWriter`: writes one recording as it happens. Used by sessions, importers and tests.
//
// Folder: session.mcap (the truth, grows by chunks), video.mp4 (where a video factory is given), audio.mp4 (where there
// is sound), recording.toml. A kill
// at any moment costs the chunk that was open: a quarter of a second on the monotonic clock, half a second of real time
// on a world's. For that something must be called that often: `heartbeat` when nothing else happens. All calls from one
// thread. Every failure to write throws Error(kFile); after it the recording holds what came before.
#pragma once

#include "core/audio.h"
#include "core/contract.h"
#include "datasets/audio.h"
#include "datasets/recording.h"
#include "datasets/video.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace atl::datasets {

struct RecordingOptions {
  std::filesystem::path folder;            // new or empty; with go_on one that holds a recording
  SourceFacts facts;                       // facts.clock says whose time the calls bring
  std::optional<PolicyContract> contract;  // what is recorded for, if anything
  VideoWriterFactory video;                // none: pictures are indexed with their hashes, but not stored
  bool go_on = false;                      // adds to the recording that is there: datasets/continue.h
  VideoReaderFactory open_video{};         // for go_on where there is video
  AudioWriterFactory audio{};              // for recordings with sound
  AudioReaderFactory open_audio{};         // for go_on where there is sound
  bool owa_topics = false;                 // also OWAMcap's topics (keyboard, mouse/raw, screen, ...), for its tools
};

/// Counts of what was written, by earlier recorders too where they were gone on with.
struct RecordingSummary {
  std::uint64_t episodes = 0;
  std::uint64_t frames = 0;  // pictures; heartbeats are not counted
  std::uint64_t actions = 0;
  std::uint64_t events = 0;  // input events
  std::uint64_t instructions = 0;
  std::uint64_t drops = 0;         // pictures and events that drop notes speak of
  double seconds = 0.0;            // on the recording's clock, inside episodes
  double audio_seconds = 0.0;      // of sound
  std::uint64_t audio_losses = 0;  // times that sound was missing
  std::uint64_t bytes = 0;         // of session.mcap
};

class RecordingWriter {
 public:
  /// Throws Error(kFile) for a folder that is not empty or that another recorder took; with go_on also what
  /// `continue_session` throws.
  [[nodiscard]] static std::unique_ptr<RecordingWriter> create(RecordingOptions options);
  /// Without `close`, the recording stays as a kill would leave it.
  ~RecordingWriter();
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;

  /// Episodes count from 0 without gaps and do not overlap. On a world's clock each may begin at 0 again.
  void begin_episode(const EpisodeStart& start);
  void end_episode(const EpisodeEnd& end);

  /// A picture seen at `step`: hashed, indexed, and encoded where there is a video. `done` never goes back inside an
  /// episode. A picture that the encoder has no time for, or of another size than the video, becomes a drop note.
  /// Video times are those of the clock; where an episode goes on after a pause, or a recording after its end, the time
  /// in between is cut to kVideoPause.
  void frame(const Frame& frame, std::uint64_t step);
  /// A picture that somebody else hashed and nobody stores.
  void replay_frame(const FrameEntry& entry);
  /// Nothing changed on the screen since the last picture.
  void heartbeat(Timestamp time);

  /// Sound of the running episode, in order; on the monotonic clock, and with RecordingOptions::audio, only. Where
  /// there is a video, not before the episode's first picture. A block without samples says that there is no sound from
  /// then on. What the encoder has no time for is told as a loss.
  void audio(const AudioBlock& block);
  void input(const InputEvent& event);
  void action(const RecordedAction& action);
  /// An instruction with the text and begin of an earlier one replaces it: its end and mark are known late.
  void instruction(const Instruction& instruction);
  void drop(const DropNote& note);
  void mark(const Mark& mark);

  /// What the next episode and the next picture are numbered.
  [[nodiscard]] std::uint64_t next_episode() const;
  [[nodiscard]] std::uint64_t next_picture() const;

  static constexpr Duration kVideoPause = std::chrono::seconds(1);
  /// On the monotonic clock a kill costs as much of session.mcap at most.
  static constexpr Duration kLiveChunk = std::chrono::milliseconds(250);

  /// Ends an open episode as "aborted", completes the files and waits for the disk. The object is then done.
  RecordingSummary close();

 private:
  struct State;
  explicit RecordingWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace atl::datasets
