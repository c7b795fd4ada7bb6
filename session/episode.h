// One attempt at one task: what a session is asked for, what it answers, and who keeps what happened in between.
// Shared by the stepped and the live session, so that recorders, evaluation and trainers see one shape.
#pragma once

#include "core/frame.h"
#include "core/input_event.h"
#include "core/instruction.h"
#include "datasets/recording.h"
#include "envs/task.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace atl::session {

/// What a player believed at one picture.
struct Belief {
  std::uint64_t step = 0;         // of the picture
  double goal_probability = 0.0;  // that the instruction is carried out at it
};

struct EpisodeRequest {
  std::uint64_t seed = 0;  // of the world
  envs::Task task{};
  std::uint64_t player_seed = 0;             // of the player's own randomness
  std::optional<std::string> instruction{};  // what the player is told instead; the world's task and judge stay
  bool goes_on = false;  // a live world whose person asked for the task where they stood (envs/wishes.h)
  /// Stepped: keeps what a Believer believes. The verdict ends an episode between two questions, so such a player is
  /// asked about the last picture, too; nobody carries those actions out.
  bool keep_beliefs = false;
};

struct EpisodeResult {
  envs::Verdict verdict = envs::Verdict::kRunning;
  std::string reason;
  std::string object;
  double reward = 0.0;
  std::string task_instruction;  // the world's
  std::string told_instruction;  // what the player saw
  std::uint64_t num_steps = 0;
  std::uint64_t start_hash = 0;  // of the world's state; 0 where the world cannot tell
  std::uint64_t end_hash = 0;
  std::vector<double> latencies_ms;  // one per question: stepped, the time to answer; live, from picture to schedule
  std::vector<Belief> beliefs;       // where they were asked for: one per question, and of the last picture
  std::uint64_t num_questions = 0;   // live: that were due, answered or not
  std::uint64_t num_misses = 0;      // live: questions whose answer came after the declared delay, or never
};

/// Receives an episode while it runs: begin, then pictures, actions, events and so on in rising time, then end. Times,
/// frame numbers and `observed_frame` count from the start of the episode in stepped worlds; a sink that joins episodes
/// moves them (session/recording_sink.h). One thread.
class EpisodeSink {
 public:
  virtual ~EpisodeSink() = default;
  /// `instruction` is what the player is told, still open.
  virtual void begin(const datasets::EpisodeStart& start, const Instruction& instruction) = 0;
  /// `pixels` is borrowed for the call. Whoever keeps a picture hashes it: `entry.pixel_hash` is 0. Data is null for
  /// heartbeats, and for pictures of a trace (session/trace.h), which have their hash in `entry`.
  virtual void add_frame(const datasets::FrameEntry& entry, ImageView pixels) = 0;
  virtual void add_action(const datasets::RecordedAction& action) = 0;
  virtual void add_event(const InputEvent& event) = 0;
  virtual void add_drop(const datasets::DropNote& drop) = 0;
  /// `instruction` is the same one with its end and mark.
  virtual void end(const datasets::EpisodeEnd& end, const Instruction& instruction) = 0;
};

/// What the player of an episode was told from `begin` on, still open; and, with `end`, closed and marked by the
/// verdict.
[[nodiscard]] Instruction instruction_of(const EpisodeResult& result, Timestamp begin,
                                         std::optional<Timestamp> end = std::nullopt);

}  // namespace atl::session
