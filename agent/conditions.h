// Autoregression over the parts of one action: small additive tables, all zero at first. Used by the sources of agent/
// only; what they add is said in agent/model.h.
#pragma once

#include "agent/action_codec.h"
#include "agent/model.h"
#include "agent/parameters.h"

namespace atl::agent {

class Conditions {
 public:
  /// Of a model that is not autoregressive.
  Conditions() = default;
  /// `pointer_width`: of the pointer's query.
  Conditions(ParameterFactory& f, const ActionSizes& sizes, int pointer_width);

  [[nodiscard]] at::Tensor keys(const at::Tensor& controls) const;
  [[nodiscard]] at::Tensor mouse_x(const at::Tensor& controls) const;
  [[nodiscard]] at::Tensor mouse_y(const at::Tensor& controls, const at::Tensor& mouse_x) const;
  [[nodiscard]] at::Tensor wheel(const GivenParts& given) const;
  [[nodiscard]] at::Tensor pointer_query(const GivenParts& given) const;
  [[nodiscard]] ConditionTables tables() const;

 private:
  at::Tensor key_given_controls_;  // [C, C], of which what lies below the diagonal counts
  at::Tensor x_given_controls_;    // [bins, C]
  at::Tensor y_given_controls_;    // [bins, C]
  at::Tensor y_given_x_;           // [bins of x, bins of y]
  // Undefined where the contract has no such part.
  at::Tensor wheel_given_controls_;    // [W, C]
  at::Tensor wheel_given_x_;           // [bins, W]
  at::Tensor wheel_given_y_;           // [bins, W]
  at::Tensor pointer_given_controls_;  // [Q, C]
  at::Tensor pointer_given_x_;         // [bins, Q]
  at::Tensor pointer_given_y_;         // [bins, Q]
  at::Tensor pointer_given_wheel_;     // [W, Q]
};

}  // namespace atl::agent
