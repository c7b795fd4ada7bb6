// Draws the actions of an answer from a model's logits, on plain numbers: one part after another, where tensor
// operations would cost more than the sums. Used by agent/policy.cpp. One thread at a time.
#pragma once

#include "agent/action_codec.h"
#include "agent/model.h"
#include "core/random.h"

#include <span>
#include <vector>

namespace atl::agent {

/// Of one answer, step by step: S actions, C controls, M bins, W classes of the wheel, L places of the pointer. Given
/// nothing: what a model is conditioned on is added while drawing. Empty: the contract has no such part.
struct AnswerLogits {
  std::span<const float> keys_SC;
  std::span<const float> mouse_x_SM;
  std::span<const float> mouse_y_SM;
  std::span<const float> wheel_SW{};
  std::span<const float> pointer_SL{};
  std::span<const float> pointer_keys_QL{};  // autoregressive models only
};

/// Of sampling; 0: what is most likely.
struct Temperatures {
  double keys = 0.5;  // and buttons
  double rest = 0.5;
};

class ActionDraw {
 public:
  /// Copies what it needs of `model`, whose parameters must not change afterwards.
  ActionDraw(const Model& model, const PolicyContract& contract, Temperatures temperatures);

  /// Keys of all steps, then mouse x, mouse y, the wheel, the pointer: the order in which the parts of an action depend
  /// on each other. One number of `random` for each part that the contract has, none for one of temperature 0.
  [[nodiscard]] std::vector<ActionParts> operator()(const AnswerLogits& logits, Random& random) const;

 private:
  /// Rows of one of ConditionTables; none: parts do not depend on each other.
  struct Table {
    std::vector<float> values;
    std::size_t width = 0;
    /// Adds row `index` to `sums`; nothing where there are no rows.
    void add_row(std::size_t index, std::span<float> sums) const;
  };
  static Table table_of(const at::Tensor& values);

  void check(const AnswerLogits& logits) const;
  [[nodiscard]] bool draw_key(double logit, Random& random) const;
  [[nodiscard]] int draw_class(std::span<const float> logits, Random& random) const;
  void draw_keys(std::span<const float> logits, ActionParts& parts, Random& random) const;
  void add_controls(const Table& table, const ActionParts& parts, std::span<float> sums) const;
  void add_to_wheel(const ActionParts& parts, std::span<float> sums) const;
  void add_to_pointer(const ActionParts& parts, std::span<const float> keys_QL, std::span<float> sums) const;

  ActionSizes sizes_;
  std::size_t num_steps_;
  Temperatures temperatures_;
  Table keys_;
  Table mouse_x_;
  Table mouse_y_;
  Table mouse_y_of_x_;
  Table wheel_;
  Table wheel_of_x_;
  Table wheel_of_y_;
  Table pointer_;
  Table pointer_of_x_;
  Table pointer_of_y_;
  Table pointer_of_wheel_;
};

}  // namespace atl::agent
