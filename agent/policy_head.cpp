#include "agent/policy_head.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <utility>

namespace atl::agent {

PolicyHead::PolicyHead(ParameterFactory& f, const ModelConfig& c, const HeadSizes& sizes)
    : sizes_(sizes),
      scene_(make_linear(f, "policy.scene", c.patch_channels, c.scene_channels)),
      map_(make_linear(f, "policy.map", c.roles * sizes.patches, c.patch_channels)),
      first_scene_(make_linear(f, "policy.first_scene", sizes.patches * c.scene_channels, c.hidden_width)),
      first_asked_(
          make_linear(f, "policy.first_asked", (c.roles + 1) * c.patch_channels + c.word_width, c.hidden_width)) {
  const bool fuses = c.fusion_layers > 0;
  if (!fuses) second_ = make_linear(f, "policy.second", c.hidden_width, c.hidden_width);
  const int values = sizes.action_values();
  actions_ = make_linear(f, "policy.actions", c.hidden_width, fuses ? values : sizes.chunk_actions * values);
  goal_ = make_linear(f, "policy.goal", c.hidden_width, 1);
  if (c.memory_steps > 0) memory_.emplace(f, c);
  if (sizes.past_values > 0) {
    past_hidden_ = make_linear(f, "past.hidden", sizes.past_values, c.hidden_width);
    past_actions_ = make_zero_linear(f, "past.actions", sizes.past_values, sizes.chunk_actions * values);
  }
  if (fuses) fusion_.emplace(f, c, sizes.chunk_actions + 1);
  if (sizes.actions.pointer.num_classes() > 0)
    pointer_.emplace(f, c, sizes.actions.pointer, fuses ? 1 : sizes.chunk_actions);
}

void PolicyHead::operator()(const HeadInput& in, bool recompute, ModelOutput& out) const {
  at::Tensor hidden = first_layer(in);
  if (memory_) hidden = remember(hidden, out.memory);
  at::Tensor logits = action_logits(hidden, in, recompute, out);
  if (in.past_BTA.defined()) {
    const at::Tensor past = past_actions_(in.past_BTA).unflatten(2, {sizes_.chunk_actions, sizes_.action_values()});
    logits = logits + past.unsqueeze(2);
  }
  const auto& [controls, bins, wheel, pointer] = sizes_.actions;
  out.key_logits = logits.narrow(4, 0, controls);
  out.mouse_x_logits = logits.narrow(4, controls, bins);
  out.mouse_y_logits = logits.narrow(4, controls + bins, bins);
  if (wheel > 0) out.wheel_logits = logits.narrow(4, controls + 2 * bins, wheel);
}

at::Tensor PolicyHead::first_layer(const HeadInput& in) const {
  at::Tensor seen = first_scene_(scene_(in.patches_BTPD).relu().flatten(2));  // [B, T, D]
  if (in.past_BTA.defined()) seen = seen + past_hidden_(in.past_BTA);
  const Grounded& g = in.grounded;
  const at::Tensor sentence = in.text.sentence_BKE.unsqueeze(1).expand({-1, in.patches_BTPD.size(1), -1, -1});
  const at::Tensor asked = at::cat({g.pooled_BTKRD.flatten(3), map_(g.scores_BTKRP.exp().flatten(3)), sentence}, 3);
  return (first_asked_(asked) + seen.unsqueeze(2)).relu();
}

// [B, T, K, D] as N = B * K sequences of T steps, through memory, and back.
at::Tensor PolicyHead::remember(const at::Tensor& hidden_BTKD, MemoryState& state) const {
  const at::Tensor states = hidden_BTKD.transpose(1, 2);
  const at::Tensor recalled = (*memory_)(states.flatten(0, 1), state);
  return hidden_BTKD + recalled.view({states.size(0), states.size(1), states.size(2), states.size(3)}).transpose(1, 2);
}

at::Tensor PolicyHead::action_logits(const at::Tensor& hidden_BTKD, const HeadInput& in, bool recompute,
                                     ModelOutput& out) const {
  const std::int64_t S = sizes_.chunk_actions;
  if (fusion_) {
    const at::Tensor latents = (*fusion_)(hidden_BTKD, in.placed_BTPD, in.text, recompute);
    out.goal_logit = goal_(latents.select(3, S)).squeeze(3);
    const at::Tensor actions = latents.narrow(3, 0, S);
    if (pointer_) (*pointer_)(actions, in.placed_BTPD, in.grounded.scores_BTKRP, out);
    return actions_(actions);
  }
  const at::Tensor second = second_(hidden_BTKD).relu();
  out.goal_logit = goal_(second).squeeze(3);
  if (pointer_) (*pointer_)(second, in.placed_BTPD, in.grounded.scores_BTKRP, out);
  return actions_(second).unflatten(3, {S, sizes_.action_values()});
}

}  // namespace atl::agent
