// Memory over past states: Transformer-XL (arXiv 1901.02860) with cached inputs of every layer. Used by the sources of
// agent/ only.
//
// Differences from the paper: positions are one learned bias per distance and head instead of sinusoids; every step
// looks back exactly `memory_steps` steps, inside a window too, so that one step at a time gives the same as a window.
#pragma once

#include "agent/model.h"
#include "agent/parameters.h"

#include <vector>

namespace atl::agent {

class Memory {
 public:
  Memory(ParameterFactory& f, const ModelConfig& config);

  /// What to add to `states`: [N, T, hidden_width]. Zero at initialisation: memory enters as a small residual. Takes
  /// and leaves the past in `memory`; no gradient flows into the past.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& states_NTD, MemoryState& memory) const;

 private:
  struct Layer {
    LayerNorm attention_norm;
    Linear query;
    Linear key_value;
    Linear attention_out;
    at::Tensor distance_bias;  // [heads, memory_steps + 1]
    LayerNorm mlp_norm;
    Linear mlp_in;
    Linear mlp_out;
  };
  int steps_;
  int heads_;
  Linear in_;
  std::vector<Layer> layers_;
  Linear out_;
};

}  // namespace atl::agent
