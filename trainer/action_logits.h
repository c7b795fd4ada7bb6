// What a policy would do in some action steps, given those of their parts that were done. Used by the sources of
// trainer/policy_scores.h and trainer/policy_divergence.h. Free functions; any thread.
#pragma once

#include "agent/action_codec.h"
#include "agent/model.h"

#include <ATen/core/Tensor.h>

#include <span>

namespace atl::trainer {

/// Of N action steps; wheel and pointer are undefined where the contract has none.
struct ActionLogits {
  at::Tensor keys_NC;
  at::Tensor mouse_x_NM;
  at::Tensor mouse_y_NM;
  at::Tensor wheel_NW;
  at::Tensor pointer_NL;
  at::Tensor pointer_keys_NLQ;  // of the picture that was seen; or of all [1, L, Q]
};

/// The same actions as classes.
struct DoneActions {
  at::Tensor controls_NC;  // float 0 or 1
  at::Tensor mouse_x_N;
  at::Tensor mouse_y_N;
  at::Tensor wheel_N;
  at::Tensor pointer_N;
};
[[nodiscard]] DoneActions done_actions(std::span<const agent::ActionParts> actions, const agent::ActionSizes& sizes);

/// The logits with what each part is conditioned on, where the model is autoregressive; as they are where not.
[[nodiscard]] ActionLogits conditioned(const agent::Model& model, ActionLogits logits, const DoneActions& done);

}  // namespace atl::trainer
