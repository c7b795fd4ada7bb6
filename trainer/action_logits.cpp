#include "trainer/action_logits.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <utility>

namespace atl::trainer {

DoneActions done_actions(std::span<const agent::ActionParts> actions, const agent::ActionSizes& sizes) {
  const auto count = static_cast<std::int64_t>(actions.size());
  DoneActions done{.controls_NC = at::zeros({count, sizes.controls}),
                   .mouse_x_N = at::empty({count}, at::kLong),
                   .mouse_y_N = at::empty({count}, at::kLong),
                   .wheel_N = at::empty({count}, at::kLong),
                   .pointer_N = at::empty({count}, at::kLong)};
  float* bits = done.controls_NC.mutable_data_ptr<float>();
  for (std::size_t i = 0; i < actions.size(); ++i) {
    for (int c = 0; c < sizes.controls; ++c)
      *bits++ = actions[i].controls.test(static_cast<std::size_t>(c)) ? 1.0F : 0.0F;
    done.mouse_x_N.mutable_data_ptr<std::int64_t>()[i] = actions[i].mouse_x;
    done.mouse_y_N.mutable_data_ptr<std::int64_t>()[i] = actions[i].mouse_y;
    done.wheel_N.mutable_data_ptr<std::int64_t>()[i] = actions[i].wheel + sizes.wheel_max();
    done.pointer_N.mutable_data_ptr<std::int64_t>()[i] = actions[i].pointer;
  }
  return done;
}

ActionLogits conditioned(const agent::Model& model, ActionLogits logits, const DoneActions& done) {
  if (!model.config().autoregressive) return logits;
  const agent::GivenParts given{
      .controls = done.controls_NC, .mouse_x = done.mouse_x_N, .mouse_y = done.mouse_y_N, .wheel = done.wheel_N};
  logits.keys_NC = logits.keys_NC + model.keys_given(given.controls);
  logits.mouse_x_NM = logits.mouse_x_NM + model.mouse_x_given(given.controls);
  logits.mouse_y_NM = logits.mouse_y_NM + model.mouse_y_given(given.controls, given.mouse_x);
  if (logits.wheel_NW.defined()) logits.wheel_NW = logits.wheel_NW + model.wheel_given(given);
  if (!logits.pointer_NL.defined()) return logits;
  const at::Tensor query_N1Q = model.pointer_query_given(given).unsqueeze(1);
  logits.pointer_NL = logits.pointer_NL + query_N1Q.matmul(logits.pointer_keys_NLQ.transpose(1, 2)).squeeze(1);
  return logits;
}

}  // namespace atl::trainer
