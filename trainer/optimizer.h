// The optimiser: AdamW, learning-rate schedule, clipping and weight averaging as plain functions over flat tensors of
// float32 on any device, so that the same is done whatever holds the parameters. One thread at a time; results are the
// same bits on every run on one device.
#pragma once

#include "core/config.h"

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace atl::trainer {

/// Defaults: the recipe of trainer/config.h.
struct OptimizerConfig {
  double learning_rate = 2e-3;       // peak, reached after warm-up
  int warmup_steps = 100;            // linear from 0; 0: none
  double final_learning_rate = 0.0;  // as a fraction of the peak, where the cosine ends
  double decay_share = 1.0;      // of the steps after warm-up, the last ones: in these the rate falls, half a cosine.
                                 // Below 1 it stays at the peak until then, so that runs of several lengths begin
                                 // alike and one can be another's fork (Haegele et al., arXiv 2405.18392)
  double weight_decay = 1e-4;    // decoupled (Loshchilov and Hutter, arXiv 1711.05101)
  double beta1 = 0.9;            // decay of the mean of gradients
  double beta2 = 0.999;          // decay of the mean of their squares
  double epsilon = 1e-8;         // added to the root of the second moment
  double clip_norm = 1.0;        // largest L2 norm of the whole gradient; 0: not clipped
  double average_decay = 0.998;  // of the running mean of weights that is played; 0: the last weights
};

void describe(ConfigVisitor& v, OptimizerConfig& config);

/// Learning rate of step `step` (0 .. total_steps - 1): linear warm-up, the peak, then half a cosine down to the final
/// one.
/// While `step` < warmup_steps it does not depend on `total_steps`, which may then be 0 (not decided yet).
[[nodiscard]] double learning_rate_at(const OptimizerConfig& config, std::int64_t step, std::int64_t total_steps);

/// Both moments, of the parameters' size and device.
struct AdamState {
  at::Tensor mean;
  at::Tensor square;
};

/// Moments of zero for `parameters`.
[[nodiscard]] AdamState create_adam_state(const at::Tensor& parameters);

/// One AdamW update in place, by LibTorch's fused kernel (decay first, then the step, as PyTorch's AdamW). `step`
/// counts updates from 0 and sets the bias correction.
void adamw_update(const OptimizerConfig& config, std::int64_t step, double learning_rate, const at::Tensor& gradient,
                  at::Tensor& parameters, AdamState& state);

/// Scales `gradient` in place so that its L2 norm is at most `max_norm` (0: leaves it) and returns the norm before,
/// summed in double: a float64 scalar on the gradient's device, which nothing waits for. Infinite or NaN when an
/// element is; then the gradient is left as it is.
at::Tensor clip_gradient(at::Tensor& gradient, double max_norm);

/// average += (1 - decay) * (parameters - average). Early on, while it is smaller, the decay is (1 + step) / (10 +
/// step), so that the mean forgets the random start: with 0.998 for some 4,500 steps.
void update_average(double decay, std::int64_t step, const at::Tensor& parameters, at::Tensor& average);

}  // namespace atl::trainer
