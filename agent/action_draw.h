// Draws the actions of an answer from a model's logits, on plain numbers: one part after another, where tensor
// operations would cost more than the sums. Used by agent/policy.cpp. One thread at a time.
#pragma once

#include "agent/action_codec.h"
#include "agent/model.h"
#include "core/random.h"

#include <span>
#include <vector>

namespace atl::agent {

/// Of one answer, step by step: S actions, C controls, M bins. Given nothing: what a model is conditioned on is added
/// while drawing.
struct AnswerLogits {
  std::span<const float> keys_SC;
  std::span<const float> mouse_x_SM;
  std::span<const float> mouse_y_SM;
};

class ActionDraw {
 public:
  /// Copies what it needs of `model`, whose parameters must not change afterwards. `temperature` 0: the most likely
  /// action.
  ActionDraw(const Model& model, const PolicyContract& contract, double temperature);

  /// Keys of all steps, then mouse x, then mouse y: the order in which the parts of an action depend on each other.
  /// One number of `random` for each part, none at temperature 0.
  [[nodiscard]] std::vector<ActionParts> operator()(const AnswerLogits& logits, Random& random) const;

 private:
  [[nodiscard]] bool draw_key(double logit, Random& random) const;
  [[nodiscard]] int draw_bin(std::span<const float> logits, Random& random) const;
  void draw_keys(std::span<const float> logits, ActionParts& parts, Random& random) const;
  void add_rows(const std::vector<float>& table, const ActionParts& parts, std::span<float> sums) const;

  std::size_t num_controls_;
  std::size_t num_bins_;
  std::size_t num_steps_;
  double temperature_;
  // Rows of ConditionTables; empty: parts do not depend on each other.
  std::vector<float> keys_;
  std::vector<float> mouse_x_;
  std::vector<float> mouse_y_;
  std::vector<float> mouse_y_of_x_;
};

}  // namespace atl::agent
