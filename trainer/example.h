// What a trainer learns from: `Example`, a picture (or a short window of policy steps) with one or several instructions
// and what is right to do for each. Made by sources (trainer/source.h), gathered into tensors by trainer/batch.h.
// Free of LibTorch.
#pragma once

#include "agent/action_codec.h"
#include "core/frame.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace atl::trainer {

/// Sizes that all examples of one run share: T policy steps, K instructions, S actions of a chunk, P patches, R roles.
struct ExampleShape {
  FrameSize frame;           // of the contract
  int window = 1;            // T
  int instructions = 1;      // K, the most that one example has
  int chunk_actions = 8;     // S
  int patch_pixels = 8;      // patches are squares of this side,
  int patch_rows = 0;        // from the top left,
  int patch_columns = 0;     // row by row
  int steps_per_policy = 4;  // action steps between two policy steps of a window
  int past_actions = 0;      // actions before the chunk that the model sees
  int delay_steps = 0;       // d: the chunk of a picture begins this many action steps after it
  int roles = 1;             // R: what an instruction names: the thing; 2: and the place where it is to be

  [[nodiscard]] int num_patches() const { return patch_rows * patch_columns; }
  [[nodiscard]] std::size_t frame_bytes() const {
    return static_cast<std::size_t>(frame.width_px) * static_cast<std::size_t>(frame.height_px) * kBytesPerPixel;
  }
};

/// Whether the goal of an instruction is reached in a picture.
enum class GoalLabel : std::int8_t { kUnknown = -1, kNotReached = 0, kReached = 1 };

/// Of an example that no success follows.
inline constexpr float kUnknownTurn = std::numeric_limits<float>::quiet_NaN();

/// One sequence of T policy steps with its instructions. Arrays are row-major in the order given.
struct Example {
  std::vector<std::uint8_t> frames;        // [T, H, W, 4] BGRA8; zero after num_steps. Empty if `cached` is not
  std::vector<std::uint32_t> cached;       // [num_steps]: its pictures in the source's cache, whose features are read
                                           // in their place (trainer/features.h)
  int num_steps = 0;                       // 1 .. T steps are real, the rest is padding
  std::vector<std::string> instructions;   // own first, then others; 1 .. K
  std::vector<agent::ActionParts> chunks;  // [T, number of instructions, S]
  std::vector<std::uint8_t> chunk_mask;    // [T, number of instructions, S]: 1 where the action is one to learn from
  std::vector<agent::ActionParts> past;    // [T, past_actions]: done before the chunk begins, newest first
  std::vector<std::uint8_t> past_known;    // [T, past_actions]: 0 before the episode began
  std::vector<std::uint8_t> patches;       // [T, number of instructions, R, P]: 1 shows what is named; empty: unknown
  std::vector<std::uint8_t> names;         // [number of instructions, R]: 0 where nothing is named in this role, and
                                           // its patches say nothing; of the same examples
  std::vector<GoalLabel> goals;            // [T, number of instructions]
  float turn_deg = kUnknownTurn;           // from its first picture to the last of a success: what was named then stood
                                           // ahead, and now stands about so far to the right
  bool goal_frame = false;                 // its last step is among the last of an episode that succeeded
  bool grounds = true;                     // plain: words are learned from its goal frames, from the turns that led to
                                           // them, and from what others were told
  bool held_out = false;                   // its own instruction names a held-out combination: never in training data
  float weight = 1.0F;                     // of its losses
  std::uint8_t world = 0;                  // of the run's worlds (SourceSetup::worlds)
  std::uint16_t source = 0;                // of trainer.sources

  [[nodiscard]] bool shows_what_was_named() const { return goal_frame && grounds; }
};

/// The last step of an example alone: its first instruction and the picture that shows whether it was carried out.
[[nodiscard]] Example last_step_of(const Example& e, const ExampleShape& shape);

}  // namespace atl::trainer
