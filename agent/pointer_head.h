// Where the pointer is set to: a query of each action of the chunk against every cell of every patch and against "it
// stays", and on top of that where the instruction points, so that clicks teach words what they mean. Used by the
// sources of agent/ only. Shapes as in agent/model.h; Q: width of queries.
#pragma once

#include "agent/model.h"
#include "agent/parameters.h"
#include "agent/pointer_grid.h"

namespace atl::agent {

class PointerHead {
 public:
  /// `num_actions`: of which one hidden state decides, their queries coming of one linear layer.
  PointerHead(ParameterFactory& f, const ModelConfig& config, const PointerGrid& grid, int num_actions);

  /// `hidden`: [B, T, K, S, D], each of one action, or [B, T, K, D], each of num_actions = S. `placed_BTPD`: patches
  /// with their positions. Fills out.pointer_logits and out.pointer_keys.
  void operator()(const at::Tensor& hidden, const at::Tensor& placed_BTPD, const at::Tensor& scores_BTKRP,
                  ModelOutput& out) const;

  /// Q of a model.
  [[nodiscard]] static int query_width(const ModelConfig& config) { return config.query_width; }

 private:
  int num_actions_;
  int num_cells_;  // of a patch
  Linear places_;  // D to cells * Q
  at::Tensor stays_;
  Linear query_;  // of the hidden state, to num_actions * Q
  Linear trust_;  // by how much the scores of each role count, num_actions * R; 1 at first
};

}  // namespace atl::agent
