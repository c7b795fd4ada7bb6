// The interfaces of worlds. A stepped world moves only in `step`; a live one waits for nobody. A world offers what it
// can: `Players` (envs/players.h) where several act at once, `Snapshots` (envs/snapshots.h) to go back to a state, and
// `Oracle` (envs/oracle.h), which tells what is hidden. `EnvironmentPool` (envs/pool.h) runs many stepped ones at once.
#pragma once

#include "core/action.h"
#include "core/contract.h"
#include "envs/task.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::envs {

class LiveHealth;
class LiveOracle;
class Oracle;
class Players;
class Snapshots;
class Wishes;

/// What is fixed about a world, whatever the episode.
struct EnvironmentSpec {
  FrameSize frame;                        // of every observation
  double action_rate_hz = 15.0;           // steps per second of world time
  double frame_rate_hz = 0.0;             // pictures per second that a live world draws; 0: one a step, or unknown
  int num_players = 1;                    // who act in it, each with a view of their own: see envs/players.h
  int snapshot_bytes = 0;                 // of each snapshot; 0: there are none
  std::vector<std::string> controls;      // what means something here, by name
  std::vector<std::string> tasks;         // task families
  std::vector<std::string> unseen_tasks;  // those of them that the split "held_out_pairs" has tasks of
  std::vector<std::string> phrases;       // every instruction of its training grammar; empty where it has none
  SourceFacts facts;                      // written into recordings
};

/// A world whose clock moves only in `step`: same seed, task and actions, same pixels and outcome, bit for bit. One
/// thread at a time.
class SteppedEnvironment {
 public:
  virtual ~SteppedEnvironment() = default;
  [[nodiscard]] virtual const EnvironmentSpec& spec() const = 0;

  /// Starts an episode. Throws Error(kEnvironment) for a task that this world does not know or a scene where it cannot
  /// be asked.
  virtual Observation reset(std::uint64_t seed, const Task& task) = 0;

  /// The present episode's task with every field filled in, also those that the world drew from the seed: resetting
  /// with the same seed and this task gives the same episode. Valid until the next reset.
  [[nodiscard]] virtual const Task& task() const = 0;

  /// Advances by one action step; where there are several players, the first one's, while the others stand still.
  /// Throws Error(kInternal) after the episode's end: there is no hidden reset.
  virtual Observation step(const Action& action) = 0;

  [[nodiscard]] virtual const Outcome& outcome() const = 0;

  /// From the next reset or step on, frames are written to `pixels` ([height, width, 4], owned by the caller, who keeps
  /// it alive) instead of memory of the world's own.
  virtual void render_into(std::span<std::uint8_t> pixels) = 0;

  /// What is hidden from players; null where there is none. Owned by the environment.
  [[nodiscard]] virtual Oracle* oracle() = 0;

  /// All players at once; never null where spec().num_players > 1. Owned by the environment.
  [[nodiscard]] virtual Players* players() { return nullptr; }

  /// Saving and going back; null where spec().snapshot_bytes is 0. Owned by the environment.
  [[nodiscard]] virtual Snapshots* snapshots() { return nullptr; }
};

/// A world that runs in real time, in another process or window. `observe` and `schedule` may be called from two
/// threads; all else from the thread that created it.
class LiveEnvironment {
 public:
  virtual ~LiveEnvironment() = default;
  [[nodiscard]] virtual const EnvironmentSpec& spec() const = 0;

  /// Brings the world to the start state and returns the instruction; the action clock starts at the first picture that
  /// was asked for after the call. Throws Error(kEnvironment) when that fails.
  virtual std::string reset(std::uint64_t seed, const Task& task) = 0;

  /// The newest frame that was not returned before; nothing if none came before `deadline`. Older ones are dropped and
  /// counted.
  [[nodiscard]] virtual std::optional<Frame> observe(Timestamp deadline) = 0;

  /// Hands a chunk to the guard, which carries it out on its own clock. Never blocks.
  virtual void schedule(const TimedChunk& chunk) = 0;

  /// What people and agent really pressed since the last call, in order, with origins.
  [[nodiscard]] virtual std::vector<InputEvent> events() = 0;

  [[nodiscard]] virtual Outcome outcome() = 0;

  /// Whether its picture lives, and what of pictures and input was lost; null where nobody can tell. Owned by the
  /// environment.
  [[nodiscard]] virtual LiveHealth* health() = 0;

  /// Who makes experts by what the world tells beyond its pixels; null where nobody does. Owned by the environment.
  [[nodiscard]] virtual LiveOracle* oracle() { return nullptr; }

  /// Where a person plays and is asked what comes next; else null. Owned by the environment.
  [[nodiscard]] virtual Wishes* wishes() { return nullptr; }
};

}  // namespace atl::envs
