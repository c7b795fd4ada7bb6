// From what was seen, asked and remembered to logits of actions and of the goal. Used by the sources of agent/ only.
//
// Two layers with memory between them; after them either linear heads, or the fusion transformer, whose latents give
// one action each; the pointer looks at the patches once more. Shapes as in agent/model.h.
#pragma once

#include "agent/fusion.h"
#include "agent/grounding.h"
#include "agent/memory.h"
#include "agent/model.h"
#include "agent/parameters.h"
#include "agent/pointer_head.h"
#include "agent/text_encoder.h"

#include <optional>

namespace atl::agent {

struct HeadSizes {
  int patches = 0;
  int chunk_actions = 0;
  ActionSizes actions{};
  int past_values = 0;  // of all past actions together; 0: none are seen
  /// But for the pointer's, which come of the patches.
  [[nodiscard]] int action_values() const { return actions.controls + 2 * actions.bins + actions.wheel; }
};

struct HeadInput {
  at::Tensor patches_BTPD;
  at::Tensor placed_BTPD;  // with their positions
  const Grounded& grounded;
  const TextFeatures& text;
  at::Tensor past_BTA;  // undefined without past actions
};

class PolicyHead {
 public:
  PolicyHead(ParameterFactory& f, const ModelConfig& config, const HeadSizes& sizes);

  /// Fills the logits of `out`; out.memory holds the past and is left with what the next step needs.
  void operator()(const HeadInput& in, bool recompute, ModelOutput& out) const;

 private:
  [[nodiscard]] at::Tensor first_layer(const HeadInput& in) const;  // [B, T, K, D]
  [[nodiscard]] at::Tensor remember(const at::Tensor& hidden_BTKD, MemoryState& state) const;
  [[nodiscard]] at::Tensor action_logits(const at::Tensor& hidden_BTKD, const HeadInput& in, bool recompute,
                                         ModelOutput& out) const;  // [B, T, K, S, action_values]

  HeadSizes sizes_;
  // What does not depend on the instruction enters the first layer by a part of its own, so that it is computed once a
  // picture and not once an instruction.
  Linear scene_;        // D to scene_channels, per patch
  Linear map_;          // R * P to D, of exp(score)
  Linear first_scene_;  // the first layer's columns for the scene
  Linear first_asked_;  // and those for pooled features, maps and sentence
  Linear second_;       // without fusion
  Linear actions_;      // to S * action_values; with fusion to action_values, from each latent
  Linear goal_;
  std::optional<Fusion> fusion_;
  std::optional<Memory> memory_;
  // What was done before the chunk enters the first layer, and the logits directly: a habit is learned at once, and the
  // picture has to explain what differs from it.
  Linear past_hidden_;
  Linear past_actions_;  // all zero at first
  std::optional<PointerHead> pointer_;
};

}  // namespace atl::agent
