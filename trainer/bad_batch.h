// A batch whose loss or gradient was no number, kept for whoever looks for the cause: RUN/bad-batch-<step>.safetensors,
// which Python's `safetensors` opens. Used by trainer.cpp. One thread.
#pragma once

#include "trainer/example.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace atl::trainer {

/// Why a step was not made.
struct BadStep {
  std::int64_t step = 0;
  std::string
      cause;  // "the loss is nan; loss_keys_nats is nan" or "the gradient of policy.second.weight is not finite"
};

/// Writes B examples, padded to the longest: `frames` uint8 [B, T, H, W, 4] BGRA, `num_steps` [B], `controls` uint8
/// [B, T, K, S, kNumControls] (in the contract's order, the rest 0), `mouse_x`, `mouse_y`, `wheel` and `pointer` int64
/// [B, T, K, S], `chunk_mask` uint8 [B, T, K, S], `goals` int8 [B, T, K]
/// (-1: unknown), `patches` uint8 [B, T, K, P] (all 0 where unknown), `weights` float [B]; metadata: `step`, `cause`
/// and `instructions`, a JSON list of lists of texts. Of examples without pictures (trainer/features.h) `frames` is 0,
/// and there are `cached` int64 [B, T], their pictures in the training cache, and `sources` int64 [B], of the config.
/// Returns the file. Throws Error(kFile).
std::filesystem::path save_bad_batch(const std::filesystem::path& run, const BadStep& bad,
                                     std::span<const Example* const> examples, const ExampleShape& shape);

}  // namespace atl::trainer
