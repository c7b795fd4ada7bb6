// Activation checkpointing (arXiv 1604.06174): a part of a network whose inner values are not kept for the way back but
// made again there. Used by the sources of agent/ only.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace atl::agent {

/// What `part` gives for `inputs`, with the same gradients (into the inputs, and into parameters that `part` uses) as
/// if it had been called; it is called a second time on the way back. `part` must draw no random numbers and keep what
/// it uses alive. Without gradients it is only called. Throws what `part` throws.
[[nodiscard]] at::Tensor recompute(std::function<at::Tensor(const std::vector<at::Tensor>&)> part,
                                   const std::vector<at::Tensor>& inputs);

}  // namespace atl::agent
